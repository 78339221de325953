"""Search: pages found among 100,000 postings, beside a bare SQL LIKE over the same rows in the same run.

And how many texts a second are checked by the law's rules and read as speech.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, literal, or_, select

from bench.figures import Figure, alone, compared, quantile
from bench.ground import postgres_database
from bench.jobs_rows import STATIONS, WHOLE_COUNTY, loaded
from services.jobs import storage
from services.jobs.domain.compliance import PostingText, check, shipped_rules
from services.jobs.domain.dictation import parse
from services.jobs.storage.tables import postings
from yizhan.contracts.jobs import PostingSearch
from yizhan.database import Database

NAME = "search"

POSTINGS = 100_000
ROUNDS = 5
#: What people type: common and rare words, pinyin, several words, a number, and what nobody wrote.
_TYPED = ("搬运", "byg", "banyun", "工", "刺梨 搬运", "龙山镇 保洁", "谷脚 焊工", "123号", "没有这个", "nmsc")

_DATA = Path(__file__).parents[1] / "tests" / "data"


async def run() -> list[Figure]:
    """SQLite always, PostgreSQL where there is a server."""
    figures = []
    for name, database in _databases():
        figures += _searched(name, database)
    return figures + _texts()


def _databases() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        yield "SQLite", loaded(f"sqlite:///{folder}/jobs.db", posted=POSTINGS, registered=0)
    with postgres_database() as url:
        if url is not None:
            yield "PostgreSQL", loaded(url, posted=POSTINGS, registered=0)


def _searched(name: str, database: Database) -> list[Figure]:
    """p99 over what is typed, by staff and by the public, a page of 50 each; round by round beside LIKE."""
    with database.reading() as connection:
        _round(partial(_page, connection, only_published=False))
        ours: dict[bool, list[float]] = {False: [], True: []}
        theirs: list[float] = []
        for _ in range(ROUNDS):
            for public, found in ours.items():
                found.append(_round(partial(_page, connection, only_published=public)))
            theirs.append(_round(partial(_like, connection)))
    database.close()
    return [
        compared(
            NAME,
            f"p99 of a search among {POSTINGS:,}, {who}, {name}",
            "ms",
            ours[public],
            "LIKE over four columns",
            theirs,
            at_most=1,
        )
        for public, who in ((False, "all postings"), (True, "published ones"))
    ]


def _round(ask: Callable[[str], object]) -> float:
    """p99 in milliseconds of a round over all that is typed."""
    taken = []
    for _ in range(10):
        for text in _TYPED:
            started = time.perf_counter()
            ask(text)
            taken.append((time.perf_counter() - started) * 1e3)
    return quantile(taken, 0.99)


def _page(connection: Connection, text: str, *, only_published: bool) -> int:
    wanted = PostingSearch(station=STATIONS[0], text=text)
    return len(storage.search_postings(connection, WHOLE_COUNTY, wanted, only_published=only_published)[0])


def _like(connection: Connection, text: str) -> int:
    """What one would write without an index of tokens; pinyin is beyond it."""
    said = [postings.c.terms[part].as_string() for part in ("place", "description")]
    columns = (postings.c.trade, postings.c.employer_name, *said)
    found = [or_(*(column.like(literal(f"%{word}%")) for column in columns)) for word in text.split()]
    query = select(postings.c.id).where(*found).order_by(postings.c.id.desc()).limit(51)
    return len(connection.execute(query).all())


def _texts() -> list[Figure]:
    rules = shipped_rules()
    corpus = [json.loads(line) for line in (_DATA / "postings_corpus.jsonl").read_text("utf-8").splitlines()]
    known = set(PostingText.model_fields)
    texts = [PostingText(**{key: one[key] for key in known & one.keys()}) for one in corpus]
    spoken = [json.loads(line) for line in (_DATA / "utterances.jsonl").read_text("utf-8").splitlines()]
    said = [(one["text"], datetime.fromisoformat(one["now"])) for one in spoken]
    return [
        alone(NAME, "postings checked by the law's rules", "/s", _rate(partial(check, rules=rules), texts)),
        alone(NAME, "utterances read", "/s", _rate(_read, said)),
    ]


def _read(said: tuple[str, datetime]) -> object:
    return parse(*said)


def _rate(work: Callable[[Any], object], items: list[Any]) -> float:
    rates = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for item in items:
            work(item)
        rates.append(len(items) / (time.perf_counter() - started))
    return quantile(rates, 0.5)
