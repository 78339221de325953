"""From facts to what every screen shows, and to the changes that each new fact makes. Pure.

A posting shows at its own station and at every station above; a notice at its own, and with reach `subtree`
at every station below. Facts come in any order: a posting may be told before its station, and a station that
moves takes all that stands below it along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.board.facts import Body, Fact, FactKey, FactKind, OpenPosting
from services.board.view import EMPTY_STATE, PlacedRow, View, difference
from yizhan.contracts.screen import Change, JobRow, NoticeLine, ScreenState, StationCard
from yizhan.contracts.stations import DeviceHash, Notice, NoticeReach, Station, StationStatus


@dataclass(frozen=True, slots=True)
class Applied:
    """What a fact did. fact: as it is kept from now on. changes: per station whose screens it concerns."""

    fact: Fact
    changes: Mapping[str, list[Change]]


class Projection:
    """All facts, and a view per known station. One owner changes it; it does no I/O and reads no clock."""

    def __init__(self) -> None:
        self.facts: dict[FactKey, Fact] = {}
        self.views: dict[str, View] = {}
        self._rows: dict[str, PlacedRow] = {}
        self._stations: dict[str, Station] = {}
        self._children: defaultdict[str, set[str]] = defaultdict(set)
        self._postings_at: defaultdict[str, set[str]] = defaultdict(set)
        self._notices_at: defaultdict[str, set[str]] = defaultdict(set)

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Projection:
        """The projection of facts of which each aggregate has one, at the cost of one sort a station."""
        self = cls()
        for fact in facts:
            known = self.facts.get(fact.key)
            if known is None or known.sequence < fact.sequence:
                self.facts[fact.key] = fact
        for fact in self.facts.values():
            self._index(fact.body)
        for code in self._stations:
            self.views[code] = View(self._rows, card=_card(self._stations[code]))
        self._place_everything()
        return self

    def _index(self, body: Body | None) -> None:
        if isinstance(body, Station):
            self._stations[body.code] = body
            if body.parent is not None:
                self._children[body.parent].add(body.code)
        elif isinstance(body, OpenPosting):
            self._postings_at[body.station].add(body.id)
        elif isinstance(body, Notice):
            self._notices_at[body.station].add(body.id)

    def _place_everything(self) -> None:
        placed_in: defaultdict[str, list[PlacedRow]] = defaultdict(list)
        for code in self._stations:
            own = [self._place(id) for id in self._postings_at.get(code, ())]
            for home in self.homes(code):
                placed_in[home] += own
            self.views[code].notices = self._notices_for(code)
        for code, placed in placed_in.items():
            self.views[code].add_all(placed)

    # --- the tree -------------------------------------------------------------------------------------

    def homes(self, code: str) -> list[str]:
        """The stations that show a posting of this one: itself and all known ones above, itself first; none
        while it is unknown. Stations told in the wrong order may stand in a ring for a moment; each counts
        once.
        """
        chain: list[str] = []
        at: str | None = code
        while at is not None and at in self._stations and at not in chain:
            chain.append(at)
            at = self._stations[at].parent
        return chain

    def below(self, code: str) -> list[str]:
        """A known station and all known ones under it."""
        found: dict[str, None] = {}
        waiting = [code] if code in self._stations else []
        while waiting:
            at = waiting.pop()
            if at not in found:
                found[at] = None
                waiting += (child for child in self._children.get(at, ()) if child in self._stations)
        return list(found)

    # --- facts ----------------------------------------------------------------------------------------

    def apply(self, fact: Fact) -> Applied | None:
        """Take a fact in. None when it is no newer than what is known: nothing has changed."""
        known = self.facts.get(fact.key)
        if known is not None and known.sequence >= fact.sequence:
            return None
        old = known.body if known is not None else None
        new = fact.body
        if fact.kind is FactKind.DEVICE and new is None and isinstance(old, DeviceHash):
            fact = Fact(fact.kind, fact.id, fact.sequence, old, fact.gone_at)
        self.facts[fact.key] = fact
        match fact.kind:
            case FactKind.POSTING:
                changes = self._change_posting(fact.id, _posting(old), _posting(new))
            case FactKind.NOTICE:
                changes = self._change_notice(fact.id, _notice(old), _notice(new))
            case FactKind.STATION if isinstance(new, Station):
                changes = self._change_station(new)
            case _:
                changes = {}
        return Applied(fact, {code: made for code, made in changes.items() if made})

    def purgeable(self, now: datetime) -> list[FactKey]:
        """The tombstones that have served their time."""
        return [key for key, fact in self.facts.items() if fact.purgeable(now)]

    def purge(self, keys: Iterable[FactKey]) -> None:
        """Forget tombstones."""
        for key in keys:
            del self.facts[key]

    # --- postings -------------------------------------------------------------------------------------

    def _change_posting(
        self, id: str, old: OpenPosting | None, new: OpenPosting | None
    ) -> dict[str, list[Change]]:
        placed_before = self._rows.pop(id, None)
        old_homes = self.homes(old.station) if old is not None else []
        new_homes = self.homes(new.station) if new is not None else []
        if old is not None:
            self._postings_at[old.station].discard(id)
        placed: PlacedRow | None = None
        if new is not None:
            self._postings_at[new.station].add(id)
            placed = self._place(id) if new_homes else None
        return {
            home: self.views[home].replace(
                placed_before if home in old_homes else None, placed if home in new_homes else None
            )
            for home in dict.fromkeys(old_homes + new_homes)
        }

    def _place(self, id: str) -> PlacedRow:
        """Make the row of a posting whose station is known."""
        posting = self.facts[FactKind.POSTING, id].body
        assert isinstance(posting, OpenPosting)
        placed = PlacedRow(_row(posting, self._stations[posting.station]))
        self._rows[id] = placed
        return placed

    # --- notices --------------------------------------------------------------------------------------

    def _change_notice(self, id: str, old: Notice | None, new: Notice | None) -> dict[str, list[Change]]:
        shown_before = self._reach(old) if old is not None else []
        shown_after = self._reach(new) if new is not None else []
        changes: defaultdict[str, list[Change]] = defaultdict(list)
        for code in shown_before:
            if code not in shown_after:
                changes[code] += self.views[code].drop_notice(id)
        if old is not None:
            self._notices_at[old.station].discard(id)
        if new is not None:
            self._notices_at[new.station].add(id)
            line = _line(new)
            for code in shown_after:
                changes[code] += self.views[code].put_notice(line)
        return changes

    def _reach(self, notice: Notice) -> list[str]:
        below = self.below(notice.station)
        return below if notice.reach is NoticeReach.SUBTREE else below[:1]

    def _notices_for(self, code: str) -> dict[str, NoticeLine]:
        lines: dict[str, NoticeLine] = {}
        for home in self.homes(code):
            for id in self._notices_at.get(home, ()):
                notice = self.facts[FactKind.NOTICE, id].body
                if isinstance(notice, Notice) and (home == code or notice.reach is NoticeReach.SUBTREE):
                    lines[id] = _line(notice)
        return lines

    # --- stations -------------------------------------------------------------------------------------

    def _change_station(self, new: Station) -> dict[str, list[Change]]:
        """A station appears, moves, or changes its facts; all below it may get other stations above them."""
        code = new.code
        old = self._stations.get(code)
        stays = old is not None and old.parent == new.parent
        moved = [code] if stays or old is None else self.below(code)
        homes_before = {station: self.homes(station) for station in moved}
        self._hang(old, new)
        if old is None:
            # Only now can what stood below a missing station be reached.
            moved = self.below(code)
            for station in moved:
                homes_before.setdefault(station, self._homes_without(station, code))
        homes_after = {station: self.homes(station) for station in moved}
        affected = {home for homes in (*homes_before.values(), *homes_after.values()) for home in homes}
        before = {home: self._state(home) for home in affected}
        self._rename(old, new)
        for station in moved:
            self._rehome(station, homes_before[station], homes_after[station])
        return {home: difference(before[home], self.views[home].state()) for home in affected}

    def _hang(self, old: Station | None, new: Station) -> None:
        if old is not None and old.parent is not None:
            self._children[old.parent].discard(new.code)
        if new.parent is not None:
            self._children[new.parent].add(new.code)
        self._stations[new.code] = new

    def _homes_without(self, code: str, missing: str) -> list[str]:
        homes = self.homes(code)
        return homes[: homes.index(missing)]

    def _state(self, code: str) -> ScreenState:
        view = self.views.get(code)
        return EMPTY_STATE if view is None else view.state()

    def _rename(self, old: Station | None, new: Station) -> None:
        """Give the view its card, and the station's own rows the name of where to ask."""
        if old is None:
            self.views[new.code] = View(self._rows)
        self.views[new.code].card = _card(new)
        if old is None or old.facts.short_name != new.facts.short_name:
            for id in self._postings_at.get(new.code, ()):
                self._place(id)

    def _rehome(self, code: str, before: list[str], after: list[str]) -> None:
        if before != after:
            own = [self._rows[id] for id in self._postings_at.get(code, ())]
            for home in before:
                if home not in after:
                    for placed in own:
                        self.views[home].remove(placed)
            for home in after:
                if home not in before:
                    self.views[home].add_all(own)
        self.views[code].notices = self._notices_for(code)


def _posting(body: Body | None) -> OpenPosting | None:
    return body if isinstance(body, OpenPosting) else None


def _notice(body: Body | None) -> Notice | None:
    return body if isinstance(body, Notice) else None


def _card(station: Station) -> StationCard:
    return StationCard(
        code=station.code,
        kind=station.kind,
        open=station.status is StationStatus.OPEN,
        facts=station.facts,
    )


def _line(notice: Notice) -> NoticeLine:
    return NoticeLine(
        id=notice.id, text=notice.text, valid_from=notice.valid_from, valid_until=notice.valid_until
    )


def _row(posting: OpenPosting, station: Station) -> JobRow:
    return JobRow(
        id=posting.id,
        sequence=posting.sequence,
        trade=posting.trade,
        wage=posting.wage,
        settlement=posting.settlement,
        missing=posting.missing,
        headcount=posting.headcount,
        place=posting.place,
        starts_at=posting.starts_at,
        ends_at=posting.ends_at,
        expires_at=posting.expires_at,
        meals=posting.meals,
        lodging=posting.lodging,
        transport=posting.transport,
        published_at=posting.published_at,
        station=posting.station,
        from_station=station.facts.short_name,
    )
