"""A vhost for the outlet's tests alone, and an empty registry on SQLite for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.servers import room_on_servers
from yizhan.clock import FrozenClock
from yizhan.database import Database
from yizhan.migrations import migrate


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Queues of integrators are theirs: another part's tests must not meet them."""
    with room_on_servers(tmp_path_factory.mktemp("outlet")) as servers:
        yield servers.broker.url


@pytest.fixture
def notify_database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'notify.db'}"
    migrate("notify", url)
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def either_database(migrated_url: Callable[[str], str]) -> Iterator[Database]:
    """The test runs once on each kind."""
    database = Database(migrated_url("notify"))
    yield database
    database.close()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock("2026-03-02T09:30+08:00")
