"""`yizhan migrate`: databases to their newest schema, exchanges and queues onto the broker."""

from __future__ import annotations

import asyncio

import typer

from yizhan.bus import topology
from yizhan.contracts.subscriptions import SUBSCRIPTIONS
from yizhan.logs import set_up_logs
from yizhan.migrations import migrate as migrate_database
from yizhan.settings import DATABASE_OWNERS, Settings


def migrate() -> None:
    """建库、建表，并在消息服务器上声明交换机和队列。可重复执行。"""
    settings = Settings.from_environment()
    set_up_logs("migrate", log_format=settings.log_format, log_level="warning")
    migrate_databases(settings)
    asyncio.run(declare_topology(settings))
    typer.echo("数据库与消息队列已是最新")


def migrate_databases(settings: Settings) -> None:
    """Every service's database, one after the other."""
    for service in DATABASE_OWNERS:
        migrate_database(service, settings.database_url(service))


async def declare_topology(settings: Settings) -> None:
    """Every exchange, queue and binding. Raises what the bus raises when one is there and differs."""
    await topology.declare(settings.broker_url, SUBSCRIPTIONS)
