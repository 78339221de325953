"""A station's day: its check-ins, its calls, the letters of its desks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from services.seekers.domain.checkin import DayBook
from services.seekers.storage.tables import calls, check_ins, days, queue_orders, series
from yizhan.contracts.checkins import CalledTicket, CheckIn, CheckInChannel, QueueOrder
from yizhan.database import Database

_of_check_ins = (check_ins.c.station == bindparam("station")) & (check_ins.c.day == bindparam("day"))
_BOOK = select(check_ins).where(_of_check_ins)
_DRAWN = select(check_ins).where(_of_check_ins, check_ins.c.drawn.is_(True))
_OF_ID = select(check_ins).where(check_ins.c.id == bindparam("id"))
_MARK_DRAWN = (
    update(check_ins)
    .where(
        check_ins.c.station == bindparam("of_station"),
        check_ins.c.day == bindparam("of_day"),
        check_ins.c.id == bindparam("of_id"),
        check_ins.c.seeker_id == bindparam("of_person"),
        check_ins.c.number == bindparam("of_number"),
    )
    .values(drawn=True)
)
_DAY = select(days).where(days.c.station == bindparam("station"), days.c.day == bindparam("day"))
#: Walks the key; the days of other dates between are passed over once a rebuild, whatever the pages.
_BEGUN = (
    select(days.c.station)
    .where(days.c.day == bindparam("day"), days.c.station > bindparam("after"))
    .order_by(days.c.station)
    .limit(bindparam("limit"))
)
_NEXT_SEQUENCE = (
    update(days)
    .where(days.c.station == bindparam("of_station"), days.c.day == bindparam("of_day"))
    .values(sequence=days.c.sequence + 1)
)
_ORDER = select(queue_orders).where(queue_orders.c.station == bindparam("station"))
_of_calls = (calls.c.station == bindparam("station")) & (calls.c.day == bindparam("day"))
_CALLED = select(calls).where(_of_calls).order_by(calls.c.at.desc(), calls.c.number)
_of_series = (series.c.station == bindparam("station")) & (series.c.day == bindparam("day"))
_LETTER = select(series.c.letter).where(_of_series, series.c.desk == bindparam("desk"))
_LAST_LETTER = select(func.max(series.c.letter)).where(_of_series)


class Days:
    """What belongs to one station and one day. Whoever writes holds the day's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the day itself ----------------------------------------------------------------------------------

    def begin(self, tx: Connection, station: str, day: date, order: QueueOrder) -> bool:
        """Write the day unless it has begun; whether this began it."""
        row = {"station": station, "day": day, "queue_order": order.value, "sequence": 0}
        return self._database.insert_ignore(tx, days, row)

    def lock(self, tx: Connection, station: str, day: date) -> QueueOrder:
        """Hold a day that has begun until the transaction ends; the order by which it calls."""
        query = self._database.for_update(_DAY)
        row = tx.execute(query, {"station": station, "day": day}).one()
        return QueueOrder(row.queue_order)

    def order_of(self, tx: Connection, station: str, day: date) -> QueueOrder | None:
        """By what a day calls; None for one that has not begun."""
        row = tx.execute(_DAY, {"station": station, "day": day}).first()
        return None if row is None else QueueOrder(row.queue_order)

    def next_sequence(self, tx: Connection, station: str, day: date) -> int:
        """One more change of a day that is held."""
        tx.execute(_NEXT_SEQUENCE, {"of_station": station, "of_day": day})
        return int(tx.execute(_DAY, {"station": station, "day": day}).one().sequence)

    def sequence_of(self, tx: Connection, station: str, day: date) -> int:
        """How often a day that has begun was told to change; 0 for never."""
        return int(tx.execute(_DAY, {"station": station, "day": day}).one().sequence)

    def begun_on(self, tx: Connection, day: date, *, after: str, limit: int) -> list[str]:
        """Stations whose day has begun, in order, past one of them."""
        rows = tx.execute(_BEGUN, {"day": day, "after": after, "limit": limit})
        return list(rows.scalars())

    def usual_order(self, tx: Connection, station: str) -> QueueOrder:
        """By what a station calls on a day that begins: by arrival unless it says otherwise."""
        row = tx.execute(_ORDER, {"station": station}).first()
        return QueueOrder.ARRIVAL if row is None else QueueOrder(row.queue_order)

    def set_usual_order(self, tx: Connection, station: str, order: QueueOrder) -> int:
        """Say otherwise; the setting's sequence."""
        row = {"station": station, "queue_order": order.value, "sequence": 0}
        self._database.insert_ignore(tx, queue_orders, row)
        known = tx.execute(self._database.for_update(_ORDER), {"station": station}).one()
        row["sequence"] = known.sequence + 1
        self._database.upsert(tx, queue_orders, row, key=["station"])
        return int(known.sequence) + 1

    # --- check-ins ---------------------------------------------------------------------------------------

    def book(self, tx: Connection, station: str, day: date) -> DayBook:
        """Every check-in of a day."""
        rows = tx.execute(_BOOK, {"station": station, "day": day})
        return DayBook(station, day, frozenset(_check_in(row) for row in rows))

    def drawn(self, tx: Connection, station: str, day: date) -> frozenset[CheckIn]:
        """Those on the closed list of the day's draw."""
        return frozenset(_check_in(row) for row in tx.execute(_DRAWN, {"station": station, "day": day}))

    def with_id(self, tx: Connection, id: str) -> list[CheckIn]:
        """Check-ins of any day that have an id."""
        return [_check_in(row) for row in tx.execute(_OF_ID, {"id": id})]

    def add(
        self, tx: Connection, entries: Iterable[CheckIn], *, by: str, channel: CheckInChannel | None
    ) -> list[CheckIn]:
        """Write check-ins; those that were not there before. channel: None for what was taken offline."""
        fresh = []
        for entry in entries:
            row = {
                "id": entry.id,
                "station": entry.station,
                "day": entry.date,
                "seeker_id": entry.person,
                "number": entry.number,
                "at": entry.at,
                "channel": None if channel is None else channel.value,
                "taken_by": by,
                "drawn": False,
            }
            if self._database.insert_ignore(tx, check_ins, row):
                fresh.append(entry)
        return fresh

    def mark_drawn(self, tx: Connection, entries: Iterable[CheckIn]) -> None:
        """Put check-ins on the closed list."""
        for entry in entries:
            tx.execute(
                _MARK_DRAWN,
                {
                    "of_station": entry.station,
                    "of_day": entry.date,
                    "of_id": entry.id,
                    "of_person": entry.person,
                    "of_number": entry.number,
                },
            )

    # --- calls and letters -------------------------------------------------------------------------------

    def called(self, tx: Connection, station: str, day: date) -> list[CalledTicket]:
        """What was called, the last first."""
        rows = tx.execute(_CALLED, {"station": station, "day": day})
        return [CalledTicket(number=row.number, times=row.times, at=row.at) for row in rows]

    def call(
        self, tx: Connection, station: str, day: date, number: str, *, times: int, now: datetime, by: str
    ) -> CalledTicket:
        """Write that a number is called."""
        row = {"station": station, "day": day, "number": number, "times": times, "at": now, "by": by}
        self._database.upsert(tx, calls, row, key=["station", "day", "number"])
        return CalledTicket(number=number, times=times, at=now)

    def lock_letters(self, tx: Connection, station: str) -> None:
        """Let nobody else give letters of a station until the transaction ends."""
        row = {"station": station, "queue_order": QueueOrder.ARRIVAL.value, "sequence": 0}
        self._database.insert_ignore(tx, queue_orders, row)
        tx.execute(self._database.for_update(_ORDER), {"station": station})

    def letter_of(self, tx: Connection, station: str, day: date, desk: str) -> str | None:
        """The letter that a desk has for a day."""
        return tx.execute(_LETTER, {"station": station, "day": day, "desk": desk}).scalar()

    def last_letter(self, tx: Connection, station: str, day: date) -> str | None:
        """The last letter that was given for a day."""
        found: str | None = tx.execute(_LAST_LETTER, {"station": station, "day": day}).scalar()
        return found

    def give_letter(self, tx: Connection, station: str, day: date, desk: str, letter: str) -> None:
        """Write a desk's letter."""
        tx.execute(series.insert(), {"station": station, "day": day, "letter": letter, "desk": desk})


def _check_in(row: Any) -> CheckIn:
    return CheckIn(
        id=row.id, station=row.station, date=row.day, person=row.seeker_id, number=row.number, at=row.at
    )
