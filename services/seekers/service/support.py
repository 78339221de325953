"""What aid, guidance, training and start-up have in common: their rows, and who may do what to them.

A row is read by whoever may read the person, and changed by the station that made it.
"""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain.register import Entry
from services.seekers.events import SupportEvents
from services.seekers.service.desk import Desk
from yizhan.bus.outbox import Outbox
from yizhan.contracts.aid import AidCase, AidVisit, Difficulty
from yizhan.contracts.base import Message
from yizhan.contracts.guidance import GuidanceSession
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import SeekerStatus, SeekerStepIllegal
from yizhan.contracts.skill_training import Course, SkillTraining
from yizhan.contracts.start_ups import StartUp, StartUpConsultation
from yizhan.contracts.support import SupportNotFound
from yizhan.files import FileStore
from yizhan.network.pages import Subtree

M = TypeVar("M", bound=Message)


class SupportDesk(Desk):
    """The parts about support inherit from this."""

    @property
    def _difficulties(self) -> storage.Records[Difficulty]:
        return self._records(storage.DIFFICULTIES)

    @property
    def _aid_cases(self) -> storage.Records[AidCase]:
        return self._records(storage.AID_CASES)

    @property
    def _aid_visits(self) -> storage.Records[AidVisit]:
        return self._records(storage.AID_VISITS)

    @property
    def _guidances(self) -> storage.Records[GuidanceSession]:
        return self._records(storage.GUIDANCES)

    @property
    def _courses(self) -> storage.Records[Course]:
        return self._records(storage.COURSES)

    @property
    def _skill_trainings(self) -> storage.Records[SkillTraining]:
        return self._records(storage.SKILL_TRAININGS)

    @property
    def _consultations(self) -> storage.Records[StartUpConsultation]:
        return self._records(storage.CONSULTATIONS)

    @property
    def _start_ups(self) -> storage.Records[StartUp]:
        return self._records(storage.START_UPS)

    def _records(self, kind: storage.Kind[M]) -> storage.Records[M]:
        return storage.Records(self.database, self.cipher, kind)

    @property
    def _told(self) -> SupportEvents:
        return SupportEvents(Outbox(self.database, storage.outbox), self.clock.now())

    @property
    def _file_store(self) -> FileStore:
        return FileStore.from_settings(self.settings)

    def _fresh_id(self) -> str:
        return new_identifier(self.clock.now())

    def _aid_pseudonym(self, seeker_id: str) -> str:
        """Who a case of aid is about, for its events alone: it cannot be made without the index key."""
        return self.cipher.index(seeker_id, kind="aid_person")

    def _supported(self, tx: Connection, call: Call, id: str) -> Entry:
        """Somebody for whom a row is made; nobody else does so until the transaction ends.

        Raises SeekerNotFound, NotAllowed, OutsideScope, SeekerStepIllegal for who was erased.
        """
        entry = self._found(tx, call.actor, id, lock=True)
        if entry.status is SeekerStatus.ERASED:
            raise SeekerStepIllegal("this person was erased", seeker_id=id, status=entry.status.value)
        return entry

    def _own(
        self, tx: Connection, call: Call, records: storage.Records[M], id: str, *, lock: bool = True
    ) -> M:
        """A row of a station in the caller's scope. Raises SupportNotFound, NotAllowed, OutsideScope."""
        found = records.find(tx, id, lock=lock)
        if found is None:
            raise SupportNotFound("nothing of this kind has this id", id=id)
        self._staff_place(tx, call.actor, found.station)  # type: ignore[attr-defined]
        return found

    def _subtree(self, tx: Connection, call: Call, station: str) -> Subtree:
        return self._network.within(tx, self._staff_place(tx, call.actor, station))
