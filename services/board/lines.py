"""What stands on a screen of a station, a posting, a notice, a fair, somebody who looks for work. Pure."""

from __future__ import annotations

from services.board.facts import OpenFair, OpenPosting
from yizhan.contracts.screen import Branch, FairCard, JobRow, NoticeLine, StationCard, Totals, WorkerCard
from yizhan.contracts.seeker_cards import SeekerCard
from yizhan.contracts.stations import Notice, Station, StationKind, StationStatus

#: The kinds of station whose screens sum up what is below them.
_SUMMING = (StationKind.COUNTY_MARKET, StationKind.TOWN_STATION)


def card_of(station: Station) -> StationCard:
    """What a station's own screen says of it."""
    return StationCard(
        code=station.code,
        kind=station.kind,
        open=station.status is StationStatus.OPEN,
        facts=station.facts,
    )


def line_of(notice: Notice) -> NoticeLine:
    """A notice on a screen."""
    return NoticeLine(
        id=notice.id, text=notice.text, valid_from=notice.valid_from, valid_until=notice.valid_until
    )


def row_of(posting: OpenPosting, station: Station) -> JobRow:
    """A posting on a screen; station: its own."""
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
        verified_at=posting.verified_at,
        stale=posting.stale,
        overflow=posting.overflow,
    )


def fair_card_of(fair: OpenFair, station: Station) -> FairCard:
    """A fair on a screen; station: its host."""
    return FairCard(
        id=fair.id,
        sequence=fair.sequence,
        title=fair.title,
        place=fair.place,
        opens_at=fair.opens_at,
        closes_at=fair.closes_at,
        companies=fair.companies,
        station=fair.station,
        from_station=station.facts.short_name,
    )


def worker_card_of(card: SeekerCard, station: Station) -> WorkerCard:
    """Somebody's card on a screen; station: its own."""
    return WorkerCard(
        id=card.id,
        sequence=card.sequence,
        called=card.called,
        age_band=card.age_band,
        trades=card.trades,
        days=card.days,
        station=card.station,
        from_station=station.facts.short_name,
    )


def sums_up(station: Station) -> bool:
    """Whether a station's screens sum up what is below it."""
    return station.kind in _SUMMING


def branch_of(station: Station, totals: Totals) -> Branch | None:
    """A station in the sums of the one above it; None while it has no postings."""
    if totals.postings == 0:
        return None
    return Branch(
        station=station.code,
        short_name=station.facts.short_name,
        postings=totals.postings,
        hands=totals.hands,
    )
