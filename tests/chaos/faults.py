"""Doing to the stand what the schedule says."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

from redis import RedisError
from redis.asyncio import Redis

from tests.chaos.load import Ledger
from tests.chaos.proxy import DOWN, UP, Proxy
from tests.chaos.schedule import Fault
from tests.chaos.screens import Yard
from tests.chaos.stand import Stand
from tests.support.eventually import eventually_async
from yizhan.bus import history, topology
from yizhan.bus.connection import Broker, BusError
from yizhan.bus.history import PastEvent

#: How long a mark of the relay is waited for before it is killed wherever it is.
_MARK_SECONDS = 6.0
_PUBLISH_SECONDS = 60.0


class Breaker:
    """Carries out faults. counts: how many of each kind. poison: every unfit message that was sent, whole."""

    def __init__(
        self, stand: Stand, yard: Yard, ledger: Ledger, broker: Broker, chance: random.Random
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.poison: list[bytes] = []
        self.repeated = 0
        #: How often the relay was killed with events confirmed and not marked.
        self.caught_unmarked = 0
        self._stand = stand
        self._yard = yard
        self._ledger = ledger
        self._broker = broker
        self._chance = chance
        self._lasting: set[asyncio.Task[None]] = set()

    async def carry_out(self, fault: Fault) -> None:
        """Returns when the fault is over. Screens that stop reading go on doing so in the background."""
        await asyncio.sleep(fault.after_seconds)
        self.counts[fault.kind] += 1
        await self._deeds()[fault.kind](fault)

    def _deeds(self) -> dict[str, Callable[[Fault], Awaitable[None]]]:
        return {
            "kill": self._kill,
            "terminate": self._terminate,
            "freeze": self._freeze,
            "kill server": self._kill_server,
            "freeze server": self._freeze,
            "flush": self._flush,
            "kill between confirm and mark": self._kill_unmarked,
            "cut": self._cut,
            "half-open": self._half_open,
            "refuse": self._refuse,
            "latency": self._spoil,
            "slice": self._spoil,
            "stall": self._stall,
            "stop reading": self._stop_reading,
            "cut screens": self._cut_screens,
            "poison": self._poison,
            "repeat and reorder": self._repeat,
        }

    async def settle(self) -> None:
        """Every lasting fault is over, every link is good."""
        if self._lasting:
            await asyncio.wait(self._lasting)
        for link in self._stand.links.values():
            link.forget_watches()
            await link.accept()
            link.heal()

    # --- processes and servers ------------------------------------------------------------------------

    async def _kill(self, fault: Fault) -> None:
        self._stand.signal(fault.target, signal.SIGKILL)

    async def _terminate(self, fault: Fault) -> None:
        self._stand.signal(fault.target, signal.SIGTERM)

    async def _freeze(self, fault: Fault) -> None:
        await self._stand.freeze(fault.target, fault.seconds)

    async def _kill_server(self, fault: Fault) -> None:
        await self._stand.restart(fault.target, down_seconds=fault.seconds)
        await eventually_async(self._stand.servers_answer, within_seconds=120.0)

    async def _flush(self, fault: Fault) -> None:
        async with Redis.from_url(self._stand.urls["redis"]) as redis:
            # It may be down just now, and is empty then too.
            with suppress(OSError, RedisError):
                await redis.flushall()

    async def _kill_unmarked(self, fault: Fault) -> None:
        """Catch the relay's next mark on its way to the database, kill the relay, let the mark get lost."""
        link = self._stand.links["relay", "postgresql"]
        caught = asyncio.Event()

        def catch() -> None:
            link.stall(UP)
            caught.set()

        link.when_said(rb"UPDATE outbox SET sent_at", catch)
        try:
            await asyncio.wait_for(caught.wait(), _MARK_SECONDS)
            self.caught_unmarked += 1
        except TimeoutError:
            link.forget_watches()
        self._stand.signal("relay", signal.SIGKILL)
        link.cut()
        link.weather.stalled.discard(UP)

    # --- links ----------------------------------------------------------------------------------------

    def _link(self, fault: Fault) -> Proxy:
        process, _, server = fault.target.partition("-")
        return self._stand.links[process, server]

    async def _cut(self, fault: Fault) -> None:
        self._link(fault).cut()

    async def _half_open(self, fault: Fault) -> None:
        link = self._link(fault)
        link.fall_silent()
        await asyncio.sleep(fault.seconds)
        link.heal()

    async def _refuse(self, fault: Fault) -> None:
        link = self._link(fault)
        await link.refuse()
        link.cut()
        await asyncio.sleep(fault.seconds)
        await link.accept()

    async def _spoil(self, fault: Fault) -> None:
        link = self._link(fault)
        if fault.kind == "latency":
            link.weather.latency_seconds = fault.amount / 1000
        else:
            link.weather.slice_bytes = fault.amount
        await asyncio.sleep(fault.seconds)
        link.heal()

    async def _stall(self, fault: Fault) -> None:
        link = self._link(fault)
        link.stall(self._chance.choice((UP, DOWN)))
        await asyncio.sleep(fault.seconds)
        link.heal()

    # --- screens --------------------------------------------------------------------------------------

    async def _stop_reading(self, fault: Fault) -> None:
        chosen = self._chance.sample(self._yard.watching(), k=min(fault.amount, len(self._yard.watching())))
        for screen in chosen:
            screen.pause()

        async def resume_later() -> None:
            await asyncio.sleep(fault.seconds)
            for screen in chosen:
                screen.resume()

        task = asyncio.create_task(resume_later())
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)

    async def _cut_screens(self, fault: Fault) -> None:
        for screen in self._chance.sample(self._yard.screens, k=min(fault.amount, len(self._yard.screens))):
            screen.drop()

    # --- messages -------------------------------------------------------------------------------------

    async def _poison(self, fault: Fault) -> None:
        for number in range(fault.amount):
            body = _POISONS[number % len(_POISONS)](secrets.token_hex(8))
            self.poison.append(body)
            await self._publish("", fault.target, body, f"poison-{number}")

    async def _repeat(self, fault: Fault) -> None:
        """Publish events of the past again, twice each and in no order."""
        past = await self._past(fault.amount)
        copies = past * 2
        self._chance.shuffle(copies)
        for event in copies:
            await self._publish(
                topology.EVENTS_EXCHANGE, event.routing_key, event.body, event.message_id, event.content_type
            )
        self.repeated += len(copies)

    async def _past(self, count: int) -> list[PastEvent]:
        start = self._chance.randrange(max(1, len(self._ledger.commands)))
        found: list[PastEvent] = []
        async with aclosing(history.read(self._broker, start, silence_seconds=2.0)) as events:
            async for event in events:
                found.append(event)
                if len(found) == count:
                    break
        return found

    async def _publish(
        self, exchange: str, key: str, body: bytes, message_id: str | None, content_type: str | None = None
    ) -> None:
        """Until it is confirmed; a copy more or less is part of the exercise."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PUBLISH_SECONDS
        while True:
            try:
                await self._broker.publish(
                    exchange, key, body, message_id=message_id, content_type=content_type or "text/plain"
                )
                return
            except BusError:
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(0.2)


_POISONS: tuple[Callable[[str], bytes], ...] = (
    lambda token: b"\xff\xfe no text " + token.encode(),
    lambda token: f"no json {token}".encode(),
    lambda token: json.dumps({"type": "jobs.posting.vanished.v1", "token": token}).encode(),
    lambda token: json.dumps({"type": "stations.station.added.v1", "id": token, "data": {}}).encode(),
    lambda token: json.dumps([token]).encode(),
)
