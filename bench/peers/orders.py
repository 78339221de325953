"""Orders for the Python peers: updates on an open-loop schedule."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

Send = Callable[[str], Awaitable[None]]


def moment(at: float) -> str:
    """A moment as the board writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


async def obey(send: Send) -> None:
    """Carry out orders from standard input until it ends."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    pending = b""

    def read() -> None:
        nonlocal pending
        data = os.read(0, 65536)
        if not data:
            loop.remove_reader(0)
        *whole, pending = (pending + data).split(b"\n")
        for line in whole:
            lines.put_nowait(line)

    loop.add_reader(0, read)
    while True:
        order = json.loads(await lines.get())
        started = time.time()
        for number in range(order["count"]):
            due = started + number / order["rate"]
            await asyncio.sleep(max(0.0, due - time.time()))
            await send(order["head"] + moment(due) + order["tail"])
