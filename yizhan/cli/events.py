"""`yizhan events tail|replay`: what happens on the bus, and what happened, once more."""

from __future__ import annotations

import json
from contextlib import aclosing
from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

from yizhan.bus import history
from yizhan.bus.connection import Broker
from yizhan.bus.topology import HISTORY_STREAM
from yizhan.cli.broker import with_broker

app = typer.Typer(help="查看和重放总线上的事件", no_args_is_help=True)

#: A replay is over when the stream has had nothing more to give for this long.
_SILENCE_SECONDS = 2.0

From = Annotated[
    str,
    typer.Option("--from", help="first、next、偏移量，或带时区的时间，如 2026-03-01T06:00:00+08:00"),
]
Kind = Annotated[str, typer.Option("--type", help="只要这些类型，可用 * 通配，如 jobs.posting.*")]


@app.command()
def tail(
    start: From = "next",
    kind: Kind = "*",
    count: Annotated[int | None, typer.Option(min=1, help="看到这么多条后结束")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每行一条完整的 JSON")] = False,
) -> None:
    """持续显示事件，按 Ctrl-C 结束。"""
    begin = _start(start)
    with_broker(lambda broker: _tail(broker, begin, kind, count, as_json))


@app.command()
def replay(
    to: Annotated[str, typer.Option(help="把事件重新放进这个队列，如 board.fold")],
    start: From,
    kind: Kind = "*",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数一数，不重放")] = False,
) -> None:
    """把历史事件按原来的顺序再放进一个队列；处理过的事件由消费者按编号去重。"""
    if start == "next":
        raise typer.BadParameter("重放只能从过去开始")
    if to == HISTORY_STREAM:
        raise typer.BadParameter("历史本身不能是重放的去处")
    begin = _start(start)
    replayed = with_broker(lambda broker: _replay(broker, begin, kind, to, dry_run))
    typer.echo(f"{'将重放' if dry_run else '已重放'} {replayed} 条事件到 {to}")


async def _tail(broker: Broker, start: history.Start, kind: str, count: int | None, as_json: bool) -> None:
    shown = 0
    async with aclosing(history.read(broker, start)) as events:
        async for event in events:
            if not _wanted(event, kind):
                continue
            typer.echo(_json_line(event) if as_json else _line(event))
            shown += 1
            if shown == count:
                return


async def _replay(broker: Broker, start: history.Start, kind: str, to: str, dry_run: bool) -> int:
    await broker.declare_queue(to, passive=True)
    replayed = 0
    async with aclosing(history.read(broker, start, silence_seconds=_SILENCE_SECONDS)) as events:
        async for event in events:
            if not _wanted(event, kind):
                continue
            if not dry_run:
                # One after the other: each must be confirmed before the next, so that order holds.
                await broker.publish(
                    "",
                    to,
                    event.body,
                    content_type=event.content_type or "application/octet-stream",
                    message_id=event.message_id,
                )
            replayed += 1
    return replayed


def _wanted(event: history.PastEvent, kind: str) -> bool:
    return kind == "*" or (event.type is not None and fnmatchcase(event.type, kind))


def _line(event: history.PastEvent) -> str:
    if event.type is None:
        return f"{event.offset:>10}  无法读取的消息  {event.routing_key}"
    attributes = json.loads(event.body)
    words = (attributes.get(name, "") for name in ("time", "type", "station", "subject", "sequence"))
    return f"{event.offset:>10}  " + "  ".join(str(word) for word in words)


def _json_line(event: history.PastEvent) -> str:
    text = event.body.decode("utf-8", "replace")
    content: Any = json.loads(text) if event.type is not None else text
    return json.dumps({"offset": event.offset, "event": content}, ensure_ascii=False)


def _start(text: str) -> history.Start:
    try:
        return history.parse_start(text)
    except ValueError:
        raise typer.BadParameter(f"看不懂的起点：{text}") from None
