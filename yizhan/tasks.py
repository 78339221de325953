"""Ending asyncio tasks, whatever they wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_SECONDS = 2.0


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and return when all have ended; what they died of is not raised.

    They are cancelled again where once was not enough: up to Python 3.11 `asyncio.wait_for` forgets a
    cancellation that comes in the moment in which its work ends, and redis-py sends by it.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=_AGAIN_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()  # or asyncio complains that nobody has asked
