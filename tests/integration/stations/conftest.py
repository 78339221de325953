"""A county in a database of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.stations.office import Office, bootstrap
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.stations import StationKind, StationsRpc
from yizhan.database import Database


@pytest.fixture
def stations_database(service_database: Callable[[str], Database]) -> Database:
    return service_database("stations")


@pytest.fixture
def office(stations_database: Database) -> Office:
    """A county with two towns and a community station."""
    office = Office(stations_database)
    office.ask(StationsRpc.bootstrap, bootstrap(), SYSTEM)
    office.add("52273001", StationKind.TOWN_STATION, "522730")
    office.add("52273002", StationKind.TOWN_STATION, "522730")
    office.add("5227300103", StationKind.COMMUNITY_STATION, "52273001")
    return office
