"""Lists and searches of the register touch no more rows in a long one than in a short one."""

from __future__ import annotations

import time
from statistics import median

import pytest

from services.jobs.storage import tables
from services.jobs.storage.employer_tables import employer_tokens
from services.jobs.storage.employers import searched_by
from tests.integration.jobs.employers import register
from tests.integration.jobs.office import ADMIN, COUNTY, TOWN, Office
from yizhan.contracts.employers import EmployerKind, EmployerQuery, EmployersRpc, ReviewState, SanctionKind
from yizhan.contracts.identifiers import new_identifier

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

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
                tokens += [
                    {"token": token, "station": station, "id": id}
                    for token in sorted(searched_by(name, None))
                ]
            tx.execute(tables.employers.insert(), rows)
            tx.execute(employer_tokens.insert(), tokens)
        for table in ("employers", "employer_tokens"):
            tx.exec_driver_sql(f"ANALYZE {table}")


QUERIES = (
    EmployerQuery(station=COUNTY),
    EmployerQuery(station=TOWN),
    EmployerQuery(station=TOWN, kind=EmployerKind.COMPANY),
    EmployerQuery(station=COUNTY, review=ReviewState.WAITING),
    EmployerQuery(station=TOWN, sanction=SanctionKind.WARNED),
    EmployerQuery(station=COUNTY, text="wl"),
    EmployerQuery(station=TOWN, text="jianzhu"),
    EmployerQuery(station=TOWN, text="谷丰兴"),
)


def milliseconds(office: Office, query: EmployerQuery) -> float:
    def once() -> float:
        started = time.perf_counter()
        office.ask(EmployersRpc.list_employers, query, ADMIN)
        return (time.perf_counter() - started) * 1000

    once()
    return median(once() for _ in range(9))


def test_a_long_register_is_listed_as_fast_as_a_short_one(office: Office) -> None:
    """Ten times as many entries, every filter and search; with room for a busy machine."""
    grow(office, 500)
    short = {query.model_dump_json(exclude_defaults=True): milliseconds(office, query) for query in QUERIES}
    grow(office, 4_500)
    long = {query.model_dump_json(exclude_defaults=True): milliseconds(office, query) for query in QUERIES}
    slower = {key: (short[key], long[key]) for key in short if long[key] > 3 * short[key] + 20}
    assert slower == {}
