"""The queue and who is called (叫号): by number, never by name."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers.domain import day as queue
from services.seekers.domain.checkin import roll
from services.seekers.service.day import DayDesk, HeldDay
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.checkins import (
    CalledTicket,
    CallNext,
    CallTicket,
    CheckInsRpc,
    DayQuery,
    NobodyWaits,
    SetQueueOrder,
    StationDay,
    StationQueueOrder,
)
from yizhan.contracts.rolls import DayRoll, RollsRpc
from yizhan.contracts.rpc import Call


class Calls(DayDesk):
    """Calling, and what everybody may see of a day."""

    @method(CheckInsRpc.set_queue_order)
    def set_queue_order(self, tx: Connection, call: Call, request: SetQueueOrder) -> StationQueueOrder:
        self._staff_place(tx, call.actor, request.station)
        sequence = self._days.set_usual_order(tx, request.station, request.order)
        self._events.queue_order_set(
            tx, call, request.station, request.order, sequence=sequence, now=self.clock.now()
        )
        return StationQueueOrder(station=request.station, order=request.order)

    @method(CheckInsRpc.call_next)
    def call_next(self, tx: Connection, call: Call, request: CallNext) -> CalledTicket:
        held = self._today_of(tx, call, request.station)
        called = {ticket.number for ticket in self._days.called(tx, held.station, held.date)}
        draw = None if held.draw is None else held.draw.record
        return self._call(tx, call, held, queue.next_turn(held.order, held.standing, draw, called))

    @method(CheckInsRpc.call_ticket)
    def call_ticket(self, tx: Connection, call: Call, request: CallTicket) -> CalledTicket:
        held = self._today_of(tx, call, request.station)
        queue.require_ticket(request.number, held.standing)
        return self._call(tx, call, held, request.number)

    def _today_of(self, tx: Connection, call: Call, station: str) -> HeldDay:
        self._staff_place(tx, call.actor, station)
        today = self._today()
        if self._days.order_of(tx, station, today) is None:
            raise NobodyWaits("nobody has checked in today", station=station)
        return self._hold(tx, call, station, today)

    def _call(self, tx: Connection, call: Call, held: HeldDay, number: str) -> CalledTicket:
        before = {ticket.number: ticket.times for ticket in self._days.called(tx, held.station, held.date)}
        ticket = self._days.call(
            tx,
            held.station,
            held.date,
            number,
            times=before.get(number, 0) + 1,
            now=self.clock.now(),
            by=call.actor.id,
        )
        waiting = self._tell_waiting(tx, call, held)
        self._events.ticket_called(tx, call, waiting, ticket)
        return ticket

    @method(CheckInsRpc.get_day)
    def get_day(self, tx: Connection, call: Call, request: DayQuery) -> StationDay:
        self._place(tx, call.actor, request.station)
        held = self._day_read(tx, request)
        return StationDay(
            waiting=self._waiting(tx, held),
            called=tuple(self._days.called(tx, held.station, held.date)),
        )

    @method(RollsRpc.read_roll)
    def read_roll(self, tx: Connection, call: Call, request: DayQuery) -> DayRoll:
        self._staff_place(tx, call.actor, request.station)
        held = self._day_read(tx, request)
        outcome = roll(held.book, drawn=held.drawn)
        times = {ticket.number: ticket.times for ticket in self._days.called(tx, held.station, held.date)}
        people = self._register.entries(tx, [entry.person for entry in outcome.standing])
        stations = {person.station for person in people.values()}
        covered = {station: self._covers(tx, call.actor, station) for station in stations}
        return DayRoll(
            station=held.station,
            date=held.date,
            order=held.order,
            usual_order=self._days.usual_order(tx, held.station),
            tickets=tuple(
                queue.roll_ticket(
                    entry,
                    people[entry.person],
                    known_here=covered[people[entry.person].station],
                    late=held.closed and entry not in held.drawn,
                    called=times.get(entry.number, 0),
                )
                for entry in outcome.standing
            ),
            set_aside=tuple(entry.told() for entry in outcome.set_aside),
        )

    def _day_read(self, tx: Connection, request: DayQuery) -> HeldDay:
        """A day as it stands, without its lock; one that has not begun calls by the station's usual order."""
        day = request.date or self._today()
        begun = self._days.order_of(tx, request.station, day)
        order = begun or self._days.usual_order(tx, request.station)
        return self._read_day(tx, request.station, day, order)
