"""Postings that other systems send: rows and queries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from services.jobs.domain.external_posting import Kept, Sender
from services.jobs.storage.external_tables import external_postings, integrators
from yizhan.contracts.external_postings import ExternalPosting, ExternalState
from yizhan.contracts.integrators import Integrator, IntegratorStatus
from yizhan.database import Database
from yizhan.network.tree import is_news

_E = external_postings
_SENDER = select(integrators).where(integrators.c.id == bindparam("id"))
_ONE = select(_E).where(
    _E.c.integrator_id == bindparam("integrator_id"), _E.c.external_id == bindparam("external_id")
)


class Senders:
    """Integrators, as heard of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, tx: Connection, one: Integrator) -> None:
        """Keep an integrator's news unless newer ones are known."""
        known = tx.execute(_SENDER, {"id": one.id}).first()
        if not is_news(None if known is None else known.sequence, one.sequence):
            return
        submit = one.grants.submit
        row = {
            "id": one.id,
            "active": one.status is IntegratorStatus.ACTIVE and submit is not None,
            "station": one.station,
            "stations": [] if submit is None else list(submit.stations),
            "sequence": one.sequence,
        }
        self._database.upsert(tx, integrators, row, key=["id"])

    def find(self, tx: Connection, id: str) -> Sender | None:
        """An integrator; None before it was heard of."""
        row = tx.execute(_SENDER, {"id": id}).first()
        return None if row is None else Sender(row.id, row.active, row.station, tuple(row.stations))


class ExternalPostings:
    """What became of each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, tx: Connection, integrator_id: str, external_id: str, *, id: str, now: datetime) -> Kept:
        """The row of a sender's posting under its lock; id: of the row if it is new."""
        row = {
            "id": id,
            "integrator_id": integrator_id,
            "external_id": external_id,
            "received": 0,
            "updated_at": now,
        }
        self._database.insert_ignore(tx, _E, row)
        named = {"integrator_id": integrator_id, "external_id": external_id}
        held = tx.execute(self._database.for_update(_ONE), named).one()
        return Kept(held.id, held.posting_id, held.version, held.digest, held.received)

    def keep(self, tx: Connection, answer: ExternalPosting, *, digest: str | None, now: datetime) -> None:
        """Keep an answer. digest: of what was taken; None leaves what was taken before."""
        taken = {} if digest is None else {"digest": digest, "version": answer.version}
        if answer.posting_id is not None:
            taken["posting_id"] = answer.posting_id
        tx.execute(
            update(_E)
            .where(_E.c.id == answer.id)
            .values(answer=answer.model_dump(mode="json"), received=answer.received, updated_at=now, **taken)
        )

    def state(self, tx: Connection, integrator_id: str, external_id: str) -> ExternalState | None:
        """The answer to a sender's last message about a posting."""
        row = tx.execute(_ONE, {"integrator_id": integrator_id, "external_id": external_id}).first()
        if row is None or row.answer is None:
            return None
        return ExternalState(last=ExternalPosting.model_validate(row.answer), updated_at=row.updated_at)
