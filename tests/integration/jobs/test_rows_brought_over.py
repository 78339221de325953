"""What was written before there was more to say of employers and postings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import MetaData, Table, select

from services.jobs import storage
from services.jobs.storage import Employers, Postings
from yizhan.contracts.employers import EmployerQuery, EmployerStatus, ReviewState
from yizhan.contracts.jobs import PostingSearch, PostingStage
from yizhan.database import Database
from yizhan.migrations import migrate, scripts
from yizhan.network.pages import Subtree

pytestmark = pytest.mark.integration

STATION = "52273001"
COMPANY = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d0"
FARMER = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d1"
POSTING = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d2"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HERE = Subtree(None, (STATION,))
TERMS = {
    "trade": "搬运工",
    "wage": {"fen": 15000, "unit": "day"},
    "settlement": "daily",
    "headcount": 3,
    "place": "老农贸市场门口",
    "starts_at": "2026-03-02T00:00:00Z",
    "description": "自带手套",
}


@pytest.fixture
def old(database_url: Callable[[str], str]) -> Iterator[Database]:
    """A database as the first version left it, with rows."""
    url = database_url("jobs")
    database = Database(url)
    with scripts("jobs", url) as configuration:
        command.upgrade(configuration, "0001")
    with database.transaction() as tx:
        for name, row in _rows():
            tx.execute(Table(name, MetaData(), autoload_with=tx).insert(), row)
    yield database
    database.close()


def _rows() -> list[tuple[str, dict[str, Any]]]:
    employer = {"station": STATION, "credit_code_checked": False, "registered_at": NOW, "sequence": 1}
    posting = {
        "id": POSTING,
        "station": STATION,
        "employer_id": FARMER,
        "employer_name": "杨大姐",
        "status": "published",
        "terms": TERMS,
        "source": "phone",
        "taken": 0,
        "created_at": NOW,
        "verified_at": NOW,
        "published_at": NOW,
        "expires_at": datetime(2026, 3, 3, tzinfo=UTC),
        "due_at": datetime(2026, 3, 3, tzinfo=UTC),
        "sequence": 1,
    }
    step = {"posting_id": POSTING, "sequence": 1, "step": "draft", "status": "draft", "by": "x", "at": NOW}
    company = {"kind": "company", "name": "谷丰物流", "credit_code": "91350100M000100Y44"}
    return [
        ("employers", {**employer, **company, "id": COMPANY}),
        ("employers", {**employer, "kind": "individual", "name": "杨大姐", "id": FARMER}),
        ("postings", posting),
        ("posting_steps", step),
    ]


def test_an_employer_of_the_version_before_is_found_waits_for_review_and_has_a_history(old: Database) -> None:
    """Nobody types the register in again; only a company whose code was not looked up waits."""
    migrate("jobs", old.url)
    register = Employers(old)
    with old.reading() as connection:
        query = EmployerQuery(station=STATION, text="gfwl", review=ReviewState.WAITING)
        (found,), _ = register.page(connection, HERE, query)
        (waiting,), _ = register.page(
            connection, HERE, EmployerQuery(station=STATION, review=ReviewState.WAITING)
        )
        (step,) = register.steps(connection, [COMPANY])
    assert (found.id, found.status, found.trades) == (COMPANY, EmployerStatus.ACTIVE, ())
    assert waiting == found
    assert (step.step, step.sequence, step.by) == ("register", 1, "system")


@pytest.mark.parametrize("text", ["byg", "banyun", "老农贸", "杨大姐", "手套"])
def test_a_posting_of_the_version_before_is_searched_by_what_it_says(old: Database, text: str) -> None:
    """By what is typed now, and by wage, trade and stage."""
    migrate("jobs", old.url)
    wanted = PostingSearch(station=STATION, text=text, trade="搬运工", stage=PostingStage.PUBLISHED)
    with old.reading() as connection:
        (found,), _ = storage.search_postings(connection, HERE, wanted, only_published=True)
        (step,) = Postings(old).steps(connection, POSTING)
    assert (found.id, found.terms.headcount, found.reconfirm_by, found.countable) == (POSTING, 3, None, True)
    assert (step.step, step.stage) == ("draft", None)


def test_the_scripts_are_taken_back_and_what_the_first_version_wrote_is_left(old: Database) -> None:
    """And brought over once more afterwards."""
    with old.reading() as connection:
        before = _read(connection)
    migrate("jobs", old.url)
    with scripts("jobs", old.url) as configuration:
        command.downgrade(configuration, "0001")
    with old.reading() as connection:
        assert _read(connection) == before
    migrate("jobs", old.url)
    with old.reading() as connection:
        query = EmployerQuery(station=STATION, text="杨大姐")
        (found,), _ = Employers(old).page(connection, HERE, query)
    assert found.id == FARMER


def _read(connection: Any) -> dict[str, list[str]]:
    names = ("employers", "postings", "posting_steps")
    found = {}
    for name in names:
        table = Table(name, MetaData(), autoload_with=connection)
        columns = sorted(column.name for column in table.c)
        rows = connection.execute(
            select(*(table.c[column] for column in columns)).order_by(table.c[columns[0]])
        )
        found[name] = [repr(tuple(zip(columns, row, strict=True))) for row in rows]
    return found
