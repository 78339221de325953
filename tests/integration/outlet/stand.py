"""The outlet on a real broker, with its registry beside it; events are published as the relay does it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from services.notify.outlet.process import OutletProcess
from tests.integration.notify.registry import FIELD_KEYS, Registry
from tests.support.eventually import eventually_async
from yizhan.bus import topology
from yizhan.bus.broker_users import BrokerUsersPort
from yizhan.bus.connection import Broker, Disconnected
from yizhan.bus.outbox_reader import OutboxReader
from yizhan.bus.topology import EVENTS_EXCHANGE, ExternalQueues
from yizhan.clock import FrozenClock
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.examples import posting
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import PostingPublished
from yizhan.database import Database
from yizhan.settings import Settings

#: Of quorum queues and a stream, on a machine that has other work too.
_CONFIRM_SECONDS = 60.0
CLERK = "00000000-0000-7000-8000-000000000002"


def published(station: str, at: datetime, *, sequence: int = 4, id: str | None = None) -> Event[Any]:
    """A posting of a station goes on the screens. id: of the posting; None for another one each time."""
    told = posting.model_copy(
        update={"id": id or new_identifier(at), "station": station, "sequence": sequence}
    )
    facts = PostingPublished(posting=told, by=CLERK)
    return Event[Facts].of(
        facts,
        id=new_identifier(at),
        subject=told.id,
        sequence=sequence,
        station=station,
        time=at,
        correlation="outlet-test",
    )


class Stand:
    """Registry, outlet and a connection of the test's own."""

    def __init__(
        self,
        broker_url: str,
        database: Database,
        clock: FrozenClock,
        *,
        port: BrokerUsersPort | None = None,
        resolve: Any = None,
        **settings: Any,
    ) -> None:
        self.clock = clock
        self.settings = Settings.model_validate(
            {
                "broker_url": broker_url,
                "field_keys": FIELD_KEYS,
                "database_urls": {"notify": database.url},
                "webhook_internal_addresses": True,
                **settings,
            }
        )
        self.registry = Registry(database, clock, self.settings)
        self.database = database
        self.broker = Broker(broker_url, "outlet test")
        chosen = {} if resolve is None else {"resolve": resolve}
        self.outlet = OutletProcess(self.settings, port=port, clock=clock, **chosen)
        self._reader = OutboxReader(database.url)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Stand]:
        """With queues that are empty at the start."""
        await self.broker.start()
        await self.broker.connected.wait()
        for plan in topology.queue_plans():
            await self.broker.delete_queue(plan.name)
        faults = await topology.declare_with(
            self.broker, topology.SUBSCRIPTIONS, ladder_seconds=topology.RETRY_LADDER_SECONDS
        )
        assert faults == []
        await self.outlet.start()
        try:
            await asyncio.wait_for(self.outlet.registry.ready.wait(), 60)
            yield self
        finally:
            await self.outlet.leave()
            await self._leave_no_queue()
            await self.broker.close()
            await self._reader.close()

    async def _leave_no_queue(self) -> None:
        """A client killed before its acks arrived leaves messages, which the next test would read."""
        for integrator in self.outlet.registry.known.integrators.values():
            for plan in ExternalQueues(integrator.name).plans():
                await self.broker.delete_queue(plan.name)

    async def relay(self) -> None:
        """Publish what the registry has told, and wait until the outlet has read it."""
        for row in await self._reader.unsent(0, 1000):
            await self.broker.publish(
                EVENTS_EXCHANGE,
                row.routing_key,
                row.body,
                message_id=row.event_id,
                timeout_seconds=_CONFIRM_SECONDS,
            )
            await self._reader.mark_sent([row.id], self.clock.now())
        await self.outlet.registry.read()

    async def publish(self, *events: Event[Any]) -> None:
        """As the relay does it: until it is confirmed."""
        for event in events:
            body = event.model_dump_json().encode()
            while True:
                try:
                    await self.broker.publish(
                        EVENTS_EXCHANGE,
                        event.routing_key,
                        body,
                        message_id=event.id,
                        timeout_seconds=_CONFIRM_SECONDS,
                    )
                except Disconnected:
                    await asyncio.wait_for(self.broker.connected.wait(), 30)
                else:
                    break

    async def queued(self, queue: str) -> int:
        return (await self.broker.declare_queue(queue, passive=True)).messages

    async def served(self, *names: str) -> None:
        """Wait until the queues of integrators are there."""
        await self.relay()
        for name in names:

            async def is_there(name: str = name) -> bool:
                try:
                    await self.queued(ExternalQueues(name).replay)
                except Exception:
                    return False
                return True

            await eventually_async(is_there, within_seconds=20)


@contextlib.contextmanager
def channel_of(broker_url: str, user: str, password: str) -> Any:
    """A channel with confirms, on a connection of an integrator's user."""
    parameters = pika.URLParameters(broker_url)
    parameters.credentials = pika.PlainCredentials(user, password)
    connection = pika.BlockingConnection(parameters)
    try:
        channel: BlockingChannel = connection.channel()
        channel.confirm_delivery()
        yield channel
    finally:
        # Whose rights are taken away is closed by the broker, perhaps just now.
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection.close()
