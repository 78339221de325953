"""Years of a county's postings and employers in a database, as the service writes them, for benches of lists
and searches."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from services.jobs import storage
from services.jobs.domain.employer import register
from services.jobs.storage.employers import new_employer
from services.jobs.storage.postings import columns_of_terms
from services.jobs.storage.search import TokenIndex, tokens_of
from services.jobs.storage.tables import posting_tokens, postings
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import EmployerKind, RegisterEmployer
from yizhan.contracts.jobs import PostingTerms, Settlement, Wage, WageUnit
from yizhan.database import Database, insert_texts
from yizhan.migrations import migrate
from yizhan.network.pages import Subtree

#: Of the postings, on the screens; the rest is years of history.
PUBLISHED = 0.03
_LOADED_AT_ONCE = 1_000
#: Their eleven million tokens go in by the hundred thousand and in the index's order, or the whole index is
#: gone through for every posting.
_POSTED_AT_ONCE = 5_000

_START = datetime(2026, 3, 1, tzinfo=UTC)
STATIONS = (
    "522730",
    *(f"522730{town:02d}" for town in range(1, 7)),
    *(f"522730{town:02d}{point:02d}" for town in range(1, 7) for point in range(1, 4)),
)
WHOLE_COUNTY = Subtree(None, STATIONS)
TRADES = (
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
_TOWN_CODES = tuple(code for code in STATIONS if code.startswith("52273001"))
#: A town with what lies below it.
TOWN = Subtree(_TOWN_CODES, _TOWN_CODES)


def loaded(url: str, *, posted: int, registered: int) -> Database:
    """A migrated database with so many postings and employers, and its statistics as a county's own has them:
    on PostgreSQL autovacuum does this by itself within a minute of such a load."""
    migrate("jobs", url)
    database = Database(url)
    chance = random.Random(7)
    for first in range(0, max(registered, len(_NAMES)), _LOADED_AT_ONCE):
        numbers = range(first, min(first + _LOADED_AT_ONCE, max(registered, len(_NAMES))))
        with database.transaction() as tx:
            new = [new_employer(*_employer(number, chance)) for number in numbers]
            storage.Employers(database).insert_many(tx, new)
    for first in range(0, posted, _POSTED_AT_ONCE):
        rows, tokens = [], []
        for number in range(first, min(first + _POSTED_AT_ONCE, posted)):
            row, said = _posting(number, chance)
            rows.append(row)
            tokens += TokenIndex.rows_of(row["id"], row["station"], said)
        with database.transaction() as tx:
            tx.execute(insert(postings), rows)
            insert_texts(tx, posting_tokens, sorted(tokens))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if database.dialect == "postgresql" else "ANALYZE")
    return database


def identifier(number: int) -> str:
    """Ids that sort as they were made."""
    return f"{number:08x}-0000-7000-8000-{number:012x}"


def _employer(number: int, chance: random.Random) -> Any:
    """The first few have the names that postings say; the others are people of the county."""
    name = (
        _NAMES[number]
        if number < len(_NAMES)
        else f"{chance.choice(_FAMILIES)}家{_OWNERS[number % 6]}{number}户"
    )
    station = STATIONS[0] if number < len(_NAMES) else chance.choice(STATIONS)
    request = RegisterEmployer(station=station, kind=EmployerKind.INDIVIDUAL, name=name)
    return register(request, id=identifier(number), now=_START, by=SYSTEM)


_FAMILIES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def _posting(number: int, chance: random.Random) -> tuple[dict[str, Any], frozenset[str]]:
    employer = chance.randrange(len(_NAMES))
    terms = PostingTerms(
        trade=chance.choice(TRADES),
        wage=Wage(fen=chance.randrange(50, 500) * 100, unit=WageUnit.DAY),
        settlement=Settlement.DAILY,
        headcount=3,
        place=f"{chance.choice(_PLACES)}{chance.randrange(1, 1000)}号",
        starts_at=_START + timedelta(minutes=number),
        description=f"自带手套，在{chance.choice(_PLACES)}集合",
    )
    status = "published" if chance.random() < PUBLISHED else "expired"
    row = {
        "id": identifier(number),
        "station": chance.choice(STATIONS),
        "employer_id": identifier(employer),
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
        **columns_of_terms(identifier(employer), terms),
    }
    return row, tokens_of(terms.trade, terms.place, _NAMES[employer], prose=terms.description)
