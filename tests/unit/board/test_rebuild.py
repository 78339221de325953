"""The owners are asked page by page."""

from __future__ import annotations

from typing import Any

from services.board.facts import FactKind
from services.board.rebuild import OwnersByRpc
from services.board.telling import facts_of_days
from tests.unit.board.world import (
    MARKET,
    NOON,
    TODAY,
    TOWN,
    called_event,
    card_id,
    draw_event,
    fact,
    fair,
    fair_id,
    notice,
    posting,
    posting_id,
    seeker_card,
    station,
    waiting_event,
)
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.checkins import CalledTicket
from yizhan.contracts.fairs import FairsRpc, LiveFairs
from yizhan.contracts.jobs import JobsRpc, LivePostings, PostingStatus
from yizhan.contracts.seeker_cards import LiveCards, SeekerCardsRpc
from yizhan.contracts.station_days import ExportedDay, LiveDays, StationDaysRpc
from yizhan.contracts.stations import NetworkExport, StationsRpc


def exported_day(at_station: str, *, told: int) -> ExportedDay:
    return ExportedDay(
        station=at_station,
        waiting=waiting_event(at_station).data.waiting,
        waiting_sequence=told,
        called=(CalledTicket(number="A002", times=3, at=NOON), CalledTicket(number="A001", times=1, at=NOON)),
        draw=draw_event(at_station, sequence=3).data.draw,
        draw_sequence=3,
    )


class PagedRpc:
    """Answers each export in two pages, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._pages: dict[tuple[str, str | None], Any] = {
            (StationsRpc.export_network.name, None): NetworkExport(
                stations=(station(MARKET, None),), notices=(), devices=(), next="one"
            ),
            (StationsRpc.export_network.name, "one"): NetworkExport(
                stations=(station(TOWN, MARKET),), notices=(notice(1, TOWN),), devices=(), next=None
            ),
            (JobsRpc.export_live_postings.name, None): LivePostings(
                postings=(posting(1, TOWN),), next=posting_id(1)
            ),
            (JobsRpc.export_live_postings.name, posting_id(1)): LivePostings(
                postings=(posting(2, TOWN), posting(3, TOWN, status=PostingStatus.WITHDRAWN)), next=None
            ),
            (FairsRpc.export_live_fairs.name, None): LiveFairs(fairs=(fair(1, TOWN),), next=fair_id(1)),
            (FairsRpc.export_live_fairs.name, fair_id(1)): LiveFairs(
                fairs=(fair(2, TOWN, ended=True),), next=None
            ),
            (SeekerCardsRpc.export_live_cards.name, None): LiveCards(
                cards=(seeker_card(1, TOWN),), next=card_id(1)
            ),
            (SeekerCardsRpc.export_live_cards.name, card_id(1)): LiveCards(
                cards=(seeker_card(2, TOWN),), next=None
            ),
            (StationDaysRpc.export_days.name, None): LiveDays(
                date=TODAY, days=(exported_day(MARKET, told=0),), next=MARKET
            ),
            (StationDaysRpc.export_days.name, MARKET): LiveDays(
                date=TODAY, days=(exported_day(TOWN, told=5),), next=None
            ),
        }

    async def call(self, method: Any, body: Any, *, actor: Any, **_: Any) -> Any:
        assert actor == SYSTEM
        self.asked.append((method.name, body.after))
        return self._pages[method.name, body.after]


async def test_every_page_of_every_owner_is_read() -> None:
    """Stations first, then postings, fairs, cards and days; only what is on the screens is a fact."""
    rpc = PagedRpc()
    owners = OwnersByRpc(rpc, FrozenClock(NOON))  # type: ignore[arg-type]
    facts = [one async for page in owners.export() for one in page]
    assert [one.kind for one in facts] == [
        FactKind.STATION,
        FactKind.STATION,
        FactKind.NOTICE,
        FactKind.POSTING,
        FactKind.POSTING,
        FactKind.FAIR,
        FactKind.CARD,
        FactKind.CARD,
        # The market's day has begun, and who waits there was never told.
        FactKind.DRAW,
        FactKind.CALL,
        FactKind.CALL,
        FactKind.WAITING,
        FactKind.DRAW,
        FactKind.CALL,
        FactKind.CALL,
    ]
    assert len(rpc.asked) == 10


def test_an_exported_day_is_as_new_as_its_events() -> None:
    """What was told before changes nothing, what is told next does."""
    page = LiveDays(date=TODAY, days=(exported_day(TOWN, told=5),), next=None)
    told = [
        fact(waiting_event(TOWN, sequence=5)),
        fact(draw_event(TOWN, sequence=3)),
        fact(called_event(2, TOWN, times=3)),
        fact(called_event(1, TOWN, times=1)),
    ]
    assert list(facts_of_days(page)) == told
