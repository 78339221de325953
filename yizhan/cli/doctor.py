"""`yizhan doctor`: looks at every server, queue, migration and process, and says what to do for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import MetaData, func, select
from sqlalchemy.exc import SQLAlchemyError

from yizhan.bus import topology
from yizhan.bus.connection import Broker
from yizhan.bus.outbox import outbox_table
from yizhan.cli import health
from yizhan.cli.finding import Finding
from yizhan.cli.probes import address, broker_fault, redis_fault
from yizhan.cli.vital_signs import examine_metrics
from yizhan.contracts.subscriptions import SUBSCRIPTIONS, Subscription
from yizhan.database import Database
from yizhan.logs import set_up_logs
from yizhan.migrations import pending
from yizhan.settings import DATABASE_OWNERS, Settings

#: An event that waits longer than this in an outbox is not on its way.
_OUTBOX_SECONDS = 30
_BROKER_SECONDS = 10.0
#: More than this in a handler's queue is more than a burst.
_QUEUE_MESSAGES = 1000


def doctor() -> None:
    """检查服务器、交换机与队列、数据库版本、进程、发件箱和死信，逐项给出处理办法；有问题时退出码为 1。"""
    set_up_logs("doctor", log_level="error")
    findings = list(examine(Settings.from_environment()))
    Console(highlight=False).print(_table(findings))
    if any(finding.fault for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything, servers first; what hangs on a server that is away is left out."""
    broker = _server("RabbitMQ", settings.broker_url, broker_fault, "YIZHAN_BROKER_URL")
    yield broker
    yield _server("Redis", settings.redis_url, redis_fault, "YIZHAN_REDIS_URL")
    if broker.fault is None:
        yield from asyncio.run(_examine_bus(settings.broker_url))
    for service in DATABASE_OWNERS:
        yield from _examine_database(service, settings.database_url(service))
    addresses = {**settings.peers, "gateway": f"http://127.0.0.1:{settings.gateway_port}"}
    yield from _examine_processes(settings, addresses)
    yield from examine_metrics(addresses)


def _server(name: str, url: str, fault_of: Callable[[str], str | None], variable: str) -> Finding:
    fault = fault_of(url)
    return Finding(
        f"{name} {address(url)}", fault, f"启动 {name}，或用 {variable} 指向可用的服务器；./run up 会自己寻找"
    )


async def _examine_bus(broker_url: str) -> list[Finding]:
    broker = Broker(broker_url, "doctor")
    await broker.start()
    try:
        async with asyncio.timeout(_BROKER_SECONDS):
            faults = await topology.check(broker, SUBSCRIPTIONS)
            if faults:
                remedy = "运行 ./run migrate；若提示属性不同，先清空并删除该队列再运行"
                return [Finding("交换机与队列", fault, remedy) for fault in faults]
            queues = [await _handler_queue(broker, subscription) for subscription in SUBSCRIPTIONS]
            return [Finding("交换机与队列"), *queues, await _dead_letters(broker)]
    except TimeoutError:
        return [
            Finding("交换机与队列", f"{_BROKER_SECONDS:.0f} 秒内没有答复", "查看 RabbitMQ 的日志和磁盘空间")
        ]
    finally:
        await broker.close()


async def _handler_queue(broker: Broker, subscription: Subscription) -> Finding:
    what = f"队列 {subscription.queue}"
    state = await broker.declare_queue(subscription.queue, passive=True)
    if not state.consumers:
        return Finding(what, "没有进程在消费", f"启动 {subscription.service}，查看它的日志")
    fault = f"积压 {state.messages} 条消息" if state.messages > _QUEUE_MESSAGES else None
    return Finding(what, fault, f"看 {subscription.service} 的日志是否在重试；忙不过来时多开一个进程")


async def _dead_letters(broker: Broker) -> Finding:
    state = await broker.declare_queue(topology.DEAD_QUEUE, passive=True)
    fault = f"{state.messages} 条无法处理的消息" if state.messages else None
    return Finding("死信", fault, "./run dead list 查看原因，修复后 ./run dead retry 重投")


def _examine_database(service: str, url: str) -> Iterator[Finding]:
    what = f"数据库 {service}"
    try:
        lacking = pending(service, url)
        yield Finding(what, f"缺少迁移 {'、'.join(lacking)}" if lacking else None, "./run migrate")
        if not lacking:
            yield _examine_outbox(service, url)
    except (SQLAlchemyError, OSError) as error:
        yield Finding(
            what, str(error).splitlines()[0], f"检查 YIZHAN_DATABASE_URL_{service.upper()} 和数据目录"
        )


def _examine_outbox(service: str, url: str) -> Finding:
    outbox = outbox_table(MetaData())
    database = Database(url)
    try:
        with database.reading() as connection:
            oldest, count = connection.execute(
                select(func.min(outbox.c.recorded_at), func.count()).where(outbox.c.sent_at.is_(None))
            ).one()
    finally:
        database.close()
    waited = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    fault = f"{count} 个事件未发出，最早的已等 {waited:.0f} 秒" if waited > _OUTBOX_SECONDS else None
    return Finding(f"发件箱 {service}", fault, "relay 进程没有把事件发出去，查看它的日志 relay.log")


def _examine_processes(settings: Settings, addresses: Mapping[str, str]) -> Iterator[Finding]:
    for name, url in addresses.items():
        said = health.ask(url)
        fault = "；".join(f"{check}：{why}" for check, why in said.faults.items()) or "不健康"
        yield Finding(
            f"进程 {name}",
            None if said.well else fault,
            f"查看日志 {settings.data_dir}/logs/{name}.log；没有运行时用 ./run up 启动",
        )


def _table(findings: list[Finding]) -> Table:
    table = Table("项目", "状态", "怎么办", box=None, pad_edge=False)
    for finding in findings:
        if finding.fault is None:
            table.add_row(finding.what, "[green]正常[/green]", "")
        else:
            table.add_row(finding.what, f"[red]{finding.fault}[/red]", finding.remedy)
    return table
