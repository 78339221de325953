"""Chinese map coordinates: WGS-84, GCJ-02 (国测局) and BD-09 (百度), in degrees, longitude first.

GCJ-02 shifts WGS-84 by up to some 700 m, in mainland China; BD-09 shifts GCJ-02 once more. Outside the
rectangle in which the maps shift, GCJ-02 and WGS-84 are the same.
"""

from __future__ import annotations

from math import atan2, cos, hypot, pi, radians, sin, sqrt

from yizhan.contracts.premises import Datum, Position, PositionOutside

#: Krasovsky 1940, which the shift is computed on.
_SEMI_MAJOR_METRES = 6378245.0
_ECCENTRICITY_SQUARED = 0.006693421622965943

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271

_BD_LNG, _BD_LAT = 0.0065, 0.006
_BD_WAVE = pi * 3000.0 / 180.0

#: Six decimals are 0.1 m, finer than anybody places a door.
_DECIMALS = 6
_CLOSE_ENOUGH_DEGREES = 1e-9
#: Each pass gains some four digits.
_MOST_PASSES = 12


def is_inside(lng: float, lat: float) -> bool:
    """Whether a point lies in the rectangle in which Chinese maps shift."""
    return _WEST <= lng <= _EAST and _SOUTH <= lat <= _NORTH


def wgs84_to_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """Onto 高德 and 腾讯. A point outside stays where it is."""
    if not is_inside(lng, lat):
        return lng, lat
    x, y = lng - 105.0, lat - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    flattening = 1 - _ECCENTRICITY_SQUARED * sin(radians(lat)) ** 2
    meridian = _SEMI_MAJOR_METRES * (1 - _ECCENTRICITY_SQUARED) / (flattening * sqrt(flattening))
    parallel = _SEMI_MAJOR_METRES / sqrt(flattening) * cos(radians(lat))
    return lng + east * 180.0 / (parallel * pi), lat + north * 180.0 / (meridian * pi)


def gcj02_to_wgs84(lng: float, lat: float) -> tuple[float, float]:
    """The shift has no inverse in closed form: the point is sought whose shift leads here."""
    if not is_inside(lng, lat):
        return lng, lat
    at_lng, at_lat = lng, lat
    for _ in range(_MOST_PASSES):
        shifted_lng, shifted_lat = wgs84_to_gcj02(at_lng, at_lat)
        off_lng, off_lat = shifted_lng - lng, shifted_lat - lat
        at_lng, at_lat = at_lng - off_lng, at_lat - off_lat
        if max(abs(off_lng), abs(off_lat)) < _CLOSE_ENOUGH_DEGREES:
            break
    return at_lng, at_lat


def gcj02_to_bd09(lng: float, lat: float) -> tuple[float, float]:
    """Onto 百度."""
    radius = hypot(lng, lat) + 0.00002 * sin(lat * _BD_WAVE)
    angle = atan2(lat, lng) + 0.000003 * cos(lng * _BD_WAVE)
    return radius * cos(angle) + _BD_LNG, radius * sin(angle) + _BD_LAT


def bd09_to_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """From 百度, to within a metre of where it came from."""
    x, y = lng - _BD_LNG, lat - _BD_LAT
    radius = hypot(x, y) - 0.00002 * sin(y * _BD_WAVE)
    angle = atan2(y, x) - 0.000003 * cos(x * _BD_WAVE)
    return radius * cos(angle), radius * sin(angle)


def in_gcj02(given: Position) -> Position:
    """The position as it is kept. Raises PositionOutside for one that no Chinese map shows."""
    if not is_inside(given.lng, given.lat):
        raise PositionOutside("this position is outside China", lng=given.lng, lat=given.lat)
    lng, lat = given.lng, given.lat
    if given.datum is Datum.WGS84:
        lng, lat = wgs84_to_gcj02(lng, lat)
    elif given.datum is Datum.BD09:
        lng, lat = bd09_to_gcj02(lng, lat)
    return Position(lng=round(lng, _DECIMALS), lat=round(lat, _DECIMALS), datum=Datum.GCJ02)
