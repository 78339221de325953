"""Workbooks made here: the template of a kind of import, and what became of an import's rows."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.jobs.domain.sheet import Form
from services.jobs.domain.sheet_cells import Column, ColumnType
from yizhan.contracts.imports import MOST_ROWS

#: Text that begins like a formula stays text, and no address becomes a link.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_TEXT, _GENERAL = "@", "General"
#: How cells of a type are shown that are not text.
_FORMATS = {
    ColumnType.DATE: "yyyy-mm-dd",
    ColumnType.MOMENT: "yyyy-mm-dd hh:mm",
    ColumnType.NUMBER: _GENERAL,
}
#: Wide enough for a reason.
_REASON_WIDTH = 60


@dataclass(frozen=True)
class ReportLine:
    """A row as it was read, and what is said of it. cells: by column key."""

    number: int
    cells: dict[str, str]
    result: str
    reasons: str


@dataclass(frozen=True)
class ReportHeads:
    """The headers of what the report adds to a sheet."""

    number: str
    result: str
    reasons: str


def template(form: Form) -> bytes:
    """An empty sheet to fill in: title, notes, header, and columns that keep codes and numbers as text."""
    out = io.BytesIO()
    with Workbook(out, _OPTIONS) as book:
        sheet = book.add_worksheet(form.sheet)
        header_row = _write_head(book, sheet, form, len(form.columns))
        required = book.add_format(_head_look(required=True))
        optional = book.add_format(_head_look(required=False))
        formats = {kind: book.add_format({"num_format": kind}) for kind in (_TEXT, *_FORMATS.values())}
        for index, column in enumerate(form.columns):
            sheet.set_column(index, index, column.width, formats[_number_format(column)])
            sheet.write_string(header_row, index, column.header, required if column.required else optional)
            if column.note:
                sheet.write_comment(header_row, index, column.note)
            _validate(sheet, header_row + 1, index, column)
        sheet.freeze_panes(header_row + 1, 0)
    return out.getvalue()


def report(form: Form, lines: Iterable[ReportLine], heads: ReportHeads) -> bytes:
    """Rows with what became of them, in the template's columns, so that it can be mended and sent again."""
    out = io.BytesIO()
    with Workbook(out, _OPTIONS) as book:
        sheet = book.add_worksheet(form.sheet)
        look = book.add_format(_head_look(required=False))
        text = book.add_format({"num_format": _TEXT})
        bad = book.add_format({"font_color": "#9C0006", "text_wrap": True})
        for index, column in enumerate(form.columns):
            sheet.set_column(index, index, column.width, text)
            sheet.write_string(0, index, column.header, look)
        beyond = len(form.columns)
        for offset, (head, width) in enumerate(
            ((heads.number, 8), (heads.result, 12), (heads.reasons, _REASON_WIDTH))
        ):
            sheet.set_column(beyond + offset, beyond + offset, width)
            sheet.write_string(0, beyond + offset, head, look)
        for row, line in enumerate(lines, start=1):
            for index, column in enumerate(form.columns):
                sheet.write_string(row, index, line.cells.get(column.key, ""), text)
            sheet.write_number(row, beyond, line.number)
            sheet.write_string(row, beyond + 1, line.result)
            sheet.write_string(row, beyond + 2, line.reasons, bad)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _write_head(book: Workbook, sheet: Worksheet, form: Form, columns: int) -> int:
    """Title and notes above the header; the header's row."""
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    note = book.add_format({"font_color": "#595959", "text_wrap": True, "valign": "top"})
    sheet.merge_range(0, 0, 0, columns - 1, form.title, title)
    sheet.set_row(0, 30)
    sheet.merge_range(1, 0, 1, columns - 1, "\n".join(form.notes), note)
    sheet.set_row(1, 16 * len(form.notes) + 6)
    return 2


def _head_look(*, required: bool) -> dict[str, Any]:
    colour = "#FCE4D6" if required else "#DDEBF7"
    return {"bold": True, "bg_color": colour, "border": 1, "align": "center", "valign": "vcenter"}


def _number_format(column: Column) -> str:
    return _FORMATS.get(column.type, _TEXT)


def _validate(sheet: Worksheet, first: int, index: int, column: Column) -> None:
    """What Excel itself refuses while it is typed."""
    last = first + MOST_ROWS - 1
    if column.type is ColumnType.CHOICE:
        sheet.data_validation(first, index, last, index, {"validate": "list", "source": list(column.offered)})
    elif column.type is ColumnType.CODE:
        rule = {"validate": "length", "criteria": "==", "value": 18, "error_title": column.header}
        sheet.data_validation(first, index, last, index, rule)
