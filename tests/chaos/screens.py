"""Screens without pages: the real protocol spoken by light asyncio clients, each keeping its state.

All screens of a station are sent the same bytes, so what one message does to one state is computed once and
shared; otherwise two thousand screens could not be simulated and judged on the machine that serves them.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections import Counter, OrderedDict
from collections.abc import Container, Iterable
from typing import TypeVar

from pydantic import ValidationError

from services.board.view import apply_changes
from tests.chaos.load import STATIONS
from yizhan.contracts.screen import (
    SILENCE_SECONDS,
    SUBPROTOCOL,
    Delta,
    Heartbeat,
    Refused,
    ScreenState,
    Snapshot,
    from_server,
)

T = TypeVar("T")

_CONNECT_SECONDS = 10.0
_HEALTH_SECONDS = 60.0
_SMALL_BUFFER_BYTES = 4096
_SETTLED_SECONDS = 10.0
_MEMORY = 2048

_REQUEST = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
)
#: The answer that RFC 6455 prescribes to the key above.
_ACCEPTED = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def retry_delay(attempt: int, share: float) -> float:
    """Seconds before the attempt of this number (from 0); the same as on the page (screen.js, retryDelay)."""
    return share * min(20.0, 2.0 ** max(0, min(attempt, 20) - 4))


class Held:
    """What a screen shows, and what each next message would make of it. shown: ids of rows and notices."""

    __slots__ = ("_next", "shown", "state")

    def __init__(self, state: ScreenState) -> None:
        self.state = state
        self.shown = frozenset(line.id for line in (*state.rows, *state.notices))
        self._next: dict[bytes, Held] = {}

    def after(self, payload: bytes, delta: Delta) -> Held:
        following = self._next.get(payload)
        if following is None:
            # One way leads on from a state, or its screens would diverge.
            following = self._next[payload] = Held(apply_changes(self.state, delta.changes))
        return following


class Yard:
    """All screens. violations: everything that the protocol forbids, by what it was."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self.port = port
        self.chance = chance
        self.screens: list[Screen] = []
        self.violations: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.examples: list[str] = []
        self._messages: OrderedDict[bytes, Snapshot | Delta | Heartbeat | Refused] = OrderedDict()
        self._snapshots: OrderedDict[bytes, Held] = OrderedDict()
        self._sweeping: asyncio.Task[None] | None = None

    def add(self, station: str, token: str, count: int) -> None:
        """Switch on so many screens of a station."""
        for _ in range(count):
            screen = Screen(self, station, token)
            self.screens.append(screen)
            screen.start()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().create_task(self._sweep())

    def violated(self, what: str, detail: str) -> None:
        self.violations[what] += 1
        if len(self.examples) < 20:
            self.examples.append(f"{what}: {detail}")

    def read(self, payload: bytes) -> Snapshot | Delta | Heartbeat | Refused:
        return _remembered(self._messages, payload, lambda: from_server.validate_json(payload))

    def held(self, payload: bytes, snapshot: Snapshot) -> Held:
        return _remembered(self._snapshots, payload, lambda: Held(snapshot.state))

    def watching(self) -> list[Screen]:
        """Screens that read; the others were stopped on purpose."""
        return [screen for screen in self.screens if not screen.paused]

    def showing(self, id: str, stations: Container[str] = STATIONS) -> int:
        """How many watching screens of these stations are connected, served, and show a row or notice."""
        return sum(1 for screen in self.watching() if screen.station in stations and screen.shows(id))

    def lacking(self, id: str, stations: Container[str] = STATIONS) -> int:
        """How many watching screens of these stations do not."""
        return sum(1 for screen in self.watching() if screen.station in stations and not screen.shows(id))

    def current(self, since: float = float("-inf")) -> int:
        """How many are connected and served over a connection opened after a moment of the loop's clock."""
        return sum(1 for screen in self.watching() if screen.served and screen.opened_at > since)

    def differing(self, truth: dict[str, ScreenState]) -> list[Screen]:
        """Screens that are not connected or whose state is not the true one."""
        seen: dict[tuple[int, str], bool] = {}
        found = []
        for screen in self.screens:
            held = screen.held
            if held is None or not screen.served:
                found.append(screen)
                continue
            key = (id(held), screen.station)
            if key not in seen:
                seen[key] = held.state == truth.get(screen.station)
            if not seen[key]:
                found.append(screen)
        return found

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        for screen in self.screens:
            screen.stop()
        await asyncio.sleep(0)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1.0)
            now = loop.time()
            for screen in self.screens:
                screen.look(now)


def _remembered(memory: OrderedDict[bytes, T], payload: bytes, make: object) -> T:
    value = memory.get(payload)
    if value is None:
        value = memory[payload] = make()  # type: ignore[operator]
        if len(memory) > _MEMORY:
            memory.popitem(last=False)
    return value


class Screen:
    """One screen, for ever coming back. served: this connection has told it all up to some offset.
    offset belongs to epoch; both survive connections, as on a page."""

    def __init__(self, yard: Yard, station: str, token: str) -> None:
        self.yard = yard
        self.station = station
        self.held: Held | None = None
        self.epoch: str | None = None
        self.offset = 0
        self.served = False
        self.paused = False
        self.opened_at = float("-inf")
        self._token = token
        self._heard_at = 0.0
        self._healthy_at = 0.0
        self._attempt = 0
        self._socket: _Socket | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._loop = asyncio.get_running_loop()

    def shows(self, id: str) -> bool:
        return self.served and self.held is not None and id in self.held.shown

    # --- connecting -----------------------------------------------------------------------------------

    def start(self) -> None:
        self._again(0.0)

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        self.drop()

    def _again(self, delay: float) -> None:
        if not self._stopped:
            self._timer = self._loop.call_later(delay, self._connect)

    def _connect(self) -> None:
        self._connecting = self._loop.create_task(self._try_to_connect())

    async def _try_to_connect(self) -> None:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                connection.setblocking(False)
                try:
                    await self._loop.sock_connect(connection, ("127.0.0.1", self.yard.port))
                    await self._loop.create_connection(lambda: _Socket(self), sock=connection)
                except BaseException:
                    connection.close()
                    raise
        except (OSError, TimeoutError):
            self._come_back()

    def _come_back(self) -> None:
        delay = retry_delay(self._attempt, self.yard.chance.random())
        self._attempt += 1
        self._again(delay)

    def opened(self, connection: _Socket) -> None:
        if self._stopped:
            connection.transport.abort()
            return
        self._socket = connection
        self.opened_at = self._heard_at = self._loop.time()

    def lost(self, connection: _Socket) -> None:
        if self._socket is not connection:
            return
        self._socket = None
        self.served = False
        if self._loop.time() - self.opened_at > _SETTLED_SECONDS:
            self._attempt = 0
        self._come_back()

    def drop(self) -> None:
        """Let go of the connection, as a page does when its socket is silent."""
        if self._socket is not None:
            self._socket.transport.abort()

    def look(self, now: float) -> None:
        """Once a second: silence and the health report."""
        if self._socket is None or self.paused:
            return
        if now - self._heard_at > SILENCE_SECONDS:
            self.yard.counts["silent connections dropped"] += 1
            self.drop()
        elif self.served and now - self._healthy_at > _HEALTH_SECONDS:
            self._healthy_at = now
            self.say(
                {
                    "type": "health",
                    "epoch": self.epoch,
                    "offset": self.offset,
                    "last_paint_seconds": 0.1,
                    "width": 1920,
                    "height": 1080,
                    "page": "chaos",
                }
            )

    def pause(self) -> None:
        """Stop reading; the kernel takes little for it meanwhile."""
        self.paused = True
        if self._socket is not None and not self._socket.transport.is_closing():
            self._socket.transport.pause_reading()
            kernel = self._socket.transport.get_extra_info("socket")
            kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)

    def resume(self) -> None:
        self.paused = False
        self._heard_at = self._loop.time()
        if self._socket is not None and not self._socket.transport.is_closing():
            self._socket.transport.resume_reading()

    # --- the protocol ---------------------------------------------------------------------------------

    def hello(self) -> None:
        hello = {"type": "hello", "station": self.station, "token": self._token, "page": "chaos"}
        if self.epoch is not None and self.held is not None:
            hello |= {"epoch": self.epoch, "offset": self.offset}  # type: ignore[dict-item]
        self.say(hello)

    def say(self, message: dict[str, object]) -> None:
        if self._socket is not None:
            self._socket.send(json.dumps(message).encode())

    def hear(self, payloads: Iterable[bytes]) -> None:
        """Take what came together, and ack it together."""
        self._heard_at = self._loop.time()
        before = (self.epoch, self.offset)
        for payload in payloads:
            try:
                message = self.yard.read(payload)
            except ValidationError as error:
                self._violate("unreadable message", str(error)[:200])
                return
            if not self._take(payload, message):
                return
        if (self.epoch, self.offset) != before and self.epoch is not None:
            self.say({"type": "ack", "epoch": self.epoch, "offset": self.offset})

    def _take(self, payload: bytes, message: Snapshot | Delta | Heartbeat | Refused) -> bool:
        """False when the connection is given up."""
        match message:
            case Snapshot():
                if message.epoch == self.epoch and message.offset < self.offset:
                    self._violate("snapshot from the past", f"{message.offset} after {self.offset}")
                    return False
                self.yard.counts["snapshots"] += 1
                self.held = self.yard.held(payload, message)
                self.epoch, self.offset = message.epoch, message.offset
                self._become_served()
            case Delta():
                if self.held is None or (message.epoch, message.offset) != (self.epoch, self.offset + 1):
                    told = f"{message.epoch}/{message.offset} after {self.epoch}/{self.offset}"
                    self._violate("delta out of order", told)
                    return False
                self.yard.counts["deltas"] += 1
                self.held = self.held.after(payload, message)
                self.offset = message.offset
                self._become_served()
            case Heartbeat():
                if (message.epoch, message.offset) != (self.epoch, self.offset):
                    self.yard.counts["heartbeats that differed"] += 1
                    self.drop()
                    return False
                self._become_served()
            case Refused():
                self.yard.counts[f"refused {message.code}"] += 1
                if not message.retry:
                    self._violate("refused for good", message.code)
                self.drop()
                return False
        return True

    def _become_served(self) -> None:
        self.served = True

    def _violate(self, what: str, detail: str) -> None:
        self.yard.violated(what, f"{self.station}: {detail}")
        self.held, self.epoch, self.offset = None, None, 0
        self.drop()


class _Socket(asyncio.Protocol):
    """The client's end of a websocket: whole unmasked text frames in, frames masked with zero out."""

    transport: asyncio.Transport

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._buffer = bytearray()
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._screen.opened(self)
        transport.write(_REQUEST.format(port=self._screen.yard.port).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._screen.lost(self)

    def send(self, payload: bytes, opcode: int = 0x81) -> None:
        if not self._open or self.transport.is_closing():
            return
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2)
        self.transport.write(bytes([opcode]) + length + b"\0\0\0\0" + payload)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open and not self._shake_hands():
            return
        texts: list[bytes] = []
        while (frame := self._next_frame()) is not None:
            opcode, payload = frame
            if opcode == 0x1:
                texts.append(payload)
            elif opcode == 0x9:
                self.send(payload, 0x8A)
            elif opcode == 0x8:
                self.transport.close()
        if texts:
            self._screen.hear(texts)

    def _shake_hands(self) -> bool:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 101") or _ACCEPTED not in head:
            self._screen.yard.violated("handshake refused", head[:80].decode("latin-1"))
            self.transport.abort()
            return False
        self._buffer = bytearray(rest)
        self._open = True
        self._screen.hello()
        return True

    def _next_frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start])
        if len(buffer) < start + length:
            return None
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + length])
        del buffer[: start + length]
        return opcode, payload
