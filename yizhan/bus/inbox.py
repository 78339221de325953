"""Which events a service has handled already: written in the handler's transaction, so that it is exact."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, MetaData, String, Table

from yizhan.database import Database, UtcDateTime


def inbox_table(metadata: MetaData) -> Table:
    """One row per event and handler."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", String(36), primary_key=True),
        Column("handler", String(80), primary_key=True),
        Column("handled_at", UtcDateTime, nullable=False, index=True),
    )


class Inbox:
    """The memory of one service's handlers."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table

    def first_time(self, tx: Connection, event_id: str, handler: str, *, now: datetime) -> bool:
        """Remember the event in this transaction; False when this handler has handled it before."""
        row = {"event_id": event_id, "handler": handler, "handled_at": now}
        return self._database.insert_ignore(tx, self._table, row)

    def forget_before(self, tx: Connection, moment: datetime) -> int:
        """Drop what is too old to be redelivered; the number of rows dropped."""
        return tx.execute(self._table.delete().where(self._table.c.handled_at < moment)).rowcount
