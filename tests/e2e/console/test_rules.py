"""Rules as dated data at the console: what held when, what changed, and a new version, by keys."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_version_is_written_and_seen_beside_the_one_before(desk: Desk, clerk: Clerk) -> None:
    """From a day on; until then the old one holds, and a table that cannot be read is refused."""
    before = clerk.client.get("/rules/posting_limits").json()["versions"]
    await desk.press("g", "z")
    await desk.shows_page("规则")
    await desk.page.locator("[data-kind=posting_limits]").focus()
    await desk.press("Enter")
    await expect(desk.page.locator("[data-in-force]")).to_contain_text("系统自带")
    await desk.picture("rules-shipped")
    await desk.press("c")
    await desk.page.get_by_label("起用日期").fill("2031-05-01")
    await desk.tab_to("为什么改")
    await desk.type("县里定的新期限")
    await desk.tab_to("内容")
    box = desk.page.get_by_label("内容")
    table = json.loads(await box.input_value())
    table["versions"][0]["reconfirmation"]["lapses_after_hours"] = 12
    await desk.press("Control+a")
    await desk.page.keyboard.insert_text(json.dumps(table)[:-1])
    await desk.page.locator(".form-fault", has_text="不是 JSON").wait_for()
    await desk.press("Control+a")
    await desk.page.keyboard.insert_text(json.dumps(table))
    await desk.page.locator(".diff-new", has_text='"lapses_after_hours": 12').wait_for()
    await desk.press("Control+Enter")
    await desk.page.get_by_role("alert").wait_for()
    table["versions"][0]["reconfirmation"]["lapses_after_hours"] = 36
    await box.focus()
    await desk.press("Control+a")
    await desk.page.keyboard.insert_text(json.dumps(table))
    await desk.page.locator(".diff-gone", has_text='"lapses_after_hours": 48').wait_for()
    await desk.picture("rule-writing")
    await desk.press("Control+Enter")
    await desk.is_told("新版本已保存")
    await desk.page.locator(".diff-new", has_text='"lapses_after_hours": 36').wait_for()
    await expect(desk.page.locator("[data-in-force]")).to_contain_text("系统自带")
    await desk.page.get_by_label("看哪一天").fill("2031-06-01")
    await expect(desk.page.locator("[data-in-force]")).to_contain_text("2031-05-01")
    await desk.picture("rules-version")
    after = clerk.client.get("/rules/posting_limits").json()["versions"]
    assert len(after) == len(before) + 1
    assert (after[0]["valid_from"], after[0]["division"], after[0]["reason"]) == (
        "2031-05-01",
        "522730",
        "县里定的新期限",
    )


async def test_rules_are_the_administrators(stranger: Desk) -> None:
    """Others have no such page in their menu, and are told whose it is."""
    await stranger.sign_in("station_staff")
    assert await stranger.page.get_by_role("link", name="规则").count() == 0
    await stranger.open("/rules")
    await stranger.page.get_by_text("规则由县管理员维护").wait_for()
