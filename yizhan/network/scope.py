"""Who may do what here: by role, by the caller's place in the network, by what is known of his account."""

from __future__ import annotations

from dataclasses import dataclass

from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import NotAllowed, OutsideScope

STAFF_ROLES = (Role.COUNTY_ADMIN, Role.STATION_STAFF)


@dataclass(frozen=True)
class Account:
    """A staff account as services/stations last told of it."""

    role: Role
    station: str
    active: bool


def standing(actor: Actor, account: Account | None) -> Actor:
    """The actor as he stands now. A session lives on for hours after his account was moved or closed; what
    was heard of the account since outweighs what the session says. Raises NotAllowed for a closed account."""
    if actor.role not in STAFF_ROLES or account is None:
        return actor
    if not account.active:
        raise NotAllowed("this account is closed", actor=actor.id)
    if (account.role, account.station) == (actor.role, actor.station):
        return actor
    return actor.model_copy(update={"role": account.role, "station": account.station})


def require_staff(actor: Actor, path: tuple[str, ...]) -> None:
    """Raises NotAllowed unless the actor is staff or the system, OutsideScope unless the place is his.

    path: codes from the county market down to the place.
    """
    if actor.role not in (*STAFF_ROLES, Role.SYSTEM):
        raise NotAllowed("this is for staff", role=actor.role.value)
    if not actor.covers(path):
        raise OutsideScope("this station is outside your scope", station=path[-1], scope=actor.station)


def require_system(actor: Actor) -> None:
    """Raises NotAllowed unless the system itself asks."""
    if actor.role is not Role.SYSTEM:
        raise NotAllowed("this is for the system's own processes", role=actor.role.value)
