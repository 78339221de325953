"""Debian's Chromium, headless, for every test that looks at a page."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

#: Of Debian's two builds of the same browser the one without a window's frame comes first: the other draws
#: tabs and tool bars for nobody, which takes more than twice the processor.
_BUILDS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser; skips where there is none. YIZHAN_TEST_CHROMIUM names another."""
    given = os.environ.get("YIZHAN_TEST_CHROMIUM")
    path = next((path for path in ([given] if given else _BUILDS) if Path(path).exists()), None)  # noqa: ASYNC240
    if path is None:
        pytest.skip("no Chromium; set YIZHAN_TEST_CHROMIUM, or sudo apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        await browser.close()
