"""The register of employers: rows, history and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.jobs.domain.employer import Outcome, name_in_public
from services.jobs.storage.employer_tables import employer_steps, employer_tokens
from services.jobs.storage.search import Condition, TokenIndex, TokenRow, sought, tokens_of
from services.jobs.storage.tables import employers
from yizhan.contracts.employers import (
    Employer,
    EmployerKind,
    EmployerQuery,
    EmployerSize,
    EmployerStatus,
    EmployerStep,
    ReviewState,
    SanctionKind,
)
from yizhan.database import Database
from yizhan.network.pages import Subtree, cut

#: What never changes once an employer is registered is not written again.
_FIXED = ("id", "station", "kind", "registered_at", "sequence")
_CHANGING = tuple(column.name for column in employers.c if column.name not in _FIXED)

_EMPLOYER = select(employers).where(employers.c.id == bindparam("id"))
_SHARED = _EMPLOYER.with_for_update(read=True)
_SOME = select(employers).where(employers.c.id.in_(bindparam("ids", expanding=True)))
_EMPLOYER_OF_CODE = select(employers.c.id).where(employers.c.credit_code == bindparam("credit_code"))
_MERGED = select(employers.c.id).where(employers.c.merged_into.in_(bindparam("ids", expanding=True)))
_UPDATE = (
    update(employers)
    .where(employers.c.id == bindparam("employer_id"), employers.c.sequence == bindparam("sequence_before"))
    .values(sequence=employers.c.sequence + 1, **{name: bindparam(f"new_{name}") for name in _CHANGING})
)
_INSERT_STEP = insert(employer_steps)
_STEPS = (
    select(employer_steps)
    .where(employer_steps.c.employer_id.in_(bindparam("ids", expanding=True)))
    .order_by(employer_steps.c.at, employer_steps.c.employer_id, employer_steps.c.sequence)
)
_UNMERGED = Condition(employers.c.status != EmployerStatus.MERGED.value)
_INDEX = TokenIndex(employers, employer_tokens)
#: Fields of a query that name a column's value; each has an index.
_FILTERS = {"kind": "kind", "status": "status", "review": "review_state", "sanction": "sanction"}


class EmployerRowChanged(Exception):
    """An employer was saved that somebody else had changed since it was read: it was not locked. A defect."""


def searched_by(name: str, credit_code: str | None) -> frozenset[str]:
    """The tokens that an employer is found by."""
    return tokens_of(name, prose=credit_code or "")


@dataclass(frozen=True)
class NewEmployer:
    """The rows of a new entry: its own, of the index, and of its history."""

    row: dict[str, Any]
    tokens: list[TokenRow]
    step: dict[str, Any]


def new_employer(employer: Employer, outcome: Outcome) -> NewEmployer:
    """An employer as it is written for the first time."""
    tokens = searched_by(employer.name, employer.credit_code)
    return NewEmployer(
        _row(employer),
        _INDEX.rows_of(employer.id, employer.station, tokens),
        _step_row(employer, outcome),
    )


class Employers:
    """The register. An id of a merged entry means the one that it was merged into, save where it is told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, employer: Employer, outcome: Outcome) -> bool:
        """Write a new employer and the first line of its history; False when its code is in the register."""
        return employer.id in self.insert_many(tx, [new_employer(employer, outcome)])

    def insert_many(self, tx: Connection, new: Sequence[NewEmployer]) -> set[str]:
        """The same for many at once; the ids of those whose code was not in the register."""
        written = self._database.insert_many_ignore(tx, employers, [one.row for one in new], key="id")
        kept = [one for one in new if one.row["id"] in written]
        if kept:
            _INDEX.write_rows(tx, [row for one in kept for row in one.tokens])
            tx.execute(_INSERT_STEP, [one.step for one in kept])
        return written

    def save(self, tx: Connection, before: Employer, after: Employer, outcome: Outcome) -> bool:
        """Write an employer that was locked, one sequence on, and a line of its history.

        False, and nothing is written, when its credit code is another's.
        """
        row = _row(after)
        values = {f"new_{name}": row[name] for name in _CHANGING}
        values |= {"employer_id": after.id, "sequence_before": before.sequence}
        try:
            with tx.begin_nested():
                if tx.execute(_UPDATE, values).rowcount != 1:
                    raise EmployerRowChanged(after.id)
        except IntegrityError:
            return False
        if (before.name, before.credit_code) != (after.name, after.credit_code):
            old, new = (searched_by(one.name, one.credit_code) for one in (before, after))
            _INDEX.rewrite(tx, after.id, after.station, old, new)
        tx.execute(_INSERT_STEP, _step_row(after, outcome))
        return True

    def find(self, tx: Connection, id: str) -> Employer | None:
        """An employer as it stands."""
        return self._resolved(tx, id, _EMPLOYER)

    def lock(self, tx: Connection, id: str) -> Employer | None:
        """An employer whose row nobody else changes until the transaction ends."""
        return self._resolved(tx, id, self._database.for_update(_EMPLOYER))

    def hold(self, tx: Connection, id: str) -> Employer | None:
        """An employer that stays as it is until the transaction ends; any number may hold it at once."""
        return self._resolved(tx, id, _SHARED)

    def lock_entry(self, tx: Connection, id: str) -> Employer | None:
        """This very entry, merged or not, under its lock."""
        row = tx.execute(self._database.for_update(_EMPLOYER), {"id": id}).mappings().first()
        return None if row is None else employer_of(row)

    def _resolved(self, tx: Connection, id: str, query: Select[Any]) -> Employer | None:
        meant: str | None = id
        found = None
        while meant is not None:
            row = tx.execute(query, {"id": meant}).mappings().first()
            if row is None:
                return None
            found = employer_of(row)
            meant = found.merged_into
        return found

    def name_in_public(self, tx: Connection, id: str) -> str | None:
        """What an employer is called in public; None when there is none."""
        found = self.find(tx, id)
        return None if found is None else name_in_public(found.kind, found.name)

    def some(self, tx: Connection, ids: list[str]) -> dict[str, Employer]:
        """These very entries, by id."""
        return {row["id"]: employer_of(row) for row in tx.execute(_SOME, {"ids": ids}).mappings()}

    def family(self, tx: Connection, id: str) -> list[str]:
        """An employer and all entries that were merged into it, directly or by way of others."""
        ids = newest = [id]
        while newest:
            newest = list(tx.execute(_MERGED, {"ids": newest}).scalars())
            ids = ids + newest
        return ids

    def id_of_code(self, tx: Connection, credit_code: str) -> str | None:
        """Who has this credit code."""
        return tx.execute(_EMPLOYER_OF_CODE, {"credit_code": credit_code}).scalar()

    def steps(self, tx: Connection, ids: list[str]) -> list[EmployerStep]:
        """The history of a family, oldest first."""
        return [EmployerStep.model_validate(dict(row)) for row in tx.execute(_STEPS, {"ids": ids}).mappings()]

    def page(
        self, tx: Connection, subtree: Subtree, query: EmployerQuery
    ) -> tuple[list[Employer], str | None]:
        """Employers that the query asks for, newest first, and the cursor of the next page."""
        tokens = sought(query.text) if query.text else ()
        if query.text and query.text.strip() and not tokens:
            return [], None
        rows = _INDEX.page(
            tx,
            subtree,
            tokens=tokens,
            conditions=_conditions(query),
            after=query.after,
            limit=query.limit,
        )
        return cut([employer_of(row) for row in rows], query.limit)


def _conditions(query: EmployerQuery) -> list[Condition]:
    conditions = []
    for field, column in _FILTERS.items():
        value = getattr(query, field)
        if value is not None:
            where = employers.c[column] == bindparam(f"sought_{field}")
            conditions.append(Condition(where, {f"sought_{field}": value.value}, indexed=True, walked=True))
    return conditions if query.status is not None else [*conditions, _UNMERGED]


def _row(employer: Employer) -> dict[str, Any]:
    return {**employer.model_dump(), "trades": list(employer.trades)}


def employer_of(row: RowMapping) -> Employer:
    """An employer from its row."""
    return Employer(
        **{
            **row,
            "kind": EmployerKind(row["kind"]),
            "status": EmployerStatus(row["status"]),
            "review_state": row["review_state"] and ReviewState(row["review_state"]),
            "size": row["size"] and EmployerSize(row["size"]),
            "sanction": row["sanction"] and SanctionKind(row["sanction"]),
            "trades": tuple(row["trades"]),
        }
    )


def _step_row(employer: Employer, outcome: Outcome) -> dict[str, Any]:
    return {
        "employer_id": employer.id,
        "sequence": employer.sequence,
        "step": outcome.step.value,
        "by": outcome.by,
        "at": outcome.at,
        "reason": outcome.reason,
        "detail": outcome.detail,
    }
