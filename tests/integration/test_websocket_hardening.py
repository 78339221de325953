"""The board's door against those who mean no good: it costs them their own connection and nobody else's.

Origins, subprotocols, plain HTTP and slow readers are looked at in board/test_server.py. How many
connections one address may hold is not bounded, by decision: a whole town's screens stand behind one
address. What is bounded is what a connection may cost before it has shown a device code: time, bytes, and
the number of them all.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode

from services.board import connection as connection_module
from services.board import server as server_module
from services.board import session as session_module
from tests.e2e.api import Clerk
from tests.integration.board.harness import PATIENCE_SECONDS, open_socket
from tests.integration.board.test_server import HELLO, Stage
from tests.support.bare_system import COUNTY, BareSystem
from tests.support.eventually import eventually_async
from tests.support.screen_connection import served_screen
from yizhan.contracts.screen import RefusalCode, from_server

pytestmark = pytest.mark.integration

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: yizhan.board.v1\r\n"
)
PROTOCOL_ERROR, BAD_TEXT, POLICY_VIOLATION, TOO_BIG = 1002, 1007, 1008, 1009


class Stranger:
    """A raw connection that may write what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def at(cls, port: int) -> Stranger:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def shake_hands(self, *, headers: bytes = b"") -> bytes:
        """The head of the server's answer."""
        self.writer.write(HANDSHAKE + headers + b"\r\n")
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)

    async def ending(self) -> tuple[int | None, RefusalCode | None]:
        """The server's closing code and its last refusal; None for what it did not say."""
        refusal = None
        try:
            while True:
                head = await self._read(2)
                length = int.from_bytes(await self._read(2)) if head[1] == 126 else head[1]
                payload = await self._read(length)
                if head[0] & 0x0F == Opcode.CLOSE:
                    return int.from_bytes(payload[:2]), refusal
                if head[0] & 0x0F == Opcode.TEXT:
                    message = from_server.validate_json(payload)
                    refusal = message.code if message.type == "refused" else refusal
        except (ConnectionResetError, asyncio.IncompleteReadError):
            return None, refusal
        finally:
            self.writer.close()

    async def _read(self, count: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(count), PATIENCE_SECONDS)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.server.start("127.0.0.1", 0)
    yield stage
    await stage.server.leave(0)


def text(data: bytes, *, fin: bool = True) -> bytes:
    return Frame(Opcode.TEXT, data, fin=fin).serialize(mask=True)


def more(data: bytes, *, fin: bool = False) -> bytes:
    return Frame(Opcode.CONT, data, fin=fin).serialize(mask=True)


async def test_a_handshake_without_end_is_cut(stage: Stage) -> None:
    """Nobody needs 16 KiB of headers; what was sent so far is forgotten."""
    stranger = await Stranger.at(stage.server.port)
    stranger.writer.write(HANDSHAKE)
    for number in range(20):
        stranger.writer.write(b"X-%d: %s\r\n" % (number, b"x" * 1000))
    assert await stranger.ending() == (None, None)
    assert stage.server._newcomers == {}


async def test_a_handshake_at_the_limit_is_taken(stage: Stage) -> None:
    """A proxy may add some headers."""
    stranger = await Stranger.at(stage.server.port)
    room = connection_module.MAX_HANDSHAKE_BYTES - len(HANDSHAKE) - 100
    headers = b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(room // 1010))
    assert b" 101 " in await stranger.shake_hands(headers=headers)
    stranger.writer.close()


async def test_a_trickling_handshake_has_no_more_time_than_a_silent_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then does not keep the connection."""
    monkeypatch.setattr(server_module, "HELLO_SECONDS", 0.0)
    stranger = await Stranger.at(stage.server.port)
    await eventually_async(lambda: stage.server._newcomers, within_seconds=PATIENCE_SECONDS)
    stranger.writer.write(HANDSHAKE[:30])
    await eventually_async(
        lambda: next(iter(stage.server._newcomers))._handshake_bytes == 30, within_seconds=PATIENCE_SECONDS
    )
    stage.server.sweep()
    assert await stranger.ending() == (None, None)


@pytest.mark.parametrize(
    "flood",
    [
        text(b"{", fin=False) + more(b"") * 40,
        Frame(Opcode.PING, b"").serialize(mask=True) * 40,
        Frame(Opcode.PONG, b"").serialize(mask=True) * 40,
        text(b'{"type":"ack","epoch":"0000000000000000","offset":0}') * 40,
    ],
    ids=["empty fragments", "pings", "pongs", "messages"],
)
async def test_a_flood_of_small_frames_is_refused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, flood: bytes
) -> None:
    """No size limit counts them, so their number is counted."""
    monkeypatch.setattr(session_module, "MESSAGE_LIMIT", 20)
    stranger = await Stranger.at(stage.server.port)
    await stranger.shake_hands()
    stranger.writer.write(text(HELLO.encode()) + flood)
    assert await stranger.ending() == (POLICY_VIOLATION, RefusalCode.BAD_MESSAGE)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xc1\x85\x00\x00\x00\x00hello", PROTOCOL_ERROR),
        (Frame(Opcode.TEXT, HELLO.encode()).serialize(mask=False), PROTOCOL_ERROR),
        (b"\x83\x80\x00\x00\x00\x00", PROTOCOL_ERROR),
        (more(b"nothing before"), PROTOCOL_ERROR),
        (b"\x89\xfe\x00\x80\x00\x00\x00\x00" + b"x" * 128, PROTOCOL_ERROR),
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", TOO_BIG),
        (text(b"x" * 10_000, fin=False) + more(b"x" * 10_000), TOO_BIG),
        (text(b"x" * 16_385), TOO_BIG),
    ],
    ids=[
        "compressed though nobody agreed to it",
        "unmasked",
        "a kind of frame that does not exist",
        "a continuation of nothing",
        "a ping too long",
        "an exabyte announced",
        "fragments too large together",
        "a byte too many",
    ],
)
async def test_a_frame_that_breaks_the_protocol_ends_the_connection(
    stage: Stage, data: bytes, code: int
) -> None:
    """With the code that RFC 6455 has for it, before the rest is waited for; other screens notice nothing."""
    screen = await stage.screen()
    stranger = await Stranger.at(stage.server.port)
    await stranger.shake_hands()
    stranger.writer.write(data)
    assert (await stranger.ending())[0] == code
    assert screen.closed_with is None
    assert stage.server.screens_online == 1
    await screen.close()


async def test_text_that_is_no_text_is_refused(stage: Stage) -> None:
    """Bytes that are not UTF-8 are no JSON either."""
    stranger = await Stranger.at(stage.server.port)
    await stranger.shake_hands()
    stranger.writer.write(text(b"\xff\xfe{}"))
    code, refusal = await stranger.ending()
    assert (code, refusal) in ((POLICY_VIOLATION, RefusalCode.BAD_MESSAGE), (BAD_TEXT, None))


async def test_compression_is_not_agreed_to(stage: Stage) -> None:
    """A small frame that unfolds into a gigabyte cannot be sent where nothing is unfolded."""
    stranger = await Stranger.at(stage.server.port)
    head = await stranger.shake_hands(headers=b"Sec-WebSocket-Extensions: permessage-deflate\r\n")
    assert b" 101 " in head
    assert b"sec-websocket-extensions" not in head.lower()
    stranger.writer.close()


async def test_a_guessed_code_learns_nothing(bare_system: BareSystem) -> None:
    """A station that is there, with a wrong code or another station's, is answered alike."""

    async def answer_of(station: str) -> RefusalCode:
        connection = await open_socket(bare_system.running.port + 1)
        await connection.send(json.dumps({"type": "hello", "station": station, "token": "A" * 20}))
        last = from_server.validate_json(await asyncio.wait_for(connection.recv(), PATIENCE_SECONDS))
        await connection.close()
        assert last.type == "refused"
        return last.code

    async def county_refuses_the_code() -> bool:
        return await answer_of(COUNTY) is RefusalCode.CODE_REFUSED

    with bare_system.client(bare_system.admin_token) as client:
        Clerk(client)
        # The board's processes hear of a county a moment after its making.
        await eventually_async(county_refuses_the_code, within_seconds=PATIENCE_SECONDS)
        assert await answer_of(f"{COUNTY}99") is RefusalCode.UNKNOWN_STATION


async def test_screens_are_served_during_a_flood_of_handshakes(bare_system: BareSystem) -> None:
    """More unfinished handshakes than there is room for, all from one address as the screens are: these push
    out each other, and a screen that comes then is served."""
    port = bare_system.running.port + 1
    with bare_system.client(bare_system.admin_token) as client:
        code = Clerk(client).post(f"/stations/{COUNTY}/devices", {"label": "大厅"})["code"]
    flood = [_begin_handshake(port) for _ in range(server_module.NEWCOMER_LIMIT + 200)]
    try:
        for _ in range(3):
            screen = await served_screen(port, COUNTY, code)
            await screen.close()
    finally:
        for one in flood:
            one.close()


def _begin_handshake(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    one.sendall(HANDSHAKE[:40])
    return one
