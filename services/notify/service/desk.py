"""What every part of the service works with: its rows, its clock, its rules, and who may do what where."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from services.notify import data, storage
from services.notify.events import Events
from services.notify.outlets import Outlets
from services.notify.service.planning import Planner
from yizhan.bus.nameko_entrypoints import ServiceClock, ServiceDatabase, ServiceSettings
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock
from yizhan.contracts.actor import Actor
from yizhan.contracts.notify import NotifyStationUnknown
from yizhan.database import Database
from yizhan.network.pages import Subtree
from yizhan.network.scope import require_staff, standing
from yizhan.network.tree import Place
from yizhan.settings import Settings


class Desk:
    """The parts of NotifyService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    settings: Settings = ServiceSettings()

    @property
    def _network(self) -> storage.Network:
        return storage.Network(self.database)

    @property
    def _people(self) -> storage.People:
        return storage.People(self.database, data.audiences())

    @property
    def _deliveries(self) -> storage.Deliveries:
        return storage.Deliveries(self.database)

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    @cached_property
    def _planner(self) -> Planner:
        outlets = Outlets.read(self.settings.notify_outlets).of_stations
        return Planner(self.database, self._people, self._network, data.kinds(), outlets)

    def _staff_place(self, tx: Connection, actor: Actor, code: str) -> Place:
        """The station, for staff in whose scope it lies. Raises NotifyStationUnknown, NotAllowed,
        OutsideScope."""
        place, account = self._network.standing(tx, code, actor.id)
        if place is None:
            raise NotifyStationUnknown("the network has no such station", station=code)
        require_staff(standing(actor, account), place.path)
        return place

    def _subtree(self, tx: Connection, actor: Actor, code: str) -> Subtree:
        """The station and all below it, for staff in whose scope it lies. Raises as `_staff_place`."""
        return self._network.within(tx, self._staff_place(tx, actor, code))
