"""A vhost for the outlet's tests alone, and an empty registry on SQLite for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.servers import room_on_servers
from tests.support.service_databases import KeptDatabases
from yizhan.clock import FrozenClock
from yizhan.database import Database


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Queues of integrators are theirs: another part's tests must not meet them."""
    with room_on_servers(tmp_path_factory.mktemp("outlet")) as servers:
        yield servers.broker.url


@pytest.fixture
def notify_database(kept_databases: KeptDatabases) -> Database:
    return kept_databases.emptied("notify", "sqlite")


@pytest.fixture
def either_database(service_database: Callable[[str], Database]) -> Database:
    """The test runs once on each kind."""
    return service_database("notify")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock("2026-03-02T09:30+08:00")
