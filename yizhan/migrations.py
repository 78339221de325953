"""Bring a service's database to the newest schema: hand-written scripts in services/<service>/migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from yizhan.database import Database

#: How long another process may hold SQLite's lock.
_SQLITE_WAIT_MILLISECONDS = 60_000


class ReferencesBroken(Exception):
    """A script left rows that refer to what is gone; nothing of it was kept."""


def migrate(service: str, url: str) -> None:
    """Apply every script that the database has not had. On PostgreSQL several hosts may run it at once."""
    path = make_url(url).database
    if url.startswith("sqlite") and path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with scripts(service, url) as configuration:
        command.upgrade(configuration, "head")


@contextmanager
def scripts(service: str, url: str) -> Iterator[Config]:
    """What alembic's commands take, for a database that nobody else migrates meanwhile.

    On PostgreSQL each script is kept when it has run; on SQLite all of them when the block ends, and none
    when it raises. Raises ReferencesBroken.
    """
    # A script may take its time, and waits for the lock of another host's.
    database = Database(url, answer_seconds=None)
    try:
        with database.engine.connect() as connection:
            _wait_for_other_migrators(connection)
            configuration = _configuration(service)
            configuration.attributes["connection"] = connection
            yield configuration
            _require_references(connection)
            connection.commit()
    finally:
        database.close()


def pending(service: str, url: str) -> list[str]:
    """Revisions that the database still lacks, oldest first; empty when it is up to date."""
    script = ScriptDirectory.from_config(_configuration(service))
    database = Database(url)
    try:
        with database.reading() as connection:
            options = {"version_table": f"alembic_version_{service}"}
            current = MigrationContext.configure(connection, opts=options).get_current_revision()
    finally:
        database.close()
    revisions = [revision.revision for revision in script.walk_revisions("base", "heads")]
    revisions.reverse()
    return revisions[revisions.index(current) + 1 :] if current else revisions


def _configuration(service: str) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(files("yizhan") / "migration_environment"))
    configuration.set_main_option(
        "version_locations", str(files("services") / service / "migrations" / "versions")
    )
    configuration.set_main_option("path_separator", "newline")
    configuration.attributes["service"] = service
    return configuration


def _wait_for_other_migrators(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('yizhan.migrate'))")
        # A session-level lock outlives this transaction and goes with the connection.
        connection.commit()
        return
    # SQLite changes a column by making the table anew, and between the old one and the new one what refers to
    # its rows refers to nothing.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql(f"PRAGMA busy_timeout={_SQLITE_WAIT_MILLISECONDS}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _require_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            tables = sorted({str(row[0]) for row in broken})
            raise ReferencesBroken(f"rows of {', '.join(tables)} refer to rows that are not there")
