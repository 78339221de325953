"""Sheets of postings with what offices do to them, and what is to come of each row."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from xlsxwriter import Workbook

from tests.support.employer_sheets import Expected, MadeSheet
from yizhan.contracts.imports import Fault

#: The headers as an office has them: another order, other words than the template's, one column of its own.
HEADERS = (
    "序号", "工种", "用工单位", "招工人数", "工资（元）", "计薪方式", "结算方式", "集合地点", "上班时间",
    "结束时间", "要求", "信用代码", "电话", "每件是", "最高工资", "包吃",
)  # fmt: skip
_COLUMNS = dict(
    zip(
        ("number", "trade", "employer", "hands", "wage", "unit", "settlement", "place", "starts", "ends",
         "text", "code", "phone", "piece", "most", "meals"),
        range(len(HEADERS)),
        strict=True,
    )
)  # fmt: skip
FIRST_ROW = 3

#: What is wrong with a row: fault, the template's header, and what the row says.
MISHAPS: tuple[tuple[Fault | None, str | None, dict[str, Any]], ...] = (
    (Fault.REQUIRED, "人数", {"hands": None}),
    (Fault.NUMBER_UNREADABLE, "人数", {"hands": "两三个"}),
    (Fault.NUMBER_UNREADABLE, "人数", {"hands": 2.5}),
    (Fault.NUMBER_OUT_OF_RANGE, "人数", {"hands": 0}),
    (None, None, {"hands": "3人", "wage": "180 元"}),
    (Fault.CHOICE_UNKNOWN, "计酬方式", {"unit": "面议"}),
    (Fault.MOMENT_UNREADABLE, "开工时间", {"starts": "明早六点"}),
    (Fault.MOMENT_UNREADABLE, "开工时间", {"starts": "2026-03-03"}),
    (None, None, {"starts": lambda first: f"{first:%Y年%m月%d日} 6点30分"}),
    (Fault.PERIOD_IMPLAUSIBLE, "开工时间", {"starts": "2025-03-03 06:00"}),
    (Fault.PERIOD_IMPLAUSIBLE, "结束时间", {"ends": "2026-03-02 06:00"}),
    (Fault.WAGE_IMPLAUSIBLE, "工钱", {"wage": 2}),
    (Fault.WAGE_ORDER, "工钱上限", {"most": 150}),
    (None, None, {"most": 220.5}),
    (Fault.PIECE_MISPLACED, "每件是", {"unit": "计件"}),
    (None, None, {"unit": "计件", "piece": "车", "wage": 12}),
    (Fault.TEXT_REFUSED, "地点", {"place": "打 13800138000"}),
    (Fault.EMPLOYER_UNKNOWN, "雇主名称", {"employer": "没登记的厂"}),
    (Fault.UNLAWFUL, None, {"text": "限男性，只招汉族"}),
    (Fault.UNLAWFUL, None, {"text": "先交押金二百元"}),
)


def posting_sheet(employer: str, *, rows: int = 40, first_day: datetime) -> MadeSheet:
    """So many rows of one employer: each mishap once, then good ones."""
    out = io.BytesIO()
    expected: dict[int, Expected] = {}
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("用工")
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write(0, 0, "某站用工信息")
        sheet.write_row(1, 0, HEADERS)
        for place in range(rows):
            fault, column, said = MISHAPS[place] if place < len(MISHAPS) else (None, None, {})
            good = {
                "number": place + 1,
                "trade": ("搬运工", "小工", "泥瓦工")[place % 3],
                "employer": employer,
                "hands": 2 + place % 5,
                "wage": 180 + place,
                "unit": "按天",
                "settlement": "日结",
                "place": f"老农贸市场第{place}号门",
                "starts": first_day + timedelta(days=place % 20),
                "meals": "是",
            }
            for name, value in {**good, **said}.items():
                value = value(first_day) if callable(value) else value
                _write(sheet, FIRST_ROW - 1 + place, _COLUMNS[name], value, moment)
            expected[FIRST_ROW + place] = Expected(fault, column)
    return MadeSheet(out.getvalue(), expected)


def _write(sheet: Any, row: int, column: int, value: Any, moment: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, value, moment)
    elif value is not None:
        sheet.write(row, column, value)
