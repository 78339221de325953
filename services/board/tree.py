"""The stations' tree as the board has heard of it, in whatever order. Pure."""

from __future__ import annotations

from collections import defaultdict

from yizhan.contracts.stations import Station


class Tree:
    """Known stations by code, and who stands under whom."""

    def __init__(self) -> None:
        self.stations: dict[str, Station] = {}
        self._children: defaultdict[str, set[str]] = defaultdict(set)

    def hang(self, new: Station) -> None:
        """Take a station in, or move it."""
        old = self.stations.get(new.code)
        if old is not None and old.parent is not None:
            self._children[old.parent].discard(new.code)
        if new.parent is not None:
            self._children[new.parent].add(new.code)
        self.stations[new.code] = new

    def children(self, code: str) -> list[str]:
        """The known stations directly under this one."""
        return [child for child in self._children.get(code, ()) if child in self.stations]

    def homes(self, code: str) -> list[str]:
        """The stations that show a posting of this one: itself and all known ones above, itself first; none
        while it is unknown. Stations told in the wrong order may stand in a ring for a moment; each counts
        once.
        """
        chain: list[str] = []
        at: str | None = code
        while at is not None and at in self.stations and at not in chain:
            chain.append(at)
            at = self.stations[at].parent
        return chain

    def below(self, code: str) -> list[str]:
        """A known station and all known ones under it."""
        found: dict[str, None] = {}
        waiting = [code] if code in self.stations else []
        while waiting:
            at = waiting.pop()
            if at not in found:
                found[at] = None
                waiting += self.children(at)
        return list(found)
