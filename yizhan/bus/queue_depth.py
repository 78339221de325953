"""How much waits in each queue, asked of the broker now and then for /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from yizhan.bus import topology
from yizhan.bus.connection import Broker, BrokerRefused, BusError
from yizhan.metrics import QUEUE_CONSUMERS, QUEUE_MESSAGES

log = structlog.get_logger(__name__)

MEASURE_QUEUES_EVERY_SECONDS = 15.0
_ANSWER_SECONDS = 10.0


def measured_queues() -> list[str]:
    """Every queue that is to run empty: handlers', their retry ladders', the dead letters."""
    return [plan.name for plan in topology.queue_plans() if plan.name != topology.HISTORY_STREAM]


class QueueDepth:
    """Asks by passive declarations, which every user of the broker may make."""

    def __init__(self, broker: Broker, queues: Sequence[str] | None = None) -> None:
        self._broker = broker
        self._queues = measured_queues() if queues is None else list(queues)

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            await self.measure()
            await asyncio.sleep(MEASURE_QUEUES_EVERY_SECONDS)

    async def measure(self) -> None:
        """Ask once. What cannot be asked has no value rather than an old one."""
        for queue in self._queues:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    state = await self._broker.declare_queue(queue, passive=True)
            except (BrokerRefused, BusError, TimeoutError) as error:
                log.debug("queue_depth.unknown", queue=queue, error=str(error) or type(error).__name__)
                _forget(queue)
            else:
                QUEUE_MESSAGES.labels(queue).set(state.messages)
                QUEUE_CONSUMERS.labels(queue).set(state.consumers)


def _forget(queue: str) -> None:
    for gauge in (QUEUE_MESSAGES, QUEUE_CONSUMERS):
        # Asking for the child makes it, so that removing finds it.
        gauge.labels(queue)
        gauge.remove(queue)
