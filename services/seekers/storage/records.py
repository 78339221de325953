"""Rows that are a contract's model: some fields are columns, the free text is sealed, the rest is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, RowMapping, Table, bindparam, insert, select, update

from services.seekers.storage.register import Page
from yizhan.contracts.base import Message
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.network.pages import Listing, Subtree, cut

M = TypeVar("M", bound=Message)


class RecordChanged(Exception):
    """A row was saved that somebody else had changed since it was read: it was not locked. A defect."""


class Kind(Generic[M]):
    """How a model lies in its table, with the statements on it. words: fields of free text."""

    def __init__(self, table: Table, model: type[M], *words: str) -> None:
        self.table = table
        self.model = model
        self.words = words
        self.columns = [column.name for column in table.columns if column.name in model.model_fields]
        self.one = select(table).where(table.c.id == bindparam("id"))
        self.all = Listing(table)
        self.of_state = (
            Listing(table, table.c.state == bindparam("state")) if "state" in table.c else self.all
        )
        self.by = {
            name: select(table).where(table.c[name] == bindparam("value")).order_by(table.c.id.desc())
            for name in ("seeker_id", "course_id")
            if name in table.c
        }


class Records(Generic[M]):
    """The rows of one kind."""

    def __init__(self, database: Database, cipher: FieldCipher, kind: Kind[M]) -> None:
        self._database = database
        self._cipher = cipher
        self._kind = kind

    def insert(self, tx: Connection, record: M) -> None:
        """Write a new row."""
        tx.execute(insert(self._kind.table), self._row(record))

    def save(self, tx: Connection, record: M) -> None:
        """Write a row that was locked, one sequence on."""
        row = self._row(record)
        table, id = self._kind.table, row.pop("id")
        changed = update(table).where(table.c.id == id, table.c.sequence == row["sequence"] - 1).values(**row)
        if tx.execute(changed).rowcount != 1:
            raise RecordChanged(id)

    def find(self, tx: Connection, id: str, *, lock: bool = False) -> M | None:
        """A row as it stands. lock: nobody else changes it until the transaction ends."""
        query = self._database.for_update(self._kind.one) if lock else self._kind.one
        row = tx.execute(query, {"id": id}).mappings().first()
        return None if row is None else self._record(row)

    def of(self, tx: Connection, *, lock: bool = False, **by: str) -> list[M]:
        """All rows of a person or of a course, the newest first."""
        ((name, value),) = by.items()
        query = self._kind.by[name]
        rows = tx.execute(self._database.for_update(query) if lock else query, {"value": value}).mappings()
        return [self._record(row) for row in rows]

    def page(
        self, tx: Connection, within: Subtree, page: Page, *, state: Enum | None = None
    ) -> tuple[list[M], str | None]:
        """A page of a subtree's rows, the newest first, and the cursor of the next."""
        listing, bound = (
            (self._kind.all, {}) if state is None else (self._kind.of_state, {"state": state.value})
        )
        rows = listing.page(tx, within, after=page.after, limit=page.limit, **bound)
        return cut([self._record(row) for row in rows], page.limit)

    def _row(self, record: M) -> dict[str, Any]:
        kind = self._kind
        columns = {name: _plain(getattr(record, name)) for name in kind.columns}
        rest = record.model_dump(mode="json", exclude={*kind.columns, *kind.words})
        row = {**columns, "record": rest}
        if kind.words:
            words = {name: text for name in kind.words if (text := getattr(record, name)) is not None}
            row["words_sealed"] = (
                self._cipher.seal(json.dumps(words, ensure_ascii=False), place=self._place(columns["id"]))
                if words
                else None
            )
        return row

    def _record(self, row: RowMapping) -> M:
        kind = self._kind
        words: dict[str, str | None] = dict.fromkeys(kind.words)
        if kind.words and row["words_sealed"] is not None:
            words |= json.loads(self._cipher.open(row["words_sealed"], place=self._place(row["id"])))
        columns = {name: row[name] for name in kind.columns}
        return kind.model.model_validate({**row["record"], **columns, **words})

    def _place(self, id: str) -> str:
        return f"{self._kind.table.name}/words_sealed/{id}"


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def ids_of(records: Iterable[Any]) -> list[str]:
    """Whom rows are about."""
    return [record.seeker_id for record in records]
