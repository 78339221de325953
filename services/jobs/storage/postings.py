"""Postings and their history: rows and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, or_, select, update

from services.jobs.domain.duplicates import ENDED, NOT_SAID_YET, fingerprint
from services.jobs.domain.posting import Decision, Outcome
from services.jobs.domain.posting_upkeep import due_at, to_reconfirm_by
from services.jobs.storage.search import TokenIndex, TokenRow, tokens_of
from services.jobs.storage.tables import posting_steps, posting_tokens, postings
from yizhan.contracts.jobs import (
    OverflowReach,
    Posting,
    PostingSource,
    PostingStage,
    PostingStatus,
    PostingStep,
    PostingTerms,
    VerificationMethod,
)
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut

#: What never changes once a posting is written down is not written again.
_NEVER_CHANGING = ("id", "station", "employer_id", "employer_name", "source", "created_at", "sequence")
_CHANGING = tuple(column.name for column in postings.c if column.name not in _NEVER_CHANGING)
#: Columns that are fields of a posting as they are.
_PLAIN = (
    "id",
    "station",
    "employer_id",
    "employer_name",
    "taken",
    "created_at",
    "verified_at",
    "published_at",
    "expires_at",
    "sequence",
    "confirmed_at",
    "reconfirm_by",
    "stale_at",
    "lapses_at",
    "filled_at",
    "closed_at",
    "duplicate_of",
    "countable",
    "overflows_at",
)
#: How many postings are compared with a new one at most, the newest of its trade.
_COMPARED = 200
#: A statement takes so many values at once on both databases.
_MOST_VALUES = 1000

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
_ALIKE = (
    select(postings)
    .where(
        postings.c.id != bindparam("id"),
        postings.c.stage.not_in([stage.value for stage in NOT_SAID_YET]),
    )
    .order_by(postings.c.id.desc())
    .limit(_COMPARED)
)
_CLONES = _ALIKE.where(postings.c.fingerprint == bindparam("fingerprint"))
_NEAR = _ALIKE.where(
    postings.c.trade == bindparam("trade"),
    postings.c.starts_at.between(bindparam("earliest"), bindparam("latest")),
)
_PRINTED = select(postings.c.fingerprint, postings.c.id).where(
    postings.c.fingerprint.in_(bindparam("fingerprints", expanding=True)),
    or_(
        postings.c.verified_at.is_not(None),
        postings.c.stage.not_in([stage.value for stage in (*NOT_SAID_YET, *ENDED)]),
    ),
)
_TO_RECONFIRM = (postings.c.to_reconfirm_by <= bindparam("until"), postings.c.expires_at > bindparam("now"))
_INDEX = TokenIndex(postings, posting_tokens)
_ANY = Listing(postings)
_OF_STATUS = Listing(postings, postings.c.status == bindparam("status"))


class PostingRowChanged(Exception):
    """A posting was saved that somebody else had changed since it was read: it was not locked. A defect."""


@dataclass(frozen=True)
class NewPosting:
    """The rows of a new posting: its own, of the index, and of its history."""

    row: dict[str, Any]
    tokens: list[TokenRow]
    steps: list[dict[str, Any]]


def new_posting(*decisions: Decision) -> NewPosting:
    """A posting as it is written for the first time, after one step or several."""
    last = decisions[-1][0]
    return NewPosting(
        _posting_row(last),
        _INDEX.rows_of(last.id, last.station, _tokens(last, last.terms)),
        [_step_row(posting, outcome) for posting, outcome in decisions],
    )


class Postings:
    """Postings and their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, posting: Posting, outcome: Outcome) -> None:
        """Write a new posting and the first line of its history."""
        self.insert_many(tx, [new_posting((posting, outcome))])

    def insert_many(self, tx: Connection, new: Sequence[NewPosting]) -> None:
        """The same for many at once."""
        if new:
            tx.execute(_INSERT_POSTING, [one.row for one in new])
            tx.execute(_INSERT_STEP, [step for one in new for step in one.steps])
            _INDEX.write_rows(tx, [row for one in new for row in one.tokens])

    def ids_of_fingerprints(self, tx: Connection, fingerprints: Sequence[str]) -> dict[str, str]:
        """Postings that say word for word what others would, those left out that never came to anything."""
        found: dict[str, str] = {}
        for start in range(0, len(fingerprints), _MOST_VALUES):
            asked = {"fingerprints": fingerprints[start : start + _MOST_VALUES]}
            found |= {row.fingerprint: row.id for row in tx.execute(_PRINTED, asked)}
        return found

    def rewrite_tokens(self, tx: Connection, before: Posting, after: Posting) -> None:
        """A posting whose terms have changed is found by what it says now."""
        _INDEX.rewrite(
            tx, after.id, after.station, _tokens(before, before.terms), _tokens(after, after.terms)
        )

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
        return None if row is None else posting_of(row)

    def lock(self, tx: Connection, id: str) -> Posting | None:
        """A posting whose row nobody else changes until the transaction ends."""
        row = tx.execute(self._database.for_update(_POSTING), {"id": id}).mappings().first()
        return None if row is None else posting_of(row)

    def lock_unless_held(self, tx: Connection, id: str) -> Posting | None:
        """The same, but None instead of waiting when somebody else holds the row."""
        row = tx.execute(_UNLESS_HELD, {"id": id}).mappings().first()
        return None if row is None else posting_of(row)

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
        return cut([posting_of(row) for row in rows], limit)

    def clones_and_near(self, tx: Connection, posting: Posting, *, looked_back: timedelta) -> list[Posting]:
        """Postings that may say the same as this one: those with its fingerprint, and of its trade those that
        start about the same time. Drafts and rejected ones say nothing yet."""
        terms = posting.terms
        own = {"id": posting.id, "fingerprint": fingerprint(posting.employer_id, terms)}
        about = {
            "id": posting.id,
            "trade": terms.trade,
            "earliest": terms.starts_at - looked_back,
            "latest": terms.starts_at + looked_back,
        }
        rows = [*tx.execute(_CLONES, own).mappings(), *tx.execute(_NEAR, about).mappings()]
        return list({row["id"]: posting_of(row) for row in rows}.values())

    def to_reconfirm(
        self, tx: Connection, subtree: Subtree, *, until: datetime, now: datetime, limit: int
    ) -> tuple[list[Posting], int]:
        """Postings to be made sure of by a moment, the soonest start first, and how many there are."""
        where = list(_TO_RECONFIRM)
        bound: dict[str, Any] = {"until": until, "now": now}
        if subtree.codes is not None:
            where.append(postings.c.station.in_(bindparam("stations", expanding=True)))
            bound["stations"] = subtree.codes
        total = tx.execute(select(func.count()).select_from(postings).where(*where), bound).scalar_one()
        query = select(postings).where(*where).order_by(postings.c.starts_at, postings.c.id).limit(limit)
        return [posting_of(row) for row in tx.execute(query, bound).mappings()], total

    def published(self, tx: Connection, *, after: str | None, limit: int) -> tuple[list[Posting], str | None]:
        """Published postings, oldest first, and the cursor of the next page."""
        rows = tx.execute(_PUBLISHED, {"after": after or "", "limit": limit + 1}).mappings()
        return cut([posting_of(row) for row in rows], limit)


def _tokens(posting: Posting, terms: PostingTerms) -> frozenset[str]:
    return tokens_of(terms.trade, terms.place, posting.employer_name, prose=terms.description)


def _posting_row(posting: Posting) -> dict[str, Any]:
    terms = posting.terms
    return {name: getattr(posting, name) for name in _PLAIN} | {
        "status": posting.status.value,
        "stage": posting.whole_stage.value,
        "terms": terms.model_dump(mode="json"),
        "source": posting.source.value,
        "overflow": None if posting.overflow is None else posting.overflow.value,
        "overflow_to": list(posting.overflow_to) or None,
        "due_at": due_at(posting),
        "to_reconfirm_by": to_reconfirm_by(posting),
        **columns_of_terms(posting.employer_id, terms),
    }


def columns_of_terms(employer_id: str, terms: PostingTerms) -> dict[str, Any]:
    """What of the terms stands in columns of its own, to be searched by."""
    wage = terms.wage
    return {
        "fingerprint": fingerprint(employer_id, terms),
        "trade": terms.trade,
        "wage_unit": wage.unit.value,
        "wage_fen": wage.fen,
        "wage_most_fen": wage.max_fen or wage.fen,
        "starts_at": terms.starts_at,
    }


def posting_of(row: RowMapping) -> Posting:
    """A posting out of its row."""
    return Posting(
        **{name: row[name] for name in _PLAIN},
        status=PostingStatus(row["status"]),
        stage=PostingStage(row["stage"]),
        terms=PostingTerms.model_validate(row["terms"]),
        source=PostingSource(row["source"]),
        overflow=None if row["overflow"] is None else OverflowReach(row["overflow"]),
        overflow_to=tuple(row["overflow_to"] or ()),
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
        "stage": posting.whole_stage.value,
    }


def _step(row: RowMapping) -> PostingStep:
    return PostingStep(
        sequence=row["sequence"],
        step=row["step"],
        status=PostingStatus(row["status"]),
        by=row["by"],
        at=row["at"],
        reason=row["reason"],
        method=None if row["method"] is None else VerificationMethod(row["method"]),
        stage=None if row["stage"] is None else PostingStage(row["stage"]),
    )
