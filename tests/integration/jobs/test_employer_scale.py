"""Lists and searches of the register touch no more rows in a long one than in a short one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, event

from services.jobs.storage import Employers, search, tables
from services.jobs.storage.employer_tables import employer_tokens
from services.jobs.storage.employers import searched_by
from tests.integration.jobs.employers import register
from tests.integration.jobs.office import COUNTY, TOWN, Office
from yizhan.contracts.employers import EmployerKind, EmployerQuery, ReviewState, SanctionKind
from yizhan.contracts.identifiers import new_identifier
from yizhan.database import Database, insert_texts
from yizhan.network.pages import Subtree

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

STATIONS = (COUNTY, *(f"{COUNTY}{number:02}" for number in range(1, 9)))
_TRADES = ("物流", "建筑劳务", "家政服务", "茶叶合作社", "装卸搬运", "果园", "砖厂", "餐饮")
_SEEDS = "谷丰兴龙双桥老街醒狮洗马冠山湾滩河云贵黔南"


def grow(office: Office, count: int) -> None:
    """Many entries of eight stations, written past the service."""
    register(office)
    with office.database.transaction() as tx:
        pattern = tx.execute(tables.employers.select().limit(1)).mappings().one()
        for start in range(0, count, 2000):
            rows, tokens = [], []
            for number in range(start, min(start + 2000, count)):
                seed = _SEEDS[number % 19] + _SEEDS[number // 19 % 19] + _SEEDS[number // 361 % 19]
                id, station = new_identifier(office.clock.now()), f"{COUNTY}{number % 8 + 1:02}"
                name = f"{seed}{_TRADES[number % 8]}"
                kind = EmployerKind.COMPANY.value if number % 1000 == 7 else EmployerKind.INDIVIDUAL.value
                rows.append({**pattern, "id": id, "station": station, "name": name, "kind": kind})
                tokens += [(token, station, id) for token in sorted(searched_by(name, None))]
            tx.execute(tables.employers.insert(), rows)
            insert_texts(tx, employer_tokens, tokens)
        for table in ("employers", "employer_tokens"):
            tx.exec_driver_sql(f"ANALYZE {table}")


QUERIES = (
    EmployerQuery(station=COUNTY),
    EmployerQuery(station=TOWN),
    EmployerQuery(station=TOWN, kind=EmployerKind.COMPANY),
    EmployerQuery(station=COUNTY, review=ReviewState.WAITING),
    EmployerQuery(station=TOWN, sanction=SanctionKind.WARNED),
    EmployerQuery(station=COUNTY, text="wl"),
    EmployerQuery(station=COUNTY, text="jianzhu"),
    EmployerQuery(station=TOWN, text="zhuangxie"),
    EmployerQuery(station=TOWN, text="谷丰兴"),
)


def effort(database: Database, query: EmployerQuery) -> int:
    """What the database does for a page, which is the same on a busy machine: SQLite's steps in hundreds, or
    the rows that PostgreSQL's scans read."""
    within = Subtree(None, STATIONS) if query.station == COUNTY else Subtree((TOWN,), (TOWN,))
    ask = partial(Employers(database).page, subtree=within, query=query)
    with database.reading() as connection:
        return _steps(connection, ask) if database.dialect == "sqlite" else _rows_read(connection, ask)


def _steps(connection: Connection, ask: Callable[[Connection], object]) -> int:
    steps = count()
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.set_progress_handler(lambda: next(steps) and None, 100)
    ask(connection)
    raw.set_progress_handler(None, 0)
    return next(steps)


def _rows_read(connection: Connection, ask: Callable[[Connection], object]) -> int:
    asked: list[tuple[str, Any]] = []
    keep = lambda _c, _k, statement, parameters, *_: asked.append((statement, parameters))  # noqa: E731
    event.listen(connection, "before_cursor_execute", keep)
    ask(connection)
    event.remove(connection, "before_cursor_execute", keep)
    # A table of some thousands it would rather read whole than by an index.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        connection.exec_driver_sql(f"SET enable_{way} = off")
    explain = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
    plans = [
        connection.exec_driver_sql(explain + statement, parameters).scalar_one()[0]["Plan"]
        for statement, parameters in asked
    ]
    return sum(map(_read_by, plans))


def _read_by(plan: dict[str, Any]) -> int:
    read = 0
    if "Scan" in plan["Node Type"]:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        read = round((rows + plan.get("Rows Removed by Index Recheck", 0)) * plan["Actual Loops"])
    return read + sum(_read_by(below) for below in plan.get("Plans", ()))


def efforts(database: Database) -> dict[str, int]:
    return {query.model_dump_json(exclude_defaults=True): effort(database, query) for query in QUERIES}


def test_a_long_register_is_as_little_work_to_list_as_a_short_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times as many entries, every filter and search: a page that was not full before is filled, and no
    more. How far is counted and looked is cut to their measure."""
    monkeypatch.setattr(search, "_LOOKED_AT", 10)
    monkeypatch.setattr(search, "_COUNTED", 40)
    grow(office, 600)
    short = efforts(office.database)
    grow(office, 5_400)
    long = efforts(office.database)
    grown = {key: (short[key], long[key]) for key in short if long[key] > 3 * short[key] + 150}
    assert grown == {}


def test_a_search_for_what_many_share_is_planned_in_no_time(office: Office) -> None:
    """Pinyin in full is many tokens; PostgreSQL would take seconds to plan a join of one table for each."""
    if office.database.dialect == "sqlite":
        pytest.skip("SQLite does not search for a plan")
    statements: list[str] = []
    with office.database.reading() as connection:
        keep = lambda _c, _k, statement, *_: statements.append(statement)  # noqa: E731
        event.listen(connection, "before_cursor_execute", keep)
        query = EmployerQuery(station=COUNTY, text="zhuangxiebanyun")
        Employers(office.database).page(connection, Subtree(None, STATIONS), query)
    assert statements
    assert all(" EXISTS " not in statement for statement in statements)
