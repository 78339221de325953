"""Stations' premises, and the maps that list them."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, func, insert, select

from services.stations.storage.tables import map_listings, premises
from yizhan.contracts.premises import (
    Datum,
    ListingState,
    MapListing,
    MapName,
    Position,
    StationFunction,
    StationPremises,
)
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree

_OF_STATION = Listing(map_listings)


class Premises:
    """One row a station, from its first entry on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tx: Connection, code: str) -> StationPremises:
        """What is known; an empty version 0 before the first entry."""
        row = tx.execute(select(premises).where(premises.c.code == code)).mappings().first()
        return StationPremises(code=code) if row is None else _premises(row)

    def save(self, tx: Connection, one: StationPremises) -> None:
        """Write premises whose station is locked."""
        position = one.position
        row = {
            "code": one.code,
            "area_sqm": one.area_sqm,
            "functions": [function.value for function in one.functions],
            "lng": position.lng if position else None,
            "lat": position.lat if position else None,
            "datum": position.datum.value if position else None,
            "sequence": one.sequence,
        }
        self._database.upsert(tx, premises, row, key=["code"])


class MapListings:
    """Reports of the maps' listings."""

    def insert(self, tx: Connection, listing: MapListing) -> None:
        """Write a new report."""
        tx.execute(insert(map_listings).values(**listing.model_dump(mode="python")))

    def current(self, tx: Connection, code: str) -> list[MapListing]:
        """The newest report of each map that there is one of."""
        newest = (
            select(map_listings.c.map, func.max(map_listings.c.sequence).label("sequence"))
            .where(map_listings.c.station == code)
            .group_by(map_listings.c.map)
            .subquery("newest")
        )
        query = (
            select(map_listings)
            .join(
                newest,
                (map_listings.c.map == newest.c.map) & (map_listings.c.sequence == newest.c.sequence),
            )
            .where(map_listings.c.station == code)
            .order_by(map_listings.c.map)
        )
        return [_listing(row) for row in tx.execute(query).mappings()]

    def history(
        self, tx: Connection, code: str, *, after: str | None, limit: int
    ) -> tuple[list[MapListing], str | None]:
        """A page of a station's reports, newest first, and the next page's cursor."""
        rows = [_listing(row) for row in _OF_STATION.page(tx, Subtree((code,)), after=after, limit=limit)]
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _premises(row: RowMapping) -> StationPremises:
    position = None
    if row["datum"] is not None:
        position = Position(lng=row["lng"], lat=row["lat"], datum=Datum(row["datum"]))
    return StationPremises(
        code=row["code"],
        area_sqm=row["area_sqm"],
        functions=tuple(StationFunction(one) for one in row["functions"]),
        position=position,
        sequence=row["sequence"],
    )


def _listing(row: RowMapping) -> MapListing:
    return MapListing(
        id=row["id"],
        sequence=row["sequence"],
        station=row["station"],
        map=MapName(row["map"]),
        state=ListingState(row["state"]),
        at=row["at"],
        by=row["by"],
        url=row["url"],
        note=row["note"],
    )
