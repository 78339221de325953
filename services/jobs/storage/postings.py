"""Postings and their history: rows and queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from services.jobs.domain.posting import Outcome, due_at
from services.jobs.storage.pages import Listing, Subtree, cut
from services.jobs.storage.tables import posting_steps, postings
from yizhan.contracts.jobs import Posting, PostingSource, PostingStatus, PostingStep, PostingTerms
from yizhan.database import Database

#: What never changes once a posting is written down is not written again.
_CHANGING = ("status", "terms", "taken", "verified_at", "published_at", "expires_at", "due_at")

_POSTING = select(postings).where(postings.c.id == bindparam("id"))
_INSERT_POSTING = insert(postings)
_INSERT_STEP = insert(posting_steps)
_UPDATE_POSTING = (
    update(postings)
    .where(postings.c.id == bindparam("posting_id"), postings.c.sequence == bindparam("sequence_before"))
    .values(sequence=postings.c.sequence + 1, **{name: bindparam(f"new_{name}") for name in _CHANGING})
)
_STEPS = (
    select(posting_steps)
    .where(posting_steps.c.posting_id == bindparam("id"))
    .order_by(posting_steps.c.sequence)
)
_PUBLISHED = (
    select(postings)
    .where(postings.c.status == PostingStatus.PUBLISHED.value, postings.c.id > bindparam("after"))
    .order_by(postings.c.id)
    .limit(bindparam("limit"))
)
_NEXT_DUE = select(func.min(postings.c.due_at))
_DUE = (
    select(postings.c.id)
    .where(postings.c.due_at <= bindparam("now"))
    .order_by(postings.c.due_at)
    .limit(bindparam("limit"))
)
# Instances share the work; SQLite has one writer, and SQLAlchemy leaves the clause out there.
_UNLESS_HELD = _POSTING.with_for_update(skip_locked=True)
_ANY = Listing(postings)
_OF_STATUS = Listing(postings, postings.c.status == bindparam("status"))


class PostingRowChanged(Exception):
    """A posting was saved that somebody else had changed since it was read: it was not locked. A defect."""


class Postings:
    """Postings and their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, posting: Posting, outcome: Outcome) -> None:
        """Write a new posting and the first line of its history."""
        tx.execute(_INSERT_POSTING, _posting_row(posting))
        tx.execute(_INSERT_STEP, _step_row(posting, outcome))

    def save(self, tx: Connection, posting: Posting, outcome: Outcome) -> None:
        """Write a posting that was locked, one sequence on, and a line of its history."""
        row = _posting_row(posting)
        values = {f"new_{name}": row[name] for name in _CHANGING}
        values |= {"posting_id": posting.id, "sequence_before": posting.sequence - 1}
        if tx.execute(_UPDATE_POSTING, values).rowcount != 1:
            raise PostingRowChanged(posting.id)
        tx.execute(_INSERT_STEP, _step_row(posting, outcome))

    def find(self, tx: Connection, id: str) -> Posting | None:
        """A posting as it stands."""
        row = tx.execute(_POSTING, {"id": id}).mappings().first()
        return None if row is None else _posting(row)

    def lock(self, tx: Connection, id: str) -> Posting | None:
        """A posting whose row nobody else changes until the transaction ends."""
        row = tx.execute(self._database.for_update(_POSTING), {"id": id}).mappings().first()
        return None if row is None else _posting(row)

    def lock_unless_held(self, tx: Connection, id: str) -> Posting | None:
        """The same, but None instead of waiting when somebody else holds the row."""
        row = tx.execute(_UNLESS_HELD, {"id": id}).mappings().first()
        return None if row is None else _posting(row)

    def due(self, tx: Connection, *, now: datetime, limit: int) -> list[str]:
        """Ids of postings whose time has come, the longest due first."""
        return list(tx.execute(_DUE, {"now": now, "limit": limit}).scalars())

    def next_due(self, tx: Connection) -> datetime | None:
        """The earliest moment at which a posting ends by itself."""
        return tx.execute(_NEXT_DUE).scalar()

    def steps(self, tx: Connection, id: str) -> list[PostingStep]:
        """A posting's history, oldest first."""
        return [_step(row) for row in tx.execute(_STEPS, {"id": id}).mappings()]

    def page(
        self,
        tx: Connection,
        subtree: Subtree,
        *,
        status: PostingStatus | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[Posting], str | None]:
        """Postings, newest first, and the cursor of the next page."""
        if status is None:
            rows = _ANY.page(tx, subtree, after=after, limit=limit)
        else:
            rows = _OF_STATUS.page(tx, subtree, after=after, limit=limit, status=status.value)
        return cut([_posting(row) for row in rows], limit)

    def published(self, tx: Connection, *, after: str | None, limit: int) -> tuple[list[Posting], str | None]:
        """Published postings, oldest first, and the cursor of the next page."""
        rows = tx.execute(_PUBLISHED, {"after": after or "", "limit": limit + 1}).mappings()
        return cut([_posting(row) for row in rows], limit)


def _posting_row(posting: Posting) -> dict[str, Any]:
    return {
        "id": posting.id,
        "station": posting.station,
        "employer_id": posting.employer_id,
        "employer_name": posting.employer_name,
        "status": posting.status.value,
        "terms": posting.terms.model_dump(mode="json"),
        "source": posting.source.value,
        "taken": posting.taken,
        "created_at": posting.created_at,
        "verified_at": posting.verified_at,
        "published_at": posting.published_at,
        "expires_at": posting.expires_at,
        "due_at": due_at(posting),
        "sequence": posting.sequence,
    }


def _posting(row: RowMapping) -> Posting:
    return Posting(
        id=row["id"],
        station=row["station"],
        employer_id=row["employer_id"],
        employer_name=row["employer_name"],
        status=PostingStatus(row["status"]),
        terms=PostingTerms.model_validate(row["terms"]),
        source=PostingSource(row["source"]),
        taken=row["taken"],
        created_at=row["created_at"],
        verified_at=row["verified_at"],
        published_at=row["published_at"],
        expires_at=row["expires_at"],
        sequence=row["sequence"],
    )


def _step_row(posting: Posting, outcome: Outcome) -> dict[str, Any]:
    return {
        "posting_id": posting.id,
        "sequence": posting.sequence,
        "step": outcome.step.value,
        "status": posting.status.value,
        "by": outcome.by,
        "at": outcome.at,
        "reason": outcome.reason,
        "method": None if outcome.method is None else outcome.method.value,
    }


def _step(row: RowMapping) -> PostingStep:
    return PostingStep(
        sequence=row["sequence"],
        step=row["step"],
        status=PostingStatus(row["status"]),
        by=row["by"],
        at=row["at"],
        reason=row["reason"],
    )
