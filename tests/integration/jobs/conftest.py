"""Databases of services/jobs: SQLite always, PostgreSQL where a server answers."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from services.jobs.storage import tables
from tests.integration.jobs.office import Office
from tests.support.leftovers import database_name
from yizhan.clock import FrozenClock
from yizhan.database import Database
from yizhan.migrations import migrate


@contextmanager
def new_postgres_database(server_url: str) -> Iterator[str]:
    """The address of a new database without tables, dropped afterwards."""
    name = database_name("jobs", secrets.token_hex(6))
    server = make_url(server_url).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture(scope="session")
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """One for the session."""
    with new_postgres_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres_url(empty_postgres_url: str) -> str:
    """The same, migrated."""
    migrate("jobs", empty_postgres_url)
    return empty_postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Callable[[str], Path]
) -> Iterator[Database]:
    """A migrated, empty database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "jobs.db"
        shutil.copy(migrated_file("jobs"), path)
        database = Database(f"sqlite:///{path}", pool_size=25)
    else:
        database = Database(request.getfixturevalue("migrated_postgres_url"), pool_size=25)
        with database.transaction() as tx:
            for table in reversed(tables.metadata.sorted_tables):
                if table is not tables.network_turn:
                    tx.execute(table.delete())
    yield database
    database.close()


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
