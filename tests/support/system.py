"""The whole system as a user starts it: `yizhan up` in a folder and on ports of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.support import http
from tests.support.eventually import eventually
from tests.support.leftovers import note_vhost, remove_vhost
from tests.support.servers import forget_keys
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import free_plan

ROOT = Path(__file__).parents[2]

READY_SECONDS = 300.0
_STOP_SECONDS = 30.0


@dataclass
class RunningSystem:
    """One copy of the system. Processes are named as in yizhan.cli.processes.TABLE."""

    port: int
    data: Path
    process: subprocess.Popen[bytes]
    #: How it was started.
    command: tuple[str, ...] = ()
    root: Path = ROOT
    environment: Mapping[str, str] | None = None
    #: What run.json holds; empty without the demo.
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def gateway_url(self) -> str:
        """http://127.0.0.1:<port>"""
        return f"http://127.0.0.1:{self.port}"

    @property
    def board_url(self) -> str:
        """ws://127.0.0.1:<port>/"""
        return f"ws://127.0.0.1:{self.port + 1}/"

    @property
    def logins(self) -> dict[str, dict[str, str]]:
        """Role → name, password, station."""
        logins: dict[str, dict[str, str]] = self.run["logins"]
        return logins

    @property
    def screens(self) -> dict[str, str]:
        """Station code → the address of its screen, with its device code."""
        screens: dict[str, str] = self.run["screens"]
        return screens

    @property
    def pids(self) -> dict[str, int]:
        """Process id of each process that runs now, the supervisor's too."""
        return DataDirectory(self.data).recall("processes") or {}

    def health(self) -> httpx.Response:
        """The gateway's /healthz."""
        return http.get(f"{self.gateway_url}/healthz")

    def is_well(self) -> bool:
        """Whether every process and server is well."""
        try:
            return self.health().status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_well(self, *, within_seconds: float = READY_SECONDS) -> None:
        """Raises AssertionError with what is not well."""
        eventually(self.is_well, within_seconds=within_seconds)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a process; returns the id that it had. The supervisor starts it again."""
        pid = self.pids[name]
        os.kill(pid, number)
        return pid

    def hold(self, name: str) -> None:
        """Kill a process and keep it down until `release`."""
        (self.data / "hold" / name).touch()
        pid = self.kill(name)
        eventually(lambda: self.pids.get(name) != pid, within_seconds=10.0)

    def release(self, name: str) -> None:
        """Let a held process start again."""
        (self.data / "hold" / name).unlink(missing_ok=True)

    def log(self, name: str) -> str:
        """All that a process has said."""
        return (self.data / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def output(self) -> str:
        """What `up` has said on its terminal."""
        return (self.data.parent / f"{self.data.name}.output").read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def client(self, role: str = "county_admin") -> Iterator[httpx.Client]:
        """A signed-in client of the API, rooted at /api/v1."""
        login = self.logins[role]
        with http.client(f"{self.gateway_url}/api/v1") as client:
            answer = client.post("/sessions", json={"login": login["name"], "password": login["password"]})
            answer.raise_for_status()
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
            yield client

    def wait_until_ready(self) -> None:
        """Wait for the block of addresses, which ends the start."""
        eventually(self._has_started, within_seconds=READY_SECONDS)
        self.run = DataDirectory(self.data).recall("run") or {}

    def _has_started(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"up ended with {self.process.returncode}:\n{self.output()}")
        return "Ctrl-C" in self.output()

    def start_again(self) -> None:
        """The same command once more, after `stop`."""
        self.process = _launched(self.command, self.data, self.root, self.environment)
        self.wait_until_ready()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End `up` as a user does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=_STOP_SECONDS)


def start_system(data: Path, *options: str, port: int | None = None) -> RunningSystem:
    """Start `up` without waiting for it."""
    port = port or free_plan().gateway
    command = (sys.executable, "-m", "yizhan", "up", "--port", str(port), "--data", str(data), *options)
    return start_command(command, data, port)


def start_command(
    command: tuple[str, ...],
    data: Path,
    port: int,
    *,
    root: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> RunningSystem:
    """Start `up` by words that keep it in `data` and on `port`. root: where; environment: None for ours."""
    note_vhost(DataDirectory(data).vhost)
    process = _launched(command, data, root, environment)
    return RunningSystem(port, data, process, command, root, environment)


def _launched(
    command: tuple[str, ...], data: Path, root: Path, environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    data.parent.mkdir(parents=True, exist_ok=True)
    with (data.parent / f"{data.name}.output").open("ab") as output:
        output.truncate(0)
        return subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment or {**os.environ, "COLUMNS": "200"},
            start_new_session=True,
        )


def remove_traces(system: RunningSystem) -> None:
    """Stop the system and remove what it keeps outside its folder: vhost and keys on shared servers."""
    try:
        system.stop()
    except subprocess.TimeoutExpired:
        os.killpg(system.process.pid, signal.SIGKILL)
        raise
    finally:
        remove_vhost(DataDirectory(system.data).vhost)
        told = DataDirectory(system.data).recall("environment") or {}
        # A private one has ended with the system.
        with contextlib.suppress(KeyError, redis.ConnectionError):
            forget_keys(told["YIZHAN_REDIS_URL"], told["YIZHAN_REDIS_PREFIX"])
        shutil.rmtree(system.data, ignore_errors=True)


@contextmanager
def demo_system(folder: Path) -> Iterator[RunningSystem]:
    """The whole system with the demo county, in a folder and on ports of its own."""
    system = start_system(folder / "data")
    try:
        system.wait_until_ready()
        yield system
    finally:
        remove_traces(system)


@pytest.fixture(scope="session")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """One that the tests of a run share: leave it well."""
    with demo_system(tmp_path_factory.mktemp("system")) as system:
        yield system
