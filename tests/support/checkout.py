"""A copy of the tree, and what README tells a newcomer to type in it.

The copy borrows this tree's packages and its built console: that both can be had from nothing is what every
fresh clone shows that runs these tests, and the image of the compose file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from tests.support.system import ROOT, RunningSystem, remove_traces, start_command
from yizhan.cli.ports import free_plan

_CONSOLE = "gateway/pages/console"
_RUNNABLE = re.compile(r"<!-- run -->\s*```(?:bash|sh|shell)\n(.*?)```", re.DOTALL)


def readme_commands() -> list[str]:
    """The blocks of README that say they can be run, in their order."""
    return _RUNNABLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@contextmanager
def newcomers_system(folder: Path) -> Iterator[RunningSystem]:
    """The whole system with the demo county, by README's first command in a copy of the tree."""
    copy = folder / "checkout"
    _check_out(copy)
    port = free_plan().gateway
    command = ("bash", "-euo", "pipefail", "-c", f"exec {readme_commands()[0].strip()}")
    surroundings = {**_newcomers_environment(), "YIZHAN_GATEWAY_PORT": str(port)}
    system = start_command(command, copy / "data", port, root=copy, environment=surroundings)
    try:
        system.wait_until_ready()
        yield system
    finally:
        remove_traces(system)


def _check_out(copy: Path) -> None:
    """What a clone of the tree as it stands now would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
            _borrow_compiled(copy, name)
    _borrow_packages(copy)
    if (ROOT / _CONSOLE).is_dir():
        shutil.copytree(ROOT / _CONSOLE, copy / _CONSOLE)


def _borrow_compiled(copy: Path, name: str) -> None:
    """Good for a source of the same size and time, wherever it lies; nine processes would each make it."""
    compiled = Path(cache_from_source(name))
    if name.endswith(".py") and (ROOT / compiled).is_file():
        (copy / compiled).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / compiled, copy / compiled)


def _borrow_packages(copy: Path) -> None:
    """A virtual environment as `./run` would have made it, whose packages are those of this interpreter."""
    home = copy / ".venv"
    venv.create(home, with_pip=False)
    place = {"base": str(home), "platbase": str(home)}
    packages = Path(sysconfig.get_path("purelib", vars=place))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (packages / "yizhan-checkout.pth").write_text(f"{copy}\n", encoding="utf-8")
    lock = hashlib.sha256((copy / "requirements.lock").read_bytes()).hexdigest()
    (home / "requirements.lock.sha256").write_text(f"{lock}  requirements.lock\n", encoding="utf-8")


def _newcomers_environment() -> dict[str, str]:
    """Nothing of ours, no active virtual environment; and where the tests' servers are."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("YIZHAN_", "PYTHON", "PYTEST", "VIRTUAL_ENV"))
    }
    servers = {
        name: os.environ[name] for name in ("YIZHAN_BROKER_URL", "YIZHAN_REDIS_URL") if name in os.environ
    }
    return {**kept, **servers, "COLUMNS": "200"}
