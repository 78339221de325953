"""The owners are asked page by page."""

from __future__ import annotations

from typing import Any

from services.board.facts import FactKind
from services.board.rebuild import OwnersByRpc
from tests.unit.board.world import (
    MARKET,
    NOON,
    TOWN,
    fair,
    fair_id,
    notice,
    posting,
    posting_id,
    station,
)
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.fairs import FairsRpc, LiveFairs
from yizhan.contracts.jobs import JobsRpc, LivePostings, PostingStatus
from yizhan.contracts.stations import NetworkExport, StationsRpc


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
        }

    async def call(self, method: Any, body: Any, *, actor: Any, **_: Any) -> Any:
        assert actor == SYSTEM
        self.asked.append((method.name, body.after))
        return self._pages[method.name, body.after]


async def test_every_page_of_every_owner_is_read() -> None:
    """Stations first, then postings, then fairs; only what is on the screens is a fact."""
    rpc = PagedRpc()
    owners = OwnersByRpc(rpc, FrozenClock(NOON))  # type: ignore[arg-type]
    facts = [fact async for page in owners.export() for fact in page]
    assert [fact.kind for fact in facts] == [
        FactKind.STATION,
        FactKind.STATION,
        FactKind.NOTICE,
        FactKind.POSTING,
        FactKind.POSTING,
        FactKind.FAIR,
    ]
    assert len(rpc.asked) == 6
