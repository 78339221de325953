"""Matching: whom to offer a posting among 50,000 who look for work, beside a scan of everybody in the same
run, and the same while the register grows.

The service itself on a database, in this process, without a broker between: one query after the other.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from bench.figures import Figure, compared, quantile
from bench.ground import postgres_database
from services.jobs import storage
from services.jobs.domain.employer import register
from services.jobs.domain.matching import Candidate, fit_for_posting, in_order, misfit
from services.jobs.domain.worker import Skill, Worker
from services.jobs.service import JobsService
from services.jobs.storage import tables
from services.jobs.storage.postings import columns_of_terms
from services.jobs.storage.workers import skill_row, worker_of_row, worker_row
from yizhan.clock import FrozenClock, county_day
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import EmployerKind, RegisterEmployer
from yizhan.contracts.jobs import PostingTerms, Settlement, Wage, WageUnit
from yizhan.contracts.matching import RecommendWorkers
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import LeastWage, RetirementStanding
from yizhan.database import Database
from yizhan.migrations import migrate

NAME = "matching"

#: People in the register, a tenth of what is measured and all of it.
SIZES = (5_000, 50_000)
#: Who waits that morning; a county's stations hold no more, however many are registered.
WAITING = 2_000
POSTINGS = 60
ROUNDS = 5
ASKED_PER_ROUND = 100
_ROWS_AT_ONCE = 1_000
#: Of one letter.
_NUMBERS = 999

_NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
_TRADES = (
    "搬运工",
    "小工",
    "泥瓦工",
    "保洁",
    "装卸工",
    "采茶",
    "木工",
    "焊工",
    "电工",
    "厨师",
    "保安",
    "杂工",
)
_STATIONS = (
    "522730",
    *(f"522730{town:02d}" for town in range(1, 7)),
    *(f"522730{town:02d}{point:02d}" for town in range(1, 7) for point in range(1, 9)),
)
_CALL = Call(actor=SYSTEM, correlation="bench")


async def run() -> list[Figure]:
    """SQLite always, PostgreSQL where there is a server."""
    figures: list[Figure] = []
    for name in ("SQLite", "PostgreSQL"):
        medians = {}
        for size in SIZES:
            with _database(name) as url:
                if url is None:
                    break
                ours, theirs = _measured(url, size)
            medians[size] = ours
            if size == SIZES[-1]:
                figures.append(
                    compared(
                        NAME,
                        f"p99 of whom to offer a posting among {size:,}, {name}",
                        "ms",
                        ours,
                        "a scan of everybody",
                        theirs,
                        at_most=1,
                    )
                )
        if len(medians) == len(SIZES):
            small, large = SIZES
            figures.append(
                compared(
                    NAME,
                    f"p99 of whom to offer a posting among {large:,}, {name}, once more",
                    "ms",
                    medians[large],
                    f"among {small:,}",
                    medians[small],
                    at_most=2,
                )
            )
    return figures


@contextmanager
def _database(name: str) -> Iterator[str | None]:
    if name == "PostgreSQL":
        with postgres_database() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        yield f"sqlite:///{Path(folder)}/jobs.db"


def _measured(url: str, size: int) -> tuple[list[float], list[float]]:
    """p99 in milliseconds by round, ours and the scan's; the one after the other in each round."""
    database = _loaded(url, size)
    service: Any = JobsService()
    service.database, service.clock = database, FrozenClock(_NOW)
    asked = list(range(POSTINGS))
    ours: list[float] = []
    theirs: list[float] = []
    with database.reading() as tx:
        _round(partial(_ask, service, tx), asked)
        for _ in range(ROUNDS):
            ours.append(_round(partial(_ask, service, tx), asked * (ASKED_PER_ROUND // POSTINGS + 1)))
            if size == SIZES[-1]:
                theirs.append(_round(partial(_scan, service, tx), asked[:3]))
    database.close()
    return ours, theirs


def _round(ask: Callable[[int], object], postings: list[int]) -> float:
    taken = []
    for posting in postings:
        started = time.perf_counter()
        ask(posting)
        taken.append((time.perf_counter() - started) * 1e3)
    return quantile(taken, 0.99)


def _ask(service: Any, tx: Connection, posting: int) -> int:
    function = JobsService.recommend_workers.__wrapped__  # type: ignore[attr-defined]
    answer = function(service, tx, _CALL, RecommendWorkers(id=_id("p", posting)))
    assert answer.workers
    return len(answer.workers)


def _scan(service: Any, tx: Connection, number: int) -> int:
    """What one would write without an index: everybody is read and judged by the same rules."""
    posting = storage.Postings(service.database).find(tx, _id("p", number))
    assert posting is not None
    weights = service._weights_on(tx, posting.station, county_day(_NOW)).weights
    opening = service._opening(tx, posting, service._looking_around(tx, weights)(posting.station), now=_NOW)
    here = storage.Roll(service.database).of_stations(tx, _STATIONS, county_day(_NOW))
    skills: dict[str, list[Skill]] = {}
    for known in tx.execute(select(tables.worker_trades)):
        skills.setdefault(known.worker_id, []).append(Skill(known.trade, known.level))
    fits = []
    for row in tx.execute(select(tables.workers)).mappings():
        candidate = Candidate(worker_of_row(row, skills[row["id"]]), here.get(row["id"]))
        if misfit(opening, candidate) is None:
            fits.append(fit_for_posting(opening, candidate, weights, now=_NOW))
    return len(in_order(fits, drawn_at=None)[:20])


def _loaded(url: str, size: int) -> Database:
    migrate("jobs", url)
    database = Database(url)
    chance = random.Random(11)
    with database.transaction() as tx:
        _found(tx, database, chance)
    for first in range(0, size, _ROWS_AT_ONCE):
        people = [_worker(number, chance) for number in range(first, min(first + _ROWS_AT_ONCE, size))]
        with database.transaction() as tx:
            tx.execute(
                insert(tables.workers),
                [{"id": one.id, "sequence": 1, **worker_row(one)} for one in people],
            )
            tx.execute(
                insert(tables.worker_trades),
                [skill_row(one, skill) for one in people for skill in one.skills],
            )
            if first < WAITING:
                tx.execute(insert(tables.attendance), [_arrival(one, chance) for one in people])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return database


def _found(tx: Connection, database: Database, chance: random.Random) -> None:
    for code in _STATIONS:
        parent = None if code == "522730" else code[:-2]
        path = "".join(f"{code[:end]}/" for end in range(6, len(code) + 1, 2))
        row = {"code": code, "parent": parent, "path": path, "told_path": path, "status": "open"}
        tx.execute(insert(tables.network), {**row, "sequence": 1})
        lng, lat = 106.97 + chance.uniform(-0.2, 0.2), 26.45 + chance.uniform(-0.2, 0.2)
        storage.Positions(database).hear(tx, code, lng, lat, 1)
    request = RegisterEmployer(station="522730", kind=EmployerKind.INDIVIDUAL, name="谷丰物流")
    storage.Employers(database).insert(tx, *register(request, id=_id("e", 0), now=_NOW, by=SYSTEM))
    tx.execute(insert(tables.postings), [_posting(number, chance) for number in range(POSTINGS)])


def _posting(number: int, chance: random.Random) -> dict[str, Any]:
    terms = PostingTerms(
        trade=_TRADES[number % len(_TRADES)],
        wage=Wage(fen=chance.randrange(120, 350) * 100, unit=WageUnit.DAY),
        settlement=Settlement.DAILY,
        headcount=3,
        place="老农贸市场门口",
        starts_at=_NOW + timedelta(hours=2),
        ends_at=_NOW + timedelta(hours=11),
    )
    return {
        "id": _id("p", number),
        "station": chance.choice(_STATIONS),
        "employer_id": _id("e", 0),
        "employer_name": "谷丰物流",
        "status": "published",
        "stage": "published",
        "terms": terms.model_dump(mode="json"),
        "source": "phone",
        "taken": 0,
        "created_at": _NOW,
        "expires_at": terms.ends_at,
        "sequence": 4,
        "countable": True,
        **columns_of_terms(_id("e", 0), terms),
    }


def _worker(number: int, chance: random.Random) -> Worker:
    trades = chance.sample(_TRADES, chance.choice((1, 2, 2, 3)))
    return Worker(
        id=_id("w", number),
        station=chance.choice(_STATIONS),
        skills=tuple(Skill(trade, chance.choice((0, 1, 1, 2, 3))) for trade in trades),
        days=frozenset(range(1, 8)) if chance.random() < 0.8 else frozenset({6, 7}),
        hours=None,
        distance_km=chance.choice((None, 5, 10, 20, 30)),
        least_wage=LeastWage(fen=chance.randrange(100, 260) * 100, unit=WageUnit.DAY)
        if chance.random() < 0.5
        else None,
        crew=None,
        minor=chance.random() < 0.01,
        retirement=RetirementStanding.NOT_REACHED,
        since=_NOW - timedelta(days=chance.randrange(1, 700)),
        priority=int(chance.random() < 0.1),
    )


def _arrival(worker: Worker, chance: random.Random) -> dict[str, Any]:
    number = int(worker.id[-12:], 16)
    return {
        "station": worker.station,
        "day": county_day(_NOW),
        "number": f"{chr(ord('A') + number // _NUMBERS)}{number % _NUMBERS + 1:03d}",
        "worker_id": worker.id,
        "at": _NOW - timedelta(minutes=chance.randrange(0, 90)),
        "called": 0,
        "turn": None,
    }


def _id(kind: str, number: int) -> str:
    return f"{ord(kind):08x}-0000-7000-8000-{number:012x}"
