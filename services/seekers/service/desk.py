"""What every part of the service works with: its rows, its clock, its rules, and who may do what where."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain.aid import DatedDifficulties
from services.seekers.domain.consents import Wordings
from services.seekers.domain.draw_weights import DatedWeights
from services.seekers.domain.register import Entry, shown, with_availability
from services.seekers.domain.retirement import RetirementRules
from services.seekers.domain.skill_training import TrainingRules
from services.seekers.events import Events
from yizhan.bus.nameko_entrypoints import ServiceCipher, ServiceClock, ServiceDatabase, ServiceSettings
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock, county_day
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import (
    Seeker,
    SeekerFacts,
    SeekerNotFound,
    SeekerStationClosed,
    SeekerStationUnknown,
)
from yizhan.contracts.stations import StationStatus
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.network.scope import Account, require_staff, standing
from yizhan.network.tree import Place
from yizhan.settings import Settings


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files("services.seekers") / name).read_text("utf-8"))
    return data


class Desk:
    """The parts of SeekersService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    cipher: FieldCipher = ServiceCipher()
    settings: Settings = ServiceSettings()
    retirement: RetirementRules = RetirementRules.read(_read("retirement.json"))
    wordings: Wordings = Wordings.read(_read("consents.json"))
    weights: DatedWeights = DatedWeights.read(_read("draw_weights.json"))
    difficulty_rules: DatedDifficulties = DatedDifficulties.read(_read("difficulty.json"))
    training_rules: TrainingRules = TrainingRules.read(_read("training_rules.json"))

    @property
    def _network(self) -> storage.Network:
        return storage.Network(self.database)

    @property
    def _register(self) -> storage.Register:
        return storage.Register(self.database, self.cipher)

    @property
    def _rights(self) -> storage.Rights:
        return storage.Rights()

    @property
    def _history(self) -> storage.History:
        return storage.History()

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    @property
    def _support(self) -> storage.Support:
        return storage.Support(self.database)

    def _today(self) -> date:
        return county_day(self.clock.now())

    def _tell(self, tx: Connection, call: Call, entry: Entry, facts: SeekerFacts) -> None:
        """Tell of a step of an entry that is written."""
        today = self._today()
        aided = entry.id in storage.Support(self.database).aided(tx, [entry.id], today)
        facts = with_availability(
            facts,
            entry,
            today=today,
            rules=self.retirement,
            priority=self.weights.on(today).priority(aided=aided),
        )
        self._events.seeker_stepped(tx, call, entry, facts, now=self.clock.now())

    def _shown(self, entry: Entry) -> Seeker:
        return shown(entry, today=self._today(), rules=self.retirement)

    # --- who may do what where -------------------------------------------------------------------------

    def _staff_place(self, tx: Connection, actor: Actor, code: str) -> Place:
        """The station, for staff in whose scope it lies. Raises SeekerStationUnknown, NotAllowed,
        OutsideScope."""
        if actor.role is Role.PUBLIC:
            raise NotAllowed("this is for staff", role=actor.role.value)
        place, account = self._place(tx, actor, code)
        require_staff(standing(actor, account), place.path)
        return place

    def _open_place(self, tx: Connection, actor: Actor, code: str) -> Place:
        """The same, of a station that is open. Raises SeekerStationClosed besides."""
        place = self._staff_place(tx, actor, code)
        if place.status is not StationStatus.OPEN:
            raise SeekerStationClosed("this station is not open", station=code)
        return place

    def _place(self, tx: Connection, actor: Actor, code: str) -> tuple[Place, Account | None]:
        place, account = self._network.standing(tx, code, actor.id)
        if place is None:
            raise SeekerStationUnknown("the network has no such station", station=code)
        return place, account

    def _covers(self, tx: Connection, actor: Actor, station: str) -> bool:
        """Whether a station lies in the caller's scope as he stands now."""
        place, account = self._network.standing(tx, station, actor.id)
        return place is not None and standing(actor, account).covers(place.path)

    def _found(self, tx: Connection, actor: Actor, id: str, *, lock: bool = False) -> Entry:
        """An entry in the caller's scope. Raises SeekerNotFound, NotAllowed, OutsideScope."""
        found = self._register.lock(tx, id) if lock else self._register.find(tx, id)
        if found is None:
            raise SeekerNotFound("nobody in the register has this id", seeker_id=id)
        self._staff_place(tx, actor, found.station)
        return found
