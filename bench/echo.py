"""Asking the bare nameko echo: nameko's RPC protocol over one pika connection, with nothing around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from bench.children import Child, ProgramFailed, python
from bench.ground import Ground
from yizhan.bus.connection import Broker, Delivery, Outgoing, Unroutable
from yizhan.bus.topology import RPC_EXCHANGE

_START_SECONDS = 20.0


class EchoClient:
    """Calls `echo.echo`. Make it before its broker is started."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._reply_to = str(uuid4())
        self._waiting: dict[str, asyncio.Future[None]] = {}
        broker.listen("bench.echo-", RPC_EXCHANGE, (self._reply_to,), self._on_reply)

    async def call(self, body: Any) -> None:
        """Ask, and wait for the answer."""
        correlation_id = str(uuid4())
        reply = self._waiting[correlation_id] = asyncio.get_running_loop().create_future()
        message = Outgoing(
            RPC_EXCHANGE,
            "echo.echo",
            json.dumps({"args": [], "kwargs": {"call": body}}).encode(),
            reply_to=self._reply_to,
            correlation_id=correlation_id,
            persistent=False,
        )
        try:
            await self._broker.send(message, timeout_seconds=5)
            await asyncio.wait_for(reply, 5)
        finally:
            del self._waiting[correlation_id]

    def _on_reply(self, delivery: Delivery) -> None:
        reply = self._waiting.get(delivery.correlation_id or "")
        if reply is not None and not reply.done():
            reply.set_result(None)


@asynccontextmanager
async def echo(place: Ground) -> AsyncIterator[tuple[EchoClient, Broker, Child]]:
    """A running echo service and a client of it."""
    with Child(
        python("-W", "ignore", "-m", "bench.peers.echo_service", place.broker_url),
        log=place.folder / "echo.log",
    ) as service:
        broker = Broker(place.broker_url, "bench")
        client = EchoClient(broker)
        await broker.start()
        await broker.connected.wait()
        try:
            await _first_answer(client, service)
            yield client, broker, service
        finally:
            await broker.close()


async def _first_answer(client: EchoClient, service: Child) -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            await client.call({})
            return
        except (Unroutable, TimeoutError):
            await asyncio.sleep(0.1)
    raise ProgramFailed(str(service.failure("answers nothing")))
