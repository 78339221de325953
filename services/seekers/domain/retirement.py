"""The statutory retirement age, which rises month by month since 2025, as dated data that is handed in.

Work past it is lawful. The flag is for the desk: insurance and the contract's form differ from then on.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.seekers.domain.dated import in_force
from yizhan.contracts.seekers import RetirementStanding, Sex


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Delay(_Data):
    """From those born in `first_birth_month` (YYYY-MM) on, one month later for each
    `birth_months_per_month` months that somebody is born later, `most_months` at the most."""

    first_birth_month: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
    birth_months_per_month: Annotated[int, Field(ge=1)]
    most_months: Annotated[int, Field(ge=1)]

    def months(self, birth: date) -> int:
        year, month = self.first_birth_month.split("-")
        later = (birth.year - int(year)) * 12 + birth.month - int(month)
        return 0 if later < 0 else min(later // self.birth_months_per_month + 1, self.most_months)


class Group(_Data):
    """Whom an age is for. age_years: before any delay."""

    group: str
    sex: Sex
    age_years: Annotated[int, Field(ge=40, le=80)]
    delay: Delay | None

    def age_months(self, birth: date) -> int:
        """The statutory age in months of somebody who was born then."""
        return self.age_years * 12 + (self.delay.months(birth) if self.delay else 0)

    def reached_on(self, birth: date) -> date:
        """The day on which that age is reached; the month's last where it has no such day."""
        months = birth.year * 12 + birth.month - 1 + self.age_months(birth)
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(birth.day, calendar.monthrange(year, month)[1]))


class RetirementRule(_Data):
    """One version of the law, in force from a day until the next one's. source: the act that says so."""

    in_force_from: date
    source: Annotated[str, Field(min_length=1)]
    groups: tuple[Group, ...]

    @model_validator(mode="after")
    def _each_sex_has_a_group(self) -> Self:
        missing = set(Sex) - {group.sex for group in self.groups}
        if missing:
            raise ValueError(f"no group for {', '.join(sorted(missing))}")
        return self


class RetirementRules(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[RetirementRule, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> RetirementRules:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> RetirementRule:
        """The version in force on a day; before the first one's, the first."""
        return in_force(self.versions, day)

    def standing(self, birth: date, sex: Sex, *, today: date) -> RetirementStanding:
        """Where somebody stands today. The register knows no posts, so a woman between the two ages that
        the law has for women is told apart, not guessed."""
        reached = [day <= today for day in self.reached_on(birth, sex, today=today)]
        if all(reached):
            return RetirementStanding.REACHED
        return RetirementStanding.DEPENDS_ON_POST if any(reached) else RetirementStanding.NOT_REACHED

    def reached_on(self, birth: date, sex: Sex, *, today: date) -> list[date]:
        """The day on which each of the ages that today's law has for a sex is reached."""
        return [group.reached_on(birth) for group in self.on(today).groups if group.sex is sex]
