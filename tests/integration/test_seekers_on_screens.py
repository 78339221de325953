"""People who look for work on the whole system's real path: from the desk to every screen, and off it.

Everybody in it is invented. Screens are websockets that follow the protocol, at the town and at the county.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import redis
from websockets.asyncio.client import ClientConnection

from services.board.view import apply_changes
from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.support import http
from tests.support.bare_system import COUNTY, BareSystem
from tests.support.eventually import eventually, eventually_async
from tests.support.screen_connection import served_screen
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.screen import Delta, ScreenState, from_server

pytestmark = pytest.mark.integration

#: Signs that no other text has: whoever finds them, finds the person.
NAME, PHONE, RELATIVE = "王霂骉", "13985417643", "15185417643"


@dataclass
class Desk:
    """A town's service desk and its API."""

    system: BareSystem
    clerk: Clerk
    town: str

    def register(self, **more: Any) -> dict[str, Any]:
        body = {
            "station": self.town,
            "id_number": id_number(),
            "name": "陈小芳",
            "wishes": {"trades": [{"trade": "搬运工"}], "days": [1, 2, 3]},
            "consents": ["id_number", "public_display"],
            **more,
        }
        return self.clerk.post("/seekers", body)

    def check_in(self, seeker: dict[str, Any]) -> dict[str, Any]:
        body = {"id": new_identifier(datetime.now(UTC)), "channel": "slip", "slip": seeker["slip"]}
        return self.clerk.post(f"/stations/{self.town}/check-ins", body)

    def screen(self, station: str) -> ScreenState:
        state: ScreenState = ScreenState.tolerant(self.clerk.board(station)["state"])
        return state


def id_number(birth: str = "19800506") -> str:
    """A synthetic number that holds."""
    body = f"522730{birth}{secrets.randbelow(1000):03d}"
    return body + check_character(body)


@pytest.fixture(scope="module")
def desk(bare_system: BareSystem) -> Iterator[Desk]:
    with bare_system.client(bare_system.admin_token) as client:
        town = bare_system.new_town()
        clerk = Clerk(client)
        desk = Desk(bare_system, clerk, town)
        eventually(lambda: _takes_people(desk), within_seconds=30)
        yield desk


def _takes_people(desk: Desk) -> bool:
    """Whether services/seekers has heard that the town is open."""
    answer = desk.clerk.client.post(
        f"/stations/{desk.town}/check-ins",
        json={"id": new_identifier(datetime.now(UTC)), "channel": "slip", "slip": "000000"},
        headers={"idempotency-key": secrets.token_hex(12)},
    )
    return bool(answer.json()["code"] == "seekers.slip_unknown")


class Screen:
    """A screen that follows along. heard: every message as it came."""

    def __init__(self, connection: ClientConnection, state: ScreenState) -> None:
        self.state = state
        self.heard: list[str] = []
        self._connection = connection
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for text in self._connection:
            assert isinstance(text, str)
            self.heard.append(text)
            message = from_server.validate_json(text)
            if isinstance(message, Delta):
                self.state = apply_changes(self.state, message.changes)

    async def shows(self, card: str) -> None:
        await eventually_async(lambda: card in self.cards(), within_seconds=20)

    def cards(self) -> set[str]:
        return {one.id for one in self.state.cards}

    async def close(self) -> None:
        await self._connection.close()
        await self._reading


@asynccontextmanager
async def screens(desk: Desk) -> AsyncIterator[list[Screen]]:
    """One at the town and one at the county."""
    found: list[Screen] = []
    try:
        for station in (desk.town, COUNTY):
            path = f"/stations/{station}/devices"
            issued = await asyncio.to_thread(desk.clerk.post, path, {"label": "测试屏"})
            connection = await served_screen(desk.system.settings.board_port, station, issued["code"])
            found.append(Screen(connection, await asyncio.to_thread(desk.screen, station)))
        yield found
    finally:
        for screen in found:
            await screen.close()


def _withdraw(desk: Desk, seeker: str) -> httpx.Response:
    return desk.clerk.client.delete(
        f"/seekers/{seeker}/consents/public_display", headers={"idempotency-key": secrets.token_hex(12)}
    )


def _erase(desk: Desk, seeker: str) -> httpx.Response:
    return desk.clerk.client.post(
        f"/seekers/{seeker}/erase",
        json={"reason": "asked_for"},
        headers={"idempotency-key": secrets.token_hex(12)},
    )


@pytest.mark.parametrize("leave", [_withdraw, _erase], ids=["withdrawn consent", "erasure"])
async def test_whoever_wants_to_leave_is_off_every_screen_within_a_second(desk: Desk, leave: Any) -> None:
    """From the answer to the desk's command until the last screen has the word; the best of three, since what
    a busy machine adds is not the system's."""
    took = []
    async with screens(desk) as shown:
        for _ in range(3):
            before = shown[0].cards()
            seeker = await asyncio.to_thread(desk.register)
            await eventually_async(lambda before=before: shown[0].cards() - before, within_seconds=20)
            (card,) = shown[0].cards() - before
            for screen in shown:
                await screen.shows(card)
            answer = await asyncio.to_thread(leave, desk, seeker["id"])
            answered = time.monotonic()
            answer.raise_for_status()
            await eventually_async(
                lambda card=card: not any(card in screen.cards() for screen in shown), within_seconds=20
            )
            took.append(time.monotonic() - answered)
            assert not {one.id for one in desk.screen(COUNTY).cards} & {card}
    assert min(took) < 1, took


async def test_a_morning_at_the_desk_is_on_the_towns_screen(desk: Desk) -> None:
    """The commitment before anybody is drawn, the queue, the order, a change by hand and who is called; and
    nothing anywhere of who they are."""
    number = id_number("19800507")
    settings = desk.system.settings
    marked = {"name": NAME, "phone": PHONE, "relative_phone": RELATIVE, "id_number": number}
    async with screens(desk) as (town, county):
        await asyncio.to_thread(_morning, desk, marked)
        # The call, the queue and the draw are three facts, and a screen hears of each by itself.
        await eventually_async(lambda: _whole_morning(town.state), within_seconds=20)
        state = town.state
        assert state.waiting is not None
        assert state.draw is not None
        assert state.called[0].number not in state.waiting.next
        assert state.draw.overrides[0].reason == "带着孩子，先安排"
        seeds = [
            one
            for message in map(from_server.validate_json, town.heard)
            if isinstance(message, Delta)
            for change in message.changes
            if change.op == "set_draw" and change.draw is not None
            for one in [change.draw.seed]
        ]
        assert seeds[0] is None
        assert seeds[-1] is not None
        assert (county.state.waiting, county.state.called, county.state.draw) == (None, (), None)
        searched = {
            "what the screens heard": "".join(town.heard + county.heard),
            "Redis": await asyncio.to_thread(_all_of_redis, settings.redis_url, settings.redis_prefix),
            "the logs": _logs(desk.system),
            "the metrics": await asyncio.to_thread(_metrics, desk.system),
        }
    public = desk.clerk.client.get(f"/stations/{desk.town}/draws/{state.draw.date}").text
    for where, text in (searched | {"the public record": public}).items():
        assert text, where
        for mark in (NAME, NAME[1:], PHONE, RELATIVE, number, number[6:14]):
            assert mark not in text, where


def _whole_morning(state: ScreenState) -> bool:
    """Whether a screen shows the end of `_morning`: four came, one was put first and called, three wait."""
    if not (state.called and state.waiting and state.draw):
        return False
    queue = (state.waiting.checked_in, state.waiting.people)
    return (queue, state.draw.tickets, state.draw.overridden) == ((4, 3), 4, 1)


def _morning(desk: Desk, marked: dict[str, str]) -> None:
    """Four people come, one of them marked; the draw is drawn, one is put first, and one is called."""
    station = f"/stations/{desk.town}"
    desk.clerk.post(f"{station}/queue-order", {"order": "draw"})
    people = [desk.register(**marked), *(desk.register() for _ in range(3))]
    tickets = [desk.check_in(one)["number"] for one in people]
    assert "".join(one.called for one in desk.screen(desk.town).called) == ""
    desk.clerk.post(f"{station}/draw/close", {})
    desk.clerk.post(f"{station}/draw/reveal", {})
    change = {"ticket": tickets[0], "position": 1, "reason": "带着孩子，先安排"}
    desk.clerk.post(f"{station}/draw/override", change)
    called = desk.clerk.post(f"{station}/calls/next", {})
    assert called["number"] == tickets[0]


async def test_whom_no_message_reaches_hears_by_his_number(desk: Desk) -> None:
    """No SMS is set up here: his turn is near, and the screen before him says so, of nobody else's station;
    staff find it delivered once the board has written it."""
    marked = {"name": NAME, "phone": PHONE, "consents": ["id_number", "messages"]}
    # A town where nobody else waits: his turn is near at once.
    desk = replace(desk, town=await asyncio.to_thread(desk.system.new_town))
    await eventually_async(lambda: asyncio.to_thread(_takes_people, desk), within_seconds=30)
    async with screens(desk) as (town, county):
        await eventually_async(lambda: asyncio.to_thread(_is_lit, desk), within_seconds=20)
        seeker = await asyncio.to_thread(desk.register, **marked)
        ticket = await asyncio.to_thread(desk.check_in, seeker)
        await eventually_async(lambda: _told(town, ticket["number"]), within_seconds=60)
        delivery = await eventually_async(
            lambda: asyncio.to_thread(_by_screen, desk, seeker["id"]), within_seconds=20
        )
        assert [step["state"] for step in delivery["history"]] == ["queued", "sending", "sent", "delivered"]
        assert county.state.messages == ()
        heard = "".join(town.heard + county.heard)
        assert not [mark for mark in (NAME, NAME[1:], PHONE, seeker["id"]) if mark in heard]


def _is_lit(desk: Desk) -> bool:
    answer = desk.clerk.client.get(f"/stations/{desk.town}/screens").raise_for_status()
    return any(screen["health"] and screen["health"]["connected"] for screen in answer.json()["screens"])


def _told(screen: Screen, number: str) -> bool:
    return any(message.number == number for message in screen.state.messages)


def _by_screen(desk: Desk, seeker: str) -> dict[str, Any] | None:
    """The delivery to somebody by the screen, once it is delivered."""
    path = f"/deliveries?station={desk.town}&state=delivered"
    found: list[dict[str, Any]] = desk.clerk.client.get(path).raise_for_status().json()["deliveries"]
    person = f"seeker:{seeker}"
    return next((one for one in found if (one["person"], one["channel"]) == (person, "screen")), None)


def _all_of_redis(url: str, prefix: str) -> str:
    """Every key under the system's prefix with its value, as text."""
    with redis.Redis.from_url(url) as store:
        found = []
        for key in store.scan_iter(match=f"{prefix}*"):
            kind = store.type(key).decode()
            values: Any = {
                "hash": lambda key: store.hgetall(key).items(),
                "list": lambda key: store.lrange(key, 0, -1),
                "string": lambda key: [store.get(key)],
                "set": store.smembers,
                "zset": lambda key: store.zrange(key, 0, -1),
            }.get(kind, lambda _: ())(key)  # a key may be gone by now
            parts = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
            found += [key, *parts]
        return b"\n".join(part for part in found if part is not None).decode("utf-8", "replace")


def _logs(system: BareSystem) -> str:
    """What every process and every server of the copy has said, at debug."""
    folder = system.running.data / "logs"
    return "".join(path.read_text("utf-8", "replace") for path in sorted(folder.glob("*.log")))


def _metrics(system: BareSystem) -> str:
    """What every process counts."""
    addresses = [*system.settings.peers.values(), system.url]
    return "".join(http.get(f"{address}/metrics").raise_for_status().text for address in addresses)
