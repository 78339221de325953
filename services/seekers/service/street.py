"""People who wait in the street, and what a rebuild of the screens needs."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain.day import counted
from services.seekers.service.cards import CardDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.rpc import Call
from yizhan.contracts.seeker_cards import (
    CountStreet,
    ExportCards,
    LiveCards,
    SeekerCardsRpc,
    StreetCounted,
    StreetCounts,
    StreetQuery,
)
from yizhan.network.scope import require_system


class Street(CardDesk):
    """Tap-counts, and the export of cards."""

    @property
    def _street(self) -> storage.Street:
        return storage.Street(self.database)

    @method(SeekerCardsRpc.count_street)
    def count_street(self, tx: Connection, call: Call, request: CountStreet) -> StreetCounts:
        self._staff_place(tx, call.actor, request.station)
        now, day = self.clock.now(), self._today()
        # The day's row is taken before its totals are read, so that the newest event has them all.
        fresh = self._street.add(tx, request, day=day, now=now, by=call.actor.id)
        sequence = self._street.next_sequence(tx, request.station, day) if fresh else 0
        counts = counted(self._street.totals(tx, request.station, day))
        if not fresh:
            return StreetCounts(station=request.station, date=day, counts=counts)
        facts = StreetCounted(station=request.station, date=day, counts=counts, by=call.actor.id)
        self._events.street_counted(tx, call, facts, sequence=sequence, now=now)
        return StreetCounts(station=request.station, date=day, counts=counts)

    @method(SeekerCardsRpc.get_street_counts)
    def get_street_counts(self, tx: Connection, call: Call, request: StreetQuery) -> StreetCounts:
        self._staff_place(tx, call.actor, request.station)
        day = request.date or self._today()
        counts = counted(self._street.totals(tx, request.station, day))
        return StreetCounts(station=request.station, date=day, counts=counts)

    @method(SeekerCardsRpc.export_live_cards)
    def export_live_cards(self, tx: Connection, call: Call, request: ExportCards) -> LiveCards:
        require_system(call.actor)
        found, following = self._cards.live(tx, after=request.after, limit=request.limit)
        return LiveCards(cards=tuple(found), next=following)
