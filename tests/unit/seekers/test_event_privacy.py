"""No event of services/seekers has a place for what names a person; what is forced in arrives nowhere."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

from services.board.telling import fact_of
from yizhan.bus.failures import REASON, route_failure
from yizhan.contracts.base import PublicText
from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.examples import examples
from yizhan.contracts.reading import EventUnreadable, read_event

OF_SEEKERS = sorted(name for name in EVENTS if name.startswith("seekers."))
MARKS = {
    "name": "欧阳霂骉",
    "id_number": "522730196803150027",
    "phone": "13985412345",
    "relative_phone": "13885467890",
    "address": "兴龙社区老农贸市场背后",
    "note": "家中有残疾人，低保户",
    "plan": "先推荐公益性岗位",
    "group": "disabled",
    "difficulty": "low_income",
}
#: Staff are named by the ids of their accounts, which is all that these ever hold.
STAFF = {"by", "adviser"}


def leaves(of: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every type that a value of this type is finally made of, with the way to it."""
    origin = get_origin(of)
    if origin is Annotated:
        inner = get_args(of)[0]
        yield from [(path, of)] if inner is str else leaves(inner, path)
    elif origin in (Union, types.UnionType):
        for option in get_args(of):
            yield from leaves(option, path)
    elif origin in (tuple, list):
        for option in get_args(of):
            if option is not Ellipsis:
                yield from leaves(option, path)
    elif isinstance(of, type) and issubclass(of, BaseModel):
        for name, hint in get_type_hints(of, include_extras=True).items():
            if name in of.model_fields:
                yield from leaves(hint, f"{path}.{name}")
    else:
        yield path, of


def cannot_name_anybody(path: str, leaf: Any) -> bool:
    """A number, day, choice, a code by its pattern, or public text, which refuses long numbers."""
    if leaf in (int, bool, float, date, datetime, type(None)) or get_origin(leaf) is Literal:
        return True
    if isinstance(leaf, type) and issubclass(leaf, Enum):
        return True
    if path.rsplit(".", 1)[-1] in STAFF:
        return True
    marks = get_args(leaf)[1:]
    patterned = any(
        getattr(part, "pattern", None) for mark in marks for part in getattr(mark, "metadata", ())
    )
    public = {mark for mark in get_args(PublicText)[1:] if type(mark).__name__ != "FieldInfo"}
    return patterned or public <= set(marks)


@pytest.mark.parametrize("event_type", OF_SEEKERS)
def test_no_event_has_a_field_that_could_name_somebody(event_type: str) -> None:
    """Every leaf of every event, by its type: free text of the office is in none of them."""
    found = list(leaves(EVENTS[event_type], event_type))
    assert found
    assert [path for path, leaf in found if not cannot_name_anybody(path, leaf)] == []
    # A tag of difficulty is told to nobody, under no name.
    assert not {"group", "scope", "difficulty", "note", "plan"} & {
        path.rsplit(".", 1)[-1] for path, _ in found
    }


def marked(value: Any) -> Any:
    """The same with every mark in every object, at any depth."""
    if isinstance(value, dict):
        return {
            **{name: marked(one) for name, one in value.items()},
            **{f"x_{k}": v for k, v in MARKS.items()},
        }
    return [marked(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("event_type", OF_SEEKERS)
def test_marks_in_every_object_of_an_event_arrive_nowhere(event_type: str) -> None:
    """Neither in what a consumer reads nor in what the board makes of it for Redis and the screens."""
    raw = marked(examples()[event_type].model_dump(mode="json"))
    event = read_event(json.dumps(raw).encode())
    arrived = event.model_dump_json() + repr(fact_of(event))
    assert [
        mark for mark in MARKS.values() if mark in arrived and mark not in ("disabled", "low_income")
    ] == []


@pytest.mark.parametrize("event_type", OF_SEEKERS)
def test_an_event_that_is_refused_for_its_marks_does_not_repeat_them(event_type: str) -> None:
    """Wrong values in the places of right ones, one field after the other: the reason, which goes to the log
    and to the dead letter's headers, says which field it was and not what stood there."""
    raw = examples()[event_type].model_dump(mode="json")
    secret = f"{MARKS['name']} {MARKS['id_number']} {MARKS['phone']}"
    refused = 0
    for change in spoilt(raw["data"], secret):
        try:
            read_event(json.dumps({**raw, "data": change}, ensure_ascii=False).encode())
        except EventUnreadable as error:
            refused += 1
            move = route_failure(
                error,
                {},
                queue="board.fold",
                routing_key="x",
                now=datetime.fromisoformat("2026-03-02T00:00+08:00"),
            )
            told = f"{error} {move.headers[REASON]}"
            assert [mark for mark in MARKS.values() if mark in told] == []
    assert refused


def spoilt(value: Any, secret: str) -> Iterator[Any]:
    """The value with the secret in the place of each of its leaves in turn."""
    if isinstance(value, dict):
        for name, one in value.items():
            for change in spoilt(one, secret):
                yield {**value, name: change}
    elif isinstance(value, list):
        for place, one in enumerate(value):
            for change in spoilt(one, secret):
                yield [*value[:place], change, *value[place + 1 :]]
    else:
        yield secret
