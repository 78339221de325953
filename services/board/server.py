"""The websocket server: accepts screens, sweeps over them once a second, and sends them away.

The sweep is the only timer: heartbeats, hello deadlines, silent, slow and closing screens are its business.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from services.board import metrics
from services.board.channel import Channel
from services.board.connection import PING_FRAME, SERVICE_RESTART, Connection, tune
from services.board.pump import SLICE, Pump
from services.board.session import HELLO_SECONDS, Admitted, Registry, refusal
from yizhan.contracts.screen import HEARTBEAT_SECONDS, RefusalCode

SWEEP_SECONDS = 1.0

#: Connections that have not said hello; past it, the one that has waited longest makes room. There is no
#: limit per address, neither here nor on screens: a whole town's stand behind one address.
NEWCOMER_LIMIT = 2048

#: A screen that has said nothing for so long is pinged, and cut after twice that.
SILENT_SECONDS = 45.0

#: How long a slow screen may take to catch up.
SLOW_SECONDS = 30.0

#: A screen that has not painted for so long what it was to show is stale.
STALE_SECONDS = 30.0

#: How long a closing handshake may take.
CLOSING_SECONDS = 3.0

#: Waiting to be accepted by the process.
_LISTEN_BACKLOG = 1024

_RECEIVE_BYTES = 64 * 1024


class _Behind(NamedTuple):
    """What a screen owes: the offset that its station had at the moment `since`."""

    since: float
    epoch: str
    offset: int


class ChannelSource(Registry, Protocol):
    """Where screens are known and channels come from."""

    def channel(self, station: str) -> Channel: ...


class HealthTable(Protocol):
    """Where staff see how screens fare."""

    def joined(self, connection: Connection) -> None: ...

    def left(self, connection: Connection) -> None: ...


class BoardServer:
    """All connections of this process. allowed_origins: empty allows pages of the same host."""

    def __init__(
        self,
        registry: ChannelSource,
        health: HealthTable,
        *,
        pump: Pump,
        allowed_origins: tuple[str, ...] = (),
    ) -> None:
        self.registry = registry
        self.allowed_origins = allowed_origins
        self.time = time.monotonic
        # One for all: a connection's bytes are taken out before the next one's are read.
        self.receive_buffer = memoryview(bytearray(_RECEIVE_BYTES))
        self.port = 0
        self._health = health
        self._pump = pump
        self._newcomers: dict[Connection, float] = {}
        self._wheel: list[dict[Connection, None]] = [{} for _ in range(HEARTBEAT_SECONDS)]
        self._next_slot = 0
        self._now_slot = 0
        self._slow: dict[Connection, None] = {}
        self._closing: dict[Connection, None] = {}
        self._behind: dict[Connection, _Behind] = {}
        self._by_device: dict[str, dict[Connection, None]] = {}
        self._listening: asyncio.Server | None = None
        self._leaving = False

    # --- life -----------------------------------------------------------------------------------------

    async def start(self, host: str, port: int) -> None:
        """Listen. port: 0 takes a free one. Raises OSError when it is taken."""
        listener = socket.create_server((host, port), backlog=_LISTEN_BACKLOG)
        tune(listener)
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: Connection(self), sock=listener, backlog=_LISTEN_BACKLOG
        )
        self.port = listener.getsockname()[1]

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep()

    async def leave(self, within_seconds: float) -> None:
        """Take no more screens, and ask those here to come back elsewhere, spread over the time given."""
        self._leaving = True
        if self._listening is not None:
            self._listening.close()
        for newcomer in list(self._newcomers):
            newcomer.cut()
        screens = list(self.screens())
        batch = max(1, len(screens) // 20)
        for start in range(0, len(screens), batch):
            for screen in screens[start : start + batch]:
                screen.close(SERVICE_RESTART, "service restart")
            await asyncio.sleep(within_seconds / 20)
        deadline = self.time() + CLOSING_SECONDS
        while self._closing and self.time() < deadline:  # noqa: ASYNC110 - a last wait, bounded
            await asyncio.sleep(0.05)
        for connection in [*self._closing, *self.screens()]:
            connection.cut()
        await asyncio.sleep(0)

    def screens(self) -> Iterable[Connection]:
        """Those that have said a good hello."""
        return (screen for slot in self._wheel for screen in slot)

    @property
    def screens_online(self) -> int:
        return sum(len(slot) for slot in self._wheel)

    @property
    def screens_stale(self) -> int:
        """Screens that owe a picture for longer than STALE_SECONDS; noticed within a heartbeat."""
        now = self.time()
        return sum(now - behind.since > STALE_SECONDS for behind in self._behind.values())

    # --- what connections tell ------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """A socket was accepted; it has a few seconds to say hello."""
        if self._leaving:
            connection.cut()
            return
        metrics.CONNECTIONS.inc()
        if len(self._newcomers) >= NEWCOMER_LIMIT:
            # Whoever floods us with half-open handshakes pushes out his own.
            oldest = next(iter(self._newcomers))
            metrics.HANDSHAKES_DROPPED.inc()
            del self._newcomers[oldest]
            oldest.cut()
        self._newcomers[connection] = self.time() + HELLO_SECONDS

    def admitted(self, connection: Connection, hello: Admitted) -> Channel:
        """A screen has said a good hello; answers its channel."""
        self._newcomers.pop(connection, None)
        connection.slot = self._next_slot
        self._next_slot = (self._next_slot + 1) % len(self._wheel)
        self._wheel[connection.slot][connection] = None
        self._by_device.setdefault(hello.device.id, {})[connection] = None
        self._health.joined(connection)
        metrics.SCREENS_ONLINE.inc()
        return self.registry.channel(hello.device.station)

    def turned_slow(self, connection: Connection) -> None:
        self._slow[connection] = None
        metrics.TURNED_SLOW.inc()
        metrics.SCREENS_SLOW.set(len(self._slow))

    def caught_up(self, connection: Connection) -> None:
        self._slow.pop(connection, None)
        metrics.SCREENS_SLOW.set(len(self._slow))

    def refused(self, code: RefusalCode) -> None:
        metrics.REFUSALS.labels(code.value).inc()

    def closing(self, connection: Connection) -> None:
        if connection.transport is not None:
            self._closing[connection] = None

    def lost(self, connection: Connection) -> None:
        """The socket is gone."""
        metrics.CONNECTIONS.dec()
        self._newcomers.pop(connection, None)
        self._closing.pop(connection, None)
        self._behind.pop(connection, None)
        self.caught_up(connection)
        if connection not in self._wheel[connection.slot]:
            return
        del self._wheel[connection.slot][connection]
        metrics.SCREENS_ONLINE.dec()
        device = connection.session.device if connection.session is not None else None
        if device is not None:
            together = self._by_device.get(device.id, {})
            together.pop(connection, None)
            if not together:
                self._by_device.pop(device.id, None)
                self._health.left(connection)

    def void_device(self, device_id: str) -> None:
        """A code was revoked: whoever is connected with it is told so and cut off."""
        for connection in list(self._by_device.get(device_id, ())):
            connection.refuse(refusal(RefusalCode.CODE_REVOKED))

    # --- the sweep ------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Once a second: everything that is a matter of time."""
        now = self.time()
        for connection, deadline in list(self._newcomers.items()):
            if deadline > now:
                break  # they stand in the order in which they came
            metrics.HANDSHAKES_DROPPED.inc()
            del self._newcomers[connection]
            connection.refuse(refusal(RefusalCode.HELLO_EXPECTED))
        for connection in list(self._closing):
            if connection.closing_at is not None and now - connection.closing_at > CLOSING_SECONDS:
                connection.cut()
        for connection in list(self._slow):
            slow_since = connection.slow_since
            if slow_since is not None and now - slow_since > SLOW_SECONDS:
                connection.refuse(refusal(RefusalCode.TOO_SLOW))
        metrics.SCREENS_STALE.set(self.screens_stale)
        self._now_slot = (self._now_slot + 1) % len(self._wheel)
        self._beat(list(self._wheel[self._now_slot]), now)

    def _look_at_picture(self, screen: Connection, channel: Channel | None, now: float) -> None:
        """Note since when a screen owes what its station showed then. One that keeps painting while ever more
        comes is not behind: each time it has painted what was noted, a new note begins."""
        session = screen.session
        if channel is None or channel.epoch is None or session is None:
            return
        painted = session.acked_offset if session.acked_epoch == channel.epoch else None
        if painted is not None and painted >= channel.offset:
            self._behind.pop(screen, None)
            return
        owed = self._behind.get(screen)
        if owed is None or owed.epoch != channel.epoch or (painted is not None and painted >= owed.offset):
            self._behind[screen] = _Behind(now, channel.epoch, channel.offset)

    def _beat(self, screens: list[Connection], now: float) -> None:
        """Give a tenth of all screens their heartbeat, in slices; ping the silent, cut the dead."""
        beats: dict[tuple[Channel, int], bytes] = {}
        place = 0

        def beat_slice() -> bool:
            nonlocal place
            for screen in screens[place : place + SLICE]:
                silence = now - screen.heard_at
                if silence > 2 * SILENT_SECONDS:
                    screen.cut()
                    continue
                if silence > SILENT_SECONDS:
                    screen.write(PING_FRAME)
                channel = screen.channel
                self._look_at_picture(screen, channel, now)
                # A screen that is being served, or is behind for a moment, hears something else.
                if channel is not None and screen.offset == channel.offset:
                    frame = beats.get((channel, channel.offset))
                    if frame is None:
                        frame = beats[channel, channel.offset] = channel.heartbeat()
                    screen.write(frame)
            place += SLICE
            return place >= len(screens)

        if screens:
            self._pump.run(beat_slice)
