"""A sheet's rows as a kind of import wants them: which columns there are, what each cell says, what is wrong.

Knows no file format and no register. A cell that a person could read in more than one way is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.jobs.domain.employer_contact import masked_name, masked_phone
from yizhan.contracts.imports import Fault, Refusal, RowFault

#: Titles and notes may stand above the header.
MOST_ROWS_ABOVE_HEADER = 20
#: Excel computes with so many digits; of a longer number the rest are zeros.
_DIGITS_KEPT = 15
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+?\d+")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(\s+0{1,2}:00(:00)?)?")
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}")
#: 1900's and 1904's first years, and most slips, lie before it.
_EARLIEST = date(1980, 1, 1)
_CODE = re.compile(r"[0-9A-Z]{18}")
_HIDING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_HEADER_TRIM = re.compile(r"[\s*＊:：]|[((\[【](必填|选填|可选)[))\]】]")

_MASKS = {"name": masked_name, "phone": masked_phone}

# --- what a sheet holds --------------------------------------------------------------------------------


class CellKind(StrEnum):
    TEXT = "text"
    #: `text` has the number as the file does, before any rounding of ours.
    NUMBER = "number"
    DATE = "date"
    ERROR = "error"
    #: A formula whose result the file does not hold.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cell:
    kind: CellKind
    text: str
    moment: datetime | None = None


@dataclass(frozen=True)
class RawRow:
    """number: as the spreadsheet shows it. cells: by column, those that hold something. merged: the columns
    in which a merged area covers this row."""

    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False
    merged: frozenset[int] = frozenset()


# --- what a kind of import wants ------------------------------------------------------------------------


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    #: 18 digits and capitals.
    CODE = "code"
    PHONE = "phone"
    DATE = "date"


class Column(_Data):
    """variants: other headers for the same. choices: what a cell may say → what is meant by it; the first of
    each meaning is offered in the template. masked: it is a person's, and a list shows only a part. width:
    in characters."""

    key: str
    header: str
    variants: tuple[str, ...] = ()
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    most_characters: Annotated[int, Field(ge=1)] = 40
    choices: dict[str, str] = Field(default_factory=dict)
    masked: Literal["name", "phone"] | None = None
    width: int = 16
    note: str = ""

    @property
    def offered(self) -> tuple[str, ...]:
        """One word for each meaning."""
        first: dict[str, str] = {}
        for word, meaning in self.choices.items():
            first.setdefault(meaning, word)
        return tuple(first.values())


class Form(_Data):
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
        value = _read(cells.get(column.key), column, today)
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


def _read(cell: Cell | None, column: Column, today: date) -> Any:
    """What a cell means, None for nothing, or its Fault."""
    if cell is None or (cell.kind is CellKind.TEXT and not cell.text.strip()):
        return Fault.REQUIRED if column.required else None
    if cell.kind is CellKind.ERROR:
        return Fault.CELL_ERROR
    if cell.kind is CellKind.UNKNOWN:
        return Fault.FORMULA_WITHOUT_VALUE
    match column.type:
        case ColumnType.DATE:
            return _date(cell, today)
        case ColumnType.CODE:
            code = _digits_kept(cell)
            return code if isinstance(code, Fault) or _CODE.fullmatch(code) else Fault.CODE_MALFORMED
        case ColumnType.PHONE:
            return _phone(_digits_kept(cell))
        case ColumnType.CHOICE:
            return column.choices.get(_narrow(cell.text), Fault.CHOICE_UNKNOWN)
        case ColumnType.TEXT:
            return _text(cell, column)


def _text(cell: Cell, column: Column) -> str | Fault:
    if cell.kind is not CellKind.TEXT:
        return Fault.TEXT_REFUSED
    # A line end inside a cell (Alt+Enter) only broke the line to fit its width.
    text = re.sub(r"\s*\n\s*", "", cell.text.replace("_x000D_", "").replace("\r", "")).strip()
    if _HIDING.search(text):
        return Fault.TEXT_REFUSED
    return text if len(text) <= column.most_characters else Fault.TOO_LONG


def _narrow(text: str) -> str:
    """Full-width letters and digits as plain ones, without blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _digits_kept(cell: Cell) -> str | Fault:
    """A code or phone number as typed, or out of a number that still has all its digits."""
    if cell.kind is CellKind.DATE:
        return Fault.DIGITS_LOST
    text = _narrow(cell.text).removeprefix("'").upper()
    if cell.kind is CellKind.TEXT:
        return Fault.DIGITS_LOST if _SCIENTIFIC.fullmatch(text) and not _CODE.fullmatch(text) else text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Fault.DIGITS_LOST
    if number != number.to_integral_value() or number.adjusted() >= _DIGITS_KEPT:
        return Fault.DIGITS_LOST
    return str(int(number))


def _phone(text: str | Fault) -> str | Fault:
    if isinstance(text, Fault):
        return text
    number = text.removeprefix("+86").removeprefix("-")
    if number.startswith("1"):
        number = number.replace("-", "")
    return number if _PHONE.fullmatch(number) else Fault.PHONE_MALFORMED


def _date(cell: Cell, today: date) -> date | Fault:
    """A date cell, or a text that begins with the year. A bare number could be anything."""
    if cell.kind is CellKind.DATE and cell.moment is not None:
        read = cell.moment.date()
    else:
        found = (
            _DATE.fullmatch(unicodedata.normalize("NFKC", cell.text).strip())
            if cell.kind is CellKind.TEXT
            else None
        )
        if found is None:
            return Fault.DATE_UNREADABLE
        try:
            read = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return Fault.DATE_UNREADABLE
    return read if _EARLIEST <= read <= today else Fault.DATE_IMPLAUSIBLE
