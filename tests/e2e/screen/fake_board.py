"""A board that says what a test wants, in the real subprotocol: for tests of the page and for work on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from services.board.view import EMPTY_STATE, apply_changes
from yizhan.clock import FrozenClock
from yizhan.contracts.screen import (
    SUBPROTOCOL,
    Ack,
    Change,
    Delta,
    Health,
    Heartbeat,
    Hello,
    RefusalCode,
    Refused,
    ScreenState,
    Snapshot,
    from_screen,
)


class FakeBoard:
    """One station's board. `clock` is the server's time; nothing is sent but what a test asks for and the
    answer to a hello. `mute`: accept connections and say nothing, as a half-open link does.
    """

    def __init__(self, clock: FrozenClock, state: ScreenState = EMPTY_STATE) -> None:
        self.clock = clock
        self.state = state
        self.epoch = "0123456789abcdef"
        self.offset = 0
        self.log: list[Delta] = []
        self.refusal: Refused | None = None
        self.mute = False
        self.port = 0
        self.hellos: list[Hello] = []
        self.acks: list[Ack] = []
        self.healths: list[Health] = []
        self.connections: set[ServerConnection] = set()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    # --- being there or not ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen; after a stop, on the same port again."""
        self._server = await serve(
            self._converse, "127.0.0.1", self.port, subprotocols=[SUBPROTOCOL], compression=None
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Vanish: refuse new connections and break those that stand."""
        if self._server is not None:
            self._server.close(close_connections=False)
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Break every connection without a goodbye."""
        for connection in self.connections:
            connection.transport.abort()

    # --- saying ---------------------------------------------------------------------------------------

    async def tell(self, *changes: Change) -> None:
        """Change the state and send the delta."""
        self.change_unheard(*changes)
        await self._send(self.log[-1])

    def change_unheard(self, *changes: Change) -> None:
        """Change the state and send nothing, as if the delta had been lost on the way."""
        self.state = apply_changes(self.state, changes)
        self.offset += 1
        self.log.append(
            Delta(epoch=self.epoch, offset=self.offset, at=self.clock.now(), changes=tuple(changes))
        )

    async def beat(self) -> None:
        """Send a heartbeat to all."""
        await self._send(self._heartbeat())

    async def refuse(self, code: RefusalCode, *, retry: bool) -> None:
        """Turn everybody away, also those who come from now on."""
        self.refusal = Refused(code=code, retry=retry)
        for connection in list(self.connections):
            await connection.send(self.refusal.model_dump_json())
            await connection.close()

    def begin_epoch(self, epoch: str, state: ScreenState) -> None:
        """Forget everything, as after a flushed Redis."""
        self.epoch, self.offset, self.log, self.state = epoch, 0, [], state

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(epoch=self.epoch, offset=self.offset, server_time=self.clock.now())

    async def _send(self, message: Delta | Heartbeat) -> None:
        for connection in list(self.connections):
            with contextlib.suppress(ConnectionClosed):
                await connection.send(message.model_dump_json())

    # --- hearing --------------------------------------------------------------------------------------

    async def _converse(self, connection: ServerConnection) -> None:
        try:
            async for text in connection:
                await self._hear(connection, from_screen.validate_json(text))
        except ConnectionClosed:
            pass
        finally:
            self.connections.discard(connection)

    async def _hear(self, connection: ServerConnection, message: Hello | Ack | Health) -> None:
        match message:
            case Hello():
                self.hellos.append(message)
                await self._greet(connection, message)
            case Ack():
                self.acks.append(message)
            case Health():
                self.healths.append(message)

    async def _greet(self, connection: ServerConnection, hello: Hello) -> None:
        if self.refusal is not None:
            await connection.send(self.refusal.model_dump_json())
            await connection.close()
            return
        if self.mute:
            return
        for answer in self._answer(hello):
            await connection.send(answer.model_dump_json())
        self.connections.add(connection)

    def _answer(self, hello: Hello) -> Sequence[Snapshot | Delta | Heartbeat]:
        if hello.epoch != self.epoch or hello.offset is None or hello.offset > self.offset:
            return [
                Snapshot(epoch=self.epoch, offset=self.offset, server_time=self.clock.now(), state=self.state)
            ]
        missed = [delta for delta in self.log if delta.offset > hello.offset]
        return missed or [self._heartbeat()]


async def _main() -> None:
    """A board and a page server to look at while working on the page."""
    from tests.e2e.screen.page_server import PageServer
    from tests.e2e.screen.samples import CODE, STATION, county

    class RealClock(FrozenClock):
        def now(self) -> datetime:
            return datetime.now(UTC)

    clock = RealClock(datetime.now(UTC))
    board = FakeBoard(clock, county(60, clock.now()))
    await board.start()
    pages = PageServer(lambda: {"board": board.url})
    await pages.start()
    print(f"{pages.url}/screen/{STATION}#code={CODE}")
    while True:
        await asyncio.sleep(timedelta(seconds=10).total_seconds())
        await board.beat()


def dump(state: ScreenState) -> dict[str, Any]:
    """A state as the page gets it."""
    return state.model_dump(mode="json")


if __name__ == "__main__":
    asyncio.run(_main())
