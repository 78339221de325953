"""The reading side of one service's outbox: who may relay it, what is unsent, and when to look again."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Protocol

import psycopg
import structlog
from asyncinotify import Inotify, Mask
from sqlalchemy import Connection, MetaData, delete, func, select, update
from sqlalchemy.engine import make_url

from yizhan.bus.outbox import outbox_table
from yizhan.database import OUTBOX_CHANNEL, Database
from yizhan.postgresql import CONNECT_SECONDS, KEEPALIVE

log = structlog.get_logger(__name__)

#: PostgreSQL's advisory locks are per database, so one number serves every service.
_ADVISORY_LOCK = 0x59495A48414E

#: A commit is seen some time after its last write to the log: the disk's answer and the index lie between,
#: and nothing else will tell. One looks again after this, and then ever more seldom: no later than half the
#: time that the disk took.
_COMMITTING_PAUSE_SECONDS = 0.001
_COMMITTING_GROWTH = 1.5
#: For a disk that is slower than that, and a file system that tells of no writes.
_UNTOLD_PAUSE_SECONDS = 0.1
#: Where the kernel tells of nothing at all.
_DEAF_PAUSE_SECONDS = 0.01

_SQLITE_BUSY_MILLISECONDS = 10_000

#: PostgreSQL ends the session of a relay that it has not heard for so long, and its right to relay with it.
#: A relay measures its outbox more often than this.
LEASE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class UnsentEvent:
    """One row that waits. subject: the aggregate, within which order is kept."""

    id: int
    event_id: str
    subject: str
    routing_key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events wait, and since when the oldest does; None when none waits."""

    events: int
    oldest: datetime | None


class OutboxReader:
    """One outbox over one connection, which holds the right to relay it: lose the one, lose the other.

    Calls come one at a time. Every method raises what SQLAlchemy or psycopg raise when the database is away;
    then `close` it and open another.
    """

    def __init__(self, url: str) -> None:
        self._table = outbox_table(MetaData())
        self._database = Database(url, pool_size=1)
        self._connection: Connection | None = None
        self._wake: _CommitWatch | None = None
        self._lock_file: IO[str] | None = None

    async def try_to_lead(self) -> bool:
        """Take the right to relay; False while another relay has it."""
        leads = await asyncio.to_thread(self._try_to_lead)
        if leads and self._wake is None:
            self._wake = self._watch()
            await self._wake.start()
        return leads

    async def unsent(self, after_id: int, limit: int) -> list[UnsentEvent]:
        """The oldest unsent rows after an id, in the order of their writing."""
        return await asyncio.to_thread(self._unsent, after_id, limit)

    async def mark_sent(self, ids: Iterable[int], now: datetime) -> None:
        """Never to be sent again."""
        statement = update(self._table).where(self._table.c.id.in_(list(ids))).values(sent_at=now)
        await asyncio.to_thread(self._execute, statement)

    async def backlog(self) -> Backlog:
        """Count what waits."""
        query = select(func.count(), func.min(self._table.c.recorded_at)).where(
            self._table.c.sent_at.is_(None)
        )
        count, oldest = await asyncio.to_thread(lambda: self._execute(query).one())
        return Backlog(count, oldest)

    async def purge(self, sent_before: datetime, limit: int) -> int:
        """Delete at most `limit` rows that were sent before a moment; how many it were."""
        old = select(self._table.c.id).where(self._table.c.sent_at < sent_before).limit(limit)
        statement = delete(self._table).where(self._table.c.id.in_(old))
        return int((await asyncio.to_thread(self._execute, statement)).rowcount)

    def notice(self) -> None:
        """From now on a commit counts as news; call before reading."""
        assert self._wake is not None
        self._wake.notice()

    async def news(self, within_seconds: float) -> None:
        """Return when somebody has committed since `notice`, or the time is over."""
        assert self._wake is not None
        await self._wake.news(within_seconds)

    async def close(self) -> None:
        """Give up the right to relay."""
        if self._wake is not None:
            await self._wake.stop()
            self._wake = None
        await asyncio.to_thread(self._close)

    def _try_to_lead(self) -> bool:
        if self._database.dialect == "sqlite":
            return self._lock_beside_file() and self._open() is not None
        connection = self._open()
        return bool(connection.execute(select(func.pg_try_advisory_lock(_ADVISORY_LOCK))).scalar_one())

    def _lock_beside_file(self) -> bool:
        if self._lock_file is None:
            path = make_url(self._database.url).database
            self._lock_file = open(f"{path}.relay.lock", "w", encoding="ascii")  # noqa: SIM115
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _open(self) -> Connection:
        if self._connection is None:
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if self._database.dialect == "sqlite":
                connection.exec_driver_sql(f"PRAGMA busy_timeout={_SQLITE_BUSY_MILLISECONDS}")
                # A mark that a power cut takes back is an event sent twice, which consumers expect anyway;
                # in return the relay's commits do not make the service's wait for the disk.
                connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
            else:
                # Otherwise a relay that vanished without a word would keep the right to relay for hours.
                connection.exec_driver_sql(f"SET idle_session_timeout = '{LEASE_SECONDS}s'")
            self._connection = connection
        return self._connection

    def _execute(self, statement: Any) -> Any:
        return self._open().execute(statement)

    def _unsent(self, after_id: int, limit: int) -> list[UnsentEvent]:
        columns = self._table.c
        query = (
            select(columns.id, columns.event_id, columns.subject, columns.routing_key, columns.body)
            .where(columns.sent_at.is_(None), columns.id > after_id)
            .order_by(columns.id)
            .limit(limit)
        )
        return [
            UnsentEvent(row.id, row.event_id, row.subject, row.routing_key, row.body.encode())
            for row in self._execute(query)
        ]

    def _watch(self) -> _CommitWatch:
        if self._database.dialect == "postgresql":
            return _NotifyWatch(self._database.url)
        path = make_url(self._database.url).database
        assert path is not None
        return _LogFileWatch(self._open(), path)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None
        self._database.close()


class _CommitWatch(Protocol):
    """Tells of commits by others."""

    async def start(self) -> None: ...

    def notice(self) -> None: ...

    async def news(self, within_seconds: float) -> None: ...

    async def stop(self) -> None: ...


class _NotifyWatch(_CommitWatch):
    """PostgreSQL: LISTEN on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._committed = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS, **KEEPALIVE
        )
        await connection.execute(f"LISTEN {OUTBOX_CHANNEL}")
        self._listener = asyncio.create_task(self._listen(connection))

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async with connection:
            async for _ in connection.notifies():
                self._committed.set()

    def notice(self) -> None:
        self._committed.clear()

    async def news(self, within_seconds: float) -> None:
        assert self._listener is not None
        waiting = asyncio.create_task(self._committed.wait())
        await asyncio.wait(
            {waiting, self._listener}, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()
        if self._listener.done():
            self._listener.result()
            raise ConnectionError("the listening connection ended")

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.wait({self._listener})


class _LogFileWatch(_CommitWatch):
    """SQLite: the kernel tells of writes to the write-ahead log (inotify), and `PRAGMA data_version` has
    changed once one of them was the commit of another connection."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._raw: Any = connection.connection.dbapi_connection
        self._log_path = f"{path}-wal"
        self._inotify: Inotify | None = None
        self._written = asyncio.Event()
        self._seen = -1

    async def start(self) -> None:
        self._seen = -1
        # The log is there from the first read on, and stays while this connection does.
        self._raw.execute("SELECT 1 FROM sqlite_master").fetchone()
        try:
            inotify = Inotify()
            inotify.add_watch(self._log_path, Mask.MODIFY)
        except OSError as error:
            # As where other programs use up what a user may have of them.
            log.warning("outbox.no_inotify", path=self._log_path, error=str(error))
            return
        self._inotify = inotify
        asyncio.get_running_loop().add_reader(inotify.fd, self._hear, inotify.fd)

    def _hear(self, descriptor: int) -> None:
        os.read(descriptor, 65_536)
        self._written.set()

    def notice(self) -> None:
        self._written.clear()
        self._seen = self._version()

    async def news(self, within_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_seconds
        longest = _UNTOLD_PAUSE_SECONDS if self._inotify is not None else _DEAF_PAUSE_SECONDS
        pause = longest
        while self._version() == self._seen:
            now = loop.time()
            if now >= deadline:
                return
            if self._written.is_set():
                # A large commit writes thousands of times, and is looked at no more than once a millisecond.
                self._written.clear()
                pause = _COMMITTING_PAUSE_SECONDS
                await asyncio.sleep(pause)
            else:
                pause = min(longest, pause * _COMMITTING_GROWTH)
                await self._told(min(deadline - now, pause))

    async def _told(self, within_seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._written.wait()

    async def stop(self) -> None:
        if self._inotify is not None:
            asyncio.get_running_loop().remove_reader(self._inotify.fd)
            self._inotify.close()
            self._inotify = None

    def _version(self) -> int:
        version: int = self._raw.execute("PRAGMA data_version").fetchone()[0]
        return version


async def count_waiting(url: str) -> Backlog:
    """The backlog of a service's outbox, for whoever only wants to look."""
    reader = OutboxReader(url)
    try:
        return await reader.backlog()
    finally:
        await reader.close()
