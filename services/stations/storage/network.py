"""The tree, and what screens need of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from services.stations.storage.screens import Devices, Notices
from services.stations.storage.tables import stations
from yizhan.contracts.stations import (
    NetworkExport,
    Station,
    StationFacts,
    StationKind,
    StationStage,
    StationStatus,
)
from yizhan.database import Database


class Stations:
    """The tree."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tx: Connection, code: str) -> Station | None:
        """A station as it stands."""
        row = tx.execute(select(stations).where(stations.c.code == code)).mappings().first()
        return None if row is None else _station(row)

    def lock(self, tx: Connection, code: str) -> Station | None:
        """A station whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(stations).where(stations.c.code == code))
        row = tx.execute(query).mappings().first()
        return None if row is None else _station(row)

    def insert(self, tx: Connection, station: Station) -> bool:
        """Write a new station; False when its code is taken."""
        return self._database.insert_ignore(tx, stations, _station_row(station))

    def save(self, tx: Connection, station: Station) -> None:
        """Write a station that was locked."""
        tx.execute(update(stations).where(stations.c.code == station.code).values(**_station_row(station)))

    def below(self, tx: Connection, station: Station) -> list[Station]:
        """All descendants, without the station itself, locked."""
        prefix = path_text(station.path)
        query = select(stations).where(
            stations.c.path.startswith(prefix, autoescape=True), stations.c.code != station.code
        )
        return [_station(row) for row in tx.execute(self._database.for_update(query)).mappings()]

    def are_below(self, tx: Connection, station: Station, *, limit: int) -> list[str]:
        """Codes of stations below one that are not revoked, at most so many."""
        query = (
            select(stations.c.code)
            .where(
                stations.c.path.startswith(path_text(station.path), autoescape=True),
                stations.c.code != station.code,
                stations.c.stage != StationStage.REVOKED.value,
            )
            .order_by(stations.c.path)
            .limit(limit)
        )
        return list(tx.execute(query).scalars())

    def all(self, tx: Connection) -> list[Station]:
        """Every station, parents before children."""
        return [_station(row) for row in tx.execute(select(stations).order_by(stations.c.path)).mappings()]

    def codes_within(self, tx: Connection, path: tuple[str, ...]) -> list[str]:
        """The codes of a station and everything below it."""
        prefix = path_text(path)
        query = select(stations.c.code).where(stations.c.path.startswith(prefix, autoescape=True))
        return list(tx.execute(query).scalars())


#: The order in which an export walks through the tables, and the name of each in its cursor.
_SECTIONS = ("stations", "notices", "devices")


def export_page(database: Database, tx: Connection, *, after: str | None, limit: int) -> NetworkExport:
    """One page of what screens need. The cursor is `<section>:<last key>`; else ValueError."""
    section, _, key = (after or "stations:").partition(":")
    if section not in _SECTIONS:
        raise ValueError(f"no such cursor: {after!r}")
    page: dict[str, Any] = dict.fromkeys(_SECTIONS, ())
    if section == "stations":
        query = select(stations).where(stations.c.code > key).order_by(stations.c.code).limit(limit)
        page[section] = tuple(_station(row) for row in tx.execute(query).mappings())
        last = page[section][-1].code if page[section] else ""
    elif section == "notices":
        page[section] = tuple(Notices(database).live(tx, after=key, limit=limit))
        last = page[section][-1].id if page[section] else ""
    else:
        page[section] = tuple(Devices(database).live_hashes(tx, after=key, limit=limit))
        last = page[section][-1].device_id if page[section] else ""
    return NetworkExport(**page, next=_next_cursor(section, last, full=len(page[section]) == limit))


def _next_cursor(section: str, last: str, *, full: bool) -> str | None:
    if full:
        return f"{section}:{last}"
    following = _SECTIONS.index(section) + 1
    return f"{_SECTIONS[following]}:" if following < len(_SECTIONS) else None


def path_text(path: tuple[str, ...]) -> str:
    """A path as it is kept; a subtree is what begins with it."""
    return "".join(f"{code}/" for code in path)


def _station_row(station: Station) -> dict[str, Any]:
    return station.model_dump(mode="json") | {"path": path_text(station.path)}


def _station(row: RowMapping) -> Station:
    return Station(
        code=row["code"],
        kind=StationKind(row["kind"]),
        parent=row["parent"],
        path=tuple(row["path"].rstrip("/").split("/")),
        status=StationStatus(row["status"]),
        facts=StationFacts.model_validate(row["facts"]),
        sequence=row["sequence"],
        stage=StationStage(row["stage"]),
    )
