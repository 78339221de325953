"""A browser, the page's server and a board that says what a test wants, all in one loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.chromium import chromium
from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.page_server import PageServer
from tests.e2e.screen.samples import MORNING, county
from tests.e2e.screen.tv import Television
from yizhan.clock import FrozenClock


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def board() -> AsyncIterator[FakeBoard]:
    """A board with sixty postings, on a Monday at 08:12."""
    clock = FrozenClock(MORNING)
    fake = FakeBoard(clock, county(60, clock.now()))
    await fake.start()
    yield fake
    await fake.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def pages(board: FakeBoard) -> AsyncIterator[PageServer]:
    """The page's files over HTTP."""
    server = PageServer(lambda: {"board": board.url})
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def tv(browser: Browser, board: FakeBoard, pages: PageServer) -> AsyncIterator[Television]:
    """A box with an empty memory, not switched on yet."""
    television = Television(browser, board, pages)
    yield television
    await television.throw_away()
    assert television.errors == []
