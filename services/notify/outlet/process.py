"""`yizhan outlet`: other systems' queues, webhooks, replays and inbox.

Any number may run. The feed and the inbox have one consumer at a time; webhooks and replays are worked for by
whoever has the lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.outlet import feeding, inbox
from services.notify.outlet.calling import Resolve, look_up
from services.notify.outlet.queues import Gauges, QueueKeeper, UserKeeper
from services.notify.outlet.registry import Registry
from services.notify.outlet.replaying import Replayer
from services.notify.outlet.webhooks import WebhookSender
from yizhan.bus import topology
from yizhan.bus.broker_users import BrokerUsersPort, find_port
from yizhan.bus.connection import Broker
from yizhan.bus.rpc import RpcClient
from yizhan.clock import Clock, SystemClock
from yizhan.contracts.subscriptions import OUTLET_FEED
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher
from yizhan.health import HealthServer
from yizhan.logs import set_up_logs
from yizhan.settings import Settings
from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
TAKE_AGAIN_SECONDS = 1.0


class OutletProcess:
    """Everything of one process. port: who can tell the broker of users; None, nobody from here."""

    def __init__(
        self,
        settings: Settings,
        *,
        port: BrokerUsersPort | None,
        clock: Clock | None = None,
        resolve: Resolve = look_up,
    ) -> None:
        clock = clock or SystemClock()
        self._clock = clock
        self._database = Database(settings.database_url("notify"))
        cipher = FieldCipher.from_settings(settings)
        self._broker = Broker(settings.broker_url, settings.process_name)
        # Replays of a long history get a connection of their own: the live queues do not wait for them.
        self._replay_broker = Broker(settings.broker_url, f"{settings.process_name} replays")
        wake = asyncio.Event()
        self.registry = Registry(self._database, cipher)
        self._keeper = QueueKeeper(self._broker, self.registry)
        self._users = UserKeeper(self._database, cipher, port)
        self._gauges = Gauges(self._broker, self.registry, self._database, cipher, clock)
        self._feeder = feeding.Feeder(
            self._broker, self.registry, self._keeper, self._database, cipher, clock, wake=wake
        )
        self._inbox = inbox.InboxReader(
            self._broker,
            RpcClient(self._broker),
            self.registry,
            self._database,
            cipher,
            clock,
            per_minute=settings.integrator_requests_per_minute,
        )
        self.sender = WebhookSender(
            self.registry,
            self._database,
            cipher,
            clock,
            wake=wake,
            internal_allowed=settings.webhook_internal_addresses,
            resolve=resolve,
        )
        self._replayer = Replayer(self._replay_broker, self.registry, self._database, clock)
        self._lease = storage.Lease(self._database)
        self._holder = str(uuid4())
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._health = HealthServer(
            settings.health_port,
            {"broker": self._broker_fault, "registry": self.registry.fault},
            host=settings.host,
        )

    def _broker_fault(self) -> str | None:
        return None if self._broker.connected.is_set() else "not connected to the broker"

    async def start(self) -> None:
        """Begin. Raises OSError when a port is taken."""
        self._health.start()
        await self._broker.start()
        await self._replay_broker.start()
        self._begin(
            ("registry", self.registry.run()),
            ("queues", self._keeper.run()),
            ("users", self._users.run(self.registry)),
            ("gauges", self._gauges.run()),
            ("feed", self._feeder.run()),
            ("consume", self._consume()),
            ("lead", self._lead()),
        )

    def _begin(self, *works: tuple[str, Coroutine[Any, Any, None]]) -> None:
        self._tasks += [asyncio.create_task(work, name=name) for name, work in works]

    async def _consume(self) -> None:
        """Check the queues, then take from them for ever, once the registry has been read."""
        await self.registry.ready.wait()
        await topology.until_there(self._broker, (OUTLET_FEED,))
        self._broker.consume(OUTLET_FEED.queue, self._feeder.offer, feeding.PREFETCH)
        self._broker.consume(topology.INBOX_QUEUE, self._inbox.take, inbox.PREFETCH)
        log.info("outlet.consuming")
        await asyncio.Event().wait()

    async def _lead(self) -> None:
        """Work for webhooks and replays while the lease is ours."""
        working: list[asyncio.Task[None]] = []
        try:
            while True:
                mine = await self._take_lease()
                if mine and not working:
                    log.info("outlet.leads")
                    working = [
                        asyncio.create_task(self.sender.run(), name="webhooks"),
                        asyncio.create_task(self._replayer.run(), name="replays"),
                    ]
                elif not mine and working:
                    await end_tasks(working)
                    working = []
                for task in working:
                    if task.done():
                        task.result()
                await asyncio.sleep(RENEW_SECONDS if mine else TAKE_AGAIN_SECONDS)
        finally:
            await end_tasks(working)

    async def _take_lease(self) -> bool:
        def take() -> bool:
            with self._database.transaction() as tx:
                return self._lease.take(tx, self._holder, now=self._clock.now(), seconds=LEASE_SECONDS)

        try:
            return await asyncio.to_thread(take)
        except (SQLAlchemyError, DatabaseBusy, OSError) as error:
            log.warning("outlet.no_lease", error=str(error))
            return False

    def stop(self) -> None:
        """Ask the process to leave; returns at once."""
        self._stop.set()

    async def serve(self) -> None:
        """Work until stopped, then leave in order. Raises what a part of it died of."""
        stopping = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait([stopping, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stopping.cancel()
            await self.leave()

    async def leave(self) -> None:
        """What is in hand goes back to its queue; another process takes it up."""
        self._inbox.stop()
        await end_tasks(self._tasks)
        self._tasks = []
        await self._broker.close()
        await self._replay_broker.close()
        with contextlib.suppress(SQLAlchemyError, DatabaseBusy, OSError):
            await asyncio.to_thread(self._give_lease_back)
        self._health.stop()
        self._database.close()

    def _give_lease_back(self) -> None:
        with self._database.transaction() as tx:
            self._lease.give_back(tx, self._holder, now=self._clock.now())


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    port = await asyncio.to_thread(
        find_port,
        settings.broker_url,
        management_url=settings.broker_management_url,
        private_broker=settings.data_dir / "rabbitmq",
    )
    outlet = OutletProcess(settings, port=port)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, outlet.stop)
    await outlet.start()
    await outlet.serve()
