"""A service's own database: PostgreSQL or SQLite behind the same SQLAlchemy Core code.

The differences between the two live here and nowhere else: how a write transaction begins, how a row is
locked, how "insert unless it is there" is said, and how the relay hears of a commit.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Select,
    Table,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from yizhan import postgresql as postgresql_connection

#: What a relay listens for on PostgreSQL.
OUTBOX_CHANNEL = "yizhan_outbox"

_BUSY_TIMEOUT_MILLISECONDS = 50
_BUSY_DEADLINE_SECONDS = 10.0


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, in and out, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value!r}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseBusy(Exception):
    """SQLite stayed locked by another process for longer than the deadline; the command may be retried."""


class Database:
    """One service's database.

    url: `postgresql+psycopg://…` or `sqlite:///path`. pool_size: connections kept for reading and writing.
    answer_seconds: how long PostgreSQL may take over one statement before it counts as away; None: for ever.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        answer_seconds: float | None = postgresql_connection.ANSWER_SECONDS,
    ) -> None:
        self.url = url
        self._answer_seconds = answer_seconds
        self.dialect: str = make_url(url).get_backend_name()
        if self.dialect not in ("sqlite", "postgresql"):
            raise ValueError(f"{self.dialect} is not supported; use postgresql+psycopg or sqlite")
        self.engine = self._make_engine(pool_size)
        # One writer at a time per process: SQLite has one writer anyway, and a greenlet that waits here
        # lets the others run, where one that waits inside SQLite stops them all.
        self._writer = threading.Lock() if self.dialect == "sqlite" else None

    def _make_engine(self, pool_size: int) -> Engine:
        if self.dialect == "postgresql":
            engine = create_engine(self.url, pool_size=pool_size, max_overflow=5, pool_pre_ping=True)
            event.listen(engine, "do_connect", self._connect_to_postgresql)
            return engine
        engine = create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=5,
            connect_args={"check_same_thread": False, "timeout": _BUSY_TIMEOUT_MILLISECONDS / 1000},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    def _connect_to_postgresql(self, _dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Any:
        return postgresql_connection.connect(self._answer_seconds, *arguments, **parameters)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction: all of it is committed when the block ends, none of it when it raises.

        No RPC and no waiting inside. Raises DatabaseBusy when SQLite's lock could not be had in 10 s.
        """
        if self._writer is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer, self.engine.connect() as connection:
            self._begin_immediate(connection)
            try:
                yield connection
            except BaseException:
                # Whoever is interrupted in a statement has lost the connection, and with it the transaction.
                if not connection.invalidated:
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def _begin_immediate(self, connection: Connection) -> None:
        deadline = time.monotonic() + _BUSY_DEADLINE_SECONDS
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not _is_busy(error):
                    raise
                if time.monotonic() > deadline:
                    raise DatabaseBusy(f"{self.url} stayed locked") from error
            # Outside any transaction, so other greenlets may run meanwhile.
            time.sleep(random.uniform(0.002, 0.02))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries; whatever it changed would be rolled back."""
        with self.engine.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Raises what SQLAlchemy raises when the database cannot be reached."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def for_update(self, query: Select[Any]) -> Select[Any]:
        """Lock the rows that are read until the transaction ends; SQLite's one writer needs no lock."""
        return query.with_for_update() if self.dialect == "postgresql" else query

    def insert_ignore(self, tx: Connection, table: Table, row: Mapping[str, Any]) -> bool:
        """Insert unless a unique key is taken; True when the row was inserted.

        On PostgreSQL this waits for another transaction that is inserting the same key to end.
        """
        statement = _insert_ignore(self.dialect, table)
        # SQLAlchemy forgets the row count of an INSERT unless it is asked to keep it.
        result = tx.execute(statement, dict(row), execution_options={"preserve_rowcount": True})
        return result.rowcount == 1

    def insert_many_ignore(
        self, tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, key: str
    ) -> set[str]:
        """Insert each row unless a unique key is taken; the values of column `key` of those inserted."""
        if not rows:
            return set()
        statement = _insert_ignore(self.dialect, table).returning(table.c[key])
        return set(tx.execute(statement, [dict(row) for row in rows]).scalars())

    def upsert(self, tx: Connection, table: Table, row: Mapping[str, Any], *, key: Sequence[str]) -> None:
        """Insert, or replace the row's other columns where `key` is taken."""
        statement = _dialect_insert(self.dialect, table).values(**row)
        others = {name: statement.excluded[name] for name in row if name not in key}
        tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=others))

    def announce_outbox(self, tx: Connection) -> None:
        """Wake the relay when `tx` commits. SQLite's relay sees the commit in `PRAGMA data_version`."""
        if self.dialect == "postgresql":
            tx.exec_driver_sql(f"NOTIFY {OUTBOX_CHANNEL}")

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _dialect_insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def _insert_ignore(dialect: str, table: Table) -> Any:
    # Built once per table: building a statement costs more than running it.
    return _dialect_insert(dialect, table).on_conflict_do_nothing()


def insert_texts(tx: Connection, table: Table, rows: Sequence[tuple[str, ...]]) -> None:
    """Insert rows that are texts only, in the order of the table's columns.

    Past SQLAlchemy's compiler, which for hundreds of thousands of short rows takes longer than the
    database.
    """
    if not rows:
        return
    if tx.dialect.name == "postgresql":
        # Column by column in one statement: one each would be as many ways to the server and back.
        columns = tuple(map(list, zip(*rows, strict=True)))
        tx.exec_driver_sql(_insert_texts("postgresql", table), columns)
    else:
        tx.exec_driver_sql(_insert_texts("sqlite", table), list(rows))


@cache
def _insert_texts(dialect: str, table: Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    # Names of our own tables; every value is bound.
    if dialect == "postgresql":
        arrays = ", ".join(["%s::text[]"] * len(table.columns))
        return f'INSERT INTO "{table.name}" ({names}) SELECT * FROM unnest({arrays})'  # noqa: S608
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join(["?"] * len(table.columns))})'  # noqa: S608


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # We say BEGIN ourselves: sqlite3's own BEGIN is deferred, and upgrading a read lock can deadlock.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _is_busy(error: OperationalError) -> bool:
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)
