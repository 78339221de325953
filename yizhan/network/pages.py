"""Pages of the rows of a subtree, newest first, at the same cost however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Subquery,
    Table,
    bindparam,
    select,
    union_all,
)


@dataclass(frozen=True)
class Subtree:
    """Stations to list rows of. `codes`: None for all there are."""

    codes: tuple[str, ...] | None
    #: Each of them, also where `codes` is None; for what walks along the stations one by one.
    every: tuple[str, ...] = ()


#: Above every identifier: they are hexadecimal and of one length.
BEFORE_ALL = "ffffffff-ffff-ffff-ffff-ffffffffffff"

#: SQLite takes 500 terms in a compound; past this the rows are dense enough to walk through by id.
MOST_TERMS = 256


class Listing:
    """The ways to list one table, which has columns `id` and `station`, under one fixed condition.

    Its statements are built when they are first asked for, and kept.
    """

    def __init__(self, table: Table, condition: ColumnElement[bool] | None = None) -> None:
        self._table = table
        self._conditions = (table.c.id < bindparam("before"),) + (() if condition is None else (condition,))
        self._of_all = (
            select(table).where(*self._conditions).order_by(table.c.id.desc()).limit(bindparam("limit"))
        )
        self._of_many = self._of_all.where(table.c.station.in_(bindparam("stations", expanding=True)))
        self._merged: dict[int, Select[Any]] = {}

    def page(
        self, tx: Connection, subtree: Subtree, *, after: str | None, limit: int, **bound: str
    ) -> Sequence[RowMapping]:
        """At most limit + 1 rows whose id is less than `after`: one more than the page tells of a next one.

        bound: the values of the condition's parameters.
        """
        values: dict[str, Any] = {**bound, "before": after or BEFORE_ALL, "limit": limit + 1}
        codes = subtree.codes
        if codes is None:
            query = self._of_all
        elif len(codes) > MOST_TERMS:
            query = self._of_many
            values["stations"] = codes
        else:
            # Few sizes, so that few statements are compiled; no station has the empty code.
            terms = 1 << max(len(codes) - 1, 0).bit_length()
            if terms not in self._merged:
                self._merged[terms] = self._merge(terms)
            query = self._merged[terms]
            padded = (*codes, *("",) * (terms - len(codes)))
            values |= {f"station_{number}": code for number, code in enumerate(padded)}
        return tx.execute(query, values).mappings().all()

    def _merge(self, terms: int) -> Select[Any]:
        """Rows of some stations.

        Each term walks down an index on (station, …, id) no further than a page, and the walks are merged:
        the cost is a few rows a station. `station IN (…) ORDER BY id` instead reads and sorts all rows of
        the subtree, or walks past all rows outside it, and gets slower with every year's postings.
        """
        id = self._table.c.id
        walks = union_all(*(select(self._walk(number).c.id) for number in range(terms))).subquery("walks")
        newest = select(walks.c.id).order_by(walks.c.id.desc()).limit(bindparam("limit"))
        return select(self._table).where(id.in_(newest)).order_by(id.desc())

    def _walk(self, number: int) -> Subquery:
        id, station = self._table.c.id, self._table.c.station
        return (
            select(id)
            .where(station == bindparam(f"station_{number}"), *self._conditions)
            .order_by(id.desc())
            .limit(bindparam("limit"))
            .subquery(f"walk_{number}")
        )


def cut(rows: list[Any], limit: int) -> tuple[list[Any], str | None]:
    """The page without the row that told of a next one, and the next one's cursor."""
    return (rows[:limit], rows[limit - 1].id) if len(rows) > limit else (rows, None)
