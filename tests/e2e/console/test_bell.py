"""The bell in the head of every page: letters that come while the page is open, for their reader alone."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import VIEWPORT, Desk
from tests.support import http
from tests.support.eventually import eventually
from tests.support.network import OPENABLE, opened, takes_postings
from tests.support.system import RunningSystem

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

COUNTY, TOWN, NEXT_TOWN = "522730", "52273083", "52273084"

#: Keeps what the page's stream tells it, and survives no reload.
_OVERHEAR = """
window.heard = []
window.EventSource = class extends window.EventSource {
    constructor(address) {
        super(address)
        this.addEventListener('change', (event) => window.heard.push(JSON.parse(event.data)))
    }
}
"""


@dataclass
class Account:
    """One of the staff of a town of his own."""

    station: str
    login: str
    password: str


def account(clerk: Clerk, system: RunningSystem, code: str, name: str) -> Account:
    """A new town with one clerk, to whom letters can be written."""
    facts = {"name_plate": f"龙里县{name}零工驿站", "short_name": name, **OPENABLE}
    body = {"code": code, "kind": "town_station", "parent": COUNTY, "facts": facts}
    clerk.post("/stations", body)
    opened(clerk.client, code)
    made = Account(code, f"clerk-{secrets.token_hex(4)}", f"Qz7-{secrets.token_hex(8)}")
    clerk.post(
        f"/stations/{code}/staff",
        {"login": made.login, "name": "小王", "role": "station_staff", "password": made.password},
    )
    own = {"login": made.login, "password": made.password}
    with http.client(f"{system.gateway_url}/api/v1") as client:
        token = client.post("/sessions", json=own).raise_for_status().json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        # Until services/notify has heard of the account, letters go to the county instead.
        eventually(lambda: client.get("/my/letters").is_success, within_seconds=30)
    return made


def submit(clerk: Clerk, station: str, trade: str) -> None:
    """A posting that the station's staff are told to verify."""
    eventually(lambda: takes_postings(clerk.client, station), within_seconds=30)
    clerk.post(f"/postings/{clerk.draft(station, trade=trade)['id']}/submit", {})


@asynccontextmanager
async def at_desk(browser: Browser, system: RunningSystem, who: Account) -> AsyncIterator[Desk]:
    context = await browser.new_context(viewport=VIEWPORT, locale="zh-CN", timezone_id="Asia/Shanghai")
    await context.add_init_script(_OVERHEAR)
    desk = await Desk.at(system, context)
    await desk.sign_in_as(who.login, who.password)
    yield desk
    await context.close()
    assert desk.errors == []


def bell(desk: Desk) -> Locator:
    return desk.page.locator(".bell-button")


async def letters_heard(desk: Desk) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = await desk.page.evaluate("window.heard")
    return [one for one in heard if one["type"].startswith("notify.letter.")]


async def test_a_letter_is_counted_as_it_comes_and_by_its_reader_alone(
    browser: Browser, running_system: RunningSystem, clerk: Clerk
) -> None:
    """On whatever page he is, without a reload; the next town's clerk hears of his own letter only."""
    own = account(clerk, running_system, TOWN, "铃铛镇")
    next_one = account(clerk, running_system, NEXT_TOWN, "静听镇")
    async with AsyncExitStack() as desks:
        desk = await desks.enter_async_context(at_desk(browser, running_system, own))
        other = await desks.enter_async_context(at_desk(browser, running_system, next_one))
        await desk.open("/postings")
        await desk.shows_page("招工信息")
        await desk.page.evaluate("window.same = true")
        for one in (desk, other):
            await expect(bell(one)).to_have_attribute("aria-label", "消息：没有未读")

        submit(clerk, TOWN, "搬运工")
        await expect(bell(desk)).to_have_attribute("aria-label", "消息：1 条未读")
        submit(clerk, TOWN, "保洁")
        await expect(bell(desk)).to_have_attribute("aria-label", "消息：2 条未读")
        await expect(bell(desk)).to_have_text("2")
        # The next town's own letter comes after those, by the same way: whatever came before it was seen.
        submit(clerk, NEXT_TOWN, "厨师")
        await expect(bell(other)).to_have_attribute("aria-label", "消息：1 条未读")
        assert [one["station"] for one in await letters_heard(other)] == [NEXT_TOWN]
        assert [one["station"] for one in await letters_heard(desk)] == [TOWN, TOWN]
        assert await desk.page.evaluate("window.same"), "the page was not loaded anew"

        await desk.press("Shift+B")
        shown = desk.page.locator("[data-letter]")
        await expect(shown).to_have_count(2)
        await expect(shown.nth(0)).to_be_focused()
        await expect(shown.nth(0)).to_contain_text("保洁")
        await desk.picture("bell")
        await desk.press("ArrowDown", "Enter")
        await expect(bell(desk)).to_have_attribute("aria-label", "消息：1 条未读")
        await expect(shown.nth(1)).to_be_focused()
        await expect(shown.nth(1)).not_to_contain_text("标为已读")
        await desk.press("Escape")
        await expect(shown).to_have_count(0)
        await expect(bell(desk)).to_be_focused()

        # All at once, by the list; the inbox behind it shows the same.
        await desk.press("Enter")
        await desk.page.get_by_role("button", name="全部已读").click()
        await expect(bell(desk)).to_have_attribute("aria-label", "消息：没有未读")
        await desk.page.get_by_role("link", name="打开收件箱").click()
        await desk.shows_page("收件箱")
        await expect(desk.page.locator("tbody tr.unread")).to_have_count(0)
        await expect(desk.row("搬运工")).to_be_visible()
        await expect(bell(other)).to_have_attribute("aria-label", "消息：1 条未读")
