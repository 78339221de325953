"""Screens, notices, slogans, staff and employers at the console."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.support.eventually import eventually, eventually_async

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATION = "5227300402"


async def test_a_screen_is_issued_watched_and_revoked(desk: Desk) -> None:
    """Its address opens a live screen; the console says so; revoked, the screen shows no more."""
    label = f"侧厅屏{secrets.token_hex(2)}"
    await desk.open(f"/screens?station={STATION}")
    await desk.page.get_by_role("heading", name="茶香村").wait_for()
    await desk.press("c")
    await desk.page.get_by_label("屏幕名称").fill(label)
    await desk.press("Enter")
    dialog = desk.page.get_by_role("dialog", name="设备码已发放")
    address = await dialog.get_by_role("link").get_attribute("href")
    assert address is not None
    await dialog.locator("svg path").wait_for()
    await desk.picture("screen-code")
    await desk.press("Escape")

    screen = await desk.context.new_page()
    await screen.goto(address)
    await screen.wait_for_selector('#screen[data-link="live"]', timeout=20_000)
    row = desk.row(label)

    async def is_live() -> bool:
        await desk.page.get_by_role("button", name="刷新").click()
        return await row.locator('[data-status="live"]').count() == 1

    await eventually_async(is_live, within_seconds=30)
    await desk.picture("screens-live")

    await row.get_by_role("button", name="吊销").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="吊销").click()
    await desk.is_told("已吊销")
    await row.wait_for(state="detached")
    await screen.wait_for_selector('#screen:not([data-link="live"])', timeout=20_000)
    await screen.close()


async def test_a_notice_reaches_the_screens_and_leaves_them(desk: Desk, clerk: Clerk) -> None:
    """And the list, once it has ended."""
    text = f"明早六点开市{secrets.token_hex(2)}"

    def shown() -> bool:
        return any(one["text"] == text for one in clerk.board(STATION)["state"]["notices"])

    await desk.open(f"/notices?station={STATION}")
    await desk.shows_page("通知和标语")
    await desk.press("c")
    await desk.page.get_by_label("内容").fill(text)
    await desk.picture("notice-new")
    await desk.press("Control+Enter")
    await desk.is_told("通知已发出")
    eventually(shown, within_seconds=10)
    await desk.row(text).get_by_role("button", name="提前结束").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="提前结束").click()
    await desk.is_told("通知已结束")
    eventually(lambda: not shown(), within_seconds=10)
    await desk.row(text).wait_for(state="detached")


async def test_slogans_are_changed_line_by_line(desk: Desk, clerk: Clerk) -> None:
    """One that is too long is told by its number; good ones are on the screens."""
    before = clerk.client.get(f"/stations/{STATION}").json()["facts"]["slogans"]
    await desk.open(f"/notices?station={STATION}")
    box = desk.page.get_by_label("标语，每行一条")
    await box.fill("短的\n" + "长" * 41)
    await desk.page.get_by_text("第 2 条超过 40 字").wait_for()
    await box.fill("家门口就业\n服务暖民心")
    await desk.page.get_by_role("button", name="保存").click()
    await desk.is_told("标语已保存")
    found = clerk.client.get(f"/stations/{STATION}").json()["facts"]["slogans"]
    assert found == ["家门口就业", "服务暖民心"]
    await box.fill("\n".join(before))
    await desk.page.get_by_role("button", name="保存").click()
    eventually(
        lambda: clerk.client.get(f"/stations/{STATION}").json()["facts"]["slogans"] == before,
        within_seconds=5,
    )


async def test_an_account_is_made_and_closed(desk: Desk) -> None:
    """A weak password is refused in Chinese; the closed account cannot sign in."""
    login = f"clerk-{secrets.token_hex(4)}"
    await desk.open("/staff")
    await desk.row("杨敏").wait_for()
    await desk.press("c")
    await desk.page.get_by_label("姓名").fill("试用员")
    await desk.page.get_by_label("登录名").fill(login)
    await desk.page.get_by_label("初始密码").fill("1234567890")
    await desk.press("Control+Enter")
    await desk.page.get_by_role("alert").get_by_text("密码太常见").wait_for()
    await desk.picture("staff-new")
    await desk.page.get_by_label("初始密码").fill(f"Qz7-{secrets.token_hex(8)}")
    await desk.press("Control+Enter")
    await desk.is_told("账号已建立")
    await desk.page.get_by_label("搜索").fill(login)
    row = desk.row(login)
    # A list that is still being searched draws its rows, and their buttons, anew.
    await expect(desk.page.locator("tbody tr")).to_have_count(1)
    await row.get_by_role("button", name="停用").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await desk.is_told("账号已停用")
    await row.locator("[data-status=closed]").wait_for()


async def test_a_company_is_registered_and_a_wrong_code_only_warns(desk: Desk) -> None:
    """The check character is told while typing; the employer goes to a person for review."""
    tail = secrets.token_hex(2).upper().replace("I", "1").replace("O", "0")
    name = f"龙里试验{tail}建材有限公司"
    await desk.open("/employers")
    await desk.shows_page("用工方")
    await desk.press("c")
    await desk.page.get_by_label("名称").fill(name)
    code = desk.page.get_by_label("统一社会信用代码")
    await code.fill(f"91522730MA0{tail}000Z"[:17])
    await desk.press("Tab")
    await desk.page.get_by_text("是 18 位").wait_for()
    await code.fill(f"91522730MA0{tail}00ZZ"[:18].ljust(18, "0"))
    await desk.press("Tab")
    await desk.picture("employer-new-filled")
    await desk.press("Control+Enter")
    await desk.page.locator("main h1", has_text=name).wait_for()
    await desk.picture("employer")
    await desk.open("/employers")
    await desk.page.get_by_label("搜索").fill(tail)
    await desk.row(name).wait_for()
