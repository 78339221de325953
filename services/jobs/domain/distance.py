"""How far it is between two points of the county. Both are GCJ-02, so the datum cancels out."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

_EARTH_METRES = 6_371_000


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, GCJ-02."""

    lng: float
    lat: float


def metres_between(one: Point, other: Point) -> float:
    """Along the ground, by the haversine formula."""
    up, along = radians(other.lat - one.lat), radians(other.lng - one.lng)
    chord = sin(up / 2) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(along / 2) ** 2
    return 2 * _EARTH_METRES * asin(sqrt(chord))
