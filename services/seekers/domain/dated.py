"""Data that changes by the day: versions, each in force until the next one's first day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar


class Version(Protocol):
    """One version of a rule."""

    @property
    def in_force_from(self) -> date: ...


V = TypeVar("V", bound=Version)


def in_force(versions: Sequence[V], day: date) -> V:
    """The version in force on a day, of at least one; before the first one's, the first."""
    begun = [version for version in versions if version.in_force_from <= day]
    if begun:
        return max(begun, key=lambda version: version.in_force_from)
    return min(versions, key=lambda version: version.in_force_from)
