"""A spreadsheet of employers, with all that offices do to one, taken or refused row by row at the console."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.support.employer_sheets import Expected, employer_sheet
from yizhan.contracts.files import XLSX
from yizhan.contracts.imports import Fault

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ROWS = 5_000
_READ_MS = 120_000


def _status(expected: Expected) -> str:
    if expected.fault is None:
        return "good"
    return "taken" if expected.fault is Fault.REPEATED_IN_SHEET else "faulty"


def _rows(clerk: Clerk, id: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    after: int | None = 0
    while after is not None:
        page = clerk.client.get(f"/imports/{id}/rows", params={"after": after, "limit": 200}).json()
        found |= {row["row"]: row for row in page["rows"]}
        after = page["next"]
    return found


async def _upload(desk: Desk, name: str, content: bytes) -> None:
    await desk.open("/employers/imports")
    await desk.page.get_by_label("选择 Excel 文件").set_input_files(
        {"name": name, "mimeType": XLSX, "buffer": content}
    )
    await desk.page.locator(".file-list", has_text=name).wait_for()
    await desk.page.get_by_role("button", name="读取这个文件").click()
    await desk.page.locator("main h1", has_text=name).wait_for()


@pytest.mark.timeout(600)
async def test_a_large_sheet_is_taken_and_refused_row_by_row(desk: Desk, clerk: Clerk) -> None:
    """Formulas, merged cells, wrong dates, repeats: each row's fate is shown before anything is taken."""
    made = employer_sheet(ROWS)
    counts = Counter(map(_status, made.rows.values()))
    await _upload(desk, "五千行台账.xlsx", made.content)
    await desk.picture("import-reading")
    page = desk.page
    await page.locator("[data-rows=good]").wait_for(timeout=_READ_MS)
    for status, name in {"good": "可导入", "faulty": "有问题", "taken": "已存在"}.items():
        await expect(page.locator(f"[data-rows={status}]")).to_have_text(f"{name} {counts[status]}")
    id = page.url.rsplit("/", 1)[1]
    told = _rows(clerk, id)
    assert {number: row["status"] for number, row in told.items()} == {
        number: _status(expected) for number, expected in made.rows.items()
    }

    await page.locator("[data-rows=faulty]").click()
    for reason in ("合并的单元格", "公式没有保存结果", "错误值", "不是日期", "日期太早或还没有到", "隐藏"):
        await page.locator(".row-fault", has_text=reason).first.wait_for()
    await desk.picture("import-faulty")
    await page.locator("[data-rows=taken]").click()
    repeat = next(number for number, one in made.rows.items() if one.repeats)
    row = page.locator(f'tr[data-row="{repeat}"]')
    await row.get_by_text(f"与第 {made.rows[repeat].repeats} 行重复").wait_for()

    await page.locator("[data-rows=good]").click()
    first = next(number for number, one in made.rows.items() if one.fault is None)
    chosen = page.locator(f'tr[data-row="{first}"]')
    await chosen.focus()
    await desk.press(" ")
    await page.get_by_role("button", name="导入选中的 1 行").click()
    await page.get_by_role("dialog").get_by_role("button", name="导入 1 行").click()
    await expect(page.locator("[data-rows=imported]")).to_have_text("已导入 1", timeout=_READ_MS)
    await page.get_by_role("button", name=f"导入全部 {counts['good'] - 1} 行").click()
    await page.get_by_role("dialog").get_by_role("button", name=f"导入 {counts['good'] - 1} 行").click()
    await page.get_by_text(f"已导入 {counts['good']} 行").first.wait_for(timeout=_READ_MS)
    await desk.picture("import-done")

    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="下载没有导入的行").click()
    saved = await (await downloading.value).path()
    sheet = load_workbook(io.BytesIO(saved.read_bytes()), read_only=True).worksheets[0]
    lines = list(sheet.iter_rows(values_only=True))
    number = lines[0].index("原行号")
    assert {line[number] for line in lines[1:]} == {
        row for row, expected in made.rows.items() if expected.fault is not None
    }

    await desk.open("/employers/imports")
    await expect(desk.row("五千行台账.xlsx")).to_contain_text("已完成")
    await desk.picture("imports")


async def test_an_import_is_given_up(desk: Desk, clerk: Clerk) -> None:
    """Its rows are gone, and nothing of it is in the register."""
    await _upload(desk, "不要了.xlsx", employer_sheet(20).content)
    await desk.page.locator("[data-rows=good]").wait_for(timeout=_READ_MS)
    await desk.page.get_by_role("button", name="取消导入").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="取消导入").click()
    await desk.is_told("已取消")
    await desk.page.get_by_text("这次导入的行已经清除").wait_for()
    id = desk.page.url.rsplit("/", 1)[1]
    assert clerk.client.get(f"/imports/{id}").json()["status"] == "cancelled"


async def test_what_is_no_sheet_is_refused_in_words(desk: Desk) -> None:
    """A photo that is called .xlsx is not taken, and the page says why."""
    await desk.open("/employers/imports")
    picture = await desk.page.screenshot()
    await desk.page.get_by_label("选择 Excel 文件").set_input_files(
        {"name": "照片.xlsx", "mimeType": XLSX, "buffer": picture}
    )
    await desk.page.locator(".file-list", has_text="照片.xlsx").wait_for()
    await desk.page.get_by_role("button", name="读取这个文件").click()
    await desk.page.get_by_role("alert").get_by_text("这里不收这种文件").wait_for()
    async with desk.page.expect_download() as downloading:
        await desk.page.get_by_role("button", name="下载模板").click()
    assert (await downloading.value).suggested_filename == "雇主登记导入表.xlsx"
