"""Where stations are, as heard of from services/stations, and which are near a point."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from sqlalchemy import Connection, bindparam, select

from services.jobs.storage.tables import station_positions
from yizhan.database import Database
from yizhan.network.pages import Subtree
from yizhan.network.tree import is_news

_EARTH_METRES = 6_371_000
_KNOWN = select(station_positions.c.sequence).where(station_positions.c.code == bindparam("code"))
_PLACED = select(station_positions.c.code, station_positions.c.lng, station_positions.c.lat).where(
    station_positions.c.lng.is_not(None)
)


class Positions:
    """A projection of what services/stations tells of premises. Coordinates are GCJ-02, in degrees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, tx: Connection, code: str, lng: float | None, lat: float | None, sequence: int) -> None:
        """Keep a station's position unless newer news of it are known."""
        if is_news(tx.execute(_KNOWN, {"code": code}).scalar(), sequence):
            row = {"code": code, "lng": lng, "lat": lat, "sequence": sequence}
            self._database.upsert(tx, station_positions, row, key=["code"])

    def near(self, tx: Connection, subtree: Subtree, *, lng: float, lat: float, metres: float) -> Subtree:
        """The stations of a subtree that are so near; those without a position are not."""
        near = {row.code for row in tx.execute(_PLACED) if _metres(lng, lat, row.lng, row.lat) <= metres}
        codes = tuple(code for code in subtree.every if code in near)
        return Subtree(codes, codes)


def _metres(lng: float, lat: float, other_lng: float, other_lat: float) -> float:
    """Along the ground, by the haversine formula."""
    up, along = radians(other_lat - lat), radians(other_lng - lng)
    chord = sin(up / 2) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(along / 2) ** 2
    return 2 * _EARTH_METRES * asin(sqrt(chord))
