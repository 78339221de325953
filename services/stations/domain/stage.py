"""A station's life: planned → inspected → rectifying → open → suspended → revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yizhan.contracts.stages import (
    DueDateInvalid,
    MendRectification,
    Rectification,
    RectifyStation,
    StationStep,
    StationStepIllegal,
    StationStepKind,
)
from yizhan.contracts.stations import Station, StationKind, StationStage, StationStatus

_LONGEST_RECTIFICATION = timedelta(days=366)

_LEADS_TO: dict[StationStepKind, StationStage] = {
    StationStepKind.PLAN: StationStage.PLANNED,
    StationStepKind.INSPECT: StationStage.INSPECTED,
    StationStepKind.RECTIFY: StationStage.RECTIFYING,
    StationStepKind.OPEN: StationStage.OPEN,
    StationStepKind.SUSPEND: StationStage.SUSPENDED,
    StationStepKind.REVOKE: StationStage.REVOKED,
}

_FROM: dict[StationStepKind, frozenset[StationStage]] = {
    StationStepKind.PLAN: frozenset(),
    StationStepKind.INSPECT: frozenset({StationStage.PLANNED, StationStage.RECTIFYING}),
    StationStepKind.RECTIFY: frozenset({StationStage.INSPECTED, StationStage.OPEN, StationStage.SUSPENDED}),
    StationStepKind.OPEN: frozenset(
        {StationStage.INSPECTED, StationStage.RECTIFYING, StationStage.SUSPENDED}
    ),
    StationStepKind.SUSPEND: frozenset({StationStage.OPEN}),
    StationStepKind.REVOKE: frozenset(StationStage) - {StationStage.REVOKED},
}


@dataclass(frozen=True)
class Stepped:
    """A station after a step, and the step for its history."""

    station: Station
    step: StationStep


def stage_of(station: Station) -> StationStage:
    """The stage; that of a station told of without one follows from its status."""
    if station.stage is not None:
        return station.stage
    return StationStage.OPEN if station.status is StationStatus.OPEN else StationStage.SUSPENDED


def allowed(station: Station) -> tuple[StationStepKind, ...]:
    """The steps that a station can take now."""
    stage = stage_of(station)
    return tuple(kind for kind in StationStepKind if stage in _FROM[kind] and _fits(station, kind))


def _fits(station: Station, kind: StationStepKind) -> bool:
    """A county without its market would have no root."""
    return kind is not StationStepKind.REVOKE or station.kind is not StationKind.COUNTY_MARKET


def require(station: Station, kind: StationStepKind) -> None:
    """Raises StationStepIllegal unless the station can take this step now."""
    if kind not in allowed(station):
        raise StationStepIllegal(
            f"a station that is {stage_of(station)} cannot take the step {kind}",
            station=station.code,
            stage=stage_of(station),
            step=kind,
            allowed=list(allowed(station)),
        )


def begun(station: Station, *, id: str, now: datetime, by: str) -> StationStep:
    """The first line of a new station's history."""
    first = StationStepKind.OPEN if station.status is StationStatus.OPEN else StationStepKind.PLAN
    return StationStep(
        id=id,
        station=station.code,
        sequence=station.sequence,
        step=first,
        stage=stage_of(station),
        by=by,
        at=now,
    )


def step(
    station: Station, kind: StationStepKind, *, id: str, now: datetime, by: str, reason: str | None
) -> Stepped:
    """Take a step. Raises StationStepIllegal."""
    require(station, kind)
    stage = _LEADS_TO[kind]
    status = StationStatus.OPEN if stage is StationStage.OPEN else StationStatus.SUSPENDED
    after = station.model_copy(update={"stage": stage, "status": status, "sequence": station.sequence + 1})
    taken = StationStep(
        id=id,
        station=station.code,
        sequence=after.sequence,
        step=kind,
        stage=stage,
        by=by,
        at=now,
        reason=reason,
    )
    return Stepped(after, taken)


def rectify(
    station: Station,
    request: RectifyStation,
    *,
    new_id: Callable[[], str],
    now: datetime,
    today: date,
    by: str,
) -> Stepped:
    """Have things mended by a date. Raises StationStepIllegal, DueDateInvalid."""
    stepped = step(station, StationStepKind.RECTIFY, id=new_id(), now=now, by=by, reason=request.reason)
    if not today < request.due_on <= today + _LONGEST_RECTIFICATION:
        raise DueDateInvalid(
            "a due date lies after today and within a year",
            due_on=request.due_on.isoformat(),
            today=today.isoformat(),
        )
    things = tuple(
        Rectification(id=new_id(), station=station.code, text=text, due_on=request.due_on)
        for text in request.items
    )
    written = stepped.step.model_copy(update={"due_on": request.due_on, "rectifications": things})
    return Stepped(stepped.station, written)


def mend(thing: Rectification, request: MendRectification, *, now: datetime, by: str) -> Rectification:
    """The thing, mended; one that is mended already stays as it is."""
    if thing.mended_at is not None:
        return thing
    return thing.model_copy(update={"mended_at": now, "mended_by": by, "note": request.note})
