"""Lists as the console and the phones ask for them, while a county grows from 1,000 rows to 100,000.

services/jobs' own queries on a database, in this process: what a page costs, not what carries it. Both
counties are asked for pages of equally many rows, as many as the small one can fill (50 at most): that a
page of five rows is read faster than one of fifty says nothing about growth.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bench.figures import Figure, compared, quantile
from bench.ground import postgres_database
from bench.jobs_rows import TOWN, TRADES, WHOLE_COUNTY, identifier, loaded
from services.jobs import storage
from yizhan.contracts.employers import EmployerKind, EmployerQuery
from yizhan.contracts.jobs import PostingSearch, PostingStatus, WageUnit
from yizhan.database import Database

NAME = "lists"

#: Rows of each, postings and employers; the environment's YIZHAN_BENCH_LISTS stands for the last.
SIZES = (1_000, int(os.environ.get("YIZHAN_BENCH_LISTS", "100000")))
ROUNDS = 7
_ASKED_PER_ROUND = 20
_PAGE = 50

#: What is asked of how many rows for how long a page; each answers how many rows there were, so that none can
#: be empty unseen.
Ask = Callable[[Connection, Database, int, int], int]


async def run() -> list[Figure]:
    """SQLite always, PostgreSQL where there is a server."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        grown = [loaded(f"sqlite:///{folder}/{size}.db", posted=size, registered=size) for size in SIZES]
        figures += _measured("SQLite", *grown)
    with _servers() as urls:
        if urls is not None:
            figures += _measured(
                "PostgreSQL",
                *(loaded(url, posted=size, registered=size) for url, size in zip(urls, SIZES, strict=True)),
            )
    return figures


@contextmanager
def _servers() -> Iterator[tuple[str, str] | None]:
    with postgres_database() as small, postgres_database() as large:
        yield None if small is None or large is None else (small, large)


def _measured(kind: str, small: Database, large: Database) -> list[Figure]:
    figures = []
    for name, ask in ASKED.items():
        with small.reading() as near, large.reading() as far:
            page = ask(near, small, SIZES[0], _PAGE)
            if page == 0 or ask(far, large, SIZES[1], page) != page:
                raise RuntimeError(f"{name} finds {page} among {SIZES[0]}, and not as many among {SIZES[1]}")
            ours, theirs = [], []
            for _ in range(ROUNDS):
                ours.append(_round(ask, far, large, SIZES[1], page))
                theirs.append(_round(ask, near, small, SIZES[0], page))
        figures.append(
            compared(
                NAME,
                f"{name}, {page} of {SIZES[1]:,} rows, {kind}",
                "ms",
                ours,
                f"{SIZES[0]:,} rows",
                theirs,
                at_most=1.5,
            )
        )
    small.close()
    large.close()
    return figures


def _round(ask: Ask, connection: Connection, database: Database, size: int, page: int) -> float:
    """The median of a round, in milliseconds."""
    taken = []
    for _ in range(_ASKED_PER_ROUND):
        started = time.perf_counter()
        ask(connection, database, size, page)
        taken.append((time.perf_counter() - started) * 1e3)
    return quantile(taken, 0.5)


# --- what is asked ------------------------------------------------------------------------------------------


def _postings(connection: Connection, database: Database, _: int, limit: int) -> int:
    page, _next = storage.Postings(database).page(
        connection, WHOLE_COUNTY, status=None, after=None, limit=limit
    )
    return len(page)


def _postings_later(connection: Connection, database: Database, size: int, limit: int) -> int:
    page, _next = storage.Postings(database).page(
        connection, WHOLE_COUNTY, status=None, after=identifier(size // 2), limit=limit
    )
    return len(page)


def _published_of_a_town(connection: Connection, database: Database, _: int, limit: int) -> int:
    page, _next = storage.Postings(database).page(
        connection, TOWN, status=PostingStatus.PUBLISHED, after=None, limit=limit
    )
    return len(page)


def _found(wanted: PostingSearch, *, whole: bool, public: bool) -> Ask:
    subtree = WHOLE_COUNTY if whole else TOWN

    def ask(connection: Connection, database: Database, _: int, limit: int) -> int:
        del database
        asked = wanted.model_copy(update={"limit": limit})
        return len(storage.search_postings(connection, subtree, asked, only_published=public)[0])

    return ask


def _employers(**asked: object) -> Ask:
    query = EmployerQuery.model_validate({"station": "522730", **asked})

    def ask(connection: Connection, database: Database, _: int, limit: int) -> int:
        page = query.model_copy(update={"limit": limit})
        return len(storage.Employers(database).page(connection, WHOLE_COUNTY, page)[0])

    return ask


def _wanted(**asked: object) -> PostingSearch:
    return PostingSearch.model_validate({"station": "522730", **asked})


_START = datetime(2026, 3, 1, tzinfo=UTC)

ASKED: Mapping[str, Ask] = {
    "postings, newest page": _postings,
    "postings, a page half-way": _postings_later,
    "published ones of a town": _published_of_a_town,
    "published ones of a town and a trade": _found(_wanted(trade=TRADES[0]), whole=False, public=True),
    "published ones of a trade": _found(_wanted(trade=TRADES[0]), whole=True, public=True),
    "published ones by wage": _found(
        _wanted(wage_unit=WageUnit.DAY, wage_from_fen=20_000), whole=True, public=True
    ),
    "all of a town and a trade": _found(_wanted(trade=TRADES[0]), whole=False, public=False),
    "all of a trade and a day": _found(
        _wanted(trade=TRADES[0], starts_from=_START, starts_before=_START + timedelta(days=1)),
        whole=True,
        public=False,
    ),
    "postings found by initials": _found(_wanted(text="byg"), whole=True, public=False),
    "employers, newest page": _employers(),
    "employers by kind": _employers(kind=EmployerKind.INDIVIDUAL),
    "employers found by name": _employers(text="谷丰"),
    "employers found by initials": _employers(text="gf"),
}
