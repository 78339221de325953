"""A station's days: the queue, calls, the draw, what is told by number. Screens show the newest. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from services.board.facts import DayBody, DayCall, DayDraw, DayWaiting
from services.board.shelf import Shelf
from yizhan.contracts.screen import (
    CALL_LIMIT,
    MESSAGE_LIMIT,
    CalledNumber,
    Change,
    DrawCard,
    DropCall,
    DropMessage,
    NumberMessage,
    PutCall,
    PutMessage,
    SetDraw,
    SetWaiting,
    WaitingLine,
)


def call_order(call: CalledNumber) -> tuple[float, str]:
    """The last call first, then number."""
    return -call.at.timestamp(), call.number


def message_order(message: NumberMessage) -> tuple[float, str]:
    """The newest first, then id."""
    return -message.at.timestamp(), message.id


class ShownDay(NamedTuple):
    """What a screen gets of a day. called, messages: in their order, at most CALL_LIMIT, MESSAGE_LIMIT. A
    message whose time is over stays until newer ones take its place: the page leaves it out."""

    waiting: WaitingLine | None = None
    called: tuple[CalledNumber, ...] = ()
    draw: DrawCard | None = None
    messages: tuple[NumberMessage, ...] = ()


NO_DAY = ShownDay()


@dataclass(slots=True)
class _Day:
    waiting: WaitingLine | None = None
    draw: DrawCard | None = None
    calls: Shelf[CalledNumber] = field(default_factory=lambda: Shelf(call_order, CALL_LIMIT))
    messages: Shelf[NumberMessage] = field(default_factory=lambda: Shelf(message_order, MESSAGE_LIMIT))

    def shown(self) -> ShownDay:
        return ShownDay(self.waiting, self.calls.window(), self.draw, self.messages.window())


class Agenda:
    """One station's days. `shown` is what its screens get: of the newest day alone."""

    __slots__ = ("_days", "shown")

    def __init__(self) -> None:
        self._days: dict[date, _Day] = {}
        self.shown = NO_DAY

    def put(self, body: DayBody) -> list[Change]:
        """Something of a day is new or has changed; what that changes on the screens."""
        before = self.shown
        self.take(body)
        return list(day_difference(before, self.shown))

    def take(self, body: DayBody) -> None:
        """The same, without telling."""
        line = body.line
        day = self._days.setdefault(line.date, _Day())
        if isinstance(body, DayWaiting):
            day.waiting = body.line
        elif isinstance(body, DayCall):
            day.calls.put(body.line.number, body.line)
        elif isinstance(body, DayDraw):
            day.draw = body.line
        else:
            day.messages.put(body.line.id, body.line)
        self._show()

    def end_before(self, today: date) -> list[Change]:
        """Forget the days that are over."""
        before = self.shown
        for day in [day for day in self._days if day < today]:
            del self._days[day]
        self._show()
        return list(day_difference(before, self.shown))

    def _show(self) -> None:
        self.shown = self._days[max(self._days)].shown() if self._days else NO_DAY


def day_difference(before: ShownDay, after: ShownDay) -> Iterator[Change]:
    """The changes that make the one into the other; at the cost of what a screen shows of a day."""
    if before.waiting != after.waiting:
        yield SetWaiting(waiting=after.waiting)
    held = {call.number: call for call in before.called}
    kept = {call.number for call in after.called}
    yield from (DropCall(number=number) for number in held if number not in kept)
    yield from (PutCall(call=call) for call in after.called if held.get(call.number) != call)
    if before.draw != after.draw:
        yield SetDraw(draw=after.draw)
    told = {message.id: message for message in before.messages}
    stay = {message.id for message in after.messages}
    yield from (DropMessage(id=id) for id in told if id not in stay)
    yield from (PutMessage(message=one) for one in after.messages if told.get(one.id) != one)
