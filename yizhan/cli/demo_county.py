"""The demo: the plan's county, 龙里县 522730, loaded through the public API.

What it holds is in demo_county.json; moments in there are relative, so that the jobs always lie ahead.
Loading is resumed where it was broken off, and takes two requests when all is there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, partial
from importlib.resources import files
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from yizhan.cli import demo_seekers
from yizhan.cli.bootstrap import found_county
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.demo_api import Api, ApiRefused, idempotency_key
from yizhan.cli.demo_network import NetworkLoader
from yizhan.clock import COUNTY_ZONE, Clock, SystemClock
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.stations import Bootstrap, CountyExists
from yizhan.settings import DEMO_PASSWORD, Settings

_REMEMBERED = "demo"
#: With fewer live postings than this at a start, the county is given a fresh set.
_SPARSE = 30
#: A job starts at least so long after it is published.
_LEAD = timedelta(hours=1)


class DemoRefused(Exception):
    """The demo cannot be loaded into this data directory."""


@cache
def county() -> dict[str, Any]:
    """The data set. Treat it as read-only."""
    text = (files("yizhan.cli") / "demo_county.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def shown_screens() -> list[tuple[str, str]]:
    """Station code and label of the screens that a newcomer is shown first."""
    return [(code, label) for code, label in county()["shown_screens"]]


def load(
    settings: Settings, data: DataDirectory, gateway_url: str, board_url: str, console: Console
) -> dict[str, Any]:
    """Bring the county into being, or what is missing of it; returns what run.json holds.

    Raises DemoRefused.
    """
    return Loader(settings, data, gateway_url, board_url, SystemClock()).load(console)


def start_of(job: Mapping[str, Any], anchor: datetime) -> datetime:
    """When a job begins: at its hour in the county, the first that leaves the lead, and its days later."""
    local = anchor.astimezone(COUNTY_ZONE)
    at = datetime.combine(local.date(), time.fromisoformat(job["at"]), COUNTY_ZONE)
    if at < local + _LEAD:
        at += timedelta(days=1)
    return (at + timedelta(days=job["in_days"])).astimezone(UTC)


def draft_of(job: Mapping[str, Any], employer_id: str, anchor: datetime) -> dict[str, Any]:
    """The body of POST /postings for a job of the data set."""
    return {
        "station": job["station"],
        "employer_id": employer_id,
        "terms": terms_of(job, start_of(job, anchor)),
        "source": job["source"],
    }


def terms_of(job: Mapping[str, Any], starts_at: datetime) -> dict[str, Any]:
    """What a job of the data set offers, beginning then."""
    terms = {
        name: job[name]
        for name in (
            "trade",
            "wage",
            "settlement",
            "headcount",
            "place",
            "meals",
            "lodging",
            "transport",
            "description",
        )
        if name in job
    }
    terms["starts_at"] = starts_at.isoformat()
    if "lasts_hours" in job:
        terms["ends_at"] = (starts_at + timedelta(hours=job["lasts_hours"])).isoformat()
    return terms


def publish(api: Api, job: Mapping[str, Any], employer_id: str, *, anchor: datetime, key: str) -> str:
    """Take a job all the way to the screens, as a member of staff would; returns the posting's id."""
    posting = api.post("/postings", draft_of(job, employer_id, anchor), key=f"{key}-draft")
    path = f"/postings/{posting['id']}"
    api.post(f"{path}/submit", key=f"{key}-submit")
    api.post(f"{path}/verify", {"method": job["verification"]}, key=f"{key}-verify")
    api.post(f"{path}/publish", key=f"{key}-publish")
    return str(posting["id"])


def live_postings(api: Api) -> list[dict[str, Any]]:
    """Every published posting of the county, newest first."""
    found: list[dict[str, Any]] = []
    query: dict[str, str | int] = {
        "station": county()["county"]["division"],
        "status": "published",
        "limit": 200,
    }
    while True:
        page = api.get("/postings", **query)
        found += page["postings"]
        if not page["next"]:
            return found
        query["after"] = page["next"]


def mark_of(terms: Mapping[str, Any]) -> tuple[str, str]:
    """What tells one job of the data set from another: its trade and its place."""
    return terms["trade"], terms["place"]


@dataclass
class _Memory:
    """What is kept in demo.json.

    done: names of the steps that are done. employers: ids by their key in the data set. codes: device codes
    by station. anchor: what the present set of postings counts its days from; None before the first.
    """

    done: set[str]
    employers: dict[str, str]
    codes: dict[str, str]
    anchor: str | None

    @classmethod
    def of(cls, data: DataDirectory) -> _Memory:
        kept = data.recall(_REMEMBERED) or {}
        return cls(
            set(kept.get("done", [])), kept.get("employers", {}), kept.get("codes", {}), kept.get("anchor")
        )

    def keep(self, data: DataDirectory) -> None:
        data.remember(
            _REMEMBERED,
            {
                "done": sorted(self.done),
                "employers": self.employers,
                "codes": self.codes,
                "anchor": self.anchor,
            },
        )


def employer_ids(data: DataDirectory) -> dict[str, str]:
    """Id of each employer of the data set by its key there."""
    return _Memory.of(data).employers


@dataclass(frozen=True)
class _Step:
    """One thing of the data set: done when `name` is remembered."""

    name: str
    act: Callable[[], None]


class Loader:
    """Loads the data set once."""

    def __init__(
        self, settings: Settings, data: DataDirectory, gateway_url: str, board_url: str, clock: Clock
    ) -> None:
        self._settings = settings
        self._data = data
        self._gateway_url = gateway_url
        self._board_url = board_url
        self._clock = clock
        self._memory = _Memory.of(data)
        self._api = Api(gateway_url)
        self._live: set[tuple[str, str]] = set()

    def load(self, console: Console) -> dict[str, Any]:
        """Do what is not done yet, with a progress bar on the console."""
        try:
            self._found_county()
            self._sign_in()
            self._renew_if_sparse()
            self._work_through(console)
        except ApiRefused as error:
            raise DemoRefused(f"演示数据没有载入：{error}") from error
        finally:
            self._api.close()
        return self._run()

    def _found_county(self) -> None:
        if "county" in self._memory.done:
            return
        administrator = county()["staff"][0]
        request = Bootstrap(
            division=county()["county"]["division"],
            facts=county()["county"]["facts"],
            login=administrator["login"],
            name=administrator["name"],
            password=DEMO_PASSWORD,
        )
        try:
            asyncio.run(found_county(self._settings, request))
        except YizhanError as error:
            # Founded by an earlier start that was stopped before it could remember it.
            if error.to_problem().code != CountyExists.code:
                raise DemoRefused(f"演示数据没有载入：{error}") from error
        self._remember("county")

    def _sign_in(self) -> None:
        try:
            self._api.sign_in(county()["staff"][0]["login"], DEMO_PASSWORD)
        except ApiRefused as error:
            if error.code != "auth.credentials_refused":
                raise
            raise DemoRefused(
                f"数据目录 {self._data.path} 里已有自己的数据，不能再载入演示数据。"
                "请加 --no-demo 启动，或用 --data 另指一个目录。"
            ) from error

    def _renew_if_sparse(self) -> None:
        """After some days away most jobs have begun and left the screens: the same jobs anew, from today."""
        self._live = {mark_of(posting["terms"]) for posting in live_postings(self._api)}
        anchor, now = self._memory.anchor, self._clock.now()
        if anchor is not None:
            broken_off = not self._finished() and now - datetime.fromisoformat(anchor) < _LEAD
            if broken_off or len(self._live) >= _SPARSE:
                return
        self._memory.anchor = now.isoformat()
        self._memory.done = {
            name for name in self._memory.done if not name.startswith(("posting:", "notice:"))
        }
        self._memory.keep(self._data)

    def _finished(self) -> bool:
        return all(step.name in self._memory.done for step in self._steps())

    def _work_through(self, console: Console) -> None:
        steps = [step for step in self._steps() if step.name not in self._memory.done]
        if not steps:
            return
        columns = (TextColumn("载入龙里县演示数据"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            for step in progress.track(steps):
                step.act()
                self._remember(step.name)

    def _steps(self) -> Iterator[_Step]:
        whole = county()
        for station in whole["stations"]:
            yield self._making("station", station["code"], "/stations", station)
        for member in whole["staff"][1:]:
            path = f"/stations/{member['station']}/staff"
            body = {"password": DEMO_PASSWORD, **{k: v for k, v in member.items() if k != "station"}}
            yield self._making("staff", member["login"], path, body)
        division, below = whole["county"]["division"], [station["code"] for station in whole["stations"]]
        loader = NetworkLoader(self._api, division, self._clock.now().astimezone(COUNTY_ZONE).date())
        for name, act in loader.steps(below):
            yield _Step(name, act)
        for code in (division, *below):
            yield _Step(f"device:{code}", partial(self._issue_device, code))
        for employer in whole["employers"]:
            yield _Step(f"employer:{employer['key']}", partial(self._register, employer))
        for name, person in demo_seekers.people():
            yield self._making("seeker", name, "/seekers", person)
        today = self._clock.now().astimezone(COUNTY_ZONE).date()
        for station, people in demo_seekers.arrivals():
            arrive = partial(demo_seekers.arrive, self._api, station, people, today)
            yield _Step(f"arrivals:{today}:{station}", arrive)
        anchor = datetime.fromisoformat(self._memory.anchor or self._clock.now().isoformat())
        for notice in whole["notices"]:
            name = f"notice:{anchor.isoformat()}:{notice['station']}:{notice['text']}"
            yield _Step(name, partial(self._post_notice, notice, anchor, name))
        for job in whole["postings"][: whole["live_postings"]]:
            name = f"posting:{anchor.isoformat()}:{job['trade']}:{job['place']}"
            yield _Step(name, partial(self._publish, job, anchor, name))

    def _making(self, kind: str, name: str, path: str, body: Mapping[str, Any]) -> _Step:
        key = idempotency_key(kind, name)
        return _Step(f"{kind}:{name}", partial(self._make, path, body, key))

    def _make(self, path: str, body: Mapping[str, Any], key: str) -> None:
        """POST what has a name of its own. That it exists is as good: an earlier answer was lost, and the
        service has forgotten its key since."""
        try:
            self._api.post(path, body, key=key)
        except ApiRefused as error:
            if error.status != 409:
                raise

    def _issue_device(self, code: str) -> None:
        key = idempotency_key("device", code)
        issued = self._api.post(f"/stations/{code}/devices", {"label": "演示屏幕"}, key=key)
        self._memory.codes[code] = issued["code"]

    def _register(self, employer: Mapping[str, Any]) -> None:
        body = {name: value for name, value in employer.items() if name != "key"}
        made = self._api.post("/employers", body, key=idempotency_key("employer", employer["key"]))
        self._memory.employers[employer["key"]] = made["id"]

    def _post_notice(self, notice: Mapping[str, Any], anchor: datetime, name: str) -> None:
        path = f"/stations/{notice['station']}/notices"
        now = self._clock.now()
        for shown in self._api.get(path)["notices"]:
            runs = shown["ended_at"] is None and datetime.fromisoformat(shown["valid_until"]) > now
            if runs and shown["text"] == notice["text"]:
                return
        body = {
            "reach": notice["reach"],
            "text": notice["text"],
            "valid_until": (anchor + timedelta(days=notice["valid_days"])).isoformat(),
        }
        self._api.post(path, body, key=idempotency_key(name))

    def _publish(self, job: Mapping[str, Any], anchor: datetime, name: str) -> None:
        if mark_of(job) in self._live:
            return
        employer = self._memory.employers[job["employer"]]
        publish(self._api, job, employer, anchor=anchor, key=idempotency_key(name))

    def _remember(self, name: str) -> None:
        self._memory.done.add(name)
        self._memory.keep(self._data)

    def _run(self) -> dict[str, Any]:
        """What run.json tells: addresses, every screen with its code, one login for each role."""
        logins = {
            member["role"]: {
                "name": member["login"],
                "password": DEMO_PASSWORD,
                "station": member["station"],
            }
            for member in county()["staff"]
        }
        return {
            "gateway": self._gateway_url,
            "board": self._board_url,
            "screens": {
                code: f"{self._gateway_url}/screen/{code}#code={secret}"
                for code, secret in sorted(self._memory.codes.items())
            },
            "logins": logins,
        }
