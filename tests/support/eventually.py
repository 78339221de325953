"""Waiting for a condition with a deadline, instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_STEP_SECONDS = 0.02


def eventually(condition: Callable[[], T], *, within_seconds: float = 5.0) -> T:
    """Ask until the answer is truthy and return it. Raises AssertionError with the last answer or error."""
    deadline = time.monotonic() + within_seconds
    last: object = None
    while True:
        try:
            answer = condition()
            if answer:
                return answer
            last = answer
        except (AssertionError, OSError, LookupError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds} s; last: {last!r}")
        time.sleep(_STEP_SECONDS)


async def eventually_async(condition: Callable[[], Awaitable[T] | T], *, within_seconds: float = 5.0) -> T:
    """The same for coroutines and plain functions, leaving the loop free meanwhile."""
    deadline = time.monotonic() + within_seconds
    last: object = None
    while True:
        try:
            answer = condition()
            value: T = await answer if inspect.isawaitable(answer) else answer  # type: ignore[assignment]
            if value:
                return value
            last = value
        except (AssertionError, OSError, LookupError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds} s; last: {last!r}")
        await asyncio.sleep(_STEP_SECONDS)
