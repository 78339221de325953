"""The two stances towards a message: producers are strict, consumers tolerate what a newer producer added."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

#: Seven digits that stand together, or are only parted by blanks, dashes or dots, are long enough to be
#: a phone, ID, bank or chat number; six (a division code, a date) are not.
_PERSONAL_NUMBER = re.compile(r"\d(?:[\s\-\u2010-\u2015\u2212.·•_/]*\d){6,}")
_CALENDAR_DATE = re.compile(r"(?<!\d)20\d{2}([-./])(0?[1-9]|1[0-2])\1(0?[1-9]|[12]\d|3[01])(?!\d)")

#: Control characters and line separators break lines on a screen and in a log; bidirectional marks hide
#: what a text says.
_HIDING = r"\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_FORBIDDEN_IN_LINE = re.compile(rf"[\x00-\x1f{_HIDING}]")
#: A paragraph may break its lines.
_FORBIDDEN_IN_PARAGRAPH = re.compile(rf"[\x00-\x09\x0b-\x1f{_HIDING}]")


def _refuse_personal_number(text: str) -> str:
    without_dates = _CALENDAR_DATE.sub("日", unicodedata.normalize("NFKC", text))
    if _PERSONAL_NUMBER.search(without_dates):
        raise ValueError("looks like a phone, ID or account number, which a public text may not hold")
    return text


def _refuse_control_characters(text: str) -> str:
    if _FORBIDDEN_IN_LINE.search(text):
        raise ValueError("holds control or direction characters")
    return text


def _refuse_control_characters_but_line_ends(text: str) -> str:
    if _FORBIDDEN_IN_PARAGRAPH.search(text):
        raise ValueError("holds control or direction characters")
    return text


def _refuse_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing")
    return text


def _to_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone, as in 2026-03-01T06:00:00+08:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment before or after all calendars") from error


#: A moment with its zone, kept in UTC. JSON: RFC 3339.
Moment = Annotated[datetime, AfterValidator(_to_utc)]

#: Text typed by people, in one line, without characters that hide something or that databases refuse.
PlainText = Annotated[str, AfterValidator(_refuse_control_characters)]

#: Text typed by people that stays inside the office; it may have several lines.
OfficeText = Annotated[
    str,
    Field(min_length=1, max_length=500),
    AfterValidator(_refuse_control_characters_but_line_ends),
    AfterValidator(_refuse_blank),
]

#: Text typed by people that may reach a screen or an integrator. It cannot hold a number long enough to
#: name a person (seven digits or more, in any width or spacing).
PublicText = Annotated[
    str,
    Field(min_length=1, max_length=80),
    AfterValidator(_refuse_control_characters),
    AfterValidator(_refuse_blank),
    AfterValidator(_refuse_personal_number),
]
PublicLine = Annotated[PublicText, Field(max_length=40)]
PublicParagraph = Annotated[
    str,
    Field(max_length=500),
    AfterValidator(_refuse_control_characters_but_line_ends),
    AfterValidator(_refuse_personal_number),
]

#: A public service line: a landline with its area code, 12333-like short numbers, 400 numbers. A mobile
#: number (1 and ten digits) names a person and is not one.
ServiceLine = Annotated[
    str, Field(pattern=r"^(0[0-9]{2,3}-?[0-9]{3,4}[ -]?[0-9]{4}|1[0-9]{4}|400-?[0-9]{3}-?[0-9]{4})$")
]

#: GB/T 2260 county code, six digits.
DivisionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]

#: A node of the network: its county's division code, then two digits a level. The tree itself is kept by
#: `parent`, never read out of the code.
StationCode = Annotated[str, Field(pattern=r"^[0-9]{6}([0-9]{2}){0,7}$")]

#: Identifiers made here: UUIDv7-like, 36 characters, so that they sort by time.
Identifier = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]

#: An aggregate's version: 1 for its first event, one more for each that follows.
Sequence = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Message(BaseModel):
    """A message as its producer makes it: unknown fields are an error, nothing changes after it is made."""

    # What does not fit is told without what it held: errors reach logs and dead letters' headers.
    model_config = ConfigDict(
        extra="forbid", frozen=True, ser_json_timedelta="float", hide_input_in_errors=True
    )

    @classmethod
    def tolerant(cls, data: dict[str, Any]) -> Self:
        """Read a message as a consumer: fields that a newer producer added are dropped, at any depth.

        Raises pydantic.ValidationError when what remains is not this message.
        """
        return cls.model_validate(data, extra="ignore")
