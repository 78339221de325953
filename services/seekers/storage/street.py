"""Taps for people who wait for work in the street."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select, update

from services.seekers.storage.tables import street_days, street_taps
from yizhan.contracts.seeker_cards import CountStreet
from yizhan.database import Database

_of_day = (street_taps.c.station == bindparam("station")) & (street_taps.c.day == bindparam("day"))
_TOTALS = (
    select(street_taps.c.trade, func.sum(street_taps.c.people)).where(_of_day).group_by(street_taps.c.trade)
)
_NEXT_SEQUENCE = (
    update(street_days)
    .where(street_days.c.station == bindparam("of_station"), street_days.c.day == bindparam("of_day"))
    .values(sequence=street_days.c.sequence + 1)
)
_SEQUENCE = select(street_days.c.sequence).where(
    street_days.c.station == bindparam("of_station"), street_days.c.day == bindparam("of_day")
)


class Street:
    """Taps, and the day's totals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tx: Connection, tap: CountStreet, *, day: date, now: datetime, by: str) -> bool:
        """Write a tap; False when it was counted before."""
        row = {"day": day, "at": now, "by": by, **tap.model_dump()}
        return self._database.insert_ignore(tx, street_taps, row)

    def totals(self, tx: Connection, station: str, day: date) -> dict[str, int]:
        """People by trade."""
        return {row[0]: int(row[1]) for row in tx.execute(_TOTALS, {"station": station, "day": day})}

    def next_sequence(self, tx: Connection, station: str, day: date) -> int:
        """One more change of a day's totals, which nobody else changes until the transaction ends."""
        self._database.insert_ignore(tx, street_days, {"station": station, "day": day, "sequence": 0})
        tx.execute(_NEXT_SEQUENCE, {"of_station": station, "of_day": day})
        return int(tx.execute(_SEQUENCE, {"of_station": station, "of_day": day}).scalar_one())
