"""What a rebuild of the screens needs: everything live, as its events tell it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from services.seekers.service.day import DayDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.rpc import Call
from yizhan.contracts.station_days import ExportDays, ExportedDay, LiveDays, StationDaysRpc
from yizhan.network.scope import require_system


class Exports(DayDesk):
    """Today, at every station where it has begun."""

    @method(StationDaysRpc.export_days)
    def export_days(self, tx: Connection, call: Call, request: ExportDays) -> LiveDays:
        require_system(call.actor)
        today = self._today()
        found = self._days.begun_on(tx, today, after=request.after or "", limit=request.limit + 1)
        shown = found[: request.limit]
        return LiveDays(
            date=today,
            days=tuple(self._exported(tx, station, today) for station in shown),
            next=shown[-1] if len(found) > len(shown) else None,
        )

    def _exported(self, tx: Connection, station: str, today: date) -> ExportedDay:
        # The sequence first: what is read after it may be newer, and is told again by the event to come.
        sequence = self._days.sequence_of(tx, station, today)
        order = self._days.order_of(tx, station, today)
        assert order is not None
        held = self._read_day(tx, station, today, order)
        return ExportedDay(
            station=station,
            waiting=self._waiting(tx, held),
            waiting_sequence=sequence,
            called=tuple(self._days.called(tx, station, today)),
            draw=None if held.draw is None else held.draw.record,
            draw_sequence=None if held.draw is None else held.draw.sequence,
        )
