"""What stands in the way of opening: all of it, at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.stations.domain.readiness import Condition, DatedRequirements, Needs, missing
from yizhan.contracts.facilities import Facility, FacilityKind, FacilityState
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.premises import StationFunction, StationPremises
from yizhan.contracts.stages import Rectification
from yizhan.contracts.stations import OpeningHours, StationFacts, StationKind

DATA = json.loads((files("services.stations") / "requirements.json").read_text("utf-8"))
TODAY = date(2026, 3, 2)
CODE = "5227300103"
REQUIREMENTS = DatedRequirements.read(DATA).on(TODAY)
NEEDS = REQUIREMENTS.kinds[StationKind.COMMUNITY_STATION]


def some_id() -> str:
    return new_identifier(datetime(2026, 3, 2, tzinfo=UTC))


def facility(kind: FacilityKind, *, due_in: int | None = 30, faulty: bool = False) -> Facility:
    return Facility(
        id=some_id(),
        station=CODE,
        kind=kind,
        label="某物",
        count=1,
        state=FacilityState.FAULTY if faulty else FacilityState.IN_ORDER,
        inspected_on=None if due_in is None else TODAY - timedelta(days=60),
        due_on=None if due_in is None else TODAY + timedelta(days=due_in),
        sequence=1,
    )


WHOLE = Condition(
    facts=StationFacts(
        name_plate="兴龙社区零工驿站",
        short_name="兴龙",
        hotline="0854-5550121",
        opening_hours=OpeningHours(opens="06:30", closes="18:00"),
    ),
    premises=StationPremises(code=CODE, area_sqm=20, functions=tuple(StationFunction), sequence=1),
    active_staff=1,
    service_items=1,
    facilities=(
        facility(FacilityKind.NAME_PLATE, due_in=None),
        facility(FacilityKind.EXIT, due_in=0),
        facility(FacilityKind.FIRE_EQUIPMENT),
    ),
    rectifications=(),
)

BARE = Condition(
    facts=StationFacts(name_plate="兴龙社区零工驿站", short_name="兴龙"),
    premises=StationPremises(code=CODE),
    active_staff=0,
    service_items=0,
    facilities=(),
    rectifications=(),
)

#: What spoils a whole station, and the code that says so.
FAULTS: dict[str, dict[str, object]] = {
    "area.too_small": {"premises": WHOLE.premises.model_copy(update={"area_sqm": 19.9})},
    "active_staff.too_few": {"active_staff": 0},
    "service_items.too_few": {"service_items": 0},
    "hotline.absent": {"facts": WHOLE.facts.model_copy(update={"hotline": None})},
    "rectifications.unfinished": {
        "rectifications": (Rectification(id=some_id(), station=CODE, text="清理", due_on=TODAY),)
    },
}


def codes(condition: Condition, needs: Needs = NEEDS) -> list[str]:
    return [thing.code for thing in missing(condition, needs, TODAY)]


def test_a_station_with_everything_may_open() -> None:
    """Twenty square metres are enough, and so is an inspection that is due today."""
    assert codes(WHOLE) == []


def test_a_bare_station_is_told_everything_at_once() -> None:
    """Nobody comes a second time for what could have been said the first (一次性告知)."""
    assert codes(BARE) == [
        "area.too_small",
        "active_staff.too_few",
        "service_items.too_few",
        "hotline.absent",
        "opening_hours.absent",
        "functions.absent",
        "name_plate.absent",
        "exit.absent",
        "fire_equipment.absent",
    ]


@given(st.sets(st.sampled_from(sorted(FAULTS))))
def test_each_fault_is_told_and_no_other(chosen: set[str]) -> None:
    """Whatever is missing together."""
    spoiled = WHOLE
    for fault in chosen:
        spoiled = replace(spoiled, **FAULTS[fault])  # type: ignore[arg-type]
    assert set(codes(spoiled)) == chosen


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        (facility(FacilityKind.EXIT, due_in=-1), "exit.overdue"),
        (facility(FacilityKind.EXIT, due_in=None), "exit.never_inspected"),
        (facility(FacilityKind.FIRE_EQUIPMENT, due_in=-400), "fire_equipment.overdue"),
        (facility(FacilityKind.FIRE_EQUIPMENT, faulty=True), "fire_equipment.faulty"),
        (facility(FacilityKind.NAME_PLATE, due_in=None, faulty=True), "name_plate.faulty"),
    ],
)
def test_one_bad_exit_among_good_ones_is_named(spoiled: Facility, code: str) -> None:
    """By its id, so that the clerk goes to the right door."""
    (thing,) = missing(replace(WHOLE, facilities=(*WHOLE.facilities, spoiled)), NEEDS, TODAY)
    assert (thing.code, thing.facilities) == (code, (spoiled.id,))


def test_figures_are_told_with_what_was_found() -> None:
    """Required beside found; nothing was entered is not the same as zero."""
    by_code = {thing.code: thing for thing in missing(BARE, NEEDS, TODAY)}
    area = by_code["area.too_small"]
    assert (area.required, area.found) == (20, None)
    assert by_code["active_staff.too_few"].found == 0
    assert by_code["functions.absent"].functions == tuple(StationFunction)


def test_a_contact_point_needs_less() -> None:
    """A spot where people gather has no rooms and nobody of its own."""
    needs = REQUIREMENTS.kinds[StationKind.CONTACT_POINT]
    assert codes(BARE, needs) == ["opening_hours.absent", "name_plate.absent"]


def test_every_kind_has_its_requirements() -> None:
    """In every version of the data."""
    for version in DatedRequirements.read(DATA).versions:
        assert set(version.kinds) == set(StationKind)


def test_the_version_of_the_day_applies() -> None:
    """The newest that has begun; before all of them, the first."""
    early, late = ({**DATA["versions"][0], "in_force_from": day} for day in ("2025-03-12", "2027-01-01"))
    dated = DatedRequirements.read({"versions": [late, early]})
    begun = {day: dated.on(day).in_force_from.year for day in (date(2020, 1, 1), TODAY, date(2027, 1, 1))}
    assert list(begun.values()) == [2025, 2025, 2027]


def test_a_slip_in_the_data_file_is_found_at_the_start() -> None:
    """Not at the first opening."""
    version = {**DATA["versions"][0], "kinds": {"town_station": {"least_aera_sqm": 20}}}
    with pytest.raises(ValidationError):
        DatedRequirements.read({"versions": [version]})
