"""Recommendations at the console with their reasons, and the weights behind them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk, soon
from tests.e2e.console.desk import Desk
from tests.e2e.console.today import needs_today
from tests.support.eventually import eventually
from yizhan.contracts.identifiers import new_identifier

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATION = "5227300101"
TRADE = "弹棉花"


def _somebody(clerk: Clerk, serial: int, *, waits: bool) -> str:
    """The id of somebody new; an invented number."""
    person = {
        "station": STATION,
        "id_number": _id_number(serial),
        "name": "王小明",
        "consents": ["id_number"],
        "wishes": {"trades": [{"trade": TRADE, "level": "skilled"}], "distance_km": 15},
    }
    seeker = clerk.post("/seekers", person)
    if waits:
        check_in = {"id": new_identifier(datetime.now(UTC)), "channel": "slip", "slip": seeker["slip"]}
        clerk.post(f"/stations/{STATION}/check-ins", check_in)
    return str(seeker["id"])


def _id_number(serial: int) -> str:
    body = f"52279019750312{serial:03d}"
    return body + check_character(body)


async def test_a_posting_shows_whom_to_offer_it_and_why(desk: Desk, clerk: Clerk) -> None:
    """Who waits first, with his number; who is at home behind him; each reason in words."""
    needs_today(minutes=4)
    waits, at_home = _somebody(clerk, 311, waits=True), _somebody(clerk, 313, waits=False)
    # A job of today, whatever the hour: who waits, waits for today's.
    posting = clerk.publish(STATION, trade=TRADE, starts_at=soon(2), ends_at=soon(8 * 60))
    listed = f"/postings/{posting}/recommendations"
    eventually(lambda: len(clerk.client.get(listed).json()["workers"]) == 2, within_seconds=20)
    await desk.open(f"/postings/{posting}")
    people = desk.page.get_by_role("list", name="推荐人选").locator("li[data-worker]")
    await expect(people).to_have_count(2)
    assert [await people.nth(place).get_attribute("data-worker") for place in (0, 1)] == [waits, at_home]
    await expect(people.nth(0)).to_contain_text("号，在")
    await expect(people.nth(0).locator('[data-reason="trade"]')).to_contain_text("熟练")
    await expect(people.nth(1)).to_contain_text("今天没有到站")
    await desk.picture("recommendations")


async def test_weights_are_tried_on_yesterday_and_saved_as_a_version(desk: Desk) -> None:
    """By keys alone: the menu's letter, the arrow of a slider, the reason, the form's own key."""
    await desk.press("g", "q")
    await desk.shows_page("推荐权重")
    await desk.tab_to("等候")
    await desk.press("ArrowRight", "ArrowRight")
    await desk.page.get_by_role("button", name="看看昨天会怎样").press("Enter")
    await desk.page.locator("h2", has_text="会有什么不同").wait_for()
    await desk.picture("weights-preview")
    await desk.tab_to("为什么改")
    await desk.type("等得久的先来")
    await desk.press("Control+Enter")
    await desk.is_told("已保存")
    versions = desk.page.get_by_role("list", name="历次版本").locator("li")
    await expect(versions.first).to_contain_text("等得久的先来")
    await expect(versions.first).to_contain_text("正在使用")
    await expect(versions.last).to_contain_text("系统自带")
    await desk.picture("weights")
