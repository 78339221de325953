"""Stations' steps, what is to be mended, and what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    String,
    and_,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from services.stations.storage.network import path_text
from services.stations.storage.tables import facilities, rectifications, station_steps, stations
from yizhan.contracts.facilities import FacilityKind, FacilityState
from yizhan.contracts.stages import DueKind, DueThing, Rectification, StationStep, StationStepKind
from yizhan.contracts.stations import StationStage
from yizhan.database import Database


class Stages:
    """The history of stations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, tx: Connection, step: StationStep) -> None:
        """Write a step with what is to be mended."""
        row = step.model_dump(exclude={"rectifications"}) | {
            "step": step.step.value,
            "stage": step.stage.value,
        }
        tx.execute(insert(station_steps).values(**row))
        things = [one.model_dump() | {"step_id": step.id} for one in step.rectifications]
        if things:
            tx.execute(insert(rectifications), things)

    def of_station(
        self, tx: Connection, code: str, *, after: int | None, limit: int
    ) -> tuple[list[StationStep], int | None]:
        """A page of a station's steps, newest first, and the next page's cursor."""
        table = station_steps.c
        query = select(station_steps).where(table.station == code).order_by(table.sequence.desc())
        if after is not None:
            query = query.where(table.sequence < after)
        rows = tx.execute(query.limit(limit + 1)).mappings().all()
        page = rows[:limit]
        things = self._of_steps(tx, [row["id"] for row in page])
        steps = [_step(row, things[row["id"]]) for row in page]
        return steps, steps[-1].sequence if len(rows) > limit else None

    def _of_steps(self, tx: Connection, ids: Iterable[str]) -> dict[str, list[Rectification]]:
        query = (
            select(rectifications)
            .where(rectifications.c.step_id.in_(list(ids)))
            .order_by(rectifications.c.id)
        )
        found: defaultdict[str, list[Rectification]] = defaultdict(list)
        for row in tx.execute(query).mappings():
            found[row["step_id"]].append(_rectification(row))
        return found

    def lock_rectification(self, tx: Connection, id: str) -> Rectification | None:
        """One whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(rectifications).where(rectifications.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _rectification(row)

    def save_rectification(self, tx: Connection, thing: Rectification) -> None:
        """Write one that was locked."""
        values = {"mended_at": thing.mended_at, "mended_by": thing.mended_by, "note": thing.note}
        tx.execute(update(rectifications).where(rectifications.c.id == thing.id).values(**values))

    def unfinished(self, tx: Connection, code: str) -> tuple[Rectification, ...]:
        """What is still to be mended at a station."""
        query = (
            select(rectifications)
            .where(rectifications.c.station == code, rectifications.c.mended_at.is_(None))
            .order_by(rectifications.c.id)
        )
        return tuple(_rectification(row) for row in tx.execute(query).mappings())

    def due(
        self,
        tx: Connection,
        path: tuple[str, ...],
        *,
        today: date,
        until: date,
        after: tuple[date, str] | None,
        limit: int,
    ) -> list[DueThing]:
        """What is due at a station and below it until a day, the first due first; one more than the limit if
        there is more. after: day and id of the last of the page before."""
        things = union_all(_due_facilities(until), _due_rectifications(until)).subquery("things")
        query = (
            select(things, stations.c.facts)
            .join(stations, stations.c.code == things.c.station)
            .where(
                stations.c.path.startswith(path_text(path), autoescape=True),
                stations.c.stage != StationStage.REVOKED.value,
            )
            .order_by(things.c.due_on, things.c.id)
            .limit(limit + 1)
        )
        if after is not None:
            day, id = after
            query = query.where(or_(things.c.due_on > day, and_(things.c.due_on == day, things.c.id > id)))
        return [_due(row, today) for row in tx.execute(query).mappings()]


def _due_facilities(until: date) -> Select[Any]:
    table = facilities.c
    return select(
        literal(DueKind.FACILITY.value, String).label("kind"),
        table.id,
        table.station,
        table.label.label("label"),
        table.kind.label("facility_kind"),
        table.due_on,
    ).where(table.due_on <= until, table.state != FacilityState.REMOVED.value)


def _due_rectifications(until: date) -> Select[Any]:
    table = rectifications.c
    return select(
        literal(DueKind.RECTIFICATION.value, String).label("kind"),
        table.id,
        table.station,
        table.text.label("label"),
        null().label("facility_kind"),
        table.due_on,
    ).where(table.due_on <= until, table.mended_at.is_(None))


def _due(row: RowMapping, today: date) -> DueThing:
    kind = row["facility_kind"]
    return DueThing(
        kind=DueKind(row["kind"]),
        id=row["id"],
        station=row["station"],
        station_name=row["facts"]["short_name"],
        label=row["label"],
        facility_kind=None if kind is None else FacilityKind(kind),
        due_on=row["due_on"],
        overdue=row["due_on"] < today,
    )


def _step(row: RowMapping, things: Iterable[Rectification]) -> StationStep:
    return StationStep(
        id=row["id"],
        station=row["station"],
        sequence=row["sequence"],
        step=StationStepKind(row["step"]),
        stage=StationStage(row["stage"]),
        by=row["by"],
        at=row["at"],
        reason=row["reason"],
        due_on=row["due_on"],
        rectifications=tuple(things),
    )


def _rectification(row: RowMapping) -> Rectification:
    return Rectification(
        id=row["id"],
        station=row["station"],
        text=row["text"],
        due_on=row["due_on"],
        mended_at=row["mended_at"],
        mended_by=row["mended_by"],
        note=row["note"],
    )
