"""Postings that miss hands shortly before their start, and the stations that are asked for some. Pure."""

from __future__ import annotations

from services.board.facts import OpenPosting
from services.board.tree import Tree
from yizhan.contracts.jobs import OverflowReach


class Spill:
    """Which postings overflow, and where each is shown besides its own station and those above it."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._shown: dict[str, list[str]] = {}

    def ids(self) -> list[str]:
        """The postings that overflow."""
        return list(self._shown)

    def shown(self, id: str) -> list[str]:
        """The stations that show a posting as a guest now."""
        return self._shown.get(id, [])

    def note(self, posting: OpenPosting) -> None:
        """A posting that is not shown anywhere yet."""
        if posting.overflow is not None:
            self._shown[posting.id] = []

    def move(self, id: str, posting: OpenPosting | None) -> tuple[list[str], list[str]]:
        """Where a posting was a guest until now, and where it is from now on. None: it is gone."""
        before = self._shown.pop(id, [])
        if posting is None or posting.overflow is None:
            return before, []
        self._shown[id] = self.guests(posting)
        return before, self._shown[id]

    def guests(self, posting: OpenPosting) -> list[str]:
        """The known stations that are asked for hands; none while the posting's own is unknown."""
        homes = self._tree.homes(posting.station)
        if not homes or posting.overflow is None:
            return []
        if posting.overflow is OverflowReach.COUNTY:
            asked = self._tree.below(homes[-1])
        else:
            asked = [code for code in posting.overflow_to if code in self._tree.stations]
        return [code for code in asked if code not in homes]
