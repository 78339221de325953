"""Search: pages found among 100,000 postings, beside a bare SQL LIKE over the same rows in the same run.

And how many texts a second are checked by the law's rules and read as speech.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, literal, or_, select

from bench.figures import Figure, alone, compared, quantile
from bench.ground import postgres_database
from services.jobs import storage
from services.jobs.domain.compliance import PostingText, check, shipped_rules
from services.jobs.domain.dictation import parse
from services.jobs.domain.employer import register
from services.jobs.storage.postings import columns_of_terms
from services.jobs.storage.search import tokens_of
from services.jobs.storage.tables import posting_tokens, postings
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import EmployerKind, RegisterEmployer
from yizhan.contracts.jobs import PostingSearch, PostingTerms, Settlement, Wage, WageUnit
from yizhan.database import Database
from yizhan.migrations import migrate
from yizhan.network.pages import Subtree

NAME = "search"

POSTINGS = 100_000
ROUNDS = 5
#: Of the postings, on the screens; the rest is years of history.
PUBLISHED = 0.03
_LOADED_AT_ONCE = 1_000

_START = datetime(2026, 3, 1, tzinfo=UTC)
_STATIONS = (
    "522730",
    *(f"522730{town:02d}" for town in range(1, 7)),
    *(f"522730{town:02d}{point:02d}" for town in range(1, 7) for point in range(1, 4)),
)
_ALL = Subtree(None, _STATIONS)
_TRADES = (
    "搬运工",
    "小工",
    "泥瓦工",
    "保洁",
    "装卸工",
    "采茶工",
    "摘辣椒",
    "木工",
    "焊工",
    "电工",
    "厨师",
    "保安",
)
_PLACES = (
    "老农贸市场门口",
    "冠山街道水场工地",
    "龙山镇政府旁",
    "醒狮镇兴龙社区",
    "谷脚镇物流园",
    "湾滩河镇茶山",
)
_OWNERS, _BUSINESSES = (
    ("谷丰", "龙里", "兴盛", "宏达", "黔南", "刺梨"),
    ("物流", "建筑劳务", "农业合作社", "餐饮店"),
)
_NAMES = tuple(owner + business for owner in _OWNERS for business in _BUSINESSES)
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
        yield "SQLite", _loaded(f"sqlite:///{folder}/jobs.db")
    with postgres_database() as url:
        if url is not None:
            yield "PostgreSQL", _loaded(url)


def _loaded(url: str) -> Database:
    migrate("jobs", url)
    database = Database(url)
    chance = random.Random(7)
    with database.transaction() as tx:
        _register(tx, database)
    for first in range(0, POSTINGS, _LOADED_AT_ONCE):
        rows, tokens = [], []
        for number in range(first, first + _LOADED_AT_ONCE):
            row, said = _posting(number, chance)
            rows.append(row)
            tokens += [{"token": one, "station": row["station"], "id": row["id"]} for one in sorted(said)]
        with database.transaction() as tx:
            tx.execute(insert(postings), rows)
            tx.execute(insert(posting_tokens), tokens)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return database


def _register(tx: Connection, database: Database) -> None:
    for number, name in enumerate(_NAMES):
        request = RegisterEmployer(station=_STATIONS[0], kind=EmployerKind.INDIVIDUAL, name=name)
        storage.Employers(database).insert(tx, *register(request, id=_id(number), now=_START, by=SYSTEM))


def _id(number: int) -> str:
    return f"{number:08x}-0000-7000-8000-{number:012x}"


def _posting(number: int, chance: random.Random) -> tuple[dict[str, Any], frozenset[str]]:
    employer = chance.randrange(len(_NAMES))
    terms = PostingTerms(
        trade=chance.choice(_TRADES),
        wage=Wage(fen=chance.randrange(50, 500) * 100, unit=WageUnit.DAY),
        settlement=Settlement.DAILY,
        headcount=3,
        place=f"{chance.choice(_PLACES)}{chance.randrange(1, 1000)}号",
        starts_at=_START + timedelta(minutes=number),
        description=f"自带手套，在{chance.choice(_PLACES)}集合",
    )
    status = "published" if chance.random() < PUBLISHED else "expired"
    row = {
        "id": _id(number),
        "station": chance.choice(_STATIONS),
        "employer_id": _id(employer),
        "employer_name": _NAMES[employer],
        "status": status,
        "stage": status,
        "terms": terms.model_dump(mode="json"),
        "source": "phone",
        "taken": 0,
        "created_at": _START,
        "expires_at": terms.starts_at,
        "sequence": 4,
        "countable": True,
        **columns_of_terms(_id(employer), terms),
    }
    return row, tokens_of(terms.trade, terms.place, _NAMES[employer], prose=terms.description)


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
    wanted = PostingSearch(station=_STATIONS[0], text=text)
    return len(storage.search_postings(connection, _ALL, wanted, only_published=only_published)[0])


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
