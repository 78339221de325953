"""Whether the history stream keeps what is published over the present connection.

After a crash RabbitMQ opens its port before the stream has its leader back, and confirms what it is given in
between without storing it there (seen with 3.10; queues are not affected). So a confirm proves nothing until
the stream has been seen alive over the same connection.
"""

from __future__ import annotations

import asyncio

import structlog

from yizhan.bus.connection import Broker, BrokerRefused, BusError
from yizhan.bus.topology import HISTORY_STREAM

log = structlog.get_logger(__name__)

_ASK_EVERY_SECONDS = 0.1
_ANSWER_SECONDS = 5.0
_LOOK_SECONDS = 0.5


class HistoryWatch:
    """Looks after each connect until the stream answers. `run` it beside whoever asks `keeps`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._seen_over = 0

    def keeps(self, connection: int) -> bool:
        """Whether the stream has answered over this connection (`Broker.connections`), the present one."""
        return self._seen_over == connection == self._broker.connections

    def fault(self) -> str | None:
        """None when it keeps what is published now."""
        return None if self.keeps(self._broker.connections) else "the history stream does not answer"

    async def run(self) -> None:
        """For ever."""
        told = 0
        while True:
            await self._broker.connected.wait()
            connection = self._broker.connections
            if self.keeps(connection):
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            if await self._answers():
                self._seen_over = connection
                log.info("history.answers")
                continue
            if told != connection:
                told = connection
                log.warning("history.away", stream=HISTORY_STREAM)
            await asyncio.sleep(_ASK_EVERY_SECONDS)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._broker.declare_queue(HISTORY_STREAM, passive=True)
        except (BrokerRefused, BusError, TimeoutError):
            return False
        return True
