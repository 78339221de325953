"""The feeder: takes every event of the house through the gate, into integrators' queues and webhooks.

What waits for a webhook, and what is disclosed, is written before the event is published: a crash between the
two hands an event over twice, and never one that nobody wrote down.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.domain.gate import Handed, Passing
from services.notify.outlet import metrics
from services.notify.outlet.queues import QueueKeeper
from services.notify.outlet.registry import Registry
from yizhan.bus.connection import Broker, BrokerRefused, BusError, Delivery, Outgoing, Unroutable
from yizhan.bus.failures import route_failure
from yizhan.bus.topology import OUT_EXCHANGE, ExternalQueues
from yizhan.clock import COUNTY_ZONE, Clock
from yizhan.contracts.envelope import CONTENT_TYPE
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.reading import EventUnreadable, read_event
from yizhan.contracts.stations import StationAdded, StationAmended
from yizhan.contracts.subscriptions import OUTLET_FEED
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher
from yizhan.metrics import DEAD_LETTERS

log = structlog.get_logger(__name__)

#: Deliveries in hand, and handed over at once while there is a backlog.
PREFETCH = 512
BATCH_EVENTS = 256
CONFIRM_SECONDS = 10.0
_PAUSE_SECONDS = 0.5
#: These change what the gate says of what follows them.
_NETWORK, _REGISTRY = "stations.station", "notify.integrator"


@dataclass(frozen=True, slots=True)
class _Read:
    delivery: Delivery
    passing: Passing


class Feeder:
    """Hands over what `offer` is given, in order. wake: called when something waits for a webhook."""

    def __init__(
        self,
        broker: Broker,
        registry: Registry,
        queues: QueueKeeper,
        database: Database,
        cipher: FieldCipher,
        clock: Clock,
        *,
        wake: asyncio.Event,
    ) -> None:
        self._broker = broker
        self._registry = registry
        self._queues = queues
        self._database = database
        self._network = storage.Network(database)
        self._integrators = storage.Integrators(database, cipher)
        self._webhooks = storage.WebhookDeliveries(database)
        self._clock = clock
        self._wake = wake
        self._waiting: asyncio.Queue[Delivery] = asyncio.Queue()

    async def offer(self, delivery: Delivery) -> None:
        """Take a delivery in hand; it is acked once everybody has it who may."""
        self._waiting.put_nowait(delivery)

    async def run(self) -> None:
        """Hand over for ever."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH_EVENTS and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._hand_over(batch)

    async def _hand_over(self, batch: Sequence[Delivery]) -> None:
        """Through the gate with all of them; what changes the gate does so at its place in the order."""
        ready: list[_Read] = []
        for delivery in batch:
            try:
                read = _Read(delivery, _passing(delivery))
            except EventUnreadable as error:
                await self._bury(delivery, error)
                continue
            if read.passing.family in (_NETWORK, _REGISTRY):
                await self._until_done(ready)
                ready = []
                await self._learn(read.passing)
            ready.append(read)
        await self._until_done(ready)

    async def _learn(self, passing: Passing) -> None:
        while True:
            try:
                if passing.family == _NETWORK:
                    await asyncio.to_thread(self._hear, passing)
                await self._registry.read()
                await self._queues.keep(self._registry.known)
                return
            except (SQLAlchemyError, DatabaseBusy, BusError, BrokerRefused, OSError) as error:
                log.warning("outlet.not_learned", type=passing.type, error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    def _hear(self, passing: Passing) -> None:
        event = read_event(passing.body)
        # The service hears of it too, by a queue of its own, maybe later; either may be first.
        if isinstance(event.data, StationAdded | StationAmended):
            with self._database.transaction() as tx:
                self._network.hear_of_station(tx, event.data.station)

    async def _until_done(self, batch: Sequence[_Read]) -> None:
        """Hand over a batch, as often as it takes; acked once it is done."""
        if not batch:
            return
        handed = self._through_the_gate(batch)
        while True:
            try:
                await asyncio.to_thread(self._note, handed)
                await self._publish(handed)
                break
            except (SQLAlchemyError, DatabaseBusy, BusError, BrokerRefused, OSError) as error:
                log.warning("outlet.not_handed_over", events=len(handed), error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
        for read in batch:
            read.delivery.ack()
        self._count(batch, handed)

    def _through_the_gate(self, batch: Sequence[_Read]) -> list[tuple[Passing, Handed]]:
        now, known = self._clock.now(), self._registry.known
        return [
            (read.passing, handed)
            for read in batch
            for handed in known.gate.hand_over(read.passing, known.paths, now=now)
        ]

    def _note(self, handed: Sequence[tuple[Passing, Handed]]) -> None:
        """Write down what waits for webhooks, what is disclosed and how much went out, in one transaction."""
        if not handed:
            return
        now = self._clock.now()
        waiting = [
            storage.NewDelivery(
                new_identifier(now),
                one.integrator.id,
                passing.said["id"],
                passing.type,
                passing.said["subject"],
                one.body.decode(),
            )
            for passing, one in handed
            if one.integrator.id in self._registry.known.receivers
        ]
        counts: dict[str, int] = {}
        for _, one in handed:
            counts[one.integrator.id] = counts.get(one.integrator.id, 0) + 1
        today = now.astimezone(COUNTY_ZONE).date()
        with self._database.transaction() as tx:
            self._webhooks.add(tx, waiting, now=now)
            storage.Disclosures().add(tx, disclosures_of(handed, now=now))
            for id, count in counts.items():
                self._integrators.count(tx, id, today, out=count)

    async def _publish(self, handed: Sequence[tuple[Passing, Handed]]) -> None:
        """Into the live queues. Raises BusError: then all of it goes out again, in the same order."""
        messages = [
            Outgoing(
                OUT_EXCHANGE,
                ExternalQueues(one.integrator.name).live,
                one.body,
                content_type=CONTENT_TYPE,
                message_id=passing.said["id"],
            )
            for passing, one in handed
        ]
        outcomes = await self._broker.send_all(messages, timeout_seconds=CONFIRM_SECONDS)
        for (_, one), error in zip(handed, outcomes, strict=True):
            if isinstance(error, Unroutable):
                # Somebody removed the queue; its events are not lost with it.
                await self._queues.make(one.integrator.name)
        for error in outcomes:
            if error is not None:
                raise error

    def _count(self, batch: Sequence[_Read], handed: Sequence[tuple[Passing, Handed]]) -> None:
        now = self._clock.now()
        for read in batch:
            age = now - datetime.fromisoformat(str(read.passing.said["time"]))
            metrics.LAG_SECONDS.observe(max(0.0, age.total_seconds()))
        receivers = self._registry.known.receivers
        for _, one in handed:
            metrics.EVENTS.labels(one.integrator.name, "queue").inc()
            if one.integrator.id in receivers:
                metrics.EVENTS.labels(one.integrator.name, "webhook").inc()
                self._wake.set()

    async def _bury(self, delivery: Delivery, error: EventUnreadable) -> None:
        move = route_failure(
            error,
            delivery.headers,
            queue=OUTLET_FEED.queue,
            routing_key=delivery.routing_key,
            now=self._clock.now(),
        )
        DEAD_LETTERS.labels(OUTLET_FEED.queue, move.code).inc()
        try:
            await self._broker.publish(
                move.exchange,
                move.key,
                delivery.body,
                headers=move.headers,
                content_type=delivery.content_type or "application/octet-stream",
                message_id=delivery.message_id,
            )
        except BusError:
            # The queue dead-letters it itself, without our reasons.
            delivery.nack(requeue=False)
        else:
            delivery.ack()


def disclosures_of(handed: Sequence[tuple[Passing, Handed]], *, now: datetime) -> list[dict[str, Any]]:
    """Rows for the record of what went out with personal data in it."""
    return [
        {
            "id": new_identifier(now),
            "integrator_id": one.integrator.id,
            "event_id": passing.said["id"],
            "event_type": passing.type,
            "fields": list(one.disclosed),
            "legal_basis": one.legal_basis,
            "at": now,
        }
        for passing, one in handed
        if one.disclosed
    ]


def _passing(delivery: Delivery) -> Passing:
    """Raises EventUnreadable. Only what the gate asks is looked at: it sees every event of the county."""
    try:
        said = json.loads(delivery.body)
        datetime.fromisoformat(said["time"])
        if not all(isinstance(said[name], str) for name in ("id", "type", "subject", "station")):
            raise TypeError("an attribute is no text")
        if not isinstance(said["data"], dict):
            raise TypeError("the data are no object")
    except (ValueError, TypeError, KeyError) as error:
        raise EventUnreadable(f"{type(error).__name__}: {error}") from error
    return Passing(delivery.body, said)
