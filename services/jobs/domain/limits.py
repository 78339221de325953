"""What is taken for plausible, fresh and new: wages by unit, periods, reconfirmation, as dated data.

These bounds catch slips of the finger (an amount in yuan typed as fen, the wrong year). They are not the
statutory minimum wage, which differs by division and is a rule of its own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yizhan.contracts.jobs import WageUnit


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FenRange(_Data):
    """Both ends are taken."""

    least: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _ends_are_in_order(self) -> FenRange:
        if self.most < self.least:
            raise ValueError("most is less than least")
        return self

    def holds(self, fen: int) -> bool:
        return self.least <= fen <= self.most


class PeriodLimits(_Data):
    """start_grace_minutes: how long ago a job may have started that is written down with its end to come."""

    start_grace_minutes: Annotated[int, Field(ge=0, le=24 * 60)]
    starts_within_days: Annotated[int, Field(ge=1)]
    lasts_at_most_days: Annotated[int, Field(ge=1)]

    @property
    def start_grace(self) -> timedelta:
        return timedelta(minutes=self.start_grace_minutes)

    @property
    def starts_within(self) -> timedelta:
        return timedelta(days=self.starts_within_days)

    @property
    def lasts_at_most(self) -> timedelta:
        return timedelta(days=self.lasts_at_most_days)


class ReconfirmationLimits(_Data):
    """How long after it was last made sure of a posting is marked, and how long after that moment, too, it
    leaves the screens."""

    marked_after_hours: Annotated[int, Field(ge=1, le=24 * 365)]
    lapses_after_hours: Annotated[int, Field(ge=1, le=24 * 365)]

    @model_validator(mode="after")
    def _is_marked_first(self) -> ReconfirmationLimits:
        if self.lapses_after_hours <= self.marked_after_hours:
            raise ValueError("a posting is marked before it lapses")
        return self

    def deadlines(self, confirmed_at: datetime) -> dict[str, Any]:
        """Fields of a posting that was made sure of at a moment."""
        return {
            "reconfirm_by": confirmed_at + timedelta(hours=self.marked_after_hours),
            "lapses_at": confirmed_at + timedelta(hours=self.lapses_after_hours),
        }


class DuplicateLimits(_Data):
    """near_percent: of their wording that two postings share to be shown as alike. looked_back_days: how
    far a job's start may lie from another's for the two to be compared."""

    near_percent: Annotated[int, Field(ge=1, le=100)]
    looked_back_days: Annotated[int, Field(ge=0, le=366)]

    @property
    def near_share(self) -> float:
        return self.near_percent / 100

    @property
    def looked_back(self) -> timedelta:
        return timedelta(days=self.looked_back_days)


class Limits(_Data):
    """One version of the limits, in force from a day in the county until the next version's."""

    in_force_from: date
    wage_fen: dict[WageUnit, FenRange]
    period: PeriodLimits
    reconfirmation: ReconfirmationLimits
    duplicates: DuplicateLimits

    @model_validator(mode="after")
    def _every_unit_has_a_range(self) -> Limits:
        missing = [str(unit) for unit in WageUnit if unit not in self.wage_fen]
        if missing:
            raise ValueError(f"no wage range for {', '.join(missing)}")
        return self


class DatedLimits(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[Limits, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedLimits:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> Limits:
        """The version in force on a day; before the first one's, the first."""
        begun = [version for version in self.versions if version.in_force_from <= day]
        if begun:
            return max(begun, key=lambda version: version.in_force_from)
        return min(self.versions, key=lambda version: version.in_force_from)
