"""From a decision to the event that tells of it, through the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.stations.domain.facility import nameless
from yizhan.bus.outbox import Outbox
from yizhan.contracts.envelope import Facts
from yizhan.contracts.facilities import Facility, FacilityAdded, FacilityAmended, FacilityInspected
from yizhan.contracts.guides import ServiceItem, ServiceItemAdded, ServiceItemAmended
from yizhan.contracts.premises import MapListing, MapListingReported, PremisesAmended, StationPremises
from yizhan.contracts.rpc import Call
from yizhan.contracts.stages import Rectification, RectificationMended, StationStep, StationStepTaken
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
from yizhan.contracts.training import Training, TrainingRecorded, TrainingWithdrawn


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
            device_id=device.id,
            station=device.station,
            code_sha256=code_sha256,
            by=call.actor.id,
            label=device.label,
        )
        self._about(tx, call, facts, device, now)

    def screen_device_revoked(self, tx: Connection, call: Call, device: Device, *, now: datetime) -> None:
        facts = ScreenDeviceRevoked(device_id=device.id, station=device.station, by=call.actor.id)
        self._about(tx, call, facts, device, now)

    def notice_posted(self, tx: Connection, call: Call, notice: Notice, *, now: datetime) -> None:
        self._about(tx, call, NoticePosted(notice=notice, by=call.actor.id), notice, now)

    def notice_ended(self, tx: Connection, call: Call, notice: Notice, *, now: datetime) -> None:
        self._about(tx, call, NoticeEnded(notice=notice, by=call.actor.id), notice, now)

    def station_step_taken(self, tx: Connection, call: Call, step: StationStep) -> None:
        facts = StationStepTaken(
            station=step.station,
            step=step.step,
            stage=step.stage,
            by=step.by,
            due_on=step.due_on,
            rectifications=len(step.rectifications),
        )
        self._once(tx, call, facts, subject=step.id, station=step.station, now=step.at)

    def rectification_mended(
        self, tx: Connection, call: Call, thing: Rectification, *, now: datetime
    ) -> None:
        facts = RectificationMended(
            station=thing.station, due_on=thing.due_on, mended_at=now, by=call.actor.id
        )
        self._once(tx, call, facts, subject=thing.id, station=thing.station, now=now)

    def premises_amended(
        self, tx: Connection, call: Call, premises: StationPremises, *, now: datetime
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            PremisesAmended(premises=premises, by=call.actor.id),
            subject=f"{premises.code}/premises",
            sequence=premises.sequence,
            station=premises.code,
            at=now,
        )

    def map_listing_reported(self, tx: Connection, call: Call, listing: MapListing) -> None:
        facts = MapListingReported(
            station=listing.station, map=listing.map, state=listing.state, url=listing.url, by=listing.by
        )
        self._outbox.tell(
            tx,
            call,
            facts,
            subject=f"{listing.station}/{listing.map}",
            sequence=listing.sequence,
            station=listing.station,
            at=listing.at,
        )

    def facility_added(self, tx: Connection, call: Call, facility: Facility, *, now: datetime) -> None:
        facts = FacilityAdded(facility=nameless(facility), by=call.actor.id)
        self._about(tx, call, facts, facility, now)

    def facility_amended(self, tx: Connection, call: Call, facility: Facility, *, now: datetime) -> None:
        facts = FacilityAmended(facility=nameless(facility), by=call.actor.id)
        self._about(tx, call, facts, facility, now)

    def facility_inspected(self, tx: Connection, call: Call, facility: Facility, *, now: datetime) -> None:
        facts = FacilityInspected(facility=nameless(facility), by=call.actor.id)
        self._about(tx, call, facts, facility, now)

    def service_item_added(self, tx: Connection, call: Call, item: ServiceItem, *, now: datetime) -> None:
        self._about(tx, call, ServiceItemAdded(item=item, by=call.actor.id), item, now)

    def service_item_amended(self, tx: Connection, call: Call, item: ServiceItem, *, now: datetime) -> None:
        self._about(tx, call, ServiceItemAmended(item=item, by=call.actor.id), item, now)

    def training_recorded(self, tx: Connection, call: Call, training: Training, *, now: datetime) -> None:
        self._about(tx, call, TrainingRecorded(**_told(training), by=call.actor.id), training, now)

    def training_withdrawn(self, tx: Connection, call: Call, training: Training, *, now: datetime) -> None:
        self._about(tx, call, TrainingWithdrawn(**_told(training), by=call.actor.id), training, now)

    def _about(
        self,
        tx: Connection,
        call: Call,
        facts: Facts,
        row: Staff | Device | Notice | Facility | ServiceItem | Training,
        now: datetime,
    ) -> None:
        self._outbox.tell(tx, call, facts, subject=row.id, sequence=row.sequence, station=row.station, at=now)

    def _once(
        self, tx: Connection, call: Call, facts: Facts, *, subject: str, station: str, now: datetime
    ) -> None:
        """About what never changes afterwards."""
        self._outbox.tell(tx, call, facts, subject=subject, sequence=1, station=station, at=now)

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


def _told(training: Training) -> dict[str, Any]:
    """What others may know of a training: not the note of its certificate."""
    return training.model_dump(include={"station", "topic", "held_on", "hours", "staff"})
