"""The whole system with its console, and a browser to work at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState, expect

from tests.e2e.api import Clerk
from tests.e2e.chromium import chromium
from tests.e2e.console.desk import SHOWN_MS, VIEWPORT, Desk
from tests.support.system import ROOT, RunningSystem

expect.set_options(timeout=SHOWN_MS)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    if not (ROOT / "gateway/pages/console/index.html").exists():
        pytest.skip("the console is not built: ./run console")
    async with chromium() as launched:
        yield launched


@asynccontextmanager
async def _desk_at(
    browser: Browser, system: RunningSystem, remembered: StorageState | None = None
) -> AsyncIterator[Desk]:
    """remembered: what the browser has kept of an earlier day. Its pages may complain of nothing."""
    context = await browser.new_context(
        viewport=VIEWPORT, locale="zh-CN", timezone_id="Asia/Shanghai", storage_state=remembered
    )
    desk = await Desk.at(system, context)
    yield desk
    await context.close()
    assert desk.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(browser: Browser, running_system: RunningSystem) -> AsyncIterator[Desk]:
    """A desk at which nobody has signed in."""
    async with _desk_at(browser, running_system) as desk:
        yield desk


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def administrators_session(browser: Browser, running_system: RunningSystem) -> StorageState:
    """What a browser keeps once the county's administrator has signed in."""
    async with _desk_at(browser, running_system) as desk:
        await desk.sign_in("county_admin")
        return await desk.context.storage_state()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(
    browser: Browser, running_system: RunningSystem, administrators_session: StorageState
) -> AsyncIterator[Desk]:
    """The county's administrator, signed in and on the page 今日."""
    async with _desk_at(browser, running_system, administrators_session) as desk:
        await desk.open()
        await desk.is_signed_in()
        yield desk


@pytest.fixture
def clerk(running_system: RunningSystem) -> Iterator[Clerk]:
    """Somebody who works by the API meanwhile."""
    with running_system.client() as client:
        yield Clerk(client)
