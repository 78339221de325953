"""services/notify on a database of each kind, in a county that it has heard of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.notify.office import Office
from yizhan.clock import FrozenClock
from yizhan.database import Database


@pytest.fixture
def notify_database(service_database: Callable[[str], Database]) -> Database:
    return service_database("notify")


@pytest.fixture
def clock() -> FrozenClock:
    """The middle of a working morning in the county."""
    return FrozenClock("2026-03-02T09:30+08:00")


@pytest.fixture
def office(notify_database: Database, clock: FrozenClock) -> Office:
    """The service in a county that it has heard of."""
    office = Office(notify_database, clock)
    office.found_county()
    return office
