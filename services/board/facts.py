"""What the board remembers of each aggregate: its newest public state, or that it is gone. Pure.

Every event carries its aggregate whole, so the newest sequence is all that is needed: an older one is
ignored and a gap is harmless. What is gone leaves a tombstone, so that a late older event cannot raise it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter

from yizhan.contracts.base import Identifier, Message, Moment, PublicLine, PublicText, Sequence, StationCode
from yizhan.contracts.envelope import Event
from yizhan.contracts.fairs import Fair, FairStatus, LiveFairs
from yizhan.contracts.jobs import LivePostings, Posting, PostingStatus, Settlement, Wage
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

#: How long a tombstone is kept: far longer than any event can be late (the retry ladder ends after minutes).
TOMBSTONE_LIFE = timedelta(days=1)


class FactKind(StrEnum):
    STATION = "station"
    POSTING = "posting"
    NOTICE = "notice"
    DEVICE = "device"
    FAIR = "fair"


class OpenPosting(Message):
    """A published posting as far as screens care: no employer, no description, nobody's name."""

    id: Identifier
    sequence: Sequence
    station: StationCode
    trade: Annotated[PublicText, Field(max_length=12)]
    wage: Wage
    settlement: Settlement
    headcount: Annotated[int, Field(ge=1)]
    missing: Annotated[int, Field(ge=0)]
    place: PublicLine
    starts_at: Moment
    ends_at: Moment | None
    expires_at: Moment
    meals: bool
    lodging: bool
    transport: bool
    published_at: Moment
    verified_at: Moment | None = None
    stale: bool = False


class OpenFair(Message):
    """An announced fair as far as screens care: how many employers, and none of their names."""

    id: Identifier
    sequence: Sequence
    station: StationCode
    title: PublicLine
    place: PublicLine
    opens_at: Moment
    closes_at: Moment
    companies: Annotated[int, Field(ge=0)]
    linked: tuple[StationCode, ...]


Body: TypeAlias = Station | OpenPosting | Notice | DeviceHash | OpenFair
FactKey: TypeAlias = tuple[FactKind, str]

_BODIES: dict[
    FactKind, type[Station] | type[OpenPosting] | type[Notice] | type[DeviceHash] | type[OpenFair]
] = {
    FactKind.FAIR: OpenFair,
    FactKind.STATION: Station,
    FactKind.POSTING: OpenPosting,
    FactKind.NOTICE: Notice,
    FactKind.DEVICE: DeviceHash,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One aggregate at `sequence`. gone_at: when it left for good, None while it lives.

    body: the aggregate; of what is gone it is None, except of a device, whose code stays known as void.
    """

    kind: FactKind
    id: str
    sequence: int
    body: Body | None
    gone_at: datetime | None = None

    @property
    def key(self) -> FactKey:
        return self.kind, self.id

    def purgeable(self, now: datetime) -> bool:
        """Whether this tombstone has served its time. A device's stays: its code is to be known as void."""
        return (
            self.kind is not FactKind.DEVICE
            and self.gone_at is not None
            and now - self.gone_at > TOMBSTONE_LIFE
        )


class _StoredFact(Message):
    sequence: Sequence
    gone_at: Moment | None
    body: dict[str, Any] | None


_stored = TypeAdapter(_StoredFact)


def field_of(key: FactKey) -> str:
    """The name under which a fact is kept: `posting:<id>`."""
    return f"{key[0]}:{key[1]}"


def to_json(fact: Fact) -> str:
    """A fact as it is kept."""
    body = "null" if fact.body is None else fact.body.model_dump_json()
    gone_at = "null" if fact.gone_at is None else f'"{fact.gone_at.isoformat()}"'
    return f'{{"sequence":{fact.sequence},"gone_at":{gone_at},"body":{body}}}'


def from_json(field: str, text: str | bytes) -> Fact:
    """A kept fact. Raises ValueError (pydantic.ValidationError is one) when it is none."""
    kind_name, _, id = field.partition(":")
    kind = FactKind(kind_name)
    stored = _stored.validate_json(text)
    body = None if stored.body is None else _BODIES[kind].tolerant(stored.body)
    return Fact(kind, id, stored.sequence, body, stored.gone_at)


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
    )
    return Fact(FactKind.DEVICE, issued.device_id, event.sequence, body)


def _of_revoked(event: Event[Any]) -> Fact:
    return Fact(FactKind.DEVICE, event.data.device_id, event.sequence, None, event.time)


_READERS: dict[str, Callable[[Event[Any]], Fact | None]] = {
    StationAdded.event_type: _of_station,
    StationAmended.event_type: _of_station,
    NoticePosted.event_type: _of_notice,
    NoticeEnded.event_type: _of_notice,
    ScreenDeviceIssued.event_type: _of_issued,
    ScreenDeviceRevoked.event_type: _of_revoked,
}


#: Of these every event carries the aggregate whole, and how it stands tells all, whatever happened to it.
_WHOLE = {"jobs.posting": _of_posting, "jobs.fair": _of_fair}


def fact_of(event: Event[Any]) -> Fact | None:
    """What an event tells the board; None when it is of no concern to screens."""
    reader = _READERS.get(event.type) or _WHOLE.get(".".join(event.type.split(".")[:2]))
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
