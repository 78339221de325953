"""The 1+6+N tree."""

from __future__ import annotations

import pytest

from services.stations.domain import station
from yizhan.contracts.stations import (
    AddStation,
    AmendStation,
    OpeningHours,
    OpeningHoursInvalid,
    Station,
    StationChanged,
    StationFacts,
    StationKind,
    StationMisplaced,
    StationStage,
    StationStatus,
)

FACTS = StationFacts(name_plate="龙里县零工市场", short_name="零工市场")


@pytest.fixture
def county() -> Station:
    return station.found_county("522730", FACTS)


def placed(code: str, kind: StationKind, parent: Station) -> Station:
    return station.add(AddStation(code=code, kind=kind, parent=parent.code, facts=FACTS), parent)


def test_a_path_leads_from_the_county_market_down_to_the_station(county: Station) -> None:
    """The path is what scope and screens are decided by."""
    town = placed("52273001", StationKind.TOWN_STATION, county)
    community = placed("5227300103", StationKind.COMMUNITY_STATION, town)
    point = placed("522730010301", StationKind.CONTACT_POINT, community)
    assert point.path == ("522730", "52273001", "5227300103", "522730010301")
    assert point.sequence == 1


def test_a_county_market_is_open_from_its_founding_and_others_are_planned(county: Station) -> None:
    """A station's screens stay closed until it has opened by its steps."""
    town = placed("52273001", StationKind.TOWN_STATION, county)
    assert (county.stage, county.status) == (StationStage.OPEN, StationStatus.OPEN)
    assert (town.stage, town.status) == (StationStage.PLANNED, StationStatus.SUSPENDED)


def test_nothing_new_stands_under_a_station_that_is_revoked(county: Station) -> None:
    """It is there for its history only."""
    town = placed("52273001", StationKind.TOWN_STATION, county)
    revoked = town.model_copy(update={"stage": StationStage.REVOKED})
    with pytest.raises(StationMisplaced):
        placed("5227300101", StationKind.COMMUNITY_STATION, revoked)


@pytest.mark.parametrize(
    ("kind", "parent_kind", "allowed"),
    [
        (StationKind.COUNTY_MARKET, StationKind.COUNTY_MARKET, False),
        (StationKind.TOWN_STATION, StationKind.COUNTY_MARKET, True),
        (StationKind.TOWN_STATION, StationKind.TOWN_STATION, False),
        (StationKind.TOWN_STATION, StationKind.COMMUNITY_STATION, False),
        (StationKind.COMMUNITY_STATION, StationKind.COUNTY_MARKET, True),
        (StationKind.COMMUNITY_STATION, StationKind.TOWN_STATION, True),
        (StationKind.COMMUNITY_STATION, StationKind.COMMUNITY_STATION, True),
        (StationKind.COMMUNITY_STATION, StationKind.CONTACT_POINT, False),
        (StationKind.CONTACT_POINT, StationKind.COUNTY_MARKET, True),
        (StationKind.CONTACT_POINT, StationKind.COMMUNITY_STATION, True),
        (StationKind.CONTACT_POINT, StationKind.CONTACT_POINT, False),
    ],
)
def test_a_kind_stands_only_where_it_may(
    county: Station, kind: StationKind, parent_kind: StationKind, allowed: bool
) -> None:
    """A contact point is a leaf, a town hangs on the county."""
    parent = county.model_copy(update={"kind": parent_kind})
    if allowed:
        assert placed("52273009", kind, parent).parent == "522730"
    else:
        with pytest.raises(StationMisplaced):
            placed("52273009", kind, parent)


@pytest.mark.parametrize("code", ["52272301", "522730"])
def test_a_station_has_a_code_of_its_own_county(county: Station, code: str) -> None:
    """Another county's code, and the county market's own, are refused."""
    with pytest.raises(StationMisplaced):
        placed(code, StationKind.TOWN_STATION, county)


def test_a_station_closes_after_it_opens(county: Station) -> None:
    """Hours that end before they begin would keep a screen dark all day."""
    facts = FACTS.model_copy(update={"opening_hours": OpeningHours(opens="18:00", closes="05:00")})
    with pytest.raises(OpeningHoursInvalid):
        station.add(
            AddStation(code="52273001", kind=StationKind.TOWN_STATION, parent="522730", facts=facts), county
        )


def test_amending_nothing_leaves_the_version_as_it_is(county: Station) -> None:
    """An event is told only when something changed."""
    request = AmendStation(code=county.code, facts=county.facts)
    assert station.amend(county, request, None) is county


def test_amending_counts_the_version_up(county: Station) -> None:
    """Consumers order by the sequence."""
    facts = FACTS.model_copy(update={"short_name": "县市场"})
    amended = station.amend(county, AmendStation(code=county.code, facts=facts), None)
    assert (amended.facts, amended.sequence) == (facts, 2)


def test_an_amendment_of_a_version_that_is_gone_is_refused(county: Station) -> None:
    """Two clerks who edit at once do not overwrite each other."""
    request = AmendStation(code=county.code, facts=FACTS, expected_sequence=7)
    with pytest.raises(StationChanged):
        station.amend(county, request, None)


def test_a_station_cannot_move_below_itself(county: Station) -> None:
    """A loop would hide a whole subtree from every screen."""
    town = placed("52273001", StationKind.TOWN_STATION, county)
    community = placed("5227300103", StationKind.COMMUNITY_STATION, town)
    below = placed("522730010301", StationKind.COMMUNITY_STATION, community)
    with pytest.raises(StationMisplaced):
        station.amend(community, AmendStation(code=community.code, parent=below.code), below)


def test_descendants_follow_a_station_that_moves(county: Station) -> None:
    """Their paths are rewritten and their versions counted up."""
    old_town = placed("52273001", StationKind.TOWN_STATION, county)
    new_town = placed("52273002", StationKind.TOWN_STATION, county)
    community = placed("5227300103", StationKind.COMMUNITY_STATION, old_town)
    point = placed("522730010301", StationKind.CONTACT_POINT, community)
    moved = station.amend(community, AmendStation(code=community.code, parent=new_town.code), new_town)
    (followed,) = station.follow(moved, [point])
    assert moved.path == ("522730", "52273002", "5227300103")
    assert followed.path == ("522730", "52273002", "5227300103", "522730010301")
    assert followed.sequence == 2
