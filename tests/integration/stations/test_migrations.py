"""A county that was set up before stations had stages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic import command
from sqlalchemy import text

from services.stations import storage
from yizhan.contracts.stations import StationStage
from yizhan.database import Database
from yizhan.migrations import _configuration, migrate

pytestmark = pytest.mark.integration

OLD = text(
    "INSERT INTO stations (code, kind, parent, path, status, facts, sequence) VALUES (:code, 'town_station', "
    '\'522730\', :path, :status, \'{"name_plate": "某镇零工驿站", "short_name": "某镇"}\', 3)'
)


def test_older_stations_go_on_as_they_were(database_url: Callable[[str], str]) -> None:
    """The open ones stay open without being asked for anything, the closed ones closed; back again, too."""
    url = database_url("stations")
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            configuration = _configuration("stations")
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "0001")
            for code, status in (("52273001", "open"), ("52273002", "suspended")):
                connection.execute(OLD, {"code": code, "status": status, "path": f"522730/{code}/"})
            connection.commit()
        migrate("stations", url)
        with database.reading() as connection:
            found = storage.Stations(database).all(connection)
        assert {one.code: one.stage for one in found} == {
            "52273001": StationStage.OPEN,
            "52273002": StationStage.SUSPENDED,
        }
        with database.engine.connect() as connection:
            configuration.attributes["connection"] = connection
            command.downgrade(configuration, "0001")
            connection.commit()
            statuses = connection.execute(text("SELECT status FROM stations ORDER BY code")).scalars().all()
        assert statuses == ["open", "suspended"]
    finally:
        database.close()
