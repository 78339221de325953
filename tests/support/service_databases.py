"""Databases of services for tests: one for each service and kind in a run, emptied for every test.

A new file or database for each test would cost more than most tests: its connections, and every statement
compiled anew, which SQLAlchemy keeps for as long as an engine lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, select

from services.jobs.storage import tables as of_jobs
from services.notify.storage import tables as of_notify
from services.seekers.storage import tables as of_seekers
from services.stations.storage import tables as of_stations
from tests.support.servers import databases
from yizhan.database import Database
from yizhan.migrations import migrate

METADATA: Mapping[str, MetaData] = {
    "jobs": of_jobs.metadata,
    "notify": of_notify.metadata,
    "seekers": of_seekers.metadata,
    "stations": of_stations.metadata,
}
#: Some tests ask from twenty threads at once.
_POOL_SIZE = 25

Rows = dict[Table, list[dict[str, Any]]]
#: `emptied("jobs", "sqlite")`: that database, as its migrations leave it.
Emptied = Callable[[str, str], Database]


class KeptDatabase:
    """A migrated database that a run keeps."""

    def __init__(self, url: str, metadata: MetaData) -> None:
        self._database = Database(url, pool_size=_POOL_SIZE)
        self._tables = metadata.sorted_tables
        # Some scripts leave a row or two.
        self._migrated = rows_of(self._database, self._tables)
        self._is_new = True

    def emptied(self) -> Database:
        """It, with the rows that its migrations leave and no others."""
        if not self._is_new:
            with self._database.transaction() as tx:
                for table in reversed(self._tables):
                    tx.execute(_emptying(table))
                for table, rows in self._migrated.items():
                    tx.execute(table.insert(), rows)
        self._is_new = False
        return self._database

    def close(self) -> None:
        """Its connections."""
        self._database.close()


@cache
def _emptying(table: Table) -> Any:
    return table.delete()


def rows_of(database: Database, tables: Sequence[Table]) -> Rows:
    """Every row that there is; tables without one are left out."""
    with database.reading() as connection:
        read = {table: connection.execute(select(table)).mappings().all() for table in tables}
    return {table: [dict(row) for row in rows] for table, rows in read.items() if rows}


@pytest.fixture(scope="session")
def emptied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emptied]:
    """The run's databases; ask for `service_database`."""
    kept: dict[tuple[str, str], KeptDatabase] = {}
    folder: Path = tmp_path_factory.mktemp("databases")

    @cache
    def made(service: str, kind: str) -> KeptDatabase:
        if kind == "postgresql":
            url = request.getfixturevalue("_new_databases")(service)
        else:
            url = f"sqlite:///{folder / service}.db"
        migrate(service, url)
        return kept.setdefault((service, kind), KeptDatabase(url, METADATA[service]))

    yield lambda service, kind: made(service, kind).emptied()
    for one in kept.values():
        one.close()


@pytest.fixture(scope="session")
def _new_databases(postgres_server: str) -> Iterator[Callable[[str], str]]:
    with databases(postgres_server) as make:
        yield make


@pytest.fixture
def service_database(emptied: Emptied, database_kind: str) -> Callable[[str], Database]:
    """`service_database("jobs")`: its database without a row; the test runs once on each kind."""
    return lambda service: emptied(service, database_kind)
