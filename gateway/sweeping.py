"""Uploads that nothing was attached to, deleted hourly. Every gateway does it; none minds another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from gateway import metrics
from yizhan.clock import Clock
from yizhan.contracts.files import FileStoreUnavailable
from yizhan.files import FileStore
from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 3600.0


@contextlib.asynccontextmanager
async def swept(
    files: FileStore, clock: Clock, *, pause_seconds: float = PAUSE_SECONDS
) -> AsyncIterator[None]:
    """Sweep the store for as long as the block runs, first after a pause."""
    task = asyncio.create_task(_sweep(files, clock, pause_seconds))
    try:
        yield
    finally:
        await end_tasks([task])


async def _sweep(files: FileStore, clock: Clock, pause_seconds: float) -> None:
    while True:
        await asyncio.sleep(pause_seconds)
        try:
            count = await asyncio.to_thread(files.sweep, clock.now())
        except FileStoreUnavailable as error:
            log.warning("files_not_swept", reason=error.detail)
            continue
        metrics.FILES_SWEPT.inc(count)
        if count:
            log.info("files_swept", count=count)
