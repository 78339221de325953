"""What happens, told to the consoles that look at it now: one reader of the bus for a whole process.

News say that something has changed and where, never who or what: whoever may read it asks for it again.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from yizhan.bus.connection import Broker, Delivery
from yizhan.bus.topology import EVENTS_EXCHANGE
from yizhan.contracts.base import Message

#: What consoles look at, and what ends their streams.
HEARD = (
    "jobs.posting.*.#",
    "jobs.dispatch.*.#",
    "seekers.waiting.*.#",
    "seekers.ticket.*.#",
    "notify.letter.*.#",
    "stations.station.*.#",
    "stations.staff_account.*.#",
)
#: A console that was away for longer reads everything anew.
_REMEMBERED = 1000
#: News that wait for one console; past it, it is told to read everything anew instead.
_MOST_HELD = 100


class News(Message):
    """Something has changed. type: the event's, as in `jobs.dispatch.accepted.v1`. subject: the aggregate's
    identifier. posting: the posting that a dispatch is for."""

    type: str
    subject: str
    station: str
    sequence: int
    posting: str | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """News with their place in this process's order. stations: whom they concern; None for everybody.
    staff: the one person whom they concern, whatever the station; None when they are nobody's own."""

    number: int
    news: News
    stations: frozenset[str] | None
    staff: str | None = None

    def concerns(self, stations: frozenset[str], staff: str) -> bool:
        """Whether somebody with this scope is to hear of it."""
        if self.staff is not None:
            return self.staff == staff
        return self.stations is None or not self.stations.isdisjoint(stations)


@dataclass(slots=True, eq=False)
class Listener:
    """One console. stations: its scope. staff: the id of who sits there. lost: it has missed something and is
    to read everything anew."""

    stations: frozenset[str]
    staff: str
    lost: bool = False
    waiting: deque[Numbered] = field(default_factory=deque)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, told: Numbered) -> None:
        if not told.concerns(self.stations, self.staff):
            return
        if len(self.waiting) >= _MOST_HELD:
            self.lose()
        else:
            self.waiting.append(told)
            self.woken.set()

    def lose(self) -> None:
        self.lost = True
        self.waiting.clear()
        self.woken.set()


class LiveNews:
    """Hears the bus and hands out what concerns whom; nobody waits for a console that does not read."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self.closed = False
        self._number = 0
        self._remembered: deque[Numbered] = deque(maxlen=_REMEMBERED)
        self._listeners: set[Listener] = set()
        self._connections: Callable[[], int] = lambda: 0
        self._known_connections = 0

    def attach(self, broker: Broker) -> None:
        """Hear what this broker brings. Call before it is started."""
        self._connections = lambda: broker.connections
        broker.listen(f"live-{broker.name}-", EVENTS_EXCHANGE, HEARD, self._on_delivery)

    def _on_delivery(self, delivery: Delivery) -> None:
        self.hear(delivery.body)

    def hear(self, body: bytes) -> None:
        """One event, as it came. What is none is passed over: it is the consumers' of the bus to complain."""
        try:
            event = json.loads(body)
            facts = event["data"]
            about = facts.get("dispatch") or facts.get("posting") or {}
            # A letter without its reader is malformed, and passed over: it must not be told to a station.
            staff = facts["letter"]["staff_id"] if event["type"].startswith("notify.letter.") else None
            news = News(
                type=event["type"],
                subject=event["subject"],
                station=event["station"],
                sequence=event["sequence"],
                posting=about.get("posting_id"),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        if news.type.startswith(("stations.station.", "stations.staff_account.")):
            # The scope of every console follows from these; it asks for it again.
            self.everybody_reads_anew()
            return
        concerned = frozenset(
            {news.station, about.get("desk") or news.station, *about.get("overflow_to", ())}
        )
        self._number += 1
        told = Numbered(self._number, news, None if about.get("overflow") == "county" else concerned, staff)
        self._remembered.append(told)
        for listener in self._listeners:
            listener.offer(told)

    def everybody_reads_anew(self) -> None:
        """Nothing that was remembered can be gone on from."""
        self.epoch = secrets.token_hex(4)
        self._remembered.clear()
        for listener in self._listeners:
            listener.lose()

    def look_after_connection(self) -> None:
        """After another connection to the broker something may have been missed."""
        if self._connections() != self._known_connections:
            first, self._known_connections = self._known_connections == 0, self._connections()
            if not first:
                self.everybody_reads_anew()

    def close(self) -> None:
        """End every stream: the process stops."""
        self.closed = True
        for listener in self._listeners:
            listener.woken.set()

    def id_of(self, told: Numbered) -> str:
        """What a console names to go on from here."""
        return f"{self.epoch}-{told.number}"

    @property
    def here(self) -> str:
        """The same for what has been told until now."""
        return f"{self.epoch}-{self._number}"

    @contextmanager
    def listener(self, stations: frozenset[str], *, staff: str, after: str | None) -> Iterator[Listener]:
        """A console's place among the listeners. staff: who sits there. after: what it has heard last; None
        for a new one. Whatever cannot be gone on from is `lost`."""
        self.look_after_connection()
        listener = Listener(stations, staff)
        if after is not None:
            self._catch_up(listener, after)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def _catch_up(self, listener: Listener, after: str) -> None:
        epoch, _, number = after.partition("-")
        oldest = self._remembered[0].number if self._remembered else self._number + 1
        if epoch != self.epoch or not number.isdecimal() or not oldest - 1 <= int(number) <= self._number:
            listener.lose()
            return
        for told in self._remembered:
            if told.number > int(number):
                listener.offer(told)
