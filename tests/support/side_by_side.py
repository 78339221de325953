"""How tests run side by side: a file in one worker, and all files that share a running system in one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from yizhan.cli import ports

ROOT = Path(__file__).parents[2]

#: Fixtures of a system that takes nine processes and half a minute of a core to start, by what they are
#: asked for. Each worker that runs such a test has one to itself.
_SHARED = {
    "the empty county": re.compile(r"\bbare_system\b"),
    "the demo county": re.compile(r"\b(running_system|desk: Desk|stranger: Desk|clerk: Clerk)\b"),
}
#: What takes a minute or more comes first: last, the other workers would wait for it.
_LONG = (
    "tests/integration/test_up.py",
    "tests/contract/test_authorization_matrix.py",
    "tests/e2e/console/",
    "tests/integration/test_api_fuzz.py",
    "tests/integration/bus/test_services.py",
)


class BySystem(LoadScopeScheduling):
    """Gives out files whole, and those of one system as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid.partition("::")[0])


@cache
def _scope(path: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    return next((system for system, asked in _SHARED.items() if asked.search(text)), path)


def pytest_configure(config: pytest.Config) -> None:
    """Each worker has ports of its own: a port that is free is bound some seconds after it was looked for."""
    if worker := getattr(config, "workerinput", None):
        first, last = ports.FREE_RANGE
        width = (last - first) // int(worker["workercount"])
        # One that takes the place of a worker that crashed is numbered on.
        begins = first + width * (int(worker["workerid"].removeprefix("gw")) % int(worker["workercount"]))
        ports.FREE_RANGE = (begins, begins + width)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where tests run side by side, the order in which they are given out."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> BySystem | None:
    """Where files are given out whole (--dist loadfile)."""
    return BySystem(config, log) if config.getvalue("dist") == "loadfile" else None  # type: ignore[arg-type]
