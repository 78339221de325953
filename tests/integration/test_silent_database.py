"""A PostgreSQL that goes silent without a word must stop nobody for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from tests.chaos.proxy import Proxy
from yizhan.database import Database

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def link(postgres_url: Callable[[str], str]) -> AsyncIterator[tuple[Proxy, str]]:
    """A link to an empty database, and its URL over that link."""
    url = make_url(postgres_url("silence"))
    proxy = Proxy("postgresql", url.port or 5432)
    await proxy.start()
    yield proxy, url.set(port=proxy.port, host="127.0.0.1").render_as_string(hide_password=False)
    await proxy.close()
    await asyncio.sleep(0.01)


def _add_one(database: Database) -> int:
    with database.transaction() as tx:
        return int(tx.execute(text("SELECT 1 + 1")).scalar_one())


async def test_a_silent_server_fails_the_statement_and_the_next_one_succeeds(link: tuple[Proxy, str]) -> None:
    """The pool forgets the connections over which nobody answers any more."""
    proxy, url = link
    database = Database(url, answer_seconds=2.0)
    assert await asyncio.to_thread(_add_one, database) == 2
    proxy.fall_silent()
    with pytest.raises(OperationalError):
        await asyncio.wait_for(asyncio.to_thread(_add_one, database), 30)
    proxy.heal()
    assert await asyncio.wait_for(asyncio.to_thread(_add_one, database), 30) == 2
    database.close()


async def test_a_slow_statement_is_waited_for_where_patience_is_asked_for(link: tuple[Proxy, str]) -> None:
    """Migrations take the time that they take."""
    _, url = link
    database = Database(url, answer_seconds=None)

    def sleep() -> None:
        with database.reading() as connection:
            connection.execute(text("SELECT pg_sleep(0.7)"))

    await asyncio.to_thread(sleep)
    database.close()


async def test_a_client_that_fell_silent_amid_a_transaction_keeps_its_locks_no_longer(
    link: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server hears of no goodbye; whoever repeats the command gets its row all the same."""
    proxy, url = link
    monkeypatch.setattr("yizhan.postgresql.IDLE_IN_TRANSACTION_SECONDS", 1.0)
    database = Database(url)

    def make() -> None:
        with database.transaction() as tx:
            tx.execute(text("CREATE TABLE taken (key text PRIMARY KEY)"))

    def take(*, falls_silent: bool) -> None:
        with database.transaction() as tx:
            tx.execute(text("INSERT INTO taken VALUES ('key')"))
            if falls_silent:
                proxy.fall_silent()
                raise ConnectionAbortedError("as its host is gone")

    await asyncio.to_thread(make)
    with pytest.raises((ConnectionAbortedError, OperationalError)):
        await asyncio.wait_for(asyncio.to_thread(take, falls_silent=True), 60)
    proxy.heal()
    await asyncio.wait_for(asyncio.to_thread(take, falls_silent=False), 60)
    database.close()
