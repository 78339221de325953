"""Databases of services for tests: one for each service and kind in a run, emptied for every test.

A new file or database for each test would cost more than most tests: its connections, and every statement
compiled anew, which SQLAlchemy keeps for as long as an engine lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
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
_KEPT_CONNECTIONS = 2

Rows = dict[Table, list[dict[str, Any]]]


class KeptDatabase:
    """A migrated database that a run keeps."""

    def __init__(self, url: str, metadata: MetaData) -> None:
        # Twenty that wait for one row wait for one another, and a busy machine for all of them.
        self._database = Database(url, pool_size=_POOL_SIZE, answer_seconds=60.0)
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
        """Its connections. What it has compiled is kept for the next ones."""
        self._database.close()

    def leave_few_connections(self) -> None:
        """A test that asked from twenty threads leaves as many, and PostgreSQL has a hundred for all."""
        if self._database.engine.pool.checkedin() > _KEPT_CONNECTIONS:  # type: ignore[attr-defined]
            self.close()


@cache
def _emptying(table: Table) -> Any:
    return table.delete()


def rows_of(database: Database, tables: Sequence[Table]) -> Rows:
    """Every row that there is; tables without one are left out."""
    with database.reading() as connection:
        read = {table: connection.execute(select(table)).mappings().all() for table in tables}
    return {table: [dict(row) for row in rows] for table, rows in read.items() if rows}


class KeptDatabases:
    """Those of a run, made when they are first asked for."""

    def __init__(self, new_url: Callable[[str, str], str]) -> None:
        self._new_url = new_url
        self._made: dict[tuple[str, str], KeptDatabase] = {}

    def emptied(self, service: str, kind: str) -> Database:
        """`emptied("jobs", "sqlite")`: that database, as its migrations leave it."""
        if (service, kind) not in self._made:
            url = self._new_url(service, kind)
            migrate(service, url)
            self._made[service, kind] = KeptDatabase(url, METADATA[service])
        return self._made[service, kind].emptied()

    def leave_few_connections(self) -> None:
        """What a test of many threads has opened."""
        for one in self._made.values():
            one.leave_few_connections()

    def close(self) -> None:
        """Every connection."""
        for one in self._made.values():
            one.close()


@pytest.fixture(scope="session")
def kept_databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeptDatabases]:
    """Ask for `service_database` where the test runs on both kinds."""
    folder = tmp_path_factory.mktemp("databases")

    def new_url(service: str, kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{folder / service}.db"
        made: str = request.getfixturevalue("_new_databases")(service)
        return made

    kept = KeptDatabases(new_url)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def _new_databases(postgres_server: str) -> Iterator[Callable[[str], str]]:
    with databases(postgres_server) as make:
        yield make


@pytest.fixture
def service_database(
    kept_databases: KeptDatabases, database_kind: str
) -> Iterator[Callable[[str], Database]]:
    """`service_database("jobs")`: its database without a row; the test runs once on each kind."""
    yield lambda service: kept_databases.emptied(service, database_kind)
    kept_databases.leave_few_connections()
