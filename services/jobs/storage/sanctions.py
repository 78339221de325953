"""Sanctions against employers: rows and queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, true, update

from services.jobs.storage.employer_tables import employer_sanctions
from yizhan.contracts.employers import SanctionKind
from yizhan.contracts.sanctions import Appeal, Sanction, SanctionEnd
from yizhan.network.pages import Listing, Subtree, cut

_CHANGING = ("ended_at", "end", "ended_by", "end_reason", "appeal", "running", "appeal_waits", "due_at")

_ONE = select(employer_sanctions).where(employer_sanctions.c.id == bindparam("id"))
_OF = (
    select(employer_sanctions)
    .where(employer_sanctions.c.employer_id.in_(bindparam("ids", expanding=True)))
    .order_by(employer_sanctions.c.id)
)
_RUNNING_OF = _OF.where(employer_sanctions.c.running == true())
_INSERT = insert(employer_sanctions)
_UPDATE = (
    update(employer_sanctions)
    .where(employer_sanctions.c.id == bindparam("sanction_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_NEXT_DUE = select(func.min(employer_sanctions.c.due_at))
_DUE = (
    select(employer_sanctions.c.id)
    .where(employer_sanctions.c.due_at <= bindparam("now"))
    .order_by(employer_sanctions.c.due_at)
    .limit(bindparam("limit"))
)
_IN_FORCE = Listing(employer_sanctions, employer_sanctions.c.running == true())
_APPEALED = Listing(employer_sanctions, employer_sanctions.c.appeal_waits == true())


class Sanctions:
    """A sanction is changed under the lock of its employer, and needs none of its own."""

    def insert(self, tx: Connection, sanction: Sanction) -> None:
        """Write a new sanction."""
        tx.execute(_INSERT, _row(sanction))

    def save(self, tx: Connection, sanction: Sanction) -> None:
        """Write a sanction that was changed."""
        row = _row(sanction)
        tx.execute(_UPDATE, {"sanction_id": sanction.id, **{f"new_{name}": row[name] for name in _CHANGING}})

    def find(self, tx: Connection, id: str) -> Sanction | None:
        """A sanction as it stands."""
        row = tx.execute(_ONE, {"id": id}).mappings().first()
        return None if row is None else _sanction(row)

    def of(self, tx: Connection, employer_ids: list[str]) -> list[Sanction]:
        """All of a family's, the oldest first."""
        return [_sanction(row) for row in tx.execute(_OF, {"ids": employer_ids}).mappings()]

    def running_of(self, tx: Connection, employer_ids: list[str]) -> list[Sanction]:
        """Those in force."""
        return [_sanction(row) for row in tx.execute(_RUNNING_OF, {"ids": employer_ids}).mappings()]

    def page(
        self, tx: Connection, subtree: Subtree, *, appealed: bool, after: str | None, limit: int
    ) -> tuple[list[Sanction], str | None]:
        """Sanctions in force, newest first, and the cursor of the next page."""
        rows = (_APPEALED if appealed else _IN_FORCE).page(tx, subtree, after=after, limit=limit)
        return cut([_sanction(row) for row in rows], limit)

    def due(self, tx: Connection, *, now: datetime, limit: int) -> list[str]:
        """Ids of sanctions whose time is over, the longest due first."""
        return list(tx.execute(_DUE, {"now": now, "limit": limit}).scalars())

    def next_due(self, tx: Connection) -> datetime | None:
        """The earliest moment at which a sanction ends by itself."""
        return tx.execute(_NEXT_DUE).scalar()


def _row(sanction: Sanction) -> dict[str, Any]:
    running = sanction.ended_at is None
    appeal = sanction.appeal
    return {
        **sanction.model_dump(),
        "appeal": None if appeal is None else appeal.model_dump(mode="json"),
        "running": running,
        "appeal_waits": running and appeal is not None and appeal.decision is None,
        "due_at": sanction.ends_at if running else None,
    }


def _sanction(row: RowMapping) -> Sanction:
    own = {name: row[name] for name in Sanction.model_fields}
    return Sanction(
        **{
            **own,
            "kind": SanctionKind(row["kind"]),
            "end": row["end"] and SanctionEnd(row["end"]),
            "appeal": None if row["appeal"] is None else Appeal.model_validate(row["appeal"]),
        }
    )
