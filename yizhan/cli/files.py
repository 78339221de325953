"""`yizhan files check|sweep`: the file store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import typer

from yizhan.contracts.files import FileStoreUnavailable
from yizhan.files import FileStore
from yizhan.settings import SettingMissing, Settings

T = TypeVar("T")

app = typer.Typer(help="上传的文件", no_args_is_help=True)


@app.command()
def check() -> None:
    """看文件库能不能用。"""
    _ask(lambda store: store.check())
    typer.echo("文件库可用")


@app.command()
def sweep() -> None:
    """删除上传后一天内没有用到的文件；网关每小时也会自己做。"""
    swept = _ask(lambda store: store.sweep(datetime.now(UTC)))
    typer.echo(f"删除了 {swept} 个文件")


def _ask(ask: Callable[[FileStore], T]) -> T:
    try:
        return ask(FileStore.from_settings(Settings.from_environment()))
    except (FileStoreUnavailable, SettingMissing) as error:
        typer.secho(f"文件库不可用：{error}", err=True, fg="red")
        raise typer.Exit(1) from None
