"""The whole system with its console, and a browser to work at it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.api import Clerk
from tests.e2e.console.desk import VIEWPORT, Desk
from tests.support.system import ROOT, RunningSystem

CHROMIUM = os.environ.get("YIZHAN_TEST_CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    if not Path(CHROMIUM).exists():  # noqa: ASYNC240
        pytest.skip(f"no Chromium at {CHROMIUM}; set YIZHAN_TEST_CHROMIUM")
    if not (ROOT / "gateway/pages/console/index.html").exists():
        pytest.skip("the console is not built: ./run console")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(browser: Browser, running_system: RunningSystem) -> AsyncIterator[Desk]:
    """A desk at which nobody has signed in. Its pages may complain of nothing."""
    context = await browser.new_context(viewport=VIEWPORT, locale="zh-CN", timezone_id="Asia/Shanghai")
    desk = await Desk.at(running_system, context)
    yield desk
    await context.close()
    assert desk.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def desk(stranger: Desk) -> Desk:
    """The county's administrator, signed in and on the page 今日."""
    await stranger.sign_in("county_admin")
    return stranger


@pytest.fixture
def clerk(running_system: RunningSystem) -> Iterator[Clerk]:
    """Somebody who works by the API meanwhile."""
    with running_system.client() as client:
        yield Clerk(client)
