"""What services/seekers says in public of people who look for work (零工求职信息), and of the street."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, PublicText, Sequence, StationCode
from yizhan.contracts.checkins import CountyDay, TradeCount
from yizhan.contracts.envelope import Facts
from yizhan.contracts.personal import Personal
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import Trade, Weekday

# --- values -------------------------------------------------------------------------------------------


class SeekerCard(Message):
    """Somebody on a screen, with his consent and as he is called there.

    id: the card's own, which leads nobody to the register; a new consent makes a new card. called: 王师傅, or
    a number of four digits, as the person chose. age_band: as in 30–39岁. days: on which he is free, 1 is
    Monday. A card stays at its station; who moves to another gets a new one there.
    """

    id: Identifier
    station: StationCode
    called: Annotated[PublicText, Field(max_length=8), Personal("求职者")]
    age_band: Annotated[PublicText, Field(max_length=8)]
    trades: Annotated[tuple[Trade, ...], Field(min_length=1, max_length=8)]
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    sequence: Sequence


# --- events -------------------------------------------------------------------------------------------


class SeekerCardShown(Facts):
    """A card is on the screens, new or changed. Subject: the card's id."""

    event_type: ClassVar[str] = "seekers.card.shown.v1"
    card: SeekerCard
    by: str


class SeekerCardDropped(Facts):
    """A card leaves every screen at once, for good. Says nothing of whom it was. Subject: the card's id."""

    event_type: ClassVar[str] = "seekers.card.dropped.v1"
    card_id: Identifier
    station: StationCode
    by: str


class StreetCounted(Facts):
    """People were counted who wait for work in the street (街头零工). Subject: `<station>:<date>`.

    station: the one that counted, mostly a contact point. counts: the day's totals so far, the most first.
    """

    event_type: ClassVar[str] = "seekers.street.counted.v1"
    station: StationCode
    date: CountyDay
    counts: tuple[TradeCount, ...]
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class CountStreet(Message):
    """One tap, or several at once. id: made by whoever counts, so that what is sent twice counts once."""

    station: StationCode
    id: Identifier
    trade: Trade
    people: Annotated[int, Field(ge=1, le=500)] = 1


class StreetQuery(Message):
    """date: None for today."""

    station: StationCode
    date: CountyDay | None = None


class StreetCounts(Message):
    """counts: by trade, the most first."""

    station: StationCode
    date: CountyDay
    counts: tuple[TradeCount, ...]


class ExportCards(Message):
    """A page of all live cards, by id, for a rebuild. `after`: the last id of the page before."""

    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 500


class LiveCards(Message):
    cards: tuple[SeekerCard, ...]
    next: Identifier | None


class SeekerCardsRpc:
    """The methods of services/seekers that are about what is public."""

    count_street = Method("seekers", "count_street", CountStreet, StreetCounts, command=True)
    get_street_counts = Method("seekers", "get_street_counts", StreetQuery, StreetCounts, command=False)
    export_live_cards = Method("seekers", "export_live_cards", ExportCards, LiveCards, command=False)
