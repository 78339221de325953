"""Notify: deliveries planned a second for one posting with 50,000 subscribers, by the planner itself.

services/notify on a database, in this process, without a broker between: one event, one transaction, all
decisions and deliveries. Beside it, in the same run: bare inserts of the same rows.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from bench.figures import Figure, compared
from bench.ground import postgres_database
from services.notify.service import NotifyService
from services.notify.storage import tables
from yizhan.bus.handling import EventDesk
from yizhan.bus.inbox import Inbox
from yizhan.clock import FrozenClock
from yizhan.contracts import examples
from yizhan.contracts.envelope import Event
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import PostingPublished
from yizhan.contracts.subscriptions import NOTIFY_HEARD
from yizhan.database import Database
from yizhan.migrations import migrate
from yizhan.settings import Settings

NAME = "notify"

SUBSCRIBERS = int(os.environ.get("YIZHAN_BENCH_SUBSCRIBERS", "50000"))
ROUNDS = 3

_STATION = "52273001"
_TRADE = "搬运工"
_NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_AT_ONCE = 500


class Subscribed:
    """A county in which so many people look for the trade."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._service = NotifyService()
        self._service.database, self._service.clock = database, FrozenClock(_NOON)
        self._service.settings = Settings()
        self._desk = EventDesk(database, Inbox(database, tables.inbox), self._service.clock)
        people = [f"seeker:{number:036d}" for number in range(SUBSCRIBERS)]
        with database.transaction() as tx:
            tx.execute(
                insert(tables.people),
                [{"person": one, "station": _STATION, "active": True, "sequence": 1} for one in people],
            )
            tx.execute(
                insert(tables.wishes),
                [{"person": one, "trade": _TRADE, "station": _STATION} for one in people],
            )

    def planned_per_second(self) -> float:
        """Hear of one posting, from the bytes of its event to the commit."""
        self._forget()
        event = _posting()
        body = partial(NotifyService.heard.__wrapped__, self._service)  # type: ignore[attr-defined]
        started = time.perf_counter()
        self._desk.handle(NOTIFY_HEARD, body, event)
        return SUBSCRIBERS / (time.perf_counter() - started)

    def bare_per_second(self) -> float:
        """Insert the rows that were planned once more, and do nothing else."""
        with self.database.reading() as connection:
            rows = {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in (tables.decisions, tables.deliveries)
            }
        self._forget()
        started = time.perf_counter()
        with self.database.transaction() as tx:
            for table, given in rows.items():
                for start in range(0, len(given), _AT_ONCE):
                    tx.execute(insert(table), given[start : start + _AT_ONCE])
        return SUBSCRIBERS / (time.perf_counter() - started)

    def _forget(self) -> None:
        with self.database.transaction() as tx:
            for table in (tables.deliveries, tables.decisions, tables.occasions, tables.inbox):
                tx.execute(delete(table))


def _posting() -> bytes:
    terms = examples.posting.terms.model_copy(update={"trade": _TRADE})
    changes: dict[str, Any] = {"id": new_identifier(_NOON), "station": _STATION, "terms": terms}
    posting = examples.posting.model_copy(update=changes)
    event = Event[PostingPublished].of(
        PostingPublished(posting=posting, by="c"),
        id=new_identifier(_NOON),
        subject=posting.id,
        sequence=posting.sequence,
        station=_STATION,
        time=_NOON,
        correlation="bench",
    )
    return event.model_dump_json().encode()


async def run() -> list[Figure]:
    """SQLite, and PostgreSQL where a server answers."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        figures.append(_measure("SQLite", f"sqlite:///{Path(folder) / 'notify.db'}"))
    with postgres_database() as url:
        if url is not None:
            figures.append(_measure("PostgreSQL", url))
    return figures


def _measure(kind: str, url: str) -> Figure:
    with _subscribed(url) as county:
        planned, bare = [], []
        for _ in range(ROUNDS):
            planned.append(county.planned_per_second())
            bare.append(county.bare_per_second())
        return compared(
            NAME,
            f"deliveries planned, one posting, {SUBSCRIBERS:,} subscribers, {kind}",
            "1/s",
            planned,
            "bare inserts of the rows",
            bare,
            at_least=0.2,
        )


@contextmanager
def _subscribed(url: str) -> Iterator[Subscribed]:
    migrate("notify", url)
    database = Database(url)
    try:
        yield Subscribed(database)
    finally:
        database.close()
