"""An xlsx workbook's first visible sheet as raw rows: what is typed, what is merged, what is hidden."""

from __future__ import annotations

import io
import warnings
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from services.jobs.domain.sheet import MOST_ROWS_ABOVE_HEADER, RawRow, SheetRefused
from services.jobs.domain.sheet_cells import Cell, CellKind
from yizhan.contracts.files import FileTypeRefused
from yizhan.contracts.imports import MOST_ROWS, Refusal
from yizhan.spreadsheets import check_workbook

#: Cells right of this are not looked at.
_MOST_COLUMNS = 100
#: Rows that say something, the header and what stands above it among them.
_MOST_RAW_ROWS = MOST_ROWS + MOST_ROWS_ABOVE_HEADER + 1

#: In 1900's calendar the serial numbers up to 60 are a day off, and 60 is 29 February, which never was.
_FIRST_SURE_SERIAL = 61


def read_rows(content: bytes) -> list[RawRow]:
    """The rows that hold anything, in order. Keeps a core busy for seconds. Raises SheetRefused."""
    try:
        check_workbook(content)
        with warnings.catch_warnings():
            # Of extensions that it drops and of dates that it cannot read; the cells tell of those.
            warnings.simplefilter("ignore")
            return _read(content)
    except SheetRefused:
        raise
    except FileTypeRefused as error:
        raise SheetRefused(Refusal.FILE_DAMAGED) from error
    except Exception as error:
        # openpyxl raises whatever a damaged part happens to trip; a file must never fail the reader.
        raise SheetRefused(Refusal.FILE_DAMAGED) from error


def _read(content: bytes) -> list[RawRow]:
    workbook = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        sheet = next((sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"), None)
        if sheet is None:
            raise SheetRefused(Refusal.NO_ROWS)
        with sheet._get_source() as source:
            parser = _Parser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=workbook.epoch,
                date_formats=workbook._date_formats,
                timedelta_formats=workbook._timedelta_formats,
            )
            return parser.rows()
    finally:
        workbook.close()


class _Parser(WorkSheetParser):  # type: ignore[misc]
    """openpyxl's, which also keeps of each cell how its number is written and whether it is a formula's."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        cell["raw"] = element.findtext(VALUE_TAG, "") or ""
        cell["formula"] = element.find(FORMULA_TAG) is not None
        return cell

    def rows(self) -> list[RawRow]:
        """All rows; what is merged stands in the file behind them."""
        found: list[tuple[int, dict[int, Cell]]] = []
        for number, cells in self.parse():
            read = {
                cell["column"]: made
                for cell in cells
                if cell["column"] <= _MOST_COLUMNS and (made := self._cell(cell)) is not None
            }
            if any(cell.text.strip() for cell in read.values()):
                found.append((number, read))
                if len(found) > _MOST_RAW_ROWS:
                    raise SheetRefused(Refusal.TOO_MANY_ROWS)
        merged = self._merged([number for number, _ in found])
        return [
            RawRow(number, cells, hidden=self._is_hidden(number), merged=columns)
            for (number, cells), columns in zip(found, merged, strict=True)
        ]

    def _cell(self, cell: dict[str, Any]) -> Cell | None:
        value, raw = cell["value"], cell["raw"]
        if value is None:
            return Cell(CellKind.UNKNOWN, "=") if cell["formula"] else None
        match cell["data_type"]:
            case "e":
                return Cell(CellKind.ERROR, str(value))
            case "d":
                return self._date(value, raw)
            case "n":
                return Cell(CellKind.NUMBER, raw)
            case "b":
                return Cell(CellKind.TEXT, "TRUE" if value else "FALSE")
            case _:
                return Cell(CellKind.TEXT, str(value))

    def _date(self, value: Any, raw: str) -> Cell:
        is_1900 = self.epoch != CALENDAR_MAC_1904
        if isinstance(value, datetime) and not (is_1900 and _serial(raw) < _FIRST_SURE_SERIAL):
            return Cell(CellKind.DATE, _shown(value), value)
        # A time of day or a duration in the place of a date.
        text = value.isoformat() if isinstance(value, time) else str(value)
        return Cell(CellKind.NUMBER, raw if isinstance(value, timedelta | datetime) else text)

    def _is_hidden(self, number: int) -> bool:
        return self.row_dimensions.get(str(number), {}).get("hidden") in ("1", "true")

    def _merged(self, numbers: list[int]) -> list[frozenset[int]]:
        """The columns of each row that merged areas cover. numbers: ascending.

        Only where an area begins and ends is noted, so that many that each cover all rows cost no more.
        """
        begun: dict[int, Counter[int]] = defaultdict(Counter)
        for area in self.merged_cells.mergeCell if self.merged_cells is not None else ():
            first, last = bisect_left(numbers, area.min_row), bisect_right(numbers, area.max_row)
            if first < last:
                columns = range(area.min_col, min(area.max_col, _MOST_COLUMNS) + 1)
                begun[first].update(columns)
                begun[last].subtract(columns)
        covered: Counter[int] = Counter()
        merged = []
        for index in range(len(numbers)):
            covered.update(begun.get(index, {}))
            merged.append(frozenset(column for column, areas in covered.items() if areas > 0))
        return merged


def _shown(moment: datetime) -> str:
    """A day as a sheet shows it, with its time where it has one."""
    shown = moment + timedelta(seconds=30)
    return moment.date().isoformat() if shown.time() < time(0, 1) else f"{shown:%Y-%m-%d %H:%M}"


def _serial(raw: str) -> float:
    try:
        return float(raw)
    except ValueError:
        # An ISO date (t="d") has no serial number.
        return _FIRST_SURE_SERIAL
