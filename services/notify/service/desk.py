"""What every part of the service works with: its rows, its clock, and who may do what where."""

from __future__ import annotations

from sqlalchemy import Connection

from services.notify import storage
from services.notify.events import Events
from yizhan.bus.nameko_entrypoints import ServiceClock, ServiceDatabase
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock
from yizhan.contracts.actor import Actor
from yizhan.contracts.notify import NotifyStationUnknown
from yizhan.database import Database
from yizhan.network.scope import require_staff, standing
from yizhan.network.tree import Place


class Desk:
    """The parts of NotifyService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()

    @property
    def _network(self) -> storage.Network:
        return storage.Network(self.database)

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    def _staff_place(self, tx: Connection, actor: Actor, code: str) -> Place:
        """The station, for staff in whose scope it lies. Raises NotifyStationUnknown, NotAllowed,
        OutsideScope."""
        place, account = self._network.standing(tx, code, actor.id)
        if place is None:
            raise NotifyStationUnknown("the network has no such station", station=code)
        require_staff(standing(actor, account), place.path)
        return place
