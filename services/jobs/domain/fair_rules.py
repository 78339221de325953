"""What is asked of a fair: how many employers, how long before its day they confirm, and its period.

Dated data that is handed in; the version in force on the fair's opening day is the one that it is held to.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.fairs import FairPeriodInvalid, FairPlan, FairStatus

#: Statuses of a fair that is still to come.
AHEAD = (FairStatus.PLANNED, FairStatus.ANNOUNCED)


class FairRules(BaseModel):
    """One version of the rules. warn_days_before: from the start of the day so many days before the opening
    day. least_employers: who must have confirmed by then, and must come for the fair to count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    in_force_from: date
    warn_days_before: Annotated[int, Field(ge=0, le=90)]
    least_employers: Annotated[int, Field(ge=1)]
    opens_within_days: Annotated[int, Field(ge=1)]
    lasts_at_most_days: Annotated[int, Field(ge=1)]


class DatedFairRules(BaseModel):
    """Every version, in any order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    versions: Annotated[tuple[FairRules, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedFairRules:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def of(self, plan: FairPlan) -> FairRules:
        """The version in force on the day that a fair opens; before the first one's, the first."""
        in_order = sorted(self.versions, key=lambda version: version.in_force_from)
        begun = [version for version in in_order if version.in_force_from <= opening_day(plan)]
        return begun[-1] if begun else in_order[0]

    @property
    def furthest_warning(self) -> timedelta:
        """No fair that opens later than this from now is near under any version."""
        return timedelta(days=max(version.warn_days_before for version in self.versions) + 1)


def opening_day(plan: FairPlan) -> date:
    """The day in the county on which a fair opens."""
    return plan.opens_at.astimezone(COUNTY_ZONE).date()


def month_of(plan: FairPlan) -> str:
    """The month that a fair is held in, as `2026-03`."""
    return f"{opening_day(plan):%Y-%m}"


def day_begins(plan: FairPlan) -> datetime:
    """The first moment of a fair's opening day."""
    return datetime.combine(opening_day(plan), time(), COUNTY_ZONE)


def near_from(plan: FairPlan, rules: FairRules) -> datetime:
    """The moment from which too few confirmed employers are a warning."""
    return day_begins(plan) - timedelta(days=rules.warn_days_before)


def check_period(plan: FairPlan, rules: FairRules, *, now: datetime) -> None:
    """Raises FairPeriodInvalid."""
    lasts = plan.closes_at - plan.opens_at
    if now < plan.opens_at <= now + timedelta(days=rules.opens_within_days) and timedelta(
        0
    ) < lasts <= timedelta(days=rules.lasts_at_most_days):
        return
    raise FairPeriodInvalid(
        "a fair opens in the future, closes after it opens, and lasts a few days at most",
        opens_at=plan.opens_at.isoformat(),
        closes_at=plan.closes_at.isoformat(),
        opens_within_days=rules.opens_within_days,
        lasts_at_most_days=rules.lasts_at_most_days,
    )


def counts_for_its_month(fair_status: FairStatus, came: int, rules: FairRules) -> bool:
    """Whether enough employers came; before it is held, nobody has."""
    return fair_status in (FairStatus.HELD, FairStatus.CLOSED) and came >= rules.least_employers
