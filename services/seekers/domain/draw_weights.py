"""The published weights of tickets in a draw, as dated data that is handed in."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.seekers.domain.dated import in_force
from yizhan.contracts.draws import GREATEST_WEIGHT
from yizhan.contracts.seekers import GREATEST_PRIORITY


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Data):
    """One version, in force from a day until the next one's. published: where people can read it.

    aided: of everybody with a difficulty in force, whichever it is, so that the weight does not tell.
    standard: of everybody else.
    """

    in_force_from: date
    published: Annotated[str, Field(min_length=1)]
    standard: Annotated[int, Field(ge=1, le=GREATEST_WEIGHT)]
    aided: Annotated[int, Field(ge=1, le=GREATEST_WEIGHT)]

    def of(self, *, aided: bool) -> int:
        """The weight of one ticket."""
        return self.aided if aided else self.standard

    def priority(self, *, aided: bool) -> int:
        """The same as a place in an order, 0 to 9. Nothing is told by it that a draw's record does not tell:
        where all tickets weigh the same, everybody's is 0."""
        return min(max(self.of(aided=aided) - self.standard, 0), GREATEST_PRIORITY)


class DatedWeights(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[Weights, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedWeights:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> Weights:
        """The version in force on a day; before the first one's, the first."""
        return in_force(self.versions, day)
