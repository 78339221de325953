"""Dispatches and their history: rows and queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, insert, select, update

from services.jobs.domain.dispatch import BINDING, UNSETTLED, Outcome
from services.jobs.storage.dispatch_tables import dispatch_steps, dispatches
from services.jobs.storage.tables import workers
from yizhan.contracts.dispatches import (
    Dispatch,
    DispatchQuery,
    DispatchStatus,
    DispatchStep,
    OfferSource,
    Side,
)
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut

_CHANGING = ("status", "seat", "starts_at", "ends_at", "promised_at", "on_time", "stars", "due_at", "record")
_OFFERED = DispatchStatus.OFFERED.value

_ONE = select(dispatches).where(dispatches.c.id == bindparam("id"))
_OF_POSTING = (
    select(dispatches).where(dispatches.c.posting_id == bindparam("posting_id")).order_by(dispatches.c.id)
)
_SEATED = select(dispatches.c.seat).where(
    dispatches.c.posting_id == bindparam("posting_id"), dispatches.c.seat.is_not(None)
)
_OF_CREW = select(dispatches).where(dispatches.c.crew_id == bindparam("crew_id")).order_by(dispatches.c.id)
_BOUND_OF_WORKER = select(dispatches).where(
    dispatches.c.worker_id == bindparam("worker_id"),
    dispatches.c.seat.is_not(None),
    dispatches.c.starts_at < bindparam("before"),
    dispatches.c.ends_at > bindparam("after"),
)
_LIVE_OF_WORKERS = (
    select(dispatches)
    .where(
        dispatches.c.worker_id.in_(bindparam("worker_ids", expanding=True)),
        dispatches.c.status.in_([one.value for one in (DispatchStatus.OFFERED, *BINDING)]),
        dispatches.c.starts_at < bindparam("before"),
        dispatches.c.ends_at > bindparam("after"),
    )
    .order_by(dispatches.c.starts_at, dispatches.c.id)
)
_ASKED_BY_NAME = (
    select(func.count())
    .select_from(dispatches)
    .where(
        dispatches.c.employer_id == bindparam("employer_id"),
        dispatches.c.worker_id == bindparam("worker_id"),
        dispatches.c.by_name.is_(True),
        dispatches.c.offered_at >= bindparam("since"),
    )
)
_HASTEN = (
    update(dispatches)
    .where(
        dispatches.c.worker_id == bindparam("of_worker"),
        dispatches.c.status == _OFFERED,
        dispatches.c.starts_at < bindparam("before"),
        dispatches.c.ends_at > bindparam("after"),
    )
    .values(due_at=bindparam("now"))
)
_INSERT = insert(dispatches)
_INSERT_STEP = insert(dispatch_steps)
_UPDATE = (
    update(dispatches)
    .where(dispatches.c.id == bindparam("dispatch_id"), dispatches.c.sequence == bindparam("sequence_before"))
    .values(sequence=dispatches.c.sequence + 1, **{name: bindparam(f"new_{name}") for name in _CHANGING})
)
_STEPS = (
    select(dispatch_steps)
    .where(dispatch_steps.c.dispatch_id == bindparam("id"))
    .order_by(dispatch_steps.c.sequence)
)
_NEXT_DUE = select(func.min(dispatches.c.due_at))
_DUE = (
    select(dispatches.c.id)
    .where(dispatches.c.due_at <= bindparam("now"))
    .order_by(dispatches.c.due_at)
    .limit(bindparam("limit"))
)
_WORKER = select(workers.c.id).where(workers.c.id == bindparam("worker_id"))
_PAID_BY = select(func.count(), func.count().filter(dispatches.c.on_time.is_(True))).where(
    dispatches.c.employer_id.in_(bindparam("ids", expanding=True)),
    dispatches.c.promised_at >= bindparam("since"),
    dispatches.c.on_time.is_not(None),
)
_RATED_BY_WORKERS = select(func.count(), func.coalesce(func.sum(dispatches.c.stars), 0)).where(
    dispatches.c.employer_id.in_(bindparam("ids", expanding=True)),
    dispatches.c.promised_at >= bindparam("since"),
    dispatches.c.stars.is_not(None),
)


class DispatchRowChanged(Exception):
    """A dispatch was saved that somebody else had changed since it was read: it was not locked. A defect."""


class Dispatches:
    """Dispatches and their history.

    Whatever locks several rows does it in this order: the employer, the posting, workers by id, dispatches
    by id. Then no two wait for each other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(
        self, tx: Connection, dispatch: Dispatch, outcome: Outcome, *, due_at: datetime | None
    ) -> None:
        """Write a new dispatch and the first line of its history."""
        tx.execute(_INSERT, _row(dispatch, seat=None, due_at=due_at))
        tx.execute(_INSERT_STEP, _step_row(dispatch, outcome))

    def save(
        self,
        tx: Connection,
        dispatch: Dispatch,
        outcome: Outcome,
        *,
        seat: int | None,
        due_at: datetime | None,
    ) -> None:
        """Write a dispatch that was locked, one sequence on, and a line of its history.

        seat: the place at its posting that it holds from now on. Raises sqlalchemy.exc.IntegrityError when
        the place has another holder, or its worker another place at that time.
        """
        row = _row(dispatch, seat=seat, due_at=due_at)
        values = {f"new_{name}": row[name] for name in _CHANGING}
        values |= {"dispatch_id": dispatch.id, "sequence_before": dispatch.sequence - 1}
        if tx.execute(_UPDATE, values).rowcount != 1:
            raise DispatchRowChanged(dispatch.id)
        tx.execute(_INSERT_STEP, _step_row(dispatch, outcome))

    def find(self, tx: Connection, id: str) -> Dispatch | None:
        """A dispatch as it stands."""
        row = tx.execute(_ONE, {"id": id}).mappings().first()
        return None if row is None else _dispatch(row)

    def lock(self, tx: Connection, id: str) -> tuple[Dispatch, int | None] | None:
        """A dispatch whose row nobody else changes until the transaction ends, and the place it holds."""
        row = tx.execute(self._database.for_update(_ONE), {"id": id}).mappings().first()
        return None if row is None else (_dispatch(row), row["seat"])

    def hold_workers(self, tx: Connection, ids: Iterable[str]) -> None:
        """Nobody else binds these workers, or finds them free, until the transaction ends."""
        query = self._database.for_update(_WORKER)
        for id in sorted(set(ids)):
            tx.execute(query, {"worker_id": id})

    def of_posting(self, tx: Connection, posting_id: str) -> list[Dispatch]:
        """All of a posting's, in the order in which they are to be locked."""
        return [_dispatch(row) for row in tx.execute(_OF_POSTING, {"posting_id": posting_id}).mappings()]

    def of_crew(self, tx: Connection, crew_id: str) -> list[Dispatch]:
        """All of a crew's."""
        return [_dispatch(row) for row in tx.execute(_OF_CREW, {"crew_id": crew_id}).mappings()]

    def seats(self, tx: Connection, posting_id: str) -> frozenset[int]:
        """The places at a posting that have a holder."""
        return frozenset(tx.execute(_SEATED, {"posting_id": posting_id}).scalars())

    def bound(self, tx: Connection, worker_id: str, starts_at: datetime, ends_at: datetime) -> list[Dispatch]:
        """What a worker is bound to within a time."""
        where = {"worker_id": worker_id, "before": ends_at, "after": starts_at}
        return [_dispatch(row) for row in tx.execute(_BOUND_OF_WORKER, where).mappings()]

    def live_of(
        self, tx: Connection, worker_ids: Collection[str], starts_at: datetime, ends_at: datetime
    ) -> dict[str, list[Dispatch]]:
        """What each of some workers is offered or bound to within a time, the first to begin first."""
        where = {"worker_ids": list(worker_ids), "before": ends_at, "after": starts_at}
        found: dict[str, list[Dispatch]] = {}
        for row in tx.execute(_LIVE_OF_WORKERS, where).mappings():
            found.setdefault(row["worker_id"], []).append(_dispatch(row))
        return found

    def hasten(self, tx: Connection, dispatch: Dispatch, *, now: datetime) -> None:
        """Let the clockwork look at once at what else is offered to this worker within that time."""
        where = {"of_worker": dispatch.worker_id, "before": dispatch.ends_at, "after": dispatch.starts_at}
        tx.execute(_HASTEN, {**where, "now": now})

    def asked_by_name(self, tx: Connection, employer_id: str, worker_id: str, *, since: datetime) -> int:
        """How often an employer has asked for somebody."""
        where = {"employer_id": employer_id, "worker_id": worker_id, "since": since}
        return tx.execute(_ASKED_BY_NAME, where).scalar_one()

    def steps(self, tx: Connection, id: str) -> list[DispatchStep]:
        """A dispatch's history, oldest first."""
        return [_step(row) for row in tx.execute(_STEPS, {"id": id}).mappings()]

    def due(self, tx: Connection, *, now: datetime, limit: int) -> list[str]:
        """Ids of dispatches whose time has come, the longest due first."""
        return list(tx.execute(_DUE, {"now": now, "limit": limit}).scalars())

    def next_due(self, tx: Connection) -> datetime | None:
        """The earliest moment at which something happens to one by itself."""
        return tx.execute(_NEXT_DUE).scalar()

    def page(
        self, tx: Connection, subtree: Subtree, query: DispatchQuery
    ) -> tuple[list[Dispatch], str | None]:
        """Dispatches, newest first, and the cursor of the next page."""
        wanted = {
            "posting_id": query.posting_id,
            "worker_id": query.worker_id,
            "desk": query.station if query.desk else None,
            "status": None if query.status is None else query.status.value,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        listing = _listing(tuple(given), by_name=query.by_name, unsettled=query.unsettled)
        rows = listing.page(tx, subtree, after=query.after, limit=query.limit, **given)
        return cut([_dispatch(row) for row in rows], query.limit)

    def paid_by(self, tx: Connection, employer_ids: Collection[str], *, since: datetime) -> tuple[int, int]:
        """Of a family's dispatches whose pay was due since: how many, and how many were paid on time."""
        row = tx.execute(_PAID_BY, {"ids": list(employer_ids), "since": since}).one()
        return row[0], row[1]

    def rated_by_workers(
        self, tx: Connection, employer_ids: Collection[str], *, since: datetime
    ) -> tuple[int, int]:
        """How many workers rated them, and the sum of their stars."""
        row = tx.execute(_RATED_BY_WORKERS, {"ids": list(employer_ids), "since": since}).one()
        return row[0], row[1]


_LISTINGS: dict[tuple[tuple[str, ...], bool, bool], Listing] = {}


def _listing(columns: tuple[str, ...], *, by_name: bool, unsettled: bool) -> Listing:
    """The listing under some conditions; there are few, and each is built once."""
    key = (columns, by_name, unsettled)
    if key not in _LISTINGS:
        conditions = [dispatches.c[name] == bindparam(name) for name in columns]
        if by_name:
            conditions.append(dispatches.c.by_name_recurs.is_(True))
        if unsettled:
            conditions.append(dispatches.c.status.in_([one.value for one in UNSETTLED]))
        _LISTINGS[key] = Listing(dispatches, and_(*conditions) if conditions else None)
    return _LISTINGS[key]


def _row(dispatch: Dispatch, *, seat: int | None, due_at: datetime | None) -> dict[str, Any]:
    rated = [one.stars for one in dispatch.ratings if one.by_side is Side.WORKER]
    return {
        "id": dispatch.id,
        "posting_id": dispatch.posting_id,
        "employer_id": dispatch.employer_id,
        "station": dispatch.station,
        "desk": dispatch.desk,
        "worker_id": dispatch.worker_id,
        "crew_id": dispatch.crew_id,
        "status": dispatch.status.value,
        "seat": seat,
        "starts_at": dispatch.starts_at,
        "ends_at": dispatch.ends_at,
        "offered_at": dispatch.offered_at,
        "by_name": dispatch.source is OfferSource.BY_NAME,
        "by_name_recurs": dispatch.by_name_recurs,
        "promised_at": dispatch.pay_promised_at,
        "on_time": dispatch.on_time,
        "stars": rated[0] if rated else None,
        "due_at": due_at,
        "record": dispatch.model_dump(mode="json"),
        "sequence": dispatch.sequence,
    }


def _dispatch(row: RowMapping) -> Dispatch:
    return Dispatch.model_validate(row["record"])


def _step_row(dispatch: Dispatch, outcome: Outcome) -> dict[str, Any]:
    return {
        "dispatch_id": dispatch.id,
        "sequence": dispatch.sequence,
        "step": outcome.step.value,
        "status": dispatch.status.value,
        "by": outcome.by,
        "at": outcome.at,
        "means": outcome.means,
        "reason": outcome.reason,
    }


def _step(row: RowMapping) -> DispatchStep:
    named = {name: row[name] for name in DispatchStep.model_fields}
    return DispatchStep(**{**named, "status": DispatchStatus(row["status"])})
