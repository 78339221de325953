"""How each screen fares, written for staff: seldom per screen, and all that is due in one round trip."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog
from redis import RedisError

from services.board.connection import Connection
from services.board.state import BoardState
from yizhan.clock import Clock
from yizhan.contracts.screen import ScreenHealth

log = structlog.get_logger(__name__)

#: A screen's entry is written at most this often, except when it comes or goes.
REPORT_EVERY_SECONDS = 10.0

FLUSH_EVERY_SECONDS = 1.0

#: Entries in one round trip; more wait for the next.
_BATCH = 1000


class ScreenHealthTable:
    """Collects what screens tell of themselves. screens: those online now."""

    def __init__(self, state: BoardState, clock: Clock, screens: Callable[[], list[Connection]]) -> None:
        self._state = state
        self._clock = clock
        self._screens = screens
        # A device's last word wins: it may have gone and come back since the last flush.
        self._due: dict[str, ScreenHealth] = {}

    def joined(self, connection: Connection) -> None:
        """A screen has come."""
        self._note(connection, connected=True)

    def left(self, connection: Connection) -> None:
        """A screen has gone, and no other of its device is here."""
        self._note(connection, connected=False)

    def forget(self, device_id: str) -> None:
        """A device is no screen any more."""
        self._due.pop(device_id, None)

    def _note(self, connection: Connection, *, connected: bool) -> None:
        session, channel = connection.session, connection.channel
        if session is None or session.device is None:
            return
        session.changed = False
        connection.reported_at = time.monotonic()
        self._due[session.device.id] = ScreenHealth(
            device_id=session.device.id,
            station=session.device.station,
            connected=connected,
            seen_at=self._clock.now(),
            epoch=channel.epoch if channel is not None else None,
            acked_offset=session.acked_offset if channel and session.acked_epoch == channel.epoch else None,
            current_offset=channel.offset if channel is not None and channel.epoch is not None else None,
            last_paint_seconds=session.last_paint_seconds,
            width=session.width,
            height=session.height,
            page=session.page,
        )

    async def run(self) -> None:
        """Write what is due, once a second, for ever."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what is due. While Redis is away it stays due."""
        self._collect()
        due = dict(list(self._due.items())[:_BATCH])
        if not due:
            return
        try:
            await self._state.write_health(list(due.values()))
        except (RedisError, OSError) as error:
            log.warning("screen_health.not_written", error=str(error))
            return
        for device_id, report in due.items():
            if self._due.get(device_id) is report:
                del self._due[device_id]

    def _collect(self) -> None:
        oldest = time.monotonic() - REPORT_EVERY_SECONDS
        for connection in self._screens():
            session = connection.session
            if session is not None and session.changed and connection.reported_at <= oldest:
                self._note(connection, connected=True)
