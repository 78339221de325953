"""What is told to whom, once: occasions and the decisions on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, or_, select, update

from services.notify.domain.occasions import Telling
from services.notify.domain.planning import Decision, Outcome
from services.notify.storage.tables import decisions, occasions
from yizhan.database import Database

_EARLIER = select(decisions).where(
    decisions.c.person.in_(bindparam("people", expanding=True)),
    or_(decisions.c.event_id == bindparam("event_id"), decisions.c.due_at > bindparam("since")),
)
_INSERT = insert(decisions)
_FOR_DIGEST = (
    select(decisions)
    .where(
        decisions.c.outcome == Outcome.DIGEST.value,
        decisions.c.in_digest.is_(None),
        decisions.c.due_at <= bindparam("now"),
    )
    .order_by(decisions.c.due_at, decisions.c.person)
    .limit(bindparam("limit"))
)
_INTO_DIGEST = (
    update(decisions)
    .where(decisions.c.key.in_(bindparam("keys", expanding=True)), decisions.c.in_digest.is_(None))
    .values(in_digest=bindparam("digest"))
)
_IN_DIGEST = (
    select(decisions.c.kind, occasions.c["values"])
    .select_from(
        decisions.join(
            occasions, (occasions.c.event_id == decisions.c.event_id) & (occasions.c.kind == decisions.c.kind)
        )
    )
    .where(decisions.c.in_digest == bindparam("digest"))
    .order_by(decisions.c.key)
)
_VALUES = select(occasions.c["values"]).where(
    occasions.c.event_id == bindparam("event_id"), occasions.c.kind == bindparam("kind")
)
_FORGET_DECISIONS = delete(decisions).where(decisions.c.expires_at < bindparam("before"))
_FORGET_OCCASIONS = delete(occasions).where(occasions.c.at < bindparam("before"))


class Decisions:
    """Decisions as they were taken; each key is there once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, tx: Connection, telling: Telling) -> None:
        """Keep what an occasion is and which words belong to it."""
        row = {
            "event_id": telling.occasion.event_id,
            "kind": telling.occasion.kind,
            "station": telling.station,
            "at": telling.occasion.at,
            "values": dict(telling.values),
        }
        self._database.insert_ignore(tx, occasions, row)

    def earlier(
        self, tx: Connection, people: Sequence[str], event_id: str, *, since: datetime
    ) -> list[Decision]:
        """Those on this event, and those due after `since`, about some people."""
        rows = tx.execute(_EARLIER, {"people": list(people), "event_id": event_id, "since": since})
        return [_decision(row) for row in rows.mappings()]

    def keep(self, tx: Connection, taken: Iterable[Decision], station: str) -> None:
        """Write decisions, in one statement."""
        rows = [_row(decision, station) for decision in taken]
        if rows:
            tx.execute(_INSERT, rows)

    def for_digest(self, tx: Connection, *, now: datetime, limit: int) -> list[tuple[Decision, str]]:
        """Decisions whose digest is due, each with its station."""
        query = self._database.for_update(_FOR_DIGEST)
        rows = tx.execute(query, {"now": now, "limit": limit}).mappings()
        return [(_decision(row), row["station"]) for row in rows]

    def into_digest(self, tx: Connection, keys: Sequence[str], digest: str) -> None:
        """Remember which message they go out in."""
        tx.execute(_INTO_DIGEST, {"keys": list(keys), "digest": digest})

    def in_digest(self, tx: Connection, digest: str) -> list[tuple[str, Mapping[str, str]]]:
        """Kind and values of what a digest tells, oldest event first."""
        return [(kind, values) for kind, values in tx.execute(_IN_DIGEST, {"digest": digest})]

    def values(self, tx: Connection, event_id: str, kind: str) -> Mapping[str, str]:
        """The words of an occasion. LookupError when it was forgotten."""
        values = tx.execute(_VALUES, {"event_id": event_id, "kind": kind}).scalar()
        if values is None:
            raise LookupError(f"{kind} of {event_id} is forgotten")
        found: Mapping[str, str] = values
        return found

    def forget_before(self, tx: Connection, moment: datetime) -> None:
        """Drop what nobody can be told of any more."""
        tx.execute(_FORGET_DECISIONS, {"before": moment})
        tx.execute(_FORGET_OCCASIONS, {"before": moment - timedelta(days=10)})


def _row(decision: Decision, station: str) -> dict[str, Any]:
    return {
        "key": decision.key,
        "event_id": decision.event_id,
        "kind": decision.kind,
        "person": decision.person,
        "station": station,
        "urgent": decision.urgent,
        "outcome": decision.outcome.value,
        "omission": decision.omission.value if decision.omission else None,
        "channels": list(decision.channels),
        "due_at": decision.due_at,
        "expires_at": decision.expires_at,
        "in_digest": None,
    }


def _decision(row: RowMapping) -> Decision:
    return Decision.model_validate(
        {
            **{name: row[name] for name in Decision.model_fields},
            "channels": tuple(row["channels"]),
        }
    )
