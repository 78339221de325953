"""Dead letters: what could not be handled, with its story; people look at it, send it back or drop it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yizhan.bus import failures
from yizhan.bus.connection import Broker, Delivery
from yizhan.bus.topology import DEAD_QUEUE

#: A look takes at most this many; what lies behind them is seen once they are settled.
MAX_LETTERS = 5000
#: When no letter comes for this long, somebody else holds the rest.
_SILENCE_SECONDS = 3.0

_STORY = (
    failures.ATTEMPTS,
    failures.FIRST_FAILED_AT,
    failures.LAST_FAILED_AT,
    failures.REASON,
    failures.CODE,
    failures.QUEUE,
)


@dataclass(frozen=True)
class DeadLetter:
    """One message that nobody will handle by itself any more.

    id: the event's; for a message without one, twelve digits of its body's SHA-256. queue: where it failed,
    empty when unknown. attempts: None when the broker gave it up without telling.
    """

    id: str
    queue: str
    routing_key: str
    code: str
    reason: str
    attempts: int | None
    first_failed_at: str | None
    last_failed_at: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    body: bytes

    @property
    def event_type(self) -> str | None:
        """What the body says that it is; None when it cannot be read."""
        try:
            value = json.loads(self.body)["type"]
        except (ValueError, KeyError, TypeError):
            return None
        return value if isinstance(value, str) else None


Wanted = Callable[[DeadLetter], bool]


async def look(broker: Broker) -> list[DeadLetter]:
    """Every dead letter, oldest first; they stay where they are."""
    return [letter for letter, _ in await _settle(broker, lambda _: False, _keep)]


async def send_back(broker: Broker, wanted: Wanted) -> tuple[list[DeadLetter], list[DeadLetter]]:
    """Put the wanted letters into the queues where they failed, with a clean slate.

    Each is taken out only after the broker has confirmed the copy. Returns those sent back, and those wanted
    ones that could not be, because nobody knows from which queue they came. Raises BusError.
    """

    async def resend(letter: DeadLetter) -> bool:
        if not letter.queue:
            return False
        await broker.publish(
            "",
            letter.queue,
            letter.body,
            headers=_clean(letter),
            content_type=letter.content_type or "application/octet-stream",
            message_id=letter.id,
        )
        return True

    outcomes = await _settle(broker, wanted, resend)
    sent = [letter for letter, done in outcomes if done]
    return sent, [letter for letter, done in outcomes if not done and wanted(letter)]


async def drop(broker: Broker, wanted: Wanted) -> list[DeadLetter]:
    """Delete the wanted letters for ever, and return them."""
    return [letter for letter, done in await _settle(broker, wanted, _let_go) if done]


async def _keep(_: DeadLetter) -> bool:
    return False


async def _let_go(_: DeadLetter) -> bool:
    return True


async def _settle(
    broker: Broker, wanted: Wanted, act: Callable[[DeadLetter], Any]
) -> list[tuple[DeadLetter, bool]]:
    """Go through all letters once; ack those that are wanted and for which `act` says True."""
    state = await broker.declare_queue(DEAD_QUEUE, passive=True)
    expected = min(state.messages, MAX_LETTERS)
    seen: list[tuple[DeadLetter, bool]] = []
    failure: list[Exception] = []
    progress = asyncio.Event()

    async def take(delivery: Delivery) -> None:
        if len(seen) >= expected or failure:
            return
        letter = read_letter(delivery)
        done = False
        try:
            done = wanted(letter) and await act(letter)
        except Exception as error:
            failure.append(error)
        if done:
            delivery.ack()
        seen.append((letter, done))
        progress.set()

    if expected:
        consumer = broker.consume(DEAD_QUEUE, take, expected)
        while len(seen) < expected and not failure:
            progress.clear()
            try:
                await asyncio.wait_for(progress.wait(), _SILENCE_SECONDS)
            except TimeoutError:
                break
        # What was not acked goes back to its place.
        await consumer.stop()
    if failure:
        raise failure[0]
    return seen


def read_letter(delivery: Delivery) -> DeadLetter:
    """A dead letter from its message, whether a handler or the broker itself moved it here."""
    headers = delivery.headers
    by_broker = failures.REASON not in headers
    death = str(headers.get("x-first-death-reason", "unknown"))
    return DeadLetter(
        id=delivery.message_id or hashlib.sha256(delivery.body).hexdigest()[:12],
        queue=str(headers.get(failures.QUEUE) or headers.get("x-first-death-queue") or ""),
        routing_key=str(headers.get(failures.ROUTING_KEY) or delivery.routing_key),
        code=f"broker.{death}" if by_broker else str(headers.get(failures.CODE)),
        reason=f"the broker gave it up: {death}" if by_broker else str(headers[failures.REASON]),
        attempts=None if by_broker else failures.attempts_of(headers),
        first_failed_at=_text(headers.get(failures.FIRST_FAILED_AT)),
        last_failed_at=_text(headers.get(failures.LAST_FAILED_AT)),
        content_type=delivery.content_type,
        headers=headers,
        body=delivery.body,
    )


def _clean(letter: DeadLetter) -> dict[str, Any]:
    kept = failures.without_broker_marks(letter.headers)
    for name in _STORY:
        kept.pop(name, None)
    return {**kept, failures.ROUTING_KEY: letter.routing_key}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
