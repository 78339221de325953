"""Reading the past to its end over a network that has its moods."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.chaos.proxy import link_to
from yizhan.bus import history
from yizhan.bus.connection import Broker
from yizhan.bus.topology import HISTORY_STREAM

pytestmark = pytest.mark.integration

_SILENCE_SECONDS = 0.3


async def _keep(broker: Broker, count: int) -> list[bytes]:
    """So many events in the history."""
    bodies = [b"%d" % number for number in range(count)]
    for body in bodies:
        await broker.publish("", HISTORY_STREAM, body, timeout_seconds=30)
    return bodies


async def _read(reader: Broker) -> list[bytes]:
    events = history.read(reader, "first", silence_seconds=_SILENCE_SECONDS)
    async with aclosing(events):
        return [event.body async for event in events]


async def test_the_end_is_where_the_broker_has_nothing_more(broker: Broker) -> None:
    """Of an empty history too."""
    assert await _read(broker) == []
    kept = await _keep(broker, 3)
    assert await _read(broker) == kept


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_link_that_stalls_is_no_end(broker: Broker, broker_url: str, direction: str) -> None:
    """Several times as long as the silence: what was said meanwhile is read all the same."""
    kept = await _keep(broker, 20)
    link, url = await link_to(broker_url)
    reader = Broker(url, "reader")
    await reader.start()
    await reader.connected.wait()
    link.stall(direction)
    reading = asyncio.create_task(_read(reader))
    # Long enough for whoever takes silence for the end.
    await asyncio.wait({reading}, timeout=5 * _SILENCE_SECONDS)
    assert not reading.done()
    link.heal()
    assert await asyncio.wait_for(reading, 30) == kept
    await reader.close()
    await link.close()
