"""The network at the console: a station from plan to screen, its facilities, and who may touch it."""

from __future__ import annotations

import io
import secrets

import pytest
from PIL import Image
from playwright.async_api import FilePayload, expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.e2e.console.today import in_days
from tests.support.eventually import eventually
from tests.support.network import takes_postings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TOWN = "52273002"
STATION = "5227300101"
#: What a planned station with nothing but a name has not; its county's service items reach it.
MISSING = {
    "area.too_small",
    "active_staff.too_few",
    "hotline.absent",
    "opening_hours.absent",
    "functions.absent",
    "name_plate.absent",
    "exit.absent",
    "fire_equipment.absent",
}
_FUNCTIONS = ("接待服务", "求职登记", "信息咨询", "对接洽谈", "用工信息发布", "候工休息")


async def _type_day(desk: Desk, days_ahead: int) -> None:
    """Into a focused date field, whose parts an English browser has in this order."""
    await desk.type(in_days(days_ahead).strftime("%m%d%Y"))


async def _find(desk: Desk, typed: str, name: str) -> None:
    """Go to the first station that is found by what is typed."""
    await desk.shows_page("站点网络")
    await desk.press("/")
    await desk.type(typed)
    await expect(desk.page.locator(".master li button").first).to_contain_text(name)
    await expect(desk.page.locator(".master-count")).to_contain_text("个，共")
    await desk.press("Enter")
    await desk.page.locator(".master li button:focus").wait_for()
    await desk.press("Enter")


async def _mend(desk: Desk, code: str) -> None:
    """From the list of what is missing to where this is filled in."""
    link = desk.page.locator(f'[data-missing="{code}"] a')
    if await link.count() == 0:
        await desk.press("2")
    await link.wait_for()
    await desk.tab_to(str(await link.get_attribute("aria-label")))
    await desk.press("Enter")


async def _step(desk: Desk, name: str, reason: str) -> None:
    await desk.tab_to(name)
    await desk.press("Enter")
    await desk.page.get_by_role("dialog").get_by_role("textbox", name="原因").wait_for()
    await desk.type(reason)
    await desk.press("Control+Enter")


async def _inspected_facility(desk: Desk, code: str) -> None:
    await _mend(desk, code)
    await desk.page.get_by_role("dialog", name="添加设施").wait_for()
    await desk.tab_to("检查日期")
    await _type_day(desk, 0)
    await desk.tab_to("下次检查")
    await _type_day(desk, 300)
    await desk.press("Control+Enter")
    await desk.page.locator(f'[data-missing="{code}"]').wait_for(state="detached")
    await desk.page.get_by_role("dialog", name="添加设施").wait_for(state="hidden")


async def test_a_community_station_is_planned_completed_opened_and_given_a_screen_by_keys_alone(
    desk: Desk, clerk: Clerk
) -> None:
    """Opening tells all that is missing, and each thing leads to where it is mended."""
    name = f"试验{secrets.token_hex(2)}"
    await desk.press("g", "w")
    await _find(desk, "lsz", "龙山镇")
    await desk.page.locator(".station-head", has_text="龙山镇").wait_for()
    await desk.press("n")
    dialog = desk.page.get_by_role("dialog", name="新增站点")
    await dialog.wait_for()
    await desk.tab_to("门牌标识")
    await desk.type(f"龙里县龙山镇{name}零工驿站")
    await desk.press("Tab")
    await desk.type(name)
    await desk.picture("network-add")
    await desk.press("Control+Enter")
    await desk.is_told("站点已建立")
    head = desk.page.locator(".station-head", has_text=name)
    await head.locator('[data-status="planned"]').wait_for()
    code = next(
        one["code"]
        for one in clerk.client.get("/stations").json()["stations"]
        if one["facts"]["short_name"] == name
    )
    assert code.startswith(TOWN)

    await _step(desk, "现场验收", "到现场看过")
    await head.locator('[data-status="inspected"]').wait_for()
    await _step(desk, "开放", "验收合格")
    refusal = desk.page.locator("[data-refused]")
    await refusal.wait_for()
    told = "all => all.map(one => one.dataset.missing)"
    assert set(await refusal.locator("[data-missing]").evaluate_all(told)) == MISSING
    await desk.picture("network-refused")

    await _mend(desk, "hotline.absent")
    await desk.page.get_by_role("dialog", name="修改信息").wait_for()
    await desk.tab_to("服务电话")
    await desk.type("0854-5550199")
    await desk.tab_to("开门")
    await desk.type("8")
    await desk.tab_to("关门")
    await desk.type("1730")
    await desk.press("Control+Enter")
    await desk.page.get_by_text("08:00–17:30").wait_for()

    await _mend(desk, "area.too_small")
    await desk.page.get_by_role("dialog", name="修改场所").wait_for()
    await desk.tab_to("面积（㎡）")
    await desk.type("36.5")
    for function in _FUNCTIONS:
        await desk.tab_to(function)
        await desk.press(" ")
    await desk.tab_to("经度（东经）")
    await desk.type("106.98")
    await desk.tab_to("纬度（北纬）")
    await desk.type("26.45")
    await desk.tab_to("高德、腾讯（GCJ-02）")
    await desk.press("ArrowRight")
    await desk.press("Control+Enter")
    await desk.page.get_by_role("link", name="百度地图").wait_for()
    position = clerk.client.get(f"/stations/{code}/premises").json()["premises"]["position"]
    assert position["datum"] == "gcj02"
    assert 0.001 < position["lng"] - 106.98 < 0.01
    await desk.picture("network-premises")

    await _mend(desk, "name_plate.absent")
    await desk.page.get_by_role("dialog", name="添加设施").wait_for()
    await desk.press("Control+Enter")
    await desk.row("门牌标识").wait_for()
    await _inspected_facility(desk, "exit.absent")
    await _inspected_facility(desk, "fire_equipment.absent")

    await _mend(desk, "active_staff.too_few")
    await desk.shows_page("工作人员")
    await desk.press("c")
    await desk.page.get_by_role("dialog", name="新增账号").wait_for()
    await desk.tab_to("姓名")
    await desk.type("陆小满")
    await desk.tab_to("登录名")
    await desk.type(f"host-{secrets.token_hex(4)}")
    await desk.tab_to("初始密码")
    await desk.type(f"Qz7-{secrets.token_hex(8)}")
    await desk.press("Control+Enter")
    await desk.is_told("账号已建立")

    await desk.press("g", "w")
    await _find(desk, code, name)
    await desk.press("2")
    await desk.page.get_by_text("开放的条件已经齐备").first.wait_for()
    await _step(desk, "开放", "已补齐")
    await head.locator('[data-status="open"]').wait_for()
    await desk.page.locator(".timeline", has_text="已补齐").wait_for()
    await desk.picture("network-opened")
    eventually(lambda: takes_postings(clerk.client, code), within_seconds=10)

    await desk.press("1")
    await desk.tab_to("屏幕")
    await desk.press("Enter")
    await desk.shows_page("屏幕")
    await desk.page.get_by_role("heading", name=name).wait_for()
    await desk.press("c")
    await desk.page.get_by_role("dialog").get_by_label("屏幕名称").wait_for()
    await desk.type("门口屏")
    await desk.press("Enter")
    shown = desk.page.get_by_role("dialog", name="设备码已发放").locator("[data-code]")
    assert len(str(await shown.text_content())) == 20


async def test_what_is_to_be_mended_is_listed_until_it_is(desk: Desk, clerk: Clerk) -> None:
    """Rectified by a date, counted on 今日, mended, resumed; the history says who did what and why."""
    station = "5227300301"
    await desk.open(f"/network?station={station}&tab=stage")
    await desk.page.get_by_role("button", name="限期整改").click()
    await desk.page.get_by_label("要整改什么，每行一项").fill("疏散指示灯不亮\n出口堆了杂物")
    await desk.page.get_by_label("整改期限").fill(str(in_days(7)))
    await desk.page.get_by_role("textbox", name="原因").fill("消防检查")
    await desk.press("Control+Enter")
    await desk.page.locator('.station-head [data-status="rectifying"]').wait_for()
    assert "还缺 1 项" in str(await desk.page.locator("[data-still-missing]").text_content())
    await desk.picture("network-rectifying")

    await desk.open("/")
    await desk.page.locator('[data-waiting="facilities"]').click()
    await desk.shows_page("到期的检查和整改")
    await desk.picture("network-due")
    await desk.row("疏散指示灯不亮").click()
    for thing in ("疏散指示灯不亮", "出口堆了杂物"):
        await desk.page.locator(".line-list li", has_text=thing).get_by_role("button", name="已整改").click()
        await desk.page.get_by_role("dialog").get_by_role("textbox", name="原因").fill("已处理好")
        await desk.press("Control+Enter")
        await desk.page.locator(".line-list li", has_text=thing).wait_for(state="detached")
    await desk.page.get_by_role("button", name="开放", exact=True).click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="整改已完成").click()
    await desk.press("Control+Enter")
    await desk.page.locator('.station-head [data-status="open"]').wait_for()
    await desk.page.get_by_role("button", name="暂停").click()
    await desk.page.get_by_role("dialog").get_by_role("textbox", name="原因").fill("场地维修")
    await desk.press("Control+Enter")
    await desk.page.get_by_role("button", name="恢复开放").click()
    await desk.page.get_by_role("dialog").get_by_role("textbox", name="原因").fill("修好了")
    await desk.press("Control+Enter")
    await desk.page.locator(".timeline strong", has_text="恢复开放").wait_for()
    await desk.picture("network-history")
    eventually(lambda: takes_postings(clerk.client, station), within_seconds=10)


async def test_a_facility_is_inspected_and_its_photo_shown_and_removed(desk: Desk) -> None:
    """The photo is attached as soon as it is uploaded, and comes back as an image."""
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (30, 120, 90)).save(picture, "JPEG")
    await desk.open(f"/network?station={STATION}&tab=facilities")
    row = desk.row("干粉灭火器")
    await row.get_by_role("button", name="检查").click()
    dialog = desk.page.get_by_role("dialog")
    due = str(in_days(123))
    await dialog.get_by_label("下次检查").fill(due)
    await dialog.get_by_label("检查情况").fill("压力正常")
    await desk.press("Control+Enter")
    await row.get_by_text(due).wait_for()

    await row.get_by_role("button", name="照片").click()
    photo: FilePayload = {"name": "灭火器.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    await dialog.get_by_label("上传照片").set_input_files(photo)
    image = dialog.get_by_role("img", name="照片 1")
    await image.wait_for()
    width = "one => one.decode().then(() => one.naturalWidth)"
    assert await image.evaluate(width) == 640
    await desk.picture("network-photos")
    await dialog.get_by_role("button", name="移除照片 1").click()
    question = desk.page.get_by_role("dialog", name="移除这张照片")
    await question.get_by_role("button", name="移除", exact=True).click()
    await image.wait_for(state="detached")
    await desk.press("Escape")
    await row.get_by_role("button", name="照片 0").wait_for()


async def test_services_flow_and_training_are_kept(desk: Desk, clerk: Clerk) -> None:
    """What is entered at the desk is what the public is told."""
    name = f"代办证明{secrets.token_hex(2)}"
    await desk.open(f"/network?station={STATION}&tab=services")
    await desk.row("求职登记").wait_for()
    await desk.press("c")
    await desk.page.get_by_role("textbox", name="事项").fill(name)
    await desk.page.get_by_role("textbox", name="要带的材料").fill("居民身份证\n一寸照片")
    await desk.page.get_by_role("textbox", name="办理时限").fill("3")
    await desk.press("Control+Enter")
    row = desk.row(name)
    await row.get_by_text("3 个工作日").wait_for()
    items = clerk.client.get(f"/stations/{STATION}/guide").json()["items"]
    assert ["居民身份证", "一寸照片"] in [one["materials"] for one in items if one["name"] == name]
    await row.get_by_role("button", name="停办").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="停办").click()
    await row.wait_for(state="detached")

    await desk.open(f"/network?station={STATION}&tab=guide")
    await desk.page.get_by_role("button", name="修改流程").click()
    await desk.page.get_by_role("button", name="添加一步").click()
    await desk.page.get_by_role("textbox", name="步骤").last.fill("评价服务")
    await desk.press("Control+Enter")
    await desk.page.locator(".flow", has_text="评价服务").wait_for()
    assert clerk.client.get(f"/stations/{STATION}/guide").json()["flow_of"] == STATION

    await desk.open(f"/network?station={STATION}&tab=training")
    await desk.page.get_by_role("button", name="登记培训").click()
    await desk.page.get_by_role("textbox", name="内容").fill("劳动法规")
    await desk.page.get_by_role("textbox", name="学时").fill("4")
    await desk.page.get_by_role("checkbox").first.check()
    await desk.press("Control+Enter")
    await desk.row("劳动法规").get_by_text("4 学时").wait_for()
    await desk.picture("network-training")


async def test_another_towns_staff_see_no_controls_and_get_nowhere_by_the_api(
    stranger: Desk, clerk: Clerk
) -> None:
    """They read what anybody may; the rest is refused in the service that owns it."""
    desk = stranger
    other = "5227300201"
    await desk.sign_in("station_staff")
    await desk.open(f"/network?station={other}")
    await desk.page.get_by_text("这是别处的站点").wait_for()
    tabs = desk.page.get_by_role("tab")
    await expect(tabs).to_have_count(4)
    for place in range(4):
        await tabs.nth(place).click()
        panel = desk.page.get_by_role("tabpanel")
        await panel.locator(".card").first.wait_for()
        await expect(panel.get_by_role("button")).to_have_count(0)
    await desk.press("n", "e", "c")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await desk.picture("network-elsewhere")

    facility = clerk.client.get(f"/stations/{other}/facilities").json()["facilities"][0]["id"]
    wrong: tuple[tuple[str, str, dict[str, object] | None], ...] = (
        ("PATCH", f"/stations/{other}", {"facts": {"name_plate": "别人的", "short_name": "别人"}}),
        ("PATCH", f"/stations/{other}/premises", {"area_sqm": 99}),
        ("POST", f"/stations/{other}/facilities", {"facilities": [{"kind": "other", "label": "凳子"}]}),
        ("PATCH", f"/facilities/{facility}", {"state": "removed"}),
        ("POST", f"/stations/{other}/service-items", {"name": "别的事项"}),
        ("PATCH", f"/stations/{other}/guide", {"flow": []}),
        ("POST", f"/stations/{other}/suspend", {"reason": "试试"}),
        ("GET", f"/stations/{other}/facilities", None),
        ("GET", f"/stations/{other}/history", None),
        ("GET", f"/stations/{other}/trainings", None),
    )
    with desk.system.client("station_staff") as client:
        for verb, path, body in wrong:
            key = {"idempotency-key": secrets.token_hex(12)}
            answer = client.request(verb, path, json=body, headers=key)
            assert answer.status_code == 403, f"{verb} {path}: {answer.status_code}"
