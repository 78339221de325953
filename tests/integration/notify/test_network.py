"""services/notify hears of the network like every service does."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.notify.storage import tables
from tests.integration.notify.office import ADMIN, TOWN, TOWN_CLERK, Office

pytestmark = pytest.mark.integration


def test_stations_and_staff_are_kept_once_however_often_they_are_told(office: Office) -> None:
    """Whom a message about a station goes to is decided here, without asking services/stations."""
    news = office.news_of_account(TOWN_CLERK, station=TOWN)
    for _ in range(2):
        office.hear(news)
    with office.database.reading() as connection:
        stations = connection.execute(select(tables.network_tables.network.c.code)).scalars().all()
        staff = connection.execute(select(tables.network_tables.staff)).mappings().all()
    assert len(stations) == 4
    assert [(row["id"], row["station"]) for row in staff] == [(TOWN_CLERK.id, TOWN)]
    assert ADMIN.id not in {row["id"] for row in staff}
