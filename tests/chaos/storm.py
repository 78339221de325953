"""Thousands of screens that come back at once: when their board dies, and when the broker does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.load import STATIONS, Api, post_notice
from tests.chaos.proxy import UP
from tests.chaos.screens import Yard
from tests.chaos.stand import Stand
from tests.support.eventually import eventually_async

_SECONDS = 90.0
_SHARE = 0.99
_STEP_SECONDS = 0.02


@dataclass(frozen=True)
class StormFigures:
    """Seconds from `since` until 99 % and all of the screens showed what was posted meanwhile; None: never.

    server_seconds: until the board's port was open again, where the board died.
    """

    since: str
    screens: int
    most_seconds: float | None
    all_seconds: float | None
    server_seconds: float | None = None


class Storm:
    """Connects more screens, then kills what they hang on."""

    def __init__(
        self, stand: Stand, yard: Yard, api: Api, codes: dict[str, str], say: Callable[[str], None]
    ) -> None:
        self._stand = stand
        self._yard = yard
        self._api = api
        self._codes = codes
        self._say = say
        self._loop = asyncio.get_running_loop()

    async def run(self, screens: int) -> list[StormFigures]:
        """Both storms. Raises AssertionError when the screens do not come to be connected."""
        yard = self._yard
        lacking = max(0, screens - len(yard.screens))
        for number, station in enumerate(STATIONS):
            yard.add(station, self._codes[station], (lacking + number) // len(STATIONS))
        await eventually_async(lambda: yard.current() == len(yard.screens), within_seconds=_SECONDS)
        self._say(f"{len(yard.screens)} screens are current; the board is killed")
        board = await self._board_dies()
        self._say(_sentence(board))
        await eventually_async(lambda: yard.current() == len(yard.screens), within_seconds=_SECONDS)
        await self._stand.wait_until_well()
        broker = await self._broker_restarts()
        self._say(_sentence(broker))
        await self._stand.wait_until_well()
        return [board, broker]

    async def _board_dies(self) -> StormFigures:
        """A notice is posted while the board is dead; how long until the screens show it."""
        killed_at = self._loop.time()
        pid = self._stand.signal("board", signal.SIGKILL)
        listening = asyncio.create_task(self._board_listens(pid))
        notice = await post_notice(self._api, "屏幕服务重启期间的通知")
        most, everyone = await self._shown(notice, killed_at)
        server = (await listening) - killed_at
        return StormFigures("board's death", len(self._yard.screens), most, everyone, round(server, 2))

    async def _board_listens(self, killed: int | None) -> float:
        while True:
            if self._stand.pid("board") not in (None, killed):
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self._stand.board_port)
                except OSError:
                    pass
                else:
                    writer.close()
                    return self._loop.time()
            await asyncio.sleep(_STEP_SECONDS)

    async def _broker_restarts(self) -> StormFigures:
        """A notice is acknowledged and its event kept from the broker until that is dead: it waits in the
        outbox, to be carried, folded and shown after the broker's port has opened again."""
        link = self._stand.links["relay", "rabbitmq"]
        link.stall(UP)
        notice = await post_notice(self._api, "消息服务器重启期间的通知")
        pid = self._stand.signal("rabbitmq", signal.SIGKILL)
        link.cut()
        link.heal()
        while self._stand.pid("rabbitmq") in (None, pid) or not self._stand.broker_listens():  # noqa: ASYNC110
            await asyncio.sleep(_STEP_SECONDS)
        most, everyone = await self._shown(notice, self._loop.time())
        return StormFigures("broker's port opening", len(self._yard.screens), most, everyone)

    async def _shown(self, notice: str, since: float) -> tuple[float | None, float | None]:
        count = len(self._yard.watching())
        most: float | None = None
        while self._loop.time() - since < _SECONDS:
            shown = self._yard.showing(notice)
            seconds = round(self._loop.time() - since, 2)
            if most is None and shown >= _SHARE * count:
                most = seconds
            if shown >= count:
                return most, seconds
            await asyncio.sleep(_STEP_SECONDS)
        return most, None


def _sentence(figures: StormFigures) -> str:
    server = (
        ""
        if figures.server_seconds is None
        else f" (the board listened again after {figures.server_seconds} s)"
    )
    return (
        f"{figures.screens} screens, from the {figures.since}: 99 % current after {figures.most_seconds} s, "
        f"all after {figures.all_seconds} s{server}"
    )
