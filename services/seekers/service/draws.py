"""The draw that anyone can check (阳光派工), step by step."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import draw as record
from services.seekers.service.day import DayDesk, HeldDay
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.checkins import QueueOrder
from yizhan.contracts.draws import (
    AnnounceDraw,
    CloseDraw,
    Draw,
    DrawAmended,
    DrawClosed,
    DrawNotFound,
    DrawRef,
    DrawRevealed,
    DrawsRpc,
    DrawStepIllegal,
    OverrideDraw,
    RevealDraw,
    WeightedTicket,
)
from yizhan.contracts.rpc import Call


class Draws(DayDesk):
    """Commands of the draw, and its public record."""

    @method(DrawsRpc.announce_draw)
    def announce_draw(self, tx: Connection, call: Call, request: AnnounceDraw) -> Draw:
        self._open_place(tx, call.actor, request.station)
        held = self._hold(tx, call, request.station, self._today(), order=QueueOrder.DRAW)
        if held.order is not QueueOrder.DRAW:
            raise DrawStepIllegal("today's numbers are called by arrival", station=request.station)
        return self._drawn_by(held).record

    @method(DrawsRpc.close_draw)
    def close_draw(self, tx: Connection, call: Call, request: CloseDraw) -> Draw:
        held = self._today_of_draw(tx, call, request.station)
        current = self._drawn_by(held)
        standing = held.standing
        weights = self.weights.on(held.date)
        aided = self._support.aided(tx, [entry.person for entry in standing], held.date)
        tickets = [
            WeightedTicket(number=entry.number, weight=weights.of(aided=entry.person in aided))
            for entry in standing
        ]
        closed = record.close(current.record, tickets, now=self.clock.now())
        if closed is not current.record:
            self._days.mark_drawn(tx, standing)
            self._tell_draw(tx, call, self._draws.save(tx, current, closed), DrawClosed)
        return closed

    @method(DrawsRpc.reveal_draw)
    def reveal_draw(self, tx: Connection, call: Call, request: RevealDraw) -> Draw:
        held = self._today_of_draw(tx, call, request.station)
        current = self._drawn_by(held)
        revealed = record.reveal(current.record, self._draws.seed(current))
        if revealed is not current.record:
            held.draw = self._draws.save(tx, current, revealed)
            self._tell_draw(tx, call, held.draw, DrawRevealed)
            self._tell_waiting(tx, call, held)
        return revealed

    @method(DrawsRpc.override_draw)
    def override_draw(self, tx: Connection, call: Call, request: OverrideDraw) -> Draw:
        held = self._today_of_draw(tx, call, request.station)
        current = self._drawn_by(held)
        changed, _ = record.override(
            current.record,
            request.ticket,
            request.position,
            reason=request.reason,
            by=call.actor.id,
            now=self.clock.now(),
        )
        held.draw = self._draws.save(tx, current, changed)
        self._tell_draw(tx, call, held.draw, DrawAmended)
        self._tell_waiting(tx, call, held)
        return changed

    @method(DrawsRpc.get_draw)
    def get_draw(self, tx: Connection, call: Call, request: DrawRef) -> Draw:
        self._place(tx, call.actor, request.station)
        found = self._draws.find(tx, request.station, request.date)
        if found is None:
            raise _not_found(request.station, str(request.date))
        return found.record

    def _today_of_draw(self, tx: Connection, call: Call, station: str) -> HeldDay:
        self._staff_place(tx, call.actor, station)
        today = self._today()
        if self._days.order_of(tx, station, today) is None:
            raise _not_found(station, str(today))
        return self._hold(tx, call, station, today)

    def _drawn_by(self, held: HeldDay) -> storage.DrawRow:
        if held.draw is None:
            raise _not_found(held.station, str(held.date))
        return held.draw


def _not_found(station: str, day: str) -> DrawNotFound:
    return DrawNotFound("this station draws nothing on this day", station=station, date=day)
