"""Who asks: passed by the gateway with every call, judged by the service that owns the rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from yizhan.contracts.base import Message, StationCode


class Role(StrEnum):
    """What an actor may do; where he may do it is his station and all below it."""

    COUNTY_ADMIN = "county_admin"
    STATION_STAFF = "station_staff"
    #: The system's own clockwork and its operator's command line.
    SYSTEM = "system"
    #: Somebody who has not signed in; may read what every screen shows.
    PUBLIC = "public"
    #: Another system, known by its API key or its user of the broker; what it may do, its grants tell.
    INTEGRATOR = "integrator"


class Actor(Message):
    """One caller. `station` is the top of his scope; the system needs none, the public has none."""

    id: Annotated[str, Field(min_length=1, max_length=80)]
    role: Role
    station: StationCode | None = None

    def covers(self, path: tuple[str, ...]) -> bool:
        """Whether a station lies in the caller's scope. `path`: codes from the county market down to it."""
        return self.role is Role.SYSTEM or (self.station is not None and self.station in path)


SYSTEM = Actor(id="system", role=Role.SYSTEM)
PUBLIC = Actor(id="public", role=Role.PUBLIC)
