"""How long offers stand, when pay is late, when a job overflows: dated data that is handed in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yizhan.contracts.jobs import PostingTerms, Settlement

_Hours = Annotated[int, Field(ge=0, le=24 * 366)]
_Minutes = Annotated[int, Field(ge=1, le=24 * 60)]


class DispatchRules(BaseModel):
    """One version of the rules.

    offer_minutes: how long an offer waits for its answer. open_ended_hours: how long a job without an end
    binds on its day, unless it says its hours. pay_within_hours: after the work, by settlement.
    unpaid_after_hours: after the reminder. neighbours_minutes_before, county_minutes_before: the start of a
    job that misses hands, when it is shown to others. by_name_times: requests for the same person within
    by_name_days that are flagged. punctuality_least: how many dispatches stand behind a share at the least.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    in_force_from: date
    offer_minutes: _Minutes
    open_ended_hours: Annotated[int, Field(ge=1, le=24)]
    pay_within_hours: dict[Settlement, _Hours]
    unpaid_after_hours: _Hours
    neighbours_minutes_before: _Minutes
    county_minutes_before: _Minutes
    by_name_times: Annotated[int, Field(ge=2)]
    by_name_days: Annotated[int, Field(ge=1)]
    punctuality_days: Annotated[int, Field(ge=1)]
    punctuality_least: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> DispatchRules:
        missing = [str(one) for one in Settlement if one not in self.pay_within_hours]
        if missing:
            raise ValueError(f"no time of pay for {', '.join(missing)}")
        if self.county_minutes_before >= self.neighbours_minutes_before:
            raise ValueError("the neighbours are asked before the county")
        return self

    @property
    def offer_stands(self) -> timedelta:
        return timedelta(minutes=self.offer_minutes)

    def bound_until(self, terms: PostingTerms) -> datetime:
        """The end of the time for which a job binds."""
        if terms.ends_at is not None:
            return terms.ends_at
        return terms.starts_at + timedelta(hours=terms.hours_per_day or self.open_ended_hours)

    def neighbours_at(self, terms: PostingTerms) -> datetime:
        """When the neighbours are asked for hands that are missing still."""
        return terms.starts_at - timedelta(minutes=self.neighbours_minutes_before)

    def county_at(self, terms: PostingTerms) -> datetime:
        """When the whole county is."""
        return terms.starts_at - timedelta(minutes=self.county_minutes_before)

    def pay_promised_at(self, settlement: Settlement, worked_at: datetime) -> datetime:
        """By when work that was done at a moment is paid."""
        return worked_at + timedelta(hours=self.pay_within_hours[settlement])

    def unpaid_at(self, reminded_at: datetime) -> datetime:
        """When pay that was reminded of counts as not paid."""
        return reminded_at + timedelta(hours=self.unpaid_after_hours)


class DatedDispatchRules(BaseModel):
    """Every version, in any order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    versions: Annotated[tuple[DispatchRules, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedDispatchRules:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> DispatchRules:
        """The version in force on a day; before the first one's, the first."""
        in_order = sorted(self.versions, key=lambda version: version.in_force_from)
        begun = [version for version in in_order if version.in_force_from <= day]
        return begun[-1] if begun else in_order[0]
