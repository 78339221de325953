"""One small supervisor: starts programs, keeps them running, shows what they say, and stops all of them.

Each program is the leader of a process group of its own, so that what it forks is stopped with it. A guard
(`yizhan.cli.guard`) outlives the supervisor when that is killed, and stops the groups in its stead.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

#: Shown lines are cut here; a program that prints without line breaks must not fill the memory.
_LINE_LIMIT_BYTES = 64 * 1024
#: In the environment of everything that a supervisor starts.
_MARK_NAME = "YIZHAN_SUPERVISED_BY"
_LOG_LIMIT_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Program:
    """What to run. `environment`: added to our own. `folder`: where it runs; None is where we run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


@dataclass(frozen=True)
class Backoff:
    """How long a program that ended rests before its next start: doubling, jittered, forgiven after a while.

    first_seconds: the pause after the first end. limit_seconds: the longest one. forgiven_after_seconds: a
    program that ran so long begins at the first pause again.
    """

    first_seconds: float = 0.5
    limit_seconds: float = 20.0
    forgiven_after_seconds: float = 30.0

    def pause_seconds(self, failures: int, *, jitter: float) -> float:
        """The pause after so many ends in a row (1 for the first); jitter is in [0, 1)."""
        full = min(self.limit_seconds, self.first_seconds * 2.0 ** min(failures - 1, 30))
        # Half of it is sure: programs that fail together must neither spin nor return together.
        return full * (0.5 + jitter / 2)


def program_log(folder: Path, name: str) -> Path:
    """Where a program's output is kept; the ten megabytes before are beside it in `.log.1`."""
    return folder / f"{name}.log"


@dataclass(frozen=True)
class _Running:
    process: asyncio.subprocess.Process
    reading: asyncio.Task[None]


class _Log:
    """A file that keeps the last ten to twenty megabytes. A full disk costs the log, never the program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        with suppress(OSError):
            if self._file.tell() > _LOG_LIMIT_BYTES:
                self._file.close()
                self._path.replace(self._path.with_suffix(".log.1"))
                self._file = self._path.open("ab", buffering=0)
            self._file.write(line if line.endswith(b"\n") else line + b"\n")

    def close(self) -> None:
        self._file.close()


class Supervisor:
    """Runs programs until it is stopped.

    log_folder: every program's output is kept here. show: called with (program, line) for each line that one
    prints, and for what the supervisor itself has to say of it. hold_folder: a program is not started again
    while a file of its name is in here. stop_seconds: from TERM to KILL. on_change: told each time which
    programs run, by their process ids.
    """

    def __init__(
        self,
        *,
        log_folder: Path,
        show: Callable[[str, str], None],
        hold_folder: Path | None = None,
        backoff: Backoff | None = None,
        stop_seconds: float = 6.0,
        jitter: Callable[[], float] = random.random,
        on_change: Callable[[dict[str, int]], None] | None = None,
    ) -> None:
        self._log_folder = log_folder
        self._show = show
        self._hold_folder = hold_folder
        self._backoff = backoff or Backoff()
        self._stop_seconds = stop_seconds
        self._jitter = jitter
        self._on_change = on_change
        self._mark = secrets.token_hex(8)
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, _Running] = {}
        self._guard: asyncio.subprocess.Process | None = None
        self.starts: dict[str, int] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Process id of each program that runs now."""
        return {name: running.process.pid for name, running in self._running.items()}

    async def start(self, program: Program) -> None:
        """Start a program and keep it running from now on. Raises OSError when it cannot be started."""
        if self._guard is None:
            self._guard = await _start_guard(f"{_MARK_NAME}={self._mark}")
        running = await self._spawn(program)
        self._keepers[program.name] = asyncio.create_task(self._keep(program, running))

    async def stop(self, names: Sequence[str] | None = None) -> None:
        """Stop programs (all of them without names), the last started first; none is running afterwards."""
        leaving = [name for name in reversed(self._keepers) if names is None or name in names]
        keepers = [self._keepers.pop(name) for name in leaving]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        await asyncio.gather(*(self._end(name) for name in leaving))
        if not self._keepers:
            await self._dismiss_guard()

    async def _keep(self, program: Program, running: _Running) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            code = await running.process.wait()
            self._running.pop(program.name, None)
            self._report_change()
            await self._bury(running)
            ran_seconds = time.monotonic() - began
            failures = 1 if ran_seconds >= self._backoff.forgiven_after_seconds else failures + 1
            pause_seconds = self._backoff.pause_seconds(failures, jitter=self._jitter())
            self._show(program.name, f"ended ({_ending(code)}); starting again in {pause_seconds:.1f} s")
            await asyncio.sleep(pause_seconds)
            running = await self._spawn_when_allowed(program)

    async def _spawn_when_allowed(self, program: Program) -> _Running:
        while True:
            while self._is_held(program):  # noqa: ASYNC110  a file tells nobody that it is gone
                await asyncio.sleep(0.1)
            try:
                return await self._spawn(program)
            except OSError as error:
                # Out of processes or memory for now, perhaps: the next try may go through.
                self._show(program.name, f"could not be started: {error}")
                await asyncio.sleep(self._backoff.limit_seconds)

    def _is_held(self, program: Program) -> bool:
        return self._hold_folder is not None and (self._hold_folder / program.name).exists()

    async def _spawn(self, program: Program) -> _Running:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env={**os.environ, **program.environment, _MARK_NAME: self._mark},
            cwd=program.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE_LIMIT_BYTES,
            # A session of its own: the terminal's Ctrl-C reaches us alone, and we stop them in order.
            start_new_session=True,
        )
        reading = asyncio.create_task(self._read(program.name, process))
        running = self._running[program.name] = _Running(process, reading)
        self.starts[program.name] = self.starts.get(program.name, 0) + 1
        self._tell_guard(f"+ {process.pid}")
        self._report_change()
        return running

    async def _read(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Show and keep what a program prints, until nobody can print any more."""
        assert process.stdout is not None
        log = _Log(program_log(self._log_folder, name))
        try:
            while line := await _read_line(process.stdout):
                log.write(line)
                self._show(name, line.decode("utf-8", "replace").rstrip())
        finally:
            log.close()

    async def _end(self, name: str) -> None:
        running = self._running.pop(name, None)
        if running is None:
            return
        _signal_group(running.process.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(running.process.wait(), timeout=self._stop_seconds)
        await self._bury(running)

    async def _bury(self, running: _Running) -> None:
        """The program has ended or is out of time: nothing of its group stays; its last words are read."""
        _signal_group(running.process.pid, signal.SIGKILL)
        await running.process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(running.reading, timeout=0.5)
        self._tell_guard(f"- {running.process.pid}")

    def _report_change(self) -> None:
        if self._on_change is not None:
            self._on_change(self.pids)

    def _tell_guard(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None and self._guard.returncode is None:
            self._guard.stdin.write(f"{line}\n".encode())

    async def _dismiss_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is None or guard.stdin is None:
            return
        guard.stdin.close()
        await guard.wait()


async def _start_guard(mark: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(__file__).with_name("guard.py")),
        mark,
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def _read_line(stream: asyncio.StreamReader) -> bytes:
    """The next line; a longer one than we keep comes in pieces."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.readexactly(overrun.consumed)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
