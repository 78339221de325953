"""Webhook deliveries, replays and disclosures: rows and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, func, insert, select, update

from services.notify.storage.integrator_tables import (
    disclosures,
    integrators,
    outlet_lease,
    replays,
    webhook_deliveries,
)
from yizhan.bus.topology import ExternalQueues
from yizhan.contracts.integrators import (
    Disclosure,
    DisclosureQuery,
    Replay,
    ReplayState,
    WebhookDelivery,
    WebhookDeliveryQuery,
    WebhookDeliveryState,
)
from yizhan.database import Database
from yizhan.network.pages import BEFORE_ALL, cut

_D = webhook_deliveries
_WAITING = WebhookDeliveryState.WAITING.value
_RUNNING = (ReplayState.WAITING.value, ReplayState.RUNNING.value)
_REPLAY_PLAIN = (
    "id",
    "from_offset",
    "from_time",
    "requested_at",
    "events",
    "next_offset",
    "ended_at",
)


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An event for one webhook. body: as the integrator gets it."""

    id: str
    integrator_id: str
    event_id: str
    event_type: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery whose time has come. attempts: so far."""

    id: str
    event_id: str
    body: str
    attempts: int
    created_at: datetime
    due_at: datetime


class WebhookDeliveries:
    """What goes, or went, to webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Later events of a subject wait for the earlier: the newest that a receiver hears of is the newest.
        earlier = _D.alias("earlier")
        held_back = exists(
            select(earlier.c.id).where(
                earlier.c.integrator_id == _D.c.integrator_id,
                earlier.c.subject == _D.c.subject,
                earlier.c.state == _WAITING,
                earlier.c.position < _D.c.position,
            )
        )
        self._due = (
            select(_D.c.id, _D.c.event_id, _D.c.body, _D.c.attempts, _D.c.created_at, _D.c.due_at)
            .where(_D.c.state == _WAITING, ~held_back)
            .order_by(_D.c.due_at, _D.c.position)
        )

    def add(self, tx: Connection, new: Sequence[NewDelivery], *, now: datetime) -> None:
        """Let them wait to be sent; one that is there already stays as it is."""
        for one in new:
            row = {
                "id": one.id,
                "integrator_id": one.integrator_id,
                "event_id": one.event_id,
                "event_type": one.event_type,
                "subject": one.subject,
                "body": one.body,
                "state": _WAITING,
                "attempts": 0,
                "due_at": now,
                "created_at": now,
            }
            self._database.insert_ignore(tx, _D, row)

    def due(self, tx: Connection, integrator_id: str, *, now: datetime, limit: int) -> list[DueDelivery]:
        """What may be sent to an integrator now: of each subject the oldest that waits."""
        query = self._due.where(_D.c.integrator_id == integrator_id, _D.c.due_at <= now).limit(limit)
        return [DueDelivery(*row) for row in tx.execute(query)]

    def next_due(self, tx: Connection, integrator_id: str) -> list[DueDelivery]:
        """The one that is due first, now or later, to try a receiver with."""
        query = self._due.where(_D.c.integrator_id == integrator_id).limit(1)
        return [DueDelivery(*row) for row in tx.execute(query)]

    def settle(
        self, tx: Connection, id: str, state: WebhookDeliveryState, *, attempts: int, due_at: datetime | None,
        status: int | None, fault: str | None, now: datetime,
    ) -> None:  # fmt: skip
        """Keep what became of a try, unless the delivery was settled meanwhile."""
        tx.execute(
            update(_D)
            .where(_D.c.id == id, _D.c.state == _WAITING)
            .values(
                state=state.value,
                attempts=attempts,
                due_at=due_at,
                status=status,
                fault=None if fault is None else fault[:120],
                settled_at=None if state is WebhookDeliveryState.WAITING else now,
            )
        )

    def bring_forward(self, tx: Connection, integrator_id: str, *, now: datetime) -> None:
        """A receiver answers again: what waits for it is due."""
        tx.execute(
            update(_D)
            .where(_D.c.integrator_id == integrator_id, _D.c.state == _WAITING, _D.c.due_at > now)
            .values(due_at=now)
        )

    def drop_waiting(self, tx: Connection, integrator_id: str, *, now: datetime) -> int:
        """Nobody waits for them any more."""
        return tx.execute(
            update(_D)
            .where(_D.c.integrator_id == integrator_id, _D.c.state == _WAITING)
            .values(state=WebhookDeliveryState.DROPPED.value, due_at=None, settled_at=now)
        ).rowcount

    def send_again(self, tx: Connection, integrator_id: str, *, now: datetime, id: str | None = None) -> int:
        """Let one delivery, or all that failed, go out once more; how many there were."""
        chosen = _D.c.state == WebhookDeliveryState.FAILED.value if id is None else _D.c.id == id
        return tx.execute(
            update(_D)
            .where(_D.c.integrator_id == integrator_id, chosen)
            .values(state=_WAITING, attempts=0, due_at=now, settled_at=None)
        ).rowcount

    def find(self, tx: Connection, integrator_id: str, id: str) -> WebhookDelivery | None:
        """One delivery."""
        query = select(_D).where(_D.c.id == id, _D.c.integrator_id == integrator_id)
        row = tx.execute(query).mappings().first()
        return None if row is None else _delivery(row)

    def page(self, tx: Connection, request: WebhookDeliveryQuery) -> tuple[list[WebhookDelivery], str | None]:
        """Deliveries, newest first, and the cursor of the next page."""
        query = select(_D).where(_D.c.integrator_id == request.id, _D.c.id < (request.after or BEFORE_ALL))
        if request.state is not None:
            query = query.where(_D.c.state == request.state.value)
        rows = tx.execute(query.order_by(_D.c.id.desc()).limit(request.limit + 1)).mappings()
        return cut([_delivery(row) for row in rows], request.limit)

    def give_up_before(self, tx: Connection, moment: datetime, *, now: datetime) -> int:
        """What has waited since before then fails; how many there were."""
        return tx.execute(
            update(_D)
            .where(_D.c.state == _WAITING, _D.c.created_at < moment)
            .values(state=WebhookDeliveryState.FAILED.value, due_at=None, settled_at=now)
        ).rowcount

    def forget_settled_before(self, tx: Connection, moment: datetime) -> int:
        """Drop what was settled long ago; how many there were."""
        return tx.execute(_D.delete().where(_D.c.settled_at < moment)).rowcount

    def waiting(self, tx: Connection) -> dict[str, tuple[int, datetime | None]]:
        """By integrator: how many wait, and since when the oldest does."""
        query = (
            select(integrators.c.name, func.count(), func.min(_D.c.created_at))
            .join(integrators, integrators.c.id == _D.c.integrator_id)
            .where(_D.c.state == _WAITING)
            .group_by(integrators.c.name)
        )
        return {row[0]: (row[1], row[2]) for row in tx.execute(query)}


class Lease:
    """The right to work for webhooks and replays, held by one process at a time, for a while."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, tx: Connection, holder: str, *, now: datetime, seconds: float) -> bool:
        """Take or prolong it; False while another process has it."""
        row = {"id": 1, "holder": holder, "until": now}
        self._database.insert_ignore(tx, outlet_lease, row)
        mine = (outlet_lease.c.holder == holder) | (outlet_lease.c.until <= now)
        until = now + timedelta(seconds=seconds)
        return (
            tx.execute(
                update(outlet_lease).where(outlet_lease.c.id == 1, mine).values(holder=holder, until=until)
            ).rowcount
            == 1
        )

    def give_back(self, tx: Connection, holder: str, *, now: datetime) -> None:
        """Another process need not wait for its end."""
        mine = outlet_lease.c.holder == holder
        tx.execute(update(outlet_lease).where(mine).values(until=now))


class Disclosures:
    """Which events went out with personal data in them."""

    def add(self, tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            tx.execute(insert(disclosures), list(rows))

    def page(
        self, tx: Connection, name: str, request: DisclosureQuery
    ) -> tuple[list[Disclosure], str | None]:
        """Newest first, and the cursor of the next page."""
        table = disclosures
        query = select(table).where(
            table.c.integrator_id == request.id, table.c.id < (request.after or BEFORE_ALL)
        )
        rows = tx.execute(query.order_by(table.c.id.desc()).limit(request.limit + 1)).mappings()
        found = [
            Disclosure(
                id=row["id"],
                integrator=name,
                event_id=row["event_id"],
                event_type=row["event_type"],
                fields=tuple(row["fields"]),
                legal_basis=row["legal_basis"],
                at=row["at"],
            )
            for row in rows
        ]
        return cut(found, request.limit)


class Replays:
    """What integrators asked to hear again."""

    def insert(self, tx: Connection, replay: Replay, integrator_id: str) -> None:
        row = {name: getattr(replay, name) for name in _REPLAY_PLAIN}
        row |= {
            "integrator_id": integrator_id,
            "state": replay.state.value,
            "families": list(replay.families),
        }
        tx.execute(insert(replays), row)

    def unended(self, tx: Connection, integrator_id: str | None = None) -> list[tuple[str, Replay]]:
        """Replays that go on, of one integrator or of all, the oldest first, each with whose it is."""
        query = select(replays, integrators.c.name).join(
            integrators, integrators.c.id == replays.c.integrator_id
        )
        query = query.where(replays.c.state.in_(_RUNNING))
        if integrator_id is not None:
            query = query.where(replays.c.integrator_id == integrator_id)
        return [
            (row["integrator_id"], _replay(row))
            for row in tx.execute(query.order_by(replays.c.id)).mappings()
        ]

    def find(self, tx: Connection, integrator_id: str, id: str) -> Replay | None:
        query = (
            select(replays, integrators.c.name)
            .join(integrators, integrators.c.id == replays.c.integrator_id)
            .where(replays.c.id == id, replays.c.integrator_id == integrator_id)
        )
        row = tx.execute(query).mappings().first()
        return None if row is None else _replay(row)

    def advance(
        self, tx: Connection, id: str, state: ReplayState, *, events: int, next_offset: int | None,
        now: datetime,
    ) -> None:  # fmt: skip
        """Keep how far a replay has come."""
        ended = state in (ReplayState.DONE, ReplayState.STOPPED)
        tx.execute(
            update(replays)
            .where(replays.c.id == id)
            .values(
                state=state.value,
                events=events,
                next_offset=next_offset,
                ended_at=now if ended else None,
            )
        )


def _delivery(row: RowMapping) -> WebhookDelivery:
    return WebhookDelivery(
        id=row["id"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        subject=row["subject"],
        state=WebhookDeliveryState(row["state"]),
        attempts=row["attempts"],
        due_at=row["due_at"],
        status=row["status"],
        fault=row["fault"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


def _replay(row: RowMapping) -> Replay:
    return Replay(
        **{name: row[name] for name in _REPLAY_PLAIN},
        state=ReplayState(row["state"]),
        queue=ExternalQueues(row["name"]).replay,
        families=tuple(row["families"]),
    )
