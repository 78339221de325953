"""Stations' facilities and their inspections."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, or_, select, update

from services.stations.storage.tables import facilities, facility_inspections
from yizhan.contracts.facilities import Facility, FacilityInspection, FacilityKind, FacilityState
from yizhan.contracts.files import StoredFile
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree

_OF_STATION = Listing(
    facilities,
    or_(bindparam("kind") == "", facilities.c.kind == bindparam("kind"))
    & or_(bindparam("state") == "", facilities.c.state == bindparam("state")),
)


class Facilities:
    """What is at the stations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, facility: Facility) -> None:
        """Write a new facility."""
        tx.execute(insert(facilities).values(**_row(facility)))

    def find(self, tx: Connection, id: str) -> Facility | None:
        """A facility as it stands."""
        row = tx.execute(select(facilities).where(facilities.c.id == id)).mappings().first()
        return None if row is None else _facility(row)

    def lock(self, tx: Connection, id: str) -> Facility | None:
        """A facility whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(facilities).where(facilities.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _facility(row)

    def save(self, tx: Connection, facility: Facility) -> None:
        """Write a facility that was locked."""
        tx.execute(update(facilities).where(facilities.c.id == facility.id).values(**_row(facility)))

    def page(
        self,
        tx: Connection,
        code: str,
        *,
        kind: FacilityKind | None,
        state: FacilityState | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[Facility], str | None]:
        """A page of a station's facilities, newest first, and the next page's cursor."""
        asked = {"kind": kind.value if kind else "", "state": state.value if state else ""}
        found = _OF_STATION.page(tx, Subtree((code,)), after=after, limit=limit, **asked)
        rows = [_facility(row) for row in found]
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None

    def present(self, tx: Connection, code: str, kinds: tuple[FacilityKind, ...]) -> tuple[Facility, ...]:
        """All of some kinds that are at a station."""
        query = (
            select(facilities)
            .where(
                facilities.c.station == code,
                facilities.c.kind.in_([kind.value for kind in kinds]),
                facilities.c.state != FacilityState.REMOVED.value,
            )
            .order_by(facilities.c.id)
        )
        return tuple(_facility(row) for row in tx.execute(query).mappings())

    def write_inspection(self, tx: Connection, inspection: FacilityInspection) -> None:
        """Write a new inspection."""
        row = inspection.model_dump() | {"state": inspection.state.value}
        tx.execute(insert(facility_inspections).values(**row))

    def inspections(
        self, tx: Connection, id: str, *, after: str | None, limit: int
    ) -> tuple[list[FacilityInspection], str | None]:
        """A page of a facility's inspections, newest first, and the next page's cursor."""
        table = facility_inspections.c
        query = select(facility_inspections).where(table.facility == id).order_by(table.id.desc())
        if after is not None:
            query = query.where(table.id < after)
        rows = [_inspection(row) for row in tx.execute(query.limit(limit + 1)).mappings()]
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _row(facility: Facility) -> dict[str, Any]:
    return facility.model_dump(exclude={"kind", "state", "photos"}) | {
        "kind": facility.kind.value,
        "state": facility.state.value,
        "photos": [photo.model_dump(mode="json") for photo in facility.photos],
    }


def _facility(row: RowMapping) -> Facility:
    return Facility(
        id=row["id"],
        station=row["station"],
        kind=FacilityKind(row["kind"]),
        label=row["label"],
        count=row["count"],
        state=FacilityState(row["state"]),
        inspected_on=row["inspected_on"],
        due_on=row["due_on"],
        photos=tuple(StoredFile.model_validate(photo) for photo in row["photos"]),
        sequence=row["sequence"],
    )


def _inspection(row: RowMapping) -> FacilityInspection:
    return FacilityInspection(
        id=row["id"],
        facility=row["facility"],
        inspected_on=row["inspected_on"],
        due_on=row["due_on"],
        state=FacilityState(row["state"]),
        by=row["by"],
        at=row["at"],
        note=row["note"],
    )
