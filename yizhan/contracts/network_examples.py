"""Lifelike examples of stations' steps, premises, facilities, services and training; all are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

from yizhan.contracts.envelope import Facts
from yizhan.contracts.facilities import (
    Facility,
    FacilityAdded,
    FacilityAmended,
    FacilityInspected,
    FacilityKind,
    FacilityState,
)
from yizhan.contracts.files import StoredFile
from yizhan.contracts.guides import ServiceItem, ServiceItemAdded, ServiceItemAmended
from yizhan.contracts.premises import (
    Datum,
    ListingState,
    MapListing,
    MapListingReported,
    MapName,
    Position,
    PremisesAmended,
    StationFunction,
    StationPremises,
)
from yizhan.contracts.stages import (
    Rectification,
    RectificationMended,
    StationStep,
    StationStepKind,
    StationStepTaken,
)
from yizhan.contracts.stations import NoticeReach, StationStage
from yizhan.contracts.training import Training, TrainingRecorded, TrainingWithdrawn

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
STATION = "5227300103"


def _id(number: int) -> str:
    return f"019ca716-0000-7000-8000-{number:012x}"


photo = StoredFile(
    id="5b0c6a1e-9d3f-4c27-8a64-2f1d0b7e9c35", media_type="image/jpeg", bytes=184_320, sha256="3c" * 32
)
rectification = Rectification(
    id=_id(2), station=STATION, text="安全出口堆放杂物，限期清理", due_on=date(2026, 3, 15)
)
step = StationStep(
    id=_id(1),
    station=STATION,
    sequence=4,
    step=StationStepKind.RECTIFY,
    stage=StationStage.RECTIFYING,
    by=CLERK,
    at=AT,
    reason="现场查看，安全出口不畅通",
    due_on=date(2026, 3, 15),
    rectifications=(rectification,),
)
premises = StationPremises(
    code=STATION,
    area_sqm=46.5,
    functions=tuple(StationFunction),
    position=Position(lng=106.977431, lat=26.449316, datum=Datum.GCJ02),
    sequence=1,
)
listing = MapListing(
    id=_id(3),
    sequence=1,
    station=STATION,
    map=MapName.AMAP,
    state=ListingState.LISTED,
    at=AT,
    by=CLERK,
    url="https://surl.amap.com/example",
)
facility = Facility(
    id=_id(4),
    station=STATION,
    kind=FacilityKind.FIRE_EQUIPMENT,
    label="干粉灭火器 4 公斤",
    count=4,
    state=FacilityState.IN_ORDER,
    inspected_on=TODAY,
    due_on=date(2027, 3, 1),
    photos=(photo,),
    sequence=2,
)
item = ServiceItem(
    id=_id(5),
    station="522730",
    reach=NoticeReach.SUBTREE,
    name="求职登记",
    materials=("居民身份证", "技能证书（有的请带上）"),
    limit_days=0,
    basis="《就业服务与就业管理规定》第二十五条",
    sequence=1,
)
training = Training(
    id=_id(6),
    station=STATION,
    topic="零工驿站业务流程培训",
    held_on=TODAY,
    hours=4,
    staff=(CLERK,),
    certificate="县就业局培训合格证",
    recorded_at=AT,
    by=CLERK,
    sequence=1,
)

_TRAINED = training.model_dump(include={"station", "topic", "held_on", "hours", "staff"})

#: Facts, subject, sequence, station.
FACTS: tuple[tuple[Facts, str, int, str], ...] = (
    (
        StationStepTaken(
            station=STATION,
            step=step.step,
            stage=step.stage,
            by=CLERK,
            due_on=step.due_on,
            rectifications=1,
        ),
        step.id,
        1,
        STATION,
    ),
    (
        RectificationMended(station=STATION, due_on=rectification.due_on, mended_at=AT, by=CLERK),
        rectification.id,
        1,
        STATION,
    ),
    (PremisesAmended(premises=premises, by=CLERK), f"{STATION}/premises", 1, STATION),
    (
        MapListingReported(station=STATION, map=listing.map, state=listing.state, url=listing.url, by=CLERK),
        f"{STATION}/{listing.map}",
        1,
        STATION,
    ),
    (
        FacilityAdded(facility=facility.model_copy(update={"photos": (), "sequence": 1}), by=CLERK),
        facility.id,
        1,
        STATION,
    ),
    (FacilityAmended(facility=facility, by=CLERK), facility.id, 2, STATION),
    (
        FacilityInspected(facility=facility.model_copy(update={"sequence": 3}), by=CLERK),
        facility.id,
        3,
        STATION,
    ),
    (ServiceItemAdded(item=item, by=CLERK), item.id, 1, "522730"),
    (
        ServiceItemAmended(item=item.model_copy(update={"active": False, "sequence": 2}), by=CLERK),
        item.id,
        2,
        "522730",
    ),
    (TrainingRecorded(**_TRAINED, by=CLERK), training.id, 1, STATION),
    (TrainingWithdrawn(**_TRAINED, by=CLERK), training.id, 2, STATION),
)
