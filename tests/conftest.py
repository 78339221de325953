"""Fixtures that every test may ask for, and which tests stay together when several workers run them."""

from __future__ import annotations

import pytest

from tests.support.bare_system import bare_system
from tests.support.logs import real_logs
from tests.support.servers import (
    broker_url,
    database,
    database_url,
    migrated_url,
    postgres_server,
    postgres_url,
    redis_prefix,
    redis_url,
    servers,
)
from tests.support.system import running_system

__all__ = [
    "bare_system",
    "broker_url",
    "database",
    "database_url",
    "migrated_url",
    "postgres_server",
    "postgres_url",
    "real_logs",
    "redis_prefix",
    "redis_url",
    "running_system",
    "servers",
]

#: Systems that are shared by a run. Each takes long to start, so one worker has all the tests of each.
_SHARED = ("bare_system", "running_system")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Side by side, the tests of a shared system stay with one worker and begin first: they take longest.

    Of all others, those of a file stay together.
    """
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_company(item)))
    items.sort(key=lambda item: _company(item) not in _SHARED)


def _company(item: pytest.Item) -> str:
    wanted = getattr(item, "fixturenames", ())
    return next((system for system in _SHARED if system in wanted), item.nodeid.partition("::")[0])
