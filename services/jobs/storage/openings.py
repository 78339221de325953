"""Postings that take people, and those of a day that is past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from services.jobs.domain.worker import words_for_trade
from services.jobs.storage.postings import posting_of
from services.jobs.storage.tables import postings
from yizhan.contracts.jobs import Posting, PostingStage

_OPEN = (PostingStage.PUBLISHED.value, PostingStage.PARTLY_FILLED.value)
#: Stages in which a posting was never to be had.
_NEVER = tuple(
    stage.value
    for stage in (
        PostingStage.DRAFT,
        PostingStage.SUBMITTED,
        PostingStage.VERIFIED,
        PostingStage.REJECTED,
    )
)

_AT_STATIONS = (
    select(postings)
    .where(postings.c.station.in_(bindparam("stations", expanding=True)))
    .order_by(postings.c.starts_at, postings.c.id)
    .limit(bindparam("limit"))
)
_STILL_OPEN = _AT_STATIONS.where(postings.c.stage.in_(_OPEN), postings.c.expires_at > bindparam("after"))
_OF_TRADES = _STILL_OPEN.where(
    postings.c.trade.in_(bindparam("words", expanding=True)), postings.c.starts_at > bindparam("after")
)
_STARTING = _STILL_OPEN.where(
    postings.c.starts_at > bindparam("after"), postings.c.starts_at < bindparam("before")
)
_OF_DAY = _AT_STATIONS.where(
    postings.c.stage.not_in(_NEVER),
    postings.c.starts_at >= bindparam("after"),
    postings.c.starts_at < bindparam("before"),
)


def open_postings_of_trades(
    tx: Connection, trades: Iterable[str], stations: Sequence[str], *, after: datetime, limit: int
) -> list[Posting]:
    """Those of some trades, by whatever word, that start after a moment; the soonest first."""
    words = sorted({word for trade in trades for word in words_for_trade(trade)})
    return _found(tx, _OF_TRADES, stations, words=words, after=after, limit=limit)


def open_postings(
    tx: Connection, stations: Sequence[str], *, after: datetime, before: datetime, limit: int
) -> list[Posting]:
    """Those that start between two moments, the soonest first."""
    return _found(tx, _STARTING, stations, after=after, before=before, limit=limit)


def postings_of_day(
    tx: Connection, stations: Sequence[str], *, after: datetime, before: datetime, limit: int
) -> list[Posting]:
    """Those that started between two moments, whatever became of them, the first first."""
    return _found(tx, _OF_DAY, stations, after=after, before=before, limit=limit)


def _found(tx: Connection, query: Any, stations: Sequence[str], **bound: object) -> list[Posting]:
    rows = tx.execute(query, {"stations": list(stations), **bound}).mappings()
    return [posting_of(row) for row in rows]
