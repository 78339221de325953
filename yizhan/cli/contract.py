"""`yizhan contract test`: an integrator's own handler against everything that the bus may do to it.

The handler is a command that is started once: it reads one event a line from standard input and answers each
with a line: `ok`, or `error …`. It is fed every example event, then events with fields that it cannot know,
events twice, and events in the wrong order.
"""

from __future__ import annotations

import json
import random
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from yizhan.contracts.envelope import family_of
from yizhan.contracts.examples import examples
from yizhan.contracts.integrators import ANSWERS, OPEN_FAMILIES

app = typer.Typer(help="对接方自测", no_args_is_help=True)

_SEED = 20260301


@dataclass
class Report:
    """What became of each kind of trial. failures: the trial, the event's type, what was said."""

    passed: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.failures


@app.callback()
def contract() -> None:
    """对接方自测。"""


@app.command("test")
def try_handler(
    command: Annotated[str, typer.Argument(help="处理程序的命令；每行读一条事件，每行答 ok 或 error …")],
    family: Annotated[list[str] | None, typer.Option(help="只测这些事件，如 jobs.posting；可写多次")] = None,
    timeout_seconds: Annotated[float, typer.Option(min=0.1, help="每条事件最多等多久")] = 10.0,
) -> None:
    """把每种示例事件喂给处理程序，也喂未知字段、重复和乱序的，并报告结果。"""
    report = run(command, tuple(family or ()), timeout_seconds=timeout_seconds)
    for trial, count in report.passed.items():
        failed = sum(1 for one in report.failures if one[0] == trial)
        typer.secho(f"{_TRIALS[trial]:<24}通过 {count}，失败 {failed}", fg="red" if failed else "green")
    for trial, event_type, said in report.failures:
        typer.secho(f"  {_TRIALS[trial]}  {event_type}  {said}", err=True, fg="red")
    if not report.well:
        raise typer.Exit(1)


_TRIALS = {
    "examples": "示例事件",
    "added_fields": "未知的新字段",
    "duplicates": "同一事件两次",
    "reordered": "乱序",
}


def run(command: str, families: tuple[str, ...] = (), *, timeout_seconds: float = 10.0) -> Report:
    """Start the handler and feed it."""
    report = Report()
    with _Handler(command, timeout_seconds) as handler:
        for trial, event in _trials(families):
            report.passed.setdefault(trial, 0)
            fault = handler.feed(event)
            if fault is None:
                report.passed[trial] += 1
            else:
                report.failures.append((trial, event["type"], fault))
                if not handler.alive:
                    break
    return report


def _trials(families: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    open_to = set(families) or OPEN_FAMILIES | {ANSWERS, "notify.replay"}
    events = [
        event.model_dump(mode="json") for type_, event in examples().items() if family_of(type_) in open_to
    ]
    for event in events:
        yield "examples", event
    for event in events:
        yield "added_fields", _with_more(event)
    for event in events:
        yield "duplicates", event
        yield "duplicates", event
    shuffled = list(events)
    random.Random(_SEED).shuffle(shuffled)
    for event in shuffled:
        yield "reordered", event


def _with_more(node: Any) -> Any:
    """Every object with a field that no version has yet."""
    if isinstance(node, list):
        return [_with_more(item) for item in node]
    if not isinstance(node, dict):
        return node
    grown = {name: _with_more(value) for name, value in node.items()}
    return {**grown, "added_in_a_later_version": {"whatever": [1, None, "新字段"]}}


class _Handler:
    """The command, spoken to line by line."""

    def __init__(self, command: str, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        # It is the caller's own command on the caller's own machine.
        self._process = subprocess.Popen(  # noqa: S602
            command, shell=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr
        )

    def __enter__(self) -> _Handler:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                # A handler that has gone leaves what was written to it in the buffer.
                with suppress(BrokenPipeError):
                    stream.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def feed(self, event: dict[str, Any]) -> str | None:
        """None when the handler answered ok, else what it did."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
            stdin.flush()
        except OSError:
            return f"处理程序已退出，退出码 {self._process.wait()}"
        ready, _, _ = select.select([stdout], [], [], self._timeout_seconds)
        if not ready:
            self._process.kill()
            return f"{self._timeout_seconds:g} 秒内没有回答"
        said = stdout.readline().decode("utf-8", "replace").strip()
        if not said:
            return f"处理程序已退出，退出码 {self._process.wait()}"
        return None if said == "ok" else said[:300]
