"""Sheets of employers with all that offices do to a spreadsheet, and what is to come of each row."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.jobs.domain.credit_code import ALPHABET
from yizhan.contracts.imports import Fault

#: The headers as an office has them: another order, other words than the template's, one column of its own.
HEADERS = (
    "序号", "单位名称", "雇主类型(必填)", "统一社会信用代码：", "联系人", "手机号码", "登记日期", "地址",
    "备注",
)  # fmt: skip
_NUMBER, _NAME, _KIND, _CODE, _CONTACT, _PHONE, _DATE, _ADDRESS, _REMARK = range(len(HEADERS))
#: A title and a note stand above it; so many rows of the sheet come before the first employer.
FIRST_ROW = 4


def credit_code(number: int) -> str:
    """A code whose check character holds."""
    body = f"91522730MA{number:07d}"
    weighted = sum(pow(3, place, 31) * ALPHABET.index(letter) for place, letter in enumerate(body))
    return body + ALPHABET[(31 - weighted % 31) % 31]


def phone(number: int) -> str:
    return f"138{number:08d}"


@dataclass
class Expected:
    """fault: None for a row that is taken. column: the template's header."""

    fault: Fault | None = None
    column: str | None = None
    repeats: int | None = None


@dataclass
class MadeSheet:
    """content: the workbook. rows: by the row's number in the sheet."""

    content: bytes
    rows: dict[int, Expected] = field(default_factory=dict)

    def numbers(self, fault: Fault | None) -> list[int]:
        return [number for number, expected in self.rows.items() if expected.fault is fault]


class _Writer:
    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.row = FIRST_ROW - 1
        self.expected: dict[int, Expected] = {}

    @property
    def number(self) -> int:
        """The row in hand as a spreadsheet shows it."""
        return self.row + 1

    def company(self, **cells: Any) -> None:
        """A good company, save for what is given."""
        made = {
            _NUMBER: self.row,
            _NAME: f"县城第{self.row}建材厂",
            _KIND: "企业",
            _CODE: credit_code(self.row),
            _CONTACT: "王建国",
            _PHONE: phone(self.row),
            _DATE: datetime(2024, 3, 1),
            _ADDRESS: "工业路旁",
        }
        self._write({**made, **{_COLUMNS[name]: value for name, value in cells.items()}})

    def individual(self, **cells: Any) -> None:
        made = {
            _NAME: f"李家{self.row}户",
            _KIND: "个人",
            _CONTACT: "李秀英",
            _PHONE: phone(self.row),
            _DATE: "2023年5月6日",
        }
        self._write({**made, **{_COLUMNS[name]: value for name, value in cells.items()}})

    def _write(self, cells: dict[int, Any]) -> None:
        for column, value in cells.items():
            if isinstance(value, datetime):
                self.sheet.write_datetime(self.row, column, value, self.day)
            elif isinstance(value, tuple):
                formula, result = value
                self.sheet.write_formula(self.row, column, formula, None, result)
            elif isinstance(value, int | float):
                self.sheet.write_number(self.row, column, value, self.day if column == _DATE else None)
            elif value is not None:
                self.sheet.write_string(self.row, column, value)

    def end(
        self, fault: Fault | None = None, column: str | None = None, *, repeats: int | None = None
    ) -> None:
        self.expected[self.number] = Expected(fault, column, repeats)
        self.row += 1


_COLUMNS = {
    "name": _NAME, "kind": _KIND, "code": _CODE, "contact": _CONTACT, "phone": _PHONE, "date": _DATE,
    "address": _ADDRESS,
}  # fmt: skip

#: What goes wrong, again and again down the sheet: how such a row is written.
Mishap = Callable[[_Writer], None]


def _hidden(on: _Writer) -> None:
    on.company()
    on.sheet.set_row(on.row, None, None, {"hidden": True})
    on.end(Fault.HIDDEN_ROW)


def _merged(on: _Writer) -> None:
    """One address over two rows: of which of them is it?"""
    on.company(address=None)
    on.sheet.merge_range(on.row, _ADDRESS, on.row + 1, _ADDRESS, "合并的地址")
    on.end(Fault.MERGED, "地址")
    on.company(address=None)
    on.end(Fault.MERGED, "地址")


def _repeated(on: _Writer) -> None:
    above = on.number
    on.company()
    on.end()
    on.company(code=credit_code(on.row - 1), name="另写的名称")
    on.end(Fault.REPEATED_IN_SHEET, repeats=above)


def _repeated_person(on: _Writer) -> None:
    above = on.number
    on.individual(name=f"赵 {on.number} 家", phone=phone(on.row))
    on.end()
    on.individual(name=f"赵{on.number - 1}家", phone=phone(on.row - 1))
    on.end(Fault.REPEATED_IN_SHEET, repeats=above)


def _plain(fault: Fault | None, column: str | None, **cells: Any) -> Mishap:
    def write(on: _Writer) -> None:
        on.company(**cells)
        on.end(fault, column)

    return write


MISHAPS: tuple[Mishap, ...] = (
    _hidden,
    _merged,
    _repeated,
    _repeated_person,
    # Formulas: with a result, without one, with an error.
    lambda on: (on.company(name=('="县城"&"砂石厂"', f"县城{on.row}砂石厂")), on.end())[-1],
    lambda on: (on.company(name=("=B4", "")), on.end(Fault.FORMULA_WITHOUT_VALUE, "雇主名称"))[-1],
    lambda on: (on.company(name=("=VLOOKUP(1,A1:B2,2)", "#N/A")), on.end(Fault.CELL_ERROR, "雇主名称"))[-1],
    # Codes and phones as numbers: lost, and not lost.
    _plain(Fault.DIGITS_LOST, "统一社会信用代码", code=915227301234567890),
    _plain(Fault.DIGITS_LOST, "统一社会信用代码", code="9.15227E+17"),
    lambda on: (on.company(phone=13800000000 + on.row), on.end())[-1],
    _plain(Fault.PHONE_MALFORMED, "联系电话", phone="1380013800"),
    _plain(Fault.PHONE_MALFORMED, "联系电话", phone=8545630000),
    _plain(Fault.CODE_MALFORMED, "统一社会信用代码", code="91522730"),
    _plain(Fault.CREDIT_CODE_MISPLACED, "统一社会信用代码", code=None),
    # Dates: as text, in the calendar's first days, yet to come, as a bare figure, that never was.
    _plain(Fault.DATE_UNREADABLE, "台账登记日期", date="24.3.1"),
    _plain(Fault.DATE_UNREADABLE, "台账登记日期", date="2023年2月30日"),
    _plain(Fault.DATE_UNREADABLE, "台账登记日期", date=60),
    _plain(Fault.DATE_IMPLAUSIBLE, "台账登记日期", date=datetime(1904, 1, 2)),
    _plain(Fault.DATE_IMPLAUSIBLE, "台账登记日期", date=datetime(2124, 3, 1)),
    lambda on: (on.company(date="2024/3/1"), on.end())[-1],
    # The rest.
    _plain(Fault.CHOICE_UNKNOWN, "雇主类型", kind="不清楚"),
    _plain(Fault.REQUIRED, "雇主名称", name=None),
    _plain(Fault.TOO_LONG, "雇主名称", name="县" * 41),
    _plain(Fault.TEXT_REFUSED, "雇主名称", name="王家 13800138000"),
    _plain(Fault.TEXT_REFUSED, "雇主名称", name=20240301),
    _plain(Fault.CONTACT_INCOMPLETE, "联系电话", phone=None),
)


def employer_sheet(rows: int, *, epoch_1904: bool = False) -> MadeSheet:
    """So many rows: all mishaps once in every hundred, good companies and individuals between them."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "date_1904": epoch_1904}
    with Workbook(out, options) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "某某县用工主体登记台账")
        sheet.merge_range(1, 0, 1, len(HEADERS) - 1, "填表说明：请如实填写")
        sheet.write_row(2, 0, HEADERS)
        on = _Writer(book, sheet)
        while rows - len(on.expected) >= 100:
            before = len(on.expected)
            for mishap in MISHAPS:
                mishap(on)
            while len(on.expected) - before < 100:
                (on.company if on.row % 2 else on.individual)()
                on.end()
        while len(on.expected) < rows:
            on.individual()
            on.end()
    return MadeSheet(out.getvalue(), on.expected)
