"""What every part of the service works with: its rows, its clock, its settings, and who may do what where."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations import storage
from services.stations.events import Events
from yizhan.bus.nameko_entrypoints import ServiceClock, ServiceDatabase, ServiceSettings
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock
from yizhan.contracts.actor import Actor
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.stations import Station, StationNotFound
from yizhan.database import Database
from yizhan.settings import DEMO_PASSWORD, Settings


class Desk:
    """The parts of StationsService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    settings: Settings = ServiceSettings()

    @property
    def _stations(self) -> storage.Stations:
        return storage.Stations(self.database)

    @property
    def _accounts(self) -> storage.StaffAccounts:
        return storage.StaffAccounts(self.database)

    @property
    def _devices(self) -> storage.Devices:
        return storage.Devices(self.database)

    @property
    def _notices(self) -> storage.Notices:
        return storage.Notices(self.database)

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    def _station(self, tx: Connection, code: str) -> Station:
        found = self._stations.find(tx, code)
        if found is None:
            raise StationNotFound("no station has this code", code=code)
        return found

    def _acting(self, tx: Connection, actor: Actor) -> Actor:
        """The actor, unless his account was closed after he signed in. Raises NotAllowed."""
        if self._accounts.is_closed(tx, actor.id):
            raise NotAllowed("this account is closed")
        return actor

    def _public_passwords(self) -> frozenset[str]:
        return frozenset() if self.settings.demo else frozenset({DEMO_PASSWORD})
