"""`yizhan keys list|add|use|rotate`: the keys that seal personal data, and sealing anew under another one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from yizhan.cli.data_directory import write_private
from yizhan.database import Database
from yizhan.encryption import FieldCipher, with_current_key, with_new_key
from yizhan.resealing import SEALED_COLUMNS, Resealed, SealedColumn, reseal
from yizhan.settings import SettingMissing, Settings

app = typer.Typer(help="个人信息加密密钥：查看、增加、启用、重新加密", no_args_is_help=True)

_FILE_SETTING = "YIZHAN_FIELD_KEYS_FILE"


@app.command("list")
def list_keys() -> None:
    """列出密钥编号；带 * 的用于加密，其余只用于解密。"""
    keys = json.loads(_file().read_text(encoding="utf-8"))
    for id in sorted(keys["keys"]):
        typer.echo(f"{'*' if id == keys['current'] else ' '} {id}")


@app.command()
def add() -> None:
    """增加一把密钥，先只用于解密：让所有进程重启后都认识它，再 keys use。"""
    file = _file()
    fresh = with_new_key(file.read_text(encoding="utf-8"))
    write_private(file, fresh)
    newest = max(json.loads(fresh)["keys"], key=lambda id: (len(id), id))
    typer.echo(f"已增加密钥 {newest}；重启 jobs、seekers 和 notify")


@app.command()
def use(id: Annotated[str, typer.Argument(help="密钥编号，如 k2")]) -> None:
    """从重启起用这把密钥加密；之后运行 keys rotate。"""
    file = _file()
    try:
        fresh = with_current_key(file.read_text(encoding="utf-8"), id)
    except KeyError:
        typer.secho(f"没有密钥 {id}", err=True, fg="red")
        raise typer.Exit(2) from None
    write_private(file, fresh)
    typer.echo(f"重启 jobs、seekers 和 notify 后用 {id} 加密；然后运行 keys rotate")


@app.command()
def rotate() -> None:
    """把旧密钥加密的内容换成当前密钥加密。服务照常运行，可随时中断再来。"""
    settings = Settings.from_environment()
    try:
        cipher = FieldCipher.from_settings(settings)
    except SettingMissing as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(2) from None
    broken: list[str] = []
    for service, columns in SEALED_COLUMNS.items():
        database = Database(settings.database_url(service))
        try:
            for sealed in columns:
                broken += _rotate(database, cipher, service, sealed).broken
        finally:
            database.close()
    if broken:
        typer.secho(f"{len(broken)} 处无法解密，原样保留：{'、'.join(broken[:5])}", err=True, fg="red")
        raise typer.Exit(1)
    typer.echo("全部由当前密钥加密；旧密钥可以从密钥文件中删去")


def _rotate(database: Database, cipher: FieldCipher, service: str, sealed: SealedColumn) -> Resealed:
    done = reseal(database, cipher, sealed)
    typer.echo(f"{service}.{sealed.table}.{sealed.column}：{done.seen} 处，重新加密 {done.resealed} 处")
    return done


def _file() -> Path:
    given = os.environ.get(_FILE_SETTING)
    if not given:
        typer.secho(f"{_FILE_SETTING} 没有指明密钥文件", err=True, fg="red")
        raise typer.Exit(2)
    return Path(given)
