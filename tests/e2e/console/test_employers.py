"""Employers at the console: registered and verified without a mouse, read, sanctioned, merged."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from playwright.async_api import FilePayload, expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.support.eventually import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STATION = "5227300101"
#: Eighteen characters whose last does not fit the others.
_FAILED_CODE = "91522730MA12345678"


def _employer(clerk: Clerk, name: str, **facts: Any) -> dict[str, Any]:
    return clerk.post("/employers", {"station": STATION, "kind": "individual", "name": name, **facts})


async def test_an_employer_is_registered_and_verified_by_keys_alone(stranger: Desk) -> None:
    """Sign in, register with a code that fails, review it, verify, find it by its initials."""
    desk = stranger
    name = f"键盘木业{secrets.token_hex(2)}"
    await desk.open("/employers")
    login = desk.system.logins["station_staff"]
    await desk.tab_to("账号")
    await desk.type(login["name"])
    await desk.press("Tab")
    await desk.type(login["password"])
    await desk.press("Enter")
    await desk.shows_page("用工方")
    await desk.press("c")
    await desk.shows_page("登记用工方")
    await desk.tab_to("名称")
    await desk.type(name)
    await desk.tab_to("统一社会信用代码")
    await desk.type(_FAILED_CODE)
    await desk.tab_to("常招工种")
    await desk.type("小工、木工")
    await desk.page.locator(".form-warning", has_text="校验码对不上").wait_for()
    await desk.tab_to("姓名")
    await desk.type("王建国")
    await desk.tab_to("电话")
    await desk.type("13812345678")
    await desk.picture("employer-filled")
    await desk.press("Control+Enter")

    await desk.page.locator("main h1", has_text=name).wait_for()
    await desk.page.locator(".line-list", has_text="138****5678").wait_for()
    await expect(desk.page.locator("main")).not_to_contain_text("13812345678")
    await desk.press("r")
    await desk.page.get_by_role("dialog", name="核对信用代码").wait_for()
    await desk.tab_to("怎么核对的")
    await desk.type("看过营业执照原件")
    await desk.press("Control+Enter")
    await desk.is_told("已记下核对结果")
    await desk.page.locator('[data-status="confirmed"]').wait_for()
    await desk.press("v")
    await desk.page.get_by_role("dialog", name="核实用工方").wait_for()
    await desk.tab_to("核实情况")
    await desk.type("到厂里见了王经理")
    await desk.picture("employer-verify")
    await desk.press("Control+Enter")
    await desk.page.locator(".timeline", has_text="核实：到现场看过").wait_for()
    await expect(desk.status()).to_have_text("已核实")
    await desk.picture("employer-detail")

    await desk.press("u")
    await desk.shows_page("用工方")
    await desk.press("/")
    await desk.type("jpmy")
    await desk.row(name).wait_for()
    await expect(desk.page.locator("tbody tr[data-row]")).to_have_count(1)
    await desk.press("Enter")
    await desk.page.locator("tr[data-row]:focus").wait_for()
    await desk.press("Enter")
    await desk.page.locator("main h1", has_text=name).wait_for()


async def test_evidence_is_kept_with_a_verification(desk: Desk, clerk: Clerk) -> None:
    """A photo goes up as it is chosen, and can be opened by who may see the employer."""
    employer = _employer(clerk, f"凭据家{secrets.token_hex(2)}")
    await desk.open(f"/employers/{employer['id']}")
    await desk.page.locator("main h1", has_text="凭据家").wait_for()
    await desk.press("v")
    photo: FilePayload = {"name": "现场.png", "mimeType": "image/png", "buffer": await desk.page.screenshot()}
    await desk.page.get_by_label("凭据").set_input_files(photo)
    await desk.page.locator(".file-list", has_text="现场.png").wait_for()
    await desk.picture("employer-evidence")
    await desk.press("Control+Enter")
    link = desk.page.get_by_role("link", name="现场.png")
    answer = await desk.context.request.get(f"{desk.system.gateway_url}{await link.get_attribute('href')}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")


async def test_a_contact_is_shown_to_who_says_what_for(desk: Desk, clerk: Clerk) -> None:
    """Masked before and after; the next one who asks sees who has read it, and why."""
    contact = {"name": "陈秀兰", "phone": "13900001234", "role": "老板"}
    employer = _employer(clerk, f"联系家{secrets.token_hex(2)}", contacts=[contact])
    await desk.open(f"/employers/{employer['id']}")
    reveal = desk.page.get_by_role("button", name="查看 陈* 的姓名和电话")
    await reveal.click()
    dialog = desk.page.get_by_role("dialog")
    await dialog.get_by_text("还没有人看过").wait_for()
    await dialog.get_by_role("button", name="查看", exact=True).click()
    await dialog.get_by_role("alert").wait_for()
    await dialog.get_by_role("button", name="安排求职者见工").click()
    await desk.press("Control+Enter")
    await desk.page.get_by_text("13900001234").wait_for()
    await desk.picture("employer-revealed")

    await desk.page.reload()
    await reveal.click()
    await expect(desk.page.locator("main")).not_to_contain_text("13900001234")
    await dialog.get_by_text("安排求职者见工").nth(1).wait_for()
    await expect(dialog.locator(".reads")).to_contain_text("杨敏")
    await desk.picture("employer-reveal")
    reads = clerk.client.get(f"/employers/{employer['id']}/contact-reads").json()["reads"]
    assert [one["purpose"] for one in reads] == ["安排求职者见工"]


async def test_a_blacklisted_employers_postings_leave_the_screens(desk: Desk, clerk: Clerk) -> None:
    """The page says how many before; an appeal that is granted ends it, and nothing comes back by itself."""
    employer = str(_employer(clerk, f"失信家{secrets.token_hex(2)}")["id"])
    ids = [clerk.publish(STATION, employer, trade=f"撤屏工{number}") for number in range(2)]
    for id in ids:
        clerk.wait_until_shown(STATION, id)
    await desk.open(f"/employers/{employer}")
    await desk.page.get_by_role("button", name="已发布 2，看是哪些").click()
    await desk.page.get_by_role("link", name="撤屏工1").wait_for()
    await desk.press("s")
    dialog = desk.page.get_by_role("dialog", name="处理用工方")
    await dialog.get_by_text("警告只记入记录").wait_for()
    await desk.tab_to("警告")
    await desk.press("ArrowRight", "ArrowRight")
    await dialog.get_by_text("正在发布的 2 条招工信息会立即全部撤下").wait_for()
    await desk.tab_to("原因")
    await desk.type("拖欠三人工资，劳动监察查实。")
    await desk.picture("employer-sanction")
    await desk.press("Control+Enter")
    await desk.page.locator("[data-standing]", has_text="黑名单").wait_for()
    eventually(lambda: not any(clerk.shows(STATION, id) for id in ids), within_seconds=10)
    statuses = [clerk.client.get(f"/postings/{id}").json()["status"] for id in ids]
    assert statuses == ["withdrawn", "withdrawn"]
    await desk.page.get_by_role("button", name="已撤下 2，看是哪些").click()
    await desk.page.get_by_role("link", name="撤屏工0").wait_for()
    await desk.picture("employer-blacklisted")

    await desk.page.get_by_role("button", name="登记申诉").click()
    await desk.page.get_by_label("原因").fill("工资上周已经补发，有转账记录。")
    await desk.press("Control+Enter")
    await desk.page.get_by_role("button", name="决定申诉").click()
    await desk.page.get_by_text("申诉成立，解除处理").click()
    await desk.page.get_by_label("决定的理由").fill("核对过转账记录。")
    await desk.press("Control+Enter")
    await desk.page.locator("[data-standing]").wait_for(state="detached")
    await desk.picture("employer-appealed")
    assert not any(clerk.shows(STATION, id) for id in ids)
    assert clerk.client.get(f"/employers/{employer}").json()["sanction"] is None


async def test_two_entries_of_one_employer_are_merged(desk: Desk, clerk: Clerk) -> None:
    """Side by side with the reason; whoever decides says which one stays, and both ids mean it."""
    tag = secrets.token_hex(3)
    gone = _employer(clerk, f"双份家{tag}", address="老街 1 号")
    kept = _employer(clerk, f"双份家 {tag}", address="老街 2 号")
    clerk.draft(STATION, str(gone["id"]), trade="并家工")
    await desk.open("/employers/duplicates")
    pair = desk.page.locator("[data-pair]", has_text=f"双份家{tag}")
    await pair.get_by_text("名称相近").wait_for()
    await desk.picture("employer-duplicates")
    await pair.get_by_label(f"保留“双份家 {tag}”").check()
    await pair.get_by_role("button", name="合并", exact=True).click()
    dialog = desk.page.get_by_role("dialog", name="合并这两条用工方")
    await dialog.get_by_text(f"保留“双份家 {tag}”").wait_for()
    await dialog.get_by_role("button", name="同一家，登记了两次").click()
    await desk.picture("employer-merge")
    await desk.press("Control+Enter")
    await desk.is_told("已合并")
    await pair.wait_for(state="detached")
    assert clerk.client.get(f"/employers/{gone['id']}").json()["id"] == kept["id"]

    await desk.open(f"/employers/{gone['id']}")
    await desk.page.locator("main h1", has_text=f"双份家 {tag}").wait_for()
    await desk.page.get_by_role("link", name="并家工").wait_for()
    await desk.picture("employer-merged")
