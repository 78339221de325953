"""Waiting for a condition with a deadline, instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
from websockets.exceptions import WebSocketException

T = TypeVar("T")

#: What a condition raises while it does not hold yet.
_NOT_YET = (AssertionError, OSError, LookupError, httpx.HTTPError, WebSocketException)

#: A tenth of the time that has been waited, so that what is asked costs little beside what is waited for.
_FIRST_STEP_SECONDS, _LONGEST_STEP_SECONDS = 0.02, 0.25


def eventually(condition: Callable[[], T], *, within_seconds: float = 5.0) -> T:
    """Ask until the answer is truthy and return it. Raises AssertionError with the last answer or error."""
    began = time.monotonic()
    last: object = None
    while True:
        # Looked at before it is asked: whoever was kept from running until now asks once more.
        waited = time.monotonic() - began
        try:
            answer = condition()
            if answer:
                return answer
            last = answer
        except _NOT_YET as error:
            last = error
        if waited > within_seconds:
            raise AssertionError(f"not within {within_seconds} s; last: {last!r}")
        time.sleep(_step(waited))


async def eventually_async(condition: Callable[[], Awaitable[T] | T], *, within_seconds: float = 5.0) -> T:
    """The same for coroutines and plain functions, leaving the loop free meanwhile."""
    began = time.monotonic()
    last: object = None
    while True:
        waited = time.monotonic() - began
        try:
            answer = condition()
            value: T = await answer if inspect.isawaitable(answer) else answer  # type: ignore[assignment]
            if value:
                return value
            last = value
        except _NOT_YET as error:
            last = error
        if waited > within_seconds:
            raise AssertionError(f"not within {within_seconds} s; last: {last!r}")
        await asyncio.sleep(_step(waited))


def _step(waited_seconds: float) -> float:
    return min(_LONGEST_STEP_SECONDS, max(_FIRST_STEP_SECONDS, waited_seconds / 10))
