"""What a cell of a sheet says, by the type of its column. A cell that a person could read in more than one
way is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from yizhan.contracts.imports import Fault

#: Excel computes with so many digits; of a longer number the rest are zeros.
_DIGITS_KEPT = 15
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+?\d+")
_DAY = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_DATE = re.compile(_DAY + r"(\s+0{1,2}:00(:00)?)?")
_MOMENT = re.compile(_DAY + r"\s*T?\s*(\d{1,2})\s*(?:[:：时点]\s*(\d{1,2})\s*分?(?::00)?|[时点])")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,4})?")
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}")
#: 1900's and 1904's first years, and most slips, lie before it.
_EARLIEST = date(1980, 1, 1)
_CODE = re.compile(r"[0-9A-Z]{18}")
_HIDING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
#: A moment typed in Excel comes as a fraction of a day, some microseconds off its minute.
_HALF_A_MINUTE = timedelta(seconds=30)


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


class SheetData(BaseModel):
    """What a form is written in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    #: 18 digits and capitals.
    CODE = "code"
    PHONE = "phone"
    #: Of something that has been.
    DATE = "date"
    #: A day with a time, of something that is to come as well.
    MOMENT = "moment"
    #: With at most so many decimals as the column says.
    NUMBER = "number"


class Column(SheetData):
    """variants: other headers for the same. choices: what a cell may say → what is meant by it; the first of
    each meaning is offered in the template. masked: it is a person's, and a list shows only a part. units:
    words that may follow a number. width: in characters."""

    key: str
    header: str
    variants: tuple[str, ...] = ()
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    most_characters: Annotated[int, Field(ge=1)] = 40
    choices: dict[str, str] = Field(default_factory=dict)
    masked: Literal["name", "phone"] | None = None
    units: tuple[str, ...] = ()
    decimals: Annotated[int, Field(ge=0, le=4)] = 0
    width: int = 16
    note: str = ""

    @property
    def offered(self) -> tuple[str, ...]:
        """One word for each meaning."""
        first: dict[str, str] = {}
        for word, meaning in self.choices.items():
            first.setdefault(meaning, word)
        return tuple(first.values())


def read_cell(cell: Cell | None, column: Column, today: date) -> Any:
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
        case ColumnType.MOMENT:
            return _moment(cell)
        case ColumnType.NUMBER:
            return _number(cell, column)
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


def _number(cell: Cell, column: Column) -> Decimal | Fault:
    """A number cell, or a text that is a number and at most its unit."""
    if cell.kind is CellKind.DATE:
        return Fault.NUMBER_UNREADABLE
    text = _narrow(cell.text)
    unit = next((unit for unit in column.units if text.endswith(unit)), "")
    try:
        # Of a number cell the file may say 1.8E2; whoever types a text means its digits.
        plain = str(Decimal(text)) if cell.kind is CellKind.NUMBER else text.removesuffix(unit)
        number = Decimal(f"{Decimal(plain):f}")
    except InvalidOperation:
        return Fault.NUMBER_UNREADABLE
    exact = number == round(number, column.decimals)
    return number if exact and _NUMBER.fullmatch(f"{number:f}") else Fault.NUMBER_UNREADABLE


def _moment(cell: Cell) -> datetime | Fault:
    """A day with its time, without a zone. A day alone does not say when."""
    if cell.kind is CellKind.DATE and cell.moment is not None:
        moment = (cell.moment + _HALF_A_MINUTE).replace(second=0, microsecond=0)
        return moment if moment.time() != time.min else Fault.MOMENT_UNREADABLE
    found = (
        _MOMENT.fullmatch(unicodedata.normalize("NFKC", cell.text).strip())
        if cell.kind is CellKind.TEXT
        else None
    )
    if found is None:
        return Fault.MOMENT_UNREADABLE
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return Fault.MOMENT_UNREADABLE


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
