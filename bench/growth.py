"""Growth: what an event and a snapshot cost while a county's live postings grow a hundredfold.

The board's own folder on real Redis, in this process, one event at a time; rounds alternate between counties.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from bench import county
from bench.figures import Figure, compared
from bench.ground import Ground, ground
from bench.screens import STATION
from services.board.answers import Answers
from services.board.channel import AWAY, Channel, Tally
from services.board.connection import encode
from services.board.folding import Folder
from services.board.pump import Pump
from services.board.state import BoardState
from yizhan.clock import SystemClock
from yizhan.contracts.envelope import Event
from yizhan.contracts.examples import posting as example_posting
from yizhan.contracts.jobs import PostingPublished

NAME = "growth"

SIZES = (100, 1_000, 10_000)
ROUNDS = 8
EVENTS_PER_ROUND = 60
SNAPSHOTS_PER_ROUND = 40


class Message:
    """A delivery from no broker. done: when it has been acked."""

    def __init__(self, event: Event[Any]) -> None:
        self.body = event.model_dump_json().encode()
        self.headers: dict[str, Any] = {}
        self.routing_key = event.routing_key
        self.message_id: str | None = event.id
        self.done = asyncio.Event()

    def ack(self) -> None:
        self.done.set()

    def nack(self, requeue: bool) -> None:
        raise RuntimeError(f"given back, requeue={requeue}")


class NoDeadLetters:
    """Nothing here may be unreadable."""

    async def publish(self, exchange: str, key: str, body: bytes, **properties: Any) -> None:
        raise RuntimeError(f"{exchange} {key} {properties}: {body[:200]!r}")


class NewScreen:
    """A listener that counts what it is sent."""

    def __init__(self) -> None:
        self.offset = AWAY
        self.bytes = 0
        self.write: Callable[[bytes], object] = self._count

    def _count(self, frame: bytes) -> None:
        self.bytes += len(frame)


class GrownCounty:
    """A county with so many live postings, and its folder. costs: µs of this process per event, per
    snapshot; waits: µs until an event was written."""

    def __init__(self, place: Ground, redis: Redis, postings: int) -> None:
        self.postings = postings
        self.event_costs: list[float] = []
        self.event_waits: list[float] = []
        self.snapshot_costs: list[float] = []
        self._clock = SystemClock()
        self._state = BoardState(redis, f"{place.redis_prefix}grown-{postings}:")
        self._folder = Folder(
            self._state,
            NoDeadLetters(),
            self._clock,
            answers=Answers(NoDeadLetters(), self._clock),
            state_wanted=_never,
        )
        self._task: asyncio.Task[None] | None = None
        self._number = 0

    async def start(self) -> None:
        await county.stage(self._state, county.facts(postings=self.postings, devices=0))
        self._task = asyncio.create_task(self._folder.run())
        await self.fold(5)
        self.event_costs.clear()
        self.event_waits.clear()

    async def stop(self) -> None:
        self._folder.stop()
        if self._task is not None:
            await self._task

    async def fold(self, count: int) -> None:
        """Tell so many events, each when the last is written: half of them postings that come, soonest of
        all, half postings that change."""
        messages = [Message(self._event()) for _ in range(count)]
        cpu, wall = time.process_time(), time.perf_counter()
        for message in messages:
            await self._folder.offer(message)
            await message.done.wait()
        self.event_costs.append((time.process_time() - cpu) / count * 1e6)
        self.event_waits.append((time.perf_counter() - wall) / count * 1e6)

    def _event(self) -> Event[PostingPublished]:
        self._number += 1
        comes = self._number % 2
        number = self.postings + self._number if comes else self._number % self.postings
        now = self._clock.now()
        facts = PostingPublished(
            posting=example_posting.model_copy(
                update={
                    "id": county.identifier(1, number),
                    "station": f"{STATION}0101",
                    "terms": example_posting.terms.model_copy(
                        update={
                            "starts_at": now + timedelta(hours=1, seconds=-self._number),
                            "ends_at": None,
                            "headcount": 1 + self._number % 9,
                        }
                    ),
                    "expires_at": now + timedelta(hours=2),
                    "published_at": now,
                    "sequence": 4 + self._number,
                }
            ),
            by="bench",
        )
        return Event[PostingPublished].of(
            facts,
            id=county.identifier(9, self._number),
            subject=facts.posting.id,
            sequence=facts.posting.sequence,
            station=facts.posting.station,
            time=now,
            correlation="bench",
        )

    async def send_snapshots(self, count: int) -> None:
        """Serve a screen that knows nothing, from Redis to its frame, as a process does that has just come
        up."""
        cpu = time.process_time()
        for _ in range(count):
            channel = Channel(
                STATION,
                pump=Pump(asyncio.get_running_loop().call_soon),
                encode=encode,
                now=self._clock.now,
                tally=Tally(),
                ask_load=_ignore,
            )
            screen = NewScreen()
            channel.join(screen, None, None)
            channel.begin_load()
            stored = await self._state.station(STATION)
            assert stored is not None
            channel.loaded(stored)
            assert screen.bytes > 1000
        self.snapshot_costs.append((time.process_time() - cpu) / count * 1e6)


def _never() -> None:
    raise RuntimeError("the staged county was lost")


def _ignore(_: Channel) -> None:
    """The bench loads by itself."""


async def run() -> list[Figure]:
    """Measure every size in turns."""
    async with AsyncExitStack() as stack:
        place = stack.enter_context(ground())
        redis = Redis.from_url(place.redis_url)
        stack.push_async_callback(redis.aclose)
        counties = [GrownCounty(place, redis, postings) for postings in SIZES]
        for each in counties:
            await each.start()
            stack.push_async_callback(each.stop)
        for number in range(ROUNDS):
            for each in counties if number % 2 else reversed(counties):
                await each.fold(EVENTS_PER_ROUND)
                await each.send_snapshots(SNAPSHOTS_PER_ROUND)
    small, *grown = counties
    figures = []
    for each in grown:
        for what, ours, theirs in (
            ("CPU per event", each.event_costs, small.event_costs),
            ("time until an event is written", each.event_waits, small.event_waits),
            ("CPU per snapshot", each.snapshot_costs, small.snapshot_costs),
        ):
            figures.append(
                compared(
                    NAME,
                    f"{what}, {each.postings:,} live postings",
                    "µs",
                    ours,
                    f"{small.postings} live postings",
                    theirs,
                    at_most=1.5,
                )
            )
    return figures
