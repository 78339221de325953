"""`yizhan service|courier|relay|board|outlet|gateway`: one process each, where more is said than its name."""

from __future__ import annotations

from typing import Annotated

import typer

from yizhan.start import serve


def service(name: Annotated[str, typer.Argument(help="服务名，如 stations")]) -> None:
    """运行一个业务服务，直到收到 SIGTERM。"""
    # A fresh interpreter under the same process id, which eventlet patches before anything is imported.
    from yizhan.bus.service_process import run_service
    from yizhan.settings import DATABASE_OWNERS

    if name not in DATABASE_OWNERS:
        typer.secho(f"没有服务 {name}；有：{'、'.join(DATABASE_OWNERS)}", err=True, fg="red")
        raise typer.Exit(2)
    run_service(name)


def relay() -> None:
    """把各库发件箱里的事件发布到总线，直到收到 SIGTERM。"""
    raise typer.Exit(serve("relay"))


def courier() -> None:
    """把到期的通知发出去，并记下每条的结果，直到收到 SIGTERM。"""
    raise typer.Exit(serve("courier"))


def board() -> None:
    """运行一个屏幕推送进程，直到收到 SIGTERM。"""
    raise typer.Exit(serve("board"))


def outlet() -> None:
    """运行与其他系统对接的进程，直到收到 SIGTERM。"""
    raise typer.Exit(serve("outlet"))


def gateway() -> None:
    """运行 HTTP 网关，直到收到 SIGTERM。"""
    raise typer.Exit(serve("gateway"))
