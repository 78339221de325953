"""From facts to what every screen shows, and to the changes that each new fact makes. Pure.

A posting shows at its own station and at every station above, one that overflows also at the stations that
are asked for hands; a notice at its own, and with reach `subtree` at every station below; a fair at its host,
at every station above and below that, and at the stations that it is linked to. Somebody's card shows where a
posting of its station would; the queue and the draw at their own station alone. Towns and the county sum up
each station directly below them. Facts come in any order: a posting may be told before its station, and a
station that moves takes all that stands below it along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.board.days import Agenda
from services.board.facts import Body, DayBody, Fact, FactKey, FactKind, OpenFair, OpenPosting
from services.board.lines import branch_of, card_of, fair_card_of, line_of, row_of, sums_up, worker_card_of
from services.board.spill import Spill
from services.board.tree import Tree
from services.board.view import EMPTY_STATE, PlacedCard, PlacedRow, View, difference
from yizhan.contracts.screen import Change, FairCard, NoticeLine, ScreenState
from yizhan.contracts.seeker_cards import SeekerCard
from yizhan.contracts.stations import DeviceHash, Notice, NoticeReach, Station


@dataclass(frozen=True, slots=True)
class Applied:
    """What a fact did. fact: as it is kept from now on. changes: per station whose screens it concerns."""

    fact: Fact
    changes: Mapping[str, list[Change]]


@dataclass(frozen=True, slots=True)
class Ended:
    """What the end of a day did: the facts that are forgotten, and the changes per station."""

    keys: list[FactKey]
    changes: Mapping[str, list[Change]]


class Projection:
    """All facts, and a view per known station. One owner changes it; it does no I/O and reads no clock."""

    def __init__(self) -> None:
        self.facts: dict[FactKey, Fact] = {}
        self.views: dict[str, View] = {}
        self._tree = Tree()
        self._rows: dict[str, PlacedRow] = {}
        self._postings_at: defaultdict[str, set[str]] = defaultdict(set)
        self._spill = Spill(self._tree)
        self._notices_at: defaultdict[str, set[str]] = defaultdict(set)
        self._cards: dict[str, PlacedCard] = {}
        self._cards_at: defaultdict[str, set[str]] = defaultdict(set)
        #: Each station's days, also of one that is not known yet.
        self._agendas: defaultdict[str, Agenda] = defaultdict(Agenda)
        #: Fairs by host, and by linked station.
        self._fairs_at: defaultdict[str, set[str]] = defaultdict(set)
        self._fairs_linked: defaultdict[str, set[str]] = defaultdict(set)
        #: The stations that show a fair.
        self._fair_shown: dict[str, list[str]] = {}

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
        for code, station in self._tree.stations.items():
            self.views[code] = View(self._rows, card=card_of(station), agenda=self._agendas[code])
        self._place_everything()
        return self

    def _index(self, body: Body | None) -> None:
        if isinstance(body, Station):
            self._tree.hang(body)
        elif isinstance(body, OpenPosting):
            self._postings_at[body.station].add(body.id)
            self._spill.note(body)
        elif isinstance(body, Notice):
            self._notices_at[body.station].add(body.id)
        elif isinstance(body, OpenFair):
            self._index_fair(body)
        elif isinstance(body, SeekerCard):
            self._cards_at[body.station].add(body.id)
        elif isinstance(body, DayBody):
            self._agendas[body.station].take(body)

    def _place_everything(self) -> None:
        placed_in: defaultdict[str, list[PlacedRow]] = defaultdict(list)
        cards_in: defaultdict[str, list[PlacedCard]] = defaultdict(list)
        for code in self._tree.stations:
            own = [self._place(id) for id in self._postings_at.get(code, ())]
            cards = [self._place_card(id) for id in self._cards_at.get(code, ())]
            for home in self._tree.homes(code):
                placed_in[home] += own
                cards_in[home] += cards
            self.views[code].notices = self._notices_for(code)
        for code, placed in placed_in.items():
            self.views[code].add_all(placed)
            self.views[code].cards.add_all((one.card.id, one) for one in cards_in[code])
        self._let_guests_in()
        self._sum_up(self.views)
        for id in [id for ids in self._fairs_at.values() for id in ids]:
            self._show_fair(id)

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
            case FactKind.FAIR:
                changes = self._change_fair(fact.id, _fair(old), _fair(new))
            case FactKind.CARD:
                changes = self._change_card(fact.id, _seeker(old), _seeker(new))
            case FactKind.STATION if isinstance(new, Station):
                changes = self._change_station(new)
            case _ if isinstance(new, DayBody):
                changes = self._change_day(new)
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

    def end_days(self, today: date) -> Ended:
        """Forget what was of the days before today, and take it off the screens."""
        keys = [key for key, fact in self.facts.items() if fact.day is not None and fact.day < today]
        self.purge(keys)
        changes = {code: agenda.end_before(today) for code, agenda in self._agendas.items()}
        return Ended(keys, {code: made for code, made in changes.items() if made and code in self.views})

    # --- postings -------------------------------------------------------------------------------------

    def _change_posting(
        self, id: str, old: OpenPosting | None, new: OpenPosting | None
    ) -> dict[str, list[Change]]:
        placed_before = self._rows.pop(id, None)
        guests_before, guests = self._spill.move(id, new)
        old_homes = self._tree.homes(old.station) if old is not None else []
        new_homes = self._tree.homes(new.station) if new is not None else []
        if old is not None:
            self._postings_at[old.station].discard(id)
        placed: PlacedRow | None = None
        if new is not None:
            self._postings_at[new.station].add(id)
            placed = self._place(id) if new_homes else None
        homes = dict.fromkeys(old_homes + new_homes)
        changes = {
            home: self.views[home].replace(
                placed_before if home in (*old_homes, *guests_before) else None,
                placed if home in (*new_homes, *guests) else None,
                was_guest=home in guests_before,
                is_guest=home in guests,
            )
            for home in dict.fromkeys((*homes, *guests_before, *guests))
        }
        for home in homes:
            above = self._tree.stations[home].parent
            if above in changes and sums_up(self._tree.stations[above]):
                branch = branch_of(self._tree.stations[home], self.views[home].own_totals())
                changes[above] += self.views[above].set_branch(home, branch)
        return changes

    def _place(self, id: str) -> PlacedRow:
        """Make the row of a posting whose station is known."""
        posting = self.facts[FactKind.POSTING, id].body
        assert isinstance(posting, OpenPosting)
        placed = PlacedRow(row_of(posting, self._tree.stations[posting.station]))
        self._rows[id] = placed
        return placed

    def _let_guests_in(self) -> None:
        """Put every posting that overflows where it is shown besides, without telling."""
        for id in self._spill.ids():
            for code in self._spill.move(id, _posting(self.facts[FactKind.POSTING, id].body))[1]:
                self.views[code].add(self._rows[id])
                self.views[code].count_guest(self._rows[id], 1)

    def _send_guests_away(self) -> None:
        for id in self._spill.ids():
            for code in self._spill.shown(id):
                self.views[code].remove(self._rows[id])
                self.views[code].count_guest(self._rows[id], -1)

    def _showing_guests(self) -> set[str]:
        """The stations that show what overflows, or will."""
        showing: set[str] = set()
        for id in self._spill.ids():
            showing.update(self._spill.shown(id))
            posting = _posting(self.facts[FactKind.POSTING, id].body)
            showing.update(() if posting is None else self._spill.guests(posting))
        return showing

    def _sum_up(self, codes: Iterable[str]) -> None:
        """Work the sums of these stations out anew, without telling."""
        for code in codes:
            children = self._tree.children(code) if sums_up(self._tree.stations[code]) else []
            summed = (branch_of(self._tree.stations[one], self.views[one].own_totals()) for one in children)
            self.views[code].branches.reset((one.station, one) for one in summed if one is not None)

    # --- people who look for work, and the days of stations ----------------------------------------------

    def _change_card(
        self, id: str, old: SeekerCard | None, new: SeekerCard | None
    ) -> dict[str, list[Change]]:
        old_homes = self._tree.homes(old.station) if old is not None else []
        new_homes = self._tree.homes(new.station) if new is not None else []
        self._cards.pop(id, None)
        if old is not None:
            self._cards_at[old.station].discard(id)
        placed: PlacedCard | None = None
        if new is not None:
            self._cards_at[new.station].add(id)
            placed = self._place_card(id) if new_homes else None
        return {
            home: self.views[home].set_card(id, placed if home in new_homes else None)
            for home in dict.fromkeys(old_homes + new_homes)
        }

    def _place_card(self, id: str) -> PlacedCard:
        """Make the card of somebody whose station is known."""
        card = self.facts[FactKind.CARD, id].body
        assert isinstance(card, SeekerCard)
        placed = PlacedCard(worker_card_of(card, self._tree.stations[card.station]))
        self._cards[id] = placed
        return placed

    def _change_day(self, new: DayBody) -> dict[str, list[Change]]:
        changes = self._agendas[new.station].put(new)
        return {new.station: changes} if new.station in self.views else {}

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
            line = line_of(new)
            for code in shown_after:
                changes[code] += self.views[code].put_notice(line)
        return changes

    def _reach(self, notice: Notice) -> list[str]:
        below = self._tree.below(notice.station)
        return below if notice.reach is NoticeReach.SUBTREE else below[:1]

    def _notices_for(self, code: str) -> dict[str, NoticeLine]:
        lines: dict[str, NoticeLine] = {}
        for home in self._tree.homes(code):
            for id in self._notices_at.get(home, ()):
                notice = self.facts[FactKind.NOTICE, id].body
                if isinstance(notice, Notice) and (home == code or notice.reach is NoticeReach.SUBTREE):
                    lines[id] = line_of(notice)
        return lines

    # --- fairs ----------------------------------------------------------------------------------------

    def _change_fair(self, id: str, old: OpenFair | None, new: OpenFair | None) -> dict[str, list[Change]]:
        if old is not None:
            self._fairs_at[old.station].discard(id)
            for code in old.linked:
                self._fairs_linked[code].discard(id)
        if new is not None:
            self._index_fair(new)
        return self._show_fair(id)

    def _index_fair(self, fair: OpenFair) -> None:
        self._fairs_at[fair.station].add(fair.id)
        for code in fair.linked:
            self._fairs_linked[code].add(fair.id)

    def _show_fair(self, id: str) -> dict[str, list[Change]]:
        """Put a fair where it belongs now, and take it away where it does not."""
        fair = _fair(self.facts[FactKind.FAIR, id].body)
        after = self._fair_reach(fair)
        before = self._fair_shown.pop(id, [])
        if after:
            self._fair_shown[id] = after
        card = self._fair_card(fair) if after and fair is not None else None
        return {
            code: self.views[code].set_fair(id, card if code in after else None)
            for code in dict.fromkeys(before + after)
        }

    def _fair_card(self, fair: OpenFair) -> FairCard:
        return fair_card_of(fair, self._tree.stations[fair.station])

    def _fair_reach(self, fair: OpenFair | None) -> list[str]:
        """The stations that show a fair; none while its host is unknown."""
        if fair is None or fair.station not in self._tree.stations:
            return []
        linked = [code for code in fair.linked if code in self._tree.stations]
        tree = self._tree.homes(fair.station) + self._tree.below(fair.station)
        return list(dict.fromkeys(tree + linked))

    def _fairs_concerned(self, stations: Iterable[str]) -> list[str]:
        """The fairs whose reach or card may change with these stations."""
        found: dict[str, None] = {}
        for code in stations:
            found |= dict.fromkeys(self._fairs_at.get(code, ()))
            found |= dict.fromkeys(self._fairs_linked.get(code, ()))
        return list(found)

    # --- stations -------------------------------------------------------------------------------------

    def _change_station(self, new: Station) -> dict[str, list[Change]]:
        """A station appears, moves, or changes its facts; all below it may get other stations above them."""
        code = new.code
        old = self._tree.stations.get(code)
        stays = old is not None and old.parent == new.parent
        moved = [code] if stays or old is None else self._tree.below(code)
        homes_before = {station: self._tree.homes(station) for station in moved}
        self._tree.hang(new)
        if old is None:
            # Only now can what stood below a missing station be reached.
            moved = self._tree.below(code)
            for station in moved:
                homes_before.setdefault(station, self._homes_without(station, code))
        homes_after = {station: self._tree.homes(station) for station in moved}
        concerned = {home for homes in (*homes_before.values(), *homes_after.values()) for home in homes}
        fairs = self._fairs_concerned(concerned)
        affected = concerned | self._showing(fairs) | self._showing_guests()
        before = {home: self._state(home) for home in affected}
        self._send_guests_away()
        self._rename(old, new, homes_before[code])
        for station in moved:
            self._rehome(station, homes_before[station], homes_after[station])
        self._let_guests_in()
        self._sum_up(concerned)
        for id in fairs:
            self._show_fair(id)
        return {home: difference(before[home], self.views[home].state()) for home in affected}

    def _homes_without(self, code: str, missing: str) -> list[str]:
        homes = self._tree.homes(code)
        return homes[: homes.index(missing)]

    def _showing(self, fairs: Iterable[str]) -> set[str]:
        """The stations that show these fairs, or will."""
        showing: set[str] = set()
        for id in fairs:
            showing.update(self._fair_shown.get(id, ()))
            showing.update(self._fair_reach(_fair(self.facts[FactKind.FAIR, id].body)))
        return showing

    def _state(self, code: str) -> ScreenState:
        view = self.views.get(code)
        return EMPTY_STATE if view is None else view.state()

    def _rename(self, old: Station | None, new: Station, homes: list[str]) -> None:
        """Give the view its card, and what is the station's own the name of where to ask. homes: the stations
        that show it now."""
        if old is None:
            self.views[new.code] = View(self._rows, agenda=self._agendas[new.code])
        self.views[new.code].card = card_of(new)
        if old is None or old.facts.short_name != new.facts.short_name:
            for id in self._postings_at.get(new.code, ()):
                self._place(id)
            cards = [(id, self._place_card(id)) for id in self._cards_at.get(new.code, ())]
            for home in homes:
                self.views[home].cards.renew(cards)

    def _rehome(self, code: str, before: list[str], after: list[str]) -> None:
        if before != after:
            own = [self._rows[id] for id in self._postings_at.get(code, ())]
            cards = [(id, self._cards[id]) for id in self._cards_at.get(code, ())]
            for home in before:
                if home not in after:
                    for placed in own:
                        self.views[home].remove(placed)
                    self.views[home].cards.take_out(id for id, _ in cards)
            for home in after:
                if home not in before:
                    self.views[home].add_all(own)
                    self.views[home].cards.add_all(cards)
        self.views[code].notices = self._notices_for(code)


def _posting(body: Body | None) -> OpenPosting | None:
    return body if isinstance(body, OpenPosting) else None


def _notice(body: Body | None) -> Notice | None:
    return body if isinstance(body, Notice) else None


def _fair(body: Body | None) -> OpenFair | None:
    return body if isinstance(body, OpenFair) else None


def _seeker(body: Body | None) -> SeekerCard | None:
    return body if isinstance(body, SeekerCard) else None
