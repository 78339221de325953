"""The replayer: past events of the history stream through the gate, into the queue of whoever asked for them.

A stream cannot be read in part by right, so no integrator reads it; what it gets is what it would have got.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.domain.gate import Gate, Handed, Passing
from services.notify.outlet import metrics
from services.notify.outlet.feeding import disclosures_of
from services.notify.outlet.registry import Registry
from yizhan.bus import history
from yizhan.bus.connection import Broker, BusError, Outgoing
from yizhan.bus.topology import OUT_EXCHANGE, ExternalQueues
from yizhan.clock import Clock
from yizhan.contracts.envelope import CONTENT_TYPE, Event, Facts
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.integrators import Integrator, IntegratorStatus, Replay, ReplayEnded, ReplayState
from yizhan.database import Database, DatabaseBusy
from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 0.5
_BATCH_EVENTS = 500
_CONFIRM_SECONDS = 10.0
#: When the stream has given nothing for so long, the broker is asked whether that is its end.
_SILENCE_SECONDS = 2.0
#: The integrator's queue is full: it fetches first.
_FULL_PAUSE_SECONDS = 1.0
_EVENT = Event[Facts]

#: Headers of a replayed event: which replay, and its offset, from which another may begin.
REPLAY_HEADER = "x-yizhan-replay"
OFFSET_HEADER = "x-yizhan-offset"

_Waiting = tuple[history.PastEvent, Passing, Handed]


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a replay has come. events: handed over; next_offset: where it goes on."""

    events: int
    next_offset: int | None


class Replayer:
    """Works off what integrators asked for, several at a time, each from where it was broken off."""

    def __init__(self, broker: Broker, registry: Registry, database: Database, clock: Clock) -> None:
        self._broker = broker
        self._registry = registry
        self._database = database
        self._replays = storage.Replays()
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look for new ones, for ever."""
        try:
            while True:
                try:
                    await self._look()
                except (SQLAlchemyError, DatabaseBusy, OSError) as error:
                    log.warning("replay.database_away", error=str(error))
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        finally:
            await end_tasks(self._running.values())
            self._running.clear()

    async def _look(self) -> None:
        self._running = {id: task for id, task in self._running.items() if not task.done()}
        for integrator_id, replay in await asyncio.to_thread(self._unended):
            if replay.id not in self._running:
                self._running[replay.id] = asyncio.create_task(self._attempt(integrator_id, replay))

    def _unended(self) -> list[tuple[str, Replay]]:
        with self._database.reading() as connection:
            return self._replays.unended(connection)

    async def _attempt(self, integrator_id: str, replay: Replay) -> None:
        try:
            await self._replay(integrator_id, replay)
        except (SQLAlchemyError, DatabaseBusy, BusError, OSError) as error:
            # Taken up again at the next look, from where it stands in the database.
            log.warning("replay.interrupted", replay=replay.id, error=str(error))

    async def _replay(self, integrator_id: str, replay: Replay) -> None:
        start: history.Start | None = replay.next_offset
        if start is None:
            start = replay.from_time if replay.from_offset is None else replay.from_offset
        assert start is not None
        progress = _Progress(replay.events, replay.next_offset)
        waiting: list[_Waiting] = []
        past = history.read(self._broker, start, silence_seconds=_SILENCE_SECONDS)
        async with aclosing(past) as events:
            async for event in events:
                if event.time is not None and event.time > replay.requested_at:
                    break
                integrator = self._served(integrator_id)
                if integrator is None:
                    await self._keep(replay, progress, ReplayState.STOPPED)
                    return
                waiting += self._through_the_gate(integrator, replay, event)
                progress = replace(progress, next_offset=event.offset + 1)
                if len(waiting) >= _BATCH_EVENTS or event.offset % 5000 == 0:
                    progress = await self._hand_over(integrator, replay, waiting, progress)
                    waiting = []
        integrator = self._served(integrator_id)
        if integrator is None:
            await self._keep(replay, progress, ReplayState.STOPPED)
            return
        progress = await self._hand_over(integrator, replay, waiting, progress)
        await self._publish(integrator, [_end(integrator, replay, progress, self._clock)])
        await self._keep(replay, progress, ReplayState.DONE)
        log.info("replay.done", integrator=integrator.name, replay=replay.id, events=progress.events)

    def _served(self, integrator_id: str) -> Integrator | None:
        found = self._registry.known.integrators.get(integrator_id)
        return found if found is not None and found.status is IntegratorStatus.ACTIVE else None

    def _through_the_gate(
        self, integrator: Integrator, replay: Replay, event: history.PastEvent
    ) -> list[_Waiting]:
        if event.type is None:
            return []
        passing = Passing(event.body, json.loads(event.body))
        if passing.family not in replay.families:
            return []
        handed = Gate((integrator,)).hand_over(passing, self._registry.known.paths, now=self._clock.now())
        return [(event, passing, one) for one in handed]

    async def _hand_over(
        self, integrator: Integrator, replay: Replay, waiting: Sequence[_Waiting], progress: _Progress
    ) -> _Progress:
        """Into the queue, and into the database how far it has come."""
        disclosed = disclosures_of([(passing, one) for _, passing, one in waiting], now=self._clock.now())
        if disclosed:
            await asyncio.to_thread(self._disclose, disclosed)
        await self._publish(integrator, [_message(replay, *one) for one in waiting])
        metrics.EVENTS.labels(integrator.name, "replay").inc(len(waiting))
        after = replace(progress, events=progress.events + len(waiting))
        await self._keep(replay, after, ReplayState.RUNNING)
        return after

    def _disclose(self, rows: list[dict[str, object]]) -> None:
        with self._database.transaction() as tx:
            storage.Disclosures().add(tx, rows)

    async def _publish(self, integrator: Integrator, messages: Sequence[Outgoing]) -> None:
        """Raises BusError. A queue that is full is waited for, in order: from the first that it refused."""
        key = ExternalQueues(integrator.name).replay
        left = [replace(message, key=key) for message in messages]
        while left:
            outcomes = await self._broker.send_all(left, timeout_seconds=_CONFIRM_SECONDS)
            first = next((number for number, error in enumerate(outcomes) if error is not None), None)
            if first is None:
                return
            if self._served(integrator.id) is None:
                return
            left = left[first:]
            await asyncio.sleep(_FULL_PAUSE_SECONDS)

    async def _keep(self, replay: Replay, progress: _Progress, state: ReplayState) -> None:
        def keep() -> None:
            with self._database.transaction() as tx:
                self._replays.advance(
                    tx,
                    replay.id,
                    state,
                    events=progress.events,
                    next_offset=progress.next_offset,
                    now=self._clock.now(),
                )

        await asyncio.to_thread(keep)


def _message(replay: Replay, event: history.PastEvent, _: Passing, handed: Handed) -> Outgoing:
    return Outgoing(
        OUT_EXCHANGE,
        "",
        handed.body,
        headers={REPLAY_HEADER: replay.id, OFFSET_HEADER: event.offset},
        content_type=CONTENT_TYPE,
        message_id=event.message_id,
    )


def _end(integrator: Integrator, replay: Replay, progress: _Progress, clock: Clock) -> Outgoing:
    now = clock.now()
    last = None if progress.next_offset is None else progress.next_offset - 1
    event = _EVENT.of(
        ReplayEnded(replay_id=replay.id, events=progress.events, last_offset=last),
        id=new_identifier(now),
        subject=replay.id,
        sequence=1,
        station=integrator.station,
        time=now,
        correlation=replay.id,
    )
    return Outgoing(
        OUT_EXCHANGE,
        "",
        event.model_dump_json().encode(),
        headers={REPLAY_HEADER: replay.id},
        content_type=CONTENT_TYPE,
        message_id=event.id,
    )
