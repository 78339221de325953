"""Redis dies and comes back empty, as a machine that is switched off does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.board.harness import PATIENCE_SECONDS, TOWN, County, can_connect, free_port
from tests.support.eventually import eventually, eventually_async

pytestmark = pytest.mark.integration


class PrivateRedis:
    """A Redis of this test alone, that may be killed."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [
            program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        eventually(lambda: can_connect(self.port), within_seconds=PATIENCE_SECONDS)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on PATH")
    server = PrivateRedis(program, tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def county(broker_url: str, private_redis: PrivateRedis) -> AsyncIterator[County]:
    county = County(broker_url, private_redis.url, "test:")
    await county.start()
    yield county
    await county.stop()


async def test_a_redis_that_was_killed_comes_back_and_all_comes_right(
    county: County, private_redis: PrivateRedis
) -> None:
    """Screens stay connected and keep what they show; what was published meanwhile is there afterwards."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await county.publish_posting(1, TOWN)
    await screen.until_shows(1)
    private_redis.kill()
    await county.publish_posting(2, TOWN)
    await eventually_async(lambda: board.rebuilder.missing, within_seconds=PATIENCE_SECONDS)
    latecomer = await county.screen(TOWN, board.server.port)
    await latecomer.until_shows(1)
    private_redis.start()
    await screen.until_shows(2)
    await latecomer.until_shows(2)
    await county.publish_posting(3, TOWN)
    await screen.until_shows(3)
    assert screen.closed_with is None
    assert not screen.page.out_of_step
