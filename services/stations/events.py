"""From a decision to the event that tells of it, through the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from yizhan.bus.outbox import Outbox
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.identifiers import new_identifier
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
        facts = StationAdded(station=station, by=call.actor.id)
        self._record(tx, call, facts, station.code, station.sequence, station.code, now)

    def station_amended(self, tx: Connection, call: Call, station: Station, *, now: datetime) -> None:
        facts = StationAmended(station=station, by=call.actor.id)
        self._record(tx, call, facts, station.code, station.sequence, station.code, now)

    def staff_account_added(self, tx: Connection, call: Call, staff: Staff, *, now: datetime) -> None:
        facts = StaffAccountAdded(
            staff_id=staff.id, role=staff.role, station=staff.station, active=staff.active, by=call.actor.id
        )
        self._record(tx, call, facts, staff.id, staff.sequence, staff.station, now)

    def staff_account_amended(self, tx: Connection, call: Call, staff: Staff, *, now: datetime) -> None:
        facts = StaffAccountAmended(
            staff_id=staff.id, role=staff.role, station=staff.station, active=staff.active, by=call.actor.id
        )
        self._record(tx, call, facts, staff.id, staff.sequence, staff.station, now)

    def screen_device_issued(
        self, tx: Connection, call: Call, device: Device, code_sha256: str, *, now: datetime
    ) -> None:
        facts = ScreenDeviceIssued(
            device_id=device.id, station=device.station, code_sha256=code_sha256, by=call.actor.id
        )
        self._record(tx, call, facts, device.id, device.sequence, device.station, now)

    def screen_device_revoked(self, tx: Connection, call: Call, device: Device, *, now: datetime) -> None:
        facts = ScreenDeviceRevoked(device_id=device.id, station=device.station, by=call.actor.id)
        self._record(tx, call, facts, device.id, device.sequence, device.station, now)

    def notice_posted(self, tx: Connection, call: Call, notice: Notice, *, now: datetime) -> None:
        facts = NoticePosted(notice=notice, by=call.actor.id)
        self._record(tx, call, facts, notice.id, notice.sequence, notice.station, now)

    def notice_ended(self, tx: Connection, call: Call, notice: Notice, *, now: datetime) -> None:
        facts = NoticeEnded(notice=notice, by=call.actor.id)
        self._record(tx, call, facts, notice.id, notice.sequence, notice.station, now)

    def _record(
        self,
        tx: Connection,
        call: Call,
        facts: Facts,
        subject: str,
        sequence: int,
        station: str,
        now: datetime,
    ) -> None:
        event = Event[Facts].of(
            facts,
            id=new_identifier(now),
            subject=subject,
            sequence=sequence,
            station=station,
            time=now,
            correlation=call.correlation,
            traceparent=call.traceparent,
        )
        self._outbox.record(tx, event)
