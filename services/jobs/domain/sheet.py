"""A sheet's rows as a kind of import wants them: where the columns are, what each row says, what is wrong.

Knows no file format and no register.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from services.jobs.domain.employer_contact import masked_name, masked_phone
from services.jobs.domain.sheet_cells import Cell, CellKind, Column, SheetData, read_cell
from yizhan.contracts.compliance import Finding
from yizhan.contracts.imports import Fault, Refusal, RowFault

#: Titles and notes may stand above the header.
MOST_ROWS_ABOVE_HEADER = 20
_HEADER_TRIM = re.compile(r"[\s*＊:：]|[((\[【](必填|选填|可选)[))\]】]")

_MASKS = {"name": masked_name, "phone": masked_phone}


@dataclass(frozen=True)
class RawRow:
    """number: as the spreadsheet shows it. cells: by column, those that hold something. merged: the columns
    in which a merged area covers this row."""

    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False
    merged: frozenset[int] = frozenset()


class Form(SheetData):
    """The template of a kind of import, and how its sheets are read."""

    title: str
    sheet: str
    file_name: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Layout:
    """Where a sheet has what. ignored: headers of columns that nothing is taken from."""

    header_row: int
    keys: Mapping[int, str]
    ignored: tuple[str, ...]


class SheetRefused(Exception):
    """Nothing of a sheet can be read. columns: the headers that it is about."""

    def __init__(self, refusal: Refusal, columns: Sequence[str] = ()) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.columns = tuple(columns)


def find_layout(rows: Iterable[RawRow], form: Form) -> Layout:
    """The header among the first rows: the one that names most columns. Raises SheetRefused."""
    known = {
        _plain_header(header): column
        for column in form.columns
        for header in (column.header, *column.variants)
    }
    best: tuple[RawRow, dict[int, Column]] | None = None
    for _, row in zip(range(MOST_ROWS_ABOVE_HEADER), rows, strict=False):
        found = {
            number: known[_plain_header(cell.text)]
            for number, cell in row.cells.items()
            if _plain_header(cell.text) in known
        }
        if len(found) > (len(best[1]) if best else 1):
            best = row, found
    if best is None:
        raise SheetRefused(Refusal.NO_HEADER)
    return _checked_layout(*best, form)


def _checked_layout(row: RawRow, found: dict[int, Column], form: Form) -> Layout:
    keys = [column.key for column in found.values()]
    repeated = [column.header for column in form.columns if keys.count(column.key) > 1]
    if repeated:
        raise SheetRefused(Refusal.COLUMNS_REPEATED, repeated)
    missing = [column.header for column in form.columns if column.required and column.key not in keys]
    if missing:
        raise SheetRefused(Refusal.COLUMNS_MISSING, missing)
    ignored = tuple(cell.text.strip()[:40] for number, cell in row.cells.items() if number not in found)
    return Layout(row.number, {number: column.key for number, column in found.items()}, ignored[:20])


def _plain_header(text: str) -> str:
    return _HEADER_TRIM.sub("", unicodedata.normalize("NFKC", text)).lower()


# --- a row ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReadRow:
    """said: by column, as the sheet shows it. values: what that means, where it means something."""

    number: int
    said: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[RowFault, ...] = ()


Request = TypeVar("Request", bound=BaseModel)


@dataclass(frozen=True)
class Judged(Generic[Request]):
    """A row with all that is wrong with it, and the command that it stands for; None where it stands for
    none. keys: what no two rows share. findings: what the law says of it."""

    row: ReadRow
    request: Request | None = None
    keys: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def header_of(key: str, form: Form) -> str | None:
    """What a column is called; None for a key that is none."""
    return next((column.header for column in form.columns if column.key == key), None)


def with_faults(row: ReadRow, faults: Iterable[RowFault]) -> ReadRow:
    """The row with more that is wrong with it. A cell that could not be read is not missed as well."""
    unread = {fault.column for fault in row.faults}
    return replace(row, faults=(*row.faults, *(fault for fault in faults if fault.column not in unread)))


def fault_of(error: Any, form: Form, columns: Mapping[str, str]) -> RowFault:
    """What pydantic says of a field, as a fault of the row. columns: by field, where they are not called the
    same."""
    named = [str(part) for part in error["loc"]]
    key = next((columns.get(name, name) for name in reversed(named) if not name.isdigit()), "")
    if error["type"] in ("string_too_long", "too_long"):
        code = Fault.TOO_LONG
    elif error["type"].startswith(("greater_than", "less_than")):
        code = Fault.NUMBER_OUT_OF_RANGE
    else:
        code = Fault.TEXT_REFUSED
    return RowFault(code=code, column=header_of(key, form))


def read_row(row: RawRow, layout: Layout, form: Form, *, today: date) -> ReadRow:
    """What a row says, and all that is wrong with it."""
    cells = {layout.keys[number]: cell for number, cell in row.cells.items() if number in layout.keys}
    said = {key: cell.text.strip()[:200] for key, cell in cells.items()}
    faults: list[RowFault] = []
    if row.hidden:
        faults.append(RowFault(code=Fault.HIDDEN_ROW))
    values: dict[str, Any] = {}
    merged = {layout.keys[number] for number in row.merged if number in layout.keys}
    for column in form.columns:
        if column.key in merged:
            faults.append(RowFault(code=Fault.MERGED, column=column.header))
            continue
        value = read_cell(cells.get(column.key), column, today)
        if isinstance(value, Fault):
            faults.append(RowFault(code=value, column=column.header))
        elif value is not None:
            values[column.key] = value
    return ReadRow(row.number, said, values, tuple(faults))


def masked(said: Mapping[str, str], form: Form) -> dict[str, str]:
    """What a list shows of a row: headers and cells, of personal ones only part."""
    shown = {}
    for column in form.columns:
        text = said.get(column.key)
        if text:
            shown[column.header] = text if column.masked is None else _MASKS[column.masked](text)
    return shown


def is_blank(row: RawRow, layout: Layout) -> bool:
    """Whether a row says nothing in any column that is read."""
    return not any(
        number in layout.keys and (cell.kind is not CellKind.TEXT or cell.text.strip())
        for number, cell in row.cells.items()
    )
