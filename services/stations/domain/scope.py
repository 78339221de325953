"""Who may do what here: roles by kind of command, place by the caller's scope."""

from __future__ import annotations

from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import NotAllowed, OutsideScope

STAFF_ROLES = (Role.COUNTY_ADMIN, Role.STATION_STAFF)


def require_staff(actor: Actor, path: tuple[str, ...]) -> None:
    """Raises NotAllowed unless the actor is staff or the system, OutsideScope unless the place is his."""
    if actor.role not in (*STAFF_ROLES, Role.SYSTEM):
        raise NotAllowed("this is for staff", role=actor.role)
    _require_scope(actor, path)


def require_county_admin(actor: Actor, path: tuple[str, ...]) -> None:
    """Raises NotAllowed unless the actor administers a county or is the system, OutsideScope elsewhere."""
    if actor.role not in (Role.COUNTY_ADMIN, Role.SYSTEM):
        raise NotAllowed("this is for the county's administrators", role=actor.role)
    _require_scope(actor, path)


def require_system(actor: Actor) -> None:
    """Raises NotAllowed unless the system itself asks."""
    if actor.role is not Role.SYSTEM:
        raise NotAllowed("this is for the system's own processes", role=actor.role)


def _require_scope(actor: Actor, path: tuple[str, ...]) -> None:
    if not actor.covers(path):
        raise OutsideScope("this station is outside your scope", station=path[-1], scope=actor.station)
