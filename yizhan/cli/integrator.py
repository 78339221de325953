"""`yizhan integrator …`: other systems of the county, let in and put out by the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import typer
from pydantic import BaseModel, ValidationError

from yizhan.bus import broker_users
from yizhan.bus.rpc import RpcClient
from yizhan.cli.broker import with_rpc
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.integrators import (
    AddIntegrator,
    AmendIntegrator,
    BrokerUserQuery,
    BrokerUsersApplied,
    Credential,
    Grants,
    IntegratorByName,
    IntegratorCard,
    IntegratorQuery,
    IntegratorsRpc,
    IntegratorStatus,
    PersonalGrant,
    ReadGrant,
    ResumeIntegrator,
    RevokeIntegrator,
    RotateCredential,
    SetWebhook,
    SubmitGrant,
    SuspendIntegrator,
)
from yizhan.contracts.rpc import Method
from yizhan.logs import set_up_logs
from yizhan.settings import Settings

app = typer.Typer(help="与其他系统对接：增加、授权、轮换密钥、暂停、注销", no_args_is_help=True)

A = TypeVar("A", bound=BaseModel)
T = TypeVar("T")

_ANSWER_SECONDS = 15.0
_DIVISION_DIGITS = 6

Name = Annotated[str, typer.Argument(help="名称：小写字母、数字和连字符")]
Read = Annotated[list[str] | None, typer.Option("--read", help="可读的事件，如 jobs.posting；可写多次")]
Stations = Annotated[list[str] | None, typer.Option("--stations", help="站点代码，含其下级；可写多次")]
Submit = Annotated[bool, typer.Option("--submit", help="可以为这些站点推送招聘信息")]
Basis = Annotated[str | None, typer.Option("--personal-basis", help="提供个人信息的法律依据")]
Until = Annotated[str | None, typer.Option("--personal-until", help="到何时，如 2026-12-31T00:00:00+08:00")]
Reason = Annotated[str, typer.Option("--reason", help="原因，记入历史")]


class _Desk:
    """The registry, asked in the operator's name."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client

    async def ask(self, method: Method[Any, A], body: BaseModel) -> A:
        return await self._client.call(
            method, body, actor=SYSTEM, correlation=uuid4().hex, timeout_seconds=_ANSWER_SECONDS
        )

    async def card(self, name: str) -> IntegratorCard:
        return await self.ask(IntegratorsRpc.find, IntegratorByName(name=name))

    async def tell_broker(self) -> str | None:
        """Tell the broker what it does not know, from here if that can be; else what to run."""
        pending = (await self.ask(IntegratorsRpc.broker_users, BrokerUserQuery())).users
        if not pending:
            return None
        settings = Settings.from_environment()
        port = await asyncio.to_thread(
            broker_users.find_port,
            settings.broker_url,
            management_url=settings.broker_management_url,
            private_broker=settings.data_dir / "rabbitmq",
        )
        try:
            if port is None:
                raise broker_users.BrokerUsersUnreachable("这里够不着 RabbitMQ 的管理接口")
            await asyncio.to_thread(port.apply, pending)
        except broker_users.BrokerUsersUnreachable:
            return broker_users.instructions(pending, broker_users.vhost_of(settings.broker_url))
        applied = tuple((user.integrator_id, user.state) for user in pending)
        await self.ask(IntegratorsRpc.broker_users_applied, BrokerUsersApplied(applied=applied))
        return None


@app.command()
def add(
    name: Name,
    read: Read = None,
    stations: Stations = None,
    submit: Submit = False,
    label: Annotated[str | None, typer.Option(help="中文名称")] = None,
    personal_basis: Basis = None,
    personal_until: Until = None,
) -> None:
    """增加一个对接系统。三个密钥只显示这一次。"""

    async def work(desk: _Desk) -> None:
        grants = _grants(read, stations, submit, personal_basis, personal_until)
        place = (stations or [""])[0][:_DIVISION_DIGITS]
        request = AddIntegrator(name=name, label=label or name, station=place, grants=grants)
        made = await desk.ask(IntegratorsRpc.add, request)
        for line in (
            f"用户          {made.broker.user}",
            f"密码          {made.broker_password}",
            f"实时队列      {made.broker.live_queue}",
            f"重放队列      {made.broker.replay_queue}",
            f"API 密钥      {made.api_key}",
            f"Webhook 密钥  {made.webhook_secret}",
        ):
            typer.echo(line)
        _say_todo(await desk.tell_broker())

    _run(work)


@app.command("list")
def list_integrators(division: Annotated[str, typer.Argument(help="县级行政区划代码")]) -> None:
    """列出对接系统。"""

    async def work(desk: _Desk) -> None:
        found = await desk.ask(IntegratorsRpc.list, IntegratorQuery(station=division))
        for card in found.integrators:
            one, use = card.integrator, card.use
            words = (
                f"{one.name:<20}",
                _STATUS[one.status],
                f"排队 {'?' if use.queued is None else use.queued}",
                f"webhook 待发 {use.webhooks_waiting} 失败 {use.webhooks_failed}",
                "" if card.broker_applied else "RabbitMQ 未同步：yizhan integrator apply",
            )
            typer.echo("  ".join(words).rstrip())

    _run(work)


@app.command()
def grant(
    name: Name,
    read: Read = None,
    stations: Stations = None,
    submit: Submit = False,
    personal_basis: Basis = None,
    personal_until: Until = None,
) -> None:
    """重新授权：没写的就不再授权。"""

    async def work(desk: _Desk) -> None:
        one = (await desk.card(name)).integrator
        grants = _grants(read, stations, submit, personal_basis, personal_until)
        await desk.ask(IntegratorsRpc.amend, AmendIntegrator(id=one.id, label=one.label, grants=grants))
        _say_todo(await desk.tell_broker())

    _run(work)


@app.command()
def rotate(name: Name, credential: Annotated[Credential, typer.Argument(help="要轮换的密钥")]) -> None:
    """换一个密钥；旧的立即失效，新的只显示这一次。"""

    async def work(desk: _Desk) -> None:
        one = (await desk.card(name)).integrator
        fresh = await desk.ask(IntegratorsRpc.rotate, RotateCredential(id=one.id, credential=credential))
        typer.echo(fresh.secret)
        _say_todo(await desk.tell_broker())

    _run(work)


@app.command()
def webhook(name: Name, url: Annotated[str, typer.Argument(help="接收地址；off 表示关闭")]) -> None:
    """设置 webhook 接收地址。"""

    async def work(desk: _Desk) -> None:
        one = (await desk.card(name)).integrator
        await desk.ask(IntegratorsRpc.set_webhook, SetWebhook(id=one.id, url=None if url == "off" else url))

    _run(work)


@app.command()
def suspend(name: Name, reason: Reason) -> None:
    """暂停：立即断开，密钥保留。"""

    async def work(desk: _Desk) -> None:
        one = (await desk.card(name)).integrator
        await desk.ask(IntegratorsRpc.suspend, SuspendIntegrator(id=one.id, reason=reason))
        _say_todo(await desk.tell_broker())

    _run(work)


@app.command()
def resume(name: Name) -> None:
    """恢复一个暂停的系统；其间的事件由对方重放。"""

    async def work(desk: _Desk) -> None:
        one = (await desk.card(name)).integrator
        await desk.ask(IntegratorsRpc.resume, ResumeIntegrator(id=one.id))
        _say_todo(await desk.tell_broker())

    _run(work)


@app.command()
def revoke(name: Name, reason: Reason) -> None:
    """注销：用户、队列和密钥都删除，不能恢复。"""

    async def work(desk: _Desk) -> None:
        one = (await desk.card(name)).integrator
        await desk.ask(IntegratorsRpc.revoke, RevokeIntegrator(id=one.id, reason=reason))
        _say_todo(await desk.tell_broker())

    _run(work)


@app.command("apply")
def apply_to_broker(
    done: Annotated[bool, typer.Option("--done", help="已在 RabbitMQ 主机上执行过，记为已同步")] = False,
) -> None:
    """让 RabbitMQ 的用户和权限与登记一致；够不着时说明要执行什么。"""

    async def work(desk: _Desk) -> None:
        if done:
            pending = (await desk.ask(IntegratorsRpc.broker_users, BrokerUserQuery())).users
            applied = tuple((user.integrator_id, user.state) for user in pending)
            await desk.ask(IntegratorsRpc.broker_users_applied, BrokerUsersApplied(applied=applied))
        else:
            _say_todo(await desk.tell_broker())

    _run(work)


_STATUS = {
    IntegratorStatus.ACTIVE: "使用中",
    IntegratorStatus.SUSPENDED: "已暂停",
    IntegratorStatus.REVOKED: "已注销",
}


def _grants(
    read: list[str] | None,
    stations: list[str] | None,
    submit: bool,
    basis: str | None,
    until: str | None,
) -> Grants:
    places = tuple(stations or ())
    if not places:
        raise typer.BadParameter("--stations 至少写一个")
    if (basis is None) != (until is None):
        raise typer.BadParameter("--personal-basis 和 --personal-until 一起写")
    personal = None
    if basis is not None and until is not None:
        personal = PersonalGrant(legal_basis=basis, until=datetime.fromisoformat(until))
    return Grants(
        read=ReadGrant(families=tuple(read), stations=places) if read else None,
        submit=SubmitGrant(stations=places) if submit else None,
        personal=personal,
    )


def _say_todo(todo: str | None) -> None:
    if todo is not None:
        typer.secho(
            "请在 RabbitMQ 主机上以 root 执行，然后运行 yizhan integrator apply --done：",
            err=True,
            fg="yellow",
        )
        typer.echo(todo)


def _run(work: Callable[[_Desk], Awaitable[T]]) -> T:
    """Do something with the registry; a refusal is one sentence and exit code 1."""
    set_up_logs("integrator", log_level="error")
    try:
        return asyncio.run(_connected(work))
    except ValidationError as error:
        for fault in error.errors():
            typer.secho(f"{'.'.join(map(str, fault['loc']))}：{fault['msg']}", err=True, fg="red")
        raise typer.Exit(2) from None
    except YizhanError as error:
        problem = error.to_problem()
        typer.secho(f"{problem.code}：{problem.detail}", err=True, fg="red")
        raise typer.Exit(1) from None


async def _connected(work: Callable[[_Desk], Awaitable[T]]) -> T:
    settings = Settings.from_environment()
    return await with_rpc(settings.broker_url, "integrator", lambda client: work(_Desk(client)))
