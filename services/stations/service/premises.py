"""Stations' premises, and the maps that list them."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations import storage
from services.stations.domain import premises
from services.stations.domain.scope import require_staff
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.premises import (
    AmendPremises,
    MapListing,
    MapListingList,
    MapListingQuery,
    PremisesCard,
    PremisesRpc,
    ReportMapListing,
)
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import StationRef


class Premises(Desk):
    """What is known of the house; anybody may know it, to find the way there."""

    @property
    def _map_listings(self) -> storage.MapListings:
        return storage.MapListings()

    @method(PremisesRpc.get_premises)
    def get_premises(self, tx: Connection, call: Call, request: StationRef) -> PremisesCard:  # noqa: ARG002
        station = self._station(tx, request.code)
        return premises.card(self._premises.find(tx, station.code), station.facts)

    @method(PremisesRpc.amend_premises)
    def amend_premises(self, tx: Connection, call: Call, request: AmendPremises) -> PremisesCard:
        # The station's lock stands for that of its premises, which may have no row yet.
        station = self._locked_station(tx, request.code)
        require_staff(self._acting(tx, call.actor), station.path)
        current = self._premises.find(tx, station.code)
        amended = premises.amend(current, request)
        if amended is not current:
            self._premises.save(tx, amended)
            self._events.premises_amended(tx, call, amended, now=self.clock.now())
        return premises.card(amended, station.facts)

    @method(PremisesRpc.report_map_listing)
    def report_map_listing(self, tx: Connection, call: Call, request: ReportMapListing) -> MapListing:
        station = self._locked_station(tx, request.station)
        require_staff(self._acting(tx, call.actor), station.path)
        newest = {one.map: one for one in self._map_listings.current(tx, station.code)}
        known = newest.get(request.map)
        reported = premises.report(known, request, id=self._new_id(), now=self.clock.now(), by=call.actor.id)
        if reported is not known:
            self._map_listings.insert(tx, reported)
            self._events.map_listing_reported(tx, call, reported)
        return reported

    @method(PremisesRpc.list_map_listings)
    def list_map_listings(self, tx: Connection, call: Call, request: MapListingQuery) -> MapListingList:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.station).path)
        history, following = self._map_listings.history(
            tx, request.station, after=request.after, limit=request.limit
        )
        current = self._map_listings.current(tx, request.station)
        return MapListingList(current=tuple(current), history=tuple(history), next=following)
