"""One message to one person by one channel: queued → sending → sent → delivered, or why not.

                   ┌────────── retry, by cause ──────────┐
                   ▼                                     │
    planned ──► queued ──► sending ──► sent ──► delivered
                   │          ├──► refused         the far side, or the person, said no
                   │          ├──► failed          given up; staff see it and may queue it again
                   └──────────┴──► not_configured  the channel has no account; staff may queue it again

Nothing is `sent` without the channel's receipt: a delivery that nobody took over never claims it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment
from yizhan.contracts.deliveries import DeliveryCause as Cause
from yizhan.contracts.deliveries import DeliveryMilestone as Milestone
from yizhan.contracts.deliveries import DeliveryState
from yizhan.contracts.notify import DeliveryStepIllegal, ReceiptInvalid

#: Causes for which a delivery ends before an attempt is made.
_BEFORE_SENDING = frozenset({Cause.STOPPED, Cause.EXPIRED, Cause.NOT_CONFIGURED})
_DEAD_ENDS = frozenset({DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.NOT_CONFIGURED})
#: Channels that end in this service's own rows: they are always set up.
INBOX = "inbox"
SCREEN = "screen"
#: Where one way did not lead to the person, the next of his ways is tried.
TRY_ANOTHER = frozenset({Cause.NOT_CONFIGURED, Cause.CREDENTIALS_REFUSED, Cause.RECIPIENT_UNKNOWN})
_OUT = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED})


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CauseRule(_Data):
    """retry_after_seconds: the pause after the first, second, … attempt. then: the state when they run out.

    only_if_repeatable: retried only by a channel that itself knows a message that comes twice.
    """

    retry_after_seconds: tuple[Annotated[int, Field(ge=1)], ...]
    then: Literal[DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.NOT_CONFIGURED]
    only_if_repeatable: bool = False


class RetrySchedule(_Data):
    """What follows from each cause."""

    causes: dict[Cause, CauseRule]

    @classmethod
    def read(cls, data: dict[str, Any]) -> RetrySchedule:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    @model_validator(mode="after")
    def _every_cause_has_a_rule(self) -> Self:
        missing = set(Cause) - set(self.causes)
        if missing:
            raise ValueError(f"no rule for {', '.join(sorted(missing))}")
        return self


class Delivery(Message):
    """One message on its way. attempts: since it was queued last. due_at: the next attempt, while queued.

    expires_at: what it says is over then; None for never. receipt: the channel's own id for it.
    """

    id: Identifier
    key: str
    channel: str
    state: DeliveryState
    due_at: Moment | None
    expires_at: Moment | None = None
    attempts: Annotated[int, Field(ge=0)] = 0
    receipt: str | None = None
    cause: Cause | None = None
    history: tuple[Milestone, ...] = ()

    @property
    def is_dead_end(self) -> bool:
        """Whether nothing further happens by itself: what staff see."""
        return self.state in _DEAD_ENDS

    @model_validator(mode="after")
    def _the_state_is_backed(self) -> Self:
        if self.state in _OUT and not self.receipt:
            raise ValueError("nothing is sent without a receipt")
        if (self.state is DeliveryState.QUEUED) != (self.due_at is not None):
            raise ValueError("a queued delivery is due at some time, any other is not")
        if self.state in _DEAD_ENDS and self.cause is None:
            raise ValueError("a dead end has a cause")
        return self


def queue(
    *, id: str, key: str, channel: str, due_at: datetime, expires_at: datetime | None, now: datetime
) -> Delivery:
    """A new delivery. key: the dedupe key of what was planned."""
    return Delivery(
        id=id,
        key=key,
        channel=channel,
        state=DeliveryState.QUEUED,
        due_at=due_at,
        expires_at=expires_at,
        history=(Milestone(state=DeliveryState.QUEUED, at=now),),
    )


def begin(delivery: Delivery, *, now: datetime) -> Delivery:
    """The delivery with an attempt begun, or failed when what it says is over: save it before sending.

    Raises DeliveryStepIllegal unless it is queued and due.
    """
    _require(delivery, "begin", DeliveryState.QUEUED)
    if delivery.due_at is not None and now < delivery.due_at:
        raise DeliveryStepIllegal("not due yet", delivery_id=delivery.id, due_at=delivery.due_at.isoformat())
    if _is_over(delivery, now):
        return _moved(delivery, DeliveryState.FAILED, now, cause=Cause.EXPIRED)
    return _moved(delivery, DeliveryState.SENDING, now, attempts=delivery.attempts + 1)


def withhold(delivery: Delivery, cause: Cause, *, now: datetime, schedule: RetrySchedule) -> Delivery:
    """A queued delivery that ends before an attempt: stopped, over, or by a channel without an account."""
    _require(delivery, "withhold", DeliveryState.QUEUED)
    if cause not in _BEFORE_SENDING:
        raise DeliveryStepIllegal("this shows only in an attempt", delivery_id=delivery.id, cause=cause)
    return _moved(delivery, DeliveryState(schedule.causes[cause].then), now, cause=cause)


def fault(
    delivery: Delivery,
    cause: Cause,
    *,
    now: datetime,
    schedule: RetrySchedule,
    repeatable: bool = False,
    asked_to_wait_seconds: int = 0,
    next_allowed: Callable[[datetime], datetime] = lambda moment: moment,
) -> Delivery:
    """The delivery after an attempt that did not succeed: queued again, or at a dead end.

    A process that finds a delivery left in `sending` by a crash says OUTCOME_UNKNOWN. repeatable: the channel
    itself knows a message that comes twice. asked_to_wait_seconds: the channel's Retry-After. next_allowed:
    the person's quiet hours. Raises DeliveryStepIllegal unless it is sending.
    """
    _require(delivery, "fault", DeliveryState.SENDING)
    rule = schedule.causes[cause]
    pauses = rule.retry_after_seconds if repeatable or not rule.only_if_repeatable else ()
    if delivery.attempts > len(pauses):
        return _moved(delivery, DeliveryState(rule.then), now, cause=cause)
    pause = max(pauses[delivery.attempts - 1], asked_to_wait_seconds)
    due_at = next_allowed(now + timedelta(seconds=pause))
    if _is_over(delivery, due_at):
        return _moved(delivery, DeliveryState.FAILED, now, cause=cause)
    return _moved(delivery, DeliveryState.QUEUED, now, cause=cause, due_at=due_at)


def accepted(delivery: Delivery, receipt: str, *, now: datetime) -> Delivery:
    """The delivery, sent: the channel took it over and gave its receipt. Said again it changes nothing.

    An answer that comes after the attempt was given up as unknown still counts, and spares the retry.
    Raises ReceiptInvalid, DeliveryStepIllegal.
    """
    if delivery.state in _OUT:
        _require_own_receipt(delivery, receipt)
        return delivery
    _require_handed_over(delivery, "accepted")
    return _moved(delivery, DeliveryState.SENT, now, receipt=_receipt(receipt))


def confirmed(delivery: Delivery, receipt: str, *, now: datetime) -> Delivery:
    """The delivery, delivered: the channel reported so, perhaps before its own answer came.

    Raises ReceiptInvalid, DeliveryStepIllegal.
    """
    if delivery.state in _OUT:
        _require_own_receipt(delivery, receipt)
        if delivery.state is DeliveryState.DELIVERED:
            return delivery
    else:
        _require_handed_over(delivery, "confirmed")
    return _moved(delivery, DeliveryState.DELIVERED, now, receipt=_receipt(receipt))


def bounced(
    delivery: Delivery,
    receipt: str,
    *,
    now: datetime,
    cause: Cause = Cause.UNDELIVERABLE,
    then: DeliveryState = DeliveryState.FAILED,
) -> Delivery:
    """The delivery at the dead end `then`: the channel took it and reported that it could not be delivered.

    A report after one of success, or for the second time, changes nothing. Raises ReceiptInvalid,
    DeliveryStepIllegal.
    """
    if delivery.state is DeliveryState.DELIVERED or (delivery.is_dead_end and delivery.receipt):
        _require_own_receipt(delivery, receipt)
        return delivery
    if delivery.state is DeliveryState.SENT:
        _require_own_receipt(delivery, receipt)
    else:
        _require_handed_over(delivery, "bounced")
    return _moved(delivery, then, now, cause=cause, receipt=_receipt(receipt))


def queue_again(delivery: Delivery, *, by: str, now: datetime) -> Delivery:
    """A dead end, queued anew by staff, say once the channel has its account.

    Raises DeliveryStepIllegal for one that was refused: a no stays a no.
    """
    _require(delivery, "queue_again", DeliveryState.FAILED, DeliveryState.NOT_CONFIGURED)
    if _is_over(delivery, now):
        raise DeliveryStepIllegal("what it says is over", delivery_id=delivery.id)
    # An answer to the attempt whose outcome was unknown may still come, and would spare this one.
    cause = Cause.OUTCOME_UNKNOWN if delivery.cause is Cause.OUTCOME_UNKNOWN else None
    return _moved(
        delivery, DeliveryState.QUEUED, now, cause=cause, by=by, due_at=now, attempts=0, receipt=None
    )


def _is_over(delivery: Delivery, moment: datetime) -> bool:
    return delivery.expires_at is not None and moment >= delivery.expires_at


def _require(delivery: Delivery, step: str, *states: DeliveryState) -> None:
    if delivery.state not in states:
        raise DeliveryStepIllegal(
            f"{step} does not follow {delivery.state}", delivery_id=delivery.id, state=delivery.state
        )


def _require_handed_over(delivery: Delivery, step: str) -> None:
    waits_for_retry = delivery.state in (DeliveryState.QUEUED, DeliveryState.FAILED)
    if not (waits_for_retry and delivery.cause is Cause.OUTCOME_UNKNOWN):
        _require(delivery, step, DeliveryState.SENDING)


def _require_own_receipt(delivery: Delivery, receipt: str) -> None:
    if receipt != delivery.receipt:
        raise ReceiptInvalid("this receipt is another delivery's", delivery_id=delivery.id)


def _receipt(receipt: str) -> str:
    if not receipt.strip():
        raise ReceiptInvalid("a channel that took a message over gives a receipt")
    return receipt


def _moved(
    delivery: Delivery,
    state: DeliveryState,
    now: datetime,
    *,
    cause: Cause | None = None,
    by: str | None = None,
    due_at: datetime | None = None,
    **changes: Any,
) -> Delivery:
    milestone = Milestone(state=state, at=now, cause=cause, by=by)
    history = (*delivery.history, milestone)
    moved = {"state": state, "cause": cause, "due_at": due_at, "history": history, **changes}
    return Delivery.model_validate({**dict(delivery), **moved})
