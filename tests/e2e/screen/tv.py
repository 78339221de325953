"""A television as a test sees it: switched on and off, its box's clock set wrong, its picture measured."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.page_server import PageServer
from tests.e2e.screen.samples import CODE, STATION
from tests.support.eventually import eventually_async

LANDSCAPE = (1920, 1080)
PORTRAIT = (1080, 1920)


class Television:
    """One box with its memory (a browser context). errors: what scripts threw, which must stay empty."""

    def __init__(self, browser: Browser, board: FakeBoard, pages: PageServer) -> None:
        self._browser = browser
        self._board = board
        self._pages = pages
        self._context: BrowserContext | None = None
        self.page: Page
        self.errors: list[str] = []
        self.requests: list[str] = []

    async def switch_on(
        self,
        *,
        size: tuple[int, int] = LANDSCAPE,
        code: str | None = CODE,
        box_time: datetime | None = None,
        zone: str = "Asia/Shanghai",
    ) -> Page:
        """Open the station's page. box_time: what the box believes; it then runs only when a test moves it
        or by itself from there. The memory of earlier times is kept."""
        if self._context is None:
            self._context = await self._browser.new_context(
                viewport={"width": size[0], "height": size[1]}, timezone_id=zone, locale="zh-CN"
            )
        self.page = await self._context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        if box_time is not None:
            await self.page.clock.install(time=box_time)
        fragment = f"#code={code}" if code else ""
        await self.page.goto(f"{self._pages.url}/screen/{STATION}{fragment}")
        return self.page

    async def switch_off(self) -> None:
        """Pull the plug; the memory stays."""
        await self.page.close()

    async def throw_away(self) -> None:
        """The end of the box and its memory."""
        if self._context is not None:
            await self._context.close()

    # --- looking --------------------------------------------------------------------------------------

    async def rows(self) -> list[str]:
        """Ids of the rows on the page that is shown, from the top."""
        ids: list[str] = await self.page.eval_on_selector_all(
            ".row[data-row]", "rows => rows.map(row => row.getAttribute('data-row'))"
        )
        return ids

    async def text(self, selector: str) -> str:
        """What stands there, as it is seen."""
        return await self.page.inner_text(selector)

    async def attribute(self, name: str) -> str | None:
        """data-<name> of the screen."""
        return await self.page.get_attribute("#screen", f"data-{name}")

    async def is_live(self) -> bool:
        """Whether the page says that it is up to date, and is at the board's offset."""
        link, offset = await self.attribute("link"), await self.attribute("offset")
        return link == "live" and offset == str(self._board.offset)

    async def comes_live(self) -> None:
        """Wait until the page is up to date."""
        await eventually_async(self.is_live, within_seconds=15)

    async def shows(self, job_id: str) -> bool:
        """Whether the row is on the page that is shown."""
        return job_id in await self.rows()

    async def model(self, expression: str, *arguments: Any) -> Any:
        """Evaluate with `model` and `texts` (the page's own) and `given` (the arguments)."""
        return await self.page.evaluate(
            f"given => {{ const model = YizhanScreen.model; const texts = YIZHAN_TEXTS;"
            f" return {expression}; }}",
            list(arguments),
        )
