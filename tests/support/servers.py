"""Real servers for tests, found or started by the same code as `yizhan up` finds its own.

Nothing here touches what others keep on a server: a vhost, a Redis prefix and databases of this run alone,
all removed at its end. Where a server cannot be had, the tests that need it are skipped with the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg import sql

from tests.support.eventually import eventually
from tests.support.leftovers import (
    database_name,
    drop_databases_of_the_dead,
    note_vhost,
    remove_vhost,
)
from yizhan.cli import private_servers
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import is_listening
from yizhan.cli.servers import Servers, ServersMissing, find_servers, wait_until_up
from yizhan.cli.supervisor import Program, Supervisor
from yizhan.database import Database

_START_SECONDS = 60.0
#: Who may make databases on a PostgreSQL that listens on the standard port and trusts loopback.
_POSTGRES_USERS = ("postgres", "root")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """RabbitMQ and Redis with room for this run alone."""
    with room_on_servers(tmp_path_factory.mktemp("servers")) as found:
        yield found


@contextmanager
def room_on_servers(folder: Path) -> Iterator[Servers]:
    """A vhost and a Redis prefix of their own, as a copy with that data directory has them."""
    data = DataDirectory(folder)
    note_vhost(data.vhost)
    try:
        found = find_servers(data, say=lambda _: None)
    except ServersMissing as missing:
        pytest.skip(str(missing))
    with running(found.programs, data.path):
        if faults := wait_until_up(found, within_seconds=_START_SECONDS):
            pytest.fail(f"servers did not come up: {faults}")
        yield found
        forget_keys(found.redis.url, found.redis_prefix)
        if found.broker.url.endswith(f"/{data.vhost}") and not found.broker.programs:
            remove_vhost(data.vhost)
    if found.compose is not None:
        found.compose.down()


@pytest.fixture(scope="session")
def broker_url(servers: Servers) -> str:
    """AMQP URL of a vhost that lives as long as this run."""
    return servers.broker.url


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """Redis, which may be shared: keep to `redis_prefix`."""
    return servers.redis.url


@pytest.fixture
def redis_prefix(servers: Servers) -> Iterator[str]:
    """What this test's keys begin with; they are removed after it."""
    prefix = f"{servers.redis_prefix}{secrets.token_hex(4)}:"
    yield prefix
    forget_keys(servers.redis.url, prefix)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL on which databases may be made."""
    if given := os.environ.get("YIZHAN_TEST_POSTGRES"):
        yield given
        return
    if (url := _standard_postgres()) is not None:
        drop_databases_of_the_dead(url)
        yield url
        return
    # An unprivileged user has to reach it, which pytest's own folders do not allow.
    folder = Path("/tmp") / f"yizhan-postgres-{secrets.token_hex(4)}"
    server = private_servers.postgresql(folder)
    if server is None:
        pytest.skip("no PostgreSQL: set YIZHAN_TEST_POSTGRES, or sudo apt-get install postgresql")
    with running(server.programs, tmp_path_factory.mktemp("postgres-logs")):
        eventually(lambda: psycopg.connect(server.url).close() or True, within_seconds=_START_SECONDS)
        yield server.url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[Callable[[str], str]]:
    """`postgres_url("stations")`: SQLAlchemy URL of an empty database, dropped after the test."""
    with databases(postgres_server) as make:
        yield make


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The test runs once on each."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Callable[[str], str]:
    """`database_url("stations")`: an empty database's URL; the test runs once on each kind."""
    if database_kind == "postgresql":
        make: Callable[[str], str] = request.getfixturevalue("postgres_url")
        return make
    return lambda service: f"sqlite:///{tmp_path / service}.db"


@pytest.fixture
def database(database_url: Callable[[str], str]) -> Iterator[Database]:
    """An empty database; the test runs once on each kind."""
    opened = Database(database_url("scratch"))
    yield opened
    opened.close()


@contextmanager
def databases(server: str) -> Iterator[Callable[[str], str]]:
    """Makes a service's databases on a PostgreSQL, and drops them at the end."""
    made: list[str] = []

    def make(service: str) -> str:
        name = database_name(service, secrets.token_hex(6))
        _administer(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(name)
        return _with_database(server, name)

    yield make
    for name in made:
        _administer(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running(programs: Sequence[Program], folder: Path) -> Iterator[None]:
    """Keep programs running under a supervisor on a thread of its own for as long as the block lasts."""
    if not programs:
        yield
        return
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server supervisor", daemon=True)
    thread.start()
    supervisor = Supervisor(log_folder=folder / "logs", show=lambda _, __: None)

    def ask(work: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, loop)
        future.result(timeout=_START_SECONDS)

    try:
        for program in programs:
            ask(supervisor.start(program))
        yield
    finally:
        ask(supervisor.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _standard_postgres() -> str | None:
    if not is_listening(5432):
        return None
    for user in _POSTGRES_USERS:
        url = f"postgresql://{user}@127.0.0.1:5432/postgres"
        try:
            with psycopg.connect(url, connect_timeout=3) as connection:
                allowed = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.OperationalError:
            continue
        if allowed and allowed[0]:
            return url
    return None


def _administer(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _with_database(url: str, name: str) -> str:
    return url.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://", 1) + f"/{name}"


def forget_keys(url: str, prefix: str) -> None:
    """Remove what begins so. Raises redis.ConnectionError."""
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        for key in client.scan_iter(match=f"{prefix}*", count=1000):
            client.delete(key)
