"""Answers given to commands that carried an Idempotency-Key, kept with the rows in their transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import JSON, Column, Connection, MetaData, String, Table, bindparam, select

from yizhan.contracts.errors import IdempotencyKeyReused
from yizhan.contracts.rpc import Call
from yizhan.database import Database, UtcDateTime

Digest = Callable[[str], str]


def idempotency_table(metadata: MetaData) -> Table:
    """One row per actor and key. `reply` is empty only inside the transaction that fills it."""
    return Table(
        "idempotency",
        metadata,
        Column("actor_id", String(80), primary_key=True),
        Column("key", String(128), primary_key=True),
        Column("method", String(80), nullable=False),
        Column("body_sha256", String(64), nullable=False),
        Column("reply", JSON, nullable=True),
        Column("kept_at", UtcDateTime, nullable=False, index=True),
    )


class Idempotency:
    """One service's memory of its answers."""

    def __init__(self, database: Database, table: Table, *, digest: Digest | None = None) -> None:
        """digest: what is kept of a body to know it again, 64 characters; None for its SHA-256. Where bodies
        hold personal data it is a keyed one, since a plain digest of few digits can be undone."""
        self._database = database
        self._table = table
        self._digest = digest or _sha256
        is_this = (table.c.actor_id == bindparam("of_actor")) & (table.c.key == bindparam("of_key"))
        self._find = select(table).where(is_this)
        self._fill = table.update().where(is_this).values(reply=bindparam("kept_reply"))

    def claim(self, tx: Connection, call: Call, method: str, *, now: datetime) -> dict[str, Any] | None:
        """Take the call's key in this transaction, or give the reply that was kept for it.

        None means that the command is to be carried out now; `keep` its reply in the same transaction. A
        second call with the same key waits here (PostgreSQL) or at BEGIN (SQLite) until the first has ended.
        Raises IdempotencyKeyReused when the key came with another method or body.
        """
        key = call.idempotency_key
        assert key is not None
        digest = self._digest(_canonical(call.body))
        row = {
            "actor_id": call.actor.id,
            "key": key,
            "method": method,
            "body_sha256": digest,
            "reply": None,
            "kept_at": now,
        }
        if self._database.insert_ignore(tx, self._table, row):
            return None
        kept = tx.execute(self._find, _of(call)).mappings().one()
        if kept["method"] != method or kept["body_sha256"] != digest:
            raise IdempotencyKeyReused("this key was used for another request", method=kept["method"])
        reply: dict[str, Any] = kept["reply"]
        return reply

    def keep(self, tx: Connection, call: Call, reply: BaseModel) -> None:
        """Keep the reply for whoever asks again with this key.

        Fields named in the model's `kept_without` are secrets that are told once: they are kept as None.
        """
        kept = reply.model_dump(mode="json")
        kept.update(dict.fromkeys(getattr(reply, "kept_without", ())))
        tx.execute(self._fill, {**_of(call), "kept_reply": kept})

    def forget_before(self, tx: Connection, moment: datetime) -> int:
        """Drop keys that nobody retries any more; the number of rows dropped."""
        return tx.execute(self._table.delete().where(self._table.c.kept_at < moment)).rowcount


def _of(call: Call) -> dict[str, Any]:
    return {"of_actor": call.actor.id, "of_key": call.idempotency_key}


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
