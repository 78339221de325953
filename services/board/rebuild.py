"""A new epoch from nothing: when Redis is empty, was flushed, or lost a part, the owners are asked for all.

Events that arrive meanwhile wait in the queue, unacked, and are folded afterwards by their sequence: what the
export already has is ignored, what it has not is applied. So nothing is lost in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from typing import Protocol

import structlog
from redis import RedisError

from services.board import metrics
from services.board.facts import Fact
from services.board.projection import Projection
from services.board.state import REBUILD_LOCK_SECONDS, BoardState
from services.board.telling import (
    facts_of_cards,
    facts_of_days,
    facts_of_fairs,
    facts_of_network,
    facts_of_postings,
)
from yizhan.bus.rpc import RpcClient
from yizhan.clock import Clock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.fairs import ExportLiveFairs, FairsRpc
from yizhan.contracts.jobs import ExportLivePostings, JobsRpc
from yizhan.contracts.rpc import A, Method, Q
from yizhan.contracts.seeker_cards import ExportCards, SeekerCardsRpc
from yizhan.contracts.station_days import ExportDays, StationDaysRpc
from yizhan.contracts.stations import ExportPage, StationsRpc

log = structlog.get_logger(__name__)

#: Looking for a whole state, when nothing else asks.
LOOK_EVERY_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
EXPORT_TIMEOUT_SECONDS = 10.0

#: An event that says it is so much older than an export, about something that the export does not have, tells
#: of something gone. Less would trust clocks and transactions too much.
HORIZON_MARGIN = timedelta(minutes=2)


class Owners(Protocol):
    """Those who know everything that the board only remembers."""

    def export(self) -> AsyncIterator[list[Fact]]:
        """All facts, in pages. Raises YizhanError when an owner is away."""
        ...


class OwnersByRpc:
    """The owning services, over the bus."""

    def __init__(self, rpc: RpcClient, clock: Clock) -> None:
        self._rpc = rpc
        self._clock = clock

    async def export(self) -> AsyncIterator[list[Fact]]:
        correlation = f"board-rebuild-{secrets.token_hex(8)}"
        after: str | None = None
        while True:
            network = await self._ask(StationsRpc.export_network, ExportPage(after=after), correlation)
            yield list(facts_of_network(network))
            after = network.next
            if after is None:
                break
        while True:
            live = await self._ask(JobsRpc.export_live_postings, ExportLivePostings(after=after), correlation)
            yield list(facts_of_postings(live, self._clock.now()))
            after = live.next
            if after is None:
                break
        while True:
            fairs = await self._ask(FairsRpc.export_live_fairs, ExportLiveFairs(after=after), correlation)
            yield list(facts_of_fairs(fairs))
            after = fairs.next
            if after is None:
                break
        while True:
            cards = await self._ask(SeekerCardsRpc.export_live_cards, ExportCards(after=after), correlation)
            yield list(facts_of_cards(cards))
            after = cards.next
            if after is None:
                break
        while True:
            days = await self._ask(StationDaysRpc.export_days, ExportDays(after=after), correlation)
            yield list(facts_of_days(days))
            after = days.next
            if after is None:
                return

    async def _ask(self, method: Method[Q, A], request: Q, correlation: str) -> A:
        return await self._rpc.call(
            method,
            request,
            actor=SYSTEM,
            correlation=correlation,
            timeout_seconds=EXPORT_TIMEOUT_SECONDS,
        )


class Rebuilder:
    """Sees to it that there is a state. Runs in every board process; a lock lets one of them work."""

    def __init__(
        self,
        state: BoardState,
        owners: Owners,
        clock: Clock,
        *,
        untold: Callable[[], Iterable[Fact]] = tuple,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """untold: what this process remembers and owners do not tell again. They tell only of what lives, and
        messages by number are nobody's: a process that folded none brings none back."""
        self._state = state
        self._owners = owners
        self._clock = clock
        self._untold = untold
        self._jitter = jitter
        self._wanted = asyncio.Event()
        self._token = secrets.token_hex(16)
        #: Why there is no state at the moment; None when there is.
        self.missing: str | None = "not looked yet"

    def want(self) -> None:
        """Look at once."""
        self._wanted.set()

    async def run(self) -> None:
        """Look for the state, and rebuild it when it is gone, for ever."""
        failures = 0
        while True:
            try:
                done = await self._see_to_it()
                failures = 0 if done else failures
            except (RedisError, YizhanError) as error:
                failures += 1
                self.missing = f"{type(error).__name__}: {error}"
                log.warning("rebuild.failed", error=self.missing, attempts=failures)
            except Exception as error:
                failures += 1
                self.missing = f"{type(error).__name__}: {error}"
                log.exception("rebuild.failed", attempts=failures)
            await self._pause(failures)

    async def _pause(self, failures: int) -> None:
        ceiling = min(LONGEST_PAUSE_SECONDS, LOOK_EVERY_SECONDS * 1.5 ** min(failures, 10))
        self._wanted.clear()
        if failures:
            await asyncio.sleep(ceiling * (0.5 + self._jitter() / 2))
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), ceiling)

    async def _see_to_it(self) -> bool:
        """True when there is a whole state, be it one that was just built."""
        if await self._state.look() is not None:
            self.missing = None
            return True
        self.missing = self.missing or "the state is gone"
        if not await self._state.hold_rebuild_lock(self._token):
            self.missing = "another process rebuilds the state"
            return False
        try:
            # Somebody may have finished between the look and the lock.
            if await self._state.look() is None:
                await self._rebuild()
        finally:
            with contextlib.suppress(RedisError):
                await self._state.release_rebuild_lock(self._token)
        if await self._state.look() is None:
            return False
        self.missing = None
        return True

    async def _rebuild(self) -> None:
        # No folder may write into the old epoch while its keys are being replaced.
        await self._state.abandon()
        epoch = secrets.token_hex(8)
        log.info("rebuild.started", epoch=epoch)
        renewal = asyncio.create_task(self._renew_lock())
        try:
            horizon = self._clock.now() - HORIZON_MARGIN
            facts: list[Fact] = []
            async for page in self._owners.export():
                facts += page
                await asyncio.sleep(0)
            projection = Projection.of([*facts, *self._untold()])
            documents = {code: view.document(epoch, 0) for code, view in projection.views.items()}
            staged = await self._state.stage(epoch, projection.facts.values(), documents)
            if not await self._state.activate(self._token, epoch, staged, documents, horizon=horizon):
                log.warning("rebuild.overtaken", epoch=epoch)
                return
        finally:
            renewal.cancel()
        metrics.REBUILDS.inc()
        log.info("rebuild.done", epoch=epoch, facts=staged[0], stations=len(documents))

    async def _renew_lock(self) -> None:
        while True:
            await asyncio.sleep(REBUILD_LOCK_SECONDS / 3)
            with contextlib.suppress(RedisError):
                await self._state.hold_rebuild_lock(self._token)
