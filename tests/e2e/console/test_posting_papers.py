"""Beside a posting at the console: sheets of them, claimed exceptions, repetitions, hands bound."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.support.posting_sheets import posting_sheet
from yizhan.contracts.files import XLSX

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATION = "5227300101"


async def test_a_sheet_of_postings_is_looked_through_and_taken(desk: Desk, clerk: Clerk) -> None:
    """Each row's faults and what the law says of it, before anything is taken."""
    name = f"表格用工{secrets.token_hex(3)}"
    clerk.post("/employers", {"station": STATION, "kind": "individual", "name": name})
    tomorrow = datetime.now().replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=2)
    made = posting_sheet(name, first_day=tomorrow)
    good = len(made.numbers(None))
    await desk.press("g", "p")
    await desk.shows_page("招工信息")
    await desk.press("i")
    await desk.shows_page("Excel 导入招工信息")
    await desk.page.get_by_label("选择 Excel 文件").set_input_files(
        {"name": "用工信息.xlsx", "mimeType": XLSX, "buffer": made.content}
    )
    await desk.page.locator(".file-list", has_text="用工信息.xlsx").wait_for()
    await desk.page.get_by_role("button", name="读取这个文件").click()
    await expect(desk.page.locator("[data-rows=good]")).to_have_text(f"可导入 {good}", timeout=30_000)
    await desk.page.locator("[data-rows=faulty]").click()
    await desk.page.locator("[data-rule=sex]").first.wait_for()
    await desk.page.locator(".row-fault", has_text="雇主名册里没有").first.wait_for()
    await desk.picture("posting-import-faulty")
    await desk.press("a")
    await desk.page.get_by_role("dialog").get_by_role("button", name=f"导入 {good} 行").click()
    await desk.page.get_by_text(f"已导入 {good} 行").first.wait_for(timeout=30_000)
    await desk.picture("posting-import-done")
    id = desk.page.url.rsplit("/", 1)[1]
    rows = clerk.client.get(f"/imports/{id}/rows", params={"status": "imported", "limit": 200}).json()["rows"]
    assert len(rows) == good
    for row in rows:
        assert clerk.client.get(f"/postings/{row['id']}").json()["status"] == "submitted"
        clerk.withdraw(row["id"])


async def test_an_exception_is_claimed_and_decided(desk: Desk, clerk: Clerk) -> None:
    """With what it rests on; once the county agrees, the posting can be put up."""
    draft = clerk.draft(STATION, trade="女浴室保洁", description="限女性")
    await desk.open(f"/postings/{draft['id']}")
    await desk.page.locator("[data-rule=sex]").wait_for()
    await desk.press("e")
    await desk.page.get_by_role("dialog", name="申请例外").wait_for()
    await desk.tab_to("依据")
    await desk.type("女浴室内保洁，岗位性质所限")
    await desk.picture("posting-claim")
    await desk.press("Control+Enter")
    await desk.is_told("已申请")
    await desk.page.locator("[data-claimed=sex] [data-accept]").focus()
    await desk.press("Enter")
    await desk.is_told("已同意")
    await expect(desk.page.locator("[data-claimed=sex]")).to_contain_text("已同意")
    await desk.picture("posting-claimed")
    await desk.press("s")
    await desk.is_told("已提交")
    assert clerk.client.get(f"/postings/{draft['id']}").json()["status"] == "submitted"
    clerk.withdraw(draft["id"])


async def test_a_repetition_is_marked_and_hands_are_bound(desk: Desk, clerk: Clerk) -> None:
    """What repeats another does not count; the last hand fills a job, and closing ends it."""
    employer = clerk.employer(STATION)
    first = clerk.publish(STATION, employer, trade="样板工", place="重复路口", headcount=2)
    again = clerk.publish(STATION, employer, trade="样板工", place="重复路口", headcount=2, meals=True)
    await desk.open(f"/postings/{again}")
    mark = desk.page.get_by_role("button", name="标为它的重复").first
    await mark.focus()
    await desk.press("Enter")
    await desk.is_told("已标为重复")
    await desk.page.locator(".timeline", has_text="重复标记").wait_for()
    await desk.picture("posting-duplicate")
    assert clerk.client.get(f"/postings/{again}").json()["duplicate_of"] == first
    await desk.open(f"/postings/{first}")
    await desk.page.locator("main h1", has_text="样板工").wait_for()
    await desk.press("t")
    await desk.page.get_by_role("dialog", name="登记落实人数").wait_for()
    await desk.press("Control+a")
    await desk.type("2")
    await desk.press("Tab")
    await desk.type("用工方来电说齐了")
    await desk.press("Control+Enter")
    await desk.is_told("已登记人数")
    await expect(desk.status()).to_have_text("已招满")
    await desk.press("z")
    await desk.page.get_by_role("dialog").get_by_role("button", name="活已干完").click()
    await desk.press("Control+Enter")
    await desk.is_told("已结束")
    await desk.picture("posting-closed")
    clerk.withdraw(again)
