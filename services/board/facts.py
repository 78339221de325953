"""What the board remembers of each aggregate: its newest public state, or that it is gone. Pure.

Every event carries its aggregate whole, so the newest sequence is all that is needed: an older one is
ignored and a gap is harmless. What is gone leaves a tombstone, so that a late older event cannot raise it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter

from yizhan.contracts.base import Identifier, Message, Moment, PublicLine, PublicText, Sequence, StationCode
from yizhan.contracts.jobs import OverflowReach, Settlement, Wage
from yizhan.contracts.screen import CalledNumber, DrawCard, NumberMessage, WaitingLine
from yizhan.contracts.seeker_cards import SeekerCard
from yizhan.contracts.stations import DeviceHash, Notice, Station

#: How long a tombstone is kept: far longer than any event can be late (the retry ladder ends after minutes).
TOMBSTONE_LIFE = timedelta(days=1)


class FactKind(StrEnum):
    STATION = "station"
    POSTING = "posting"
    NOTICE = "notice"
    DEVICE = "device"
    FAIR = "fair"
    CARD = "card"
    WAITING = "waiting"
    CALL = "call"
    DRAW = "draw"
    MESSAGE = "message"


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
    overflow: OverflowReach | None = None
    overflow_to: tuple[StationCode, ...] = ()


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


class DayWaiting(Message):
    """Who waits at a station on a day, as far as its screens care."""

    station: StationCode
    line: WaitingLine


class DayCall(Message):
    """A number that was called at a station."""

    station: StationCode
    line: CalledNumber


class DayDraw(Message):
    """A station's draw without its list, which a screen only counts."""

    station: StationCode
    line: DrawCard


class DayMessage(Message):
    """Something told at a station by number, as services/notify issued it; nobody tells it again."""

    station: StationCode
    line: NumberMessage


#: What is of one station and one day, and of no concern the day after. `line.date` is the day.
DayBody: TypeAlias = DayWaiting | DayCall | DayDraw | DayMessage
Body: TypeAlias = Station | OpenPosting | Notice | DeviceHash | OpenFair | SeekerCard | DayBody
FactKey: TypeAlias = tuple[FactKind, str]

_BODIES: dict[FactKind, type[Message]] = {
    FactKind.CARD: SeekerCard,
    FactKind.WAITING: DayWaiting,
    FactKind.CALL: DayCall,
    FactKind.DRAW: DayDraw,
    FactKind.MESSAGE: DayMessage,
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

    @property
    def day(self) -> date | None:
        """The day that this is of; None for what does not end with one."""
        return self.body.line.date if isinstance(self.body, DayBody) else None

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
    body: Any = None if stored.body is None else _BODIES[kind].tolerant(stored.body)
    return Fact(kind, id, stored.sequence, body, stored.gone_at)
