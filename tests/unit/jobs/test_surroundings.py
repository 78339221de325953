"""The stations around one: the nearest first, and what is known of those without a position."""

from __future__ import annotations

import pytest

from services.jobs.domain.distance import Point, metres_between
from services.jobs.domain.surroundings import surroundings

HOME, NEAR, FAR, BEYOND, UNPLACED = "52273001", "52273002", "52273003", "52273004", "5227300101"
POINTS = {
    FAR: Point(106.97, 26.60),
    NEAR: Point(106.97, 26.46),
    HOME: Point(106.97, 26.45),
    BEYOND: Point(106.97, 26.90),
}


def test_a_hundredth_of_a_degree_to_the_north_is_some_eleven_hundred_metres() -> None:
    assert metres_between(POINTS[HOME], POINTS[NEAR]) == pytest.approx(1_112, abs=2)


def test_the_nearest_come_first_and_who_is_beyond_reach_does_not() -> None:
    """Those of the same town whose position nobody knows are behind, without a distance."""
    found = surroundings(HOME, POINTS, kin=(HOME, UNPLACED, NEAR), reach_metres=20_000)
    assert found.stations == (HOME, NEAR, FAR, UNPLACED)
    assert set(found.metres) == {NEAR, FAR}


def test_a_station_without_a_position_has_its_town_around_it() -> None:
    """Also those of it that have one: how far they are is not known."""
    found = surroundings(UNPLACED, POINTS, kin=(HOME, UNPLACED), reach_metres=20_000)
    assert (found.stations, found.metres) == ((UNPLACED, HOME), {})
