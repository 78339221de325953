"""A figure that stands in a posting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure at folded[start:end]."""

    start: int
    end: int
    value: float
