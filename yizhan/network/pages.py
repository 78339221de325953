"""Pages of the rows of a subtree, newest first, at the same cost however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    String,
    Table,
    bindparam,
    func,
    select,
    true,
)


@dataclass(frozen=True)
class Subtree:
    """Stations to list rows of. `codes`: None for all there are."""

    codes: tuple[str, ...] | None
    #: Each of them, also where `codes` is None; for what walks along the stations one by one.
    every: tuple[str, ...] = ()


#: Above every identifier: they are hexadecimal and of one length.
BEFORE_ALL = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Listing:
    """The ways to list one table, which has columns `id` and `station`, under one fixed condition.

    Its statements are built when they are first asked for, and kept.
    """

    def __init__(self, table: Table, condition: ColumnElement[bool] | None = None) -> None:
        self._table = table
        conditions = () if condition is None else (condition,)
        self._walk = select(table.c.id, table.c.station).where(*conditions)
        self._of_all = newest(select(table).where(*conditions), table)
        self._of_some: dict[str, Select[Any]] = {}

    def page(
        self, tx: Connection, subtree: Subtree, *, after: str | None, limit: int, **bound: str
    ) -> Sequence[RowMapping]:
        """At most limit + 1 rows whose id is less than `after`: one more than the page tells of a next one.

        bound: the values of the condition's parameters.
        """
        values: dict[str, Any] = {**bound, "before": after or BEFORE_ALL, "limit": limit + 1}
        if subtree.codes is None:
            return tx.execute(self._of_all, values).mappings().all()
        dialect = tx.dialect.name
        if dialect not in self._of_some:
            walked = newest_of_stations(self._walk, self._table, dialect).subquery("walked")
            self._of_some[dialect] = (
                select(self._table)
                .where(self._table.c.id.in_(select(walked.c.id)))
                .order_by(self._table.c.id.desc())
            )
        return tx.execute(self._of_some[dialect], values | {"stations": subtree.codes}).mappings().all()


def newest(walk: Select[Any], walked: Table) -> Select[Any]:
    """The newest rows of `walk`, over `walked`: at most `limit`, with ids below `before`."""
    return (
        walk.where(walked.c.id < bindparam("before")).order_by(walked.c.id.desc()).limit(bindparam("limit"))
    )


def newest_of_stations(walk: Select[Any], walked: Table, dialect: str) -> Select[Any]:
    """Id and station of the newest rows of `walk`, which selects these two of `walked`: at most `limit`, with
    ids below `before`, of any of `stations`.

    For each station an index on (station, …, id) is walked no further than a page, and the walks are merged:
    the cost is a few rows a station. `station IN (…) ORDER BY id` instead reads and sorts all rows of the
    subtree, or walks past all rows outside it, and gets slower with every year's postings. One term a station
    in a UNION would cost more to plan than to run.
    """
    if dialect == "postgresql":
        stations = (
            func.unnest(bindparam("stations", type_=ARRAY(String)))
            .table_valued("code", name="stations")
            .render_derived()
        )
        of_one = newest(walk.where(walked.c.station == stations.c.code), walked).lateral("of_one")
        return _first_of(
            select(of_one.c.id, of_one.c.station).select_from(stations.join(of_one, true())), of_one.c.id
        )
    # SQLite has no LATERAL, but what a table function is given may depend on the row before it.
    stations = func.json_each(bindparam("stations", type_=JSON)).table_valued("value", name="stations")
    of_station = newest(walk.where(walked.c.station == stations.c.value), walked).correlate(stations)
    gathered = select(func.json_group_array(of_station.subquery("of_one").c.id)).scalar_subquery()
    ids = func.json_each(gathered).table_valued("value", name="ids")
    id, station = ids.c.value.label("id"), stations.c.value.label("station")
    return _first_of(select(id, station).select_from(stations.join(ids, true())), ids.c.value)


def _first_of(walks: Select[Any], id: ColumnElement[Any]) -> Select[Any]:
    return walks.order_by(id.desc()).limit(bindparam("limit"))


def cut(rows: list[Any], limit: int) -> tuple[list[Any], str | None]:
    """The page without the row that told of a next one, and the next one's cursor."""
    return (rows[:limit], rows[limit - 1].id) if len(rows) > limit else (rows, None)
