"""Chinese map coordinates, with coord_convert as the oracle."""

from __future__ import annotations

from math import cos, hypot, radians
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from coord_convert import transform  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from services.stations.domain import coordinates
from services.stations.domain.map_links import links
from yizhan.contracts.premises import Datum, Position, PositionOutside

oracle: Any = transform

#: Well inside the rectangle, so that no shift leaves it.
INSIDE = st.tuples(st.floats(73.1, 136.7), st.floats(2.0, 54.7))
LONGLI = (106.977431, 26.449316)
METRES_A_DEGREE = 111_320.0


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * cos(radians(one[1]))
    return hypot(east, one[1] - other[1]) * METRES_A_DEGREE


@given(INSIDE)
@example(LONGLI)
def test_each_conversion_is_the_oracles(point: tuple[float, float]) -> None:
    """To a millimetre; the inverse of GCJ-02, which the oracle seeks less closely, to half a metre."""
    for ours, theirs in (
        (coordinates.wgs84_to_gcj02, oracle.wgs2gcj),
        (coordinates.gcj02_to_bd09, oracle.gcj2bd),
        (coordinates.bd09_to_gcj02, oracle.bd2gcj),
    ):
        assert metres(ours(*point), theirs(*point)) < 0.001
    assert metres(coordinates.gcj02_to_wgs84(*point), oracle.gcj2wgs(*point)) < 0.5


@given(INSIDE)
@example(LONGLI)
def test_there_and_back_is_where_it_began(point: tuple[float, float]) -> None:
    """Through GCJ-02 to a centimetre, through BD-09, whose own inverse is an approximation, to a metre."""
    shifted = coordinates.wgs84_to_gcj02(*point)
    assert metres(coordinates.gcj02_to_wgs84(*shifted), point) < 0.01
    assert metres(coordinates.bd09_to_gcj02(*coordinates.gcj02_to_bd09(*point)), point) < 1.0


@given(INSIDE)
def test_the_shift_leads_to_the_wrong_street_and_no_further(point: tuple[float, float]) -> None:
    """Which is why the datum is kept with the position: in Longli it is half a kilometre."""
    assert metres(coordinates.wgs84_to_gcj02(*point), point) < 1500.0
    assert 300.0 < metres(coordinates.wgs84_to_gcj02(*LONGLI), LONGLI) < 800.0


@pytest.mark.parametrize("point", [(2.3, 48.8), (-74.0, 40.7), (139.7, 35.7), (106.9, -26.4), (26.4, 106.9)])
def test_outside_china_nothing_is_shifted(point: tuple[float, float]) -> None:
    """As on the maps themselves."""
    assert coordinates.wgs84_to_gcj02(*point) == point
    assert coordinates.gcj02_to_wgs84(*point) == point
    assert oracle.wgs2gcj(*point) == point


@pytest.mark.parametrize("datum", list(Datum))
def test_a_station_is_kept_in_gcj02(datum: Datum) -> None:
    """Whatever it is given in; to six decimals."""
    back = {
        Datum.GCJ02: lambda lng, lat: (lng, lat),
        Datum.WGS84: coordinates.gcj02_to_wgs84,
        Datum.BD09: coordinates.gcj02_to_bd09,
    }[datum]
    lng, lat = back(*LONGLI)
    kept = coordinates.in_gcj02(Position(lng=lng, lat=lat, datum=datum))
    assert kept.datum is Datum.GCJ02
    assert metres((kept.lng, kept.lat), LONGLI) < 1.0
    assert (round(kept.lng, 6), round(kept.lat, 6)) == (kept.lng, kept.lat)


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize("point", [(26.449316, 86.977431), (2.35, 48.85), (0.0, 0.0)])
def test_a_position_that_no_chinese_map_shows_is_refused(point: tuple[float, float], datum: Datum) -> None:
    """Most often longitude and latitude were exchanged."""
    with pytest.raises(PositionOutside):
        coordinates.in_gcj02(Position(lng=point[0], lat=point[1], datum=datum))


def test_each_map_gets_its_own_order_of_coordinates() -> None:
    """高德 longitude first, 百度 and 腾讯 latitude first."""
    made = links(Position(lng=106.9, lat=26.4, datum=Datum.GCJ02), name="兴龙驿站", address=None)
    assert parse_qs(urlsplit(made.amap).query)["position"] == ["106.900000,26.400000"]
    baidu = parse_qs(urlsplit(made.baidu).query)
    assert (baidu["location"], baidu["coord_type"]) == (["26.400000,106.900000"], ["gcj02"])
    assert "marker=coord:26.400000,106.900000;" in made.tencent


@pytest.mark.parametrize("name", ["兴龙 & 水桥?", "a=b;c:d#e", "100% 驿站/一楼"])
def test_no_name_breaks_a_link(name: str) -> None:
    """Every sign of the name is encoded, and comes out as it was."""
    made = links(Position(lng=106.9, lat=26.4, datum=Datum.GCJ02), name=name, address="街口 1 号;&")
    assert parse_qs(urlsplit(made.amap).query)["name"] == [name]
    assert parse_qs(urlsplit(made.baidu).query)["title"] == [name]
    marker = urlsplit(made.tencent).query.split("&")[0].removeprefix("marker=").split(";")
    assert [unquote(part.partition(":")[2]) for part in marker[1:]] == [name, "街口 1 号;&"]
