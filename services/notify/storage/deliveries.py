"""Deliveries: what waits, what is under way, what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from services.notify.domain.delivery import Delivery, queue
from services.notify.storage.tables import deliveries
from yizhan.contracts.deliveries import DeliveryMilestone, DeliveryState
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut

_INSERT = insert(deliveries)
_UPDATE = update(deliveries).where(deliveries.c.id == bindparam("of_id"))
_DUE = (
    select(deliveries)
    .where(deliveries.c.state == DeliveryState.QUEUED.value, deliveries.c.due_at <= bindparam("now"))
    .order_by(deliveries.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_BROKEN = (
    select(deliveries)
    .where(deliveries.c.state == DeliveryState.SENDING.value, deliveries.c.leased_until < bindparam("now"))
    .order_by(deliveries.c.leased_until)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_QUEUED_FOR = select(deliveries).where(
    deliveries.c.occasion == bindparam("occasion"), deliveries.c.state == DeliveryState.QUEUED.value
)
_OF_IDS = select(deliveries).where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
_FORGET = delete(deliveries).where(
    deliveries.c.id < bindparam("before"),
    deliveries.c.state.not_in([DeliveryState.QUEUED.value, DeliveryState.SENDING.value]),
)

_ANY = Listing(deliveries)
_OF_STATE = Listing(deliveries, deliveries.c.state == bindparam("state"))


@dataclass(frozen=True)
class Parcel:
    """A delivery with whom and what it is for. told_key: of the decision or digest. occasion: the event's id,
    None for a digest. attempt: the id of the attempt under way."""

    delivery: Delivery
    told_key: str
    occasion: str | None
    kind: str
    person: str
    station: str
    next_channels: tuple[str, ...]
    template_version: int | None = None
    attempt: str | None = None
    leased_until: datetime | None = None

    def onwards(self, *, id: str, now: datetime) -> Parcel | None:
        """The same by the next channel, queued; None after the last."""
        if not self.next_channels:
            return None
        following, *others = self.next_channels
        queued = queue(
            id=id,
            key=f"{self.told_key}/{following}",
            channel=following,
            due_at=now,
            expires_at=self.delivery.expires_at,
            now=now,
        )
        return Parcel(
            delivery=queued,
            told_key=self.told_key,
            occasion=self.occasion,
            kind=self.kind,
            person=self.person,
            station=self.station,
            next_channels=tuple(others),
        )

    def moved(self, delivery: Delivery, **changes: Any) -> Parcel:
        """The same parcel with its delivery one step on; no attempt is under way unless it is said."""
        rest = {"attempt": None, "leased_until": None, **changes}
        return replace(self, delivery=delivery, **rest)


class Deliveries:
    """Rows of deliveries; whoever changes one has locked it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tx: Connection, parcels: Iterable[Parcel]) -> None:
        """Write new ones, in one statement."""
        rows = [_row(parcel) for parcel in parcels]
        if rows:
            tx.execute(_INSERT, rows)

    def add_once(self, tx: Connection, parcel: Parcel) -> bool:
        """Write one unless its key is taken."""
        return self._database.insert_ignore(tx, deliveries, _row(parcel))

    def save(self, tx: Connection, parcels: Iterable[Parcel]) -> None:
        """Write what became of them."""
        for parcel in parcels:
            row = _row(parcel)
            tx.execute(_UPDATE.values(**{name: row[name] for name in _CHANGING}), {"of_id": row["id"]})

    def due(self, tx: Connection, *, now: datetime, limit: int) -> list[Parcel]:
        """Those to be sent, locked, the longest due first; what another process has locked is left out."""
        return [_parcel(row) for row in tx.execute(_DUE, {"now": now, "limit": limit}).mappings()]

    def broken(self, tx: Connection, *, now: datetime, limit: int) -> list[Parcel]:
        """Those whose attempt has outlived its lease, locked: its process died, or is stuck."""
        return [_parcel(row) for row in tx.execute(_BROKEN, {"now": now, "limit": limit}).mappings()]

    def lock(self, tx: Connection, ids: Sequence[str]) -> dict[str, Parcel]:
        """Some by their id, locked."""
        rows = tx.execute(self._database.for_update(_OF_IDS), {"ids": list(ids)}).mappings()
        return {row["id"]: _parcel(row) for row in rows}

    def queued_for(self, tx: Connection, occasion: str) -> list[Parcel]:
        """What waits to be told of an occasion, locked."""
        rows = tx.execute(self._database.for_update(_QUEUED_FOR), {"occasion": occasion}).mappings()
        return [_parcel(row) for row in rows]

    def page(
        self, tx: Connection, subtree: Subtree, *, state: str | None, after: str | None, limit: int
    ) -> tuple[list[Parcel], str | None]:
        """Those of a subtree, newest first, and the cursor of the next page."""
        if state is None:
            rows = _ANY.page(tx, subtree, after=after, limit=limit)
        else:
            rows = _OF_STATE.page(tx, subtree, after=after, limit=limit, state=state)
        found, following = cut([_Row(row) for row in rows], limit)
        return [one.parcel for one in found], following

    def forget_before(self, tx: Connection, id: str) -> None:
        """Drop what ended before an identifier was made."""
        tx.execute(_FORGET, {"before": id})


class _Row:
    """A parcel with its row's id, by which pages are cut."""

    def __init__(self, row: RowMapping) -> None:
        self.id: str = row["id"]
        self.parcel = _parcel(row)


_CHANGING = (
    "state",
    "due_at",
    "attempts",
    "receipt",
    "cause",
    "history",
    "template_version",
    "attempt",
    "leased_until",
)


def _row(parcel: Parcel) -> dict[str, Any]:
    delivery = parcel.delivery
    return {
        "id": delivery.id,
        "key": delivery.key,
        "told_key": parcel.told_key,
        "occasion": parcel.occasion,
        "kind": parcel.kind,
        "person": parcel.person,
        "station": parcel.station,
        "channel": delivery.channel,
        "next_channels": list(parcel.next_channels),
        "state": delivery.state.value,
        "due_at": delivery.due_at,
        "expires_at": delivery.expires_at,
        "attempts": delivery.attempts,
        "receipt": delivery.receipt,
        "cause": delivery.cause.value if delivery.cause else None,
        "history": [_milestone(milestone) for milestone in delivery.history],
        "template_version": parcel.template_version,
        "attempt": parcel.attempt,
        "leased_until": parcel.leased_until,
    }


def _milestone(milestone: DeliveryMilestone) -> dict[str, Any]:
    return milestone.model_dump(mode="json", exclude_none=True)


def _parcel(row: RowMapping) -> Parcel:
    delivery = Delivery.model_validate(
        {**{name: row[name] for name in Delivery.model_fields}, "history": tuple(row["history"])}
    )
    return Parcel(
        delivery=delivery,
        told_key=row["told_key"],
        occasion=row["occasion"],
        kind=row["kind"],
        person=row["person"],
        station=row["station"],
        next_channels=tuple(row["next_channels"]),
        template_version=row["template_version"],
        attempt=row["attempt"],
        leased_until=row["leased_until"],
    )
