"""`yizhan bootstrap`: the county market and its first administrator."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError

from yizhan.cli.broker import with_rpc
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.stations import Bootstrap, Staff, StationFacts, StationsRpc
from yizhan.logs import set_up_logs
from yizhan.settings import Settings


def bootstrap(
    division: Annotated[str, typer.Option(prompt="县级行政区划代码（六位）", help="六位行政区划代码")],
    name_plate: Annotated[str, typer.Option(prompt="县零工市场门牌", help="如 龙里县零工市场")],
    login: Annotated[str, typer.Option(prompt="管理员登录名", help="小写字母开头")],
    name: Annotated[str, typer.Option(prompt="管理员姓名")],
    password: Annotated[
        str,
        typer.Option(
            prompt="密码（至少十位）", hide_input=True, confirmation_prompt=True, envvar="YIZHAN_PASSWORD"
        ),
    ],
    short_name: Annotated[str, typer.Option(help="屏幕上的简称")] = "县零工市场",
) -> None:
    """建立县零工市场和第一位县管理员。系统须在运行；每个县只能做一次。"""
    set_up_logs("bootstrap", log_level="warning")
    try:
        request = Bootstrap(
            division=division,
            facts=StationFacts(name_plate=name_plate, short_name=short_name),
            login=login,
            name=name,
            password=password,
        )
        staff = asyncio.run(found_county(Settings.from_environment(), request))
    except ValidationError as error:
        for fault in error.errors():
            typer.secho(f"{'.'.join(map(str, fault['loc']))}：{fault['msg']}", err=True, fg="red")
        raise typer.Exit(2) from None
    except YizhanError as error:
        problem = error.to_problem()
        typer.secho(f"{problem.code}：{problem.detail}", err=True, fg="red")
        raise typer.Exit(1) from None
    typer.echo(f"已建立 {division} 县零工市场，管理员 {staff.login} 可以登录")


async def found_county(settings: Settings, request: Bootstrap) -> Staff:
    """Ask services/stations, as the system itself. Raises YizhanError."""
    return await with_rpc(
        settings.broker_url,
        "bootstrap",
        lambda client: client.call(
            StationsRpc.bootstrap, request, actor=SYSTEM, correlation=uuid4().hex, timeout_seconds=15.0
        ),
    )
