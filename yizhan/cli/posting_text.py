"""`yizhan check-posting` and `yizhan parse-posting`: JSON Lines in, JSON Lines out, a line for each line.

A line that cannot be read gives `{"id": …, "error": {"code": …, "detail": …, "line": …}}` in its place, with
its number from 1, and the run goes on.  Both need no network, no database and no settings.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal, TextIO, TypeVar

import typer
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.jobs.domain.compliance import LawfulException, PostingText, check, shipped_rules
from services.jobs.domain.dictation import parse
from yizhan.clock import COUNTY_ZONE, Clock, SystemClock

#: Longest title and text accepted, in characters; a real posting is under a tenth of it.
MOST_CHARACTERS = 2000

#: Longest line read, in characters: a posting of the greatest length with every character escaped fits.
MOST_LINE_CHARACTERS = 65_536

_SURROGATES = re.compile("[\ud800-\udfff]")

M = TypeVar("M", bound=BaseModel)

app = typer.Typer(help="离线检查岗位文字、解析口述岗位（每行一个 JSON）", no_args_is_help=True)


class LineFault(Exception):
    """A line that cannot be processed; `code` is stable, `detail` says what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def _empty_when_null(value: object) -> object:
    return "" if value is None else value


def _day_of(value: object) -> object:
    """A date, or the day of an ISO moment: 2026-03-01T06:00:00+08:00 names 2026-03-01."""
    if isinstance(value, str) and not value.strip():
        return None
    return value[:10] if isinstance(value, str) and len(value) > 10 and value[10] in "T " else value


def _division_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Words = Annotated[str, BeforeValidator(_empty_when_null), Field(max_length=MOST_CHARACTERS)]


def _within_reason(now: datetime) -> datetime:
    """Days ahead of a moment near the calendar's end do not exist."""
    if not 2000 <= now.year <= 2200:
        raise ValueError("the year must be from 2000 to 2200")
    return now


class PostingLine(BaseModel):
    """One line of `check-posting`; absent fields are null, unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    title: Words = ""
    text: Words = ""
    wage_fen: Annotated[int, Field(ge=0, le=10**12)] | None = None
    wage_unit: Literal["day", "hour", "piece", "month"] | None = None
    hours_per_day: Annotated[float, Field(gt=0, le=24)] | None = None
    employer_kind: str | None = None
    start_date: Annotated[date | None, BeforeValidator(_day_of)] = None
    division: Annotated[str | None, BeforeValidator(_division_text)] = None
    exceptions: tuple[LawfulException, ...] = ()


class UtteranceLine(BaseModel):
    """One line of `parse-posting`; a moment without a zone is the county's."""

    model_config = ConfigDict(extra="ignore")

    now: Annotated[datetime, AfterValidator(_within_reason)]
    text: Annotated[str, Field(max_length=MOST_CHARACTERS)]


def check_posting_lines(stdin: TextIO, stdout: TextIO, clock: Clock | None = None) -> None:
    """Write a verdict for each posting read; without a start date the rules of the clock's day apply."""
    today = (clock or SystemClock()).now().astimezone(COUNTY_ZONE).date()
    rules = shipped_rules()

    def answer(record: dict[str, Any]) -> dict[str, Any]:
        line = _validated(PostingLine, record)
        values = line.model_dump()
        values["start_date"] = line.start_date or today
        return check(PostingText(**values), rules).model_dump(mode="json")

    _answer_lines(stdin, stdout, answer)


def parse_posting_lines(stdin: TextIO, stdout: TextIO) -> None:
    """Write a draft for each utterance read; every key is always there, null where it was not said."""

    def answer(record: dict[str, Any]) -> dict[str, Any]:
        line = _validated(UtteranceLine, record)
        now = line.now if line.now.tzinfo else line.now.replace(tzinfo=COUNTY_ZONE)
        draft = parse(line.text, now)
        return {
            "date": draft.date.isoformat() if draft.date else None,
            "time": draft.time.strftime("%H:%M") if draft.time is not None else None,
            "end_date": draft.end_date.isoformat() if draft.end_date else None,
            "headcount": draft.headcount,
            "headcount_max": draft.headcount_max,
            "trade": draft.trade,
            "place": draft.place,
            "meals": draft.meals,
            "lodging": draft.lodging,
            "transport": draft.transport,
            "wage_fen": draft.wage_fen,
            "wage_max_fen": draft.wage_max_fen,
            "wage_unit": draft.wage_unit,
            "settlement": draft.settlement,
            "hours": _whole(draft.hours),
            "days": _whole(draft.days),
            "confidence": dict(draft.confidence),
            "missing": list(draft.missing),
        }

    _answer_lines(stdin, stdout, answer)


def _whole(amount: float | None) -> float | int | None:
    return int(amount) if amount is not None and amount == int(amount) else amount


def _answer_lines(stdin: TextIO, stdout: TextIO, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for number, raw in enumerate(_lines(stdin), start=1):
        line = raw.strip().lstrip("\ufeff")
        if not line:
            continue
        identifier: Any = None
        try:
            record = _record(line, whole=len(raw) <= MOST_LINE_CHARACTERS)
            identifier = record.get("id")
            written = {"id": identifier, **answer(record)}
        except LineFault as fault:
            error = {"code": fault.code, "detail": fault.detail, "line": number}
            written = {"id": identifier, "error": error}
        stdout.write(_json(written) + "\n")
    stdout.flush()


def _lines(stream: TextIO) -> Iterator[str]:
    """Each line, cut one character past the most that is read, so that no line fills the memory."""
    while raw := stream.readline(MOST_LINE_CHARACTERS + 1):
        rest = raw
        while len(rest) > MOST_LINE_CHARACTERS and not rest.endswith("\n"):
            rest = stream.readline(MOST_LINE_CHARACTERS + 1)
        yield raw


def _record(line: str, *, whole: bool) -> dict[str, Any]:
    if not whole:
        raise LineFault("posting_text.too_long", f"the line is longer than {MOST_LINE_CHARACTERS} characters")
    if _SURROGATES.search(line):
        raise LineFault("posting_text.not_utf8", "the line is not UTF-8")
    try:
        record = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise LineFault("posting_text.not_json", f"the line is not JSON: {error}") from None
    if not isinstance(record, dict):
        raise LineFault("posting_text.not_an_object", "the line is JSON, but not an object")
    return record


def _no_constant(name: str) -> object:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(f"{name} is not JSON")


def _validated(model: type[M], record: dict[str, Any]) -> M:
    try:
        return model.model_validate(record)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}" for fault in error.errors()]
        raise LineFault("posting_text.invalid_field", "; ".join(faults)) from None


def _json(written: dict[str, Any]) -> str:
    text = json.dumps(written, ensure_ascii=False)
    # A lone surrogate in an id is legal in JSON's escapes and in no encoding.
    return json.dumps(written) if _SURROGATES.search(text) else text


@app.command("check-posting")
def check_posting() -> None:
    """从标准输入读岗位，逐行写出合规结论。"""
    _use_utf8()
    check_posting_lines(sys.stdin, sys.stdout)


@app.command("parse-posting")
def parse_posting() -> None:
    """从标准输入读口述，逐行写出岗位草稿。"""
    _use_utf8()
    parse_posting_lines(sys.stdin, sys.stdout)


def _use_utf8() -> None:
    """UTF-8 whatever the locale; bytes that are not become surrogates, which `_record` refuses."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "strict")):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors=errors)


if __name__ == "__main__":
    app()
