"""Premises, maps, facilities, guides and trainings on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.integration.stations.office import ADMIN, CLERK, NEIGHBOUR, Office
from yizhan.contracts.actor import PUBLIC, Actor, Role
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.facilities import (
    AddFacilities,
    AmendFacility,
    FacilitiesRpc,
    Facility,
    FacilityInspectionQuery,
    FacilityKind,
    FacilityPhotoRef,
    FacilityQuery,
    FacilityRef,
    FacilityState,
    InspectFacility,
    NewFacility,
)
from yizhan.contracts.guides import (
    MOST_SERVICE_ITEMS,
    AddServiceItem,
    AmendGuide,
    AmendServiceItem,
    FlowStep,
    Guide,
    GuidesRpc,
    Post,
    ServiceItemRef,
)
from yizhan.contracts.premises import (
    AmendPremises,
    Datum,
    ListingState,
    MapListingQuery,
    MapName,
    Position,
    PremisesCard,
    PremisesRpc,
    ReportMapListing,
)
from yizhan.contracts.rpc import Method
from yizhan.contracts.stages import MendRectification, RectifyStation, StagesRpc
from yizhan.contracts.stations import NoticeReach, StationRef
from yizhan.contracts.training import RecordTraining, TrainingQuery, TrainingRpc, WithdrawTraining
from yizhan.files import FileStore
from yizhan.settings import Settings

pytestmark = pytest.mark.integration

TOWN, COMMUNITY = "52273001", "5227300103"
TODAY = date(2026, 3, 2)


def test_a_position_is_kept_in_one_datum_and_links_to_three_maps(office: Office) -> None:
    """Given as a phone's receiver has it; anybody may read the way there."""
    given = Position(lng=106.971934, lat=26.452187, datum=Datum.WGS84)
    request = AmendPremises(code=TOWN, area_sqm=36.5, position=given)
    office.ask(PremisesRpc.amend_premises, request, CLERK)
    card: PremisesCard = office.ask(PremisesRpc.get_premises, StationRef(code=TOWN), PUBLIC)
    kept = card.premises.position
    assert kept is not None
    assert kept.datum is Datum.GCJ02
    assert (kept.lng, kept.lat) != (given.lng, given.lat)
    assert card.links is not None
    assert f"position={kept.lng:.6f},{kept.lat:.6f}" in card.links.amap
    assert f"location={kept.lat:.6f},{kept.lng:.6f}" in card.links.baidu
    last = office.events()[-1]
    assert (last.type, last.subject) == ("stations.premises.amended.v1", f"{TOWN}/premises")
    told = len(office.events())
    office.ask(PremisesRpc.amend_premises, request, CLERK)
    assert len(office.events()) == told
    assert office.ask(PremisesRpc.get_premises, StationRef(code=COMMUNITY), PUBLIC).links is None


def test_exchanged_coordinates_are_refused(office: Office) -> None:
    """And nothing of the amendment is kept."""
    swapped = Position(lng=26.452187, lat=86.971934, datum=Datum.GCJ02)
    request = AmendPremises(code=TOWN, area_sqm=36.5, position=swapped)
    assert office.refusal(PremisesRpc.amend_premises, request) == "stations.position_outside"
    assert office.ask(PremisesRpc.get_premises, StationRef(code=TOWN)).premises.sequence == 0


def test_premises_entered_by_two_at_once_lose_nothing(office: Office) -> None:
    """Each change is a version of its own, the first ones too."""
    areas = [float(number) for number in range(21, 31)]
    with ThreadPoolExecutor(5) as pool:
        requests = [AmendPremises(code=TOWN, area_sqm=area) for area in areas]
        list(pool.map(lambda request: office.ask(PremisesRpc.amend_premises, request), requests))
    told = [event for event in office.events() if event.type == "stations.premises.amended.v1"]
    assert [event.sequence for event in told] == list(range(1, 11))
    assert sorted(event.data.premises.area_sqm for event in told) == areas


def test_each_maps_listing_has_its_history(office: Office) -> None:
    """What each map shows now, and how it came to it, in pages."""
    walk = [ListingState.SUBMITTED, ListingState.LISTED, ListingState.WRONG, ListingState.LISTED]
    for state in walk:
        request = ReportMapListing(
            station=TOWN, map=MapName.AMAP, state=state, url="https://surl.amap.com/x", note="小王电话报的"
        )
        for _ in range(2):
            office.ask(PremisesRpc.report_map_listing, request, CLERK)
        office.later(seconds=1)
    baidu = ReportMapListing(station=TOWN, map=MapName.BAIDU, state=ListingState.SUBMITTED)
    office.ask(PremisesRpc.report_map_listing, baidu, CLERK)
    listed = office.ask(PremisesRpc.list_map_listings, MapListingQuery(station=TOWN, limit=3), CLERK)
    assert {one.map: one.state for one in listed.current} == {"amap": "listed", "baidu": "submitted"}
    rest = office.ask(PremisesRpc.list_map_listings, MapListingQuery(station=TOWN, after=listed.next), CLERK)
    states = [one.state for one in (*listed.history, *rest.history) if one.map is MapName.AMAP]
    assert states == list(reversed(walk))
    told = [event for event in office.events() if event.type == "stations.map_listing.reported.v1"]
    assert len(told) == len(walk) + 1
    assert all("小王" not in event.model_dump_json() for event in told)


def test_a_list_of_facilities_is_entered_whole_or_not(office: Office) -> None:
    """One bad line refuses all of them."""
    good = NewFacility(kind=FacilityKind.COMPUTER, label="办公电脑", count=2)
    bad = NewFacility(kind=FacilityKind.EXIT, label="安全出口", inspected_on=TODAY)
    before = office.rows()
    request = AddFacilities(station=TOWN, facilities=(good, bad))
    assert office.refusal(FacilitiesRpc.add_facilities, request, CLERK) == "stations.inspection_dates_invalid"
    assert office.rows() == before


def test_facilities_are_listed_in_pages_and_by_kind(office: Office) -> None:
    """Newest first; the removed ones are asked for by themselves."""
    for _ in range(3):
        office.facilities(TOWN)
    gone = office.facilities(TOWN)[0]
    removed = AmendFacility(id=gone.id, state=FacilityState.REMOVED)
    office.ask(FacilitiesRpc.amend_facility, removed, CLERK)
    seen: list[Facility] = []
    after: str | None = None
    while True:
        query = FacilityQuery(station=TOWN, after=after, limit=5)
        page = office.ask(FacilitiesRpc.list_facilities, query, CLERK)
        seen += page.facilities
        if page.next is None:
            break
        after = page.next
    assert len({one.id for one in seen}) == len(seen) == 12
    exits = FacilityQuery(station=TOWN, kind=FacilityKind.EXIT)
    assert len(office.ask(FacilitiesRpc.list_facilities, exits, CLERK).facilities) == 4
    left = FacilityQuery(station=TOWN, state=FacilityState.REMOVED)
    assert [one.id for one in office.ask(FacilitiesRpc.list_facilities, left, CLERK).facilities] == [gone.id]


def test_every_inspection_is_kept(office: Office) -> None:
    """With who made it and what was seen; others hear of the dates, not of the note."""
    _, _, extinguisher = office.facilities(TOWN)
    office.later(seconds=1)
    request = InspectFacility(
        id=extinguisher.id,
        inspected_on=TODAY,
        due_on=TODAY + timedelta(days=365),
        note="压力正常，老张看过",
    )
    after: Facility = office.ask(FacilitiesRpc.inspect_facility, request, CLERK)
    assert (after.inspected_on, after.sequence) == (TODAY, 2)
    query = FacilityInspectionQuery(id=extinguisher.id)
    kept = office.ask(FacilitiesRpc.list_facility_inspections, query, CLERK).inspections
    assert [(one.inspected_on, one.note, one.by) for one in kept] == [
        (TODAY, "压力正常，老张看过", "clerk"),
        (TODAY - timedelta(days=1), None, "admin"),
    ]
    last = office.events()[-1]
    assert (last.type, last.data.facility) == ("stations.facility.inspected.v1", after)
    assert "老张" not in last.model_dump_json()


def test_photos_come_from_the_file_store_and_are_read_through_the_facility(
    office: Office, tmp_path: Path
) -> None:
    """Kept from the sweep once attached; a made-up id and a document are refused."""
    office.service.settings = Settings(data_dir=tmp_path)
    store = FileStore.from_settings(office.service.settings)
    image = store.put(b"\xff\xd8 a photo", media_type="image/jpeg", name="IMG_13800138000.jpg")
    paper = store.put(b"%PDF-1.7", media_type="application/pdf")
    door, *_ = office.facilities(TOWN)
    photo = FacilityPhotoRef(id=door.id, file_id=image.id)
    after: Facility = office.ask(FacilitiesRpc.attach_facility_photo, photo, CLERK)
    assert [one.id for one in after.photos] == [image.id]
    assert "13800138000" not in office.events()[-1].model_dump_json()
    store.sweep(office.clock.now() + timedelta(days=3650))
    assert store.read(image.id) == b"\xff\xd8 a photo"
    assert office.ask(FacilitiesRpc.get_facility_photo, photo, CLERK).sha256 == image.sha256
    told = len(office.events())
    office.ask(FacilitiesRpc.attach_facility_photo, photo, CLERK)
    assert len(office.events()) == told
    made_up = FacilityPhotoRef(id=door.id, file_id="00000000-0000-4000-8000-000000000000")
    attach = FacilitiesRpc.attach_facility_photo
    assert office.refusal(attach, made_up, CLERK) == "files.file_not_found"
    document = FacilityPhotoRef(id=door.id, file_id=paper.id)
    assert office.refusal(attach, document, CLERK) in ("stations.photo_refused", "files.file_not_found")
    office.ask(FacilitiesRpc.detach_facility_photo, photo, CLERK)
    assert office.refusal(FacilitiesRpc.get_facility_photo, photo, CLERK) == "stations.photo_not_found"


def test_the_public_reads_what_a_station_offers(office: Office) -> None:
    """Its own items and those that reach it from above; flow and chart of the nearest that has one."""
    county = office.item("522730", NoticeReach.SUBTREE)
    office.item("522730")
    own = office.item(COMMUNITY)
    flow = (FlowStep(title="进站咨询"), FlowStep(title="登记"))
    office.ask(GuidesRpc.amend_guide, AmendGuide(code="522730", flow=flow))
    posts = (Post(title="站长", public_name="何老师"), Post(title="登记岗", reports_to="站长"))
    office.ask(GuidesRpc.amend_guide, AmendGuide(code=TOWN, posts=posts), CLERK)
    guide: Guide = office.ask(GuidesRpc.get_guide, StationRef(code=COMMUNITY), PUBLIC)
    assert [item.id for item in guide.items] == [county.id, own.id]
    assert (guide.flow, guide.flow_of) == (flow, "522730")
    assert (guide.posts, guide.posts_of) == (posts, TOWN)
    office.ask(GuidesRpc.withdraw_service_item, ServiceItemRef(id=county.id))
    left = office.ask(GuidesRpc.get_guide, StationRef(code=COMMUNITY), PUBLIC).items
    assert [item.id for item in left] == [own.id]
    assert "service_items.too_few" not in office.missing(COMMUNITY)
    assert "service_items.too_few" in office.missing(TOWN)


def test_service_items_are_bounded_however_many_add_at_once(office: Office) -> None:
    """The guide is read whole."""
    for _ in range(MOST_SERVICE_ITEMS - 2):
        office.item(TOWN)
    add = AddServiceItem(station=TOWN, name="信息咨询")

    def attempt(_: int) -> bool:
        try:
            office.ask(GuidesRpc.add_service_item, add, CLERK)
        except RemoteProblem as refused:
            return refused.problem.code != "stations.service_items_full"
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 2


def test_trainings_are_listed_by_station_and_by_person(office: Office) -> None:
    """Of the station and below; ids only are told to others, and a mistaken record is marked."""
    one, two, stranger = office.staff(TOWN), office.staff(COMMUNITY), office.staff("52273002")
    both = RecordTraining(
        station=TOWN, topic="业务流程", held_on=TODAY, hours=4, staff=(one.id, two.id), certificate="合格证"
    )
    first = office.ask(TrainingRpc.record_training, both, CLERK)
    office.later(seconds=1)
    alone = both.model_copy(update={"station": COMMUNITY, "staff": (two.id,), "certificate": None})
    second = office.ask(TrainingRpc.record_training, alone, CLERK)
    foreign = both.model_copy(update={"staff": (stranger.id,)})
    refused = office.refusal(TrainingRpc.record_training, foreign, CLERK)
    assert refused == "stations.training_staff_unknown"

    def listed(**asked: Any) -> list[str]:
        query = TrainingQuery(station=TOWN, **asked)
        return [record.id for record in office.ask(TrainingRpc.list_trainings, query, CLERK).trainings]

    assert listed() == [second.id, first.id]
    assert listed(staff=one.id) == [first.id]
    assert listed(limit=1) == [second.id]
    assert listed(after=second.id) == [first.id]
    withdrawn = office.ask(
        TrainingRpc.withdraw_training, WithdrawTraining(id=first.id, reason="重复登记"), CLERK
    )
    assert withdrawn.withdrawn_because == "重复登记"
    told = [event for event in office.events() if event.type.startswith("stations.training.")]
    assert [event.sequence for event in told] == [1, 1, 2]
    assert all("合格证" not in event.model_dump_json() for event in told)


def test_two_stations_staff_do_not_touch_what_is_not_theirs(office: Office) -> None:
    """Every command and every reading that is not public: refused next door and in the street."""
    door, *_ = office.facilities(TOWN)
    item = office.item(TOWN)
    member = office.staff(TOWN)
    training = RecordTraining(station=TOWN, topic="业务", held_on=TODAY, hours=1, staff=(member.id,))
    record = office.ask(TrainingRpc.record_training, training)
    photo = FacilityPhotoRef(id=door.id, file_id="00000000-0000-4000-8000-000000000000")
    office.opened(COMMUNITY)
    things = RectifyStation(
        code=COMMUNITY, reason="不畅通", due_on=TODAY + timedelta(days=3), items=("清理",)
    )
    office.ask(StagesRpc.rectify_station, things)
    thing = office.events()[-1].data
    assert thing.rectifications == 1
    tried: list[tuple[Method[Any, Any], BaseModel]] = [
        (PremisesRpc.amend_premises, AmendPremises(code=TOWN, area_sqm=99)),
        (
            PremisesRpc.report_map_listing,
            ReportMapListing(station=TOWN, map=MapName.AMAP, state=ListingState.LISTED),
        ),
        (PremisesRpc.list_map_listings, MapListingQuery(station=TOWN)),
        (
            FacilitiesRpc.add_facilities,
            AddFacilities(station=TOWN, facilities=(NewFacility(kind=FacilityKind.OTHER, label="某物"),)),
        ),
        (FacilitiesRpc.amend_facility, AmendFacility(id=door.id, count=9)),
        (
            FacilitiesRpc.inspect_facility,
            InspectFacility(id=door.id, inspected_on=TODAY, due_on=TODAY + timedelta(days=9)),
        ),
        (FacilitiesRpc.get_facility, FacilityRef(id=door.id)),
        (FacilitiesRpc.list_facilities, FacilityQuery(station=TOWN)),
        (FacilitiesRpc.list_facility_inspections, FacilityInspectionQuery(id=door.id)),
        (FacilitiesRpc.attach_facility_photo, photo),
        (FacilitiesRpc.detach_facility_photo, photo),
        (FacilitiesRpc.get_facility_photo, photo),
        (GuidesRpc.amend_guide, AmendGuide(code=TOWN, flow=(FlowStep(title="登记"),))),
        (GuidesRpc.add_service_item, AddServiceItem(station=TOWN, name="咨询")),
        (GuidesRpc.amend_service_item, AmendServiceItem(id=item.id, name="咨询")),
        (GuidesRpc.withdraw_service_item, ServiceItemRef(id=item.id)),
        (TrainingRpc.record_training, training),
        (TrainingRpc.withdraw_training, WithdrawTraining(id=record.id, reason="误")),
        (TrainingRpc.list_trainings, TrainingQuery(station=TOWN)),
    ]
    public = {PremisesRpc.get_premises, GuidesRpc.get_guide}
    methods = {
        method
        for rpc in (PremisesRpc, FacilitiesRpc, GuidesRpc, TrainingRpc)
        for method in vars(rpc).values()
        if isinstance(method, Method)
    }
    assert {method for method, _ in tried} == methods - public
    other_county = Actor(id="chief-2", role=Role.COUNTY_ADMIN, station="522799")
    before, told = office.rows(), len(office.events())
    for method, request in tried:
        assert office.refusal(method, request, NEIGHBOUR) == "auth.outside_scope", method.name
        assert office.refusal(method, request, other_county) == "auth.outside_scope", method.name
        assert office.refusal(method, request, PUBLIC) == "auth.not_allowed", method.name
    assert (office.rows(), len(office.events())) == (before, told)


def test_what_nobody_has_is_not_found(office: Office) -> None:
    """Each by its own code."""
    nobody = "00000000-0000-7000-8000-000000000000"
    for method, request, code in (
        (FacilitiesRpc.get_facility, FacilityRef(id=nobody), "stations.facility_not_found"),
        (GuidesRpc.withdraw_service_item, ServiceItemRef(id=nobody), "stations.service_item_not_found"),
        (
            TrainingRpc.withdraw_training,
            WithdrawTraining(id=nobody, reason="误"),
            "stations.training_not_found",
        ),
        (
            StagesRpc.mend_rectification,
            MendRectification(id=nobody),
            "stations.rectification_not_found",
        ),
        (PremisesRpc.get_premises, StationRef(code="522799"), "stations.station_not_found"),
    ):
        assert office.refusal(method, request, ADMIN) == code  # type: ignore[arg-type]
