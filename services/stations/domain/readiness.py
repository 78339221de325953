"""What a station needs before it opens, as dated data, and what of it is missing: all of it, told at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from yizhan.contracts.facilities import Facility, FacilityKind, FacilityState
from yizhan.contracts.premises import StationFunction, StationPremises
from yizhan.contracts.stages import MissingThing, Rectification
from yizhan.contracts.stations import StationFacts, StationKind


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Needs(_Data):
    """What one kind of station needs. facilities: kinds of which one is there and all are in order.
    inspected: those of them whose inspections are in date, too.
    """

    least_area_sqm: Annotated[float, Field(ge=0)] = 0
    least_active_staff: Annotated[int, Field(ge=0)] = 0
    least_service_items: Annotated[int, Field(ge=0)] = 0
    hotline: bool = False
    opening_hours: bool = False
    functions: tuple[StationFunction, ...] = ()
    facilities: tuple[FacilityKind, ...] = ()
    inspected: tuple[FacilityKind, ...] = ()


class Requirements(_Data):
    """One version, in force from a day in the county until the next version's. `source`: where it is said."""

    in_force_from: date
    source: str
    kinds: dict[StationKind, Needs]


class DatedRequirements(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[Requirements, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedRequirements:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> Requirements:
        """The version in force on a day; before the first one's, the first."""
        begun = [version for version in self.versions if version.in_force_from <= day]
        if begun:
            return max(begun, key=lambda version: version.in_force_from)
        return min(self.versions, key=lambda version: version.in_force_from)


@dataclass(frozen=True)
class Condition:
    """All of a station that opening depends on. service_items: how many it offers, those from above too.
    rectifications: those not mended yet. facilities: without the removed ones.
    """

    facts: StationFacts
    premises: StationPremises
    active_staff: int
    service_items: int
    facilities: tuple[Facility, ...]
    rectifications: tuple[Rectification, ...]


def missing(condition: Condition, needs: Needs, today: date) -> tuple[MissingThing, ...]:
    """Everything that stands in the way, in the order in which it is asked for."""
    return (
        *_figures(condition, needs),
        *_facts(condition, needs),
        *(
            thing
            for kind in dict.fromkeys((*needs.facilities, *needs.inspected))
            for thing in _of_facilities(kind, condition, today, inspected=kind in needs.inspected)
        ),
        *_unfinished(condition),
    )


def _figures(condition: Condition, needs: Needs) -> Iterator[MissingThing]:
    area_sqm = condition.premises.area_sqm
    if needs.least_area_sqm > (area_sqm or 0):
        yield MissingThing(code="area.too_small", required=needs.least_area_sqm, found=area_sqm)
    if needs.least_active_staff > condition.active_staff:
        yield MissingThing(
            code="active_staff.too_few", required=needs.least_active_staff, found=condition.active_staff
        )
    if needs.least_service_items > condition.service_items:
        yield MissingThing(
            code="service_items.too_few", required=needs.least_service_items, found=condition.service_items
        )


def _facts(condition: Condition, needs: Needs) -> Iterator[MissingThing]:
    if needs.hotline and condition.facts.hotline is None:
        yield MissingThing(code="hotline.absent")
    if needs.opening_hours and condition.facts.opening_hours is None:
        yield MissingThing(code="opening_hours.absent")
    not_offered = tuple(one for one in needs.functions if one not in condition.premises.functions)
    if not_offered:
        yield MissingThing(code="functions.absent", functions=not_offered)


def _of_facilities(
    kind: FacilityKind, condition: Condition, today: date, *, inspected: bool
) -> Iterator[MissingThing]:
    there = [one for one in condition.facilities if one.kind is kind]
    if not there:
        yield MissingThing(code=f"{kind}.absent")
    faults = {"faulty": [one.id for one in there if one.state is FacilityState.FAULTY]}
    if inspected:
        faults["never_inspected"] = [one.id for one in there if one.due_on is None]
        faults["overdue"] = [one.id for one in there if one.due_on is not None and one.due_on < today]
    for fault, ids in faults.items():
        if ids:
            yield MissingThing(code=f"{kind}.{fault}", facilities=tuple(ids))


def _unfinished(condition: Condition) -> Iterator[MissingThing]:
    if condition.rectifications:
        ids = tuple(one.id for one in condition.rectifications)
        yield MissingThing(code="rectifications.unfinished", rectifications=ids)
