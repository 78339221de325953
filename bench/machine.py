"""The machine that measures: its size, the processor time and memory of a process, and its limits."""

from __future__ import annotations

import os
import platform
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def describe() -> str:
    """One line: when, and on what."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory_gib = os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} × {model} · {memory_gib:.0f} GiB · "
        f"Linux {platform.release()} · Python {platform.python_version()} · load {os.getloadavg()[0]:.1f}"
    )


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and its threads have used, in user and kernel, by the scheduler's own
    clock; /proc/PID/stat counts in hundredths of a second, too coarse for a round."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


def allow_many_files() -> int:
    """Take all the open files that the system allows; how many that is."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
