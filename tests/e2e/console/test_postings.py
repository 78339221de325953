"""Postings at the console: a clerk's whole day without a mouse, and many rows at once."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from playwright.async_api import expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.support.eventually import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATION = "5227300101"
_COUNTY_TIME = timezone(timedelta(hours=8))


async def _type_moment(desk: Desk, moment: datetime) -> None:
    """Into a focused date field, whose parts an English browser has in this order."""
    await desk.type(moment.strftime("%m%d%Y%I%M%p"))


async def test_a_posting_goes_from_sign_in_to_the_screens_by_keys_alone(stranger: Desk, clerk: Clerk) -> None:
    """Sign in, draft, submit, verify, publish, and find it by its initials: no pointer is touched."""
    desk = stranger
    login = desk.system.logins["station_staff"]
    await desk.open("/postings/new")
    await desk.tab_to("账号")
    await desk.type(login["name"])
    await desk.press("Tab")
    await desk.type(login["password"])
    await desk.press("Enter")
    await desk.shows_page("登记招工信息")

    await desk.tab_to("用工方")
    await desk.type("悦达")
    await desk.page.locator(".el-select-dropdown__item:visible", has_text="悦达").wait_for()
    await desk.press("Enter", "Tab")
    await desk.tab_to("到站登记")
    await desk.press("ArrowRight", "ArrowRight")
    await desk.tab_to("工种")
    await desk.type("搬运工")
    await desk.press("Tab", "Control+a")
    await desk.type("4")
    await desk.tab_to("工资")
    await desk.type("180.50")
    await desk.tab_to("地点")
    await desk.type("键盘巷口集合")
    await desk.press("Tab")
    await _type_moment(desk, datetime.now(_COUNTY_TIME) + timedelta(hours=3))
    await desk.picture("posting-filled")
    await desk.press("Control+Enter")

    await desk.page.locator("main h1", has_text="搬运工").wait_for()
    assert await desk.status().text_content() == "待核实"
    await desk.press("v")
    await desk.page.get_by_role("dialog", name="核实这条招工信息").wait_for()
    await desk.tab_to("核实情况")
    await desk.type("打给用工方李经理，确有此事。")
    await desk.picture("posting-verify")
    await desk.press("Control+Enter")
    await desk.is_told("已核实")
    await desk.press("p")
    await desk.is_told("已发布")
    await desk.page.locator(".timeline", has_text="确有此事").wait_for()
    await desk.page.locator(".timeline", has_text="何丽").wait_for()
    await desk.picture("posting-detail")

    id = desk.page.url.rsplit("/", 1)[1]
    posting = clerk.client.get(f"/postings/{id}").json()
    assert posting["terms"]["wage"] == {"fen": 18050, "max_fen": None, "unit": "day", "piece_name": None}
    assert (posting["terms"]["headcount"], posting["source"]) == (4, "phone")
    eventually(lambda: clerk.shows(STATION, id), within_seconds=10)

    await desk.press("g", "p")
    await desk.shows_page("招工信息")
    await desk.press("/")
    await desk.type("byg")
    await desk.press("Enter")
    await desk.row("装卸工").wait_for(state="hidden")
    await desk.row("键盘巷口").wait_for()
    await desk.picture("posting-found")
    clerk.withdraw(id)


async def test_a_refused_field_is_told_at_the_field(desk: Desk) -> None:
    """In Chinese, and the cursor is there."""
    await desk.open("/postings/new")
    await desk.shows_page("登记招工信息")
    await desk.page.get_by_role("combobox", name="用工方").click()
    await desk.page.locator(".el-select-dropdown__item:visible").first.click()
    await desk.page.get_by_label("工种").fill("小工")
    await desk.page.get_by_label("地点").fill("联系 13800138000")
    await desk.page.get_by_role("textbox", name="工资", exact=True).fill("180")
    await desk.page.get_by_role("button", name="存为草稿").click()
    await desk.page.locator(".form-fault", has_text="不能有电话").wait_for()
    await desk.picture("posting-refused")


async def test_reasons_are_asked_for_and_kept(desk: Desk, clerk: Clerk) -> None:
    """A rejection without a reason is not sent; with one it is in the history."""
    id = clerk.draft(STATION, trade="缘由工")["id"]
    clerk.post(f"/postings/{id}/submit", {})
    await desk.open(f"/postings/{id}")
    await desk.page.locator("main h1", has_text="缘由工").wait_for()
    await desk.press("x")
    dialog = desk.page.get_by_role("dialog", name="退回这条招工信息")
    await dialog.get_by_role("button", name="退回").click()
    await dialog.get_by_text("必须写原因").wait_for()
    await desk.picture("posting-reason")
    await dialog.get_by_role("button", name="电话打不通").click()
    await dialog.get_by_role("button", name="退回", exact=True).click()
    await desk.page.locator(".timeline", has_text="电话打不通").wait_for()
    assert await desk.status().text_content() == "被退回"


async def test_many_are_published_and_withdrawn_at_once(desk: Desk, clerk: Clerk) -> None:
    """Chosen by keys; a question before, and one reason for all."""
    employer = clerk.employer(STATION)
    ids = []
    for number in range(3):
        id = str(clerk.draft(STATION, employer, trade=f"成批工{number}")["id"])
        clerk.post(f"/postings/{id}/submit", {})
        clerk.post(f"/postings/{id}/verify", {"method": "site_visit"})
        ids.append(id)
    await desk.open("/postings?status=verified")
    await desk.row("成批工0").wait_for()
    rows = desk.page.locator("tbody tr[data-row]")
    # Through an empty list, so that the three are what was found: in a list that comes anew none is chosen.
    await desk.page.get_by_label("搜索").fill("没有这样的工")
    await expect(rows).to_have_count(0)
    await desk.page.get_by_label("搜索").fill("成批")
    await expect(rows).to_have_count(3)
    await desk.page.get_by_label("选中本页全部").click()
    await desk.picture("postings-bulk")
    await desk.page.get_by_role("button", name="发布 3 条").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="发布 3 条").click()
    await desk.is_told("3 条已办成")
    assert all(clerk.client.get(f"/postings/{id}").json()["status"] == "published" for id in ids)

    # From another page, so that the list comes anew once, for what is searched: then none is chosen any more.
    await desk.open("/")
    await desk.shows_page("今日")
    await desk.open("/postings?status=published")
    await desk.row("已发布").wait_for()
    await desk.page.get_by_label("搜索").fill("cpg")
    await expect(rows).to_have_count(3)
    await desk.page.get_by_label("选中本页全部").click()
    await desk.page.get_by_role("button", name="撤下 3 条").click()
    dialog = desk.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="人已招满").click()
    await dialog.get_by_role("button", name="撤下 3 条").click()
    await expect(rows).to_have_count(0)
    await desk.is_told("3 条已办成")
    assert all(clerk.client.get(f"/postings/{id}").json()["status"] == "withdrawn" for id in ids)
