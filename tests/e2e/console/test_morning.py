"""A morning at a station: thirty people before six, a network that fails, the draw, the calls, the screen."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page, expect

from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.e2e.console.today import needs_today
from tests.support import http
from tests.support.eventually import eventually
from tests.support.system import ROOT
from yizhan.clock import SystemClock
from yizhan.contracts.identifiers import new_identifier

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

#: A station of the demo at which nobody has come yet.
STATION = "5227300501"
PEOPLE = 30
#: So many have checked in when the network fails.
BEFORE_THE_CUT = 18
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
TRADES = ("byg", "xg", "bj", "mg", "dg")
#: What the console asks the browser for; headless, it would print nowhere.
NO_PRINTER = "window.print = () => { window.printed = (window.printed ?? 0) + 1 }"


def id_number(place: int) -> str:
    """A synthetic number that holds, which no other test knows."""
    body = f"5227011985{place % 12 + 1:02d}{place % 28 + 1:02d}{place:03d}"
    return body + check_character(body)


@dataclass
class Screen:
    """The station's own screen, as people in front of it see it."""

    page: Page

    async def says(self, part: str, text: str) -> None:
        await expect(self.page.get_by_test_id(part)).to_have_text(text, timeout=10_000)

    async def holds(self, part: str, value: str) -> None:
        """A hash as a whole, which is written in groups."""
        found = self.page.get_by_test_id(part)
        await expect(found).to_have_attribute("data-value", value, timeout=10_000)


async def switch_on(desk: Desk, clerk: Clerk) -> Screen:
    """A screen on another machine than the desk's: its line is not the one that fails."""
    issued = clerk.post(f"/stations/{STATION}/devices", {"label": "大厅屏"})
    assert desk.context.browser is not None
    context = await desk.context.browser.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.goto(f"{desk.system.gateway_url}/screen/{STATION}#code={issued['code']}")
    await page.wait_for_selector('#screen[data-link="live"]', timeout=20_000)
    return Screen(page)


async def register(desk: Desk, place: int) -> None:
    """One person by the keyboard alone: ID number, name, trade, consents, F2."""
    keys = desk.page.keyboard
    await desk.page.locator(".id-first input:focus").wait_for()
    await keys.insert_text(id_number(place))
    await desk.page.locator("[data-standing].tone-green").wait_for()
    await desk.press("Enter")
    await keys.insert_text(f"{SURNAMES[place]}小明")
    await desk.press("Enter", "Enter", "Enter")
    await desk.type(TRADES[place % len(TRADES)])
    await desk.page.locator(".trade-words li").first.wait_for()
    await desk.press("Enter")
    for consent in ("登记身份证号", "上屏公开求职信息")[: 1 + place % 2]:
        await desk.page.get_by_label(consent).press("Space")
    await desk.press("F2")
    await expect(desk.page.locator("[data-count]")).to_have_text(f"{place + 1} 人")


async def show_slip(desk: Desk, slip: str) -> str:
    """A slip at the scanner, which types it and Enter; the number that the desk tells."""
    await desk.page.locator("#check-in-who:focus").wait_for()
    await desk.page.keyboard.insert_text(slip)
    await desk.press("Enter")
    await desk.page.locator("[data-told] p", has_text=f"{slip[:3]} {slip[3:]}").wait_for()
    return await desk.page.locator("[data-number]").inner_text()


async def call_next(desk: Desk) -> None:
    await desk.page.locator("[data-call-next]:enabled").wait_for()
    await desk.press("n")


def day(clerk: Clerk) -> dict[str, Any]:
    found: dict[str, Any] = clerk.client.get(f"/stations/{STATION}/day").raise_for_status().json()
    return found


def public_record(desk: Desk, day: str) -> str:
    """What anybody reads of the station's draw, who has not signed in."""
    address = f"{desk.system.gateway_url}/api/v1/stations/{STATION}/draws/{day}"
    return http.get(address).raise_for_status().text


def verify(record: str) -> str:
    """What the stand-alone script says of a public record that holds."""
    script = ROOT / "examples" / "verify_draw.py"
    done = subprocess.run([sys.executable, script], input=record, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(600)
async def test_a_morning_with_a_network_that_fails(desk: Desk, clerk: Clerk) -> None:
    """Thirty people are registered, checked in, drawn and called; nobody is lost, and nobody counts twice."""
    needs_today(minutes=10)
    await desk.context.add_init_script(NO_PRINTER)
    await desk.page.reload()
    await desk.is_signed_in()
    screen = await switch_on(desk, clerk)

    # The evening before: the station says that it draws, and the seed is fixed before anybody comes.
    await desk.open(f"/day?station={STATION}")
    await desk.page.locator("[data-order]").select_option("draw")
    await desk.page.locator("[data-step=announce]").click()
    commitment = await desk.page.locator("[data-commitment]").inner_text()
    await screen.holds("draw-commitment", commitment)

    # Registration.
    await desk.open(f"/seekers/new?station={STATION}")
    await desk.shows_page("登记求职者")
    for place in range(PEOPLE):
        await register(desk, place)
    await desk.picture("morning-registered")
    await desk.page.wait_for_function(f"window.printed === {PEOPLE}")
    written = await desk.page.locator(".done-list a.mono").all_inner_texts()
    slips = [slip.replace(" ", "") for slip in reversed(written)]
    assert len(set(slips)) == PEOPLE
    await desk.page.locator(".id-first input").fill(id_number(3))
    await desk.page.locator("[data-standing]", has_text="已经登记过").wait_for()

    # Check-in, until the line is cut.
    await desk.open(f"/check-in?station={STATION}")
    await desk.page.locator("[data-online=true]").wait_for()
    await desk.page.locator("[data-kept].tone-green").wait_for()
    await desk.page.locator("[data-letter].tone-green").wait_for()
    online = [await show_slip(desk, slip) for slip in slips[:BEFORE_THE_CUT]]
    assert online == [f"A{place + 1:03d}" for place in range(BEFORE_THE_CUT)]
    await screen.says("waiting-people", str(BEFORE_THE_CUT))
    await desk.context.set_offline(True)
    await desk.page.locator("[data-online=false]").wait_for()

    # Without network: another desk checks one in that this one does not know of, and somebody comes twice.
    twice = slips[BEFORE_THE_CUT]
    body = {"id": new_identifier(SystemClock().now()), "channel": "slip", "slip": twice}
    elsewhere = clerk.post(f"/stations/{STATION}/check-ins", body)["number"]
    offline = [await show_slip(desk, slip) for slip in slips[BEFORE_THE_CUT : PEOPLE - 4]]
    await desk.page.reload()
    await desk.page.locator("#check-in-who").wait_for()
    await desk.page.locator("[data-online=false]").wait_for()
    offline += [await show_slip(desk, slip) for slip in slips[PEOPLE - 4 :]]
    letter = offline[0][0]
    assert offline == [f"{letter}{place + 1:03d}" for place in range(PEOPLE - BEFORE_THE_CUT)]
    assert await show_slip(desk, slips[0]) == "A001"
    assert await show_slip(desk, slips[-1]) == offline[-1]
    waiting = desk.page.locator("[data-waiting]")
    await expect(waiting).to_have_text(f"{len(offline)} 条待并入")
    await desk.picture("morning-offline")
    await screen.says("waiting-people", str(BEFORE_THE_CUT + 1))

    # The line is back: all is handed in by itself, and the one slip that does not stand is told.
    await desk.context.set_offline(False)
    await expect(waiting).to_have_text("没有待并入的", timeout=15_000)
    aside = desk.page.locator("[data-aside] li")
    await expect(aside).to_have_count(1)
    await expect(aside).to_contain_text(offline[0])
    await expect(aside).to_contain_text(f"换 {elsewhere}")
    await aside.get_by_role("button", name="打印新号").click()
    await expect(desk.page.locator(".print-root .ticket-number")).to_have_text(elsewhere)
    await expect(desk.page.locator("[data-people]")).to_have_text(f"{PEOPLE} 人")
    await desk.picture("morning-merged")
    await screen.says("waiting-people", str(PEOPLE))

    # The draw, on the page and on the screen, and recomputed from what is public.
    await desk.open(f"/day?station={STATION}")
    for stage in ("closed", "revealed"):
        await desk.page.locator("[data-step]:enabled").wait_for()
        await desk.press("d")
        await desk.page.get_by_role("dialog").locator("button[type=submit]").click()
        await desk.page.locator(f"[data-stage={stage}]").wait_for()
    seed = await desk.page.locator("[data-seed]").inner_text()
    await screen.holds("draw-seed", seed)
    today = day(clerk)["waiting"]["date"]
    public = public_record(desk, today)
    record = json.loads(public)
    assert record["commitment"] == commitment
    standing = {*online, elsewhere, *offline[1:]}
    assert sorted(record["order"]) == sorted(standing)
    assert f"{PEOPLE} 个号" in verify(public)
    assert not any(word in public for word in ("小明", *slips))

    # The calls: the next, again, and one that is put first by hand.
    queue = list(record["queue"])
    for number in queue[:2]:
        await call_next(desk)
        await expect(desk.page.locator("[data-latest]")).to_have_text(number)
        await screen.says("called-number", number)
    last = queue[-1]
    await desk.page.get_by_role("button", name=f"调整 {last}").click()
    await desk.page.get_by_role("button", name="家里有急事").click()
    await desk.confirm()
    await desk.page.locator(".overrides", has_text=last).wait_for()
    await call_next(desk)
    await screen.says("called-number", last)
    await screen.says("waiting-people", str(PEOPLE - 3))
    await desk.picture("morning-called")
    await screen.page.screenshot(path=ROOT / "tests" / "output" / "console" / "morning-screen.png")
    amended = public_record(desk, today)
    assert json.loads(amended)["overrides"][0]["ticket"] == last
    assert "人工调整 1 次" in verify(amended)
    eventually(lambda: day(clerk)["waiting"]["people"] == PEOPLE - 3, within_seconds=5)
    assert json.dumps(day(clerk), ensure_ascii=False).count("小明") == 0
    await screen.page.context.close()
