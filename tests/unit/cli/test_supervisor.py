"""The supervisor with real, tiny programs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.eventually import eventually, eventually_async
from yizhan.cli.supervisor import Backoff, Program, Supervisor, program_log

#: No test waits for a pause that it does not test.
QUICK = Backoff(first_seconds=0.02, limit_seconds=0.1, forgiven_after_seconds=60.0)


def python(name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-I", "-S", "-c", code))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class Said:
    """What the supervisor showed."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def has(self, text: str) -> bool:
        return any(text in line for _, line in self.lines)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
async def make(tmp_path: Path, said: Said) -> AsyncIterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def build(backoff: Backoff = QUICK, stop_seconds: float = 5.0) -> Supervisor:
        (tmp_path / "hold").mkdir(exist_ok=True)
        supervisor = Supervisor(
            log_folder=tmp_path / "logs",
            hold_folder=tmp_path / "hold",
            show=said,
            backoff=backoff,
            stop_seconds=stop_seconds,
        )
        made.append(supervisor)
        return supervisor

    yield build
    for supervisor in made:
        await supervisor.stop()


async def test_a_program_that_ends_is_started_again(make: Callable[..., Supervisor], said: Said) -> None:
    """Another process takes the place of one that ended, and its exit code is told."""
    supervisor = make()
    await supervisor.start(python("short", "raise SystemExit(3)"))
    await eventually_async(lambda: supervisor.starts["short"] >= 3)
    assert said.has("exit 3")


async def test_a_killed_program_is_started_again_as_another_process(
    make: Callable[..., Supervisor], said: Said
) -> None:
    """kill -9 costs one process, and the signal is named."""
    supervisor = make()
    await supervisor.start(python("steady", "import time; time.sleep(600)"))
    first = supervisor.pids["steady"]
    os.kill(first, signal.SIGKILL)
    await eventually_async(lambda: supervisor.pids.get("steady", first) != first)
    assert said.has("SIGKILL")


async def test_a_held_program_stays_down_until_it_is_released(
    make: Callable[..., Supervisor], tmp_path: Path
) -> None:
    """A file of the program's name in the hold folder keeps it down."""
    supervisor = make()
    await supervisor.start(python("board", "import time; time.sleep(600)"))
    (tmp_path / "hold" / "board").touch()
    os.kill(supervisor.pids["board"], signal.SIGKILL)
    await eventually_async(lambda: "board" not in supervisor.pids)
    await asyncio.sleep(0.3)
    assert "board" not in supervisor.pids
    (tmp_path / "hold" / "board").unlink()
    await eventually_async(lambda: "board" in supervisor.pids)


async def test_stopping_ends_what_a_program_forked(make: Callable[..., Supervisor], said: Said) -> None:
    """Children of a program go with it, also when the program itself does nothing about them."""
    supervisor = make()
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(600)'])\n"
        "print('child', child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    await supervisor.start(python("parent", code))
    await eventually_async(lambda: said.has("child "))
    child = int(next(line for _, line in said.lines if line.startswith("child ")).split()[1])
    assert is_running(child)
    await supervisor.stop()
    await eventually_async(lambda: not is_running(child))


async def test_stopping_ends_what_has_left_its_programs_group(
    make: Callable[..., Supervisor], said: Said
) -> None:
    """A daemon that a program started in a session of its own does not outlive the supervisor's stop."""
    supervisor = make()
    code = (
        "import subprocess, sys\n"
        "command = [sys.executable, '-I', '-S', '-c', 'import time; time.sleep(600)']\n"
        "print('child', subprocess.Popen(command, start_new_session=True).pid, flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    await supervisor.start(python("parent", code))
    await eventually_async(lambda: said.has("child "))
    child = int(next(line for _, line in said.lines if line.startswith("child ")).split()[1])
    await supervisor.stop()
    assert not is_running(child)


async def test_a_program_that_ignores_term_is_killed(make: Callable[..., Supervisor], said: Said) -> None:
    """TERM first, KILL when the time is over."""
    supervisor = make(stop_seconds=2.0)
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'not me\\n'))\n"
        "print('ready', flush=True)\n"
        "while True: time.sleep(600)\n"
    )
    await supervisor.start(python("stubborn", code))
    await eventually_async(lambda: said.has("ready"))
    pid = supervisor.pids["stubborn"]
    await supervisor.stop()
    assert not is_running(pid)
    assert said.has("not me")


async def test_last_words_at_the_end_are_kept(
    make: Callable[..., Supervisor], tmp_path: Path, said: Said
) -> None:
    """What a program prints after TERM is in its log."""
    supervisor = make()
    code = (
        "import os, signal, sys, time\n"
        "def bye(*_): os.write(1, b'goodbye\\n'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, bye)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    await supervisor.start(python("polite", code))
    await eventually_async(lambda: said.has("ready"))
    await supervisor.stop()
    assert program_log(tmp_path / "logs", "polite").read_text().splitlines() == ["ready", "goodbye"]


async def test_output_without_line_breaks_neither_blocks_nor_grows(
    make: Callable[..., Supervisor], said: Said
) -> None:
    """A megabyte without a line break is shown in pieces, and the program goes on."""
    supervisor = make()
    code = (
        "import sys, time\n"
        "sys.stdout.write('x' * 1_000_000 + '\\nafter\\n')\n"
        "sys.stdout.flush()\n"
        "time.sleep(600)\n"
    )
    await supervisor.start(python("noisy", code))
    await eventually_async(lambda: said.has("after"))
    assert sum(len(line) for _, line in said.lines if line.startswith("x")) == 1_000_000


async def test_only_the_named_programs_are_stopped(make: Callable[..., Supervisor]) -> None:
    """Processes can be stopped before the servers that they use."""
    supervisor = make()
    await supervisor.start(python("server", "import time; time.sleep(600)"))
    await supervisor.start(python("client", "import time; time.sleep(600)"))
    await supervisor.stop(["client"])
    assert set(supervisor.pids) == {"server"}


async def test_a_program_that_does_not_exist_is_an_error_at_the_first_start(
    make: Callable[..., Supervisor],
) -> None:
    """A wrong command is told to whoever gave it."""
    with pytest.raises(FileNotFoundError):
        await make().start(Program("nothing", ("/nonexistent/program",)))


@pytest.mark.parametrize(
    ("failures", "longest_seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (6, 16.0), (9, 20.0), (500, 20.0)]
)
def test_pauses_double_up_to_their_limit(failures: int, longest_seconds: float) -> None:
    """Each end in a row doubles the pause; half of it is jitter."""
    backoff = Backoff(first_seconds=0.5, limit_seconds=20.0)
    assert backoff.pause_seconds(failures, jitter=0.0) == longest_seconds / 2
    assert backoff.pause_seconds(failures, jitter=0.5) == longest_seconds * 0.75


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path) -> None:
    """kill -9 of the supervisor: its guard stops the programs, and even what has left their groups."""
    code = f"""
import asyncio, sys
from pathlib import Path
from yizhan.cli.supervisor import Program, Supervisor

async def main():
    supervisor = Supervisor(log_folder=Path({str(tmp_path)!r}), show=lambda *_: None)
    child = "import time; time.sleep(600)"
    parent = "import subprocess, sys, time; "
    command = f"[sys.executable, '-I', '-S', '-c', {{child!r}}]"
    parent += f"c = subprocess.Popen({{command}}, start_new_session=True); "
    parent += "open(" + repr({str(tmp_path / "child")!r}) + ", 'w').write(str(c.pid)); time.sleep(600)"
    await supervisor.start(Program("parent", (sys.executable, "-I", "-S", "-c", parent)))
    print(supervisor.pids["parent"], flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    parent = int(process.stdout.readline())
    child = int(eventually(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text()))
    assert is_running(parent)
    assert is_running(child)
    process.kill()
    process.wait()
    process.stdout.close()
    eventually(lambda: not is_running(parent) and not is_running(child), within_seconds=15)
