"""Where stations are, as heard of from services/stations, and which are near a point."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from services.jobs.domain.distance import Point, metres_between
from services.jobs.storage.tables import station_positions
from yizhan.database import Database
from yizhan.network.pages import Subtree
from yizhan.network.tree import is_news

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

    def all(self, tx: Connection) -> dict[str, Point]:
        """Where each station is that has a position."""
        return {row.code: Point(row.lng, row.lat) for row in tx.execute(_PLACED)}

    def near(self, tx: Connection, subtree: Subtree, *, lng: float, lat: float, metres: float) -> Subtree:
        """The stations of a subtree that are so near; those without a position are not."""
        centre = Point(lng, lat)
        near = {code for code, point in self.all(tx).items() if metres_between(centre, point) <= metres}
        codes = tuple(code for code in subtree.every if code in near)
        return Subtree(codes, codes)
