"""What is made for integrators from the contracts: a schema per event, and one page to read offline."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from yizhan.cli import asyncapi_html
from yizhan.cli.docs import schema_text
from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.examples import examples


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_a_schema_takes_its_example_and_what_a_later_release_adds(event_type: str) -> None:
    """In one piece, as JSON Schema 2020-12."""
    validator = jsonschema_rs.validator_for(json.loads(schema_text(event_type)))
    event = examples()[event_type].model_dump(mode="json")
    validator.validate(event)
    event["data"]["added_in_a_later_version"] = 1
    validator.validate({**event, "another": True})
    assert not validator.is_valid({**event, "type": "jobs.posting.painted.v1"})


def test_the_page_names_every_event_and_fetches_nothing() -> None:
    """Opened from a disk without a network it is whole."""
    page = asyncapi_html.page()
    assert all(f'id="{event_type}"' in page for event_type in EVENTS)
    assert "masked unless granted" in page
    for fetched in ("src=", "@import", "url(", "<link", "fetch(", "XMLHttpRequest"):
        assert fetched not in page
