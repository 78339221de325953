"""Fairs, the employers at them and their history: rows and queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from services.jobs.domain.fair import Outcome, is_on_screens
from services.jobs.domain.fair_rules import AHEAD, month_of
from services.jobs.storage.tables import fair_employers, fair_steps, fairs
from yizhan.contracts.fairs import (
    Attendance,
    Fair,
    FairCounts,
    FairEmployer,
    FairPlan,
    FairReach,
    FairStatus,
    FairStep,
    FairSummary,
)
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut

#: What never changes once a fair is planned is not written again.
_CHANGING = (
    "status",
    "plan",
    "month",
    "opens_at",
    "counts",
    "reach",
    "announced_at",
    "held_at",
    "closed_at",
    "ended_at",
    "warned_at",
    "cancelled_because",
    "on_screens",
    "due_at",
)

_FAIR = select(fairs).where(fairs.c.id == bindparam("id"))
_EMPLOYERS = (
    select(fair_employers).where(fair_employers.c.fair_id == bindparam("id")).order_by(fair_employers.c.place)
)
_EMPLOYERS_OF_MANY = (
    select(fair_employers)
    .where(fair_employers.c.fair_id.in_(bindparam("ids", expanding=True)))
    .order_by(fair_employers.c.fair_id, fair_employers.c.place)
)
_INSERT_FAIR = insert(fairs)
_INSERT_STEP = insert(fair_steps)
_UPDATE_FAIR = (
    update(fairs)
    .where(fairs.c.id == bindparam("fair_id"), fairs.c.sequence == bindparam("sequence_before"))
    .values(sequence=fairs.c.sequence + 1, **{name: bindparam(f"new_{name}") for name in _CHANGING})
)
_STEPS = select(fair_steps).where(fair_steps.c.fair_id == bindparam("id")).order_by(fair_steps.c.sequence)
_ON_SCREENS = (
    select(fairs)
    .where(fairs.c.on_screens.is_(True), fairs.c.id > bindparam("after"))
    .order_by(fairs.c.id)
    .limit(bindparam("limit"))
)
_OF_MONTH = select(fairs).where(fairs.c.month == bindparam("month")).order_by(fairs.c.opens_at, fairs.c.id)
_AHEAD = (
    select(fairs)
    .where(
        fairs.c.status.in_([status.value for status in AHEAD]),
        fairs.c.opens_at <= bindparam("opens_before"),
    )
    .order_by(fairs.c.opens_at, fairs.c.id)
)
_WITHIN = fairs.c.station.in_(bindparam("stations", expanding=True))
_NEXT_DUE = select(func.min(fairs.c.due_at))
_DUE = (
    select(fairs.c.id)
    .where(fairs.c.due_at <= bindparam("now"))
    .order_by(fairs.c.due_at)
    .limit(bindparam("limit"))
)
# Instances share the work; SQLite has one writer, and SQLAlchemy leaves the clause out there.
_UNLESS_HELD = _FAIR.with_for_update(skip_locked=True)
_ANY = Listing(fairs)
_OF_STATUS = Listing(fairs, fairs.c.status == bindparam("status"))
_SHOWN = Listing(fairs, fairs.c.on_screens.is_(True))


class FairRowChanged(Exception):
    """A fair was saved that somebody else had changed since it was read: it was not locked. A defect."""


class Fairs:
    """Fairs, the employers at them and their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, fair: Fair, outcome: Outcome, *, due_at: datetime | None) -> None:
        """Write a new fair, which nobody has been invited to, and the first line of its history."""
        tx.execute(_INSERT_FAIR, _fair_row(fair, due_at))
        tx.execute(_INSERT_STEP, _step_row(fair, outcome))

    def save(
        self, tx: Connection, before: Fair, after: Fair, outcome: Outcome, *, due_at: datetime | None
    ) -> None:
        """Write a fair that was locked, one sequence on, and a line of its history."""
        row = _fair_row(after, due_at)
        values = {f"new_{name}": row[name] for name in _CHANGING}
        values |= {"fair_id": after.id, "sequence_before": before.sequence}
        if tx.execute(_UPDATE_FAIR, values).rowcount != 1:
            raise FairRowChanged(after.id)
        kept = {one.employer_id: (place, one) for place, one in enumerate(before.employers)}
        for place, one in enumerate(after.employers):
            if kept.get(one.employer_id) != (place, one):
                row = _employer_row(after.id, place, one)
                self._database.upsert(tx, fair_employers, row, key=["fair_id", "employer_id"])
        tx.execute(_INSERT_STEP, _step_row(after, outcome))

    def find(self, tx: Connection, id: str) -> Fair | None:
        """A fair as it stands."""
        return self._whole(tx, tx.execute(_FAIR, {"id": id}).mappings().first())

    def lock(self, tx: Connection, id: str) -> Fair | None:
        """A fair whose rows nobody else changes until the transaction ends."""
        return self._whole(tx, tx.execute(self._database.for_update(_FAIR), {"id": id}).mappings().first())

    def lock_unless_held(self, tx: Connection, id: str) -> Fair | None:
        """The same, but None instead of waiting when somebody else holds the row."""
        return self._whole(tx, tx.execute(_UNLESS_HELD, {"id": id}).mappings().first())

    def _whole(self, tx: Connection, row: RowMapping | None) -> Fair | None:
        if row is None:
            return None
        employers = tx.execute(_EMPLOYERS, {"id": row["id"]}).mappings().all()
        return _fair(row, tuple(_employer(one) for one in employers))

    def steps(self, tx: Connection, id: str) -> list[FairStep]:
        """A fair's history."""
        return [_step(row) for row in tx.execute(_STEPS, {"id": id}).mappings()]

    def page(
        self,
        tx: Connection,
        subtree: Subtree,
        *,
        status: FairStatus | None,
        shown_only: bool,
        after: str | None,
        limit: int,
    ) -> tuple[list[FairSummary], str | None]:
        """Fairs, newest first, and the cursor of the next page. shown_only: those on the screens."""
        if shown_only:
            rows = _SHOWN.page(tx, subtree, after=after, limit=limit)
        elif status is None:
            rows = _ANY.page(tx, subtree, after=after, limit=limit)
        else:
            rows = _OF_STATUS.page(tx, subtree, after=after, limit=limit, status=status.value)
        return cut([_summary(row) for row in rows], limit)

    def on_screens(self, tx: Connection, *, after: str | None, limit: int) -> tuple[list[Fair], str | None]:
        """Fairs that screens announce, by id, and the cursor of the next page."""
        rows = tx.execute(_ON_SCREENS, {"after": after or "", "limit": limit + 1}).all()
        shown, following = cut(list(rows), limit)
        employers: dict[str, list[FairEmployer]] = {row.id: [] for row in shown}
        for one in tx.execute(_EMPLOYERS_OF_MANY, {"ids": list(employers)}).mappings():
            employers[one["fair_id"]].append(_employer(one))
        return [_fair(row._mapping, tuple(employers[row.id])) for row in shown], following

    def of_month(self, tx: Connection, subtree: Subtree, month: str) -> list[FairSummary]:
        """The fairs that open in a month, soonest first."""
        return _summaries(tx, _OF_MONTH, subtree, month=month)

    def ahead(self, tx: Connection, subtree: Subtree, *, opens_before: datetime) -> list[FairSummary]:
        """The fairs that are still to be held and open before a moment, soonest first."""
        return _summaries(tx, _AHEAD, subtree, opens_before=opens_before)

    def due(self, tx: Connection, *, now: datetime, limit: int) -> Sequence[str]:
        """The fairs that the clockwork has something to do for, longest due first."""
        return tx.execute(_DUE, {"now": now, "limit": limit}).scalars().all()

    def put_off(self, tx: Connection, id: str, *, due_at: datetime | None) -> None:
        """Have the clockwork come back to a locked fair at another moment."""
        tx.execute(update(fairs).where(fairs.c.id == id).values(due_at=due_at))

    def next_due(self, tx: Connection) -> datetime | None:
        """When the clockwork has something to do next; None when nothing is ahead."""
        return tx.execute(_NEXT_DUE).scalar()


def _summaries(tx: Connection, query: Any, subtree: Subtree, **bound: Any) -> list[FairSummary]:
    if subtree.codes is not None:
        query, bound["stations"] = query.where(_WITHIN), subtree.codes
    return [_summary(row) for row in tx.execute(query, bound).mappings()]


def _fair_row(fair: Fair, due_at: datetime | None) -> dict[str, Any]:
    return {
        "id": fair.id,
        "station": fair.station,
        "status": fair.status.value,
        "plan": fair.plan.model_dump(mode="json"),
        "month": month_of(fair.plan),
        "opens_at": fair.plan.opens_at,
        "counts": fair.counts.model_dump(mode="json"),
        "reach": None if fair.reach is None else fair.reach.model_dump(mode="json"),
        "created_at": fair.created_at,
        "announced_at": fair.announced_at,
        "held_at": fair.held_at,
        "closed_at": fair.closed_at,
        "ended_at": fair.ended_at,
        "warned_at": fair.warned_at,
        "cancelled_because": fair.cancelled_because,
        "on_screens": is_on_screens(fair),
        "due_at": due_at,
        "sequence": fair.sequence,
    }


def _fair(row: RowMapping, employers: tuple[FairEmployer, ...]) -> Fair:
    return Fair(
        id=row["id"],
        station=row["station"],
        status=FairStatus(row["status"]),
        plan=FairPlan.model_validate(row["plan"]),
        employers=employers,
        counts=FairCounts.model_validate(row["counts"]),
        reach=_reach(row),
        created_at=row["created_at"],
        announced_at=row["announced_at"],
        held_at=row["held_at"],
        closed_at=row["closed_at"],
        ended_at=row["ended_at"],
        warned_at=row["warned_at"],
        cancelled_because=row["cancelled_because"],
        sequence=row["sequence"],
    )


def _summary(row: RowMapping) -> FairSummary:
    return FairSummary(
        id=row["id"],
        station=row["station"],
        status=FairStatus(row["status"]),
        plan=FairPlan.model_validate(row["plan"]),
        counts=FairCounts.model_validate(row["counts"]),
        reach=_reach(row),
        ended_at=row["ended_at"],
        sequence=row["sequence"],
    )


def _reach(row: RowMapping) -> FairReach | None:
    return None if row["reach"] is None else FairReach.model_validate(row["reach"])


def _employer_row(fair_id: str, place: int, one: FairEmployer) -> dict[str, Any]:
    return {
        "fair_id": fair_id,
        "employer_id": one.employer_id,
        "place": place,
        "employer_name": one.employer_name,
        "attendance": one.attendance.value,
        "booth": one.booth,
        "walk_in": one.walk_in,
        "posting_ids": list(one.posting_ids),
        "intents": one.intents,
    }


def _employer(row: RowMapping) -> FairEmployer:
    return FairEmployer(
        employer_id=row["employer_id"],
        employer_name=row["employer_name"],
        attendance=Attendance(row["attendance"]),
        booth=row["booth"],
        walk_in=row["walk_in"],
        posting_ids=tuple(row["posting_ids"]),
        intents=row["intents"],
    )


def _step_row(fair: Fair, outcome: Outcome) -> dict[str, Any]:
    return {
        "fair_id": fair.id,
        "sequence": fair.sequence,
        "step": outcome.step.value,
        "status": fair.status.value,
        "by": outcome.by,
        "at": outcome.at,
        "employer_id": outcome.employer_id,
        "reason": outcome.reason,
    }


def _step(row: RowMapping) -> FairStep:
    return FairStep(
        sequence=row["sequence"],
        step=row["step"],
        status=FairStatus(row["status"]),
        by=row["by"],
        at=row["at"],
        employer_id=row["employer_id"],
        reason=row["reason"],
    )
