"""The command line: `yizhan …`, or `python -m yizhan …`. Only the module of the command that is asked for is
imported."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from yizhan.start import adopt_environment

#: Command → the module and the function that it is.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "up": ("yizhan.cli.up", "up"),
    "migrate": ("yizhan.cli.migrate", "migrate"),
    "bootstrap": ("yizhan.cli.bootstrap", "bootstrap"),
    "doctor": ("yizhan.cli.doctor", "doctor"),
    "docs": ("yizhan.cli.docs", "docs"),
    "service": ("yizhan.cli.process_commands", "service"),
    "courier": ("yizhan.cli.process_commands", "courier"),
    "relay": ("yizhan.cli.process_commands", "relay"),
    "board": ("yizhan.cli.process_commands", "board"),
    "outlet": ("yizhan.cli.process_commands", "outlet"),
    "gateway": ("yizhan.cli.process_commands", "gateway"),
    "load-year": ("yizhan.cli.load_year", "load_year"),
    "check-posting": ("yizhan.cli.posting_text", "check_posting"),
    "parse-posting": ("yizhan.cli.posting_text", "parse_posting"),
}

#: Command → the module whose `app` holds its own commands.
GROUPS: Mapping[str, str] = {
    "events": "yizhan.cli.events",
    "dead": "yizhan.cli.dead",
    "files": "yizhan.cli.files",
    "demo": "yizhan.cli.demo",
    "keys": "yizhan.cli.keys",
    "integrator": "yizhan.cli.integrator",
    "contract": "yizhan.cli.contract",
    "simulate": "yizhan.cli.simulate",
}

#: These choose their surroundings themselves.
_WITHOUT_ENVIRONMENT = frozenset({"up", "docs", "check-posting", "parse-posting", "contract", "simulate"})


def main() -> None:
    """Run the command that the arguments name."""
    arguments = sys.argv[1:]
    command = command_of(arguments)
    build(command)(data_first(arguments) if command not in _WITHOUT_ENVIRONMENT else command_first(arguments))


def command_of(arguments: Sequence[str]) -> str | None:
    """The command among the arguments; None when help is asked for, or there is no such command."""
    return next((word for word in arguments if word in COMMANDS or word in GROUPS), None)


def data_first(arguments: Sequence[str]) -> list[str]:
    """`--data DIR` belongs to every command alike, and may stand before it or after it."""
    for position, word in enumerate(arguments):
        if word == "--data" and position + 1 < len(arguments):
            rest = [*arguments[:position], *arguments[position + 2 :]]
            return [word, arguments[position + 1], *rest]
        if word.startswith("--data="):
            return [word, *arguments[:position], *arguments[position + 1 :]]
    return list(arguments)


def command_first(arguments: Sequence[str]) -> list[str]:
    """`up` has a `--data` of its own; said before the command it is meant all the same."""
    command = command_of(arguments)
    if command is None:
        return list(arguments)
    position = arguments.index(command)
    return [command, *arguments[:position], *arguments[position + 1 :]]


def build(only: str | None = None) -> typer.Typer:
    """The application with one command, or, for its help, with all."""
    app = typer.Typer(
        name="yizhan",
        help="零工驿站",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_surroundings)
    for name, (module, function) in COMMANDS.items():
        if only in (None, name) and find_spec(module) is not None:
            app.command(name)(getattr(import_module(module), function))
    for name, module in GROUPS.items():
        if only in (None, name) and find_spec(module) is not None:
            app.add_typer(import_module(module).app, name=name)
    return app


def _surroundings(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="正在运行的那一份系统的数据目录")] = Path("data"),
) -> None:
    """零工驿站：县级零工市场、驿站和联络点的微服务系统。"""
    if context.invoked_subcommand in _WITHOUT_ENVIRONMENT or adopt_environment(data):
        return
    source = context.get_parameter_source("data")
    if source is not None and source.name == "COMMANDLINE":
        # Going on would reach whatever answers at the default addresses, which is another copy's.
        typer.secho(f"{data} 不是 ./run up 用过的数据目录", err=True, fg="red")
        raise typer.Exit(2)
