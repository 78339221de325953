"""The people of a posting: what becomes of them when the posting does not go on as it did."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.resources import files

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import dispatch as life
from services.jobs.domain import dispatch_pay as pay
from services.jobs.domain.dispatch_rules import DatedDispatchRules, DispatchRules
from services.jobs.domain.posting import Outcome
from services.jobs.domain.posting import Step as PostingStep
from services.jobs.domain.punctuality import punctuality
from services.jobs.service.desk import Desk
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.dispatches import Dispatch, DispatchReason, DispatchStatus, Punctuality
from yizhan.contracts.jobs import Posting, PostingStage
from yizhan.contracts.rpc import Call

_ENDS = frozenset({PostingStep.WITHDRAW, PostingStep.CLOSE, PostingStep.EXPIRE})
_OFFERED = frozenset({DispatchStatus.OFFERED})


def _read_rules() -> DatedDispatchRules:
    return DatedDispatchRules.read(json.loads((files("services.jobs") / "dispatch.json").read_text("utf-8")))


class PostingPeople(Desk):
    """What commands on postings, employers and dispatches share."""

    dated_dispatch_rules: DatedDispatchRules = _read_rules()

    @property
    def _dispatches(self) -> storage.Dispatches:
        return storage.Dispatches(self.database)

    @property
    def _offer_lists(self) -> storage.OfferLists:
        return storage.OfferLists(self.database)

    def _dispatch_rules(self) -> DispatchRules:
        return self.dated_dispatch_rules.on(self._today())

    def _punctuality(self, tx: Connection, employer_id: str) -> Punctuality:
        """How an employer pays, entries that were merged into it included."""
        rules = self._dispatch_rules()
        family = self._employers.family(tx, employer_id)
        since = self.clock.now() - timedelta(days=rules.punctuality_days)
        counted, on_time = self._dispatches.paid_by(tx, family, since=since)
        rated, stars = self._dispatches.rated_by_workers(tx, family, since=since)
        return punctuality(
            employer_id, on_time=on_time, counted=counted, stars=stars, rated=rated, rules=rules
        )

    def _keep_dispatch(
        self, tx: Connection, call: Call, decision: life.Decision, *, seat: int | None
    ) -> Dispatch:
        """Write what was decided of a locked dispatch, and tell of it. seat: the place that it holds now."""
        after, outcome = decision
        due_at = pay.due_at(after, self._dispatch_rules())
        self._dispatches.save(tx, after, outcome, seat=seat, due_at=due_at)
        self._events.dispatch_stepped(tx, call, after, outcome)
        return after

    def _people_follow(
        self,
        tx: Connection,
        call: Call,
        posting: Posting,
        outcome: Outcome,
        *,
        because: DispatchReason = DispatchReason.JOB_ENDED,
    ) -> None:
        """Release who has nowhere to go after a step of a locked posting.

        Whom somebody's word ends the job for is released unless a side says that he is there. Where the clock
        ended it, its time has come and people are on their way: then, as when it is full, only offers end.
        """
        if outcome.step in _ENDS:
            self._offer_lists.stop(tx, posting.id)
            by_itself = outcome.by == SYSTEM.id
            self._release(tx, call, posting, _OFFERED if by_itself else life.RELEASED, because)
        elif posting.whole_stage is PostingStage.FILLED:
            self._release(tx, call, posting, _OFFERED, DispatchReason.JOB_FILLED)

    def _release(
        self,
        tx: Connection,
        call: Call,
        posting: Posting,
        statuses: frozenset[DispatchStatus],
        because: DispatchReason,
    ) -> None:
        for one in self._dispatches.of_posting(tx, posting.id):
            locked = self._dispatches.lock(tx, one.id) if one.status in statuses else None
            if locked is None or locked[0].status not in statuses or locked[0].arrival:
                continue
            decision = life.cancel(locked[0], now=self.clock.now(), by=call.actor, code=because)
            self._keep_dispatch(tx, call, decision, seat=None)
