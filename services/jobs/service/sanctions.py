"""Sanctions against employers, and an employer's whole record."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import sanction as sanctions
from services.jobs.domain.posting import Step as PostingStep
from services.jobs.domain.sanction import SanctionDecision
from services.jobs.service.employer_desk import EmployerDesk
from yizhan.bus.clockwork import wakening
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import Employer, EmployerNotFound, EmployerRef
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.sanctions import (
    AppealSanction,
    DecideAppeal,
    EmployerRecord,
    LiftSanction,
    Sanction,
    SanctionEmployer,
    SanctionList,
    SanctionNotFound,
    SanctionQuery,
    SanctionsRpc,
)

#: How long an instance may not notice what another one, or a person, has made due earlier.
_LONGEST_SLEEP_SECONDS = 3.0
#: How soon to look again for what another instance was holding.
_SHORTEST_SLEEP_SECONDS = 0.2
_ENDED_AT_ONCE = 200


class Sanctions(EmployerDesk):
    """Commands, queries and clockwork of sanctions."""

    @method(SanctionsRpc.sanction_employer)
    def sanction_employer(self, tx: Connection, call: Call, request: SanctionEmployer) -> Sanction:
        before = self._locked_employer(tx, call.actor, request.id)
        running = self._sanctions.running_of(tx, self._employers.family(tx, before.id))
        now = self.clock.now()
        sanction, decision = sanctions.impose(
            before,
            request,
            running,
            id=new_identifier(now),
            now=now,
            by=self._acting(tx, call.actor, before.station),
        )
        self._sanctions.insert(tx, sanction)
        self._keep(tx, call, before, decision)
        return sanction

    @method(SanctionsRpc.appeal_sanction)
    def appeal_sanction(self, tx: Connection, call: Call, request: AppealSanction) -> Sanction:
        before, sanction, _ = self._at_hand(tx, call, request.id)
        decided = sanctions.appeal(before, sanction, text=request.text, now=self.clock.now(), by=call.actor)
        return self._decided(tx, call, before, decided)

    @method(SanctionsRpc.decide_appeal)
    def decide_appeal(self, tx: Connection, call: Call, request: DecideAppeal) -> Sanction:
        before, sanction, others = self._at_hand(tx, call, request.id)
        decided = sanctions.decide_appeal(
            before,
            sanction,
            others,
            decision=request.decision,
            reason=request.reason,
            now=self.clock.now(),
            by=self._acting(tx, call.actor, before.station),
        )
        return self._decided(tx, call, before, decided)

    @method(SanctionsRpc.lift_sanction)
    def lift_sanction(self, tx: Connection, call: Call, request: LiftSanction) -> Sanction:
        before, sanction, others = self._at_hand(tx, call, request.id)
        decided = sanctions.lift(
            before,
            sanction,
            others,
            reason=request.reason,
            now=self.clock.now(),
            by=self._acting(tx, call.actor, before.station),
        )
        return self._decided(tx, call, before, decided)

    @method(SanctionsRpc.list_sanctions)
    def list_sanctions(self, tx: Connection, call: Call, request: SanctionQuery) -> SanctionList:
        place = self._staff_place(tx, call.actor, request.station)
        found, following = self._sanctions.page(
            tx,
            self._network.within(tx, place),
            appealed=request.appealed,
            after=request.after,
            limit=request.limit,
        )
        return SanctionList(sanctions=tuple(found), next=following)

    @method(SanctionsRpc.employer_record)
    def employer_record(self, tx: Connection, call: Call, request: EmployerRef) -> EmployerRecord:
        employer = self._employer(tx, call.actor, request.id)
        family = self._employers.family(tx, employer.id)
        rejected, withdrawn = PostingStep.REJECT.value, PostingStep.WITHDRAW.value
        taken = self._records.postings_by_step(tx, family, rejected, withdrawn)
        return EmployerRecord(
            employer=employer,
            postings=self._records.postings_by_status(tx, family),
            rejected=taken.get(rejected, 0),
            withdrawn=taken.get(withdrawn, 0),
            sanctions=tuple(self._sanctions.of(tx, family)),
            verifications=tuple(self._records.verifications(tx, family)),
            punctuality=self._punctuality(tx, employer.id),
        )

    @wakening(at_most_seconds=_LONGEST_SLEEP_SECONDS)
    def end_due_sanctions(self) -> float:
        """End sanctions whose time is over; the seconds until there may be more.

        Each has a transaction of its own, so that one that cannot be ended holds up no other.
        """
        with self.database.reading() as connection:
            due = self._sanctions.due(connection, now=self.clock.now(), limit=_ENDED_AT_ONCE)
        failures = []
        for id in due:
            try:
                self._end(id)
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup("sanctions that stay in force past their time", failures)
        return 0.0 if len(due) == _ENDED_AT_ONCE else self._seconds_until_next_end()

    def _end(self, id: str) -> None:
        with self.database.transaction() as tx:
            now = self.clock.now()
            call = Call(actor=SYSTEM, correlation=new_identifier(now))
            before, sanction, others = self._locked_with_its_employer(tx, id)
            # Read again under the lock: another instance, or a person, may have ended it meanwhile.
            if sanctions.has_run_out(sanction, now=now):
                self._decided(tx, call, before, sanctions.run_out(before, sanction, others, now=now))

    def _seconds_until_next_end(self) -> float:
        with self.database.reading() as connection:
            due_at = self._sanctions.next_due(connection)
        if due_at is None:
            return _LONGEST_SLEEP_SECONDS
        return max((due_at - self.clock.now()).total_seconds(), _SHORTEST_SLEEP_SECONDS)

    def _at_hand(
        self, tx: Connection, call: Call, id: str
    ) -> tuple[Employer, Sanction, tuple[Sanction, ...]]:
        """The employer under its lock, the sanction, and the others in force; for staff in their scope."""
        found = self._locked_with_its_employer(tx, id)
        self._staff_place(tx, call.actor, found[0].station)
        return found

    def _locked_with_its_employer(
        self, tx: Connection, id: str
    ) -> tuple[Employer, Sanction, tuple[Sanction, ...]]:
        found = self._sanctions.find(tx, id)
        if found is None:
            raise SanctionNotFound("no sanction has this id", sanction_id=id)
        employer = self._employers.lock(tx, found.employer_id)
        if employer is None:
            raise EmployerNotFound("no employer has this id", employer_id=found.employer_id)
        # As it stands under the lock.
        own = {sanction.id: sanction for sanction in self._sanctions.of(tx, self._family_of(tx, employer))}
        others = (one for one in own.values() if one.id != id and one.ended_at is None)
        return employer, own[id], tuple(others)

    def _family_of(self, tx: Connection, employer: Employer) -> list[str]:
        return self._employers.family(tx, employer.id)

    def _decided(self, tx: Connection, call: Call, before: Employer, decided: SanctionDecision) -> Sanction:
        sanction, decision = decided
        self._sanctions.save(tx, sanction)
        self._keep(tx, call, before, decision)
        return sanction
