"""What README tells a newcomer to type, typed in a copy of the tree.

The copy borrows this tree's packages and its built console: that both can be had from nothing is what every
fresh clone shows that runs these tests, and the image of the compose file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.support import http
from tests.support.eventually import eventually
from tests.support.leftovers import note_vhost, remove_vhost
from tests.support.system import ROOT
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import free_plan

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

FIRST_START_SECONDS = 180.0

CONSOLE = "gateway/pages/console"

RUNNABLE = re.compile(r"<!-- run -->\s*```(?:bash|sh|shell)\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    """The blocks of README that say they can be run, in their order."""
    return RUNNABLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of the tree as it stands now would hold."""
    copy = tmp_path_factory.mktemp("checkout")
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
    borrow_packages(copy)
    if (ROOT / CONSOLE).is_dir():
        shutil.copytree(ROOT / CONSOLE, copy / CONSOLE)
    return copy


def _borrow_compiled(copy: Path, name: str) -> None:
    """Good for a source of the same size and time, wherever it lies; nine processes would each make it."""
    compiled = Path(cache_from_source(name))
    if name.endswith(".py") and (ROOT / compiled).is_file():
        (copy / compiled).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / compiled, copy / compiled)


def borrow_packages(copy: Path) -> None:
    """A virtual environment as `./run` would have made it, whose packages are those of this interpreter."""
    home = copy / ".venv"
    venv.create(home, with_pip=False)
    place = {"base": str(home), "platbase": str(home)}
    packages = Path(sysconfig.get_path("purelib", vars=place))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (packages / "yizhan-checkout.pth").write_text(f"{copy}\n", encoding="utf-8")
    lock = hashlib.sha256((copy / "requirements.lock").read_bytes()).hexdigest()
    (home / "requirements.lock.sha256").write_text(f"{lock}  requirements.lock\n", encoding="utf-8")


@pytest.fixture(scope="module")
def surroundings() -> dict[str, str]:
    """A newcomer's environment on a port of its own: nothing of ours, no active virtual environment."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("YIZHAN_", "PYTHON", "PYTEST", "VIRTUAL_ENV"))
    }
    servers = {
        name: os.environ[name] for name in ("YIZHAN_BROKER_URL", "YIZHAN_REDIS_URL") if name in os.environ
    }
    return {**kept, **servers, "YIZHAN_GATEWAY_PORT": str(free_plan().gateway)}


@pytest.fixture(scope="module")
def started(checkout: Path, surroundings: dict[str, str]) -> Iterator[Path]:
    """README's first command, until its block of addresses; yields the checkout."""
    output = checkout.parent / "up.output"
    note_vhost(DataDirectory(checkout / "data").vhost)
    with output.open("wb") as sink:
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", f"exec {commands()[0].strip()}"],
            cwd=checkout,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )

    def is_ready() -> bool:
        said = output.read_text(encoding="utf-8", errors="replace")
        if process.poll() is not None:
            pytest.fail(f"the first command ended with {process.returncode}:\n{said}")
        return "Ctrl-C" in said

    try:
        eventually(is_ready, within_seconds=FIRST_START_SECONDS)
        yield checkout
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        remove_vhost(DataDirectory(checkout / "data").vhost)


def test_readme_has_two_commands() -> None:
    """One that starts everything, one that publishes."""
    first, second = commands()
    assert first.strip() == "./run up"
    assert "curl" in second


def test_the_two_commands_put_a_posting_on_the_board(started: Path, surroundings: dict[str, str]) -> None:
    """Before the second command the town's board does not have the posting, after it it does."""
    run = DataDirectory(started / "data").recall("run")
    assert not shown_from_readme(run["gateway"])
    published = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands()[1]],
        cwd=started,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert published.returncode == 0, published.stdout + published.stderr
    assert published.stdout.split()[-1] == "published"
    eventually(lambda: shown_from_readme(run["gateway"]), within_seconds=10)


def shown_from_readme(gateway: str) -> list[str]:
    """Places of the rows on the town's board whose trade and place README's command names."""
    answer = http.get(f"{gateway}/api/v1/stations/52273001/board")
    answer.raise_for_status()
    text = commands()[1]
    rows = answer.json()["state"]["rows"]
    return [row["place"] for row in rows if row["trade"] in text and row["place"] in text]
