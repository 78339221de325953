"""A vhost and databases of the test's own, and the sample service as a real process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.integration.bus import sample
from tests.support.eventually import eventually
from yizhan.bus import topology
from yizhan.bus.connection import Broker
from yizhan.database import Database

#: The retry ladder of the tests: the same three rungs, in no time.
LADDER_SECONDS = (0.2, 0.2, 0.2)

ROOT = Path(__file__).parents[3]


def rabbitmqctl(*arguments: str) -> str:
    return subprocess.run(
        ["rabbitmqctl", "-q", *arguments], check=True, capture_output=True, text=True, timeout=60
    ).stdout


@pytest.fixture(scope="session")
def vhost() -> Iterator[str]:
    if shutil.which("rabbitmqctl") is None:
        pytest.skip("needs rabbitmqctl on the broker's host")
    name = f"test-bus-{uuid.uuid4().hex[:8]}"
    rabbitmqctl("add_vhost", name)
    rabbitmqctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    yield name
    rabbitmqctl("delete_vhost", name)


@pytest.fixture(scope="session")
def broker_url(vhost: str) -> str:
    return f"amqp://guest:guest@127.0.0.1:5672/{vhost}"


@pytest.fixture
async def broker(broker_url: str) -> AsyncIterator[Broker]:
    """A connected broker with the whole topology, its queues empty."""
    connection = Broker(broker_url, "test")
    await connection.start()
    await connection.connected.wait()
    for plan in topology.queue_plans((sample.FOLD,), LADDER_SECONDS):
        await connection.delete_queue(plan.name)
    faults = await topology.declare_with(connection, (sample.FOLD,), ladder_seconds=LADDER_SECONDS)
    assert faults == []
    yield connection
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the sample's tables, on each of the two."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/sample.db")
        sample.METADATA.create_all(database.engine)
        yield database
        database.close()
        return
    name = f"test_bus_{uuid.uuid4().hex[:8]}"
    admin = os.environ.get("YIZHAN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    base = admin.replace("postgresql://", "postgresql+psycopg://").rsplit("/", 1)[0]
    database = Database(f"{base}/{name}")
    sample.METADATA.create_all(database.engine)
    yield database
    database.close()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@dataclass
class SampleProcess:
    """The sample service, running."""

    process: subprocess.Popen[str]
    log: Path

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def logged(self, text: str) -> bool:
        return text in self.log.read_text(encoding="utf-8")


@pytest.fixture
def start_sample(
    database: Database, broker_url: str, tmp_path: Path, broker: Broker
) -> Iterator[Callable[[], SampleProcess]]:
    """Start the sample service; as often as wanted, each time another process."""
    started: list[SampleProcess] = []

    def start() -> SampleProcess:
        log = tmp_path / f"sample-{len(started)}.log"
        environment = {
            **os.environ,
            "YIZHAN_BROKER_URL": broker_url,
            "SAMPLE_DATABASE_URL": database.url,
            "SAMPLE_LADDER_SECONDS": ",".join(map(str, LADDER_SECONDS)),
        }
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.bus.sample"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        running = SampleProcess(process, log)
        started.append(running)
        eventually(
            lambda: (
                log.read_text(encoding="utf-8").count("line.consuming") >= 2 or process.poll() is not None
            ),
            within_seconds=30,
        )
        assert process.poll() is None, log.read_text(encoding="utf-8")
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
