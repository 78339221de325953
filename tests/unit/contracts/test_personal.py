"""Fields that say something of a person, found by their marks at any depth."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pytest

from yizhan.contracts.base import Message
from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.envelope import Facts
from yizhan.contracts.examples import examples
from yizhan.contracts.personal import Personal, mask, personal_fields


class _Person(Message):
    name: Annotated[str, Personal("某人")]
    phone: Annotated[str | None, Personal(None)] = None
    trade: str = "小工"
    friends: tuple[_Person, ...] = ()


class _Met(Facts):
    event_type: ClassVar[str] = "test.person.met.v1"
    first: _Person
    others: tuple[_Person, ...] = ()
    names: tuple[Annotated[str, Personal("某人")], ...] = ()
    maybe: _Person | None = None


_Person.model_rebuild()
_Met.model_rebuild()

MET = {
    "first": {"name": "王小明", "phone": "13800138000", "trade": "木工"},
    "others": [{"name": "李四", "trade": "瓦工"}, {"name": "某人", "trade": "电工"}],
    "names": ["张三"],
    "maybe": None,
}


def test_marks_are_found_in_models_lists_and_optional_fields() -> None:
    """Wherever a contract puts them."""
    assert set(personal_fields(_Met)) >= {
        ("first", "name"),
        ("first", "phone"),
        ("others", "*", "name"),
        ("names", "*"),
        ("maybe", "name"),
    }


def test_masking_leaves_everything_else_and_tells_what_spoke() -> None:
    """What was given stays as it is."""
    masked, spoken = mask(_Met, MET)
    assert masked["first"] == {"name": "某人", "phone": None, "trade": "木工"}
    assert [one["trade"] for one in masked["others"]] == ["瓦工", "电工"]
    assert masked["names"] == ["某人"]
    assert set(spoken) == {"first.name", "first.phone", "others.*.name", "names.*"}
    assert MET["names"] == ["张三"]


def test_an_event_without_marks_is_passed_as_it_is() -> None:
    """Most are."""
    data = {"posting": {"id": "x"}}
    assert mask(EVENTS["jobs.posting.published.v1"], data) == (data, ())


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_a_masked_event_still_fits_its_contract(event_type: str) -> None:
    """A mask is a value of the field's own kind."""
    data = examples()[event_type].data.model_dump(mode="json")
    masked, _ = mask(EVENTS[event_type], data)
    EVENTS[event_type].model_validate(masked)
