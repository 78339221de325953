"""Postings on the screens: hands bound, reconfirmations, duplicates, and what the clock does to them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial

from sqlalchemy import Connection

from services.jobs.domain import posting_hands as hands
from services.jobs.domain import posting_upkeep as upkeep
from services.jobs.domain.dispatch_binding import require_above_dispatches
from services.jobs.domain.posting_overflow import overflow
from services.jobs.service.posting_steps import PostingSteps
from yizhan.bus.clockwork import wakening
from yizhan.bus.nameko_entrypoints import method
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    JobsRpc,
    MarkDuplicate,
    MorningList,
    MorningQuery,
    Posting,
    PostingNotFound,
    Reconfirmation,
    Reconfirmations,
    ReconfirmPostings,
    RecordTaken,
)
from yizhan.contracts.rpc import Call

#: How long an instance may not notice what another one, or a person, has made due earlier.
_LONGEST_SLEEP_SECONDS = 3.0
#: How soon to look again for what another instance was holding.
_SHORTEST_SLEEP_SECONDS = 0.2
_DONE_AT_ONCE = 200


class PostingUpkeep(PostingSteps):
    """Commands, the morning's list and the clockwork of postings that are out."""

    @method(JobsRpc.record_taken)
    def record_taken(self, tx: Connection, call: Call, request: RecordTaken) -> Posting:
        current, _ = self._locked(tx, call, request.id)
        bound = len(self._dispatches.seats(tx, current.id))
        require_above_dispatches(current.id, request.taken, bound)
        decision = hands.record_taken(
            current, taken=request.taken, now=self.clock.now(), by=call.actor, reason=request.reason
        )
        return self._take(tx, call, decision)

    @method(JobsRpc.mark_duplicate)
    def mark_duplicate(self, tx: Connection, call: Call, request: MarkDuplicate) -> Posting:
        of = None
        if request.duplicate_of is not None:
            of = self._postings.find(tx, request.duplicate_of)
            if of is None:
                raise PostingNotFound("no posting has this id", posting_id=request.duplicate_of)
        return self._step(tx, call, request.id, partial(upkeep.mark_duplicate, of=of))

    @method(JobsRpc.list_to_reconfirm)
    def list_to_reconfirm(self, tx: Connection, call: Call, request: MorningQuery) -> MorningList:
        place = self._staff_place(tx, call.actor, request.station)
        now = self.clock.now()
        postings, total = self._postings.to_reconfirm(
            tx,
            self._network.within(tx, place),
            until=request.until or _end_of_day(now),
            now=now,
            limit=request.limit,
        )
        return MorningList(postings=tuple(postings), total=total)

    @method(JobsRpc.reconfirm_postings)
    def reconfirm_postings(self, tx: Connection, call: Call, request: ReconfirmPostings) -> Reconfirmations:
        # Always in the same order: two clerks who reconfirm the same ones wait for each other, not both.
        answers = {id: self._reconfirm(tx, call, id, request) for id in sorted(set(request.ids))}
        return Reconfirmations(answers=tuple(answers[id] for id in dict.fromkeys(request.ids)))

    def _reconfirm(self, tx: Connection, call: Call, id: str, request: ReconfirmPostings) -> Reconfirmation:
        """One of many. A refusal is an answer: nothing was written when it was decided."""
        try:
            current, place = self._locked(tx, call, id)
            decision = upkeep.reconfirm(
                current,
                now=self.clock.now(),
                by=call.actor,
                method=request.method,
                limits=self._limits(tx, place.code),
            )
        except YizhanError as refusal:
            return Reconfirmation(id=id, posting=None, code=refusal.code, detail=str(refusal))
        return Reconfirmation(id=id, posting=self._take(tx, call, decision))

    @wakening(at_most_seconds=_LONGEST_SLEEP_SECONDS)
    def do_what_is_due(self) -> float:
        """Mark, take off the screens and end what is due; the seconds until there may be more.

        Each posting has a transaction of its own, so that one that cannot be ended holds up no other.
        """
        with self.database.reading() as connection:
            due = self._postings.due(connection, now=self.clock.now(), limit=_DONE_AT_ONCE)
        failures = []
        for id in due:
            try:
                self._do_what_is_due(id)
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup("postings that stay on the screens past their time", failures)
        return 0.0 if len(due) == _DONE_AT_ONCE else self._seconds_until_due()

    def _do_what_is_due(self, id: str) -> None:
        with self.database.transaction() as tx:
            # Read again under its lock: another instance, or a person, may have ended it meanwhile.
            current = self._postings.lock_unless_held(tx, id)
            now = self.clock.now()
            if current is None:
                return
            decision = upkeep.what_is_due(current, now=now)
            if decision is None and upkeep.overflows_now(current, now=now):
                beside = self._network.beside(tx, current.station)
                decision = overflow(current, beside, now=now, rules=self._dispatch_rules())
            if decision is not None:
                self._take(tx, Call(actor=SYSTEM, correlation=new_identifier(now)), decision)

    def _seconds_until_due(self) -> float:
        with self.database.reading() as connection:
            due_at = self._postings.next_due(connection)
        if due_at is None:
            return _LONGEST_SLEEP_SECONDS
        return max((due_at - self.clock.now()).total_seconds(), _SHORTEST_SLEEP_SECONDS)


def _end_of_day(now: datetime) -> datetime:
    tomorrow = now.astimezone(COUNTY_ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=COUNTY_ZONE)
