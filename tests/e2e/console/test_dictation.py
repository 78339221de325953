"""One spoken line becomes a posting, without a mouse."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SAID = "后天早上六点要两个小工，键盘市场集合，包午饭，一天一百八"


async def test_a_line_is_heard_mended_and_put_up_by_keys_alone(stranger: Desk, clerk: Clerk) -> None:
    """What was not said is named, not guessed; the law speaks while one types; the next line can follow."""
    desk = stranger
    login = desk.system.logins["station_staff"]
    await desk.open("/postings/dictate")
    await desk.page.get_by_label("账号").wait_for()
    await desk.tab_to("账号")
    await desk.type(login["name"])
    await desk.press("Tab")
    await desk.type(login["password"])
    await desk.press("Enter")
    await desk.shows_page("口述成单")
    line = desk.page.get_by_label("口述", exact=True)
    await expect(line).to_be_focused()
    await desk.type(SAID)
    heard = desk.page.locator("[data-heard]")
    await desk.page.locator("[data-heard=trade]", has_text="小工").wait_for()
    await desk.page.locator("[data-heard=wage_fen]", has_text="180").wait_for()
    assert await heard.count() >= 6
    await expect(desk.page.locator("[data-missing]")).to_contain_text("结算")
    await expect(desk.page.locator("[data-missing]")).not_to_contain_text("地点")
    await desk.picture("dictate-heard")

    await desk.press("Enter")
    await desk.page.locator(".el-select input:focus").wait_for()
    await desk.type("悦达")
    await desk.page.locator(".el-select-dropdown__item:visible", has_text="悦达").wait_for()
    await desk.press("Enter")
    await desk.tab_to("补充说明")
    await desk.type("限男性")
    await desk.page.locator("[data-rule=sex]").wait_for()
    await desk.picture("dictate-findings")
    await desk.press("Control+a")
    await desk.type("自带手套")
    await desk.page.locator("[data-rule=sex]").wait_for(state="hidden")
    await desk.press("Control+Enter")
    await desk.page.get_by_role("alert").wait_for()
    await desk.picture("dictate-missing")
    await desk.press("Escape")
    settlement = desk.page.get_by_role("radio", name="日结")
    await settlement.focus()
    await desk.press(" ")
    await desk.press("Control+Enter")
    await desk.is_told("已提交")
    await expect(line).to_be_focused()
    await expect(line).to_have_value("")
    made = desk.page.locator("a.last-made")
    await expect(made).to_contain_text("小工")
    await desk.picture("dictate-next")
    id = str(await made.get_attribute("href")).rsplit("/", 1)[1]
    posting = clerk.client.get(f"/postings/{id}").json()
    terms = posting["terms"]
    assert (posting["status"], posting["source"]) == ("submitted", "phone")
    assert (terms["trade"], terms["headcount"], terms["meals"], terms["lodging"]) == ("小工", 2, True, False)
    assert (terms["wage"]["fen"], terms["settlement"], terms["place"]) == (18000, "daily", "键盘市场")
    assert clerk.client.get(f"/postings/{id}/dossier").json()["lead"]["told"] == SAID
    clerk.withdraw(id)
