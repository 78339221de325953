"""Stations' facilities, their inspections and photos."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations.domain import facility
from services.stations.domain.scope import require_staff
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import in_native_thread, method
from yizhan.contracts.facilities import (
    AddFacilities,
    AmendFacility,
    FacilitiesRpc,
    Facility,
    FacilityInspectionList,
    FacilityInspectionQuery,
    FacilityList,
    FacilityNotFound,
    FacilityPhotoRef,
    FacilityQuery,
    FacilityRef,
    InspectFacility,
    NewFacility,
)
from yizhan.contracts.files import FileNotFound, StoredFile
from yizhan.contracts.rpc import Call
from yizhan.files import FileStore


class Facilities(Desk):
    """Everything at a station that is counted, inspected and photographed."""

    @method(FacilitiesRpc.add_facilities)
    def add_facilities(self, tx: Connection, call: Call, request: AddFacilities) -> FacilityList:
        station = self._station(tx, request.station)
        require_staff(self._acting(tx, call.actor), station.path)
        added = tuple(self._add(tx, call, station.code, entry) for entry in request.facilities)
        return FacilityList(facilities=added, next=None)

    def _add(self, tx: Connection, call: Call, station: str, entry: NewFacility) -> Facility:
        now = self.clock.now()
        added = facility.add(entry, id=self._new_id(), station=station, today=self._today())
        self._facilities.insert(tx, added)
        first = facility.inspection(added, id=self._new_id(), now=now, by=call.actor.id)
        if first is not None:
            self._facilities.write_inspection(tx, first)
        self._events.facility_added(tx, call, added, now=now)
        return added

    @method(FacilitiesRpc.amend_facility)
    def amend_facility(self, tx: Connection, call: Call, request: AmendFacility) -> Facility:
        current = self._locked_facility(tx, call, request.id)
        return self._amended(tx, call, current, facility.amend(current, request))

    @method(FacilitiesRpc.inspect_facility)
    def inspect_facility(self, tx: Connection, call: Call, request: InspectFacility) -> Facility:
        current = self._locked_facility(tx, call, request.id)
        now = self.clock.now()
        inspected, made = facility.inspect(
            current, request, id=self._new_id(), now=now, today=self._today(), by=call.actor.id
        )
        self._facilities.save(tx, inspected)
        self._facilities.write_inspection(tx, made)
        self._events.facility_inspected(tx, call, inspected, now=now)
        return inspected

    @method(FacilitiesRpc.get_facility)
    def get_facility(self, tx: Connection, call: Call, request: FacilityRef) -> Facility:
        return self._facility(tx, call, request.id)

    @method(FacilitiesRpc.list_facilities)
    def list_facilities(self, tx: Connection, call: Call, request: FacilityQuery) -> FacilityList:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.station).path)
        found, following = self._facilities.page(
            tx,
            request.station,
            kind=request.kind,
            state=request.state,
            after=request.after,
            limit=request.limit,
        )
        return FacilityList(facilities=tuple(found), next=following)

    @method(FacilitiesRpc.list_facility_inspections)
    def list_facility_inspections(
        self, tx: Connection, call: Call, request: FacilityInspectionQuery
    ) -> FacilityInspectionList:
        self._facility(tx, call, request.id)
        found, following = self._facilities.inspections(
            tx, request.id, after=request.after, limit=request.limit
        )
        return FacilityInspectionList(inspections=tuple(found), next=following)

    @method(FacilitiesRpc.attach_facility_photo)
    def attach_facility_photo(self, tx: Connection, call: Call, request: FacilityPhotoRef) -> Facility:
        current = self._locked_facility(tx, call, request.id)
        store = FileStore.from_settings(self.settings)
        stored = in_native_thread(store.stat, request.file_id)
        if stored is None:
            raise FileNotFound("no stored file has this id", file_id=request.file_id)
        amended = facility.attach(current, stored)
        # Kept before the row is committed: a file kept for nothing is a trifle, a photo swept away is not.
        in_native_thread(store.keep, stored.id)
        return self._amended(tx, call, current, amended)

    @method(FacilitiesRpc.detach_facility_photo)
    def detach_facility_photo(self, tx: Connection, call: Call, request: FacilityPhotoRef) -> Facility:
        # The file itself stays in the store: the facility's history may rest on it.
        current = self._locked_facility(tx, call, request.id)
        return self._amended(tx, call, current, facility.detach(current, request.file_id))

    @method(FacilitiesRpc.get_facility_photo)
    def get_facility_photo(self, tx: Connection, call: Call, request: FacilityPhotoRef) -> StoredFile:
        return facility.photo(self._facility(tx, call, request.id), request.file_id)

    def _amended(self, tx: Connection, call: Call, current: Facility, amended: Facility) -> Facility:
        if amended is not current:
            self._facilities.save(tx, amended)
            self._events.facility_amended(tx, call, amended, now=self.clock.now())
        return amended

    def _facility(self, tx: Connection, call: Call, id: str) -> Facility:
        return self._for_staff(tx, call, self._facilities.find(tx, id), id)

    def _locked_facility(self, tx: Connection, call: Call, id: str) -> Facility:
        return self._for_staff(tx, call, self._facilities.lock(tx, id), id)

    def _for_staff(self, tx: Connection, call: Call, found: Facility | None, id: str) -> Facility:
        if found is None:
            raise FacilityNotFound("no facility has this id", id=id)
        require_staff(self._acting(tx, call.actor), self._station(tx, found.station).path)
        return found
