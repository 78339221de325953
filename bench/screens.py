"""Thousands of light screens in one process: `python -m bench.screens KIND PORT [TOKEN]`, driven by JSON.

The same client for every server, so that what differs is the server: raw sockets and epoll, frames counted
rather than understood. Commands on standard input, one answer each on standard output:

    {"do": "connect", "total": 1000}            until so many are served
    {"do": "start", "acks": false}              forget what was counted
    {"do": "collect", "updates": 20, "within_seconds": 30}
    {"do": "get_arrivals"}                      of numbered postings: [number, told at, [received at…]]
    {"do": "quit"}

KIND is `board` (yizhan.board.v1), `plain` (a bare websocket) or `socketio` (Engine.IO 4 over a websocket).
TOKEN: one device code for all screens; without it each has its own.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import sys
import time
from collections import deque
from datetime import datetime
from typing import Any

from bench.machine import allow_many_files

STATION = "522730"

#: Handshakes under way at once; servers with a short listen queue would drop more.
_AT_ONCE = 128
#: Ports of one source address and one server.
_PER_SOURCE_ADDRESS = 20_000
_RECEIVE_BYTES = 256 * 1024
#: Two frames of a page that paints sixty a second.
_PAINT_SECONDS = 2 / 60
#: So long without a frame, and a server has no more to say.
_QUIET_SECONDS = 0.1
#: Linux's; Python 3.11 has no name for it.
_IP_BIND_ADDRESS_NO_PORT = 24

_SECONDS_BY_AT: dict[bytes, float] = {}


#: The place of a numbered posting.
NUMBERED_PLACE = "bench "
_NUMBER_MARK = f'"place":"{NUMBERED_PLACE}'.encode()


def token_of(number: int) -> str:
    """The device code of a screen."""
    return f"bench-screen-{number:05d}"


def masked_text(text: bytes) -> bytes:
    """A client's text frame. The mask is all zeros, which is legal and costs the client nothing."""
    if len(text) < 126:
        return bytes((0x81, 0x80 | len(text))) + b"\0\0\0\0" + text
    return bytes((0x81, 0xFE)) + len(text).to_bytes(2) + b"\0\0\0\0" + text


class Screen:
    """One connection. opened: the HTTP upgrade is done; served: updates will come. told: the numbered
    postings that it was told of."""

    __slots__ = ("buffer", "number", "offset", "opened", "served", "socket", "told", "updates")

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.socket = connection
        self.number = number
        self.buffer = b""
        self.opened = False
        self.served = False
        self.updates = 0
        self.offset = 0
        self.told: set[int] = set()


class Screens:
    """All connections to one server."""

    def __init__(self, kind: str, port: int, token: str | None) -> None:
        self._kind = kind
        self._token = token
        self._arrivals: dict[int, tuple[float, list[float]]] = {}
        self._address = ("127.0.0.1", port)
        self._poll = selectors.EpollSelector()
        self._all: list[Screen] = []
        self._waiting = 0
        self._lost = 0
        self._acks = False
        self._unpainted: deque[tuple[float, Screen]] = deque()
        self._epoch = ""
        self._reads = 0
        self._frames = 0
        self._bytes = 0
        self._delays: list[float] = []
        self._scratch = bytearray(_RECEIVE_BYTES)
        self._view = memoryview(self._scratch)
        # In a socket.io packet the update is a JSON string, so its quotes are escaped.
        self._at_mark = b'\\"at\\":\\"' if kind == "socketio" else b'"at":"'
        self._at_end = b'\\"' if kind == "socketio" else b'"'

    # --- commands -------------------------------------------------------------------------------------

    def run(self) -> None:
        """Obey until told to quit, keeping connections alive in between."""
        self._poll.register(sys.stdin.fileno(), selectors.EVENT_READ)
        pending = b""
        while True:
            if not self._turn(1.0):
                continue
            pending += os.read(0, 65536) or b'{"do": "quit"}\n'
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                command = json.loads(line)
                if command["do"] == "quit":
                    return
                answer = getattr(self, f"_{command.pop('do')}")(**command)
                print(json.dumps(answer), flush=True)

    def _connect(self, total: int, within_seconds: float = 60.0) -> dict[str, Any]:
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            while len(self._all) < total and self._waiting < _AT_ONCE:
                self._all.append(self._open(len(self._all)))
            if self._waiting == 0 and len(self._all) == total:
                break
            self._turn(0.1)
        return {"served": sum(screen.served for screen in self._all), "lost": self._lost}

    def _start(self, acks: bool) -> dict[str, Any]:
        # What was sent with a snapshot, or before, is not of this round.
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_SECONDS:
            before = self._reads
            self._turn(_QUIET_SECONDS / 4)
            if self._reads != before:
                quiet_since = time.monotonic()
        self._acks = acks
        self._frames = self._bytes = 0
        self._delays.clear()
        self._arrivals.clear()
        _SECONDS_BY_AT.clear()
        for screen in self._all:
            screen.updates = 0
        return {}

    def _collect(self, updates: int, within_seconds: float) -> dict[str, Any]:
        wanted = updates * len(self._all)
        deadline = time.monotonic() + within_seconds
        while self._frames < wanted and time.monotonic() < deadline:
            self._turn(0.1)
        delays = sorted(self._delays)
        return {
            "frames": self._frames,
            "complete": sum(screen.updates == updates for screen in self._all),
            "bytes": self._bytes / max(1, self._frames),
            "p50": delays[len(delays) // 2] if delays else None,
            "p99": delays[int(len(delays) * 0.99)] if delays else None,
            "lost": self._lost,
        }

    def _get_arrivals(self) -> dict[str, Any]:
        return {"arrivals": [[number, *times] for number, times in self._arrivals.items()]}

    # --- sockets --------------------------------------------------------------------------------------

    def _turn(self, seconds: float) -> bool:
        """Serve whatever has come; True when a command waits."""
        commanded = False
        self._acknowledge_due()
        for key, _ in self._poll.select(min(seconds, _PAINT_SECONDS / 2) if self._unpainted else seconds):
            screen = key.data
            if screen is None:
                commanded = True
            elif screen.opened:
                self._read(screen)
            else:
                self._shake_hands(screen)
        return commanded

    def _open(self, number: int) -> Screen:
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel looks for a port only once it knows the server's, so that each server has all ports.
        connection.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((f"127.0.0.{2 + number // _PER_SOURCE_ADDRESS}", 0))
        connection.connect(self._address)
        path = "/socket.io/?EIO=4&transport=websocket" if self._kind == "socketio" else "/"
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._address[1]}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        if self._kind == "board":
            lines.append("Sec-WebSocket-Protocol: yizhan.board.v1")
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.setblocking(False)
        screen = Screen(connection, number)
        self._poll.register(connection, selectors.EVENT_READ, screen)
        self._waiting += 1
        return screen

    def _shake_hands(self, screen: Screen) -> None:
        data = screen.socket.recv(65536)
        if not data:
            self._lose(screen)
            return
        screen.buffer += data
        head, found, rest = screen.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise SystemExit(f"no websocket: {head[:200]!r}")
        screen.opened = True
        screen.buffer = b""
        if self._kind == "board":
            hello = {"type": "hello", "station": STATION, "token": self._token or token_of(screen.number)}
            screen.socket.send(masked_text(json.dumps(hello).encode()))
        elif self._kind == "socketio":
            screen.socket.send(masked_text(b"40"))
        else:
            self._serve(screen)
        if rest:
            self._take(screen, rest, time.time())

    def _serve(self, screen: Screen) -> None:
        if not screen.served:
            screen.served = True
            self._waiting -= 1

    def _lose(self, screen: Screen) -> None:
        self._lost += 1
        if not screen.served:
            self._waiting -= 1
        screen.served = False
        self._poll.unregister(screen.socket)
        screen.socket.close()

    def _sent_away(self, screen: Screen, payload: bytes) -> None:
        """A newcomer that a busy server gave up on comes back, as a page does; nobody else is sent away."""
        if screen.served:
            raise SystemExit(f"closed: {payload!r}")
        self._lose(screen)
        self._lost -= 1
        self._all[screen.number] = self._open(screen.number)

    def _read(self, screen: Screen) -> None:
        try:
            size = screen.socket.recv_into(self._view)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._lose(screen)
            return
        self._reads += 1
        data = bytes(self._view[:size])
        self._take(screen, screen.buffer + data if screen.buffer else data, time.time())

    def _take(self, screen: Screen, data: bytes, now: float) -> None:
        """Walk over whole frames, keep the rest."""
        place, size = 0, len(data)
        while size - place >= 2:
            length, start = data[place + 1], place + 2
            if length == 126:
                length, start = int.from_bytes(data[place + 2 : place + 4]), place + 4
            elif length == 127:
                length, start = int.from_bytes(data[place + 2 : place + 10]), place + 10
            if start + length > size:
                break
            self._frame(screen, data[place], data[start : start + length], now)
            place = start + length
        screen.buffer = data[place:]

    def _frame(self, screen: Screen, first_byte: int, payload: bytes, now: float) -> None:
        if b"delta" in payload[:40]:
            screen.updates += 1
            screen.offset += 1
            self._frames += 1
            self._bytes += len(payload)
            at = payload.find(self._at_mark)
            if at > 0:
                start = at + len(self._at_mark)
                told = _seconds(payload[start : payload.find(self._at_end, start)])
                self._delays.append(now - told)
                self._note_arrival(screen, payload, told, now)
            if self._acks:
                self._unpainted.append((now + _PAINT_SECONDS, screen))
        elif first_byte == 0x89:
            screen.socket.send(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)
        elif first_byte == 0x88:
            self._sent_away(screen, payload)
        elif self._kind == "socketio":
            self._engine_io(screen, payload)
        elif b"snapshot" in payload[:40]:
            self._snapshot(screen, payload)

    def _note_arrival(self, screen: Screen, payload: bytes, told: float, now: float) -> None:
        """Of a posting whose place says that it is the bench's own, which of them it is. Once for each
        screen: one that nobody takes is soon told again, as open to the whole county."""
        mark = payload.find(_NUMBER_MARK)
        if mark > 0:
            start = mark + len(_NUMBER_MARK)
            number = int(payload[start : payload.find(b'"', start)])
            if number not in screen.told:
                screen.told.add(number)
                self._arrivals.setdefault(number, (told, []))[1].append(now)

    def _snapshot(self, screen: Screen, payload: bytes) -> None:
        head = payload[: payload.index(b',"server_time"')] + b"}"
        told = json.loads(head)
        self._epoch, screen.offset = told["epoch"], told["offset"]
        self._serve(screen)

    def _engine_io(self, screen: Screen, payload: bytes) -> None:
        if payload == b"2":
            screen.socket.send(masked_text(b"3"))
        elif payload.startswith(b"40"):
            self._serve(screen)

    def _acknowledge_due(self) -> None:
        """As the page does: two frames after an update, say what has been painted."""
        now = time.time()
        while self._unpainted and self._unpainted[0][0] <= now:
            self._acknowledge(self._unpainted.popleft()[1])

    def _acknowledge(self, screen: Screen) -> None:
        text = f'{{"type":"ack","epoch":"{self._epoch or "0" * 16}","offset":{screen.offset}}}'
        screen.socket.send(masked_text(text.encode()))


def _seconds(at: bytes) -> float:
    known = _SECONDS_BY_AT.get(at)
    if known is None:
        known = _SECONDS_BY_AT[at] = datetime.fromisoformat(at.decode()).timestamp()
    return known


if __name__ == "__main__":
    allow_many_files()
    Screens(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None).run()
