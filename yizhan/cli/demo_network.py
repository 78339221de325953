"""How the demo's stations come to be open: premises, facilities, service items, and the county's steps.

What it holds is in demo_network.json; days in there are relative to the day of loading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from importlib.resources import files
from typing import Any

from yizhan.cli.demo_api import Api, ApiRefused, idempotency_key

#: A station from before stations had stages is open already.
_STEP_TAKEN = "stations.step_illegal"


@cache
def network() -> dict[str, Any]:
    """The data set. Treat it as read-only."""
    data: dict[str, Any] = json.loads((files("yizhan.cli") / "demo_network.json").read_text(encoding="utf-8"))
    return data


def premises_of(code: str) -> dict[str, Any]:
    """The body of PATCH /stations/{code}/premises."""
    known = network()["premises"][code]
    body: dict[str, Any] = {"position": {"lng": known["lng"], "lat": known["lat"], "datum": "gcj02"}}
    if "area_sqm" in known:
        body |= {"area_sqm": known["area_sqm"], "functions": network()["functions"]}
    return body


def facilities_of(code: str, today: date) -> dict[str, Any]:
    """The body of POST /stations/{code}/facilities."""
    return kit_of(network()["premises"][code]["kit"], today)


def kit_of(kit: str, today: date) -> dict[str, Any]:
    """The same, of what a kind of station has."""
    return {"facilities": [_facility(thing, today) for thing in network()["kits"][kit]]}


def _facility(thing: Mapping[str, Any], today: date) -> dict[str, Any]:
    entry = {name: thing[name] for name in ("kind", "label", "count") if name in thing}
    if "due_in_days" in thing:
        entry["inspected_on"] = (today - timedelta(days=thing["inspected_days_ago"])).isoformat()
        entry["due_on"] = (today + timedelta(days=thing["due_in_days"])).isoformat()
    return entry


@dataclass(frozen=True)
class NetworkLoader:
    """Enters the data set by the API. county: its division code. today: the day in the county."""

    api: Api
    county: str
    today: date

    def steps(self, codes: list[str]) -> Iterator[tuple[str, Callable[[], None]]]:
        """Each thing's name and what enters it. codes: the stations below the county market."""
        for item in network()["items"]:
            body = {**item, "reach": "subtree"}
            path = f"/stations/{self.county}/service-items"
            yield f"item:{item['name']}", partial(self._post, path, body, f"item:{item['name']}")
        yield "guide", self._tell_visitors
        yield f"house:{self.county}", partial(self._furnish, self.county)
        for code in codes:
            yield f"house:{code}", partial(self._furnish, code)
            yield f"open:{code}", partial(self._open, code)
        for listing in network()["listings"]:
            name = f"listing:{listing['station']}:{listing['map']}"
            body = {key: value for key, value in listing.items() if key != "station"}
            yield name, partial(self._post, f"/stations/{listing['station']}/map-listings", body, name)
        yield "trainings", self._record_trainings

    def _post(self, path: str, body: Mapping[str, Any], name: str) -> None:
        self.api.post(path, body, key=idempotency_key(name))

    def _tell_visitors(self) -> None:
        body = {"flow": network()["flow"], "posts": network()["posts"]}
        self.api.patch(f"/stations/{self.county}/guide", body, key=idempotency_key("guide"))

    def _furnish(self, code: str) -> None:
        key = idempotency_key("premises", code)
        self.api.patch(f"/stations/{code}/premises", premises_of(code), key=key)
        self._post(f"/stations/{code}/facilities", facilities_of(code, self.today), f"facilities:{code}")

    def _open(self, code: str) -> None:
        try:
            self._post(f"/stations/{code}/inspect", {"reason": "现场查看，符合开放条件"}, f"inspect:{code}")
            self._post(f"/stations/{code}/open", {"reason": "验收合格"}, f"open:{code}")
        except ApiRefused as error:
            if error.code != _STEP_TAKEN:
                raise

    def _record_trainings(self) -> None:
        staff = {one["login"]: one["id"] for one in self.api.get(f"/stations/{self.county}/staff")["staff"]}
        for record in network()["trainings"]:
            body = {name: record[name] for name in ("topic", "hours", "certificate") if name in record}
            body["held_on"] = (self.today - timedelta(days=record["days_ago"])).isoformat()
            body["staff"] = [staff[login] for login in record["staff"]]
            self._post(f"/stations/{record['station']}/trainings", body, f"training:{record['topic']}")
