"""A screen cannot leak: what it may be sent has no place for what it must not show."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.board import facts
from yizhan.contracts import base, checkins, draws, jobs, screen, seeker_cards, stations
from yizhan.contracts.screen import FromServer

#: Text types that a screen may be sent. Each refuses long numbers, or is a code or moment by its pattern.
#: A new one is a decision about privacy: it belongs in this list only with its reason.
ALLOWED_TEXT: dict[str, Any] = {
    "public text": base.PublicText,
    "public line": base.PublicLine,
    "service line (refuses mobile numbers)": base.ServiceLine,
    "identifier made here": base.Identifier,
    "station code": base.StationCode,
    "epoch": screen.Epoch,
    "clock time": stations.Clocktime,
    "number of a slip of one day": checkins.TicketNumber,
    "hash or seed of a draw": draws.Sha256Hex,
}

#: PublicText with a shorter limit of its own.
SHORT_TEXT = (
    (jobs.Wage, "piece_name"),
    (screen.JobRow, "trade"),
    (screen.JobRow, "from_station"),
    (screen.FairCard, "from_station"),
    (screen.Branch, "short_name"),
    (screen.WorkerCard, "called"),
    (screen.WorkerCard, "age_band"),
    (screen.WorkerCard, "from_station"),
)


def leaves(of: Any, path: str = "message") -> Iterator[tuple[str, Any]]:
    """Every type that a value of this type is finally made of, with the way to it."""
    origin = get_origin(of)
    if origin is Annotated:
        inner, *marks = get_args(of)
        if inner is str:
            yield path, of
        else:
            assert not any(callable(getattr(mark, "func", None)) and inner is Any for mark in marks)
            yield from leaves(inner, path)
    elif origin in (Union, types.UnionType):
        for option in get_args(of):
            yield from leaves(option, path)
    elif origin in (tuple, list):
        for option in get_args(of):
            if option is not Ellipsis:
                yield from leaves(option, f"{path}[]")
    elif isinstance(of, type) and issubclass(of, BaseModel):
        assert of.model_config.get("extra") == "forbid", f"{of.__name__} lets unknown fields through"
        hints = __import__("typing").get_type_hints(of, include_extras=True)
        for name in of.model_fields:
            yield from leaves(hints[name], f"{path}.{of.__name__}.{name}")
    else:
        yield path, of


def is_allowed(leaf: Any) -> bool:
    if leaf in (int, bool, float, date, datetime, type(None)) or get_origin(leaf) is Literal:
        return True
    if isinstance(leaf, type) and issubclass(leaf, Enum):
        return True
    if any(leaf == allowed for allowed in ALLOWED_TEXT.values()):
        return True
    return refuses_long_numbers(leaf)


def refuses_long_numbers(leaf: Any) -> bool:
    """Whether a text type is PublicText, whatever its own length."""
    return get_origin(leaf) is Annotated and set(get_args(base.PublicText)[1:]) - _lengths() <= set(
        get_args(leaf)[1:]
    )


def _lengths() -> set[Any]:
    return {mark for mark in get_args(base.PublicText)[1:] if type(mark).__name__ == "FieldInfo"}


def test_everything_a_screen_may_be_sent_is_of_an_allowed_type() -> None:
    """Every leaf of every message to a screen: number, moment, choice, code, or text without long numbers."""
    found = dict(leaves(FromServer))
    assert len(found) > 40
    unfit = {path: leaf for path, leaf in found.items() if not is_allowed(leaf)}
    assert unfit == {}


@pytest.mark.parametrize(
    "leaf", [str, Any, dict, base.OfficeText, bytes], ids=["str", "Any", "dict", "OfficeText", "bytes"]
)
def test_the_rule_would_find_a_field_that_could_leak(leaf: Any) -> None:
    """Plain text, anything, and office text are not for the street."""
    assert not is_allowed(leaf)


@pytest.mark.parametrize(
    "name", ["id_number", "phone", "name", "contact", "employer", "address_of", "difficulty", "seeker"]
)
def test_no_field_is_named_for_a_person(name: str) -> None:
    """Names that a leak would have. A station's own name plate, address and lines are public."""
    public = {"name_plate", "short_name", "piece_name"}
    fields = {path.rsplit(".", 1)[-1] for path, _ in leaves(FromServer)} - public
    assert not any(name in field for field in fields)


@pytest.mark.parametrize(
    "text",
    ["电话13800138000", "１３８００１３８０００", "138 0013 8000", "522730199001010018", "微信1234567"],
)
def test_a_row_cannot_carry_a_number_that_names_somebody(text: str) -> None:
    """However it is written, it does not pass the type."""
    for kind in (base.PublicText, base.PublicLine):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


def test_what_the_board_keeps_of_a_posting_names_no_employer() -> None:
    """Not even Redis has it."""
    assert not {"employer_id", "employer_name", "description"} & set(facts.OpenPosting.model_fields)
    assert not {"employers", "reach"} & set(facts.OpenFair.model_fields)


def test_what_the_board_keeps_of_a_day_and_of_a_card_is_what_a_screen_may_show() -> None:
    """Not even Redis has who ordered a change by hand, nor the list of a draw."""
    for kind in (facts.DayWaiting, facts.DayCall, facts.DayDraw, facts.DayMessage, seeker_cards.SeekerCard):
        unfit = {path: leaf for path, leaf in leaves(kind) if not is_allowed(leaf)}
        assert unfit == {}
