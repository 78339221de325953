"""The websocket server on real sockets: what it takes, what it refuses, and how it treats slow screens."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Origin

from services.board import server as server_module
from services.board.channel import Channel, Tally
from services.board.connection import Connection, encode, origin_allowed, whole_text
from services.board.pump import Pump
from services.board.server import BoardServer
from services.board.session import KnownDevice
from tests.integration.board.harness import PATIENCE_SECONDS, Screen, open_socket
from tests.support.eventually import eventually_async
from tests.unit.board.test_channel import Board
from tests.unit.board.test_projection import published
from tests.unit.board.world import MARKET, NOON, TOWN, device_id
from yizhan.contracts.jobs import PostingStatus
from yizhan.contracts.screen import RefusalCode, from_server

pytestmark = pytest.mark.integration


class Stage:
    """A server whose one channel is fed by hand; every code is good."""

    ready = True

    def __init__(self, **options: Any) -> None:
        self.board = Board()
        self.tally = Tally()
        pump = Pump(asyncio.get_running_loop().call_soon)
        self._channel = Channel(
            MARKET, pump=pump, encode=encode, now=lambda: NOON, tally=self.tally, ask_load=self._load
        )
        self.server = BoardServer(self, self, pump=pump, **options)
        self.gone: list[str] = []

    def _load(self, channel: Channel) -> None:
        channel.begin_load()
        asyncio.get_running_loop().call_soon(lambda: channel.loaded(self.board.stored()))

    def device(self, code_sha256: str) -> KnownDevice | None:
        return KnownDevice(device_id(int(code_sha256[:8], 16)), MARKET, void=False)

    def has_station(self, code: str) -> bool:
        return code == MARKET

    def channel(self, _: str) -> Channel:
        return self._channel

    def joined(self, connection: Connection) -> None:
        """As a health table."""

    def left(self, connection: Connection) -> None:
        assert connection.session is not None
        assert connection.session.device is not None
        self.gone.append(connection.session.device.id)

    def fold(self, fact: object) -> None:
        self.board.fold(fact)
        for told in self.board.published:
            self._channel.told(*told)
        self.board.published.clear()

    async def screen(self) -> Screen:
        screen = Screen(MARKET, self.server.port)
        await screen.connect()
        await screen.until(lambda: screen.state)
        return screen


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.server.start("127.0.0.1", 0)
    yield stage
    await stage.server.leave(0)


HELLO = json.dumps({"type": "hello", "station": MARKET, "token": "X"})


async def _type_of_next(connection: ClientConnection) -> str:
    message = await asyncio.wait_for(connection.recv(), PATIENCE_SECONDS)
    return from_server.validate_json(message).type


async def test_a_screen_is_served(stage: Stage) -> None:
    """Snapshot, then deltas; and when it goes, that is known."""
    screen = await stage.screen()
    stage.fold(published(1, TOWN))
    await screen.until_shows(1)
    await screen.close()
    await eventually_async(lambda: stage.gone, within_seconds=PATIENCE_SECONDS)
    assert stage.server.screens_online == 0


async def test_a_page_of_another_origin_is_refused(stage: Stage) -> None:
    """A stranger's page cannot use the visitor's browser to listen."""
    with pytest.raises(InvalidStatus, match="403"):
        await open_socket(stage.server.port, origin=Origin("https://evil.example"))
    socket = await open_socket(stage.server.port, origin=Origin("http://127.0.0.1:8600"))
    await socket.close()


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "expected"),
    [
        (None, "h:1", (), True),
        ("http://h:8600", "h:8601", (), True),
        ("http://[::1]:8600", "[::1]:8601", (), True),
        ("http://other:8601", "h:8601", (), False),
        ("null", "h:8601", (), False),
        ("http://h:8600", None, (), False),
        ("https://a.gov.cn", "h:8601", ("https://a.gov.cn",), True),
        ("http://h:8600", "h:8601", ("https://a.gov.cn",), False),
    ],
)
def test_which_origins_may_open_a_websocket(
    origin: str | None, host: str | None, allowed: tuple[str, ...], expected: bool
) -> None:
    """The same host, or those that were listed."""
    assert origin_allowed(origin, host, allowed) is expected


async def test_a_client_without_the_subprotocol_is_refused(stage: Stage) -> None:
    """It would not know what it is sent."""
    with pytest.raises(InvalidStatus, match="400"):
        await open_socket(stage.server.port, subprotocols=None)


async def test_plain_http_is_told_to_upgrade(stage: Stage) -> None:
    """Somebody who opens the address in a browser gets an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"426" in await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)
    writer.close()


async def test_rubbish_is_no_handshake(stage: Stage) -> None:
    """It is closed without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
    writer.write(b"\x16\x03\x01\x02\x00 rubbish\r\n\r\n")
    assert await asyncio.wait_for(reader.read(-1), PATIENCE_SECONDS) == b""
    writer.close()


async def test_a_hello_in_fragments_is_a_hello(stage: Stage) -> None:
    """The protocol allows it, so it is understood."""
    socket = await open_socket(stage.server.port)
    await socket.send([HELLO[:10], HELLO[10:30], HELLO[30:]])
    assert (
        from_server.validate_json(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)).type == "snapshot"
    )
    await socket.close()


@pytest.mark.parametrize("cut", [1, 5, 7, 40, -1])
async def test_frames_that_arrive_in_pieces_or_together_are_understood(stage: Stage, cut: int) -> None:
    """TCP keeps no borders: a hello in two pieces, the second of which brings an ack along."""
    socket = await open_socket(stage.server.port)
    hello = Frame(Opcode.TEXT, HELLO.encode()).serialize(mask=True)
    ack = json.dumps({"type": "ack", "epoch": stage.board.epoch, "offset": 0})
    both = hello + Frame(Opcode.TEXT, ack.encode()).serialize(mask=True)
    socket.transport.write(both[:cut])
    await asyncio.sleep(0.05)
    socket.transport.write(both[cut:])
    assert (
        from_server.validate_json(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)).type == "snapshot"
    )
    for screen in stage.server.screens():
        await eventually_async(lambda screen=screen: screen._parser is None, within_seconds=PATIENCE_SECONDS)
    await socket.close()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 16000])
def test_whole_frames_are_unmasked(size: int) -> None:
    """The short way reads what the long way would read."""
    text = b"x" * size
    assert whole_text(Frame(Opcode.TEXT, text).serialize(mask=True)) == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        Frame(Opcode.TEXT, b"abc").serialize(mask=False),
        Frame(Opcode.TEXT, b"abc").serialize(mask=True)[:-1],
        Frame(Opcode.TEXT, b"abc").serialize(mask=True) + b"\x81",
        Frame(Opcode.TEXT, b"abc", fin=False).serialize(mask=True),
        Frame(Opcode.PING, b"abc").serialize(mask=True),
        Frame(Opcode.TEXT, b"x" * 70_000).serialize(mask=True),
        b"\x81\xfe\x00\x03\x00\x00\x00\x00abc",
    ],
    ids=["none", "half", "unmasked", "short", "long", "fragment", "ping", "huge", "not minimal"],
)
def test_anything_else_goes_the_long_way(data: bytes) -> None:
    """Only exactly one whole masked text frame is taken apart here."""
    assert whole_text(data) is None


async def test_a_ping_is_answered(stage: Stage) -> None:
    """A client may ask whether the line is alive."""
    screen = await stage.screen()
    assert screen._socket is not None
    await asyncio.wait_for(await screen._socket.ping(), PATIENCE_SECONDS)
    await screen.close()


async def test_an_oversize_message_ends_the_connection(stage: Stage) -> None:
    """Closed with 1009, before it is read."""
    socket = await open_socket(stage.server.port)
    await socket.send("x" * 20_000)
    await asyncio.wait_for(socket.wait_closed(), PATIENCE_SECONDS)
    assert socket.close_code == 1009


@pytest.mark.parametrize("message", ["{", b"\x00\x01", '{"type":"ack"}'])
async def test_a_malformed_message_is_refused_and_closed(stage: Stage, message: str | bytes) -> None:
    """The screen is told why in the last message."""
    socket = await open_socket(stage.server.port)
    await socket.send(message)
    last = from_server.validate_json(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))
    assert last.type == "refused"
    await asyncio.wait_for(socket.wait_closed(), PATIENCE_SECONDS)
    assert socket.close_code == 1008


async def test_who_says_nothing_is_sent_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open connection without a hello is closed; one without a handshake is cut."""
    monkeypatch.setattr(server_module, "HELLO_SECONDS", 0.0)
    silent = await open_socket(stage.server.port)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
    await eventually_async(lambda: len(stage.server._newcomers) == 2, within_seconds=PATIENCE_SECONDS)
    stage.server.sweep()
    last = from_server.validate_json(await asyncio.wait_for(silent.recv(), PATIENCE_SECONDS))
    assert last.type == "refused"
    assert last.code is RefusalCode.HELLO_EXPECTED
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), PATIENCE_SECONDS)
    writer.close()


async def test_a_flood_of_handshakes_pushes_out_its_own(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest unfinished one makes room; a screen gets in all the same."""
    monkeypatch.setattr(server_module, "NEWCOMER_LIMIT", 5)
    flood = [await asyncio.open_connection("127.0.0.1", stage.server.port) for _ in range(20)]
    screen = await stage.screen()
    assert len(stage.server._newcomers) <= 5
    await screen.close()
    for _, writer in flood:
        writer.close()


async def test_heartbeats_name_the_offset_of_the_screen(stage: Stage) -> None:
    """One turn of the wheel reaches every screen once."""
    screens = [await stage.screen() for _ in range(3)]
    stage.fold(published(1, TOWN))
    for screen in screens:
        await screen.until_shows(1)
    for _ in range(server_module.HEARTBEAT_SECONDS):
        stage.server.sweep()
    for screen in screens:
        await screen.until(lambda screen=screen: screen.page.heard.count("heartbeat") == 1)
        assert not screen.page.out_of_step
        await screen.close()


async def test_a_screen_dead_without_a_word_is_pinged_then_cut(stage: Stage) -> None:
    """A half-open line does not count as a screen for ever."""
    screen = await stage.screen()
    connection = next(iter(stage.server.screens()))
    connection.heard_at -= 2 * server_module.SILENT_SECONDS + 1
    for _ in range(server_module.HEARTBEAT_SECONDS):
        stage.server.sweep()
    await screen.until(lambda: screen.closed_with is not None)
    assert stage.server.screens_online == 0


class DeafScreen:
    """A raw client that does not read until it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        request = (
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: yizhan.board.v1\r\n\r\n"
        )
        # In one go, without waiting for the answer: rude, and understood.
        self.socket.sendall(request.encode() + Frame(Opcode.TEXT, HELLO.encode()).serialize(mask=True))
        self.socket.setblocking(False)

    async def read_messages(self, until_shown: int) -> list[Any]:
        """Read from now on, until posting `until_shown` is in a whole message."""
        loop = asyncio.get_running_loop()
        data = b""
        while True:
            piece = await asyncio.wait_for(loop.sock_recv(self.socket, 1 << 20), PATIENCE_SECONDS)
            assert piece, "closed"
            data += piece
            messages = list(_texts(data[data.index(b"\r\n\r\n") + 4 :]))
            if any(f"{until_shown:012x}" in message.model_dump_json() for message in messages[-2:]):
                return messages


def _texts(data: bytes) -> Any:
    at = 0
    while at + 10 < len(data):
        length, start = data[at + 1] & 0x7F, at + 2
        if length == 126:
            length, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
        elif length == 127:
            length, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
        if len(data) < start + length:
            return
        if data[at] & 0x0F == Opcode.TEXT:
            yield from_server.validate_json(data[start : start + length])
        at = start + length


async def _make_slow(stage: Stage) -> tuple[DeafScreen, int]:
    """Publish until the deaf screen's buffers are full; answers it and the last posting's number."""
    screen = DeafScreen(stage.server.port)
    known = stage.server.screens_online
    await eventually_async(lambda: stage.server.screens_online > known, within_seconds=PATIENCE_SECONDS)
    number = 0
    while not stage.server._slow:
        number += 1
        assert number < 10_000
        # Each comes soonest and goes at once, so that the window stays small and each delta is a delta.
        stage.fold(published(number, TOWN, sequence=1))
        stage.fold(published(number, TOWN, sequence=2, status=PostingStatus.WITHDRAWN))
        if number % 50 == 0:
            await asyncio.sleep(0)
    return screen, number


async def test_a_slow_screen_gets_a_snapshot_instead_of_its_backlog(stage: Stage) -> None:
    """Others are not held up; it is sent nothing while it does not read, and one snapshot afterwards."""
    quick = await stage.screen()
    deaf, number = await _make_slow(stage)
    connection = next(iter(stage.server._slow))
    held = connection.transport.get_write_buffer_size() if connection.transport else 0
    for later in range(number + 1, number + 500):
        stage.fold(published(later, TOWN, starts_in_hours=later))
    await quick.until(lambda: quick.state and quick.state.totals.postings == 499)
    assert connection.transport is not None
    assert connection.transport.get_write_buffer_size() <= held
    messages = await deaf.read_messages(until_shown=number + 1)
    snapshots = [message for message in messages if message.type == "snapshot"]
    assert len(snapshots) == 2
    assert messages[-1] is snapshots[-1]
    assert snapshots[-1].state.totals.postings == 499
    assert stage.server._slow == {}
    deaf.socket.close()
    await quick.close()


async def test_a_screen_that_stays_slow_is_cut_off(stage: Stage) -> None:
    """It comes back when its line is better."""
    deaf, _ = await _make_slow(stage)
    connection = next(iter(stage.server._slow))
    assert connection.slow_since is not None
    connection.slow_since -= server_module.SLOW_SECONDS + 1
    stage.server.sweep()
    assert connection.closing_at is not None
    connection.closing_at -= server_module.CLOSING_SECONDS + 1
    stage.server.sweep()
    await eventually_async(lambda: stage.server.screens_online == 0, within_seconds=PATIENCE_SECONDS)
    deaf.socket.close()
