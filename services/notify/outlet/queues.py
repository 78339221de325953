"""Integrators' queues and broker users, kept as the registry has them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.outlet import metrics
from services.notify.outlet.registry import Registry, Snapshot
from yizhan.bus.broker_users import BrokerUsersPort, BrokerUsersUnreachable
from yizhan.bus.connection import Broker, BrokerRefused, BusError
from yizhan.bus.topology import ExternalQueues
from yizhan.clock import Clock
from yizhan.contracts.integrators import IntegratorStatus
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher

log = structlog.get_logger(__name__)

MEASURE_EVERY_SECONDS = 15.0
#: After a broker that could not be told; a refusal by hand is rare, and so is its mending.
TELL_AGAIN_SECONDS = 30.0


class QueueKeeper:
    """Makes the queues of whoever is served and removes those of whoever is not, which ends their consumers
    at once, also where nobody can take their rights away."""

    def __init__(self, broker: Broker, registry: Registry) -> None:
        self._broker = broker
        self._registry = registry
        self._made: set[str] = set()
        self._removed: set[str] = set()
        self._connection = 0

    async def keep(self, known: Snapshot) -> None:
        """Put the queues right. Raises BusError, BrokerRefused."""
        if self._connection != self._broker.connections:
            self._connection = self._broker.connections
            self._made.clear()
        served = {one.name for one in known.integrators.values() if one.status is IntegratorStatus.ACTIVE}
        closed = {one.name for one in known.integrators.values()} - served
        for name in served - self._made:
            await self.make(name)
        for name in (closed | set(known.revoked)) - self._removed:
            for plan in ExternalQueues(name).plans():
                await self._broker.delete_queue(plan.name)
            self._made.discard(name)
            self._removed.add(name)

    async def make(self, name: str) -> None:
        """Declare and bind one integrator's queues. Raises BusError, BrokerRefused."""
        for plan in ExternalQueues(name).plans():
            await self._broker.declare_queue(plan.name, plan.arguments)
            for source, key in plan.bindings:
                await self._broker.bind_queue(plan.name, source, key)
        self._made.add(name)
        self._removed.discard(name)

    async def run(self) -> None:
        """Follow the registry, for ever."""
        while True:
            await self._registry.news.wait()
            self._registry.news.clear()
            try:
                await self.keep(self._registry.known)
            except (BusError, BrokerRefused) as error:
                log.warning("outlet.queues_not_kept", error=str(error))


class Gauges:
    """Sees how much waits for each integrator, for metrics and for the console."""

    def __init__(
        self, broker: Broker, registry: Registry, database: Database, cipher: FieldCipher, clock: Clock
    ) -> None:
        self._broker = broker
        self._registry = registry
        self._database = database
        self._integrators = storage.Integrators(database, cipher)
        self._webhooks = storage.WebhookDeliveries(database)
        self._clock = clock
        self._shown: dict[Gauge, frozenset[str]] = {}

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            await asyncio.sleep(MEASURE_EVERY_SECONDS)
            try:
                await self.measure()
            except (BusError, SQLAlchemyError, DatabaseBusy, OSError) as error:
                log.warning("outlet.not_measured", error=str(error))

    async def measure(self) -> None:
        """Look once."""
        seen: dict[str, tuple[int, int]] = {}
        queued: dict[str, float] = {}
        for one in self._registry.known.integrators.values():
            if one.status is not IntegratorStatus.ACTIVE:
                continue
            try:
                state = await self._broker.declare_queue(ExternalQueues(one.name).live, passive=True)
            except BrokerRefused:
                continue
            seen[one.id] = (state.messages, state.consumers)
            queued[one.name] = state.messages
        waiting = await asyncio.to_thread(self._keep, seen)
        now = self._clock.now()
        nothing: tuple[int, datetime | None] = (0, None)
        known = {
            one.name: waiting.get(one.name, nothing) for one in self._registry.known.integrators.values()
        }
        self._show(metrics.QUEUE_MESSAGES, queued)
        self._show(metrics.WEBHOOKS_WAITING, {name: count for name, (count, _) in known.items()})
        self._show(
            metrics.WEBHOOK_OLDEST_SECONDS,
            {
                name: 0.0 if oldest is None else (now - oldest).total_seconds()
                for name, (_, oldest) in known.items()
            },
        )

    def _show(self, gauge: Gauge, figures: Mapping[str, float]) -> None:
        """Serve each integrator's figure, and none of one that is gone: its last would alert for ever."""
        for name in self._shown.get(gauge, frozenset()) - figures.keys():
            gauge.remove(name)
        for name, figure in figures.items():
            gauge.labels(name).set(figure)
        self._shown[gauge] = frozenset(figures)

    def _keep(self, seen: dict[str, tuple[int, int]]) -> dict[str, tuple[int, datetime | None]]:
        now = self._clock.now()
        with self._database.transaction() as tx:
            for id, (queued, consumers) in seen.items():
                self._integrators.measured(tx, id, queued=queued, consumers=consumers, at=now)
            return dict(self._webhooks.waiting(tx))


class UserKeeper:
    """Tells the broker of integrators' users wherever it knows them otherwise. port: None, nobody can."""

    def __init__(self, database: Database, cipher: FieldCipher, port: BrokerUsersPort | None) -> None:
        self._database = database
        self._integrators = storage.Integrators(database, cipher)
        self._port = port

    async def run(self, registry: Registry) -> None:
        """Follow the registry, for ever. Without a port people are told what to run, and this waits."""
        if self._port is None:
            log.warning("outlet.broker_users_by_hand")
            await asyncio.Event().wait()
        known = None
        while True:
            try:
                if registry.known is not known:
                    known = registry.known
                    await asyncio.to_thread(self.tell)
                await asyncio.sleep(0.2)
            except BrokerUsersUnreachable as error:
                log.warning("outlet.broker_not_told", error=str(error))
                await asyncio.sleep(TELL_AGAIN_SECONDS)
            except (SQLAlchemyError, DatabaseBusy, OSError) as error:
                log.warning("outlet.broker_not_told", error=str(error))
                known = None
                await asyncio.sleep(1.0)

    def tell(self) -> None:
        """Tell the broker what it does not know. Raises BrokerUsersUnreachable."""
        assert self._port is not None
        with self._database.reading() as connection:
            pending = self._integrators.broker_users(connection, pending=True)
        if not pending:
            return
        self._port.apply(pending)
        with self._database.transaction() as tx:
            self._integrators.mark_applied(tx, [(user.integrator_id, user.state) for user in pending])
        log.info("outlet.broker_told", users=[user.user for user in pending])
