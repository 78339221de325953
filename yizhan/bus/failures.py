"""Where a message goes that could not be handled: to a retry queue for a while, or to the dead letters.

Pure: the callers publish the move and ack the original only after its confirm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yizhan.bus.topology import DEAD_EXCHANGE, RETRY_EXCHANGE, RETRY_LADDER_SECONDS, retry_queue
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.reading import EventUnreadable

#: Headers that travel with a failed message.
ATTEMPTS = "x-yizhan-attempts"
FIRST_FAILED_AT = "x-yizhan-first-failed-at"
LAST_FAILED_AT = "x-yizhan-last-failed-at"
REASON = "x-yizhan-reason"
CODE = "x-yizhan-code"
QUEUE = "x-yizhan-queue"
ROUTING_KEY = "x-yizhan-routing-key"

_REASON_LENGTH = 500


@dataclass(frozen=True)
class Move:
    """Publish the message's body there with these headers, then ack the original. dead: for good."""

    exchange: str
    key: str
    headers: dict[str, Any]
    dead: bool
    code: str
    attempts: int


def route_failure(
    error: BaseException,
    headers: Mapping[str, Any],
    *,
    queue: str,
    routing_key: str,
    now: datetime,
    ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS,
) -> Move:
    """Decide where a message goes after `error`. headers: those that it was delivered with.

    What cannot succeed unchanged (unreadable bytes, a refusal that is not retryable) is dead at once;
    anything else climbs the ladder and is dead after its last rung.
    """
    attempts = attempts_of(headers) + 1
    exhausted = attempts > len(ladder_seconds)
    dead = is_permanent(error) or exhausted
    kept = {
        **without_broker_marks(headers),
        ATTEMPTS: attempts,
        FIRST_FAILED_AT: str(headers.get(FIRST_FAILED_AT) or now.isoformat()),
        LAST_FAILED_AT: now.isoformat(),
        REASON: f"{type(error).__name__}: {error}"[:_REASON_LENGTH],
        CODE: code_of(error),
        QUEUE: queue,
        ROUTING_KEY: str(headers.get(ROUTING_KEY) or routing_key),
    }
    if dead:
        return Move(DEAD_EXCHANGE, queue, kept, True, kept[CODE], attempts)
    key = retry_queue(queue, ladder_seconds[attempts - 1])
    return Move(RETRY_EXCHANGE, key, kept, False, kept[CODE], attempts)


def is_permanent(error: BaseException) -> bool:
    """Whether the same message can never succeed as it is."""
    if isinstance(error, YizhanError):
        return not error.retryable
    return isinstance(error, EventUnreadable)


def code_of(error: BaseException) -> str:
    """A stable code for the dead letter."""
    if isinstance(error, YizhanError):
        return error.code
    return "event.unreadable" if isinstance(error, EventUnreadable) else "handler.failed"


def attempts_of(headers: Mapping[str, Any]) -> int:
    """How often handling has failed before; a header that somebody else wrote badly counts as none."""
    value = headers.get(ATTEMPTS)
    return value if isinstance(value, int) and value > 0 else 0


def without_broker_marks(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers without what the broker noted on the way: seeing them, it could take a retry for a cycle."""
    return {name: value for name, value in headers.items() if not name.startswith(_BROKER_MARKS)}


_BROKER_MARKS = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-stream-offset")
