"""The demo's people: some who look for work, of whom a few have come to their station today.

Everybody in demo_seekers.json is invented, and no telephone has these numbers.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from yizhan.cli.demo_api import Api, idempotency_key


@cache
def _data() -> dict[str, Any]:
    text = (files("yizhan.cli") / "demo_seekers.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def people() -> Iterator[tuple[str, dict[str, Any]]]:
    """The body of POST /seekers for each, under a name that says nothing of him."""
    for person in _data()["people"]:
        yield hashlib.sha256(person["id_number"].encode()).hexdigest()[:16], person


def arrivals() -> Iterator[tuple[str, int]]:
    """Stations, and how many people have come there today."""
    yield from _data()["arrivals"].items()


def arrive(api: Api, station: str, people: int, day: date) -> None:
    """Check the first of a station's register in; who has come today already keeps his number."""
    page = api.get("/seekers", station=station, status="active", limit=people)
    for seeker in page["seekers"]:
        id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{seeker['id']}/{station}/{day}"))
        body = {"id": id, "channel": "desk", "seeker_id": seeker["id"]}
        api.post(f"/stations/{station}/check-ins", body, key=idempotency_key("check-in", id))
