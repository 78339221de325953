"""What the public is told: service items, flow, organisation chart."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations.domain import guide
from services.stations.domain.scope import require_staff
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.guides import (
    AddServiceItem,
    AmendGuide,
    AmendServiceItem,
    Guide,
    GuidesRpc,
    ServiceItem,
    ServiceItemNotFound,
    ServiceItemRef,
)
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import Station, StationRef


class Guides(Desk):
    """Read by anybody, written by the station's staff."""

    @method(GuidesRpc.get_guide)
    def get_guide(self, tx: Connection, call: Call, request: StationRef) -> Guide:  # noqa: ARG002
        return self._shown(tx, self._station(tx, request.code))

    @method(GuidesRpc.amend_guide)
    def amend_guide(self, tx: Connection, call: Call, request: AmendGuide) -> Guide:
        # The station's lock stands for that of its guide, which may have no row yet.
        station = self._locked_station(tx, request.code)
        require_staff(self._acting(tx, call.actor), station.path)
        own = self._guides.find(tx, station.code)
        amended = guide.amend(own, request)
        if amended is not own:
            self._guides.save(tx, amended)
        return self._shown(tx, station)

    @method(GuidesRpc.add_service_item)
    def add_service_item(self, tx: Connection, call: Call, request: AddServiceItem) -> ServiceItem:
        # Locked, so that two who add at once count each other.
        station = self._locked_station(tx, request.station)
        require_staff(self._acting(tx, call.actor), station.path)
        offered = self._service_items.own_count(tx, station.code)
        added = guide.add_item(request, id=self._new_id(), offered=offered)
        self._service_items.insert(tx, added)
        self._events.service_item_added(tx, call, added, now=self.clock.now())
        return added

    @method(GuidesRpc.amend_service_item)
    def amend_service_item(self, tx: Connection, call: Call, request: AmendServiceItem) -> ServiceItem:
        current = self._locked_item(tx, call, request.id)
        return self._saved(tx, call, current, guide.amend_item(current, request))

    @method(GuidesRpc.withdraw_service_item)
    def withdraw_service_item(self, tx: Connection, call: Call, request: ServiceItemRef) -> ServiceItem:
        current = self._locked_item(tx, call, request.id)
        return self._saved(tx, call, current, guide.withdraw_item(current))

    def _saved(self, tx: Connection, call: Call, current: ServiceItem, amended: ServiceItem) -> ServiceItem:
        if amended is not current:
            self._service_items.save(tx, amended)
            self._events.service_item_amended(tx, call, amended, now=self.clock.now())
        return amended

    def _locked_item(self, tx: Connection, call: Call, id: str) -> ServiceItem:
        found = self._service_items.lock(tx, id)
        if found is None:
            raise ServiceItemNotFound("no service item has this id", id=id)
        require_staff(self._acting(tx, call.actor), self._station(tx, found.station).path)
        return found

    def _shown(self, tx: Connection, station: Station) -> Guide:
        return guide.shown(
            station.code,
            self._guides.upwards(tx, station.path),
            self._service_items.offered(tx, station.path),
        )
