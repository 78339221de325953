"""The relay: takes events from every service's outbox to the broker, in order, and marks what was confirmed.

Killed between the confirm and the mark it sends again; consumers dedupe by the event's id. Any number of
relays may run: for each outbox one of them is active and the others stand by.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import signal
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

import structlog
from psycopg import Error as PsycopgError
from sqlalchemy.exc import SQLAlchemyError

from yizhan.bus import topology
from yizhan.bus.connection import Broker, BusError, Disconnected, Outgoing
from yizhan.bus.history_watch import HistoryWatch
from yizhan.bus.outbox_reader import OutboxReader, UnsentEvent
from yizhan.bus.queue_depth import QueueDepth
from yizhan.clock import Clock, SystemClock
from yizhan.contracts.envelope import CONTENT_TYPE
from yizhan.health import Check, HealthServer
from yizhan.logs import set_up_logs
from yizhan.metrics import (
    OUTBOX_BACKLOG,
    OUTBOX_OLDEST_SECONDS,
    PUBLISH_FAILURES,
    PUBLISHED,
    RELAY_ACTIVE,
)
from yizhan.settings import DATABASE_OWNERS, Settings
from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

BATCH_EVENTS = 500
CONFIRM_TIMEOUT_SECONDS = 10.0
STANDBY_PAUSE_SECONDS = 1.0
UNPROVEN_PAUSE_SECONDS = 0.2
#: Sent rows are kept this long, for people who look for an event's way.
KEEP_SENT = timedelta(days=7)
PURGE_EVERY_SECONDS = 600.0
PURGE_ROWS = 1000
MEASURE_EVERY_SECONDS = 5.0
#: An event that waits longer than this makes the relay unwell.
OLDEST_WELL_SECONDS = 60.0

_LONGEST_PAUSE_SECONDS = 5.0


class OutboxRelay:
    """Relays one service's outbox for as long as it runs."""

    def __init__(
        self,
        service: str,
        database_url: str,
        broker: Broker,
        *,
        clock: Clock,
        batch_events: int = BATCH_EVENTS,
        history: HistoryWatch | None = None,
    ) -> None:
        """history: until it answers, events are published and not yet marked; None takes every confirm."""
        self.service = service
        self._url = database_url
        self._broker = broker
        self._clock = clock
        self._batch_events = batch_events
        self._history = history
        #: Rows confirmed while the history stream may not have kept them; they are published once more.
        self._unproven: set[int] = set()
        self._stopping = asyncio.Event()
        self._state = "starting"
        self._oldest_seconds = 0.0

    def fault(self) -> str | None:
        """None while this relay relays or stands by; else what hinders it."""
        if self._state not in ("active", "standby"):
            return self._state
        if self._oldest_seconds > OLDEST_WELL_SECONDS:
            return f"the oldest event has waited for {self._oldest_seconds:.0f} s"
        return None

    def stop(self) -> None:
        """Finish the batch in hand, then leave `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Relay until stopped, through every failure of database and broker."""
        failures = 0
        while not self._stopping.is_set():
            reader = OutboxReader(self._url)
            try:
                if await self._lead(reader):
                    failures = 0
                    await self._relay(reader)
            except (SQLAlchemyError, PsycopgError, OSError) as error:
                failures += 1
                self._state = f"the database is away: {type(error).__name__}"
                log.warning("relay.database_away", service=self.service, error=str(error), failures=failures)
            finally:
                RELAY_ACTIVE.labels(self.service).set(0)
                await _close(reader)
            if failures:
                await self._pause(failures)

    async def _lead(self, reader: OutboxReader) -> bool:
        """Wait for the right to relay; False when stopped meanwhile."""
        while not self._stopping.is_set():
            if await reader.try_to_lead():
                self._state = "active"
                RELAY_ACTIVE.labels(self.service).set(1)
                log.info("relay.active", service=self.service)
                return True
            if self._state != "standby":
                self._state = "standby"
                log.info("relay.standby", service=self.service)
            await self._sleep(STANDBY_PAUSE_SECONDS)
        return False

    async def _relay(self, reader: OutboxReader) -> None:
        loop = asyncio.get_running_loop()
        next_measure = next_purge = loop.time()
        failed_passes = 0
        while not self._stopping.is_set():
            if loop.time() >= next_measure:
                # Also while the broker is away: PostgreSQL takes the right to relay from whoever is mute.
                await self._measure(reader)
                next_measure = loop.time() + MEASURE_EVERY_SECONDS
            if not await self._broker_within(next_measure - loop.time()):
                continue
            # Noticed before reading, so that a commit in between is not missed.
            reader.notice()
            complete = await self._pass(reader)
            failed_passes = 0 if complete else failed_passes + 1
            if loop.time() >= next_purge:
                await self._purge(reader)
                next_purge = loop.time() + PURGE_EVERY_SECONDS
            if not complete:
                await self._pause(failed_passes)
                continue
            if self._unproven:
                await self._first(reader.news(UNPROVEN_PAUSE_SECONDS))
                continue
            await self._first(reader.news(max(0.0, next_measure - loop.time())))

    async def _broker_within(self, seconds: float) -> bool:
        """Whether the broker is there, waited for no longer than that."""
        connected = self._broker.connected
        if not connected.is_set():
            with contextlib.suppress(TimeoutError):
                await self._first(asyncio.wait_for(connected.wait(), max(0.01, seconds)))
        return connected.is_set()

    async def _pass(self, reader: OutboxReader) -> bool:
        """Go once through all that is unsent; False when something of it must be tried again.

        After a failure nothing more of the same aggregate is sent in this pass, so that nothing overtakes.
        """
        held_back: set[str] = set()
        confirmed: list[int] = []
        if self._keeps(self._broker.connections):
            self._unproven.clear()
        rows = await reader.unsent(0, self._batch_events)
        while rows and not self._stopping.is_set():
            # While the broker confirms this batch, the database hears of the last one and gives the next.
            publishing = asyncio.create_task(self._publish_in_order(rows, held_back))
            try:
                rows = await self._mark_and_read(reader, confirmed, rows)
            finally:
                # Even when the database fails: what is still being sent must not mix with the next pass.
                confirmed = await publishing
        await self._mark(reader, confirmed)
        return not held_back

    async def _mark_and_read(
        self, reader: OutboxReader, confirmed: Sequence[int], rows: Sequence[UnsentEvent]
    ) -> list[UnsentEvent]:
        """Mark one batch and read the one after `rows`, which is empty when there is no more to send."""
        await self._mark(reader, confirmed)
        if len(rows) < self._batch_events or not self._broker.connected.is_set():
            return []
        return await reader.unsent(rows[-1].id, self._batch_events)

    async def _mark(self, reader: OutboxReader, confirmed: Sequence[int]) -> None:
        if confirmed:
            # Mark after the confirm: a crash here sends twice, and consumers dedupe.
            await reader.mark_sent(confirmed, self._clock.now())
            PUBLISHED.labels(self.service).inc(len(confirmed))

    async def _publish_in_order(self, rows: Sequence[UnsentEvent], held_back: set[str]) -> list[int]:
        """Publish a batch in waves, each with at most one event of an aggregate; the confirmed rows' ids."""
        confirmed: list[int] = []
        for wave in _waves(rows):
            connection = self._broker.connections
            proven = self._keeps(connection)
            ready = [row for row in wave if row.subject not in held_back and row.id not in self._unproven]
            outcomes = await self._broker.send_all(
                [_outgoing(row) for row in ready], timeout_seconds=CONFIRM_TIMEOUT_SECONDS
            )
            for row, error in zip(ready, outcomes, strict=True):
                if error is None:
                    # Asked again: it may have waited for a connection that was made since.
                    if proven and self._keeps(connection):
                        confirmed.append(row.id)
                    else:
                        self._unproven.add(row.id)
                    self._tell_published(row)
                else:
                    held_back.add(row.subject)
                    self._count_failure(row, error)
        return confirmed

    def _keeps(self, connection: int) -> bool:
        return self._history is None or self._history.keeps(connection)

    def _tell_published(self, row: UnsentEvent) -> None:
        """A line per event is for who looks for one request's way; nobody else pays for reading the body."""
        if not _log_is_verbose():
            return
        event = json.loads(row.body)
        log.debug(
            "relay.published",
            service=self.service,
            event_id=row.event_id,
            key=row.routing_key,
            correlation=event.get("correlation"),
            traceparent=event.get("traceparent"),
        )

    def _count_failure(self, row: UnsentEvent, error: BusError) -> None:
        PUBLISH_FAILURES.labels(self.service, type(error).__name__).inc()
        if not isinstance(error, Disconnected):
            log.warning(
                "relay.unconfirmed",
                service=self.service,
                event_id=row.event_id,
                key=row.routing_key,
                error=str(error),
            )

    async def _measure(self, reader: OutboxReader) -> None:
        backlog = await reader.backlog()
        age = 0.0 if backlog.oldest is None else (self._clock.now() - backlog.oldest).total_seconds()
        self._oldest_seconds = max(0.0, age)
        OUTBOX_BACKLOG.labels(self.service).set(backlog.events)
        OUTBOX_OLDEST_SECONDS.labels(self.service).set(self._oldest_seconds)

    async def _purge(self, reader: OutboxReader) -> None:
        """In small steps, so that no service waits for its database meanwhile."""
        before = self._clock.now() - KEEP_SENT
        while not self._stopping.is_set() and await reader.purge(before, PURGE_ROWS) == PURGE_ROWS:
            await self._sleep(0.05)

    async def _pause(self, failures: int) -> None:
        await self._sleep(
            min(_LONGEST_PAUSE_SECONDS, 0.1 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)
        )

    async def _sleep(self, seconds: float) -> None:
        await self._first(asyncio.sleep(seconds))

    async def _first(self, waiting: Coroutine[Any, Any, Any]) -> None:
        """Wait, but not beyond `stop`."""
        task = asyncio.create_task(waiting)
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            task.result()
        else:
            await end_tasks([task])


def _log_is_verbose() -> bool:
    return logging.getLogger().isEnabledFor(logging.DEBUG)


def _waves(rows: Sequence[UnsentEvent]) -> list[list[UnsentEvent]]:
    """Rows such that the n-th of each aggregate is in the n-th wave; within a wave in their order."""
    seen: defaultdict[str, int] = defaultdict(int)
    waves: list[list[UnsentEvent]] = []
    for row in rows:
        depth = seen[row.subject]
        seen[row.subject] += 1
        if depth == len(waves):
            waves.append([])
        waves[depth].append(row)
    return waves


def _outgoing(row: UnsentEvent) -> Outgoing:
    return Outgoing(
        topology.EVENTS_EXCHANGE,
        row.routing_key,
        row.body,
        content_type=CONTENT_TYPE,
        message_id=row.event_id,
    )


async def _close(reader: OutboxReader) -> None:
    try:
        await reader.close()
    except (SQLAlchemyError, PsycopgError, OSError) as error:
        log.debug("relay.close_failed", error=str(error))


async def relay(settings: Settings, *, clock: Clock | None = None) -> int:
    """Relay the outboxes of all services until SIGTERM or SIGINT; the exit code."""
    broker = Broker(settings.broker_url, settings.process_name)
    history = HistoryWatch(broker)
    relays = [
        OutboxRelay(
            service, settings.database_url(service), broker, clock=clock or SystemClock(), history=history
        )
        for service in DATABASE_OWNERS
    ]
    checks: dict[str, Check] = {f"outbox {each.service}": each.fault for each in relays}
    checks["history"] = history.fault
    checks["broker"] = lambda: None if broker.connected.is_set() else "not connected to the broker"
    health = HealthServer(settings.health_port, checks, host=settings.host)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    health.start()
    await broker.start()
    running = [asyncio.create_task(each.run(), name=f"relay {each.service}") for each in relays]
    measuring = asyncio.create_task(QueueDepth(broker).run(), name="queue depth")
    watching = asyncio.create_task(history.run(), name="history")
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopped, *running}, return_when=asyncio.FIRST_COMPLETED)
        for each in relays:
            each.stop()
        results = await asyncio.gather(*running, return_exceptions=True)
    finally:
        measuring.cancel()
        watching.cancel()
        await broker.close()
        health.stop()
    defects = [result for result in results if isinstance(result, BaseException)]
    for defect in defects:
        log.critical("relay.died", error=f"{type(defect).__name__}: {defect}")
    return 1 if defects else 0


def run(settings: Settings) -> int:
    """`yizhan relay`: the exit code."""
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    return asyncio.run(relay(settings))
