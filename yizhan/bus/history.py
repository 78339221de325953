"""Reading the stream that keeps every event: from its beginning, an offset or a moment, again and again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from yizhan.bus.connection import Broker, Delivery
from yizhan.bus.topology import HISTORY_STREAM

_PREFETCH = 500

#: An offset, a moment, the oldest event kept, or only what comes from now on.
Start = int | datetime | Literal["first", "next"]


@dataclass(frozen=True)
class PastEvent:
    """One event as it was published. time, type: as the event says; None when it cannot be read."""

    offset: int
    routing_key: str
    message_id: str | None
    content_type: str | None
    body: bytes
    type: str | None
    time: datetime | None


async def read(
    broker: Broker, start: Start, *, silence_seconds: float | None = None
) -> AsyncGenerator[PastEvent, None]:
    """Events in the order of their publication.

    From a moment means: those that happened at it or later. silence_seconds: when nothing has come for this
    long, the broker is asked, and having nothing more is the end; None goes on for ever. A lost connection is
    taken up again where it broke off.
    """
    queue: asyncio.Queue[PastEvent] = asyncio.Queue(maxsize=_PREFETCH)
    next_offset: int | None = None

    def arguments() -> Mapping[str, Any]:
        return {"x-stream-offset": start if next_offset is None else next_offset}

    async def take(delivery: Delivery) -> None:
        nonlocal next_offset
        event = _past_event(delivery)
        # A stream hands out whole chunks, so the first may reach back before the start.
        early = next_offset is not None and event.offset < next_offset
        if not early:
            next_offset = event.offset + 1
            if not _is_before(event, start):
                await queue.put(event)
        delivery.ack()

    consumer = broker.consume(HISTORY_STREAM, take, _PREFETCH, arguments=arguments)
    try:
        while True:
            try:
                yield await asyncio.wait_for(queue.get(), silence_seconds)
            except TimeoutError:
                if await consumer.is_idle() and queue.empty():
                    return
    finally:
        stopping = asyncio.create_task(consumer.stop())
        # `take` may be waiting for room.
        while not stopping.done():
            while not queue.empty():
                queue.get_nowait()
            await asyncio.wait({stopping}, timeout=0.05)


def parse_start(text: str) -> Start:
    """`first`, `next`, an offset, or a moment in ISO 8601 with its zone. Raises ValueError."""
    if text == "first":
        return "first"
    if text == "next":
        return "next"
    if text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone, as in 2026-03-01T06:00:00+08:00")
    return moment.astimezone(UTC)


def _is_before(event: PastEvent, start: Start) -> bool:
    if isinstance(start, int):
        return event.offset < start
    return isinstance(start, datetime) and event.time is not None and event.time < start


def _past_event(delivery: Delivery) -> PastEvent:
    kind, moment = None, None
    try:
        attributes = json.loads(delivery.body)
        kind = str(attributes["type"])
        moment = datetime.fromisoformat(attributes["time"])
    except (ValueError, KeyError, TypeError):
        pass
    return PastEvent(
        offset=int(delivery.headers["x-stream-offset"]),
        routing_key=delivery.routing_key,
        message_id=delivery.message_id,
        content_type=delivery.content_type,
        body=delivery.body,
        type=kind,
        time=moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC),
    )
