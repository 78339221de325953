"""What every part of the service works with: its rows, its clock, its rules, and who may do what where."""

from __future__ import annotations

import json
from importlib.resources import files

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain.limits import DatedLimits, Limits
from services.jobs.domain.network import Place
from services.jobs.domain.scope import Account, require_staff, standing
from services.jobs.events import Events
from yizhan.bus.nameko_entrypoints import ServiceClock, ServiceDatabase
from yizhan.bus.outbox import Outbox
from yizhan.clock import COUNTY_ZONE, Clock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.jobs import UnknownStation
from yizhan.database import Database


def _read_limits() -> DatedLimits:
    return DatedLimits.read(json.loads((files("services.jobs") / "limits.json").read_text("utf-8")))


class Desk:
    """The parts of JobsService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    limits: DatedLimits = _read_limits()

    @property
    def _network(self) -> storage.Network:
        return storage.Network(self.database)

    @property
    def _employers(self) -> storage.Employers:
        return storage.Employers(self.database)

    @property
    def _postings(self) -> storage.Postings:
        return storage.Postings(self.database)

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    def _staff_place(self, tx: Connection, actor: Actor, code: str) -> Place:
        """The station, for staff in whose scope it lies. Raises UnknownStation, NotAllowed, OutsideScope."""
        if actor.role is Role.PUBLIC:
            raise NotAllowed("this is for staff", role=actor.role.value)
        place, account = self._place(tx, actor, code)
        require_staff(standing(actor, account), place.path)
        return place

    def _place(self, tx: Connection, actor: Actor, code: str) -> tuple[Place, Account | None]:
        place, account = self._network.standing(tx, code, actor.id)
        if place is None:
            raise UnknownStation("the network has no such station", station=code)
        return place, account

    def _limits(self) -> Limits:
        return self.limits.on(self.clock.now().astimezone(COUNTY_ZONE).date())
