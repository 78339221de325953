"""A station's day under its lock: the roll, the draw if there is one, and what the screens are told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import day as queue
from services.seekers.domain import draw as record
from services.seekers.domain.checkin import DayBook, late, roll
from services.seekers.service.desk import Desk
from yizhan.contracts.checkins import CheckIn, QueueOrder, Waiting
from yizhan.contracts.draws import DrawAmended, DrawClosed, DrawCommitted, DrawRevealed
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call

_SEED_BYTES = 32

DrawEvent = type[DrawCommitted] | type[DrawClosed] | type[DrawRevealed] | type[DrawAmended]


@dataclass(slots=True)
class HeldDay:
    """A day as it stands. drawn: the check-ins on the closed list; draw: None where nothing is drawn."""

    station: str
    date: date
    order: QueueOrder
    book: DayBook
    drawn: frozenset[CheckIn]
    draw: storage.DrawRow | None

    @property
    def standing(self) -> tuple[CheckIn, ...]:
        """Who is there, by arrival."""
        return roll(self.book, drawn=self.drawn).standing

    @property
    def closed(self) -> bool:
        """Whether the list of the day's draw is fixed."""
        return self.draw is not None and self.draw.record.closed_at is not None


class DayDesk(Desk):
    """What check-ins, calls and the draw have in common."""

    @property
    def _days(self) -> storage.Days:
        return storage.Days(self.database)

    @property
    def _draws(self) -> storage.Draws:
        return storage.Draws(self.database, self.cipher)

    def _hold(
        self, tx: Connection, call: Call, station: str, day: date, *, order: QueueOrder | None = None
    ) -> HeldDay:
        """A day that nobody else changes until the transaction ends; it begins here unless it has begun.

        order: what it calls by if it begins here; None for the station's usual one. A day that begins with a
        draw has its commitment published at once.
        """
        begun = self._days.begin(tx, station, day, order or self._days.usual_order(tx, station))
        held = self._read_day(tx, station, day, self._days.lock(tx, station, day))
        if begun and held.order is QueueOrder.DRAW:
            self._commit_to_seed(tx, call, held)
        return held

    def _read_day(self, tx: Connection, station: str, day: date, order: QueueOrder) -> HeldDay:
        book = self._days.book(tx, station, day)
        if order is QueueOrder.ARRIVAL:
            return HeldDay(station, day, order, book, frozenset(), None)
        drawn = self._days.drawn(tx, station, day)
        return HeldDay(station, day, order, book, drawn, self._draws.find(tx, station, day))

    def _commit_to_seed(self, tx: Connection, call: Call, held: HeldDay) -> storage.DrawRow:
        seed = secrets.token_bytes(_SEED_BYTES)
        draw = record.announce(held.station, held.date, seed)
        now = self.clock.now()
        held.draw = self._draws.insert(tx, new_identifier(now), draw, seed)
        self._tell_draw(tx, call, held.draw, DrawCommitted)
        return held.draw

    def _add_late(self, tx: Connection, call: Call, held: HeldDay) -> None:
        """Put whoever stands and is not on the closed list behind it."""
        if held.draw is None or not held.closed:
            return
        draw = held.draw.record
        for entry in late(held.book, drawn=held.drawn):
            draw = record.add_late(draw, entry.number, arrived_at=entry.at)
        if draw != held.draw.record:
            held.draw = self._draws.save(tx, held.draw, draw)
            self._tell_draw(tx, call, held.draw, DrawAmended)

    def _tell_draw(self, tx: Connection, call: Call, row: storage.DrawRow, kind: DrawEvent) -> None:
        now = self.clock.now()
        self._events.draw_told(tx, call, kind, row.record, sequence=row.sequence, now=now)

    def _waiting(self, tx: Connection, held: HeldDay) -> Waiting:
        called = {ticket.number for ticket in self._days.called(tx, held.station, held.date)}
        standing = held.standing
        trades = self._register.first_trades(tx, [entry.person for entry in standing])
        return queue.waiting(
            held.station,
            held.date,
            held.order,
            standing,
            None if held.draw is None else held.draw.record,
            called=called,
            trades=trades,
        )

    def _tell_waiting(self, tx: Connection, call: Call, held: HeldDay) -> Waiting:
        waiting = self._waiting(tx, held)
        sequence = self._days.next_sequence(tx, held.station, held.date)
        self._events.waiting_changed(tx, call, waiting, sequence=sequence, now=self.clock.now())
        return waiting
