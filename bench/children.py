"""Programs that a bench starts: servers, clients, and whatever is asked by lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yizhan.cli.ports import is_listening

ROOT = Path(__file__).parents[1]

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class ProgramFailed(Exception):
    """A program that a bench needs did not start, or ended; the message holds the end of its log."""


class Child:
    """A program of a bench's own. Leaving the block ends it.

    log: where its standard error goes; None drops it. Standard output is for answers.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, log: Path | None = None
    ) -> None:
        self.command = list(command)
        self._log = log
        errors = log.open("wb") if log is not None else None
        self._process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors if errors is not None else subprocess.DEVNULL,
        )
        if errors is not None:
            errors.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, **command: Any) -> None:
        """Send a command; `answer` reads what it says to it."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command, ensure_ascii=False).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self.failure("took no command") from None

    def answer(self) -> dict[str, Any]:
        """The next answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self.failure("gave no answer")
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, **command: Any) -> dict[str, Any]:
        self.tell(**command)
        return self.answer()

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Raises ProgramFailed when it ends first, or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self.failure(what)
            time.sleep(0.02)

    def wait_for_port(self, port: int) -> None:
        self.wait_until(lambda: is_listening(port), f"does not listen on {port}")

    def failure(self, what: str) -> ProgramFailed:
        tail = ""
        if self._log is not None:
            tail = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        return ProgramFailed(f"{' '.join(self.command[:6])}: {what}\n{tail}")

    def wait(self, timeout_seconds: float) -> int:
        return self._process.wait(timeout_seconds)

    def stop(self) -> None:
        """End it: politely, then not."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def python(*arguments: str) -> list[str]:
    """A command that this interpreter runs."""
    return [sys.executable, *arguments]
