"""What the benches stand on: RabbitMQ, Redis and PostgreSQL with room for one run, and the system itself."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.children import Child, ProgramFailed, python
from tests.support.servers import forget_keys, running
from tests.support.system import RunningSystem, demo_system
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import PortPlan, free_plan
from yizhan.cli.servers import drop_vhost, find_servers, wait_until_up

_START_SECONDS = 60.0
_POSTGRES_USERS = ("postgres", "root")


@dataclass(frozen=True)
class Ground:
    """Addresses of one run, and a folder for its files and logs. Everything is removed at the end."""

    broker_url: str
    redis_url: str
    redis_prefix: str
    folder: Path

    def environment(self, plan: PortPlan, name: str, **more: str) -> dict[str, str]:
        """What a process of ours is told."""
        return {
            "YIZHAN_BROKER_URL": self.broker_url,
            "YIZHAN_REDIS_URL": self.redis_url,
            "YIZHAN_REDIS_PREFIX": self.redis_prefix,
            "YIZHAN_DATA_DIR": str(self.folder),
            "YIZHAN_GATEWAY_PORT": str(plan.gateway),
            "YIZHAN_BOARD_PORT": str(plan.of("board")),
            "YIZHAN_PROCESS_NAME": name,
            **more,
        }

    def start(self, name: str, *arguments: str, plan: PortPlan | None = None, **more: str) -> Child:
        """Start a process of ours, as in `yizhan board`."""
        return Child(
            python("-m", "yizhan", *arguments),
            environment=self.environment(plan or free_plan(), name, **more),
            log=self.folder / f"{name}.log",
        )


@contextmanager
def ground() -> Iterator[Ground]:
    """Find the servers, or start private ones, and take room on them."""
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        data = DataDirectory(Path(name))
        servers = find_servers(data, say=print)
        with running(servers.programs, data.path):
            if faults := wait_until_up(servers, within_seconds=_START_SECONDS):
                raise ProgramFailed(f"servers did not come up: {faults}")
            try:
                yield Ground(servers.broker.url, servers.redis.url, servers.redis_prefix, data.path)
            finally:
                forget_keys(servers.redis.url, servers.redis_prefix)
                if servers.broker.url.endswith(f"/{data.vhost}") and not servers.broker.programs:
                    drop_vhost(data.vhost)
        if servers.compose is not None:
            servers.compose.down()


@contextmanager
def whole_system() -> Iterator[RunningSystem]:
    """The system with the demo county, as `./run up` starts it, in a folder and on ports of its own."""
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder, demo_system(Path(folder)) as system:
        system.wait_until_well()
        yield system


@contextmanager
def postgres_database() -> Iterator[str | None]:
    """SQLAlchemy URL of an empty PostgreSQL database; None where there is no server to make one on."""
    administration = _administration_url()
    if administration is None:
        yield None
        return
    name = f"yizhan_bench_{secrets.token_hex(6)}"
    _administer(administration, f'CREATE DATABASE "{name}"')
    try:
        yield administration.rsplit("/", 1)[0].replace("postgresql:", "postgresql+psycopg:", 1) + f"/{name}"
    finally:
        _administer(administration, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administration_url() -> str | None:
    given = os.environ.get("YIZHAN_TEST_POSTGRES")
    candidates = [f"postgresql://{user}@127.0.0.1:5432/postgres" for user in _POSTGRES_USERS]
    for url in [given] if given else candidates:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        return url
    return None


def _administer(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
