"""The lists by which postings are offered: one for each station that offers a posting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from services.jobs.storage.dispatch_tables import offer_lists
from yizhan.contracts.dispatches import OfferList, OfferSource
from yizhan.database import Database

_OF_POSTING = (
    select(offer_lists)
    .where(offer_lists.c.posting_id == bindparam("posting_id"))
    .order_by(offer_lists.c.started_at, offer_lists.c.station)
)
_STOP = update(offer_lists).where(offer_lists.c.posting_id == bindparam("of_posting")).values(running=False)


class OfferLists:
    """A list is changed under the lock of its posting, and needs none of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, tx: Connection, offers: OfferList) -> None:
        """Write a list, in place of the one that its station had."""
        self._database.upsert(tx, offer_lists, _row(offers), key=["posting_id", "station"])

    def of(self, tx: Connection, posting_id: str) -> list[OfferList]:
        """A posting's lists, the first that was started first."""
        return [_list(row) for row in tx.execute(_OF_POSTING, {"posting_id": posting_id}).mappings()]

    def stop(self, tx: Connection, posting_id: str) -> None:
        """Nobody more is offered the posting by any of them."""
        tx.execute(_STOP, {"of_posting": posting_id})


def _row(offers: OfferList) -> dict[str, Any]:
    return {
        **{name: getattr(offers, name) for name in OfferList.model_fields},
        "source": offers.source.value,
        "candidates": [list(candidate) for candidate in offers.candidates],
    }


def _list(row: RowMapping) -> OfferList:
    candidates = tuple(tuple(candidate) for candidate in row["candidates"])
    return OfferList(**{**row, "source": OfferSource(row["source"]), "candidates": candidates})
