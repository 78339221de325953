"""Begins a process of the system, by the words that the process table and the compose file give it.

Past the command line's own parsing, whose imports are half a second of a core: nine processes pay for them at
every start, and the services, which become a fresh interpreter, before anything of theirs begins.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

#: Process → the module whose `run` serves with the settings it is given, until SIGTERM or SIGINT.
PROCESSES: Mapping[str, str] = {
    "courier": "services.notify.courier.process",
    "relay": "yizhan.bus.relay",
    "board": "services.board.process",
    "outlet": "services.notify.outlet.process",
    "gateway": "gateway.process",
}
SERVICE = "service"


def is_start(words: Sequence[str]) -> bool:
    """Whether these words begin a process and say nothing else. All other words are the command line's."""
    if len(words) == 2 and words[0] == SERVICE:
        return words[1].isidentifier() and _is_service(words[1])
    return len(words) == 1 and words[0] in PROCESSES


def _is_service(name: str) -> bool:
    try:
        return find_spec(f"services.{name}.service") is not None
    except ModuleNotFoundError:
        return False


def start(words: Sequence[str]) -> int:
    """Be that process until it is told to leave; the exit code. words: as `is_start` takes them."""
    adopt_environment(Path("data"))
    if words[0] == SERVICE:
        from yizhan.bus.service_process import run_service

        run_service(words[1])
    return serve(words[0])


def serve(name: str) -> int:
    """Be one of PROCESSES, with the environment's settings."""
    with all_is_kept():
        process = import_module(PROCESSES[name])
        from yizhan.settings import Settings
    return process.run(Settings.from_environment()) or 0


@contextmanager
def all_is_kept() -> Iterator[None]:
    """Around imports. Modules are no garbage: looking for some meanwhile takes a tenth of the time that they
    take, and looking at them again with each later collection is a pause for everybody."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def adopt_environment(data: Path) -> bool:
    """Take on what `up` told its processes, so that a command finds the copy of this data directory.

    What the environment says already stays; a process that is told its broker is told everything. False when
    neither the environment nor the directory tells anything.
    """
    if "YIZHAN_BROKER_URL" in os.environ or "YIZHAN_BROKER_URL_FILE" in os.environ:
        return True
    try:
        told = json.loads((data / "environment.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    for name, value in told.items():
        os.environ.setdefault(name, value)
    return True
