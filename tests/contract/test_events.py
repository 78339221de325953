"""What is on the bus stays readable: by older consumers, from older producers, for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.envelope import family_of
from yizhan.contracts.examples import examples
from yizhan.contracts.reading import FAMILIES, EventUnreadable, facts_of, read_event
from yizhan.contracts.schemas import wire_schema
from yizhan.contracts.subscriptions import SUBSCRIPTIONS

FROZEN = Path(__file__).parent / "frozen"


def broken_promises(old: Any, new: Any, at: str = "") -> list[str]:
    """Where `new` is no longer what a reader of `old` expects. New optional fields are no breach."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in old:
            if key not in new:
                found.append(f"{at}/{key} is gone")
            elif key == "required":
                found += [f"{at}/{name} is not required any more" for name in set(old[key]) - set(new[key])]
                found += [f"{at}/{name} is newly required" for name in set(new[key]) - set(old[key])]
            else:
                found += broken_promises(old[key], new[key], f"{at}/{key}")
        if not at.endswith("/properties"):
            found += [f"{at}/{key} is new" for key in set(new) - set(old)]
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            breach
            for number, pair in enumerate(zip(old, new, strict=True))
            for breach in broken_promises(*pair, f"{at}/{number}")
        ]
    return [] if old == new else [f"{at}: {old!r} became {new!r}"]


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_every_event_has_a_frozen_schema_and_keeps_it(event_type: str) -> None:
    """A released schema only gains optional fields. `yizhan docs --freeze` writes a new event's file."""
    frozen = FROZEN / f"{event_type}.json"
    assert frozen.exists(), f"freeze the schema of {event_type}: .venv/bin/yizhan docs --freeze"
    assert broken_promises(json.loads(frozen.read_text()), wire_schema(event_type)) == []


def test_no_released_event_has_vanished() -> None:
    """Whoever subscribed to it still waits."""
    assert {path.stem for path in FROZEN.glob("*.json")} <= set(EVENTS)


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        (lambda s: s["properties"]["data"]["properties"].pop("by"), "by is gone"),
        (lambda s: s["properties"]["data"]["required"].remove("by"), "by is not required any more"),
        (lambda s: s["properties"]["data"]["properties"].update(more={"type": "string"}), None),
        (lambda s: s["properties"]["data"]["required"].append("more"), "more is newly required"),
        (lambda s: s["properties"]["sequence"].update(type="string"), "became"),
        (lambda s: s["properties"]["sequence"].update(maximum=5), "became"),
    ],
)
def test_the_comparison_tells_a_breach_from_an_addition(change: Any, breach: str | None) -> None:
    """The guard itself is tried."""
    old = wire_schema("jobs.posting.published.v1")
    new = json.loads(json.dumps(old))
    change(new)
    found = broken_promises(old, new)
    assert any(breach in one for one in found) if breach else found == []


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_every_event_has_an_example_that_survives_the_wire(event_type: str) -> None:
    """Written strictly, read tolerantly, nothing lost."""
    event = examples()[event_type]
    read = read_event(event.model_dump_json().encode())
    assert read.model_dump(mode="json") == event.model_dump(mode="json")
    assert type(read.data) is EVENTS[event_type]


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_every_event_is_a_cloud_event(event_type: str) -> None:
    """As the reference SDK reads it, with our extensions as extensions."""
    event = examples()[event_type]
    read = JSONFormat().read(CloudEvent, event.model_dump_json(exclude_none=True).encode())
    assert (read.get_id(), read.get_type(), read.get_subject()) == (event.id, event_type, event.subject)
    assert read.get_extension("sequence") == event.sequence
    assert read.get_extension("station") == event.station


def test_a_field_that_a_newer_producer_added_is_passed_over() -> None:
    """At the top and inside."""
    raw = examples()["jobs.posting.published.v1"].model_dump(mode="json")
    raw["colour"] = "red"
    raw["data"]["posting"]["terms"]["wage"]["tip_fen"] = 5
    assert read_event(json.dumps(raw).encode()).data.posting.terms.wage.fen == 20000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"type": "jobs.posting.painted.v1"}',
        b'{"type": ["x"]}',
        b'{"type": 5}',
        b'{"type": "x"}',
    ],
)
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    """It goes to the dead letters, not round in circles."""
    with pytest.raises(EventUnreadable):
        read_event(body)


def test_readers_find_the_catalogue_s_events() -> None:
    """Each by its family, and no family of none."""
    assert {event_type: facts_of(event_type) for event_type in EVENTS} == EVENTS
    assert set(FAMILIES) == {family_of(event_type) for event_type in EVENTS}


def test_every_binding_catches_some_event() -> None:
    """A binding with a slip of the pen would silently hear nothing."""
    keys = [event.routing_key.split(".") for event in examples().values()]
    for subscription in SUBSCRIPTIONS:
        for binding in subscription.bindings:
            assert any(_matches(binding.split("."), key) for key in keys), binding


def _matches(pattern: list[str], key: list[str]) -> bool:
    """AMQP topic matching: `*` is one word, `#` any number."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return any(_matches(pattern[1:], key[start:]) for start in range(len(key) + 1))
    return bool(key) and pattern[0] in ("*", key[0]) and _matches(pattern[1:], key[1:])
