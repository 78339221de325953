"""Postings and their life cycle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from services.jobs.domain import posting as life
from services.jobs.domain.network import require_open
from services.jobs.domain.posting import Decision
from services.jobs.domain.scope import require_system
from services.jobs.service.desk import Desk
from yizhan.bus.clockwork import wakening
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import SYSTEM, Role
from yizhan.contracts.employers import EmployerNotFound
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    AmendPosting,
    DraftPosting,
    ExportLivePostings,
    JobsRpc,
    LivePostings,
    Posting,
    PostingHistory,
    PostingList,
    PostingNotFound,
    PostingQuery,
    PostingRef,
    PostingStatus,
    PublishPosting,
    RejectPosting,
    SubmitPosting,
    VerifyPosting,
    WithdrawPosting,
)
from yizhan.contracts.rpc import Call

#: How long an instance may not notice what another one, or a person, has made due earlier.
_LONGEST_SLEEP_SECONDS = 3.0
#: How soon to look again for what another instance was holding.
_SHORTEST_SLEEP_SECONDS = 0.2
_EXPIRED_AT_ONCE = 200


class Postings(Desk):
    """Commands, queries and clockwork of postings."""

    @method(JobsRpc.draft_posting)
    def draft_posting(self, tx: Connection, call: Call, request: DraftPosting) -> Posting:
        require_open(self._staff_place(tx, call.actor, request.station))
        employer_name = self._employers.name_in_public(tx, request.employer_id)
        if employer_name is None:
            raise EmployerNotFound("no employer has this id", employer_id=request.employer_id)
        now = self.clock.now()
        posting, outcome = life.draft(
            request, employer_name, id=new_identifier(now), now=now, by=call.actor, limits=self._limits()
        )
        self._postings.insert(tx, posting, outcome)
        self._events.posting_stepped(tx, call, posting, outcome)
        return posting

    @method(JobsRpc.amend_posting)
    def amend_posting(self, tx: Connection, call: Call, request: AmendPosting) -> Posting:
        return self._step(tx, call, request.id, partial(life.amend, request=request, limits=self._limits()))

    @method(JobsRpc.submit_posting)
    def submit_posting(self, tx: Connection, call: Call, request: SubmitPosting) -> Posting:
        return self._step(tx, call, request.id, life.submit)

    @method(JobsRpc.verify_posting)
    def verify_posting(self, tx: Connection, call: Call, request: VerifyPosting) -> Posting:
        decide = partial(life.verify, method=request.method, note=request.note)
        return self._step(tx, call, request.id, decide)

    @method(JobsRpc.reject_posting)
    def reject_posting(self, tx: Connection, call: Call, request: RejectPosting) -> Posting:
        return self._step(tx, call, request.id, partial(life.reject, reason=request.reason))

    @method(JobsRpc.publish_posting)
    def publish_posting(self, tx: Connection, call: Call, request: PublishPosting) -> Posting:
        return self._step(tx, call, request.id, life.publish, needs_open_station=True)

    @method(JobsRpc.withdraw_posting)
    def withdraw_posting(self, tx: Connection, call: Call, request: WithdrawPosting) -> Posting:
        return self._step(tx, call, request.id, partial(life.withdraw, reason=request.reason))

    def _step(
        self,
        tx: Connection,
        call: Call,
        id: str,
        decide: Callable[..., Decision],
        *,
        needs_open_station: bool = False,
    ) -> Posting:
        """Lock, ask whether the caller may, decide, save, tell."""
        current = self._postings.lock(tx, id)
        if current is None:
            raise PostingNotFound("no posting has this id", posting_id=id)
        place = self._staff_place(tx, call.actor, current.station)
        if needs_open_station:
            require_open(place)
        after, outcome = decide(current, now=self.clock.now(), by=call.actor)
        self._postings.save(tx, after, outcome)
        self._events.posting_stepped(tx, call, after, outcome)
        return after

    @method(JobsRpc.get_posting)
    def get_posting(self, tx: Connection, call: Call, request: PostingRef) -> Posting:
        found = self._postings.find(tx, request.id)
        public = call.actor.role is Role.PUBLIC
        # To the public, a posting that is not published does not exist.
        if found is None or (public and found.status is not PostingStatus.PUBLISHED):
            raise PostingNotFound("no posting has this id", posting_id=request.id)
        if not public:
            self._staff_place(tx, call.actor, found.station)
        return found

    @method(JobsRpc.list_postings)
    def list_postings(self, tx: Connection, call: Call, request: PostingQuery) -> PostingList:
        status = request.status
        if call.actor.role is Role.PUBLIC:
            place, status = self._place(tx, call.actor, request.station)[0], PostingStatus.PUBLISHED
        else:
            place = self._staff_place(tx, call.actor, request.station)
        postings, following = self._postings.page(
            tx, self._network.within(tx, place), status=status, after=request.after, limit=request.limit
        )
        return PostingList(postings=tuple(postings), next=following)

    @method(JobsRpc.posting_history)
    def posting_history(self, tx: Connection, call: Call, request: PostingRef) -> PostingHistory:
        found = self._postings.find(tx, request.id)
        if found is None:
            raise PostingNotFound("no posting has this id", posting_id=request.id)
        self._staff_place(tx, call.actor, found.station)
        return PostingHistory(steps=tuple(self._postings.steps(tx, request.id)))

    @method(JobsRpc.export_live_postings)
    def export_live_postings(self, tx: Connection, call: Call, request: ExportLivePostings) -> LivePostings:
        require_system(call.actor)
        postings, following = self._postings.published(tx, after=request.after, limit=request.limit)
        return LivePostings(postings=tuple(postings), next=following)

    @wakening(at_most_seconds=_LONGEST_SLEEP_SECONDS)
    def expire_due(self) -> float:
        """Expire what is due; the seconds until there may be more.

        Each posting has a transaction of its own, so that one that cannot be expired holds up no other.
        """
        with self.database.reading() as connection:
            due = self._postings.due(connection, now=self.clock.now(), limit=_EXPIRED_AT_ONCE)
        failures = []
        for id in due:
            try:
                self._expire(id)
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup("postings that stay on the screens past their time", failures)
        return 0.0 if len(due) == _EXPIRED_AT_ONCE else self._seconds_until_due()

    def _expire(self, id: str) -> None:
        with self.database.transaction() as tx:
            # Read again under its lock: another instance, or a person, may have ended it meanwhile.
            current = self._postings.lock_unless_held(tx, id)
            now = self.clock.now()
            if current is None or life.Step.EXPIRE not in life.allowed_steps(current, now=now):
                return
            expired, outcome = life.expire(current, now=now)
            call = Call(actor=SYSTEM, correlation=new_identifier(now))
            self._postings.save(tx, expired, outcome)
            self._events.posting_stepped(tx, call, expired, outcome)

    def _seconds_until_due(self) -> float:
        with self.database.reading() as connection:
            due_at = self._postings.next_due(connection)
        if due_at is None:
            return _LONGEST_SLEEP_SECONDS
        return max((due_at - self.clock.now()).total_seconds(), _SHORTEST_SLEEP_SECONDS)
