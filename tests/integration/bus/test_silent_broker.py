"""A broker that goes silent without a word must stop no service for good."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.chaos.proxy import link_to
from tests.integration.bus import sample
from tests.support.eventually import eventually_async
from yizhan.bus.connection import Broker, Delivery
from yizhan.bus.line import Line, LineDelivery

pytestmark = pytest.mark.integration


async def test_a_line_finds_its_way_back_after_silence(broker: Broker, broker_url: str) -> None:
    """Heartbeats tell that nobody is there; no goodbye is waited for."""
    received: list[bytes] = []

    def take(delivery: LineDelivery) -> None:
        received.append(delivery.body)
        delivery.ack()

    link, url = await link_to(broker_url)
    line = Line(
        url,
        "silence",
        sample.FOLD.queue,
        1,
        take,
        prepare=lambda _: None,
        heartbeat_seconds=1,
    )
    thread = threading.Thread(target=line.run, daemon=True)
    thread.start()
    await eventually_async(lambda: line.connected, within_seconds=10)
    link.fall_silent()
    await eventually_async(lambda: not line.connected, within_seconds=20)
    link.heal()
    await broker.publish("", sample.FOLD.queue, b"after the silence")
    await eventually_async(lambda: b"after the silence" in received, within_seconds=30)
    assert await asyncio.to_thread(line.drain, 10)
    thread.join(10)
    await link.close()
    await asyncio.sleep(0.01)


async def test_a_consumer_finds_its_way_back_after_silence(broker: Broker, broker_url: str) -> None:
    """So do the board and whoever else only listens: nothing that he sends fails for him."""
    received: list[bytes] = []

    async def take(delivery: Delivery) -> None:
        received.append(delivery.body)
        delivery.ack()

    link, url = await link_to(broker_url)
    listener = Broker(url, "silence", heartbeat_seconds=1)
    await listener.start()
    listener.consume(sample.FOLD.queue, take, 1)
    await broker.publish("", sample.FOLD.queue, b"before it")
    await eventually_async(lambda: received, within_seconds=10)
    link.fall_silent()
    await eventually_async(lambda: not listener.connected.is_set(), within_seconds=30)
    link.heal()
    await broker.publish("", sample.FOLD.queue, b"after the silence")
    await eventually_async(lambda: b"after the silence" in received, within_seconds=30)
    await listener.close()
    await link.close()
