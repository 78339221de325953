"""A broker connection for one command: connected, or one clear sentence and exit code 1."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

import typer

from yizhan.bus.connection import Broker, BrokerRefused, BusError
from yizhan.bus.rpc import RpcClient
from yizhan.logs import set_up_logs
from yizhan.settings import Settings

T = TypeVar("T")

#: A busy machine takes seconds over the first connection.
_CONNECT_SECONDS = 10.0


def with_broker(work: Callable[[Broker], Awaitable[T]]) -> T:
    """Do something with a connected broker and close it. Ctrl-C ends it quietly with exit code 130.

    Standard output is the command's alone: others read it by program.
    """
    set_up_logs("command", log_level="error")
    try:
        return asyncio.run(_connected(work))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (BrokerRefused, BusError) as error:
        _fail(f"RabbitMQ 拒绝了操作：{error}")


async def _connected(work: Callable[[Broker], Awaitable[T]]) -> T:
    broker = Broker(Settings.from_environment().broker_url, "yizhan command line")
    await broker.start()
    try:
        try:
            await asyncio.wait_for(broker.connected.wait(), _CONNECT_SECONDS)
        except TimeoutError:
            _fail("连不上 RabbitMQ；请检查 YIZHAN_BROKER_URL，或运行 yizhan doctor")
        return await work(broker)
    finally:
        await broker.close()


async def with_rpc(broker_url: str, name: str, work: Callable[[RpcClient], Awaitable[T]]) -> T:
    """Do something with a client of the services and close its connection, which is called `name`.

    Whoever asks without a connection hears of it after RpcClient's second, which is meant for one that was
    lost and not for the first.
    """
    broker = Broker(broker_url, name)
    client = RpcClient(broker)
    await broker.start()
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(broker.connected.wait(), _CONNECT_SECONDS)
        return await work(client)
    finally:
        await broker.close()


def _fail(sentence: str) -> NoReturn:
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(1) from None
