"""A screen's websocket to a running board, opened as a page does it."""

from __future__ import annotations

import asyncio

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.eventually import eventually_async
from yizhan.contracts.screen import SUBPROTOCOL, Hello, from_server

_PATIENCE_SECONDS = 30.0


async def served_screen(port: int, station: str, code: str) -> ClientConnection:
    """A connection that has had its snapshot. A code is known to the board a moment after it was issued, so a
    screen that is refused comes again."""

    async def attempt() -> ClientConnection | None:
        connection = await connect(
            f"ws://127.0.0.1:{port}/", subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, proxy=None
        )
        await connection.send(Hello(station=station, token=code).model_dump_json())
        answer = from_server.validate_json(await asyncio.wait_for(connection.recv(), _PATIENCE_SECONDS))
        if answer.type == "snapshot":
            return connection
        await connection.close()
        return None

    connection = await eventually_async(attempt, within_seconds=_PATIENCE_SECONDS)
    assert connection is not None
    return connection
