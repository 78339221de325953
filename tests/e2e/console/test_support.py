"""Aid, guidance, training, start-ups and the street at the console, from its keys to its ledgers."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from sqlalchemy import MetaData, Table

from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.e2e.console.today import in_days, needs_today
from tests.support.system import RunningSystem
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.identifiers import new_identifier
from yizhan.database import Database
from yizhan.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATION = "5227300402"


def registered(clerk: Clerk, name: str = "罗大勇") -> dict[str, Any]:
    """Somebody new in the station's register."""
    birth = f"{1970 + secrets.randbelow(20)}0{secrets.randbelow(9) + 1}1{secrets.randbelow(9)}"
    body = f"522730{birth}{secrets.randbelow(1000):03d}"
    return clerk.post(
        "/seekers",
        {
            "station": STATION,
            "id_number": body + check_character(body),
            "name": name,
            "wishes": {"trades": [{"trade": "小工"}], "training": ["砌筑工"]},
            "consents": ["id_number"],
        },
    )


async def fill(desk: Desk, label: str, text: str) -> None:
    await desk.page.get_by_role("dialog").get_by_label(label).fill(text)


async def choose(desk: Desk, *names: str) -> None:
    for name in names:
        await desk.page.get_by_role("dialog").get_by_text(name, exact=True).click()


async def test_a_difficulty_is_tagged_and_a_case_goes_to_its_outcome(desk: Desk, clerk: Clerk) -> None:
    """By keys: tag, plan, visit, close; the ledger has it, and the two fields are apart."""
    seeker = registered(clerk)
    await desk.open(f"/seekers/{seeker['id']}?tab=aid")
    await desk.page.get_by_role("heading", name="困难认定").wait_for()
    await desk.press("d")
    await desk.page.get_by_role("dialog").get_by_text("大龄", exact=True).wait_for()
    await choose(desk, "大龄")
    await fill(desk, "说明", "58 岁，上有老下有小")
    await desk.picture("aid-tag")
    await desk.press("Control+Enter")
    await desk.page.locator('[data-status="in_force"]').wait_for()
    await desk.press("b")
    await choose(desk, "岗位推荐", "职业指导")
    await fill(desk, "计划", "先推荐社区保洁，两周后回访")
    await fill(desk, "下次回访", str(in_days(14)))
    await desk.press("Control+Enter")
    await desk.page.get_by_text("先推荐社区保洁，两周后回访").wait_for()
    await desk.press("f")
    await fill(desk, "回访情况", "愿意做保洁，下周面试")
    await desk.press("Control+Enter")
    await desk.page.get_by_text("愿意做保洁，下周面试").wait_for()
    await desk.picture("seeker-aid")
    await desk.open("/seekers/aid")
    await desk.shows_page("困难零工帮扶")
    await desk.row("罗**").wait_for()
    await desk.picture("aid")
    await desk.open(f"/seekers/{seeker['id']}?tab=aid")
    await desk.page.get_by_role("button", name="结束帮扶").click()
    await choose(desk, "零工就业")
    await desk.press("Control+Enter")
    await desk.page.locator('.stacked [data-status="closed"]').wait_for()
    found = clerk.client.get(f"/seekers/{seeker['id']}/aid").json()
    assert (found["cases"][0]["outcome"], found["cases"][0]["visits"]) == ("gig_work", 1)
    assert [(one["scope"], one["group"]) for one in found["difficulties"]] == [("service", "older")]


def wait_long(system: RunningSystem, seeker_id: str, days: int) -> None:
    """Check-ins on the days before today, as they would have been taken then."""
    database = Database(Settings(data_dir=system.data).database_url("seekers"))
    try:
        with database.transaction() as tx:
            table = Table("check_ins", MetaData(), autoload_with=tx)
            for back in range(1, days + 1):
                at = datetime.now(UTC) - timedelta(days=back)
                row = {
                    "id": new_identifier(at),
                    "station": STATION,
                    "day": at.astimezone(COUNTY_ZONE).date(),
                    "seeker_id": seeker_id,
                    "number": "A001",
                    "at": at,
                    "channel": "slip",
                    "taken_by": "system",
                    "drawn": False,
                }
                tx.execute(table.insert(), row)
    finally:
        database.close()


async def test_who_waited_long_is_proposed_and_decided_on(
    desk: Desk, clerk: Clerk, running_system: RunningSystem
) -> None:
    """One is tagged, one is not; neither is proposed again."""
    names = [f"{surname}阿{secrets.choice('强明华芳')}" for surname in ("石", "韦")]
    for name in names:
        wait_long(running_system, registered(clerk, name)["id"], 12)
    await desk.open("/seekers/aid?tab=waiting")
    await desk.page.get_by_text("近 30 天内候工满 8 天").wait_for()
    await desk.row("石**").wait_for()
    await desk.picture("aid-waiting")
    await desk.row("石**").get_by_role("button", name="认定", exact=True).click()
    await desk.page.get_by_role("dialog").get_by_text("最长 90 天").wait_for()
    await desk.press("Control+Enter")
    await desk.is_told("已认定")
    await desk.row("石**").wait_for(state="detached")
    await desk.row("韦**").get_by_role("button", name="暂不认定").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="暂不认定").click()
    await desk.row("韦**").wait_for(state="detached")


async def test_guidance_is_booked_and_written_down(desk: Desk, clerk: Clerk) -> None:
    """With who advised, on what, and what came of it."""
    seeker = registered(clerk, "莫小兰")
    await desk.open(f"/seekers/{seeker['id']}?tab=guidance")
    await desk.page.get_by_role("heading", name="一对一职业指导").wait_for()
    await desk.press("d")
    await fill(desk, "时长（分钟）", "40")
    await choose(desk, "技能提升", "转技能培训")
    await fill(desk, "记录", "适合做砌筑工")
    await desk.picture("guidance-record")
    await desk.press("Control+Enter")
    await desk.row("转技能培训").wait_for()
    await desk.press("b")
    tomorrow = datetime.now(COUNTY_ZONE) + timedelta(days=1)
    await fill(desk, "时间", tomorrow.strftime("%Y-%m-%dT09:30"))
    await desk.press("Control+Enter")
    await desk.row("已预约").get_by_role("button", name="取消预约").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="取消预约").click()
    await desk.row("已取消").wait_for()
    await desk.picture("seeker-guidance")
    await desk.open("/seekers/guidance")
    await desk.shows_page("职业指导台账")
    await desk.row("莫**").wait_for()
    await desk.picture("guidance")


async def test_a_course_is_attended_by_keyboard_and_ends_in_a_subsidy(desk: Desk, clerk: Clerk) -> None:
    """Planned, filled by slip, marked with the arrows and the space bar, completed, paid."""
    first, yesterday, today = in_days(-2), in_days(-1), in_days()
    if first.year != today.year:
        pytest.skip("a course that lies in two years counts for the year before")
    needs_today(minutes=2)
    people = [registered(clerk, name) for name in ("陆大山", "陈小梅", "杨老三")]
    clerk.post(f"/seekers/{people[0]['id']}/skill-trainings", {"trade": "砌筑工"})
    await desk.open("/seekers/courses")
    await desk.shows_page("技能培训")
    await desk.press("c")
    await fill(desk, "工种", "砌筑工")
    await fill(desk, "培训机构", "龙里县中等职业学校")
    await fill(desk, "开班", str(first))
    await fill(desk, "结班", str(today))
    await desk.page.get_by_role("dialog").get_by_role("combobox").fill("茶香")
    await desk.page.get_by_role("option", name="茶香村").click()
    await fill(desk, "地点", "实训楼一楼")
    await desk.picture("course-plan")
    await desk.press("Control+Enter")
    await desk.shows_page("砌筑工")
    await desk.press("c")
    for number, person in enumerate(people, start=1):
        await fill(desk, "回执号、电话或姓名", person["slip"])
        await desk.press("Enter")
        await desk.page.locator("tbody tr[data-row]").nth(number - 1).wait_for()
    await desk.press("Escape")
    await desk.press("a")
    for key, cell in (("ArrowLeft", "0 1"), ("ArrowLeft", "0 0")):
        await desk.page.locator("[data-cell]:focus").wait_for()
        await desk.press(key)
        await desk.page.locator(f'[data-cell="{cell}"]:focus').wait_for()
    await desk.press(" ")
    await desk.page.locator('[data-cell="0 0"].present').wait_for()
    await desk.press("ArrowDown")
    await desk.page.locator('[data-cell="1 0"]:focus').wait_for()
    await desk.press(" ")
    await desk.page.locator('[data-cell="1 0"].present').wait_for()
    await desk.press(" ")
    await desk.page.locator('[data-cell="1 0"].absent').wait_for()
    for column, day in enumerate((yesterday, today), start=1):
        await desk.page.get_by_label(f"{day} 没点名的全部记为到").click()
        await expect(desk.page.locator(f'[data-cell$=" {column}"].present')).to_have_count(3)
    await desk.picture("course")
    row = desk.row("陆**")
    for step, amount in (("结业", None), ("申报补贴", "900"), ("补贴到账", "900")):
        button = row.get_by_role("button", name=step, exact=True)
        await button.click()
        if amount:
            await fill(desk, "金额", amount)
            await desk.picture("training-step")
        await desk.press("Control+Enter")
        await desk.page.get_by_role("dialog").wait_for(state="detached")
        await button.wait_for(state="detached")
    await row.locator('[data-status="subsidy_granted"]').wait_for()
    await desk.open("/seekers/courses")
    await desk.page.locator(f'[data-station="{STATION}"]').get_by_text("3 / 20 人").wait_for()
    await desk.picture("courses")
    await desk.open("/seekers/courses?tab=people")
    await desk.page.get_by_role("region", name="学员和意愿").wait_for()
    await desk.picture("courses-people")
    await desk.open(f"/seekers/{people[0]['id']}?tab=training")
    await desk.row("补贴已发放").wait_for()
    await desk.picture("seeker-training")


async def test_a_business_gets_its_licence_and_its_money(desk: Desk, clerk: Clerk) -> None:
    """Consultation, case, licence, loan: each with its day, amounts in yuan on the page and fen behind it."""
    seeker = registered(clerk, "吴二嫂")
    await desk.open(f"/seekers/{seeker['id']}?tab=startUp")
    await desk.page.get_by_role("heading", name="创业项目").wait_for()
    await desk.press("d")
    await fill(desk, "记录", "想开早餐店，问贷款")
    await desk.press("Control+Enter")
    await desk.page.get_by_text("想开早餐店，问贷款").wait_for()
    await desk.press("b")
    await fill(desk, "项目", "早餐店")
    await desk.press("Control+Enter")
    for step, amount in (
        ("领照", None),
        ("申请贷款", "100000"),
        ("贷款发放", "100000"),
        ("申请补贴", "5000"),
    ):
        button = desk.row("早餐店").get_by_role("button", name=step, exact=True)
        await button.click()
        if amount:
            await fill(desk, "金额", amount)
        await desk.press("Control+Enter")
        await desk.page.get_by_role("dialog").wait_for(state="detached")
        await button.wait_for(state="detached")
    await desk.picture("seeker-start-up")
    found = clerk.client.get(f"/seekers/{seeker['id']}/start-up").json()["start_ups"][0]
    assert (found["state"], found["loan"]["fen"], found["subsidy"]["state"]) == (
        "licensed",
        10_000_000,
        "applied",
    )
    await desk.open("/seekers/start-ups")
    await desk.row("早餐店").wait_for()
    await desk.picture("start-ups")


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, running_system: RunningSystem) -> AsyncIterator[Desk]:
    """A telephone, signed in."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN"
    )
    held = await Desk.at(running_system, context)
    await held.sign_in("county_admin")
    yield held
    await context.close()
    assert held.errors == []


async def test_people_in_the_street_are_tapped_on_a_phone(phone: Desk, clerk: Clerk) -> None:
    """Also without network: the taps wait on the phone, and each counts once."""

    def counted() -> dict[str, int]:
        counts = clerk.client.get("/stations/52273004/street-counts").json()["counts"]
        return {one["trade"]: one["people"] for one in counts}

    before = counted().get("装卸", 0)
    await phone.open("/seekers/street")
    await phone.shows_page("街头计数")
    await phone.page.evaluate("localStorage.setItem('yizhan.street.station', '52273004')")
    await phone.page.reload()
    tap = phone.page.locator('[data-trade="装卸"]')
    await tap.get_by_text(str(before)).wait_for()
    await phone.context.set_offline(True)
    for _ in range(4):
        await tap.tap()
    await phone.page.get_by_role("button", name="撤销刚才一次").tap()
    await phone.page.get_by_text("3 次还没上传").wait_for()
    await phone.picture("street-offline")
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    height = await tap.evaluate("one => one.getBoundingClientRect().height")
    assert height >= 44
    await phone.context.set_offline(False)
    await phone.page.get_by_text("都已上传").wait_for(timeout=30_000)
    await phone.picture("street")
    assert counted()["装卸"] == before + 3
