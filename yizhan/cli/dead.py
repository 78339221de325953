"""`yizhan dead list|show|retry|drop`: messages that could not be handled, and what to do with them."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yizhan.bus import dead_letters
from yizhan.bus.dead_letters import DeadLetter, Wanted
from yizhan.cli.broker import with_broker

app = typer.Typer(help="查看、重投或丢弃死信", no_args_is_help=True)

Ids = Annotated[list[str] | None, typer.Argument(help="死信编号，可以是开头的几位")]
Queue = Annotated[str | None, typer.Option(help="只管这个队列的，如 jobs.network")]
All = Annotated[bool, typer.Option("--all", help="全部")]


@app.command("list")
def list_letters(queue: Queue = None) -> None:
    """列出死信，最早的在前。"""
    letters = [letter for letter in with_broker(dead_letters.look) if queue in (None, letter.queue)]
    if not letters:
        typer.echo("没有死信")
        return
    table = Table("编号", "队列", "事件", "原因代码", "次数", "最后失败", "原因")
    for letter in letters:
        table.add_row(
            letter.id,
            letter.queue or "未知",
            letter.event_type or "无法读取",
            letter.code,
            "" if letter.attempts is None else str(letter.attempts),
            letter.last_failed_at or "",
            letter.reason,
        )
    Console(highlight=False).print(table)


@app.command()
def show(id: Annotated[str, typer.Argument(help="死信编号，可以是开头的几位")]) -> None:
    """显示一条死信的来历和全文。"""
    letters = [letter for letter in with_broker(dead_letters.look) if letter.id.startswith(id)]
    if not letters:
        _nothing()
    for letter in letters:
        typer.echo(_story(letter))
        typer.echo(_content(letter.body))


@app.command()
def retry(ids: Ids = None, queue: Queue = None, everything: All = False) -> None:
    """把死信放回它失败的队列，从头再试。"""
    wanted = _wanted(ids, queue, everything)
    sent, stuck = with_broker(lambda broker: dead_letters.send_back(broker, wanted))
    for letter in stuck:
        typer.secho(f"{letter.id} 不知道来自哪个队列，只能 dead drop", err=True, fg="yellow")
    if not sent and not stuck:
        _nothing()
    typer.echo(f"已重投 {len(sent)} 条")
    if stuck:
        raise typer.Exit(1)


@app.command()
def drop(
    ids: Ids = None,
    queue: Queue = None,
    everything: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
) -> None:
    """永远丢弃死信。"""
    wanted = _wanted(ids, queue, everything)
    if not yes:
        typer.confirm("丢弃后无法恢复，确定吗", abort=True)
    dropped = with_broker(lambda broker: dead_letters.drop(broker, wanted))
    if not dropped:
        _nothing()
    typer.echo(f"已丢弃 {len(dropped)} 条")


def _wanted(ids: list[str] | None, queue: str | None, everything: bool) -> Wanted:
    """Which letters are meant. Refuses to guess when nothing was said."""
    if not ids and queue is None and not everything:
        raise typer.BadParameter("请给出编号、--queue 或 --all")
    prefixes = tuple(ids or ())
    return lambda letter: (not prefixes or letter.id.startswith(prefixes)) and queue in (None, letter.queue)


def _story(letter: DeadLetter) -> str:
    return "\n".join(
        (
            f"编号      {letter.id}",
            f"队列      {letter.queue or '未知'}",
            f"路由      {letter.routing_key}",
            f"原因      {letter.code}  {letter.reason}",
            f"次数      {letter.attempts if letter.attempts is not None else '未知'}",
            f"首次失败  {letter.first_failed_at or '未知'}",
            f"最后失败  {letter.last_failed_at or '未知'}",
        )
    )


def _content(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return repr(body)


def _nothing() -> None:
    typer.secho("没有这样的死信", err=True, fg="red")
    raise typer.Exit(1)
