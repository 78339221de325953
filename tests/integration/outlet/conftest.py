"""A vhost for the outlet's tests alone, and an empty registry on SQLite for each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.servers import room_on_servers
from yizhan.clock import FrozenClock
from yizhan.database import Database


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Queues of integrators are theirs: another part's tests must not meet them."""
    with room_on_servers(tmp_path_factory.mktemp("outlet")) as servers:
        yield servers.broker.url


@pytest.fixture
def notify_database(tmp_path: Path, migrated_file: Callable[[str], Path]) -> Iterator[Database]:
    path = tmp_path / "notify.db"
    shutil.copy(migrated_file("notify"), path)
    database = Database(f"sqlite:///{path}")
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
