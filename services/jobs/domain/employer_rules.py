"""What is asked of the register of employers, as dated data that is handed in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EmployerRules(_Data):
    """One version, in force from a day in the county until the next version's.

    name_endings: what says of a company only what kind of one it is, so that names are alike without it.
    """

    in_force_from: date
    verification_lasts_at_most_days: Annotated[int, Field(ge=1)]
    name_endings: tuple[Annotated[str, Field(min_length=1)], ...]

    @property
    def verification_lasts_at_most(self) -> timedelta:
        return timedelta(days=self.verification_lasts_at_most_days)


class DatedEmployerRules(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[EmployerRules, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedEmployerRules:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> EmployerRules:
        """The version in force on a day; before the first one's, the first."""
        begun = [version for version in self.versions if version.in_force_from <= day]
        if begun:
            return max(begun, key=lambda version: version.in_force_from)
        return min(self.versions, key=lambda version: version.in_force_from)
