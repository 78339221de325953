"""The command line's frame."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yizhan.cli import (
    COMMANDS,
    GROUPS,
    build,
    command_first,
    command_of,
    data_first,
)
from yizhan.cli.processes import TABLE
from yizhan.start import adopt_environment, is_start

#: Seldom needed, and slow to import: a process of the system must not pay for them.
HEAVY = ("sqlalchemy", "fastapi", "pydantic", "nameko", "eventlet", "rich.progress", "alembic")


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_every_command_is_there(name: str) -> None:
    """Each is importable under its name and has a help text."""
    asked = CliRunner().invoke(build(name), [name, "--help"])
    assert asked.exit_code == 0, asked.output
    if name in COMMANDS:
        module, function = COMMANDS[name]
        assert getattr(import_module(module), function).__doc__


def test_help_lists_all_commands() -> None:
    """Who asks for help sees every command."""
    output = CliRunner().invoke(build(), ["--help"]).output
    for name in (*COMMANDS, *GROUPS):
        assert name in output


def test_only_the_module_of_the_command_is_imported() -> None:
    """The frame itself loads nothing heavy."""
    code = f"import sys, yizhan.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_processes_of_the_table_begin_without_the_command_line() -> None:
    """Each of them at every start, so what the command line imports is not for them."""
    assert [kind.name for kind in TABLE if not is_start(kind.arguments)] == []
    code = f"import sys, yizhan.__main__; print([m for m in ('typer', *{HEAVY!r}) if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["up"],
        ["relay", "--help"],
        ["service"],
        ["service", "board"],
        ["service", "stationz"],
        ["service", "../x"],
    ],
)
def test_whatever_else_is_said_is_the_command_line_s(words: list[str]) -> None:
    """It knows what to answer."""
    assert not is_start(words)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["up", "--port", "8700"], "up"),
        (["--data", "data", "doctor"], "doctor"),
        (["demo", "trickle"], "demo"),
        (["--help"], None),
        (["nonsense"], None),
    ],
)
def test_the_command_is_found_among_the_arguments(arguments: list[str], command: str | None) -> None:
    """Wherever the options stand."""
    assert command_of(arguments) == command


@pytest.mark.parametrize(
    "arguments", [["doctor", "--data", "d"], ["--data", "d", "doctor"], ["dead", "list", "--data", "d"]]
)
def test_the_data_directory_may_stand_anywhere(arguments: list[str]) -> None:
    """Before the command as after it."""
    assert data_first(arguments)[:2] == ["--data", "d"]
    assert sorted(data_first(arguments)) == sorted(arguments)
    assert data_first(["doctor", "--data=d"]) == ["--data=d", "doctor"]


def test_a_command_finds_the_running_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `up` told its processes is taken on, except what the environment says itself."""
    for name in [name for name in os.environ if name.startswith("YIZHAN_")]:
        monkeypatch.delenv(name)
    told = {"YIZHAN_BROKER_URL": "amqp://here/", "YIZHAN_REDIS_URL": "redis://here/0"}
    (tmp_path / "environment.json").write_text(json.dumps(told))
    monkeypatch.setenv("YIZHAN_REDIS_URL", "redis://mine/0")
    monkeypatch.setenv("YIZHAN_BROKER_URL", "to be undone after the test")
    monkeypatch.delenv("YIZHAN_BROKER_URL")
    adopt_environment(tmp_path)
    assert os.environ["YIZHAN_BROKER_URL"] == "amqp://here/"
    assert os.environ["YIZHAN_REDIS_URL"] == "redis://mine/0"


def test_a_process_that_is_told_its_broker_takes_nothing_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container no file of a data directory interferes."""
    (tmp_path / "environment.json").write_text('{"YIZHAN_REDIS_URL": "redis://other/0"}')
    monkeypatch.setenv("YIZHAN_BROKER_URL", "amqp://told/")
    monkeypatch.delenv("YIZHAN_REDIS_URL", raising=False)
    adopt_environment(tmp_path)
    assert "YIZHAN_REDIS_URL" not in os.environ


def test_an_unknown_service_is_refused_with_the_known_ones() -> None:
    """A typing error starts nothing."""
    said = subprocess.run(
        [sys.executable, "-m", "yizhan", "service", "stationz"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "stations" in said.stderr


def test_up_takes_its_data_directory_from_before_the_command_too() -> None:
    """Else it would start in `data`, which is another copy's."""
    assert command_first(["--data", "d", "up", "--port", "8700"]) == ["up", "--data", "d", "--port", "8700"]
    assert command_first(["up", "--data", "d"]) == ["up", "--data", "d"]


@pytest.mark.parametrize(
    "command", [["dead", "list"], ["migrate"], ["events", "replay", "--to", "q", "--from", "first"]]
)
def test_a_directory_that_holds_no_copy_is_refused(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going on with default addresses would reach a server that was not meant."""
    for name in [name for name in os.environ if name.startswith("YIZHAN_")]:
        monkeypatch.delenv(name)
    said = CliRunner().invoke(build(command[0]), ["--data", str(tmp_path), *command])
    assert said.exit_code == 2
    assert str(tmp_path) in said.output


def test_events_are_not_replayed_into_the_history() -> None:
    """Each replay would make it longer, with copies."""
    said = CliRunner().invoke(
        build("events"), ["events", "replay", "--to", "yizhan.history", "--from", "first"]
    )
    assert said.exit_code == 2


def test_nothing_is_no_count_of_events() -> None:
    """A tail that ends after none would never end."""
    assert CliRunner().invoke(build("events"), ["events", "tail", "--count", "0"]).exit_code == 2
