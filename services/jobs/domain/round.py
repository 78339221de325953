"""A round: several postings and the people who wait, placed together so that as many as can be go to work.

One by one, a posting takes whoever suits it best, also him who alone could do another. Together, somebody
is moved where that frees a place: the number placed is the greatest there can be (augmenting paths).
Of all ways to place so many it looks for one that spares people who suit much: they can still go where nobody
knows yet that somebody is wanted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: What of a score each posting that a unit suits takes away, and how many of them count at the most; by
#: trial: docs/simulation.md.
_SPARED_POINTS = 120
_MOST_SPARED = 8


@dataclass(frozen=True, slots=True)
class Edge:
    """A unit that suits a posting. score: the greater, the better."""

    posting: str
    unit: str
    score: int


def place(
    seats: Mapping[str, int], edges: Iterable[Edge], *, sizes: Mapping[str, int] | None = None
) -> dict[str, list[str]]:
    """Units by posting, each unit at one.

    seats: hands wanted by posting, the most urgent first. sizes: people of units that are more than one
    (crews), which go whole or not at all; they are placed first, the largest first.
    """
    known, sizes = list(edges), sizes or {}
    suited = Counter(edge.unit for edge in known)

    def preference(edge: Edge) -> tuple[int, str, str]:
        spared = _SPARED_POINTS * min(suited[edge.unit], _MOST_SPARED)
        return spared - edge.score, edge.posting, edge.unit

    ordered = sorted(known, key=preference)
    left = dict(seats)
    placed: dict[str, list[str]] = {posting: [] for posting in seats}
    crews = sorted({edge.unit for edge in ordered if sizes.get(edge.unit, 1) > 1})
    for crew in sorted(crews, key=lambda unit: -sizes[unit]):
        for edge in ordered:
            if edge.unit == crew and left.get(edge.posting, 0) >= sizes[crew]:
                placed[edge.posting].append(crew)
                left[edge.posting] -= sizes[crew]
                break
    singles = _Singles(left, [edge for edge in ordered if sizes.get(edge.unit, 1) == 1])
    singles.place()
    for edge in sorted(known, key=lambda edge: (-edge.score, edge.unit)):
        if singles.at.get(edge.unit) == edge.posting:
            placed[edge.posting].append(edge.unit)
    return placed


class _Singles:
    """Units of one, placed by score and then moved for as long as that fills a place."""

    def __init__(self, left: Mapping[str, int], ordered: Sequence[Edge]) -> None:
        self._left = dict(left)
        self._ordered = [edge for edge in ordered if edge.posting in left]
        self._suiting: dict[str, list[str]] = {posting: [] for posting in left}
        for edge in self._ordered:
            self._suiting[edge.posting].append(edge.unit)
        #: Where each unit is.
        self.at: dict[str, str] = {}

    def place(self) -> None:
        for edge in self._ordered:
            if edge.unit not in self.at and self._left[edge.posting] > 0:
                self._seat(edge.posting, edge.unit)
        for posting in self._left:
            while self._left[posting] > 0 and self._make_room(posting):
                pass

    def _seat(self, posting: str, unit: str) -> None:
        self.at[unit] = posting
        self._left[posting] -= 1

    def _make_room(self, wanting: str) -> bool:
        """Find somebody for a posting: free, or to be freed by moving others on; whether there was one."""
        came_from: dict[str, str] = {}
        reached = {wanting: ""}
        queue = deque([wanting])
        while queue:
            posting = queue.popleft()
            for unit in self._suiting[posting]:
                if unit in came_from:
                    continue
                came_from[unit] = posting
                at = self.at.get(unit)
                if at is None:
                    self._shift(unit, came_from, reached)
                    self._left[wanting] -= 1
                    return True
                if at not in reached:
                    reached[at] = unit
                    queue.append(at)
        return False

    def _shift(self, unit: str, came_from: Mapping[str, str], reached: Mapping[str, str]) -> None:
        while unit:
            posting = came_from[unit]
            self.at[unit] = posting
            unit = reached[posting]
