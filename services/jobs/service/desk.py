"""What every part of the service works with: its rows, its clock, its rules, and who may do what where."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain.compliance import RuleSet
from services.jobs.domain.employer_standing import require_may_post
from services.jobs.domain.limits import Limits
from services.jobs.domain.rulebook import Rulebook
from services.jobs.events import Events
from yizhan.bus.nameko_entrypoints import (
    ServiceCipher,
    ServiceClock,
    ServiceDatabase,
    ServiceSettings,
    in_native_thread,
)
from yizhan.bus.outbox import Outbox
from yizhan.clock import COUNTY_ZONE, Clock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.employers import Employer, EmployerNotFound
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.files import StoredFile
from yizhan.contracts.jobs import UnknownStation
from yizhan.contracts.rpc import Call
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.files import FileStore
from yizhan.network.scope import STAFF_ROLES, Account, require_staff, standing
from yizhan.network.tree import Place
from yizhan.settings import Settings

#: A station's code begins with its county's division.
_DIVISION_DIGITS = 6


class _Remembered:
    """The last rulebook that was made, for as long as no version is added."""

    def __init__(self) -> None:
        self._last: tuple[tuple[str, ...], Rulebook] = ((), Rulebook(()))

    def of(self, tx: Connection) -> Rulebook:
        versions = storage.RuleVersions()
        ids, last = versions.ids(tx), self._last
        if ids != last[0]:
            last = self._last = (ids, Rulebook(versions.all(tx)))
        return last[1]


_REMEMBERED = _Remembered()


class Desk:
    """The parts of JobsService inherit from this; nameko makes one object for each call."""

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    settings: Settings = ServiceSettings()
    cipher: FieldCipher = ServiceCipher()

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
    def _workers(self) -> storage.Workers:
        return storage.Workers(self.database)

    @property
    def _roll(self) -> storage.Roll:
        return storage.Roll(self.database)

    @property
    def _imports(self) -> storage.Imports:
        return storage.Imports(self.database)

    @property
    def _file_store(self) -> FileStore:
        return FileStore.from_settings(self.settings)

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

    def _visited_place(self, tx: Connection, actor: Actor, code: str) -> tuple[Place, bool]:
        """A station, and whether the caller sees more of it than anybody does.

        Raises UnknownStation, and NotAllowed for a closed account.
        """
        place, account = self._place(tx, actor, code)
        stands = standing(actor, account)
        return place, stands.role in (*STAFF_ROLES, Role.SYSTEM) and stands.covers(place.path)

    def _poster(self, tx: Connection, employer_id: str) -> Employer:
        """An employer who may post, and may until the transaction ends.

        To be asked before a posting is locked: a sanction locks the employer first, its postings then. Raises
        EmployerNotFound, EmployerMayNotPost.
        """
        employer = self._employers.hold(tx, employer_id)
        if employer is None:
            raise EmployerNotFound("no employer has this id", employer_id=employer_id)
        require_may_post(employer)
        return employer

    def _require_administrator(self, tx: Connection, call: Call, station: str) -> None:
        """Raises NotAllowed, OutsideScope unless a county administrator asks in whose scope it is."""
        actor = call.actor
        account = self._place(tx, actor, station)[1]
        role = standing(actor, account).role
        if role not in (Role.COUNTY_ADMIN, Role.SYSTEM):
            raise NotAllowed("this is for the county's administrators", role=role.value)
        self._staff_place(tx, actor, station)

    def _today(self) -> date:
        return self.clock.now().astimezone(COUNTY_ZONE).date()

    def _rulebook(self, tx: Connection) -> Rulebook:
        """All that is in force anywhere, at any time."""
        return _REMEMBERED.of(tx)

    def _limits(self, tx: Connection, station: str) -> Limits:
        """What is plausible, fresh and new at a station today."""
        return self._rulebook(tx).limits(division=station[:_DIVISION_DIGITS], on=self._today())

    def _law(self, tx: Connection, station: str, on: date) -> RuleSet:
        """What the law says at a station on a day."""
        return self._rulebook(tx).rules(division=station[:_DIVISION_DIGITS], on=on)

    def _keep_file(self, id: str) -> StoredFile:
        """An upload, kept from now on, without its name, which may say who is on it. Raises FileNotFound."""
        kept = in_native_thread(self._file_store.keep, id)
        return kept.model_copy(update={"name": None})
