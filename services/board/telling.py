"""What owners tell, in events and in exports, read as facts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from services.board.facts import (
    DayCall,
    DayDraw,
    DayMessage,
    DayWaiting,
    Fact,
    FactKind,
    OpenFair,
    OpenPosting,
)
from yizhan.contracts.checkins import CalledTicket, TicketCalled, Waiting, WaitingChanged
from yizhan.contracts.draws import Draw
from yizhan.contracts.envelope import Event, family_of
from yizhan.contracts.fairs import Fair, FairStatus, LiveFairs
from yizhan.contracts.jobs import LivePostings, Posting, PostingStatus
from yizhan.contracts.screen import (
    NEXT_LIMIT,
    OVERRIDE_LIMIT,
    TRADE_LIMIT,
    CalledNumber,
    DrawCard,
    OverrideLine,
    WaitingLine,
)
from yizhan.contracts.screen_messages import ScreenMessageIssued
from yizhan.contracts.seeker_cards import LiveCards, SeekerCard, SeekerCardDropped, SeekerCardShown
from yizhan.contracts.station_days import LiveDays
from yizhan.contracts.stations import (
    DeviceHash,
    NetworkExport,
    Notice,
    NoticeEnded,
    NoticePosted,
    ScreenDeviceIssued,
    ScreenDeviceRevoked,
    Station,
    StationAdded,
    StationAmended,
)


def open_posting(posting: Posting, published_at: datetime) -> OpenPosting:
    """What the screens need of a posting. `published_at` stands in where the posting does not say."""
    terms = posting.terms
    return OpenPosting(
        id=posting.id,
        sequence=posting.sequence,
        station=posting.station,
        trade=terms.trade,
        wage=terms.wage,
        settlement=terms.settlement,
        headcount=terms.headcount,
        missing=max(0, terms.headcount - posting.taken),
        place=terms.place,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        expires_at=posting.expires_at,
        meals=terms.meals,
        lodging=terms.lodging,
        transport=terms.transport,
        published_at=posting.published_at or published_at,
        verified_at=posting.confirmed_at or posting.verified_at,
        stale=posting.stale_at is not None,
        overflow=posting.overflow,
        overflow_to=posting.overflow_to,
    )


#: A fair is on the screens in these, until its time is over.
_ON_SCREENS = (FairStatus.ANNOUNCED, FairStatus.HELD)


def open_fair(fair: Fair) -> OpenFair | None:
    """What the screens need of a fair; None when they do not show it."""
    if fair.status not in _ON_SCREENS or fair.ended_at is not None:
        return None
    return OpenFair(
        id=fair.id,
        sequence=fair.sequence,
        station=fair.station,
        title=fair.plan.title,
        place=fair.plan.place,
        opens_at=fair.plan.opens_at,
        closes_at=fair.plan.closes_at,
        companies=fair.counts.confirmed + fair.counts.came,
        linked=fair.plan.linked,
    )


def day_id(station: str, day: date) -> str:
    """A day's id: `<station>:<date>`, as its events' subject has it."""
    return f"{station}:{day.isoformat()}"


def waiting_fact(waiting: Waiting, sequence: int) -> Fact:
    """Who waits, cut to what a screen gets."""
    line = WaitingLine(
        date=waiting.date,
        order=waiting.order,
        checked_in=waiting.checked_in,
        people=waiting.people,
        by_trade=waiting.by_trade[:TRADE_LIMIT],
        next=waiting.next[:NEXT_LIMIT],
    )
    body = DayWaiting(station=waiting.station, line=line)
    return Fact(FactKind.WAITING, day_id(waiting.station, waiting.date), sequence, body)


def call_fact(station: str, day: date, called: CalledTicket) -> Fact:
    """A number that was called; each call is one sequence on."""
    line = CalledNumber(date=day, number=called.number, times=called.times, at=called.at)
    body = DayCall(station=station, line=line)
    return Fact(FactKind.CALL, f"{day_id(station, day)}:{called.number}", called.times, body)


def draw_fact(draw: Draw, sequence: int) -> Fact:
    """A draw, cut to what a screen gets: who ordered a change by hand stays in the public record."""
    overrides = tuple(
        OverrideLine(ticket=one.ticket, position=one.position, reason=one.reason, at=one.at)
        for one in draw.overrides[: -OVERRIDE_LIMIT - 1 : -1]
    )
    line = DrawCard(
        date=draw.date,
        commitment=draw.commitment,
        closed_at=draw.closed_at,
        tickets=len(draw.tickets),
        tickets_sha256=draw.tickets_sha256,
        seed=draw.seed,
        late=len(draw.late),
        overridden=len(draw.overrides),
        overrides=overrides,
    )
    body = DayDraw(station=draw.station, line=line)
    return Fact(FactKind.DRAW, day_id(draw.station, draw.date), sequence, body)


def _of_station(event: Event[Any]) -> Fact:
    station: Station = event.data.station
    return Fact(FactKind.STATION, station.code, event.sequence, station)


def _of_posting(event: Event[Any]) -> Fact | None:
    posting: Posting = event.data.posting
    if posting.status is PostingStatus.PUBLISHED:
        return Fact(FactKind.POSTING, posting.id, event.sequence, open_posting(posting, event.time))
    if posting.published_at is None:
        # It never was on a screen: there is nothing to take off, and nothing to remember.
        return None
    return Fact(FactKind.POSTING, posting.id, event.sequence, None, event.time)


def _of_fair(event: Event[Any]) -> Fact | None:
    fair: Fair = event.data.fair
    body = open_fair(fair)
    if body is None and fair.announced_at is None:
        return None
    return Fact(FactKind.FAIR, fair.id, event.sequence, body, event.time if body is None else None)


def _of_notice(event: Event[Any]) -> Fact:
    notice: Notice = event.data.notice
    if notice.ended_at is not None or isinstance(event.data, NoticeEnded):
        return Fact(FactKind.NOTICE, notice.id, event.sequence, None, event.time)
    return Fact(FactKind.NOTICE, notice.id, event.sequence, notice)


def _of_issued(event: Event[Any]) -> Fact:
    issued: ScreenDeviceIssued = event.data
    body = DeviceHash(
        device_id=issued.device_id,
        station=issued.station,
        code_sha256=issued.code_sha256,
        sequence=event.sequence,
        label=issued.label,
    )
    return Fact(FactKind.DEVICE, issued.device_id, event.sequence, body)


def _of_revoked(event: Event[Any]) -> Fact:
    return Fact(FactKind.DEVICE, event.data.device_id, event.sequence, None, event.time)


def _of_shown(event: Event[Any]) -> Fact:
    card: SeekerCard = event.data.card
    return Fact(FactKind.CARD, card.id, event.sequence, card)


def _of_dropped(event: Event[Any]) -> Fact:
    return Fact(FactKind.CARD, event.data.card_id, event.sequence, None, event.time)


def _of_waiting(event: Event[Any]) -> Fact:
    return waiting_fact(event.data.waiting, event.sequence)


def _of_call(event: Event[Any]) -> Fact:
    return call_fact(event.data.station, event.data.date, event.data.called)


def _of_message(event: Event[Any]) -> Fact:
    issued: ScreenMessageIssued = event.data
    body = DayMessage(station=issued.station, line=issued.message)
    return Fact(FactKind.MESSAGE, issued.message.id, event.sequence, body)


def _of_draw(event: Event[Any]) -> Fact:
    return draw_fact(event.data.draw, event.sequence)


_READERS: dict[str, Callable[[Event[Any]], Fact | None]] = {
    StationAdded.event_type: _of_station,
    StationAmended.event_type: _of_station,
    NoticePosted.event_type: _of_notice,
    NoticeEnded.event_type: _of_notice,
    ScreenDeviceIssued.event_type: _of_issued,
    ScreenDeviceRevoked.event_type: _of_revoked,
    SeekerCardShown.event_type: _of_shown,
    SeekerCardDropped.event_type: _of_dropped,
    WaitingChanged.event_type: _of_waiting,
    TicketCalled.event_type: _of_call,
    ScreenMessageIssued.event_type: _of_message,
}


#: Of these every event carries the aggregate whole, and how it stands tells all, whatever happened to it.
_WHOLE = {"jobs.posting": _of_posting, "jobs.fair": _of_fair, "seekers.draw": _of_draw}


def fact_of(event: Event[Any]) -> Fact | None:
    """What an event tells the board; None when it is of no concern to screens."""
    reader = _READERS.get(event.type) or _WHOLE.get(family_of(event.type))
    return None if reader is None else reader(event)


def facts_of_network(page: NetworkExport) -> Iterator[Fact]:
    """The facts in a page of the stations service's export."""
    for station in page.stations:
        yield Fact(FactKind.STATION, station.code, station.sequence, station)
    for notice in page.notices:
        yield Fact(FactKind.NOTICE, notice.id, notice.sequence, notice)
    for device in page.devices:
        yield Fact(FactKind.DEVICE, device.device_id, device.sequence, device)


def facts_of_postings(page: LivePostings, now: datetime) -> Iterator[Fact]:
    """The facts in a page of the jobs service's export."""
    for posting in page.postings:
        if posting.status is PostingStatus.PUBLISHED:
            yield Fact(FactKind.POSTING, posting.id, posting.sequence, open_posting(posting, now))


def facts_of_fairs(page: LiveFairs) -> Iterator[Fact]:
    """The facts in a page of the jobs service's export of fairs."""
    for fair in page.fairs:
        if (body := open_fair(fair)) is not None:
            yield Fact(FactKind.FAIR, fair.id, fair.sequence, body)


def facts_of_cards(page: LiveCards) -> Iterator[Fact]:
    """The facts in a page of the seekers service's export of cards."""
    for card in page.cards:
        yield Fact(FactKind.CARD, card.id, card.sequence, card)


def facts_of_days(page: LiveDays) -> Iterator[Fact]:
    """The facts in a page of the seekers service's export of today."""
    for day in page.days:
        if day.waiting_sequence:
            yield waiting_fact(day.waiting, day.waiting_sequence)
        if day.draw is not None and day.draw_sequence is not None:
            yield draw_fact(day.draw, day.draw_sequence)
        for called in day.called:
            yield call_fact(day.station, page.date, called)
