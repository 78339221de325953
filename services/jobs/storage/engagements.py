"""What workers are bound to, and how they kept their word: read from the dispatches."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from services.jobs.domain.matching import Record, Span
from services.jobs.storage.dispatch_tables import dispatches
from yizhan.contracts.dispatches import DispatchStatus

_S = DispatchStatus
#: He came, whatever became of his pay.
_KEPT = (_S.ARRIVED.value, _S.WORKED.value, _S.PAID.value, _S.UNPAID.value)

_OF_WORKERS = dispatches.c.worker_id.in_(bindparam("ids", expanding=True))
_BOUND = select(dispatches.c.worker_id, dispatches.c.starts_at, dispatches.c.ends_at).where(
    _OF_WORKERS,
    dispatches.c.seat.is_not(None),
    dispatches.c.starts_at < bindparam("before"),
    dispatches.c.ends_at > bindparam("after"),
)
_RECORDS = (
    select(dispatches.c.worker_id, dispatches.c.status, func.count())
    .where(_OF_WORKERS, dispatches.c.status.in_((*_KEPT, _S.NO_SHOW.value)))
    .group_by(dispatches.c.worker_id, dispatches.c.status)
)


class Engagements:
    """Read alone: dispatches are written elsewhere."""

    def spans(self, tx: Connection, ids: Sequence[str], within: Span) -> dict[str, tuple[Span, ...]]:
        """The jobs that each is bound to and that overlap a time; whoever is free is not in it."""
        found: dict[str, tuple[Span, ...]] = {}
        rows = tx.execute(_BOUND, {"ids": list(ids), "before": within.ends_at, "after": within.starts_at})
        for worker_id, starts_at, ends_at in rows:
            found[worker_id] = (*found.get(worker_id, ()), Span(starts_at, ends_at))
        return found

    def records(self, tx: Connection, ids: Sequence[str]) -> dict[str, Record]:
        """Of those who were ever sent to a job."""
        kept: dict[str, int] = {}
        missed: dict[str, int] = {}
        for worker_id, status, jobs in tx.execute(_RECORDS, {"ids": list(ids)}):
            counted = missed if status == _S.NO_SHOW.value else kept
            counted[worker_id] = counted.get(worker_id, 0) + jobs
        return {id: Record(kept.get(id, 0), missed.get(id, 0)) for id in kept.keys() | missed.keys()}
