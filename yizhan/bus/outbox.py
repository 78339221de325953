"""Events wait here, written with the rows they speak of, until the relay has them confirmed by the broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, String, Table, Text

from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.database import Database, UtcDateTime

#: Held here, because pydantic forgets a generic model that nobody holds, and makes it anew at some cost.
_EVENT = Event[Facts]


def outbox_table(metadata: MetaData) -> Table:
    """id: the order of writing, which per aggregate is the order of its sequence, because the aggregate's row
    is locked before its event is written. sent_at: when the broker confirmed it; None while it waits."""
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("event_id", String(36), nullable=False, unique=True),
        Column("subject", String(80), nullable=False),
        Column("routing_key", String(255), nullable=False),
        Column("body", Text, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("sent_at", UtcDateTime, nullable=True),
        Index("outbox_unsent", "sent_at", "id"),
    )


class Outbox:
    """The writing side of one service's outbox."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._insert = table.insert()

    def tell(
        self,
        tx: Connection,
        call: Call,
        facts: Facts,
        *,
        subject: str,
        sequence: int,
        station: str,
        at: datetime,
    ) -> None:
        """Record what a call has brought about, under the call's correlation.

        subject, sequence: the aggregate's identifier and its version after this fact. station: where.
        """
        event = event_of(call, facts, subject=subject, sequence=sequence, station=station, at=at)
        self.record(tx, event)

    def record(self, tx: Connection, event: Event[Facts]) -> None:
        """Write an event in the transaction of the rows it speaks of, and wake the relay on commit."""
        self.record_rows(tx, [outbox_row(event)])

    def record_rows(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write events that were made into rows before the transaction, in their order."""
        if rows:
            tx.execute(self._insert, rows)
            self._database.announce_outbox(tx)


def event_of(
    call: Call, facts: Facts, *, subject: str, sequence: int, station: str, at: datetime
) -> Event[Facts]:
    """The event that tells of a fact, under the call's correlation."""
    return _EVENT.of(
        facts,
        id=new_identifier(at),
        subject=subject,
        sequence=sequence,
        station=station,
        time=at,
        correlation=call.correlation,
        traceparent=call.traceparent,
    )


def outbox_row(event: Event[Facts]) -> dict[str, Any]:
    """An event as it waits."""
    return {
        "event_id": event.id,
        "subject": event.subject,
        "routing_key": event.routing_key,
        "body": event.model_dump_json(),
        "recorded_at": event.time,
    }
