"""`yizhan gateway`: the process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from gateway.app import create_app
from gateway.intake import BoundedProtocol
from gateway.live import LiveNews
from yizhan.bus.connection import Broker
from yizhan.bus.rpc import RpcClient
from yizhan.logs import set_up_logs
from yizhan.open_files import allow_many_files
from yizhan.settings import Settings

#: Requests in hand at SIGTERM get so long; no RPC takes longer.
DRAIN_SECONDS = 10
KEEP_ALIVE_SECONDS = 15
REDIS_SECONDS = 1.0


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. One process, one event loop: more of them stand behind a balancer.

    Raises SettingMissing or SessionKeyTooShort before it serves, SystemExit when the port is taken.
    """
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    allow_many_files()
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    broker = Broker(settings.broker_url, settings.process_name)
    rpc = RpcClient(broker)
    redis = redis_client(settings.redis_url)
    live = LiveNews()
    live.attach(broker)
    app = create_app(settings, rpc, redis, link=broker, news=live)
    server = _Server(
        live,
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.gateway_port,
            http=BoundedProtocol,
            ws="none",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        ),
    )
    await broker.start()
    try:
        await server.serve()
    finally:
        await broker.close()
        await redis.aclose()


class _Server(uvicorn.Server):
    """uvicorn, save that a signal ends streams that would go on, and ends the server and no more: uvicorn
    itself raises the signal again once it has drained, which kills the process before the broker and Redis
    are closed, with an exit code as of a crash.
    """

    def __init__(self, live: LiveNews, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._live = live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._live.close()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        ending = (signal.SIGTERM, signal.SIGINT)
        for number in ending:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in ending:
                loop.remove_signal_handler(number)


def redis_client(url: str) -> Redis:
    """A client that gives up within a second: the gateway would rather answer 503 than wait.

    The one retry is for a pooled connection that Redis closed meanwhile, as at its restart.
    """
    client: Redis = Redis.from_url(
        url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    return client
