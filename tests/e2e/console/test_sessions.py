"""The console's session: what another page cannot do with it, and what happens when it ends."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.async_api import TimeoutError as NotInTime

from tests.e2e.console.desk import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

_POST_WITHOUT_TOKEN = """async () => {
    const answer = await fetch('/api/v1/stations/522730/notices', {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({text: '假通知', valid_until: '2099-01-01T00:00:00Z'}),
    })
    return [answer.status, (await answer.json()).code]
}"""


async def test_a_command_by_the_cookie_alone_is_refused(desk: Desk) -> None:
    """Even from the console's own address, when it lacks the session's CSRF token."""
    assert await desk.page.evaluate(_POST_WITHOUT_TOKEN) == [403, "auth.csrf_refused"]


async def test_no_script_reads_the_session(desk: Desk) -> None:
    """It is nowhere but in the httpOnly cookie."""
    assert await desk.page.evaluate("document.cookie") == ""
    kept = await desk.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert kept == "{}"
    (cookie,) = await desk.context.cookies(f"{desk.system.gateway_url}/api/v1/")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/api/v1")


async def test_a_session_that_ended_leads_to_the_sign_in_and_back(desk: Desk) -> None:
    """To the very page, with its filter."""
    await desk.open("/employers?station=5227300101")
    await desk.row("悦达").wait_for()
    await desk.context.clear_cookies()
    # Unless the page has noticed by itself, and the button is gone.
    with suppress(NotInTime):
        await desk.page.get_by_role("button", name="刷新").click(timeout=3_000)
    await desk.page.get_by_text("登录已过期").wait_for()
    await desk.picture("sign-in-again")
    await desk.sign_in()
    await desk.row("悦达").wait_for()
    assert desk.page.url.endswith("#/employers?station=5227300101")


async def test_a_reload_keeps_the_session_and_signing_out_ends_it(stranger: Desk) -> None:
    """And the page that was open is not shown to the next person."""
    await stranger.sign_in()
    await stranger.open("/staff")
    await stranger.page.reload()
    await stranger.shows_page("工作人员")
    await stranger.page.get_by_role("button", name="退出登录").click()
    await stranger.page.get_by_role("heading", name="登录零工驿站管理台").wait_for()
    await stranger.open("/staff")
    await stranger.page.get_by_label("密码").wait_for()
    assert await stranger.context.cookies(f"{stranger.system.gateway_url}/api/v1/") == []


async def test_a_wrong_password_is_told_in_chinese(stranger: Desk) -> None:
    """With the cursor in the form, ready for another try."""
    await stranger.open()
    await stranger.page.get_by_label("账号").fill("longli")
    await stranger.page.get_by_label("密码").fill("not-the-password")
    await stranger.press("Enter")
    await stranger.page.get_by_role("alert").get_by_text("账号或密码不对").wait_for()
    await stranger.picture("sign-in-refused")
    await stranger.sign_in()


async def test_station_staff_see_their_own_station_alone(stranger: Desk) -> None:
    """In the lists, in the tree and in every choice of a station."""
    await stranger.sign_in("station_staff")
    await stranger.open("/network")
    await stranger.page.locator(".master li button").first.wait_for()
    names = await stranger.page.locator(".master li button").all_inner_texts()
    assert all("兴龙社区" in name or "老农贸市场" in name for name in names)
    await stranger.open("/staff")
    await stranger.row("何丽").wait_for()
    assert await stranger.page.get_by_role("button", name="新增账号").count() == 0
