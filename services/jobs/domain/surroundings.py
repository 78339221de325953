"""The stations around one: the nearest first, as far as anybody goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.jobs.domain.distance import Point, metres_between


@dataclass(frozen=True, slots=True)
class Surroundings:
    """stations: the one itself first, then others by distance, last those whose distance nobody knows.
    metres: to those that have a position, when the one itself has."""

    stations: tuple[str, ...]
    metres: Mapping[str, float]


def surroundings(
    station: str, points: Mapping[str, Point], kin: Iterable[str], *, reach_metres: float
) -> Surroundings:
    """points: of all stations that have one. kin: stations of the same town, which are near in all
    likelihood; without a position of its own a station has only these around it."""
    centre = points.get(station)
    metres = (
        {}
        if centre is None
        else {
            code: distance
            for code, point in points.items()
            if code != station and (distance := metres_between(centre, point)) <= reach_metres
        }
    )
    unplaced = (code for code in kin if code != station and (centre is None or code not in points))
    return Surroundings((station, *sorted(metres, key=lambda code: metres[code]), *unplaced), metres)
