"""Check-in (候工签到): once a day per person and station, also at desks that had no network.

A day's book is a set of check-ins that only grows, so books merge by union, in any order and any number of
times. Who stands on the roll is worked out from the set, the same by everybody who has the same set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yizhan.clock import county_day
from yizhan.contracts.checkins import (
    CheckIn,
    CheckInIdReused,
    CheckInMisplaced,
    ClockWrong,
    SetAsideReason,
    SlipSetAside,
    TicketsExhausted,
)

#: The letter of slips that the service itself numbers; each desk that works offline has another for the day.
HOUSE_SERIES = "A"
_LAST_ORDINAL = 999
_LAST_SERIES = "Z"

#: How far a desk's clock may be off when it sends what it took offline. A wall clock that drifts is a few
#: minutes off after a year; hours mean a wrong zone, a day a wrong date.
CLOCK_TOLERANCE = timedelta(minutes=10)
#: A desk that was offline past midnight may still hand in the day before.
_DAYS_BACK = timedelta(days=1)
_DAYS_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayBook:
    """All check-ins known of one station on one day of Asia/Shanghai."""

    station: str
    date: date
    check_ins: frozenset[CheckIn] = frozenset()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A check-in that does not stand, kept and told why. instead: the slip that stands for its person,
    None when he has none."""

    check_in: CheckIn
    reason: SetAsideReason
    instead: str | None

    def told(self) -> SlipSetAside:
        """The same for a desk, which needs no person for it."""
        return SlipSetAside(
            id=self.check_in.id, number=self.check_in.number, reason=self.reason, instead=self.instead
        )


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is there. Both in order of arrival, then of id."""

    standing: tuple[CheckIn, ...]
    set_aside: tuple[SetAside, ...]

    def without_slip(self) -> tuple[CheckIn, ...]:
        """Check-ins of people who came and have no number of their own, one each: see `reissue`."""
        found = {
            entry.check_in.person: entry.check_in for entry in reversed(self.set_aside) if not entry.instead
        }
        return tuple(sorted(found.values(), key=_arrival))


def ticket_number(series: str, ordinal: int) -> str:
    """A slip's number, as in A001. Raises TicketsExhausted past 999."""
    if ordinal > _LAST_ORDINAL:
        raise TicketsExhausted("this letter has no numbers left today", series=series)
    return f"{series}{ordinal:03d}"


def next_number(book: DayBook, series: str = HOUSE_SERIES) -> str:
    """The number after the greatest that a letter has given out today, also to slips that were set aside."""
    given = [int(entry.number[1:]) for entry in book.check_ins if entry.number[0] == series]
    return ticket_number(series, max(given, default=0) + 1)


def check_in(
    book: DayBook, *, id: str, person: str, now: datetime, drawn: frozenset[CheckIn] = frozenset()
) -> tuple[DayBook, CheckIn]:
    """The book with a person who has come, and his slip; a person who stands already keeps his.

    drawn: as in `roll`.

    Raises CheckInMisplaced when now is not the book's day, CheckInIdReused, TicketsExhausted.
    """
    if county_day(now) != book.date:
        raise CheckInMisplaced("this book is of another day", date=str(book.date), today=str(county_day(now)))
    for entry in roll(book, drawn=drawn).standing:
        if entry.person == person:
            return book, entry
    return _written(book, id=id, person=person, number=next_number(book), at=now)


def reservable_day(day: date, *, now: datetime) -> date:
    """A day for which desks may be given letters: today or tomorrow. Raises CheckInMisplaced."""
    today = county_day(now)
    if not today <= day <= today + _DAYS_AHEAD:
        raise CheckInMisplaced("letters are given for today and tomorrow", date=str(day), today=str(today))
    return day


def next_series(last: str | None) -> str:
    """The letter after the last that was given; B for the first desk. Raises TicketsExhausted past Z."""
    letter = chr(ord(last or HOUSE_SERIES) + 1)
    if letter > _LAST_SERIES:
        raise TicketsExhausted("all letters of this day are given", series=_LAST_SERIES)
    return letter


def reissue(book: DayBook, contested: CheckIn, *, id: str) -> tuple[DayBook, CheckIn]:
    """The book with a new slip, of the house's letter, for a person whose number was taken.

    He keeps the moment of his arrival. Raises CheckInIdReused, TicketsExhausted.
    """
    return _written(book, id=id, person=contested.person, number=next_number(book), at=contested.at)


def _written(book: DayBook, *, id: str, person: str, number: str, at: datetime) -> tuple[DayBook, CheckIn]:
    if any(entry.id == id for entry in book.check_ins):
        raise CheckInIdReused("another check-in has this id", check_in_id=id)
    entry = CheckIn(id=id, station=book.station, date=book.date, person=person, number=number, at=at)
    return DayBook(book.station, book.date, book.check_ins | {entry}), entry


def offline_book(
    station: str, day: date, check_ins: Iterable[CheckIn], *, sent_at: datetime, now: datetime
) -> DayBook:
    """What an offline desk hands in, as a book to merge: all of it, or an error and nothing.

    sent_at: the desk's clock as it sends. Raises ClockWrong when that clock is off or a check-in lies in its
    future, CheckInMisplaced for another station, for a check-in of another day, and for a day that is
    neither today nor yesterday.
    """
    skew = sent_at - now
    if abs(skew) > CLOCK_TOLERANCE:
        raise ClockWrong("the desk's clock is off", skew_seconds=round(skew.total_seconds()))
    today = county_day(now)
    if not today - _DAYS_BACK <= day <= today:
        raise CheckInMisplaced("this day's book is closed", date=str(day), today=str(today))
    entries = frozenset(check_ins)
    for entry in entries:
        if entry.station != station or entry.date != day or county_day(entry.at) != day:
            raise CheckInMisplaced("of another station or day", check_in_id=entry.id, date=str(entry.date))
        if entry.at > sent_at:
            ahead = round((entry.at - sent_at).total_seconds())
            raise ClockWrong("taken after it was sent", check_in_id=entry.id, skew_seconds=ahead)
    return DayBook(station, day, entries)


def merge(left: DayBook, right: DayBook) -> DayBook:
    """Both books in one. Raises CheckInMisplaced when they are of two stations or days."""
    if (left.station, left.date) != (right.station, right.date):
        raise CheckInMisplaced("two books of different stations or days", date=str(left.date))
    return DayBook(left.station, left.date, left.check_ins | right.check_ins)


def roll(book: DayBook, *, drawn: frozenset[CheckIn] = frozenset()) -> Roll:
    """Who stands, the earliest first; one slip for a person and one person for a slip.

    drawn: the check-ins on the closed list of the draw. They come first: a desk that comes back later does
    not push anybody out of an order that has been shown.
    """
    standing: dict[str, CheckIn] = {}
    set_aside: list[tuple[CheckIn, SetAsideReason]] = []
    ids: set[str] = set()
    holders: dict[str, str] = {}
    for entry in sorted(book.check_ins, key=lambda entry: (entry not in drawn, *_arrival(entry))):
        if entry.id in ids:
            set_aside.append((entry, SetAsideReason.ID_REUSED))
        elif holders.get(entry.number, entry.person) != entry.person:
            # First, so that a slip which was handed in again is answered as before: by then he has another.
            set_aside.append((entry, SetAsideReason.NUMBER_TAKEN))
        elif entry.person in standing:
            set_aside.append((entry, SetAsideReason.SAME_PERSON))
        else:
            standing[entry.person] = entry
            holders[entry.number] = entry.person
        ids.add(entry.id)
    return Roll(
        standing=tuple(sorted(standing.values(), key=_arrival)),
        set_aside=tuple(
            SetAside(entry, reason, standing[entry.person].number if entry.person in standing else None)
            for entry, reason in sorted(set_aside, key=lambda pair: _arrival(pair[0]))
        ),
    )


def late(book: DayBook, *, drawn: frozenset[CheckIn]) -> tuple[CheckIn, ...]:
    """Who stands but is not on the closed list of the draw, by arrival. drawn: as in `roll`."""
    return tuple(entry for entry in roll(book, drawn=drawn).standing if entry not in drawn)


def _arrival(entry: CheckIn) -> tuple[datetime, str, str, str]:
    # The id and what follows only decide between equals, so that every machine decides the same.
    return entry.at, entry.id, entry.number, entry.person
