"""A TCP link that can be spoilt: latency, slices, cuts, refusals, stalls, and silence after an open door."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from yizhan.cli.ports import free_port

_HOST = "127.0.0.1"
#: Between the slices of one chunk, so that each is read alone.
_SLICE_PAUSE_SECONDS = 0.0005
#: Bytes held in one direction before its sender is no longer read.
_HELD_LIMIT_BYTES = 1 << 20

UP, DOWN = "up", "down"


@dataclass
class Weather:
    """How a link behaves at the moment. slice_bytes: 0 leaves chunks whole. stalled: directions whose bytes
    are held back in their order; `up` is towards the server."""

    latency_seconds: float = 0.0
    slice_bytes: int = 0
    stalled: set[str] = field(default_factory=set)
    silent: bool = False


class Proxy:
    """One link to a server on loopback; `port` is what its user is told."""

    def __init__(self, name: str, upstream_port: int) -> None:
        self.name = name
        self.port = free_port()
        self.upstream_port = upstream_port
        self.weather = Weather()
        self.connections: set[_Connection] = set()
        self._listener: asyncio.Server | None = None
        self._watches: list[tuple[re.Pattern[bytes], Callable[[], None]]] = []

    async def start(self) -> None:
        """Listen."""
        await self.accept()

    async def close(self) -> None:
        """Stop listening and drop everything."""
        await self.refuse()
        self.cut()

    # --- faults ---------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Reset every connection; what was held is lost."""
        for connection in list(self.connections):
            connection.reset()

    async def refuse(self) -> None:
        """New connections are refused; those that are open stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def accept(self) -> None:
        """New connections are taken again."""
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(
                lambda: _Side(_Connection(self), UP), _HOST, self.port, reuse_address=True, backlog=512
            )

    def fall_silent(self) -> None:
        """Half-open: connections stay and are taken, and nothing that is said over them arrives, ever."""
        self.weather.silent = True
        for connection in self.connections:
            connection.silent = True

    def stall(self, direction: str) -> None:
        """Hold back what flows this way until `heal`."""
        self.weather.stalled.add(direction)

    def heal(self) -> None:
        """Good weather. What was stalled flows on; what was silent stays so, only new connections work."""
        self.weather = Weather()
        for connection in list(self.connections):
            connection.flush()

    # --- watching -------------------------------------------------------------------------------------

    def when_said(self, pattern: bytes, then: Callable[[], None]) -> None:
        """Call `then` once, before the first chunk towards the server that matches is passed on."""
        self._watches.append((re.compile(pattern, re.DOTALL), then))

    def forget_watches(self) -> None:
        self._watches.clear()

    def overhear(self, connection: _Connection, chunk: bytes) -> None:
        """Look for what is watched for. PostgreSQL clients say a statement once and then only its name."""
        connection.learn_statements(chunk)
        for watch in list(self._watches):
            pattern, then = watch
            if pattern.search(chunk) or connection.names_statement(chunk, pattern):
                self._watches.remove(watch)
                then()


async def link_to(broker_url: str) -> tuple[Proxy, str]:
    """A link to a broker, which listens, and the URL over it."""
    parts = urlsplit(broker_url)
    link = Proxy("broker", parts.port or 5672)
    await link.start()
    netloc = f"{parts.netloc.rsplit(':', 1)[0]}:{link.port}"
    return link, urlunsplit(parts._replace(netloc=netloc))


class _Connection:
    """One client's connection and ours to the server."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.silent = proxy.weather.silent
        self.sides: dict[str, _Side] = {}
        self._statements: dict[bytes, bytes] = {}

    def opened(self, side: _Side) -> None:
        self.sides[side.direction] = side
        if side.direction == UP:
            self.proxy.connections.add(self)
            if not self.silent:
                side.transport.pause_reading()
                self._dialling = asyncio.get_running_loop().create_task(self._dial())
        else:
            self.sides[UP].transport.resume_reading()

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Side(self, DOWN), _HOST, self.proxy.upstream_port)
        except OSError:
            self.reset()

    def other(self, side: _Side) -> _Side | None:
        return self.sides.get(DOWN if side.direction == UP else UP)

    def lost(self, side: _Side) -> None:
        """One end has gone. Of a silent connection the other end never hears."""
        self.sides.pop(side.direction, None)
        remaining = self.other(side)
        if remaining is None:
            self.proxy.connections.discard(self)
        elif not self.silent:
            side.finish()

    def flush(self) -> None:
        for side in list(self.sides.values()):
            side.flush()

    def reset(self) -> None:
        self.proxy.connections.discard(self)
        for side in list(self.sides.values()):
            side.transport.abort()

    # --- PostgreSQL's prepared statements -------------------------------------------------------------

    def learn_statements(self, chunk: bytes) -> None:
        for name, text in re.findall(rb"(_pg3_\d+)\x00([^\x00]{6,400})", chunk):
            self._statements.setdefault(name, text)

    def names_statement(self, chunk: bytes, pattern: re.Pattern[bytes]) -> bool:
        names = re.findall(rb"(_pg3_\d+)\x00", chunk)
        return any(pattern.search(self._statements.get(name, b"")) for name in names)


class _Side(asyncio.Protocol):
    """Where bytes come in that are to leave on the other side. direction: which way they flow."""

    transport: asyncio.Transport

    def __init__(self, connection: _Connection, direction: str) -> None:
        self.connection = connection
        self.direction = direction
        self._held: deque[tuple[float, bytes]] = deque()
        self._held_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.connection.opened(self)

    def data_received(self, data: bytes) -> None:
        connection = self.connection
        if self.direction == UP:
            connection.proxy.overhear(connection, data)
        if connection.silent:
            return
        weather = connection.proxy.weather
        if not (self._held or weather.latency_seconds or weather.slice_bytes or weather.stalled):
            self._pass_on(data)
            return
        due = self._loop.time() + weather.latency_seconds
        if self._held:
            due = max(due, self._held[-1][0])
        size = weather.slice_bytes or len(data)
        for place in range(0, len(data), size):
            self._held.append((due, data[place : place + size]))
            due += _SLICE_PAUSE_SECONDS
        self._held_bytes += len(data)
        if self._held_bytes > _HELD_LIMIT_BYTES:
            self.transport.pause_reading()
        self.flush()

    def flush(self) -> None:
        """Pass on what is due, and come back for the rest."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        while self._held and self.direction not in self.connection.proxy.weather.stalled:
            due, data = self._held[0]
            if due > now:
                self._timer = self._loop.call_at(due, self.flush)
                return
            self._held.popleft()
            self._held_bytes -= len(data)
            self._pass_on(data)
        if not self._held:
            if self._ended:
                self._close_other()
            elif not self.transport.is_closing():
                self.transport.resume_reading()

    def finish(self) -> None:
        """Our end has gone: the other one ends when it has been told everything."""
        self._ended = True
        self.flush()

    def _pass_on(self, data: bytes) -> None:
        other = self.connection.other(self)
        if other is not None and not other.transport.is_closing():
            other.transport.write(data)

    def _close_other(self) -> None:
        other = self.connection.other(self)
        if other is not None:
            other.transport.close()

    def pause_writing(self) -> None:
        other = self.connection.other(self)
        if other is not None:
            other.transport.pause_reading()

    def resume_writing(self) -> None:
        other = self.connection.other(self)
        if other is not None and not other._held and not other.transport.is_closing():
            other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.lost(self)
