"""A vhost and databases of the test's own, and the sample service as a real process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.integration.bus import sample
from tests.support.eventually import eventually
from tests.support.servers import room_on_servers
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
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A vhost for these tests alone: another part's queues would take what is to be unroutable here."""
    with room_on_servers(tmp_path_factory.mktemp("bus")) as servers:
        yield servers.broker.url


@pytest.fixture
def vhost(broker_url: str) -> str:
    """This run's vhost, for rabbitmqctl; skips where the broker is not this host's."""
    if shutil.which("rabbitmqctl") is None:
        pytest.skip("needs rabbitmqctl on the broker's host")
    return unquote(urlsplit(broker_url).path.removeprefix("/"))


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


@pytest.fixture
def database(database_url: Callable[[str], str]) -> Iterator[Database]:
    """An empty database with the sample's tables, on each of the two."""
    database = Database(database_url("sample"))
    sample.METADATA.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """The same on SQLite, for what only its one writer brings about."""
    database = Database(f"sqlite:///{tmp_path / 'sample.db'}")
    sample.METADATA.create_all(database.engine)
    yield database
    database.close()


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
