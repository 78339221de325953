"""The handling side of an event in a service with a database: once, in one transaction with its inbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection

from yizhan.bus.inbox import Inbox
from yizhan.clock import Clock
from yizhan.contracts.envelope import Event
from yizhan.contracts.reading import read_event
from yizhan.contracts.subscriptions import Subscription
from yizhan.database import Database
from yizhan.logs import request_context
from yizhan.metrics import HANDLER_SECONDS

log = structlog.get_logger(__name__)

#: What a service's handler is, once bound to its service.
Body = Callable[[Connection, Event[Any]], None]


class EventDesk:
    """Handles one service's events with its own database."""

    def __init__(self, database: Database, inbox: Inbox, clock: Clock) -> None:
        self._database = database
        self._inbox = inbox
        self._clock = clock

    def handle(self, subscription: Subscription, body: Body, raw: bytes) -> None:
        """Handle one delivery; when this returns, the event's effect is committed, now or earlier.

        Raises EventUnreadable, or whatever the handler raises; then nothing was changed.
        """
        started = time.perf_counter()
        event = read_event(raw)
        with request_context(
            event.correlation, event.traceparent, handler=subscription.queue, event_id=event.id
        ):
            with self._database.transaction() as tx:
                first = self._inbox.first_time(tx, event.id, subscription.handler, now=self._clock.now())
                if first:
                    body(tx, event)
            outcome = "handled" if first else "repeated"
            log.debug(f"event.{outcome}", type=event.type, subject=event.subject, sequence=event.sequence)
        HANDLER_SECONDS.labels(subscription.queue, outcome).observe(time.perf_counter() - started)
