"""Looks for screens that went away, and tells of each once. One board process at a time does, under a lock.

An outage's id follows from the screen and when it was last heard of, and so does its event's: who dies
between telling and remembering that it was told makes the next one tell the same event, which is known.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import datetime
from importlib.resources import files

import structlog
from redis import RedisError

from services.board import metrics
from services.board.events import Bus, outage_began, outage_ended, tell
from services.board.outages import OutageRules, away, concerns, ended
from services.board.state import BoardState
from yizhan.bus.connection import BusError
from yizhan.clock import Clock

log = structlog.get_logger(__name__)

#: A lock that is not renewed for so many looks is another process's.
_LOOKS_WITHOUT_RENEWAL = 3


def rules() -> OutageRules:
    """The rules, which are data."""
    return OutageRules.model_validate(json.loads((files("services.board") / "outages.json").read_text()))


class OutageWatch:
    """One process's watch."""

    def __init__(self, state: BoardState, bus: Bus, clock: Clock, rules: OutageRules) -> None:
        self._state = state
        self._bus = bus
        self._clock = clock
        self._rules = rules
        self._token = secrets.token_hex(16)
        #: Since when this process has watched without a break. Before that all boards may have been away, and
        #: no screen could come.
        self._since: datetime | None = None

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            try:
                await self.look()
            except (RedisError, OSError, BusError) as error:
                # What is not told now is found again by the next look.
                metrics.OUTAGE_LOOKS_FAILED.inc()
                log.warning("outages.look_failed", error=str(error))
            except Exception:
                metrics.OUTAGE_LOOKS_FAILED.inc()
                log.exception("outages.look_failed")
            await asyncio.sleep(self._rules.look_seconds)

    async def look(self) -> None:
        """Look once. Raises RedisError and BusError; what was not remembered is told again."""
        if not await self._state.hold_watch(self._token, self._rules.look_seconds * _LOOKS_WITHOUT_RENEWAL):
            self._since = None
            return
        now = self._clock.now()
        self._since = self._since or now
        devices = {device.id: device for device in (await self._state.devices()).values()}
        if not devices:
            return  # Redis was emptied, and the state is not built yet
        tables = await self._state.health(sorted({device.station for device in devices.values()}))
        reports = {id: report for table in tables.values() for id, report in table.items()}
        told = await self._state.outages()
        for over in ended(told, devices, reports, now=now):
            await tell(self._bus, outage_ended(over.outage, over.reason, now=now))
            await self._state.forget_outage(over.outage)
            log.info("outages.ended", device=over.outage.device_id, reason=over.reason)
        found = away(told, devices, reports, watched_since=self._since, now=now, rules=self._rules)
        for outage in found:
            if concerns(outage, await self._state.card(outage.station), now=now, rules=self._rules):
                await tell(self._bus, outage_began(outage, now=now))
                await self._state.keep_outage(outage)
                log.info("outages.began", device=outage.device_id, since=outage.since.isoformat())
