"""What services/stations says of a station's facilities: equipment, exits, fire equipment, the name plate."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, StoredFile
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------


class FacilityKind(StrEnum):
    #: 门牌标识
    NAME_PLATE = "name_plate"
    #: 安全出口
    EXIT = "exit"
    #: 疏散通道
    EVACUATION_ROUTE = "evacuation_route"
    #: 消防安全设备
    FIRE_EQUIPMENT = "fire_equipment"
    #: 办公桌椅, 休息桌椅
    FURNITURE = "furniture"
    #: 办公电脑
    COMPUTER = "computer"
    #: 信息发布屏
    DISPLAY = "display"
    #: 资料复印
    COPIER = "copier"
    #: 便民服务设施
    CONVENIENCE = "convenience"
    OTHER = "other"


class FacilityState(StrEnum):
    IN_ORDER = "in_order"
    FAULTY = "faulty"
    #: No longer at the station; its history stays.
    REMOVED = "removed"


#: A facility has at most so many photos.
MOST_PHOTOS = 9

FacilityCount = Annotated[int, Field(ge=1, le=10_000)]


class Facility(Message):
    """Something at a station at one version. `count`: pieces of the same.

    inspected_on, due_on: its last inspection and the day by which the next is due; both or neither.
    """

    id: Identifier
    station: StationCode
    kind: FacilityKind
    label: PublicLine
    count: FacilityCount
    state: FacilityState
    inspected_on: date | None = None
    due_on: date | None = None
    photos: tuple[StoredFile, ...] = ()
    sequence: Sequence


class FacilityInspection(Message):
    """One inspection of a facility, and how it was found."""

    id: Identifier
    facility: Identifier
    inspected_on: date
    due_on: date
    state: FacilityState
    by: str
    at: Moment
    note: OfficeText | None = None


# --- events -------------------------------------------------------------------------------------------


class _FacilityFacts(Facts):
    """The facility as it is from now on; its photos without the names that their uploaders gave them."""

    facility: Facility
    by: str


class FacilityAdded(_FacilityFacts):
    """Something is at a station from now on. Subject: the facility's id."""

    event_type: ClassVar[str] = "stations.facility.added.v1"


class FacilityAmended(_FacilityFacts):
    """A facility's label, count, state or photos changed. Subject: the facility's id."""

    event_type: ClassVar[str] = "stations.facility.amended.v1"


class FacilityInspected(_FacilityFacts):
    """A facility was inspected. Subject: the facility's id."""

    event_type: ClassVar[str] = "stations.facility.inspected.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class NewFacility(Message):
    """inspected_on and due_on: both, or neither when it was not inspected yet."""

    kind: FacilityKind
    label: PublicLine
    count: FacilityCount = 1
    state: FacilityState = FacilityState.IN_ORDER
    inspected_on: date | None = None
    due_on: date | None = None


class AddFacilities(Message):
    """A list as it is taken on site: all of it is entered, or nothing."""

    station: StationCode
    facilities: Annotated[tuple[NewFacility, ...], Field(min_length=1, max_length=50)]


class AmendFacility(Message):
    """Fields left out stay as they are. `expected_sequence`: refuse if it has changed since."""

    id: Identifier
    label: PublicLine | None = None
    count: FacilityCount | None = None
    state: FacilityState | None = None
    expected_sequence: Sequence | None = None


class InspectFacility(Message):
    """`due_on`: the day by which the next inspection is due."""

    id: Identifier
    inspected_on: date
    due_on: date
    state: FacilityState = FacilityState.IN_ORDER
    note: OfficeText | None = None


class FacilityRef(Message):
    id: Identifier


class FacilityQuery(Message):
    """A station's facilities, newest first. `after`: the last id of the page before."""

    station: StationCode
    kind: FacilityKind | None = None
    state: FacilityState | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FacilityList(Message):
    facilities: tuple[Facility, ...]
    next: Identifier | None


class FacilityInspectionQuery(Message):
    """Newest first. `after`: the last id of the page before."""

    id: Identifier
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FacilityInspectionList(Message):
    inspections: tuple[FacilityInspection, ...]
    next: Identifier | None


class FacilityPhotoRef(Message):
    id: Identifier
    file_id: FileId


SERVICE = "stations"


class FacilitiesRpc:
    """The methods of services/stations that are about facilities."""

    add_facilities = Method(SERVICE, "add_facilities", AddFacilities, FacilityList, command=True)
    amend_facility = Method(SERVICE, "amend_facility", AmendFacility, Facility, command=True)
    inspect_facility = Method(SERVICE, "inspect_facility", InspectFacility, Facility, command=True)
    get_facility = Method(SERVICE, "get_facility", FacilityRef, Facility, command=False)
    list_facilities = Method(SERVICE, "list_facilities", FacilityQuery, FacilityList, command=False)
    list_facility_inspections = Method(
        SERVICE, "list_facility_inspections", FacilityInspectionQuery, FacilityInspectionList, command=False
    )
    attach_facility_photo = Method(SERVICE, "attach_facility_photo", FacilityPhotoRef, Facility, command=True)
    detach_facility_photo = Method(SERVICE, "detach_facility_photo", FacilityPhotoRef, Facility, command=True)
    get_facility_photo = Method(SERVICE, "get_facility_photo", FacilityPhotoRef, StoredFile, command=False)


# --- errors -------------------------------------------------------------------------------------------


class FacilityNotFound(YizhanError):
    """No facility has this id."""

    code = "stations.facility_not_found"
    status = 404


class FacilityChanged(YizhanError):
    """The facility has changed since it was read."""

    code = "stations.facility_changed_meanwhile"
    status = 409


class FacilityRemoved(YizhanError):
    """The facility is no longer at the station."""

    code = "stations.facility_removed"
    status = 409


class InspectionDatesInvalid(YizhanError):
    """An inspection was today or before, the next is due later, within ten years; both dates or neither."""

    code = "stations.inspection_dates_invalid"
    status = 422


class PhotoRefused(YizhanError):
    """The file is no image, or the facility has as many photos as it may."""

    code = "stations.photo_refused"
    status = 422


class PhotoNotFound(YizhanError):
    """The facility has no such photo."""

    code = "stations.photo_not_found"
    status = 404
