"""`yizhan courier`: the process that takes messages out of the house."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping

import structlog
from sqlalchemy.exc import DBAPIError

from services.notify import data
from services.notify.courier import outlets
from services.notify.courier.addresses import Addresses
from services.notify.courier.port import Channel, Unconfigured
from services.notify.courier.rounds import Courier
from services.notify.courier.sms import sms
from services.notify.courier.words import Words
from services.notify.outlets import Outlets
from services.notify.storage import People
from yizhan.bus.connection import Broker
from yizhan.bus.rpc import RpcClient
from yizhan.clock import Clock, SystemClock
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher
from yizhan.health import HealthServer
from yizhan.logs import set_up_logs
from yizhan.settings import Settings

log = structlog.get_logger(__name__)

#: After a round that moved nothing. What is queued waits no longer than this; asking is one look at an index.
IDLE_SECONDS = 0.5
#: After a round that failed, as when the database is away.
_AFTER_FAILURE_SECONDS = 2.0


class CourierProcess:
    """One courier, put together. Start it, then `serve` until `stop`."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self._stop = asyncio.Event()
        self._broker = Broker(settings.broker_url, settings.process_name)
        self._database = Database(settings.database_url("notify"))
        people = People(self._database, data.audiences())
        cipher = FieldCipher.from_settings(settings)
        addresses = Addresses(RpcClient(self._broker), Outlets.read(settings.notify_outlets), clock)
        words = Words(self._database, people, cipher, settings.public_url)
        self._courier = Courier(self._database, people, words, addresses, _channels(settings), clock)
        self._health_server = HealthServer(
            settings.health_port,
            {"database": self._database.ping, "broker": self._broker_fault},
            host=settings.host,
        )

    def _broker_fault(self) -> str | None:
        return None if self._broker.connected.is_set() else "not connected to the broker"

    def stop(self) -> None:
        """Ask the process to leave once its round is over; returns at once."""
        self._stop.set()

    async def serve(self) -> None:
        """Make rounds until stopped. What is in hand then is sent and written down first."""
        self._health_server.start()
        await self._broker.start()
        log.info("courier.started")
        try:
            while not self._stop.is_set():
                pause_seconds = await self._round()
                if pause_seconds:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._stop.wait(), pause_seconds)
        finally:
            await self._broker.close()
            self._database.close()
            self._health_server.stop()
        log.info("courier.stopped")

    async def _round(self) -> float:
        try:
            return 0.0 if await self._courier.round() else IDLE_SECONDS
        except (DBAPIError, DatabaseBusy) as error:
            log.error("courier.database_away", error=type(error).__name__)
            return _AFTER_FAILURE_SECONDS


def _channels(settings: Settings) -> Mapping[str, Channel]:
    """Every way out by its name in the templates; an inbox is no way out."""
    return {
        "sms": sms(settings),
        "wechat": Unconfigured(),
        "group_bot": outlets.group_bot(),
        "mail": outlets.mail(),
    }


def run(settings: Settings) -> None:
    """`yizhan courier`: work until SIGTERM or SIGINT."""
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    courier = CourierProcess(settings)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, courier.stop)
    await courier.serve()
