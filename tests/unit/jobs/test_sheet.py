"""Sheets: where the header is, what a cell says, and what a hostile workbook costs."""

from __future__ import annotations

import io
import time
from datetime import date, datetime
from typing import Any

import pytest
from xlsxwriter import Workbook

from services.jobs import workbooks
from services.jobs.domain.sheet import SheetRefused, find_layout, read_row
from services.jobs.domain.sheet_cells import CellKind
from services.jobs.workbooks.reading import read_rows
from tests.support.employer_sheets import credit_code
from yizhan.contracts.imports import MOST_ROWS, Fault, ImportKind, Refusal

FORM = workbooks.form_of(ImportKind.EMPLOYERS)
HEADERS = [column.header for column in FORM.columns]
TODAY = date(2026, 3, 2)


def sheet(*rows: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options}) as book:
        made = book.add_worksheet()
        for number, row in enumerate(rows):
            made.write_row(number, 0, row)
    return out.getvalue()


def read(content: bytes, row: int = -1) -> Any:
    """A row of a sheet as it is judged; the last one unless told."""
    rows = read_rows(content)
    return read_row(rows[row], find_layout(rows, FORM), FORM, today=TODAY)


def test_the_header_is_found_below_titles_and_under_other_names() -> None:
    """In any order, in full width, with marks of what is required."""
    content = sheet(
        ["某县台账"],
        ["填表人：某某", "电话 0854"],
        ["单位名称 *", "电 话", "单位类型（必填）"],
        ["王家", "", "散户"],
    )
    row = read(content)
    assert row.values == {"name": "王家", "kind": "individual"}
    assert row.faults == ()


@pytest.mark.parametrize(
    ("rows", "refusal", "columns"),
    [
        ([["a", "b"], ["c", "d"]], Refusal.NO_HEADER, ()),
        ([["单位名称", "地址"], ["王家", "老街"]], Refusal.COLUMNS_MISSING, ("雇主类型",)),
        ([["单位名称", "类型", "企业名称"], ["王家", "个人", "x"]], Refusal.COLUMNS_REPEATED, ("雇主名称",)),
    ],
)
def test_a_sheet_without_a_clear_header_is_refused(
    rows: Any, refusal: Refusal, columns: tuple[str, ...]
) -> None:
    """And the columns are named that it is about."""
    with pytest.raises(SheetRefused) as refused:
        find_layout(read_rows(sheet(*rows)), FORM)
    assert (refused.value.refusal, refused.value.columns) == (refusal, columns)


def test_more_rows_than_one_sheet_may_have_are_refused() -> None:
    """As soon as that is known."""
    with pytest.raises(SheetRefused) as refused:
        read_rows(sheet(*([f"{number}"] for number in range(MOST_ROWS + 30))))
    assert refused.value.refusal is Refusal.TOO_MANY_ROWS


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_dates_are_read_in_the_workbooks_own_calendar(epoch_1904: bool) -> None:
    """The same day has another number in a workbook of 1904."""
    content = sheet(
        ["雇主类型", "雇主名称", "登记日期"], ["个人", "王家", datetime(2024, 2, 29)], date_1904=epoch_1904
    )
    assert read(content).values["registered_on"] == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("header", "cell", "means"),
    [
        ("登记日期", "2024年2月29日", date(2024, 2, 29)),
        ("登记日期", "2024.2.9", date(2024, 2, 9)),
        ("登记日期", "2024-03-01 00:00:00", date(2024, 3, 1)),
        ("登记日期", "3/1/2024", Fault.DATE_UNREADABLE),
        ("登记日期", 45352, Fault.DATE_UNREADABLE),
        ("登记日期", "2027-03-01", Fault.DATE_IMPLAUSIBLE),
        ("电话", 13800138000, "13800138000"),
        ("电话", 1.3800138e10, "13800138000"),
        ("电话", "１３８ ００１３ ８０００", "13800138000"),
        ("电话", "+86 138-0013-8000", "13800138000"),
        ("电话", "0854-5630000", "0854-5630000"),
        ("电话", "1.38001E+10", Fault.DIGITS_LOST),
        ("电话", 138.5, Fault.DIGITS_LOST),
        ("信用代码", credit_code(1).lower(), credit_code(1)),
        ("信用代码", 123456789012345678, Fault.DIGITS_LOST),
        ("信用代码", "123456789012345678", "123456789012345678"),
        ("地址", "老街\n12 号", "老街12 号"),
        ("地址", "老街\u202e", Fault.TEXT_REFUSED),
        ("规模", "10－49人", "small"),
    ],
)
def test_a_cell_says_one_thing_or_is_refused(header: str, cell: Any, means: Any) -> None:
    """Numbers that kept their digits are taken, those that lost some are not."""
    row = read(sheet(["雇主类型", "雇主名称", header], ["个人", "王家", cell]))
    key = next(column.key for column in FORM.columns if header in (column.header, *column.variants))
    found = row.faults[0].code if row.faults else row.values[key]
    assert found == means


def test_what_a_spreadsheet_program_never_writes_is_bounded() -> None:
    """Hundreds of thousands of merged areas, each over all rows, and cells far to the right."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        made = book.add_worksheet()
        made.write_row(0, 0, HEADERS)
        for number in range(1, 2000):
            made.write_row(number, 0, ["个人", f"王{number}家"])
        made.merge += [[1, 50, 1_000_000, 16_000]] * 20_000
    started = time.process_time()
    rows = read_rows(out.getvalue())
    assert time.process_time() - started < 20
    assert len(rows) == 2000
    assert rows[0].merged == frozenset()
    assert 60 in rows[5].merged
    assert rows[5].cells[1].kind is CellKind.TEXT
