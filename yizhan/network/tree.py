"""The stations' tree as a service hears of it, in whatever order.

What is kept of each station is its newest news. The paths follow from these alone, so that the order in
which they came leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yizhan.contracts.stations import StationStatus


@dataclass(frozen=True)
class Node:
    """A station's newest news. told_path: its path as its owner saw it at that moment."""

    parent: str | None
    told_path: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A station as commands need it. `path`: codes from the county market down to itself."""

    code: str
    path: tuple[str, ...]
    status: StationStatus


def is_news(known_sequence: int | None, heard_sequence: int) -> bool:
    """Whether what was heard is newer than what is known; an older one is ignored."""
    return known_sequence is None or heard_sequence > known_sequence


def paths(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """Every station's path by its parent links.

    The path that a station was told with is stale once one above it has moved. It is used only where the
    links do not lead to a root: above a station whose parent was not heard of yet, and in a loop, which two
    moves form while only one of them was heard of.
    """
    return {code: _path(code, nodes) for code in nodes}


def _path(code: str, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    climbed = [code]
    while (parent := nodes[climbed[-1]].parent) is not None:
        if parent in climbed:
            return nodes[code].told_path
        if parent not in nodes:
            above = nodes[climbed[-1]].told_path[:-1]
            return nodes[code].told_path if set(above) & set(climbed) else (*above, *reversed(climbed))
        climbed.append(parent)
    return tuple(reversed(climbed))
