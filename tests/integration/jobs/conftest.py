"""services/jobs on a database of each kind, in a county that it has heard of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.jobs.office import Office
from yizhan.clock import FrozenClock
from yizhan.database import Database


@pytest.fixture
def database(service_database: Callable[[str], Database]) -> Database:
    """A migrated, empty database of each kind."""
    return service_database("jobs")


@pytest.fixture
def clock() -> FrozenClock:
    """Early on a working day in the county."""
    return FrozenClock("2026-03-02T05:30+08:00")


@pytest.fixture
def office(database: Database, clock: FrozenClock) -> Office:
    """The service in a county that it has heard of."""
    office = Office(database, clock)
    office.found_county()
    return office
