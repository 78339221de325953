"""`yizhan board`: one process that folds when it is its turn, and serves screens always."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Coroutine
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.board import metrics, outage_watch
from services.board.answers import Answers
from services.board.channel import AskLoad, Channel, Tally
from services.board.connection import encode
from services.board.feed import Feed
from services.board.folding import PREFETCH, Folder
from services.board.outage_watch import OutageWatch
from services.board.pump import Pump
from services.board.rebuild import OwnersByRpc, Rebuilder
from services.board.screen_health import ScreenHealthTable
from services.board.server import BoardServer
from services.board.state import BoardState
from yizhan.bus import topology
from yizhan.bus.connection import Broker
from yizhan.bus.rpc import RpcClient
from yizhan.clock import Clock, SystemClock
from yizhan.contracts.subscriptions import BOARD_FOLD
from yizhan.health import HealthServer
from yizhan.logs import set_up_logs
from yizhan.open_files import allow_many_files
from yizhan.settings import Settings
from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

#: Screens are asked to leave over this long, so that they do not all come back at once.
LEAVE_SECONDS = 2.0

#: How long a starting process looks for the state before it lets screens in all the same.
READY_SECONDS = 5.0


#: Redis answers within milliseconds or is away.
_REDIS_TIMEOUT_SECONDS = 5.0


class BoardProcess:
    """One board process, put together. Start it, then `serve` until `stop`."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self._settings = settings
        clock = clock or SystemClock()
        self._stop = asyncio.Event()
        self._broker = Broker(settings.broker_url, settings.process_name)
        rpc = RpcClient(self._broker)
        self._redis = Redis.from_url(
            settings.redis_url,
            socket_timeout=_REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
            health_check_interval=5,
            # Whoever calls decides about trying again: a fold must not be sent twice blindly.
            retry=Retry(NoBackoff(), 0),
        )
        state = BoardState(self._redis, settings.redis_prefix)
        self.tally = Tally()
        pump = Pump(asyncio.get_running_loop().call_soon)

        def make_channel(station: str, ask_load: AskLoad) -> Channel:
            return Channel(
                station, pump=pump, encode=encode, now=clock.now, tally=self.tally, ask_load=ask_load
            )

        self.rebuilder = Rebuilder(state, OwnersByRpc(rpc, clock), clock, untold=lambda: self.folder.untold())
        self._answers = Answers(self._broker, clock)
        self.folder = Folder(
            state, self._broker, clock, answers=self._answers, state_wanted=self.rebuilder.want
        )
        self._outage_watch = OutageWatch(state, self._broker, clock, outage_watch.rules())
        self.feed = Feed(state, make_channel=make_channel, on_void=self._on_void)
        self._screen_health = ScreenHealthTable(state, clock, lambda: list(self.server.screens()))
        self.server = BoardServer(
            self.feed, self._screen_health, pump=pump, allowed_origins=settings.allowed_origins
        )
        self._health_server = HealthServer(
            settings.health_port,
            {"broker": self._broker_fault, "redis": self.feed.redis_fault, "state": self._state_fault},
            host=settings.host,
        )
        self._tasks: list[asyncio.Task[None]] = []

    # --- checks ---------------------------------------------------------------------------------------

    def _broker_fault(self) -> str | None:
        return None if self._broker.connected.is_set() else "not connected to the broker"

    def _state_fault(self) -> str | None:
        if not self.feed.ready:
            return "stations and devices are not read yet"
        return self.rebuilder.missing

    # --- life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin. Raises OSError when a port is taken, TopologyDiffers when the queue is not as it must be."""
        self._health_server.start()
        await self._broker.start()
        metrics.count_from(self.tally)
        self._begin(
            ("listen", self.feed.listen()), ("look", self.feed.look()), ("rebuild", self.rebuilder.run())
        )
        # A door that opens too early turns a whole storm of screens away, and each then waits before it tries
        # again.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._until_ready(), READY_SECONDS)
        await self.server.start(self._settings.host, self._settings.board_port)
        self._begin(
            ("sweep", self.server.run()),
            ("screen health", self._screen_health.run()),
            ("consume", self._consume()),
            ("fold", self.folder.run()),
            ("day", self.folder.watch_the_day()),
            ("answers", self._answers.run()),
            ("outages", self._outage_watch.run()),
        )
        log.info("board.started", port=self.server.port, process=self._settings.process_name)

    def _begin(self, *works: tuple[str, Coroutine[Any, Any, None]]) -> None:
        self._tasks += [asyncio.create_task(work, name=name) for name, work in works]

    async def _until_ready(self) -> None:
        while not self.feed.ready:  # noqa: ASYNC110 - asked for a moment, at the start alone
            await asyncio.sleep(0.02)

    async def _consume(self) -> None:
        """Check the queue, then take from it for ever. Screens are served even while the broker is away."""
        await topology.until_there(self._broker, (BOARD_FOLD,))
        self._broker.consume(BOARD_FOLD.queue, self.folder.offer, PREFETCH)
        await asyncio.Event().wait()

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
            await self._leave()

    async def _leave(self) -> None:
        log.info("board.leaving", screens=self.server.screens_online)
        self.folder.stop()
        folding = [task for task in self._tasks if task.get_name() == "fold"]
        await asyncio.wait(folding, timeout=_REDIS_TIMEOUT_SECONDS)
        # What is not folded goes back to the queue, where another process stands by.
        await self._broker.close()
        await self.server.leave(LEAVE_SECONDS)
        await self._screen_health.flush()
        await end_tasks(self._tasks)
        await self._redis.aclose()
        self._health_server.stop()

    def _on_void(self, device_id: str) -> None:
        self._screen_health.forget(device_id)
        self.server.void_device(device_id)


def run(settings: Settings) -> None:
    """`yizhan board`: serve until SIGTERM or SIGINT."""
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    allow_many_files()
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    board = BoardProcess(settings)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, board.stop)
    await board.start()
    # Modules and long-lived objects are no garbage: looking at them again with each collection costs pauses.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    await board.serve()
