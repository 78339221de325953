"""Makers of events and facts for the board's tests, a naive projection, and a screen that follows along."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.board.days import call_order, message_order
from services.board.facts import (
    DayBody,
    DayCall,
    DayDraw,
    DayMessage,
    DayWaiting,
    Fact,
    FactKind,
    OpenFair,
    OpenPosting,
)
from services.board.telling import fact_of
from services.board.view import apply_changes, branch_order, fair_order, notice_order, row_order
from yizhan.contracts.checkins import (
    CalledTicket,
    QueueOrder,
    TicketCalled,
    TradeCount,
    Waiting,
    WaitingChanged,
)
from yizhan.contracts.draws import (
    Draw,
    DrawAmended,
    DrawClosed,
    DrawCommitted,
    DrawOverride,
    DrawRevealed,
    WeightedTicket,
)
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.fairs import (
    Fair,
    FairAmended,
    FairAnnounced,
    FairCancelled,
    FairCounts,
    FairEnded,
    FairPlan,
    FairStatus,
)
from yizhan.contracts.jobs import (
    OverflowReach,
    Posting,
    PostingPublished,
    PostingSource,
    PostingStatus,
    PostingTerms,
    PostingWithdrawn,
    Settlement,
    Wage,
    WageUnit,
)
from yizhan.contracts.screen import (
    BRANCH_LIMIT,
    CALL_LIMIT,
    CARD_LIMIT,
    FAIR_LIMIT,
    MESSAGE_LIMIT,
    ROW_LIMIT,
    Branch,
    Delta,
    FairCard,
    Heartbeat,
    JobRow,
    NoticeLine,
    NumberMessage,
    Refused,
    ScreenState,
    Snapshot,
    StationCard,
    Totals,
    WorkerCard,
    from_server,
)
from yizhan.contracts.screen_messages import ScreenMessageIssued
from yizhan.contracts.seeker_cards import SeekerCard, SeekerCardDropped, SeekerCardShown
from yizhan.contracts.stations import (
    Notice,
    NoticeEnded,
    NoticePosted,
    NoticeReach,
    ScreenDeviceIssued,
    ScreenDeviceRevoked,
    Station,
    StationAdded,
    StationAmended,
    StationFacts,
    StationKind,
    StationStatus,
)

NOON = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)

MARKET = "522730"
TOWN = "52273001"
COMMUNITY = "5227300101"
OTHER_TOWN = "52273002"


def identifier(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-7000-8000-{number:012x}"


def posting_id(number: int) -> str:
    return identifier(1, number)


def notice_id(number: int) -> str:
    return identifier(2, number)


def fair_id(number: int) -> str:
    return identifier(5, number)


def device_id(number: int) -> str:
    return identifier(3, number)


def card_id(number: int) -> str:
    return identifier(6, number)


_event_number = 0


def event(facts: Facts, *, subject: str, sequence: int, station: str, at: datetime = NOON) -> Event[Any]:
    global _event_number
    _event_number += 1
    return Event[type(facts)].of(  # type: ignore[misc]
        facts,
        id=identifier(9, _event_number),
        subject=subject,
        sequence=sequence,
        station=station,
        time=at,
        correlation="test",
    )


def station(
    code: str, parent: str | None, *, sequence: int = 1, name: str | None = None, is_open: bool = True
) -> Station:
    return Station(
        code=code,
        kind=_kind(code, parent),
        parent=parent,
        path=(code,),
        status=StationStatus.OPEN if is_open else StationStatus.SUSPENDED,
        facts=StationFacts(
            name_plate=f"零工驿站（{name or code[-2:]}）", short_name=name or f"站{code[-2:]}"
        ),
        sequence=sequence,
    )


def _kind(code: str, parent: str | None) -> StationKind:
    if parent is None:
        return StationKind.COUNTY_MARKET
    return StationKind.TOWN_STATION if len(code) == len(TOWN) else StationKind.COMMUNITY_STATION


def station_event(node: Station) -> Event[Any]:
    maker = StationAdded if node.sequence == 1 else StationAmended
    return event(maker(station=node, by="test"), subject=node.code, sequence=node.sequence, station=node.code)


def posting(
    number: int,
    at_station: str,
    *,
    sequence: int = 4,
    status: PostingStatus = PostingStatus.PUBLISHED,
    starts_in_hours: float = 1,
    headcount: int = 3,
    taken: int = 0,
    trade: str = "搬运工",
    stale: bool = False,
    overflow: OverflowReach | None = None,
    overflow_to: tuple[str, ...] = (),
) -> Posting:
    starts_at = NOON + timedelta(hours=starts_in_hours)
    return Posting(
        id=posting_id(number),
        station=at_station,
        employer_id=identifier(4, 1),
        employer_name="某某公司",
        status=status,
        terms=PostingTerms(
            trade=trade,
            wage=Wage(fen=18000, unit=WageUnit.DAY),
            settlement=Settlement.DAILY,
            headcount=headcount,
            place="城东市场北门",
            starts_at=starts_at,
        ),
        source=PostingSource.PHONE,
        taken=taken,
        created_at=NOON,
        published_at=NOON,
        verified_at=NOON - timedelta(hours=2),
        stale_at=NOON if stale else None,
        overflow=overflow,
        overflow_to=overflow_to,
        expires_at=starts_at,
        sequence=sequence,
    )


def posting_event(one: Posting, *, at: datetime = NOON) -> Event[Any]:
    maker = PostingPublished if one.status is PostingStatus.PUBLISHED else PostingWithdrawn
    return event(
        maker(posting=one, by="test"), subject=one.id, sequence=one.sequence, station=one.station, at=at
    )


def notice(
    number: int,
    at_station: str,
    *,
    sequence: int = 1,
    reach: NoticeReach = NoticeReach.STATION,
    ended: bool = False,
    text: str = "明日停电",
) -> Notice:
    return Notice(
        id=notice_id(number),
        station=at_station,
        reach=reach,
        text=text,
        valid_from=NOON,
        valid_until=NOON + timedelta(days=1),
        ended_at=NOON if ended else None,
        sequence=sequence,
    )


def fair(
    number: int,
    at_station: str,
    *,
    sequence: int = 2,
    status: FairStatus = FairStatus.ANNOUNCED,
    linked: tuple[str, ...] = (),
    confirmed: int = 6,
    opens_in_days: float = 5,
    ended: bool = False,
) -> Fair:
    opens_at = NOON + timedelta(days=opens_in_days)
    return Fair(
        id=fair_id(number),
        station=at_station,
        status=status,
        plan=FairPlan(
            title="春季专场招聘会",
            place="老农贸市场广场",
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=4),
            linked=linked,
            booths=20,
        ),
        counts=FairCounts(confirmed=confirmed),
        created_at=NOON,
        announced_at=NOON,
        ended_at=NOON if ended else None,
        sequence=sequence,
    )


def fair_event(one: Fair) -> Event[Any]:
    makers = {FairStatus.ANNOUNCED: FairAnnounced, FairStatus.CANCELLED: FairCancelled}
    maker = FairEnded if one.ended_at else makers.get(one.status, FairAmended)
    return event(maker(fair=one, by="test"), subject=one.id, sequence=one.sequence, station=one.station)


def notice_event(one: Notice) -> Event[Any]:
    maker = NoticePosted if one.ended_at is None else NoticeEnded
    return event(maker(notice=one, by="test"), subject=one.id, sequence=one.sequence, station=one.station)


def issued_event(number: int, at_station: str, code_sha256: str, *, sequence: int = 1) -> Event[Any]:
    issued = ScreenDeviceIssued(
        device_id=device_id(number), station=at_station, code_sha256=code_sha256, by="test"
    )
    return event(issued, subject=device_id(number), sequence=sequence, station=at_station)


def revoked_event(number: int, at_station: str, *, sequence: int = 2) -> Event[Any]:
    revoked = ScreenDeviceRevoked(device_id=device_id(number), station=at_station, by="test")
    return event(revoked, subject=device_id(number), sequence=sequence, station=at_station)


def seeker_card(number: int, at_station: str, *, sequence: int = 1, called: str = "王师傅") -> SeekerCard:
    return SeekerCard(
        id=card_id(number),
        station=at_station,
        called=called,
        age_band="30–39岁",
        trades=("泥瓦工", "小工"),
        days=(1, 2, 3, 4, 5),
        sequence=sequence,
    )


def shown_event(card: SeekerCard) -> Event[Any]:
    told = SeekerCardShown(card=card, by="test")
    return event(told, subject=card.id, sequence=card.sequence, station=card.station)


def dropped_event(number: int, at_station: str, *, sequence: int = 2) -> Event[Any]:
    told = SeekerCardDropped(card_id=card_id(number), station=at_station, by="test")
    return event(told, subject=card_id(number), sequence=sequence, station=at_station)


def waiting_event(
    at_station: str, *, sequence: int = 1, people: int = 3, day: date = TODAY, at: datetime = NOON
) -> Event[Any]:
    waiting = Waiting(
        station=at_station,
        date=day,
        order=QueueOrder.DRAW,
        checked_in=people + 2,
        people=people,
        by_trade=(TradeCount(trade="小工", people=people),) if people else (),
        next=tuple(ticket(number) for number in range(1, people + 1)),
    )
    subject = f"{at_station}:{day.isoformat()}"
    return event(
        WaitingChanged(waiting=waiting), subject=subject, sequence=sequence, station=at_station, at=at
    )


def ticket(number: int) -> str:
    return f"A{number:03d}"


def called_event(
    number: int, at_station: str, *, times: int = 1, day: date = TODAY, at: datetime = NOON
) -> Event[Any]:
    called = CalledTicket(number=ticket(number), times=times, at=at)
    told = TicketCalled(station=at_station, date=day, called=called, by="test")
    subject = f"{at_station}:{day.isoformat()}:{called.number}"
    return event(told, subject=subject, sequence=times, station=at_station, at=at)


def message_id(number: int) -> str:
    return identifier(7, number)


def message_event(
    number: int, at_station: str, *, day: date = TODAY, at: datetime = NOON, minutes: float = 10
) -> Event[Any]:
    """Something for the holder of the number-th slip."""
    message = NumberMessage(
        id=message_id(number),
        date=day,
        number=ticket(number),
        text="快轮到您了，请到服务台旁等候",
        at=at,
        until=at + timedelta(minutes=minutes),
    )
    told = ScreenMessageIssued(station=at_station, message=message, delivery_id=identifier(8, number))
    return event(told, subject=message.id, sequence=1, station=at_station, at=at)


#: What a draw comes to, step by step; the sequence of each is its place, from 1.
DRAW_STEPS = (DrawCommitted, DrawClosed, DrawRevealed, DrawAmended)


def draw_event(
    at_station: str,
    *,
    sequence: int = 1,
    day: date = TODAY,
    reason: str = "腿脚不便，先安排",
    at: datetime = NOON,
) -> Event[Any]:
    """The draw after so many steps; from the fourth on each is one more change by hand."""
    order = (ticket(2), ticket(1))
    overrides = tuple(
        DrawOverride(ticket=ticket(1 + step % 2), position=1, reason=reason, by="staff", at=NOON)
        for step in range(max(0, sequence - 3))
    )
    closed = sequence > 1
    draw = Draw(
        station=at_station,
        date=day,
        commitment="c0" * 32,
        closed_at=NOON if closed else None,
        tickets=tuple(WeightedTicket(number=ticket(number)) for number in (1, 2)) if closed else (),
        tickets_sha256="d1" * 32 if closed else None,
        seed="5e" * 32 if sequence > 2 else None,
        order=order if sequence > 2 else (),
        overrides=overrides,
        queue=order if sequence > 2 else (),
    )
    step = DRAW_STEPS[min(sequence, 4) - 1]
    subject = f"{at_station}:{day.isoformat()}"
    return event(step(draw=draw, by="test"), subject=subject, sequence=sequence, station=at_station, at=at)


def fact(of_event: Event[Any]) -> Fact:
    told = fact_of(of_event)
    assert told is not None
    return told


# --- the naive projection ------------------------------------------------------------------------------


def newest(facts: Iterable[Fact]) -> dict[tuple[FactKind, str], Fact]:
    kept: dict[tuple[FactKind, str], Fact] = {}
    for one in facts:
        if one.key not in kept or kept[one.key].sequence < one.sequence:
            kept[one.key] = one
    return kept


def naive_state(facts: Iterable[Fact], code: str) -> ScreenState:
    """What a station's screen shows, worked out from the definition, with no regard to cost."""
    bodies = [one.body for one in newest(facts).values() if one.gone_at is None]
    stations = {one.code: one for one in bodies if isinstance(one, Station)}

    def homes(of: str | None) -> list[str]:
        found: list[str] = []
        while of is not None and of in stations and of not in found:
            found.append(of)
            of = stations[of].parent
        return found

    def asked(one: OpenPosting) -> bool:
        """Whether this station is asked for hands of another's."""
        above = homes(one.station)
        return bool(above) and (
            code in one.overflow_to
            if one.overflow is OverflowReach.NEIGHBOURS
            else one.overflow is OverflowReach.COUNTY and above[-1] in homes(code)
        )

    postings = [one for one in bodies if isinstance(one, OpenPosting)]
    shown = [one for one in postings if code in homes(one.station) or asked(one)]
    rows = sorted((_row(one, stations[one.station]) for one in shown), key=row_order)
    lines = [
        NoticeLine(id=one.id, text=one.text, valid_from=one.valid_from, valid_until=one.valid_until)
        for one in bodies
        if isinstance(one, Notice)
        and (one.station == code or (one.reach is NoticeReach.SUBTREE and one.station in homes(code)))
    ]
    fairs = [
        _fair_card(one, stations[one.station])
        for one in bodies
        if isinstance(one, OpenFair)
        and one.station in stations
        and (code in homes(one.station) or one.station in homes(code) or code in one.linked)
    ]
    branches = []
    for child in stations.values():
        at_child = [
            one for one in bodies if isinstance(one, OpenPosting) and child.code in homes(one.station)
        ]
        if child.parent == code and at_child:
            hands = sum(one.missing for one in at_child)
            name = child.facts.short_name
            branch = Branch(station=child.code, short_name=name, postings=len(at_child), hands=hands)
            branches.append(branch)
    cards = [one for one in bodies if isinstance(one, SeekerCard) and code in homes(one.station)]
    workers = sorted((_worker(one, stations[one.station]) for one in cards), key=lambda one: one.id)
    of_day = [one for one in bodies if isinstance(one, DayBody) and one.station == code]
    newest_day = max((one.line.date for one in of_day), default=None)
    today = [one for one in of_day if one.line.date == newest_day]
    calls = sorted((one.line for one in today if isinstance(one, DayCall)), key=call_order)
    messages = sorted((one.line for one in today if isinstance(one, DayMessage)), key=message_order)
    own = stations[code]
    if own.kind not in (StationKind.COUNTY_MARKET, StationKind.TOWN_STATION):
        branches = []
    return ScreenState(
        station=StationCard(code=code, kind=own.kind, open=own.status is StationStatus.OPEN, facts=own.facts),
        rows=tuple(rows[:ROW_LIMIT]),
        notices=tuple(sorted(lines, key=notice_order)),
        totals=Totals(postings=len(rows), hands=sum(row.missing for row in rows), cards=len(workers)),
        fairs=tuple(sorted(fairs, key=fair_order)[:FAIR_LIMIT]),
        branches=tuple(sorted(branches, key=branch_order)[:BRANCH_LIMIT]),
        cards=tuple(workers[: -CARD_LIMIT - 1 : -1]),
        waiting=next((one.line for one in today if isinstance(one, DayWaiting)), None),
        called=tuple(calls[:CALL_LIMIT]),
        draw=next((one.line for one in today if isinstance(one, DayDraw)), None),
        messages=tuple(messages[:MESSAGE_LIMIT]),
    )


def _worker(card: SeekerCard, at: Station) -> WorkerCard:
    return WorkerCard(**card.model_dump(), from_station=at.facts.short_name)


def _row(one: OpenPosting, at: Station) -> JobRow:
    fields = one.model_dump(exclude={"wage", "overflow_to"})
    return JobRow(**fields, wage=one.wage, from_station=at.facts.short_name)


def _fair_card(one: OpenFair, at: Station) -> FairCard:
    return FairCard(**one.model_dump(exclude={"linked"}), from_station=at.facts.short_name)


def known_stations(facts: Iterable[Fact]) -> set[str]:
    return {one.id for one in newest(facts).values() if isinstance(one.body, Station)}


# --- a screen --------------------------------------------------------------------------------------------


class FollowingScreen:
    """What a page does with what it is sent: the protocol's client side, without a socket.

    As a channel's listener it takes frames that are plain JSON. deaf: it loses what is written meanwhile.
    """

    def __init__(self) -> None:
        self.offset = -1
        self.epoch: str | None = None
        self.held_offset: int | None = None
        self.state: ScreenState | None = None
        self.refused: Refused | None = None
        self.out_of_step = False
        self.deaf = False
        self.heard: list[str] = []

    def write(self, frame: bytes) -> None:
        if self.deaf:
            return
        message = from_server.validate_json(frame)
        self.heard.append(message.type)
        match message:
            case Snapshot():
                self.epoch, self.held_offset, self.state = message.epoch, message.offset, message.state
                self.out_of_step = False
            case Delta():
                self._delta(message)
            case Heartbeat():
                if (message.epoch, message.offset) != (self.epoch, self.held_offset):
                    self.out_of_step = True
            case Refused():
                self.refused = message

    def _delta(self, delta: Delta) -> None:
        if self.state is None or self.held_offset is None or delta.epoch != self.epoch:
            self.out_of_step = True
        elif delta.offset == self.held_offset + 1:
            self.state = apply_changes(self.state, delta.changes)
            self.held_offset = delta.offset
        elif delta.offset > self.held_offset:
            self.out_of_step = True
