"""What every part of the service works with: its rows, its clock, its settings, and who may do what where."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files

from sqlalchemy import Connection

from services.stations import storage
from services.stations.domain.readiness import DatedRequirements
from services.stations.domain.stage import begun
from services.stations.events import Events
from yizhan.bus.nameko_entrypoints import ServiceClock, ServiceDatabase, ServiceSettings
from yizhan.bus.outbox import Outbox
from yizhan.clock import COUNTY_ZONE, Clock
from yizhan.contracts.actor import Actor
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import Station, StationNotFound
from yizhan.database import Database
from yizhan.settings import DEMO_PASSWORD, Settings


def _read_requirements() -> DatedRequirements:
    text = (files("services.stations") / "requirements.json").read_text("utf-8")
    return DatedRequirements.read(json.loads(text))


class Desk:
    """The parts of StationsService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    settings: Settings = ServiceSettings()
    requirements: DatedRequirements = _read_requirements()

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
    def _stages(self) -> storage.Stages:
        return storage.Stages(self.database)

    @property
    def _premises(self) -> storage.Premises:
        return storage.Premises(self.database)

    @property
    def _facilities(self) -> storage.Facilities:
        return storage.Facilities(self.database)

    @property
    def _service_items(self) -> storage.ServiceItems:
        return storage.ServiceItems(self.database)

    @property
    def _guides(self) -> storage.Guides:
        return storage.Guides(self.database)

    @property
    def _trainings(self) -> storage.Trainings:
        return storage.Trainings(self.database)

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    def _station(self, tx: Connection, code: str) -> Station:
        found = self._stations.find(tx, code)
        if found is None:
            raise StationNotFound("no station has this code", code=code)
        return found

    def _locked_station(self, tx: Connection, code: str) -> Station:
        """Nobody else changes it, or what hangs on it, until the transaction ends."""
        found = self._stations.lock(tx, code)
        if found is None:
            raise StationNotFound("no station has this code", code=code)
        return found

    def _tell_added(self, tx: Connection, call: Call, added: Station) -> None:
        """A new station: its first line of history, and the news."""
        now = self.clock.now()
        first = begun(added, id=self._new_id(), now=now, by=call.actor.id)
        self._stages.write(tx, first)
        self._events.station_added(tx, call, added, now=now)
        self._events.station_step_taken(tx, call, first)

    def _new_id(self) -> str:
        return new_identifier(self.clock.now())

    def _today(self) -> date:
        """The day in the county."""
        return self.clock.now().astimezone(COUNTY_ZONE).date()

    def _acting(self, tx: Connection, actor: Actor) -> Actor:
        """The actor, unless his account was closed after he signed in. Raises NotAllowed."""
        if self._accounts.is_closed(tx, actor.id):
            raise NotAllowed("this account is closed")
        return actor

    def _public_passwords(self) -> frozenset[str]:
        return frozenset() if self.settings.demo else frozenset({DEMO_PASSWORD})
