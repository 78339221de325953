"""Dispatch: answers a second to one posting that everybody wants, with and without years of history.

The service itself, without a broker between, from many threads; rounds alternate between the two counties.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from bench.figures import Figure, alone, compared
from bench.ground import postgres_database
from services.jobs.domain import offer_list
from services.jobs.storage.dispatch_tables import dispatches
from tests.integration.jobs.office import ADMIN, TOWN, Office
from tests.integration.jobs.people import newcomers, signed
from yizhan.clock import FrozenClock
from yizhan.contracts.dispatch_examples import dispatch as example
from yizhan.contracts.dispatches import Dispatch, DispatchesRpc, OfferSource, StartOffers
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.jobs import Posting, PostingStatus
from yizhan.contracts.rpc import Call
from yizhan.database import Database
from yizhan.migrations import migrate

NAME = "dispatch"

HISTORY = 50_000
ROUNDS = 4
HANDS = 150
#: Who answers at once: half of them come too late.
ASKED = 2 * HANDS
THREADS = 16
_LOADED_AT_ONCE = 1_000
_START = datetime(2026, 3, 2, tzinfo=UTC)


async def run() -> list[Figure]:
    """SQLite always, PostgreSQL where there is a server."""
    figures = []
    for name, empty, grown in _counties():
        rounds = [(_accepts_per_second(empty), _accepts_per_second(grown)) for _ in range(ROUNDS)]
        at_first, later = ([pair[side] for pair in rounds] for side in (0, 1))
        figures.append(alone(NAME, f"answers to one contended posting, {name}", "/s", max(at_first)))
        figures.append(
            compared(
                NAME,
                f"the same after {HISTORY:,} dispatches, {name}",
                "/s",
                later,
                "without history",
                at_first,
                at_least=0.8,
            )
        )
    return figures


def _counties() -> Iterator[tuple[str, Office, Office]]:
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        yield (
            "SQLite",
            _county(f"sqlite:///{folder}/new.db", 0),
            _county(f"sqlite:///{folder}/old.db", HISTORY),
        )
    with postgres_database() as new, postgres_database() as old:
        if new is not None and old is not None:
            yield "PostgreSQL", _county(new, 0), _county(old, HISTORY)


def _county(url: str, history: int) -> Office:
    migrate("jobs", url)
    database = Database(url, pool_size=THREADS + 2)
    office = Office(database, FrozenClock(_START.isoformat()))
    office.found_county()
    posting = office.bring_to(PostingStatus.PUBLISHED)
    for first in range(0, history, _LOADED_AT_ONCE):
        rows = [_past(posting, number) for number in range(first, first + _LOADED_AT_ONCE)]
        with database.transaction() as tx:
            tx.execute(insert(dispatches), rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return office


def _past(posting: Posting, number: int) -> dict[str, object]:
    at = _START - timedelta(days=1 + number % 700)
    worker = f"{number % 5_000:08x}-0000-7000-8000-000000000002"
    return {
        "id": f"{number:08x}-0000-7000-8000-000000000001",
        "posting_id": posting.id,
        "employer_id": posting.employer_id,
        "station": TOWN,
        "desk": TOWN,
        "worker_id": worker,
        "crew_id": None,
        "status": "paid",
        "seat": None,
        "starts_at": at,
        "ends_at": at + timedelta(hours=8),
        "offered_at": at,
        "by_name": False,
        "by_name_recurs": False,
        "promised_at": at + timedelta(hours=10),
        "on_time": True,
        "stars": None,
        "due_at": None,
        "record": example.model_dump(mode="json"),
        "sequence": 6,
    }


def _accepts_per_second(office: Office) -> float:
    posting = office.bring_to(PostingStatus.PUBLISHED, headcount=HANDS)
    workers = newcomers(office, ASKED)
    request = StartOffers(
        posting_id=posting.id, candidates=tuple((one,) for one in workers[:1]), source=OfferSource.BY_HAND
    )
    offers = offer_list.start(posting, request, now=office.clock.now(), by=ADMIN)
    # A list keeps as many offers open as hands are missing; here twice as many want them.
    with office.database.transaction() as tx:
        for worker in workers:
            office.service._offer(tx, Call(actor=ADMIN, correlation="bench"), posting, offers, (worker,))
        every: list[Dispatch] = office.service._dispatches.of_posting(tx, posting.id)
    ids = [one.id for one in every]
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        bound = sum(pool.map(lambda id: _accepted(office, id), ids))
    seconds = time.perf_counter() - started
    if bound != HANDS:
        raise RuntimeError(f"{bound} are bound to a posting of {HANDS} hands")
    return len(ids) / seconds


def _accepted(office: Office, id: str) -> bool:
    try:
        office.ask(DispatchesRpc.accept_dispatch, signed(id), ADMIN)
    except RemoteProblem:
        return False
    return True
