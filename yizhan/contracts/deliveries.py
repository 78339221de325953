"""What services/notify says of deliveries: one message to one person by one channel, and its fate."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method


class DeliveryState(StrEnum):
    """queued → sending → sent → delivered, or one of three dead ends. SENT and DELIVERED have the channel's
    receipt; nothing else says that anything left the house."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_CONFIGURED = "not_configured"


class DeliveryCause(StrEnum):
    """Why a delivery did not get on. UNREACHABLE: nothing left the house. OUTCOME_UNKNOWN: it may have
    arrived, and is not sent again by a channel that could not tell."""

    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    CHANNEL_FAULT = "channel_fault"
    OUTCOME_UNKNOWN = "outcome_unknown"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    RECIPIENT_REFUSED = "recipient_refused"
    CONTENT_REFUSED = "content_refused"
    STOPPED = "stopped"
    UNDELIVERABLE = "undeliverable"
    EXPIRED = "expired"
    CREDENTIALS_REFUSED = "credentials_refused"
    NOT_CONFIGURED = "not_configured"


class DeliveryMilestone(Message):
    """A state that a delivery came into. by: the account that queued it again, None for the system."""

    state: DeliveryState
    at: Moment
    cause: DeliveryCause | None = None
    by: str | None = None


class DeliveryView(Message):
    """A delivery as staff see it: to whom by his id in the owner's register, never with an address.

    person: `seeker:<id>`, `employer:<id>`, `staff:<id>`, `outlet:<station>:<channel>:<name>`. channel: as in
    the templates. occasion: the id of the event that it tells of, None for a digest. due_at: the next
    attempt, while queued. expires_at: of no use from then on. dead_end: nothing further happens by itself.
    """

    id: Identifier
    kind: str
    person: str
    station: StationCode
    channel: str
    state: DeliveryState
    cause: DeliveryCause | None
    dead_end: bool
    occasion: Identifier | None
    due_at: Moment | None
    expires_at: Moment | None
    attempts: Annotated[int, Field(ge=0)]
    receipt: str | None
    history: tuple[DeliveryMilestone, ...]


class DeliveryQuery(Message):
    """Deliveries that concern a station or one below it, newest first. `after`: the last id of the page
    before."""

    station: StationCode
    state: DeliveryState | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DeliveryList(Message):
    deliveries: tuple[DeliveryView, ...]
    next: Identifier | None


class DeliveryRef(Message):
    id: Identifier


class DeliveriesRpc:
    """The methods of services/notify that are about deliveries."""

    list_deliveries = Method("notify", "list_deliveries", DeliveryQuery, DeliveryList, command=False)
    queue_delivery_again = Method("notify", "queue_delivery_again", DeliveryRef, DeliveryView, command=True)


class DeliveryNotFound(YizhanError):
    """No delivery has this id, or it was forgotten with its time."""

    code = "notify.delivery_not_found"
    status = 404
