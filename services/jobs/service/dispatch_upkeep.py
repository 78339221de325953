"""What the clock does to dispatches: offers end, work ends, pay is reminded of and given up."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import dispatch as life
from services.jobs.domain import dispatch_pay as pay
from services.jobs.service.dispatch_desk import DispatchDesk
from yizhan.bus.clockwork import wakening
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.dispatches import Dispatch, DispatchReason, DispatchStatus
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call

#: How long an instance may not notice what another one, or a person, has made due earlier.
_LONGEST_SLEEP_SECONDS = 2.0
#: How soon to look again for what another instance was holding.
_SHORTEST_SLEEP_SECONDS = 0.2
_DONE_AT_ONCE = 200

_OFFERED = frozenset({DispatchStatus.OFFERED})


class DispatchUpkeep(DispatchDesk):
    """The clockwork of dispatches."""

    @wakening(at_most_seconds=_LONGEST_SLEEP_SECONDS)
    def do_what_dispatches_are_due(self) -> float:
        """Do what is due; the seconds until there may be more.

        Each has a transaction of its own, so that one that cannot be done holds up no other.
        """
        with self.database.reading() as connection:
            due = self._dispatches.due(connection, now=self.clock.now(), limit=_DONE_AT_ONCE)
        failures = []
        for id in due:
            try:
                with self.database.transaction() as tx:
                    self._do_what_dispatch_is_due(tx, id)
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup("dispatches that stay as they are past their time", failures)
        return 0.0 if len(due) == _DONE_AT_ONCE else self._seconds_until_dispatch_due()

    def _do_what_dispatch_is_due(self, tx: Connection, id: str) -> None:
        call = Call(actor=SYSTEM, correlation=new_identifier(self.clock.now()))
        # Read again under its lock: another instance, or a person, may have seen to it meanwhile.
        posting, dispatch, seat = self._with_posting(tx, SYSTEM, id)
        now = self.clock.now()
        if dispatch.status is DispatchStatus.OFFERED and self._is_busy(tx, dispatch):
            decision = life.cancel(dispatch, now=now, by=SYSTEM, code=DispatchReason.TOOK_ANOTHER)
            self._fall_back_with_crew(tx, call, posting, decision, seat=seat, statuses=_OFFERED)
            return
        steps = self._dispatches.steps(tx, id)
        due = pay.what_is_due(dispatch, steps, now=now, rules=self._dispatch_rules())
        if due is None:
            return
        if dispatch.status is DispatchStatus.OFFERED:
            self._fall_back_with_crew(tx, call, posting, due, seat=seat, statuses=_OFFERED)
        else:
            self._keep_dispatch(tx, call, due, seat=seat)

    def _is_busy(self, tx: Connection, dispatch: Dispatch) -> bool:
        bound = self._dispatches.bound(tx, dispatch.worker_id, dispatch.starts_at, dispatch.ends_at)
        return any(other.id != dispatch.id for other in bound)

    def _seconds_until_dispatch_due(self) -> float:
        with self.database.reading() as connection:
            due_at = self._dispatches.next_due(connection)
        if due_at is None:
            return _LONGEST_SLEEP_SECONDS
        return max((due_at - self.clock.now()).total_seconds(), _SHORTEST_SLEEP_SECONDS)
