"""Facilities, guides and trainings as pure decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.stations.domain import facility, guide, premises, training
from services.stations.domain.guide import OwnGuide
from yizhan.contracts.facilities import (
    MOST_PHOTOS,
    AmendFacility,
    Facility,
    FacilityChanged,
    FacilityKind,
    FacilityRemoved,
    FacilityState,
    InspectFacility,
    InspectionDatesInvalid,
    NewFacility,
    PhotoNotFound,
    PhotoRefused,
)
from yizhan.contracts.files import StoredFile
from yizhan.contracts.guides import (
    AddServiceItem,
    AmendGuide,
    AmendServiceItem,
    ChartInvalid,
    FlowStep,
    GuideChanged,
    Post,
    ServiceItemChanged,
    ServiceItemsFull,
    ServiceItemWithdrawn,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.premises import (
    AmendPremises,
    ListingState,
    MapName,
    PremisesChanged,
    ReportMapListing,
    StationFunction,
    StationPremises,
)
from yizhan.contracts.training import (
    RecordTraining,
    TrainingDateInvalid,
    TrainingStaffUnknown,
    WithdrawTraining,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
CODE = "5227300103"


def some_id() -> str:
    return new_identifier(NOW)


def extinguisher(**said: object) -> Facility:
    entry = NewFacility.model_validate({"kind": "fire_equipment", "label": "灭火器", "count": 4, **said})
    return facility.add(entry, id=some_id(), station=CODE, today=TODAY)


def photo(number: int, media_type: str = "image/jpeg") -> StoredFile:
    id = f"00000000-0000-4000-8000-{number:012x}"
    return StoredFile(id=id, media_type=media_type, bytes=1, sha256="0" * 64, name="IMG 13800138000.jpg")


@pytest.mark.parametrize(
    ("inspected_on", "due_on"),
    [
        ("2026-03-03", "2026-09-01"),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01", "2026-02-01"),
        ("2026-03-01", "2062-03-01"),
        ("2026-03-01", None),
        (None, "2026-09-01"),
    ],
)
def test_an_inspection_has_two_sensible_dates(inspected_on: str | None, due_on: str | None) -> None:
    """None in the future, none due before it was made, none for ever."""
    with pytest.raises(InspectionDatesInvalid):
        extinguisher(inspected_on=inspected_on, due_on=due_on)


def test_what_is_overdue_may_be_entered_as_it_is() -> None:
    """The truth is wanted, not a date that pleases."""
    overdue = extinguisher(inspected_on="2025-01-01", due_on="2026-01-01")
    first = facility.inspection(overdue, id=some_id(), now=NOW, by="clerk")
    assert first is not None
    assert (first.inspected_on, first.due_on) == (date(2025, 1, 1), date(2026, 1, 1))
    assert facility.inspection(extinguisher(), id=some_id(), now=NOW, by="clerk") is None


def test_an_inspection_that_is_entered_late_hides_no_newer_one() -> None:
    """It joins the history; what holds is the newest."""
    known = extinguisher(inspected_on="2026-02-01", due_on="2026-08-01")
    late = InspectFacility(
        id=known.id, inspected_on=date(2026, 1, 1), due_on=date(2026, 7, 1), state=FacilityState.FAULTY
    )
    after, made = facility.inspect(known, late, id=some_id(), now=NOW, today=TODAY, by="clerk")
    assert (after.due_on, after.state) == (date(2026, 8, 1), FacilityState.IN_ORDER)
    assert made.due_on == date(2026, 7, 1)


def test_what_was_removed_is_not_inspected_nor_photographed() -> None:
    """It is not there."""
    gone = extinguisher().model_copy(update={"state": FacilityState.REMOVED})
    request = InspectFacility(id=gone.id, inspected_on=TODAY, due_on=TODAY + timedelta(days=1))
    with pytest.raises(FacilityRemoved):
        facility.inspect(gone, request, id=some_id(), now=NOW, today=TODAY, by="clerk")
    with pytest.raises(FacilityRemoved):
        facility.attach(gone, photo(1))


def test_photos_are_images_and_not_too_many() -> None:
    """The same one again changes nothing; none leaves the office under its uploader's name."""
    one = facility.attach(extinguisher(), photo(0))
    assert facility.attach(one, photo(0)) is one
    assert [kept.name for kept in facility.nameless(one).photos] == [None]
    with pytest.raises(PhotoRefused):
        facility.attach(one, photo(1, "application/pdf"))
    full = one
    for number in range(1, MOST_PHOTOS):
        full = facility.attach(full, photo(number))
    with pytest.raises(PhotoRefused):
        facility.attach(full, photo(99))
    assert facility.detach(full, photo(0).id).photos == full.photos[1:]
    assert facility.detach(full, photo(99).id) is full
    with pytest.raises(PhotoNotFound):
        facility.photo(full, photo(99).id)


def test_an_amendment_of_a_facility_counts_up_only_when_something_changes() -> None:
    """And not over somebody else's."""
    known = extinguisher()
    assert facility.amend(known, AmendFacility(id=known.id, count=4)) is known
    assert facility.amend(known, AmendFacility(id=known.id, count=5)).sequence == 2
    with pytest.raises(FacilityChanged):
        facility.amend(known, AmendFacility(id=known.id, count=5, expected_sequence=9))


def test_premises_keep_what_is_not_said() -> None:
    """And take each function once."""
    empty = StationPremises(code=CODE)
    twice = (StationFunction.WAITING, StationFunction.WAITING)
    first = premises.amend(empty, AmendPremises(code=CODE, area_sqm=30, functions=twice))
    assert (first.area_sqm, first.functions, first.sequence) == (30, (StationFunction.WAITING,), 1)
    assert premises.amend(first, AmendPremises(code=CODE, area_sqm=30)) is first
    assert premises.amend(first, AmendPremises(code=CODE, functions=())).area_sqm == 30
    with pytest.raises(PremisesChanged):
        premises.amend(first, AmendPremises(code=CODE, area_sqm=31, expected_sequence=0))


def test_the_same_report_of_a_map_again_is_no_news() -> None:
    """Another state or another address is."""
    said = ReportMapListing(station=CODE, map=MapName.BAIDU, state=ListingState.SUBMITTED)
    first = premises.report(None, said, id=some_id(), now=NOW, by="clerk")
    assert premises.report(first, said, id=some_id(), now=NOW, by="clerk") is first
    listed = said.model_copy(update={"state": ListingState.LISTED})
    assert premises.report(first, listed, id=some_id(), now=NOW, by="clerk").state is ListingState.LISTED


@pytest.mark.parametrize(
    "posts",
    [
        (Post(title="站长"), Post(title="站长")),
        (Post(title="登记岗", reports_to="站长"),),
        (Post(title="站长", reports_to="站长"),),
        (Post(title="站长", reports_to="副站长"), Post(title="副站长", reports_to="站长")),
    ],
)
def test_a_chart_is_a_tree(posts: tuple[Post, ...]) -> None:
    """No post twice, none under a stranger, no circle."""
    with pytest.raises(ChartInvalid):
        guide.amend(OwnGuide(CODE), AmendGuide(code=CODE, posts=posts))


def test_a_station_without_a_guide_shows_that_of_the_nearest_above() -> None:
    """Flow and chart each by itself; an emptied one lets the one above show again."""
    flow, posts = (FlowStep(title="登记"),), (Post(title="站长", public_name="何老师"),)
    county = OwnGuide("522730", flow, posts, 1)
    town = guide.amend(OwnGuide("52273001"), AmendGuide(code="52273001", posts=(Post(title="主任"),)))
    shown = guide.shown(CODE, [OwnGuide(CODE), town, county], [])
    assert (shown.flow_of, shown.posts_of, shown.sequence) == ("522730", "52273001", 0)
    emptied = guide.amend(town, AmendGuide(code="52273001", posts=()))
    assert guide.shown(CODE, [emptied, county], []).posts_of == "522730"
    assert guide.amend(town, AmendGuide(code="52273001")) is town
    with pytest.raises(GuideChanged):
        guide.amend(town, AmendGuide(code="52273001", flow=flow, expected_sequence=0))


def test_an_item_that_is_withdrawn_stays_withdrawn() -> None:
    """Nothing is amended in what nobody sees."""
    request = AddServiceItem(station=CODE, name="求职登记", limit_days=0)
    item = guide.add_item(request, id=some_id(), offered=0)
    assert guide.amend_item(item, AmendServiceItem(id=item.id, name="求职登记")) is item
    assert guide.amend_item(item, AmendServiceItem(id=item.id, limit_days=3)).limit_days == 3
    with pytest.raises(ServiceItemChanged):
        guide.amend_item(item, AmendServiceItem(id=item.id, limit_days=3, expected_sequence=2))
    gone = guide.withdraw_item(item)
    assert guide.withdraw_item(gone) is gone
    with pytest.raises(ServiceItemWithdrawn):
        guide.amend_item(gone, AmendServiceItem(id=item.id, limit_days=3))
    with pytest.raises(ServiceItemsFull):
        guide.add_item(request, id=some_id(), offered=100)


def test_a_training_has_been_held_by_people_of_the_house() -> None:
    """Each of them once."""
    known, stranger = some_id(), some_id()
    request = RecordTraining(station=CODE, topic="业务培训", held_on=TODAY, hours=2.5, staff=(known, known))
    made = {"id": some_id(), "known": frozenset({known}), "now": NOW, "by": "clerk"}
    record = training.record(request, today=TODAY, **made)  # type: ignore[arg-type]
    assert record.staff == (known,)
    withdrawn = training.withdraw(record, WithdrawTraining(id=record.id, reason="重复"), now=NOW)
    again = WithdrawTraining(id=record.id, reason="再次")
    assert training.withdraw(withdrawn, again, now=NOW) is withdrawn
    with pytest.raises(TrainingDateInvalid):
        training.record(request, today=TODAY - timedelta(days=1), **made)  # type: ignore[arg-type]
    with pytest.raises(TrainingStaffUnknown) as refused:
        training.record(
            request.model_copy(update={"staff": (known, stranger)}),
            today=TODAY,
            **made,  # type: ignore[arg-type]
        )
    assert refused.value.evidence["staff"] == [stranger]


def test_every_kind_of_facility_can_be_entered() -> None:
    """From the list as it is taken on site."""
    for kind in FacilityKind:
        entry = NewFacility(kind=kind, label="某物")
        assert facility.add(entry, id=some_id(), station=CODE, today=TODAY).kind is kind
