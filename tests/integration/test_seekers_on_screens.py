"""People who look for work on the whole system's real path: from the desk to every screen, and off it.

Everybody in it is invented. Screens are websockets that follow the protocol, at the town and at the county.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection

from services.board.view import apply_changes
from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.support.bare_system import COUNTY, BareSystem
from tests.support.eventually import eventually, eventually_async
from tests.support.screen_connection import served_screen
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.screen import Delta, ScreenState, from_server

pytestmark = pytest.mark.integration


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
    """From the answer to the desk's command until the last screen has the word; the usual one of three."""
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
    assert statistics.median(took) < 1
