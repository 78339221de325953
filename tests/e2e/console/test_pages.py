"""Every page of the console opens, fits its window, and breaks no rule of the page's policy."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Request, expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PAGES = {
    "today": ("/", "今日"),
    "postings": ("/postings", "招工信息"),
    "posting-new": ("/postings/new", "登记招工信息"),
    "employers": ("/employers", "用工方"),
    "employer-new": ("/employers/new", "登记用工方"),
    "employer-duplicates": ("/employers/duplicates", "疑似重复的用工方"),
    "imports": ("/employers/imports", "Excel 导入用工方"),
    "seekers": ("/seekers", "求职登记台账"),
    "seeker-new": ("/seekers/new", "登记求职者"),
    "check-in": ("/check-in", "候工签到"),
    "day": ("/day", "阳光派工"),
    "posting-imports": ("/postings/imports", "Excel 导入招工信息"),
    "posting-dictate": ("/postings/dictate", "口述成单"),
    "fairs": ("/fairs", "招聘会"),
    "rules": ("/rules", "规则"),
    "screens": ("/screens", "屏幕"),
    "notices": ("/notices", "通知和标语"),
    "network": ("/network", "站点网络"),
    "network-due": ("/network/due", "到期的检查和整改"),
    "staff": ("/staff", "工作人员"),
    "not-found": ("/nowhere", "没有这个页面"),
}
MAX_FIRST_LOAD_BYTES = 400 * 1024


@pytest.mark.parametrize("name", sorted(PAGES))
async def test_every_page_opens_and_fits(desk: Desk, name: str) -> None:
    """At 1440×900 without a bar at the bottom; a complaint of the browser fails the fixture."""
    path, title = PAGES[name]
    await desk.open(path)
    await desk.shows_page(title)
    await desk.page.wait_for_load_state("networkidle")
    await desk.picture(name)
    assert await desk.page.evaluate("document.documentElement.scrollWidth") <= 1440


async def test_the_first_load_is_small(stranger: Desk) -> None:
    """From the sign-in to the first page, as it travels."""
    requests: list[Request] = []
    stranger.page.on("requestfinished", lambda request: requests.append(request))
    await stranger.sign_in()
    await stranger.shows_page("今日")
    await stranger.page.wait_for_load_state("networkidle")
    sizes = [(await one.sizes())["responseBodySize"] for one in requests if "/console" in one.url]
    assert 20_000 < sum(sizes) < MAX_FIRST_LOAD_BYTES


async def test_a_long_list_stays_quick(desk: Desk) -> None:
    """One page of rows is drawn, and then the next."""
    await desk.open("/postings")
    await desk.row("已发布").wait_for()
    rows = desk.page.locator("tbody tr[data-row]")
    assert await rows.count() == 50
    await desk.press("ArrowRight")
    await desk.page.get_by_text("第 2 页").wait_for()
    assert await rows.count() <= 50


async def test_the_menu_and_the_help_need_no_mouse(desk: Desk) -> None:
    """g and a letter go to a page; ? lists what can be pressed there; Esc closes it."""
    await desk.press("g", "e")
    await desk.shows_page("用工方")
    await desk.press("?")
    help_list = desk.page.get_by_role("dialog", name="快捷键")
    await help_list.get_by_text("到搜索框").wait_for()
    await help_list.get_by_text("去“屏幕”").wait_for()
    await desk.picture("shortcuts")
    await desk.press("Escape")
    await help_list.wait_for(state="hidden")
    await desk.press("/")
    await desk.type("悦达")
    await desk.row("悦达家政").wait_for()
    await expect(desk.page.locator("tbody tr[data-row]")).to_have_count(1)


async def test_what_waits_is_counted_and_leads_to_its_list(desk: Desk, clerk: Clerk) -> None:
    """A submitted posting is counted on 今日 and is in the list behind the counter."""
    counter = desk.page.locator('[data-waiting="verify"] .counter-number')
    await expect(counter).to_have_text(re.compile(r"^\d+$"))
    before = int(await counter.inner_text())
    draft = clerk.draft("5227300101", trade="候检工")
    clerk.post(f"/postings/{draft['id']}/submit", {})
    await desk.page.get_by_role("button", name="刷新").click()
    await expect(counter).to_have_text(str(before + 1))
    await desk.picture("today-busy")
    await desk.press("1")
    await desk.row("候检工").wait_for()
    assert "status=submitted" in desk.page.url
    clerk.post(f"/postings/{draft['id']}/reject", {"reason": "试验完毕"})


async def test_a_station_finds_its_place_in_the_tree(desk: Desk) -> None:
    """By the initials of its pinyin."""
    await desk.open("/network")
    await desk.page.get_by_label("找站点").fill("xlsq")
    await desk.page.get_by_role("button", name="兴龙社区").click()
    await desk.page.get_by_text("龙里县冠山街道兴龙社区零工驿站").first.wait_for()
    await expect(desk.page.locator(".master li button")).to_have_count(1)
