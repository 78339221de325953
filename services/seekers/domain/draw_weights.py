"""The published weights of tickets in a draw, as dated data that is handed in."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from yizhan.contracts.draws import GREATEST_WEIGHT


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Data):
    """One version, in force from a day until the next one's. standard: of everybody for whom nothing else is
    published. published: where people can read it."""

    in_force_from: date
    published: Annotated[str, Field(min_length=1)]
    standard: Annotated[int, Field(ge=1, le=GREATEST_WEIGHT)]


class DatedWeights(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[Weights, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedWeights:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> Weights:
        """The version in force on a day; before the first one's, the first."""
        begun = [version for version in self.versions if version.in_force_from <= day]
        if begun:
            return max(begun, key=lambda version: version.in_force_from)
        return min(self.versions, key=lambda version: version.in_force_from)
