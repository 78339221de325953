"""Imports and the rows that wait in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from services.jobs.storage.employer_tables import employer_traits
from services.jobs.storage.tables import employers, import_rows, imports
from yizhan.contracts.actor import Actor
from yizhan.contracts.employer_duplicates import DuplicateReason
from yizhan.contracts.imports import (
    ENDED,
    Import,
    ImportKind,
    ImportRow,
    ImportStatus,
    Refusal,
    RowFault,
    RowStatus,
)
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut

_COUNTS = ("good", "faulty", "taken", "imported")
#: A statement takes so many values at once on both databases.
_MOST_VALUES = 1000

#: So many are looked at to tell which of one name is meant.
_MOST_OF_A_NAME = 20

_OF_STATION = Listing(imports)
_OF_KIND = Listing(imports, imports.c.kind == bindparam("kind"))
_IMPORT = select(imports).where(imports.c.id == bindparam("id"))
_UPDATE_ROW = (
    update(import_rows)
    .where(import_rows.c.import_id == bindparam("of_import"), import_rows.c.row == bindparam("of_row"))
    .values(
        status=bindparam("new_status"),
        chosen=False,
        sealed=bindparam("new_sealed"),
        faults=bindparam("new_faults"),
        became=bindparam("new_became"),
    )
)


@dataclass(frozen=True)
class Work:
    """An import as whoever works at it needs it. attempts: how often it was taken up, this time included."""

    told: Import
    file_id: str | None
    actor: Actor
    correlation: str
    attempts: int


@dataclass(frozen=True)
class StoredRow:
    """A row with what it says still sealed."""

    told: ImportRow
    sealed: str | None


class Imports:
    """Imports of this service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- imports ----------------------------------------------------------------------------------------

    def insert(self, tx: Connection, new: Import, *, file_id: str, actor: Actor, correlation: str) -> None:
        """Write a new import, to be read."""
        row = new.model_dump(exclude={"by"})
        row |= {"ignored": list(new.ignored), "columns": list(new.columns)}
        actor_said = actor.model_dump(mode="json")
        more = {"file_id": file_id, "actor": actor_said, "correlation": correlation, "attempts": 0}
        tx.execute(insert(imports), {**row, **more})

    def find(self, tx: Connection, id: str) -> Import | None:
        """An import as it stands."""
        row = tx.execute(_IMPORT, {"id": id}).mappings().first()
        return None if row is None else _import(row)

    def lock(self, tx: Connection, id: str) -> Work | None:
        """An import that nobody else changes until the transaction ends."""
        row = tx.execute(self._database.for_update(_IMPORT), {"id": id}).mappings().first()
        return None if row is None else _work(row)

    def page(
        self, tx: Connection, subtree: Subtree, *, kind: ImportKind | None, after: str | None, limit: int
    ) -> tuple[list[Import], str | None]:
        """Newest first. kind: None for all."""
        if kind is None:
            rows = _OF_STATION.page(tx, subtree, after=after, limit=limit)
        else:
            rows = _OF_KIND.page(tx, subtree, after=after, limit=limit, kind=kind.value)
        return cut([_import(row) for row in rows], limit)

    def change(self, tx: Connection, id: str, **values: Any) -> None:
        """Set columns."""
        tx.execute(update(imports).where(imports.c.id == id).values(**values))

    def count_anew(self, tx: Connection, id: str) -> dict[str, int]:
        """Set the counts to what the rows are, and answer them."""
        query = (
            select(import_rows.c.status, func.count())
            .where(import_rows.c.import_id == id)
            .group_by(import_rows.c.status)
        )
        found: dict[str, int] = {row[0]: row[1] for row in tx.execute(query)}
        counts = {name: found.get(name, 0) for name in _COUNTS}
        self.change(tx, id, **counts, read=sum(counts.values()))
        return counts

    def claim(self, tx: Connection, *, now: datetime, until: datetime) -> Work | None:
        """Take up the oldest import that waits for work, unless somebody has it."""
        free = (imports.c.claimed_until.is_(None)) | (imports.c.claimed_until < now)
        query = (
            select(imports)
            .where(imports.c.status.in_([ImportStatus.READING, ImportStatus.COMMITTING]), free)
            .order_by(imports.c.id)
            .limit(1)
        )
        if self._database.dialect == "postgresql":
            query = query.with_for_update(skip_locked=True)
        row = tx.execute(query).mappings().first()
        if row is None:
            return None
        attempts = row["attempts"] + 1
        self.change(tx, row["id"], claimed_until=until, attempts=attempts)
        return _work({**row, "attempts": attempts})

    def left_files(self, tx: Connection, *, limit: int) -> Sequence[tuple[str, str]]:
        """Imports that need their upload no more, with its id."""
        ready = [ImportStatus.READY, ImportStatus.COMMITTING, *ENDED]
        query = select(imports.c.id, imports.c.file_id).where(
            imports.c.file_id.is_not(None), imports.c.status.in_(ready)
        )
        return [(row.id, row.file_id) for row in tx.execute(query.limit(limit))]

    def overdue(self, tx: Connection, *, now: datetime, limit: int) -> Sequence[str]:
        """Imports that still have rows past their time."""
        has_rows = select(import_rows.c.row).where(import_rows.c.import_id == imports.c.id).exists()
        open_still = imports.c.status.not_in(list(ENDED))
        query = select(imports.c.id).where(imports.c.rows_until < now, has_rows | open_still)
        return list(tx.execute(query.order_by(imports.c.rows_until).limit(limit)).scalars())

    # --- the register -----------------------------------------------------------------------------------

    def ids_of_codes(self, tx: Connection, codes: Sequence[str]) -> dict[str, str]:
        """Which of these credit codes the register has, and whose they are."""
        query = select(employers.c.credit_code, employers.c.id)
        found: dict[str, str] = {}
        for start in range(0, len(codes), _MOST_VALUES):
            part = employers.c.credit_code.in_(codes[start : start + _MOST_VALUES])
            found |= {row[0]: row[1] for row in tx.execute(query.where(part))}
        return found

    def ids_of_people(self, tx: Connection, people: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Which of these people the register has: each a plain name and a phone's index."""
        phones, names = employer_traits.alias(), employer_traits.alias()
        query = (
            select(names.c.trait, phones.c.trait, phones.c.employer_id)
            .select_from(phones.join(names, names.c.employer_id == phones.c.employer_id))
            .where(phones.c.reason == DuplicateReason.PHONE, names.c.reason == DuplicateReason.NAME)
        )
        found: dict[tuple[str, str], str] = {}
        wanted = set(people)
        indexes = sorted({index for _, index in people})
        for start in range(0, len(indexes), _MOST_VALUES):
            part = phones.c.trait.in_(indexes[start : start + _MOST_VALUES])
            for name, index, id in tx.execute(query.where(part)):
                if (name, index) in wanted:
                    found[name, index] = id
        return found

    def ids_of_names(self, tx: Connection, names: Sequence[str]) -> dict[str, list[str]]:
        """Who in the register has these plain names; of a name that many have, some."""
        query = select(employer_traits.c.trait, employer_traits.c.employer_id).where(
            employer_traits.c.reason == DuplicateReason.NAME
        )
        found: dict[str, list[str]] = {}
        for start in range(0, len(names), _MOST_VALUES):
            part = employer_traits.c.trait.in_(names[start : start + _MOST_VALUES])
            for name, id in tx.execute(query.where(part)):
                if len(named := found.setdefault(name, [])) < _MOST_OF_A_NAME:
                    named.append(id)
        return found

    # --- rows -------------------------------------------------------------------------------------------

    def add_rows(self, tx: Connection, id: str, rows: Sequence[StoredRow]) -> None:
        """Write rows that were read."""
        tx.execute(
            insert(import_rows),
            [
                {
                    "import_id": id,
                    "row": row.told.row,
                    "status": row.told.status,
                    "chosen": False,
                    "sealed": row.sealed,
                    "faults": _faults_said(row.told.faults),
                    "became": row.told.id,
                }
                for row in rows
            ],
        )

    def delete_rows(self, tx: Connection, id: str) -> None:
        """Forget what the rows say."""
        tx.execute(delete(import_rows).where(import_rows.c.import_id == id))

    def rows(
        self,
        tx: Connection,
        id: str,
        *,
        statuses: Collection[RowStatus] = (),
        chosen: bool = False,
        after: int = 0,
        limit: int | None = None,
    ) -> list[StoredRow]:
        """Rows in their order. statuses: which; none means any. chosen: only those."""
        query = select(import_rows).where(import_rows.c.import_id == id, import_rows.c.row > after)
        if statuses:
            query = query.where(import_rows.c.status.in_(list(statuses)))
        if chosen:
            query = query.where(import_rows.c.chosen.is_(True))
        found = tx.execute(query.order_by(import_rows.c.row).limit(limit)).mappings()
        return [_row(row) for row in found]

    def choose(self, tx: Connection, id: str, rows: Sequence[int] | None) -> list[int]:
        """Mark good rows as chosen, all of them for None; those of `rows` that are not good."""
        good = (import_rows.c.import_id == id) & (import_rows.c.status == RowStatus.GOOD)
        if rows is None:
            tx.execute(update(import_rows).where(good).values(chosen=True))
            return []
        wanted = sorted(set(rows))
        there: set[int] = set()
        for start in range(0, len(wanted), _MOST_VALUES):
            part = good & import_rows.c.row.in_(wanted[start : start + _MOST_VALUES])
            there.update(tx.execute(select(import_rows.c.row).where(part)).scalars())
            tx.execute(update(import_rows).where(part).values(chosen=True))
        return [row for row in wanted if row not in there]

    def save_rows(self, tx: Connection, id: str, rows: Sequence[StoredRow]) -> None:
        """Write what became of rows; they are chosen no more."""
        if rows:
            tx.execute(
                _UPDATE_ROW,
                [
                    {
                        "of_import": id,
                        "of_row": row.told.row,
                        "new_status": row.told.status,
                        "new_sealed": row.sealed,
                        "new_faults": _faults_said(row.told.faults),
                        "new_became": row.told.id,
                    }
                    for row in rows
                ],
            )


def _faults_said(faults: Sequence[RowFault]) -> list[dict[str, Any]]:
    return [fault.model_dump(mode="json", exclude_none=True) for fault in faults]


def _import(row: RowMapping | dict[str, Any]) -> Import:
    fields = {name: row[name] for name in Import.model_fields if name != "by"}
    return Import(
        **{
            **fields,
            "kind": ImportKind(row["kind"]),
            "status": ImportStatus(row["status"]),
            "refusal": None if row["refusal"] is None else Refusal(row["refusal"]),
            "ignored": tuple(row["ignored"]),
            "columns": tuple(row["columns"]),
            "by": row["actor"]["id"],
        }
    )


def _work(row: RowMapping | dict[str, Any]) -> Work:
    return Work(
        told=_import(row),
        file_id=row["file_id"],
        actor=Actor.model_validate(row["actor"]),
        correlation=row["correlation"],
        attempts=row["attempts"],
    )


def _row(row: RowMapping) -> StoredRow:
    told = ImportRow(
        row=row["row"],
        status=RowStatus(row["status"]),
        cells=None,
        faults=tuple(RowFault.model_validate(fault) for fault in row["faults"]),
        id=row["became"],
    )
    return StoredRow(told, row["sealed"])
