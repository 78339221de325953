"""Integrators: rows and queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.notify.domain.integrator import Outcome
from services.notify.storage.integrator_tables import (
    integrator_days,
    integrator_queues,
    integrator_steps,
    integrators,
    webhook_deliveries,
)
from yizhan.contracts.integrators import (
    BrokerUser,
    Grants,
    Integrator,
    IntegratorStatus,
    IntegratorStep,
    IntegratorUse,
    WebhookDeliveryState,
    WebhookState,
)
from yizhan.database import Database
from yizhan.encryption import FieldCipher

_PLAIN = ("id", "name", "label", "station", "api_key_hint", "created_at", "sequence")
_WAITING, _FAILED = WebhookDeliveryState.WAITING.value, WebhookDeliveryState.FAILED.value


@dataclass(frozen=True)
class Secrets:
    """What is kept of an integrator's credentials. webhook_secret: in clear; it is sealed on its way in."""

    api_key_sha256: str
    webhook_secret: str
    broker_password_hash: str


@dataclass(frozen=True)
class Receiver:
    """Where an integrator's webhooks go, and what signs them."""

    integrator_id: str
    name: str
    url: str
    secret: str


def seal_place(id: str) -> str:
    """What a webhook secret is sealed for."""
    return f"integrators/webhook_secret/{id}"


class Integrators:
    """The registry. cipher: opens and seals webhook secrets."""

    def __init__(self, database: Database, cipher: FieldCipher) -> None:
        self._database = database
        self._cipher = cipher

    def insert(self, tx: Connection, made: Integrator, outcome: Outcome, secrets: Secrets) -> bool:
        """Write a new integrator and the first line of its history; False when its name is taken."""
        row = {
            **_row(made),
            "webhook_url": None,
            "webhook_secret": self._cipher.seal(secrets.webhook_secret, place=seal_place(made.id)),
            "api_key_sha256": secrets.api_key_sha256,
            "broker_password_hash": secrets.broker_password_hash,
            "broker_state": None,
        }
        try:
            with tx.begin_nested():
                tx.execute(insert(integrators), row)
        except IntegrityError:
            return False
        self._note(tx, made, outcome)
        return True

    def save(self, tx: Connection, after: Integrator, outcome: Outcome, **credentials: Any) -> None:
        """Write an integrator that was locked, one sequence on. credentials: columns that change with it."""
        values = {name: value for name, value in _row(after).items() if name != "id"}
        if (secret := credentials.get("webhook_secret")) is not None:
            credentials["webhook_secret"] = self._cipher.seal(secret, place=seal_place(after.id))
        tx.execute(update(integrators).where(integrators.c.id == after.id).values(**values, **credentials))
        self._note(tx, after, outcome)

    def _note(self, tx: Connection, after: Integrator, outcome: Outcome) -> None:
        row = {
            "integrator_id": after.id,
            "sequence": after.sequence,
            "step": outcome.step.value,
            "by": outcome.by,
            "at": outcome.at,
            "reason": outcome.reason,
        }
        tx.execute(insert(integrator_steps), row)

    def find(self, tx: Connection, id: str) -> Integrator | None:
        """An integrator as it stands."""
        return self._first(tx, integrators.c.id == id)

    def find_by_name(self, tx: Connection, name: str) -> Integrator | None:
        """The same by its name."""
        return self._first(tx, integrators.c.name == name)

    def find_by_key(self, tx: Connection, api_key_sha256: str) -> Integrator | None:
        """The same by its API key's hash."""
        return self._first(tx, integrators.c.api_key_sha256 == api_key_sha256)

    def lock(self, tx: Connection, id: str) -> Integrator | None:
        """An integrator whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(integrators).where(integrators.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _integrator(row)

    def _first(self, tx: Connection, condition: Any) -> Integrator | None:
        row = tx.execute(select(integrators).where(condition)).mappings().first()
        return None if row is None else _integrator(row)

    def all(self, tx: Connection) -> list[Integrator]:
        """Every integrator that is not revoked, by name."""
        query = select(integrators).where(integrators.c.status != IntegratorStatus.REVOKED.value)
        return [_integrator(row) for row in tx.execute(query.order_by(integrators.c.name)).mappings()]

    def revoked_names(self, tx: Connection) -> list[str]:
        """Names of those that are out: what is left of them is to be removed."""
        revoked = integrators.c.status == IntegratorStatus.REVOKED.value
        return list(tx.execute(select(integrators.c.name).where(revoked)).scalars())

    def of_stations(self, tx: Connection, codes: Sequence[str] | None) -> list[Integrator]:
        """Those that stations answer for, by name; None: all there are."""
        query = select(integrators).order_by(integrators.c.name)
        if codes is not None:
            query = query.where(integrators.c.station.in_(codes))
        return [_integrator(row) for row in tx.execute(query).mappings()]

    def steps(self, tx: Connection, id: str) -> list[IntegratorStep]:
        """An integrator's history, oldest first."""
        query = select(integrator_steps).where(integrator_steps.c.integrator_id == id)
        return [
            IntegratorStep(
                sequence=row["sequence"],
                step=row["step"],
                by=row["by"],
                at=row["at"],
                reason=row["reason"],
            )
            for row in tx.execute(query.order_by(integrator_steps.c.sequence)).mappings()
        ]

    def webhook_url(self, tx: Connection, id: str) -> str | None:
        """Where its webhooks go."""
        url: str | None = tx.execute(
            select(integrators.c.webhook_url).where(integrators.c.id == id)
        ).scalar_one()
        return url

    def receivers(self, tx: Connection) -> list[Receiver]:
        """Everybody whose webhook is on. Raises SealBroken."""
        query = select(integrators).where(
            integrators.c.webhook == WebhookState.ON.value,
            integrators.c.status == IntegratorStatus.ACTIVE.value,
        )
        return [
            Receiver(
                row["id"],
                row["name"],
                row["webhook_url"],
                self._cipher.open(row["webhook_secret"], place=seal_place(row["id"])),
            )
            for row in tx.execute(query).mappings()
        ]

    # --- the broker's users ---------------------------------------------------------------------------

    def broker_users(self, tx: Connection, *, pending: bool, name: str | None = None) -> list[BrokerUser]:
        """Users as the broker is to have them. pending: only those that it knows otherwise."""
        query = select(integrators).order_by(integrators.c.name)
        if name is not None:
            query = query.where(integrators.c.name == name)
        rows = [(row, _broker_user(row)) for row in tx.execute(query).mappings()]
        return [user for row, user in rows if not (pending and row["broker_state"] == user.state)]

    def broker_knows(self, tx: Connection, name: str) -> bool:
        """Whether the broker knows an integrator as it stands."""
        return not self.broker_users(tx, pending=True, name=name)

    def mark_applied(self, tx: Connection, applied: Iterable[tuple[str, str]]) -> int:
        """The broker knows these in these states; how many there are."""
        return sum(
            tx.execute(update(integrators).where(integrators.c.id == id).values(broker_state=state)).rowcount
            for id, state in applied
        )

    # --- use ------------------------------------------------------------------------------------------

    def count(self, tx: Connection, id: str, day: date, *, out: int = 0, taken_in: int = 0) -> None:
        """Add to a day's counts."""
        table = integrator_days
        row = {"integrator_id": id, "day": day, "out": 0, "in": 0}
        self._database.insert_ignore(tx, table, row)
        tx.execute(
            update(table)
            .where(table.c.integrator_id == id, table.c.day == day)
            .values({"out": table.c.out + out, "in": table.c["in"] + taken_in})
        )

    def measured(self, tx: Connection, id: str, *, queued: int, consumers: int, at: datetime) -> None:
        """Keep what was seen of a live queue."""
        row = {"integrator_id": id, "queued": queued, "consumers": consumers, "measured_at": at}
        self._database.upsert(tx, integrator_queues, row, key=["integrator_id"])

    def use(self, tx: Connection, id: str, *, day: date) -> IntegratorUse:
        """How an integrator gets on."""
        counts = tx.execute(
            select(integrator_days.c.out, integrator_days.c["in"]).where(
                integrator_days.c.integrator_id == id, integrator_days.c.day == day
            )
        ).first()
        queue = tx.execute(select(integrator_queues).where(integrator_queues.c.integrator_id == id)).first()
        table = webhook_deliveries
        unsettled = tx.execute(
            select(table.c.state, func.count(), func.min(table.c.created_at))
            .where(table.c.integrator_id == id, table.c.state.in_([_WAITING, _FAILED]))
            .group_by(table.c.state)
        ).all()
        by_state = {row[0]: row for row in unsettled}
        waiting, failed = by_state.get(_WAITING), by_state.get(_FAILED)
        return IntegratorUse(
            queued=None if queue is None else queue.queued,
            consumers=None if queue is None else queue.consumers,
            measured_at=None if queue is None else queue.measured_at,
            webhooks_waiting=0 if waiting is None else waiting[1],
            webhooks_failed=0 if failed is None else failed[1],
            oldest_webhook_at=None if waiting is None else waiting[2],
            out_today=0 if counts is None else counts[0],
            in_today=0 if counts is None else counts[1],
        )


def _row(one: Integrator) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _PLAIN} | {
        "status": one.status.value,
        "grants": one.grants.model_dump(mode="json"),
        "webhook": one.webhook.value,
    }


def _integrator(row: RowMapping) -> Integrator:
    return Integrator(
        **{name: row[name] for name in _PLAIN},
        status=IntegratorStatus(row["status"]),
        grants=Grants.model_validate(row["grants"]),
        webhook=WebhookState(row["webhook"]),
    )


def _broker_user(row: RowMapping) -> BrokerUser:
    one = _integrator(row)
    wanted = {
        "password_hash": row["broker_password_hash"],
        "present": one.status is not IntegratorStatus.REVOKED,
        "allowed": one.status is IntegratorStatus.ACTIVE,
        "may_submit": one.grants.submit is not None,
    }
    # Not the version: a new webhook is no reason to end a consumer's connection.
    state = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    told = row["broker_state"] is not None
    return BrokerUser(integrator_id=one.id, user=one.name, told=told, state=state, **wanted)
