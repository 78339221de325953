"""Slips that were issued, and what was taken by them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from services.jobs.domain.dispatch_slip import Slip
from services.jobs.storage.dispatch_tables import dispatch_slips

_ONE = select(dispatch_slips).where(dispatch_slips.c.number == bindparam("number"))
_VALID_OF = select(dispatch_slips).where(
    dispatch_slips.c.dispatch_id == bindparam("dispatch_id"), dispatch_slips.c.voided_at.is_(None)
)
_INSERT = insert(dispatch_slips)
_UPDATE = (
    update(dispatch_slips)
    .where(dispatch_slips.c.number == bindparam("of_number"))
    .values(arrival_at=bindparam("new_arrival_at"), pay_at=bindparam("new_pay_at"))
)
_VOID = (
    update(dispatch_slips)
    .where(dispatch_slips.c.number == bindparam("of_number"))
    .values(voided_at=bindparam("new_voided_at"))
)


class DispatchSlips:
    """A slip is changed under the lock of its dispatch, and needs none of its own."""

    def insert(self, tx: Connection, slip: Slip) -> None:
        """Write a new slip."""
        tx.execute(_INSERT, asdict(slip))

    def save(self, tx: Connection, slip: Slip) -> None:
        """Write what was taken by a slip."""
        new = {"new_arrival_at": slip.arrival_at, "new_pay_at": slip.pay_at}
        tx.execute(_UPDATE, {"of_number": slip.number, **new})

    def void(self, tx: Connection, slip: Slip, *, now: datetime) -> None:
        """Nothing more is taken by it."""
        tx.execute(_VOID, {"of_number": slip.number, "new_voided_at": now})

    def find(self, tx: Connection, number: str) -> Slip | None:
        """A slip by its number."""
        row = tx.execute(_ONE, {"number": number}).mappings().first()
        return None if row is None else Slip(**row)

    def valid_of(self, tx: Connection, dispatch_id: str) -> Slip | None:
        """The slip that a dispatch has now."""
        row = tx.execute(_VALID_OF, {"dispatch_id": dispatch_id}).mappings().first()
        return None if row is None else Slip(**row)
