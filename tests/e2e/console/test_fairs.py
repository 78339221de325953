"""A fair at the console, from its plan to the month's figure, without a mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Route, expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import SHOWN_MS, Desk
from tests.e2e.console.today import needs_today
from yizhan.clock import COUNTY_ZONE

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

HOST = "5227300101"
NAMES = ("赶集建材", "稻香农庄", "云岭物流", "南门餐饮", "石桥劳务")
WALK_IN = "北坡茶园"


async def _type_moment(desk: Desk, label: str, moment: datetime) -> None:
    await desk.page.get_by_label(label).focus()
    await desk.type(moment.strftime("%m%d%Y%I%M%p"))


async def _pick(desk: Desk, name: str) -> None:
    """In a field of many choices."""
    await desk.type(name)
    await desk.page.locator(".el-select-dropdown__item:visible", has_text=name).wait_for()
    await desk.press("Enter")


async def _open_employer(desk: Desk, name: str) -> None:
    """Its dialog, by the search box: name, and Enter twice."""
    await desk.press("/")
    await desk.press("Control+a")
    await desk.type(name)
    await desk.row(name).wait_for()
    await expect(desk.page.locator("tbody tr[data-row]")).to_have_count(1)
    await desk.press("Enter")
    await desk.page.locator("tr[data-row]:focus").wait_for()
    await desk.press("Enter")
    await desk.page.get_by_role("dialog", name=name).wait_for()


@asynccontextmanager
async def _nothing_read_again(desk: Desk) -> AsyncIterator[None]:
    """The history that a page reads after a command is held back meanwhile; keys work all the same."""
    held, release = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        held.set()
        await release.wait()
        await route.continue_()

    await desk.page.route("**/history", hold)
    try:
        yield
        await asyncio.wait_for(held.wait(), SHOWN_MS / 1000)
    finally:
        release.set()


async def test_a_fair_from_plan_to_close(desk: Desk, clerk: Clerk) -> None:
    """Planned, warned of, announced, invited, confirmed with booths, checked in, counted, closed."""
    for name in (*NAMES, WALK_IN):
        clerk.post("/employers", {"station": HOST, "kind": "individual", "name": name})
    now = datetime.now(COUNTY_ZONE)
    needs_today(minutes=4)
    month = f"{now:%Y-%m}"
    counted = clerk.client.get(f"/fair-months/{month}", params={"station": "522730"}).json()["counted"]

    await desk.press("g", "f")
    await desk.shows_page("招聘会")
    await desk.press("c")
    await desk.page.get_by_role("dialog", name="计划一场").wait_for()
    await desk.type("键盘专场招聘会")
    await desk.tab_to("主办站点")
    await _pick(desk, "兴龙社区")
    await desk.tab_to("地点")
    await desk.type("兴龙社区广场")
    await _type_moment(desk, "开场", now + timedelta(minutes=3))
    await _type_moment(desk, "散场", now + timedelta(hours=2))
    await desk.picture("fair-planning")
    await desk.press("Control+Enter")
    await desk.shows_page("键盘专场招聘会")
    await expect(desk.page.locator("[data-short]")).to_contain_text("还差 5 家")

    await desk.press("i")
    dialog = desk.page.get_by_role("dialog", name="邀请用工方")
    await dialog.wait_for()
    for place, name in enumerate(NAMES):
        await _pick(desk, name)
        await expect(dialog.locator(".invite-list li")).to_have_count(place + 1)
    await desk.picture("fair-inviting")
    await desk.confirm()
    await desk.is_told("已邀请 5 家")
    await expect(desk.page.locator("[data-attendance=invited]")).to_contain_text("5")
    await desk.press("p")
    await desk.is_told("已预告")
    assert await desk.status().text_content() == "已预告"
    for place, name in enumerate(NAMES):
        await _open_employer(desk, name)
        await desk.confirm("Enter")
        await expect(desk.page.locator("[data-attendance=confirmed]")).to_contain_text(str(place + 1))
    await desk.page.locator("[data-short]").wait_for(state="hidden")
    await desk.picture("fair-confirmed")

    await desk.press("h")
    await desk.is_told("已开场")
    for place, name in enumerate(NAMES):
        await _open_employer(desk, name)
        await desk.confirm("Enter")
        await expect(desk.page.locator("[data-attendance=came]")).to_contain_text(str(place + 1))
    await desk.press("w")
    await desk.page.get_by_role("dialog", name="没有邀请").wait_for()
    await _pick(desk, WALK_IN)
    await desk.confirm()
    await expect(desk.page.locator("[data-attendance=came]")).to_contain_text("6")
    await _open_employer(desk, NAMES[0])
    await desk.type("4")
    await desk.picture("fair-employer")
    await desk.confirm()
    await desk.row(NAMES[0]).locator("td", has_text="4").wait_for()
    await desk.press("r")
    await desk.page.get_by_role("dialog", name="登记到场人次").wait_for()
    await desk.type("130")
    async with _nothing_read_again(desk):
        await desk.confirm()
        await desk.page.get_by_text("130 人次").wait_for()
        await desk.press("z")
        await desk.page.get_by_role("dialog", name="结束这场招聘会").wait_for()
    await desk.confirm("Enter")
    await desk.is_told("已结束")
    await expect(desk.page.locator("[data-counts]")).to_contain_text("算当月一场")
    await desk.picture("fair-closed")
    await desk.press("u")
    await expect(desk.page.locator("[data-counted]")).to_have_text(str(counted + 1))
    await desk.row("键盘专场招聘会").wait_for()
    await desk.picture("fairs")
