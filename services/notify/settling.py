"""A delivery that has taken a step is written, counted and, where its way did not lead to the person,
followed by his next one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from services.notify.domain.delivery import TRY_ANOTHER
from services.notify.metrics import DELIVERED
from services.notify.storage import Deliveries, Parcel
from yizhan.contracts.identifiers import new_identifier


def settle(tx: Connection, deliveries: Deliveries, parcel: Parcel, *, now: datetime) -> None:
    """Save a parcel, which the caller has locked, with its delivery one step on."""
    delivery = parcel.delivery
    deliveries.save(tx, [parcel])
    DELIVERED.labels(delivery.channel, delivery.state.value, delivery.cause or "").inc()
    if delivery.is_dead_end and delivery.cause in TRY_ANOTHER:
        following = parcel.onwards(id=new_identifier(now), now=now)
        if following is not None:
            deliveries.add_once(tx, following)
