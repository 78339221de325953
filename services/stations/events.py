"""From a decision to the event that tells of it, through the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from yizhan.bus.outbox import Outbox
from yizhan.contracts.envelope import Facts
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import (
    Device,
    Notice,
    NoticeEnded,
    NoticePosted,
    ScreenDeviceIssued,
    ScreenDeviceRevoked,
    Staff,
    StaffAccountAdded,
    StaffAccountAmended,
    Station,
    StationAdded,
    StationAmended,
)


class Events:
    """What services/stations tells the others. Each method belongs in the transaction of the rows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def station_added(self, tx: Connection, call: Call, station: Station, *, now: datetime) -> None:
        self._about_station(tx, call, StationAdded(station=station, by=call.actor.id), station, now)

    def station_amended(self, tx: Connection, call: Call, station: Station, *, now: datetime) -> None:
        self._about_station(tx, call, StationAmended(station=station, by=call.actor.id), station, now)

    def staff_account_added(self, tx: Connection, call: Call, staff: Staff, *, now: datetime) -> None:
        self._about(tx, call, StaffAccountAdded(**_public(staff), by=call.actor.id), staff, now)

    def staff_account_amended(self, tx: Connection, call: Call, staff: Staff, *, now: datetime) -> None:
        self._about(tx, call, StaffAccountAmended(**_public(staff), by=call.actor.id), staff, now)

    def screen_device_issued(
        self, tx: Connection, call: Call, device: Device, code_sha256: str, *, now: datetime
    ) -> None:
        facts = ScreenDeviceIssued(
            device_id=device.id, station=device.station, code_sha256=code_sha256, by=call.actor.id
        )
        self._about(tx, call, facts, device, now)

    def screen_device_revoked(self, tx: Connection, call: Call, device: Device, *, now: datetime) -> None:
        facts = ScreenDeviceRevoked(device_id=device.id, station=device.station, by=call.actor.id)
        self._about(tx, call, facts, device, now)

    def notice_posted(self, tx: Connection, call: Call, notice: Notice, *, now: datetime) -> None:
        self._about(tx, call, NoticePosted(notice=notice, by=call.actor.id), notice, now)

    def notice_ended(self, tx: Connection, call: Call, notice: Notice, *, now: datetime) -> None:
        self._about(tx, call, NoticeEnded(notice=notice, by=call.actor.id), notice, now)

    def _about(
        self, tx: Connection, call: Call, facts: Facts, row: Staff | Device | Notice, now: datetime
    ) -> None:
        self._outbox.tell(tx, call, facts, subject=row.id, sequence=row.sequence, station=row.station, at=now)

    def _about_station(
        self, tx: Connection, call: Call, facts: Facts, station: Station, now: datetime
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            facts,
            subject=station.code,
            sequence=station.sequence,
            station=station.code,
            at=now,
        )


def _public(staff: Staff) -> dict[str, Any]:
    """What others may know of an account: neither name nor login."""
    return {"staff_id": staff.id, "role": staff.role, "station": staff.station, "active": staff.active}
