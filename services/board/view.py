"""One station's view: the rows in their order, the notices, the card; and the changes that keep a copy equal.

Pure. A change of one posting costs a binary search, however many postings the station has.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.board.days import Agenda, ShownDay, call_order, day_difference, message_order
from services.board.shelf import Shelf
from yizhan.contracts.screen import (
    BRANCH_LIMIT,
    CARD_LIMIT,
    FAIR_LIMIT,
    ROW_LIMIT,
    Branch,
    Change,
    DropBranch,
    DropCall,
    DropCard,
    DropFair,
    DropMessage,
    DropNotice,
    DropRow,
    FairCard,
    JobRow,
    NoticeLine,
    PutBranch,
    PutCall,
    PutCard,
    PutFair,
    PutMessage,
    PutNotice,
    PutRow,
    ScreenState,
    SetDraw,
    SetStation,
    SetTotals,
    SetWaiting,
    StationCard,
    Totals,
    WorkerCard,
)

EMPTY_STATE = ScreenState(station=None, rows=(), notices=(), totals=Totals(postings=0, hands=0))


class PlacedRow:
    """A row as all views that show its posting share it; its JSON is made once."""

    __slots__ = ("json", "key", "row")

    def __init__(self, row: JobRow) -> None:
        self.row = row
        self.key: tuple[datetime, str] = (row.starts_at, row.id)
        self.json = row.model_dump_json()


class PlacedCard:
    """A card as all views that show it share it; its JSON is made once."""

    __slots__ = ("card", "json", "key")

    def __init__(self, card: WorkerCard) -> None:
        self.card = card
        # Identifiers sort by the time they were made: the newest first.
        self.key: tuple[int, str] = (-int(card.id.replace("-", ""), 16), card.id)
        self.json = card.model_dump_json()


def _card_key(placed: PlacedCard) -> tuple[int, str]:
    return placed.key


def row_order(row: JobRow) -> tuple[datetime, str]:
    """Soonest start first, then id."""
    return row.starts_at, row.id


def notice_order(line: NoticeLine) -> tuple[datetime, str]:
    """Soonest valid first, then id."""
    return line.valid_from, line.id


def fair_order(fair: FairCard) -> tuple[datetime, str]:
    """Soonest opening first, then id."""
    return fair.opens_at, fair.id


def branch_order(branch: Branch) -> tuple[int, int, str]:
    """Most postings first, then most hands, then code."""
    return -branch.postings, -branch.hands, branch.station


@dataclass(slots=True)
class View:
    """What one station's screens show. order: all its live postings, soonest start first, then id."""

    rows: dict[str, PlacedRow]
    card: StationCard | None = None
    order: list[tuple[datetime, str]] = field(default_factory=list)
    hands: int = 0
    #: Of both, those of stations that this one is not above: they are no part of the sums there.
    guests: int = 0
    guest_hands: int = 0
    notices: dict[str, NoticeLine] = field(default_factory=dict)
    fairs: Shelf[FairCard] = field(default_factory=lambda: Shelf(fair_order, FAIR_LIMIT))
    branches: Shelf[Branch] = field(default_factory=lambda: Shelf(branch_order, BRANCH_LIMIT))
    cards: Shelf[PlacedCard] = field(default_factory=lambda: Shelf(_card_key, CARD_LIMIT))
    #: Of the station itself; the projection keeps it, also while the station is unknown.
    agenda: Agenda = field(default_factory=Agenda)

    # --- reading --------------------------------------------------------------------------------------

    def window(self) -> Iterator[PlacedRow]:
        """The rows that the screen gets."""
        return (self.rows[id] for _, id in self.order[:ROW_LIMIT])

    def totals(self) -> Totals:
        return Totals(postings=len(self.order), hands=self.hands, cards=len(self.cards))

    def own_totals(self) -> Totals:
        """The same over what is of this station and those below it."""
        return Totals(postings=len(self.order) - self.guests, hands=self.hands - self.guest_hands)

    def state(self) -> ScreenState:
        """All that the screen shows."""
        return ScreenState(
            station=self.card,
            rows=tuple(placed.row for placed in self.window()),
            notices=tuple(sorted(self.notices.values(), key=notice_order)),
            totals=self.totals(),
            fairs=self.fairs.window(),
            branches=self.branches.window(),
            cards=tuple(placed.card for placed in self.cards.window()),
            waiting=self.agenda.shown.waiting,
            called=self.agenda.shown.called,
            draw=self.agenda.shown.draw,
            messages=self.agenda.shown.messages,
        )

    def document(self, epoch: str, offset: int) -> str:
        """The BoardDocument as JSON, put together from rows that are JSON already."""
        card = "null" if self.card is None else self.card.model_dump_json()
        rows = ",".join(placed.json for placed in self.window())
        notices = ",".join(line.model_dump_json() for line in sorted(self.notices.values(), key=notice_order))
        fairs = ",".join(fair.model_dump_json() for fair in self.fairs.window())
        branches = ",".join(branch.model_dump_json() for branch in self.branches.window())
        cards = ",".join(placed.json for placed in self.cards.window())
        day = self.agenda.shown
        waiting = "null" if day.waiting is None else day.waiting.model_dump_json()
        called = ",".join(call.model_dump_json() for call in day.called)
        draw = "null" if day.draw is None else day.draw.model_dump_json()
        messages = ",".join(one.model_dump_json() for one in day.messages)
        return (
            f'{{"epoch":"{epoch}","offset":{offset},"state":{{"station":{card},"rows":[{rows}],'
            f'"notices":[{notices}],"totals":{{"postings":{len(self.order)},"hands":{self.hands},'
            f'"cards":{len(self.cards)}}},'
            f'"fairs":[{fairs}],"branches":[{branches}],"cards":[{cards}],'
            f'"waiting":{waiting},"called":[{called}],"draw":{draw},"messages":[{messages}]}}}}'
        )

    # --- changing -------------------------------------------------------------------------------------

    def add(self, placed: PlacedRow) -> None:
        """Take a posting in without telling; the caller compares states."""
        insort(self.order, placed.key)
        self.hands += placed.row.missing

    def add_all(self, placed: Iterable[PlacedRow]) -> None:
        """Take many postings in without telling, at the cost of one sort."""
        for one in placed:
            self.order.append(one.key)
            self.hands += one.row.missing
        self.order.sort()

    def remove(self, placed: PlacedRow) -> None:
        """Let a posting go without telling; the caller compares states."""
        del self.order[bisect_left(self.order, placed.key)]
        self.hands -= placed.row.missing

    def count_guest(self, placed: PlacedRow, sign: int) -> None:
        """A posting that was taken in is another station's (1), or one that was let go was (-1)."""
        self.guests += sign
        self.guest_hands += sign * placed.row.missing

    def replace(
        self,
        old: PlacedRow | None,
        new: PlacedRow | None,
        *,
        was_guest: bool = False,
        is_guest: bool = False,
    ) -> list[Change]:
        """One posting comes (old is None), goes (new is None) or changes. `rows` must hold every other one,
        and the new one. was_guest, is_guest: whether it is another station's that asks for hands."""
        before = self.totals()
        if old is not None and was_guest:
            self.count_guest(old, -1)
        if new is not None and is_guest:
            self.count_guest(new, 1)
        changes: list[Change] = []
        if old is not None and new is not None and old.key == new.key:
            if bisect_left(self.order, new.key) < ROW_LIMIT:
                changes.append(PutRow(row=new.row))
            self.hands += new.row.missing - old.row.missing
        else:
            if old is not None:
                changes += self._leave(old)
            if new is not None:
                changes += self._enter(new)
        after = self.totals()
        if after != before:
            changes.append(SetTotals(totals=after))
        return changes

    def _leave(self, old: PlacedRow) -> Iterator[Change]:
        place = bisect_left(self.order, old.key)
        del self.order[place]
        self.hands -= old.row.missing
        if place < ROW_LIMIT:
            yield DropRow(id=old.row.id)
            if len(self.order) >= ROW_LIMIT:
                moved_up = self.rows[self.order[ROW_LIMIT - 1][1]]
                yield PutRow(row=moved_up.row)

    def _enter(self, new: PlacedRow) -> Iterator[Change]:
        place = bisect_left(self.order, new.key)
        self.order.insert(place, new.key)
        self.hands += new.row.missing
        if place < ROW_LIMIT:
            yield PutRow(row=new.row)
            if len(self.order) > ROW_LIMIT:
                yield DropRow(id=self.order[ROW_LIMIT][1])

    def put_notice(self, line: NoticeLine) -> list[Change]:
        if self.notices.get(line.id) == line:
            return []
        self.notices[line.id] = line
        return [PutNotice(notice=line)]

    def drop_notice(self, id: str) -> list[Change]:
        return [] if self.notices.pop(id, None) is None else [DropNotice(id=id)]

    def set_fair(self, id: str, card: FairCard | None) -> list[Change]:
        """A fair comes or changes, or goes (None)."""
        left, came = self.fairs.put(id, card)
        return [*(DropFair(id=one) for one in left), *(PutFair(fair=one) for one in came)]

    def set_branch(self, code: str, branch: Branch | None) -> list[Change]:
        """The sums of a station below, or that it has nothing (None)."""
        left, came = self.branches.put(code, branch)
        return [*(DropBranch(station=one) for one in left), *(PutBranch(branch=one) for one in came)]

    def set_card(self, id: str, placed: PlacedCard | None) -> list[Change]:
        """A card comes or changes, or goes (None)."""
        before = len(self.cards)
        left, came = self.cards.put(id, placed)
        changes: list[Change] = [DropCard(id=one) for one in left]
        changes += [PutCard(card=one.card) for one in came]
        if len(self.cards) != before:
            changes.append(SetTotals(totals=self.totals()))
        return changes


def difference(before: ScreenState, after: ScreenState) -> list[Change]:
    """The changes that make `before` into `after`. Its cost is that of one window, not of the county."""
    changes: list[Change] = []
    if before.station != after.station:
        changes.append(SetStation(station=after.station))
    kept = {row.id for row in after.rows}
    changes += [DropRow(id=row.id) for row in before.rows if row.id not in kept]
    known = {row.id: row for row in before.rows}
    changes += [PutRow(row=row) for row in after.rows if known.get(row.id) != row]
    lines = {line.id for line in after.notices}
    changes += [DropNotice(id=line.id) for line in before.notices if line.id not in lines]
    held = {line.id: line for line in before.notices}
    changes += [PutNotice(notice=line) for line in after.notices if held.get(line.id) != line]
    if before.totals != after.totals:
        changes.append(SetTotals(totals=after.totals))
    changes += _difference_of_fairs(before, after)
    changes += _difference_of_branches(before, after)
    changes += _difference_of_cards(before, after)
    return [*changes, *day_difference(_day_of(before), _day_of(after))]


def _day_of(state: ScreenState) -> ShownDay:
    return ShownDay(state.waiting, state.called, state.draw, state.messages)


def _difference_of_cards(before: ScreenState, after: ScreenState) -> list[Change]:
    held = {card.id: card for card in before.cards}
    kept = {card.id for card in after.cards}
    return [
        *(DropCard(id=id) for id in held if id not in kept),
        *(PutCard(card=card) for card in after.cards if held.get(card.id) != card),
    ]


def _difference_of_fairs(before: ScreenState, after: ScreenState) -> list[Change]:
    held = {card.id: card for card in before.fairs}
    kept = {card.id for card in after.fairs}
    return [
        *(DropFair(id=id) for id in held if id not in kept),
        *(PutFair(fair=card) for card in after.fairs if held.get(card.id) != card),
    ]


def _difference_of_branches(before: ScreenState, after: ScreenState) -> list[Change]:
    held = {branch.station: branch for branch in before.branches}
    kept = {branch.station for branch in after.branches}
    return [
        *(DropBranch(station=code) for code in held if code not in kept),
        *(PutBranch(branch=branch) for branch in after.branches if held.get(branch.station) != branch),
    ]


def apply_changes(state: ScreenState, changes: Iterable[Change]) -> ScreenState:
    """What a screen does with a delta; the reference for every client. To drop what is absent is no error."""
    station, totals = state.station, state.totals
    waiting, draw = state.waiting, state.draw
    rows = {row.id: row for row in state.rows}
    notices = {line.id: line for line in state.notices}
    fairs = {card.id: card for card in state.fairs}
    branches = {branch.station: branch for branch in state.branches}
    cards = {worker.id: worker for worker in state.cards}
    called = {call.number: call for call in state.called}
    messages = {message.id: message for message in state.messages}
    for change in changes:
        match change:
            case PutRow(row=row):
                rows[row.id] = row
            case DropRow(id=id):
                rows.pop(id, None)
            case PutNotice(notice=line):
                notices[line.id] = line
            case DropNotice(id=id):
                notices.pop(id, None)
            case SetStation(station=card):
                station = card
            case SetTotals(totals=sums):
                totals = sums
            case PutFair(fair=fair):
                fairs[fair.id] = fair
            case DropFair(id=id):
                fairs.pop(id, None)
            case PutBranch(branch=branch):
                branches[branch.station] = branch
            case DropBranch(station=code):
                branches.pop(code, None)
            case PutCard(card=worker):
                cards[worker.id] = worker
            case DropCard(id=id):
                cards.pop(id, None)
            case SetWaiting(waiting=people):
                waiting = people
            case PutCall(call=call):
                called[call.number] = call
            case DropCall(number=number):
                called.pop(number, None)
            case SetDraw(draw=told):
                draw = told
            case PutMessage(message=message):
                messages[message.id] = message
            case DropMessage(id=id):
                messages.pop(id, None)
    return ScreenState(
        station=station,
        rows=tuple(sorted(rows.values(), key=row_order)),
        notices=tuple(sorted(notices.values(), key=notice_order)),
        totals=totals,
        fairs=tuple(sorted(fairs.values(), key=fair_order)),
        branches=tuple(sorted(branches.values(), key=branch_order)),
        cards=tuple(sorted(cards.values(), key=lambda one: one.id, reverse=True)),
        waiting=waiting,
        called=tuple(sorted(called.values(), key=call_order)),
        draw=draw,
        messages=tuple(sorted(messages.values(), key=message_order)),
    )
