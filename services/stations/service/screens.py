"""Screens' credentials."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from services.stations.domain import device
from services.stations.domain.scope import require_staff
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import (
    Device,
    DeviceList,
    DeviceNotFound,
    DeviceRef,
    IssuedDevice,
    IssueDevice,
    StationRef,
    StationsRpc,
)


class Screens(Desk):
    """Devices and their codes."""

    @method(StationsRpc.issue_device)
    def issue_device(self, tx: Connection, call: Call, request: IssueDevice) -> IssuedDevice:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.station).path)
        now = self.clock.now()
        issued = device.issue(request, id=new_identifier(now), now=now)
        code = device.new_code(secrets.randbelow)
        self._devices.insert(tx, issued, device.code_sha256(code))
        self._events.screen_device_issued(tx, call, issued, device.code_sha256(code), now=now)
        return IssuedDevice(device=issued, code=code)

    @method(StationsRpc.revoke_device)
    def revoke_device(self, tx: Connection, call: Call, request: DeviceRef) -> Device:
        current = self._devices.lock(tx, request.id)
        if current is None:
            raise DeviceNotFound("no such screen device", id=request.id)
        require_staff(self._acting(tx, call.actor), self._station(tx, current.station).path)
        now = self.clock.now()
        revoked = device.revoke(current, now=now)
        if revoked is not current:
            self._devices.save(tx, revoked)
            self._events.screen_device_revoked(tx, call, revoked, now=now)
        return revoked

    @method(StationsRpc.list_devices)
    def list_devices(self, tx: Connection, call: Call, request: StationRef) -> DeviceList:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.code).path)
        return DeviceList(devices=tuple(self._devices.of_station(tx, request.code)))
