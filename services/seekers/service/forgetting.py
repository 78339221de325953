"""What becomes of somebody's rows of support when he is erased: the words go, days and amounts stay."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from services.seekers.domain import aid, guidance, skill_training, start_up
from services.seekers.service.support import SupportDesk
from yizhan.bus.clockwork import every
from yizhan.bus.nameko_entrypoints import in_native_thread
from yizhan.contracts.aid import AidCaseClosed, AidCaseStatus
from yizhan.contracts.rpc import Call


class Forgetting(SupportDesk):
    """Forgetting, row by row, and letting files go."""

    def _forget_support(self, tx: Connection, call: Call, seeker_id: str) -> None:
        """What is under way ends, and is told; what has ended loses its words alone."""
        for forget in (
            self._forget_aid,
            self._forget_guidance,
            self._forget_trainings,
            self._forget_start_ups,
        ):
            forget(tx, call, seeker_id)

    def _forget_aid(self, tx: Connection, call: Call, seeker_id: str) -> None:
        self._support.forget_difficulties(tx, seeker_id)
        for case in self._aid_cases.of(tx, lock=True, seeker_id=seeker_id):
            after = aid.forget_case(case, today=self._today())
            self._aid_cases.save(tx, after)
            if case.state is AidCaseStatus.OPEN:
                self._told.aid_case_told(tx, call, AidCaseClosed, after, self._aid_pseudonym(seeker_id))
        for visit in self._aid_visits.of(tx, lock=True, seeker_id=seeker_id):
            self._aid_visits.save(tx, visit.model_copy(update={"note": None, "sequence": visit.sequence + 1}))

    def _forget_guidance(self, tx: Connection, call: Call, seeker_id: str) -> None:
        for session in self._guidances.of(tx, lock=True, seeker_id=seeker_id):
            after = guidance.forget(session)
            self._guidances.save(tx, after)
            self._told.guidance_stepped(tx, call, after)

    def _forget_trainings(self, tx: Connection, call: Call, seeker_id: str) -> None:
        for one in self._skill_trainings.of(tx, lock=True, seeker_id=seeker_id):
            after = skill_training.forget(one, today=self._today())
            self._skill_trainings.save(tx, after)
            self._told.skill_training_stepped(tx, call, after)

    def _forget_start_ups(self, tx: Connection, call: Call, seeker_id: str) -> None:
        for held in self._consultations.of(tx, lock=True, seeker_id=seeker_id):
            self._consultations.save(tx, start_up.forget_consultation(held))
        for case in self._start_ups.of(tx, lock=True, seeker_id=seeker_id):
            after = start_up.forget_case(case, today=self._today())
            self._start_ups.save(tx, after)
            self._told.start_up_stepped(tx, call, after)

    @every(seconds=60)
    def let_files_go(self, tx: Connection) -> None:
        """Proofs of people who were erased leave the store after the erasure is committed, not before."""
        delete: Callable[[str], None] = self._file_store.delete
        for file_id in self._support.dropped_files(tx):
            in_native_thread(delete, file_id)
            self._support.let_go(tx, file_id)
