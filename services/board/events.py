"""What services/board tells: it has no database, so an event is published at once, under an id that follows
from what it says. Told again by whoever is not sure that it was, it is known again."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from yizhan.bus.topology import EVENTS_EXCHANGE
from yizhan.contracts.envelope import CONTENT_TYPE, Event, Facts
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.screen_messages import (
    MissedReason,
    ScreenMessageIssued,
    ScreenMessageMissed,
    ScreenMessageShown,
)
from yizhan.contracts.screen_outages import OutageEnd, ScreenOutage, ScreenOutageBegan, ScreenOutageEnded

_NAMES = UUID("b6a0c6d2-5d0c-4a7f-8f53-0d1f6a2e9c47")
#: Held here, because pydantic forgets a generic model that nobody holds, and makes it anew at some cost.
_EVENT = Event[Facts]


class Bus(Protocol):
    """Where events go; returns when the broker has one. Raises BusError."""

    async def publish(
        self, exchange: str, key: str, body: bytes, *, content_type: str, message_id: str | None
    ) -> None: ...


async def tell(bus: Bus, event: Event[Facts]) -> None:
    """Publish an event. Raises BusError when it is not known to be on the bus."""
    await bus.publish(
        EVENTS_EXCHANGE,
        event.routing_key,
        event.model_dump_json().encode(),
        content_type=CONTENT_TYPE,
        message_id=event.id,
    )


def derived_id(*parts: str) -> str:
    """The identifier that follows from these parts, whoever works it out."""
    return str(uuid5(_NAMES, "/".join(parts)))


def answer(event: Event[ScreenMessageIssued], missed: MissedReason | None, *, now: datetime) -> Event[Facts]:
    """What became of a message. missed: why it was not shown; None when it was."""
    issued = event.data
    named = {
        "station": issued.station,
        "message_id": issued.message.id,
        "delivery_id": issued.delivery_id,
    }
    facts: Facts = (
        ScreenMessageShown(**named) if missed is None else ScreenMessageMissed(**named, reason=missed)
    )
    return _EVENT.of(
        facts,
        id=derived_id(issued.message.id, facts.event_type),
        subject=issued.message.id,
        sequence=event.sequence + 1,
        station=issued.station,
        time=now,
        correlation=event.correlation,
        traceparent=event.traceparent,
    )


def outage_began(outage: ScreenOutage, *, now: datetime) -> Event[Facts]:
    """That a screen is away."""
    return _outage(ScreenOutageBegan(outage=outage), outage, 1, now)


def outage_ended(outage: ScreenOutage, reason: OutageEnd, *, now: datetime) -> Event[Facts]:
    """That it is not any more."""
    return _outage(ScreenOutageEnded(outage=outage, reason=reason), outage, 2, now)


def _outage(facts: Facts, outage: ScreenOutage, sequence: int, now: datetime) -> Event[Facts]:
    return _EVENT.of(
        facts,
        id=derived_id(outage.id, facts.event_type),
        subject=outage.id,
        sequence=sequence,
        station=outage.station,
        time=now,
        correlation=new_identifier(now),
    )
