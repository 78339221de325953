"""Answers to messages by number: whether each is on its station's screens, told before the message is acked.

Beside the folder, which must not wait for the broker: screens come first. A process that dies with an answer
owed leaves its message in the queue, and whoever gets it then answers the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

import structlog

from services.board import metrics
from services.board.events import Bus, answer, tell
from yizhan.bus.connection import BusError
from yizhan.clock import Clock
from yizhan.contracts.envelope import Event
from yizhan.contracts.screen_messages import MissedReason, ScreenMessageIssued

log = structlog.get_logger(__name__)

#: Pauses before the second and each further try. After the last the message is acked all the same, lest it
#: take the folder's place in the queue for good; its delivery then stays `sent`, which it was.
_PAUSES_SECONDS = (1.0, 5.0, 20.0)


class Ackable(Protocol):
    """A delivery from the bus, not settled yet."""

    def ack(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Owed:
    delivery: Ackable
    event: Event[ScreenMessageIssued]
    missed: MissedReason | None


class Answers:
    """What is owed, told one after the other."""

    def __init__(
        self, bus: Bus, clock: Clock, *, pauses_seconds: tuple[float, ...] = _PAUSES_SECONDS
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._pauses_seconds = pauses_seconds
        self._owed: asyncio.Queue[_Owed] = asyncio.Queue()

    def owe(self, delivery: Ackable, event: Event[ScreenMessageIssued], missed: MissedReason | None) -> None:
        """Tell what became of a message, then ack it. missed: why it was not shown; None when it was."""
        self._owed.put_nowait(_Owed(delivery, event, missed))

    async def run(self) -> None:
        """Tell what is owed, for ever."""
        while True:
            await self._tell(await self._owed.get())

    async def _tell(self, owed: _Owed) -> None:
        for pause_seconds in (0.0, *self._pauses_seconds):
            await asyncio.sleep(pause_seconds)
            try:
                await tell(self._bus, answer(owed.event, owed.missed, now=self._clock.now()))
            except BusError as error:
                log.warning("answers.not_told", message=owed.event.subject, error=str(error))
            else:
                break
        else:
            metrics.ANSWERS_GIVEN_UP.inc()
            log.error("answers.given_up", message=owed.event.subject)
        owed.delivery.ack()
