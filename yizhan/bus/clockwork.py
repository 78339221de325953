"""What a service does by itself: at fixed intervals, or when the next thing is due.

Like `nameko_entrypoints`, one of the few places where nameko is met.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

# isort: split  (nameko comes after the module above, which silences eventlet's notice)
from nameko.extensions import Entrypoint
from nameko.timer import Timer

from yizhan.bus.nameko_entrypoints import current_process

F = TypeVar("F", bound=Callable[..., Any])
G = TypeVar("G", bound=Callable[..., float])


def every(seconds: float) -> Callable[[F], F]:
    """Do something again and again: `def name(self, tx) -> None`, each time in a transaction of its own.

    First after `seconds`, then every `seconds`, never twice at once within a process; several processes of a
    service each do it. What it raises is logged, and the next time comes all the same.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def run(service: Any) -> None:
            with (
                structlog.contextvars.bound_contextvars(periodic=function.__name__),
                current_process().database.transaction() as tx,
            ):
                function(service, tx)

        Timer.decorator(seconds)(run)
        return run  # type: ignore[return-value]

    return decorate


class Wakening(Entrypoint):  # type: ignore[misc]
    """Runs its method now, and again whenever the seconds that the method answered have passed.

    at_most_seconds: the longest pause, and the pause after a failure.
    """

    def __init__(self, at_most_seconds: float, **arguments: Any) -> None:
        self._at_most_seconds = at_most_seconds
        self._stopping = threading.Event()
        self._loop: Any = None
        super().__init__(**arguments)

    def start(self) -> None:
        self._loop = self.container.spawn_managed_thread(self._run, identifier=f"wakening {self.method_name}")

    def stop(self) -> None:
        self._stopping.set()
        self._loop.wait()

    def kill(self) -> None:
        self._loop.kill()

    def _run(self) -> None:
        pause_seconds = 0.0
        while not self._stopping.wait(pause_seconds):
            done = threading.Event()
            pauses: list[float] = []
            self.container.spawn_worker(
                self, (), {}, handle_result=functools.partial(self._finish, done, pauses)
            )
            done.wait()
            pause_seconds = pauses[0]

    def _finish(
        self, done: threading.Event, pauses: list[float], _: object, result: Any, failure: Any
    ) -> tuple[Any, Any]:
        pauses.append(self._at_most_seconds if failure else min(max(result, 0.0), self._at_most_seconds))
        done.set()
        return result, failure


def wakening(*, at_most_seconds: float) -> Callable[[G], G]:
    """Run a method by a `Wakening`: `def name(self) -> float`, the seconds until it is to run again."""

    def decorate(function: G) -> G:
        Wakening.decorator(at_most_seconds)(function)
        return function

    return decorate
