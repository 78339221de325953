"""The folder: takes events off the queue, folds them, writes what they did, and only then acks them.

The broker gives deliveries to one board process at a time. A process that gets one claims the state in Redis
and loads its facts; from then on whoever folded before is refused. Applying goes by sequence, so a delivery
that comes again, or whose write may or may not have arrived, does no harm: after any doubt the facts are
loaded anew and the same deliveries applied to them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from redis import RedisError

from services.board import metrics
from services.board.facts import DayMessage, Fact, FactKind, field_of, to_json
from services.board.outages import is_lit
from services.board.projection import Projection
from services.board.state import BoardState, FoldWrite, StationUpdate, Verdict, device_field
from services.board.telling import fact_of
from yizhan.bus.connection import BusError
from yizhan.bus.failures import route_failure
from yizhan.clock import Clock, county_day
from yizhan.contracts.envelope import Event
from yizhan.contracts.reading import EventUnreadable, read_event
from yizhan.contracts.screen import Delta
from yizhan.contracts.screen_messages import MissedReason, ScreenMessageIssued
from yizhan.contracts.stations import DeviceHash, Station, StationStatus
from yizhan.contracts.subscriptions import BOARD_FOLD
from yizhan.metrics import DEAD_LETTERS

log = structlog.get_logger(__name__)

#: Deliveries folded in one write while there is a backlog.
BATCH_LIMIT = 64

#: Messages held here unsettled.
PREFETCH = 256

#: Seconds between tries while Redis is away or the state is rebuilt, growing from the first to the second.
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0

PURGE_EVERY_SECONDS = 3600.0

#: How often an idle folder looks whether the county's day is over.
DAY_LOOK_SECONDS = 30.0


class Incoming(Protocol):
    """A delivery, as the bus hands it out."""

    body: bytes
    headers: dict[str, Any]
    routing_key: str
    message_id: str | None

    def ack(self) -> None: ...

    def nack(self, requeue: bool) -> None: ...


class DeadLetters(Protocol):
    """Where a message goes that cannot be read; returns when the broker has it."""

    async def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        *,
        headers: dict[str, Any],
        content_type: str,
        message_id: str | None,
    ) -> None: ...


class Answering(Protocol):
    """Tells what became of a message by number, and settles its delivery then."""

    def owe(
        self, delivery: Incoming, event: Event[ScreenMessageIssued], missed: MissedReason | None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class _Read:
    delivery: Incoming
    event: Event[Any]
    fact: Fact
    #: The offset that it became at each station; filled as it is folded.
    offsets: dict[str, int] = field(default_factory=dict)


class _Overtaken(Exception):
    """The facts in memory are not those in Redis any more."""


class Folder:
    """Folds what `offer` is given, in order. state_wanted: called when there is no state."""

    def __init__(
        self,
        state: BoardState,
        dead_letters: DeadLetters,
        clock: Clock,
        *,
        answers: Answering,
        state_wanted: Callable[[], None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._state = state
        self._dead_letters = dead_letters
        self._clock = clock
        self._answers = answers
        self._state_wanted = state_wanted
        self._jitter = jitter
        self._waiting: asyncio.Queue[Incoming] = asyncio.Queue()
        self._projection: Projection | None = None
        self._offsets: dict[str, int] = {}
        #: Outlives the loss of Redis: what is gone is remembered nowhere else.
        self._last: Projection | None = None
        self._horizon: datetime | None = None
        self._token = ""
        self._epoch = ""
        self._purged_at = 0.0
        #: The day that the facts in memory were last cleared for.
        self._day: date | None = None
        self._stopping = asyncio.Event()

    async def offer(self, delivery: Incoming) -> None:
        """Take a delivery in hand; it is acked once what it did is written."""
        self._waiting.put_nowait(delivery)

    def untold(self) -> list[Fact]:
        """What this process has seen and no owner tells again: tombstones, and messages by number."""
        facts = () if self._last is None else self._last.facts.values()
        return [fact for fact in facts if fact.gone_at or fact.kind is FactKind.MESSAGE]

    def stop(self) -> None:
        """Finish the batch in hand, take no other."""
        self._stopping.set()
        self._waiting.put_nowait(_NOTHING)

    async def run(self) -> None:
        """Fold until stopped."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH_LIMIT and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            if self._stopping.is_set():
                return
            heard = [delivery for delivery in batch if delivery is not _NOTHING]
            read = [one for one in [await self._read(delivery) for delivery in heard] if one is not None]
            if read:
                if not await self._fold_until_written(read):
                    return
            elif self._day_is_over():
                await self._end_the_day()

    async def watch_the_day(self, every_seconds: float = DAY_LOOK_SECONDS) -> None:
        """See to it that what is of a day leaves the screens when it ends, also when nothing else is told."""
        while True:
            await asyncio.sleep(every_seconds)
            if self._day_is_over():
                self._waiting.put_nowait(_NOTHING)

    def _day_is_over(self) -> bool:
        """Whether this process folds, and holds what is of a day before today."""
        return self._projection is not None and self._day != county_day(self._clock.now())

    async def _end_the_day(self) -> None:
        """Fold nothing but the day's end. Whoever has lost his place leaves it to the one who folds now."""
        try:
            await self._fold(())
        except (_Overtaken, RedisError) as reason:
            log.info("fold.day_not_ended", reason=str(reason), epoch=self._epoch)
            self._projection = None

    # --- reading --------------------------------------------------------------------------------------

    async def _read(self, delivery: Incoming) -> _Read | None:
        """What a delivery says. One that says nothing to screens is acked, one that is unreadable buried."""
        try:
            event = read_event(delivery.body)
            fact = fact_of(event)
        except (EventUnreadable, ValidationError) as error:
            await self._bury(delivery, error)
            return None
        if fact is None:
            delivery.ack()
            return None
        return _Read(delivery, event, fact)

    async def _bury(self, delivery: Incoming, error: Exception) -> None:
        cause = error if isinstance(error, EventUnreadable) else EventUnreadable(str(error))
        move = route_failure(
            cause,
            delivery.headers,
            queue=BOARD_FOLD.queue,
            routing_key=delivery.routing_key,
            now=self._clock.now(),
        )
        log.warning("fold.unreadable", error=str(cause)[:200], routing_key=delivery.routing_key)
        try:
            await self._dead_letters.publish(
                move.exchange,
                move.key,
                delivery.body,
                headers=move.headers,
                content_type="application/octet-stream",
                # People settle dead letters by it; without one of its own it would get a number of ours.
                message_id=delivery.message_id,
            )
        except BusError as failure:
            # The queue dead-letters it itself, without our reasons.
            log.warning("fold.burial_left_to_the_queue", error=str(failure))
            delivery.nack(requeue=False)
        else:
            delivery.ack()
        DEAD_LETTERS.labels(BOARD_FOLD.queue, move.code).inc()

    # --- folding --------------------------------------------------------------------------------------

    async def _fold_until_written(self, batch: Sequence[_Read]) -> bool:
        """Try until it is written or the process stops (then the broker hands the batch to the next)."""
        failures = 0
        while True:
            try:
                await self._fold(batch)
                return True
            except _Overtaken as reason:
                log.info("fold.state_lost", reason=str(reason), epoch=self._epoch)
                self._state_wanted()
            except RedisError as error:
                log.warning("fold.redis_failed", error=str(error))
            except Exception:
                # A defect of ours must not lose events nor stop the board for good.
                log.exception("fold.failed")
            self._projection = None
            failures += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._pause_seconds(failures))
                return False

    def _pause_seconds(self, failures: int) -> float:
        ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 10))
        return ceiling * (0.5 + self._jitter() / 2)

    async def _fold(self, batch: Sequence[_Read]) -> None:
        projection = self._projection or await self._take_over()
        write = FoldWrite()
        written: list[_Read] = []
        missed: dict[str, MissedReason] = {}
        today = self._end_days(projection, write)
        for one in batch:
            over = self._is_of_the_past(one, projection) or (one.fact.day or today) < today
            if isinstance(one.fact.body, DayMessage) and one.fact.key not in projection.facts:
                reason = await self._why_not(one.fact.body, projection, over=over)
                if reason is not None:
                    missed[one.fact.id] = reason
                    continue
            applied = None if over else projection.apply(one.fact)
            if applied is None:
                continue
            written.append(one)
            write.facts[field_of(one.fact.key)] = to_json(applied.fact)
            write.devices |= device_field(applied.fact)
            for code, changes in applied.changes.items():
                one.offsets[code] = self._append_delta(write, code, one.event.time, changes)
        self._purge(projection, write)
        for code, update in write.stations.items():
            update.document = projection.views[code].document(self._epoch, update.offset)
        if write.facts or write.purged:
            verdict = await self._state.fold(self._token, self._epoch, write)
            if verdict is not Verdict.DONE:
                raise _Overtaken(verdict)
            await self._forget_void_devices(written, projection)
        self._settle(batch, written, write, missed)

    async def _why_not(self, body: DayMessage, projection: Projection, *, over: bool) -> MissedReason | None:
        """Why a message that is new is not to be shown; None when it is. Raises RedisError."""
        now = self._clock.now()
        if over or body.line.until <= now:
            return MissedReason.TOO_LATE
        known = projection.facts.get((FactKind.STATION, body.station))
        station = known.body if known is not None else None
        if not isinstance(station, Station) or station.status is not StationStatus.OPEN:
            return MissedReason.NO_SCREEN
        reports = (await self._state.health([body.station]))[body.station]
        return None if any(is_lit(report, now) for report in reports.values()) else MissedReason.NO_SCREEN

    def _is_of_the_past(self, one: _Read, projection: Projection) -> bool:
        """Whether an event told again is about something that was gone before the state was rebuilt: a
        tombstone would tell, but owners export none."""
        known = one.fact.key in projection.facts
        return not known and self._horizon is not None and one.event.time < self._horizon

    def _end_days(self, projection: Projection, write: FoldWrite) -> date:
        """Take off what is of an earlier day than today, which is answered."""
        now = self._clock.now()
        today = county_day(now)
        if today != self._day:
            ended = projection.end_days(today)
            write.purged += map(field_of, ended.keys)
            for code, changes in ended.changes.items():
                self._append_delta(write, code, now, changes)
            self._day = today
        return today

    async def _forget_void_devices(self, written: Sequence[_Read], projection: Projection) -> None:
        for one in written:
            body = projection.facts[one.fact.key].body
            if one.fact.gone_at is not None and isinstance(body, DeviceHash):
                await self._state.forget_health(body.station, body.device_id)

    def _append_delta(self, write: FoldWrite, code: str, at: datetime, changes: Sequence[Any]) -> int:
        offset = self._offsets.get(code, 0) + 1
        self._offsets[code] = offset
        delta = Delta(epoch=self._epoch, offset=offset, at=at, changes=tuple(changes)).model_dump_json()
        update = write.stations.setdefault(code, StationUpdate(offset, "", []))
        update.offset = offset
        update.deltas.append(delta)
        return offset

    def _purge(self, projection: Projection, write: FoldWrite) -> None:
        monotonic = asyncio.get_running_loop().time()
        if monotonic - self._purged_at < PURGE_EVERY_SECONDS:
            return
        self._purged_at = monotonic
        keys = [key for key in projection.purgeable(self._clock.now()) if field_of(key) not in write.facts]
        projection.purge(keys)
        write.purged += map(field_of, keys)

    def _settle(
        self,
        batch: Sequence[_Read],
        written: Sequence[_Read],
        write: FoldWrite,
        missed: Mapping[str, MissedReason],
    ) -> None:
        for one in batch:
            if one.fact.kind is FactKind.MESSAGE:
                self._answers.owe(one.delivery, one.event, missed.get(one.fact.id))
            else:
                one.delivery.ack()
        now = self._clock.now()
        for one in written:
            seconds = max(0.0, (now - one.event.time).total_seconds())
            metrics.FOLD_SECONDS.observe(seconds)
            # The last line that knows the request: from here on screens are known by station and offset.
            log.info(
                "fold.written",
                correlation=one.event.correlation,
                traceparent=one.event.traceparent,
                event_id=one.event.id,
                type=one.event.type,
                subject=one.event.subject,
                epoch=self._epoch,
                offsets=one.offsets,
                seconds=round(seconds, 4),
            )
        metrics.EVENTS_FOLDED.inc(len(written))
        metrics.EVENTS_IGNORED.inc(len(batch) - len(written))
        metrics.DELTAS.inc(sum(len(update.deltas) for update in write.stations.values()))

    async def _take_over(self) -> Projection:
        """Claim the state and load it. Raises _Overtaken when there is none."""
        token = secrets.token_hex(16)
        epoch = await self._state.claim(token)
        if epoch is None:
            raise _Overtaken("there is no state")
        facts = []
        async for fact in self._state.facts():
            facts.append(fact)
            if len(facts) % 500 == 0:
                await asyncio.sleep(0)
        offsets = await self._state.offsets()
        projection = Projection.of(facts)
        if set(offsets) != set(projection.views):
            # Whoever flushed Redis while we read.
            raise _Overtaken("facts and offsets do not belong together")
        self._token, self._epoch, self._offsets = token, epoch, offsets
        self._horizon = await self._state.horizon()
        self._projection = self._last = projection
        self._day = None
        log.info("fold.took_over", epoch=epoch, facts=len(facts), stations=len(offsets))
        return projection


#: Wakes the folder so that it ends, or looks at the day.
_NOTHING: Any = object()
