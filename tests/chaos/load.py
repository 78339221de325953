"""Clerks at work: real commands over HTTP, each repeated under its own key until it is acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.support.network import OPENABLE, opening
from yizhan.settings import DEMO_PASSWORD

COUNTY = "522730"
_TOWNS = tuple(f"{COUNTY}{town:02d}" for town in (1, 2, 3))
#: Every station, parents first.
TREE = (
    (COUNTY, "county_market", None),
    *((town, "town_station", COUNTY) for town in _TOWNS),
    *((f"{town}{place:02d}", "community_station", town) for town in _TOWNS for place in (1, 2)),
)
STATIONS = tuple(code for code, _, _ in TREE)

LOGIN = "chaos.clerk"
PASSWORD = DEMO_PASSWORD[::-1] + "-7Kq"

_TRADES = ("搬运工", "小工", "泥瓦工", "保洁", "厨工")
_PATIENCE_SECONDS = 300.0
_LONGEST_PAUSE_SECONDS = 2.0
_LIVE_PER_CLERK = 6

#: Said by servers that mean: try again with the same key.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Acknowledged:
    """One command that was answered with success: it must have one effect and one event.

    event_type, subject, sequence: of the event that it must have made.
    """

    key: str
    what: str
    event_type: str
    subject: str
    sequence: int


@dataclass
class Ledger:
    """What was promised. refused: answers that a correct system would not give to these clerks."""

    commands: list[Acknowledged] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    unreachable: int = 0
    given_up: int = 0


class Refused(Exception):
    """The system refused a command for good."""


class Api:
    """A signed-in client that repeats a command under its key until it hears the answer."""

    def __init__(self, gateway_url: str, ledger: Ledger, chance: random.Random) -> None:
        limits = httpx.Limits(max_connections=64)
        self._client = httpx.AsyncClient(
            base_url=f"{gateway_url}/api/v1", timeout=8.0, trust_env=False, limits=limits
        )
        self.ledger = ledger
        self._chance = chance

    async def close(self) -> None:
        await self._client.aclose()

    async def sign_in(self) -> None:
        answer = await self._repeat("POST", "/sessions", {"login": LOGIN, "password": PASSWORD}, {})
        self._client.headers["authorization"] = f"Bearer {answer['token']}"

    async def command(
        self, event_type: str, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Carry out one command and note it down. Raises Refused."""
        key = f"chaos-{self._chance.getrandbits(96):024x}"
        answer = await self._repeat(method, path, body, {"idempotency-key": key})
        made: dict[str, Any] = answer.get("device", answer)
        subject = str(made.get("id") or made["code"])
        self.ledger.commands.append(
            Acknowledged(key, f"{method} {path}", event_type, subject, int(made["sequence"]))
        )
        return answer

    async def prepare(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Carry out one command that is no part of what is accounted for. Raises Refused."""
        key = f"chaos-{self._chance.getrandbits(96):024x}"
        await self._repeat(method, path, body, {"idempotency-key": key})

    async def _repeat(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_SECONDS
        attempt = 0
        while True:
            answer = await self._ask(method, path, body, headers)
            if answer is not None and answer.is_success:
                found: dict[str, Any] = answer.json()
                return found
            if answer is not None and not _passes(answer):
                said = f"{method} {path}: {answer.status_code} {answer.text[:200]} (attempt {attempt + 1})"
                self.ledger.refused.append(said)
                raise Refused(said)
            if loop.time() > deadline:
                self.ledger.given_up += 1
                raise Refused(f"{method} {path}: no acknowledgement within {_PATIENCE_SECONDS:.0f} s")
            attempt += 1
            ceiling = min(_LONGEST_PAUSE_SECONDS, 0.1 * 2.0 ** min(attempt, 8))
            await asyncio.sleep(ceiling * (0.5 + self._chance.random() / 2))

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> httpx.Response | None:
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            self.ledger.unreachable += 1
            return None
        self.ledger.answers[answer.status_code] += 1
        return answer


def _passes(answer: httpx.Response) -> bool:
    # A station made or opened just now is not yet known as such to every service.
    news = ("jobs.unknown_station", "jobs.station_not_open")
    return answer.status_code in _PASSING or any(code in answer.text for code in news)


async def build_network(api: Api) -> None:
    """Every station below the county, which is there, open."""
    for code, kind, parent in TREE[1:]:
        body = {
            "code": code,
            "kind": kind,
            "parent": parent,
            "facts": {"name_plate": f"零工驿站{code[6:]}", "short_name": f"驿站{code[6:]}", **OPENABLE},
        }
        await api.command("stations.station.added.v1", "POST", "/stations", body)
        for verb, path, said in opening(code):
            await api.prepare(verb, path, said)


async def issue_devices(api: Api) -> dict[str, str]:
    """A screen code per station."""
    codes = {}
    for code in STATIONS:
        issued = await api.command(
            "stations.screen_device.issued.v1", "POST", f"/stations/{code}/devices", {"label": "压力屏"}
        )
        codes[code] = str(issued["code"])
    return codes


async def post_notice(api: Api, text: str, station: str = COUNTY) -> str:
    """A notice for a station and all below it; its id."""
    body = {
        "reach": "subtree",
        "text": text,
        "valid_until": (datetime.now(UTC) + timedelta(hours=6)).isoformat(),
    }
    posted = await api.command("stations.notice.posted.v1", "POST", f"/stations/{station}/notices", body)
    return str(posted["id"])


async def end_notice(api: Api, id: str) -> None:
    await api.command("stations.notice.ended.v1", "DELETE", f"/notices/{id}")


class Probe:
    """Something new for every screen: a notice for the whole county, and a posting at one community station,
    which shows there and at the stations above. Both go by way of every process."""

    HOMES = (TREE[-1][0], TREE[-1][2], COUNTY)

    def __init__(self, api: Api) -> None:
        self._api = api
        self._employer = ""
        self.notice = ""
        self.posting = ""

    async def place(self) -> None:
        """Returns when both are acknowledged."""
        self.notice = self.posting = ""
        self.notice, self.posting = await asyncio.gather(post_notice(self._api, "全县通知"), self._publish())

    async def take_back(self) -> None:
        await end_notice(self._api, self.notice)
        await step(self._api, self.posting, "withdraw", "withdrawn", {"reason": "活已经干完"})

    async def _publish(self) -> str:
        station = self.HOMES[0]
        if not self._employer:
            self._employer = await register(self._api, station, "探路的散户")
        # Sooner than what clerks draft, so that it is among the rows of every screen that is to show it.
        starts_at = datetime.now(UTC) + timedelta(hours=2)
        return await publish(self._api, station, self._employer, "搬运工", starts_at)


async def register(api: Api, station: str, name: str) -> str:
    """A new employer's id."""
    body = {"station": station, "kind": "individual", "name": name}
    return str((await api.command("jobs.employer.registered.v1", "POST", "/employers", body))["id"])


async def publish(
    api: Api,
    station: str,
    employer: str,
    trade: str,
    starts_at: datetime,
    *,
    headcount: int = 2,
    fen: int = 20000,
    breathe: Callable[[], Awaitable[None]] | None = None,
) -> str:
    """A new posting, taken all the way to the screens; its id. breathe: awaited between the steps."""
    terms = {
        "trade": trade,
        "wage": {"fen": fen, "unit": "day"},
        "settlement": "daily",
        "headcount": headcount,
        "place": "老农贸市场门口集合",
        "starts_at": starts_at.isoformat(),
    }
    body = {"station": station, "employer_id": employer, "terms": terms, "source": "phone"}
    id = str((await api.command("jobs.posting.drafted.v1", "POST", "/postings", body))["id"])
    for name, done, extra in (
        ("submit", "submitted", {}),
        ("verify", "verified", {"method": "phone_call"}),
        ("publish", "published", {}),
    ):
        if breathe is not None:
            await breathe()
        await step(api, id, name, done, extra)
    return id


async def step(api: Api, id: str, name: str, done: str, body: dict[str, Any]) -> None:
    """One step of a posting's life, and the event that it makes."""
    await api.command(f"jobs.posting.{done}.v1", "POST", f"/postings/{id}/{name}", body)


class Clerk:
    """Drafts, submits, verifies, publishes and withdraws at one station after another, until told to stop."""

    def __init__(self, api: Api, number: int, chance: random.Random, *, pause_seconds: float) -> None:
        self._api = api
        self._number = number
        self._chance = chance
        self._pause_seconds = pause_seconds
        self._live: list[str] = []
        self._employers: dict[str, str] = {}

    async def work(self, stop: asyncio.Event) -> None:
        """Work until stopped; a command in hand is carried through."""
        while not stop.is_set():
            try:
                await self._one_round(stop)
            except Refused:
                continue

    async def _one_round(self, stop: asyncio.Event) -> None:
        station = self._chance.choice(STATIONS)
        if self._chance.random() < 0.15:
            notice = await post_notice(self._api, f"通知{self._number}", station)
            await self._breathe(stop)
            await end_notice(self._api, notice)
        else:
            await self._publish(station, stop)
        while len(self._live) > _LIVE_PER_CLERK:
            id = self._live.pop(self._chance.randrange(len(self._live)))
            await step(self._api, id, "withdraw", "withdrawn", {"reason": "活已经干完"})
            await self._breathe(stop)

    async def _publish(self, station: str, stop: asyncio.Event) -> None:
        # Some begin within a minute or two, and expire by themselves.
        brief = self._chance.random() < 0.1
        lead = (
            timedelta(seconds=self._chance.uniform(40, 120))
            if brief
            else timedelta(hours=self._chance.randint(3, 300))
        )
        try:
            id = await publish(
                self._api,
                station,
                await self._employer(station),
                self._chance.choice(_TRADES),
                datetime.now(UTC) + lead,
                headcount=self._chance.randint(1, 9),
                fen=100 * self._chance.randint(100, 400),
                breathe=lambda: self._breathe(stop),
            )
        except Refused as refusal:
            if brief and _came_too_late(refusal):
                # Its time came while the system was away: refusing is right.
                self._api.ledger.refused.remove(str(refusal))
            raise
        if not brief:
            self._live.append(id)

    async def _employer(self, station: str) -> str:
        if station not in self._employers:
            self._employers[station] = await register(self._api, station, f"第{self._number}号散户")
        return self._employers[station]

    async def _breathe(self, stop: asyncio.Event) -> None:
        seconds = self._pause_seconds * self._chance.uniform(0.2, 1.8)
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            return


def _came_too_late(refusal: Refused) -> bool:
    return any(code in str(refusal) for code in ("posting_step_illegal", "period_out_of_range"))
