"""A vhost and databases of the test's own, and the sample service as a real process."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pika
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


def purge(broker_url: str) -> None:
    """Empty the queues of the sample's topology; who consumes them goes on."""
    with pika.BlockingConnection(pika.URLParameters(broker_url)) as connection:
        channel = connection.channel()
        for plan in topology.queue_plans((sample.FOLD,), LADDER_SECONDS):
            if plan.name != topology.HISTORY_STREAM:
                channel.queue_purge(plan.name)


@pytest.fixture
async def broker(broker_url: str) -> AsyncIterator[Broker]:
    """A connected broker with the whole topology, its queues empty."""
    # Tests wait for processes to start, and this loop with them.
    connection = Broker(broker_url, "test", heartbeat_seconds=60)
    await connection.start()
    await connection.connected.wait()
    # What a stream holds can be deleted with it alone.
    await connection.delete_queue(topology.HISTORY_STREAM)
    if await topology.declare_with(connection, (sample.FOLD,), ladder_seconds=LADDER_SECONDS):
        # A test has made one of them otherwise.
        for plan in topology.queue_plans((sample.FOLD,), LADDER_SECONDS):
            await connection.delete_queue(plan.name)
        faults = await topology.declare_with(connection, (sample.FOLD,), ladder_seconds=LADDER_SECONDS)
        assert faults == []
    purge(broker_url)
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


def launched(broker_url: str, database_url: str, log: Path) -> SampleProcess:
    """The sample service in a process, once it consumes. Raises AssertionError with what it said."""
    environment = {
        **os.environ,
        "YIZHAN_BROKER_URL": broker_url,
        "SAMPLE_DATABASE_URL": database_url,
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
    eventually(
        lambda: log.read_text(encoding="utf-8").count("line.consuming") >= 2 or process.poll() is not None,
        within_seconds=30,
    )
    assert process.poll() is None, log.read_text(encoding="utf-8")
    return SampleProcess(process, log)


class Samples:
    """Processes of the sample service on one database. Most tests are content with one that runs already."""

    def __init__(self, broker_url: str, database_url: str, folder: Path) -> None:
        self._broker_url, self._database_url, self._folder = broker_url, database_url, folder
        self._numbers = itertools.count()
        self._started: list[SampleProcess] = []

    def one(self) -> SampleProcess:
        """One that runs, and no other."""
        running = [each for each in self._started if each.process.poll() is None]
        if len(running) != 1:
            return self.fresh()
        return running[0]

    def fresh(self) -> SampleProcess:
        """One that has just started, and no other."""
        self.end()
        return self.another()

    def another(self) -> SampleProcess:
        """One more beside those that run."""
        log = self._folder / f"sample-{next(self._numbers)}.log"
        self._started.append(launched(self._broker_url, self._database_url, log))
        return self._started[-1]

    def end(self) -> None:
        """Kill all that run."""
        for each in self._started:
            if each.process.poll() is None:
                each.process.kill()
                each.process.wait()
        self._started.clear()


@pytest.fixture
def samples(broker: Broker, broker_url: str, database: Database, tmp_path: Path) -> Iterator[Samples]:
    """Processes of the sample service on this test's database."""
    made = Samples(broker_url, database.url, tmp_path)
    yield made
    made.end()
