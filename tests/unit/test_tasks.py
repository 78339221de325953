"""Ending tasks."""

from __future__ import annotations

import asyncio

import pytest

from yizhan import tasks
from yizhan.tasks import end_tasks


async def test_a_task_that_forgets_its_first_cancellation_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As asyncio.wait_for of Python 3.11 does when its work ends in the same moment."""
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    cancellations = 0

    async def forgetful() -> None:
        nonlocal cancellations
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancellations += 1
                if cancellations == 3:
                    raise

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end_tasks([task])
    assert task.cancelled()
    assert cancellations == 3


async def test_what_a_task_died_of_is_not_raised() -> None:
    """It was told where it happened, and whoever leaves has more to put in order."""

    async def dies() -> None:
        raise OSError("gone")

    task = asyncio.create_task(dies())
    await asyncio.sleep(0)
    await end_tasks([task])
    assert task.done()
