"""A station's day: in what order its numbers are called, and who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from services.seekers.domain.register import Entry
from yizhan.contracts.checkins import (
    SHOWN_NUMBERS,
    CheckIn,
    NobodyWaits,
    QueueOrder,
    TicketUnknown,
    TradeCount,
    Waiting,
)
from yizhan.contracts.draws import Draw, DrawStepIllegal
from yizhan.contracts.rolls import RollTicket
from yizhan.contracts.seekers import SeekerStatus


def subject_of(station: str, day: date) -> str:
    """What a day's events are about: `<station>:<date>`."""
    return f"{station}:{day.isoformat()}"


def turns(order: QueueOrder, standing: Sequence[CheckIn], draw: Draw | None) -> tuple[str, ...]:
    """The day's numbers, whose turn is first, first; none while the order has not been drawn."""
    if order is QueueOrder.ARRIVAL:
        return tuple(entry.number for entry in standing)
    return () if draw is None else draw.queue


def waiting(
    station: str,
    day: date,
    order: QueueOrder,
    standing: Sequence[CheckIn],
    draw: Draw | None,
    *,
    called: Collection[str],
    trades: Mapping[str, str],
) -> Waiting:
    """Who waits. standing: the roll, by arrival. trades: each person's first trade."""
    left = [entry for entry in standing if entry.number not in called]
    in_turn = [number for number in turns(order, standing, draw) if number not in called]
    return Waiting(
        station=station,
        date=day,
        order=order,
        checked_in=len(standing),
        people=len(left),
        by_trade=counted(Counter(trades[entry.person] for entry in left if entry.person in trades)),
        next=tuple(in_turn[:SHOWN_NUMBERS]),
    )


def roll_ticket(entry: CheckIn, person: Entry, *, known_here: bool, late: bool, called: int) -> RollTicket:
    """A number of the roll for the desk. known_here: whether the person's entry is open to the desk."""
    erased = person.status is SeekerStatus.ERASED
    told = known_here and not erased
    return RollTicket(
        id=entry.id,
        number=entry.number,
        at=entry.at,
        seeker_id=person.id if told else None,
        masked_name=person.masked_name if told else None,
        slip=person.slip if told else None,
        trade=None if person.wishes is None else person.wishes.trades[0].trade,
        late=late,
        called=called,
    )


def counted(counts: Mapping[str, int]) -> tuple[TradeCount, ...]:
    """By trade, the most first."""
    by_number = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(TradeCount(trade=trade, people=people) for trade, people in by_number)


def next_turn(
    order: QueueOrder, standing: Sequence[CheckIn], draw: Draw | None, called: Collection[str]
) -> str:
    """The number to call. Raises DrawStepIllegal before the draw, NobodyWaits."""
    if order is QueueOrder.DRAW and (draw is None or draw.seed is None):
        raise DrawStepIllegal("the order has not been drawn")
    for number in turns(order, standing, draw):
        if number not in called:
            return number
    raise NobodyWaits("everybody who has checked in was called")


def require_ticket(number: str, standing: Iterable[CheckIn]) -> None:
    """Raises TicketUnknown for a number that nobody on the roll has."""
    if all(entry.number != number for entry in standing):
        raise TicketUnknown("nobody stands on today's roll with this number", number=number)
