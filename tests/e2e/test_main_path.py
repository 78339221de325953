"""Published through the API, drawn on the right screens: the whole system and real browser pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.e2e.api import Clerk, soon
from tests.e2e.chromium import chromium
from tests.support.eventually import eventually_async
from tests.support.system import RunningSystem

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

COMMUNITY, TOWN, COUNTY, OTHER_TOWN = "5227300101", "52273001", "522730", "52273002"

#: Soon enough to be on the first page of any screen.
FIRST_MINUTES = 20
#: An hour before its start a posting with hands to spare goes to the neighbours, too.
OWN_MINUTES = 64


@pytest.fixture
def clerk(running_system: RunningSystem) -> Iterator[Clerk]:
    with running_system.client() as client:
        yield Clerk(client)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def box(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A TV box with a memory of its own."""
    context = await browser.new_context(
        viewport={"width": 1920, "height": 1080}, timezone_id="Asia/Shanghai", locale="zh-CN"
    )
    yield context
    await context.close()


def device(clerk: Clerk, station: str) -> tuple[str, str]:
    """The id of a new screen device, and its code."""
    issued = clerk.post(f"/stations/{station}/devices", {"label": "测试屏"})
    return issued["device"]["id"], issued["code"]


async def switch_on(box: BrowserContext, system: RunningSystem, station: str, code: str) -> Page:
    page = await box.new_page()
    await page.goto(f"{system.gateway_url}/screen/{station}#code={code}")
    await page.wait_for_selector('#screen[data-link="live"]', timeout=20_000)
    return page


async def drawn(page: Page, id: str) -> bool:
    return await page.locator(f'.row[data-row="{id}"]').count() > 0


async def test_a_posting_is_drawn_on_the_right_screens_and_on_no_other(
    running_system: RunningSystem, clerk: Clerk, box: BrowserContext
) -> None:
    """Its own station's, its town's and the county's; withdrawn, it goes from all of them."""
    stations = (COMMUNITY, TOWN, COUNTY, OTHER_TOWN)
    pages = {
        station: await switch_on(box, running_system, station, device(clerk, station)[1])
        for station in stations
    }
    id = clerk.publish(COMMUNITY, starts_at=soon(OWN_MINUTES))
    for station in (COMMUNITY, TOWN, COUNTY):
        page = pages[station]
        await eventually_async(lambda page=page: drawn(page, id), within_seconds=20)  # type: ignore[misc]
    # The other town's page has heard of everything up to now, and has no such row on any of its pages.
    marker = clerk.publish(OTHER_TOWN, starts_at=soon(OWN_MINUTES))
    await eventually_async(lambda: drawn(pages[OTHER_TOWN], marker), within_seconds=20)
    assert not clerk.shows(OTHER_TOWN, id)
    assert not await drawn(pages[OTHER_TOWN], id)
    clerk.withdraw(id)
    clerk.withdraw(marker)
    for station in (COMMUNITY, TOWN, COUNTY):
        page = pages[station]

        async def gone(page: Page = page) -> bool:
            return not await drawn(page, id)

        await eventually_async(gone, within_seconds=20)


async def test_a_screen_comes_right_by_itself_after_its_board_was_killed(
    running_system: RunningSystem, clerk: Clerk, box: BrowserContext
) -> None:
    """It keeps showing what it had, and has what happened meanwhile as soon as the board is back."""
    page = await switch_on(box, running_system, COMMUNITY, device(clerk, COMMUNITY)[1])
    before = clerk.publish(COMMUNITY, starts_at=soon(FIRST_MINUTES))
    await eventually_async(lambda: drawn(page, before), within_seconds=20)
    running_system.hold("board")
    try:
        await page.wait_for_selector('#screen:not([data-link="live"])', timeout=40_000)
        assert await drawn(page, before)
        meanwhile = clerk.publish(COMMUNITY, starts_at=soon(FIRST_MINUTES))
    finally:
        running_system.release("board")
    await eventually_async(lambda: drawn(page, meanwhile), within_seconds=60)
    await page.wait_for_selector('#screen[data-link="live"]', timeout=20_000)
    for id in (before, meanwhile):
        clerk.withdraw(id)
    running_system.wait_until_well()


async def test_a_box_that_starts_without_a_network_shows_the_last_state(
    running_system: RunningSystem, clerk: Clerk, box: BrowserContext
) -> None:
    """With a badge that says so, and never a browser's error page."""
    code = device(clerk, COMMUNITY)[1]
    page = await switch_on(box, running_system, COMMUNITY, code)
    id = clerk.publish(COMMUNITY, starts_at=soon(FIRST_MINUTES))
    await eventually_async(lambda: drawn(page, id), within_seconds=20)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.close()
    await box.set_offline(True)
    again = await box.new_page()
    await again.goto(f"{running_system.gateway_url}/screen/{COMMUNITY}")
    await eventually_async(lambda: drawn(again, id), within_seconds=20)
    assert await again.get_attribute("#screen", "data-link") != "live"
    await box.set_offline(False)
    clerk.withdraw(id)


async def test_a_screen_whose_code_is_revoked_stops_showing_data(
    running_system: RunningSystem, clerk: Clerk, box: BrowserContext
) -> None:
    """While it is connected, and for good: its memory goes too."""
    device_id, code = device(clerk, COMMUNITY)
    page = await switch_on(box, running_system, COMMUNITY, code)
    assert await page.locator(".row[data-row]").count() > 0
    clerk.client.delete(f"/devices/{device_id}").raise_for_status()
    await eventually_async(lambda: _is_stopped(page), within_seconds=15)
    await page.reload()
    assert await page.locator(".row[data-row]").count() == 0


async def _is_stopped(page: Page) -> bool:
    return "停用" in await page.inner_text("body") and await page.locator(".row[data-row]").count() == 0
