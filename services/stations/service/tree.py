"""The network tree."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations import storage
from services.stations.domain import station
from services.stations.domain.scope import require_county_admin, require_staff, require_system
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.errors import FieldFault, RequestInvalid
from yizhan.contracts.rpc import Call, Nothing
from yizhan.contracts.stations import (
    AddStation,
    AmendStation,
    ExportPage,
    NetworkExport,
    Station,
    StationCodeTaken,
    StationList,
    StationNotFound,
    StationRef,
    StationsRpc,
)


class Tree(Desk):
    """Stations, and what screens need of them for a rebuild."""

    @method(StationsRpc.add_station)
    def add_station(self, tx: Connection, call: Call, request: AddStation) -> Station:
        # The parent is locked, so that it cannot move while its new child's path is written.
        parent = self._stations.lock(tx, request.parent)
        if parent is None:
            raise StationNotFound("no such parent", code=request.parent)
        require_county_admin(self._acting(tx, call.actor), parent.path)
        added = station.add(request, parent)
        if not self._stations.insert(tx, added):
            raise StationCodeTaken("another station has this code", code=request.code)
        self._tell_added(tx, call, added)
        return added

    @method(StationsRpc.amend_station)
    def amend_station(self, tx: Connection, call: Call, request: AmendStation) -> Station:
        moves = request.parent is not None
        if moves:
            # The root's lock lets one move happen at a time; two at once could close a loop.
            self._stations.lock(tx, request.code[:6])
        current = self._stations.lock(tx, request.code)
        if current is None:
            raise StationNotFound("no such station", code=request.code)
        actor = self._acting(tx, call.actor)
        if moves:
            require_county_admin(actor, current.path)
        else:
            require_staff(actor, current.path)
        new_parent = self._station(tx, request.parent) if request.parent is not None else None
        amended = station.amend(current, request, new_parent)
        if amended is current:
            return current
        now = self.clock.now()
        changed = [amended]
        if amended.path != current.path:
            changed += station.follow(amended, self._stations.below(tx, current))
        for one in changed:
            self._stations.save(tx, one)
            self._events.station_amended(tx, call, one, now=now)
        return amended

    @method(StationsRpc.get_station)
    def get_station(self, tx: Connection, call: Call, request: StationRef) -> Station:  # noqa: ARG002
        return self._station(tx, request.code)

    @method(StationsRpc.list_stations)
    def list_stations(self, tx: Connection, call: Call, request: Nothing) -> StationList:  # noqa: ARG002
        return StationList(stations=tuple(self._stations.all(tx)))

    @method(StationsRpc.export_network)
    def export_network(self, tx: Connection, call: Call, request: ExportPage) -> NetworkExport:
        require_system(call.actor)
        try:
            return storage.export_page(self.database, tx, after=request.after, limit=request.limit)
        except ValueError as error:
            fault = FieldFault(pointer="/after", code="cursor", detail=str(error))
            raise RequestInvalid("the cursor is none of ours", faults=(fault,)) from error
