"""A delivery's way from queued to delivered, or to a dead end that says why."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notify.domain import delivery
from services.notify.domain.delivery import Cause, Delivery, DeliveryState, RetrySchedule
from services.notify.domain.quiet_hours import QuietHours, next_allowed
from yizhan.contracts.notify import DeliveryStepIllegal, ReceiptInvalid

DATA = json.loads((files("services.notify") / "delivery.json").read_text("utf-8"))
SCHEDULE = RetrySchedule.read(DATA)
NOW = datetime.fromisoformat("2026-03-01T12:00:00+08:00")
ID = "0195a000-0000-7000-8000-000000000001"


def queued(*, expires_in: timedelta | None = None) -> Delivery:
    expires_at = None if expires_in is None else NOW + expires_in
    return delivery.queue(id=ID, key="k", channel="sms", due_at=NOW, expires_at=expires_at, now=NOW)


def sending() -> Delivery:
    return delivery.begin(queued(), now=NOW)


def failed(cause: Cause, *, repeatable: bool = False) -> Delivery:
    return delivery.fault(sending(), cause, now=NOW, schedule=SCHEDULE, repeatable=repeatable)


def states(of: Delivery) -> list[str]:
    return [str(milestone.state) for milestone in of.history]


def test_a_delivery_that_goes_well_passes_every_state() -> None:
    """Each with its moment."""
    told = delivery.confirmed(delivery.accepted(sending(), "r-1", now=NOW), "r-1", now=NOW)
    assert states(told) == ["queued", "sending", "sent", "delivered"]
    assert (told.receipt, told.attempts, told.is_dead_end) == ("r-1", 1, False)


def test_nothing_is_sent_without_a_receipt() -> None:
    """The channel's own id is the only proof that something left the house."""
    for receipt in ("", "  "):
        with pytest.raises(ReceiptInvalid):
            delivery.accepted(sending(), receipt, now=NOW)
        with pytest.raises(ReceiptInvalid):
            delivery.confirmed(sending(), receipt, now=NOW)
    with pytest.raises(ValidationError):
        Delivery.model_validate({**dict(sending()), "state": DeliveryState.SENT})


def test_a_channel_without_an_account_never_claims_to_have_sent() -> None:
    """Whether it is known beforehand or shows in the attempt; wrong credentials are the same thing."""
    known = delivery.withhold(queued(), Cause.NOT_CONFIGURED, now=NOW, schedule=SCHEDULE)
    for ended in (known, failed(Cause.NOT_CONFIGURED), failed(Cause.CREDENTIALS_REFUSED)):
        assert (ended.state, ended.is_dead_end, ended.receipt) == (DeliveryState.NOT_CONFIGURED, True, None)
        assert "sent" not in states(ended)


def test_a_delivery_is_not_begun_before_it_is_due() -> None:
    """Nor twice at once."""
    with pytest.raises(DeliveryStepIllegal):
        delivery.begin(queued(), now=NOW - timedelta(seconds=1))
    with pytest.raises(DeliveryStepIllegal):
        delivery.begin(sending(), now=NOW)


def test_an_unreachable_channel_is_tried_again_after_longer_and_longer() -> None:
    """By the schedule, then a dead end with its cause."""
    now, current, pauses = NOW, queued(), []
    while not current.is_dead_end:
        current = delivery.fault(
            delivery.begin(current, now=now), Cause.UNREACHABLE, now=now, schedule=SCHEDULE
        )
        if current.due_at is not None:
            pauses.append((current.due_at - now).total_seconds())
            now = current.due_at
    assert pauses == [5, 60, 600, 3600, 21600]
    assert (current.state, current.cause, current.attempts) == (DeliveryState.FAILED, Cause.UNREACHABLE, 6)


def test_a_channel_that_asks_for_a_longer_pause_gets_it() -> None:
    """Its Retry-After and not less than the schedule."""
    for asked, waits in ((600, 600), (1, 60)):
        again = delivery.fault(
            sending(), Cause.RATE_LIMITED, now=NOW, schedule=SCHEDULE, asked_to_wait_seconds=asked
        )
        assert again.due_at == NOW + timedelta(seconds=waits)


def test_a_retry_keeps_the_quiet_hours() -> None:
    """Five seconds after ten at night is seven in the morning."""
    night = datetime.fromisoformat("2026-03-01T22:00:00+08:00")
    hours = QuietHours(begins="22:00", ends="07:00")
    again = delivery.fault(
        delivery.begin(queued(), now=night),
        Cause.UNREACHABLE,
        now=night,
        schedule=SCHEDULE,
        next_allowed=lambda moment: next_allowed(hours, moment),
    )
    assert again.due_at == datetime.fromisoformat("2026-03-02T07:00:00+08:00")


@pytest.mark.parametrize("cause", [Cause.RECIPIENT_UNKNOWN, Cause.RECIPIENT_REFUSED, Cause.CONTENT_REFUSED])
def test_a_no_is_not_asked_for_again(cause: Cause) -> None:
    """Neither by the schedule nor by staff."""
    refused = failed(cause)
    assert (refused.state, refused.cause) == (DeliveryState.REFUSED, cause)
    with pytest.raises(DeliveryStepIllegal):
        delivery.queue_again(refused, by="clerk", now=NOW)


def test_a_crash_while_sending_is_retried_only_where_a_repetition_is_known() -> None:
    """Else a person might hear it twice: it fails, and says that the outcome is unknown."""
    assert failed(Cause.OUTCOME_UNKNOWN).state is DeliveryState.FAILED
    assert failed(Cause.OUTCOME_UNKNOWN, repeatable=True).state is DeliveryState.QUEUED


@pytest.mark.parametrize("repeatable", [False, True])
def test_an_answer_that_comes_after_all_spares_the_retry(repeatable: bool) -> None:
    """The truth is that it was sent; also after staff queued it again."""
    unknown = failed(Cause.OUTCOME_UNKNOWN, repeatable=repeatable)
    assert delivery.accepted(unknown, "r-1", now=NOW).state is DeliveryState.SENT
    assert delivery.confirmed(unknown, "r-1", now=NOW).state is DeliveryState.DELIVERED
    if not repeatable:
        again = delivery.queue_again(unknown, by="clerk", now=NOW)
        assert delivery.accepted(again, "r-1", now=NOW).state is DeliveryState.SENT


def test_what_failed_for_another_reason_cannot_turn_out_sent() -> None:
    """Nothing had left the house."""
    for current in (queued(), failed(Cause.UNREACHABLE), failed(Cause.NOT_CONFIGURED)):
        with pytest.raises(DeliveryStepIllegal):
            delivery.accepted(current, "r-1", now=NOW)


def test_reports_may_come_early_twice_and_late() -> None:
    """Before the channel's answer, again, and the answer after the report."""
    early = delivery.confirmed(sending(), "r-1", now=NOW)
    assert delivery.accepted(early, "r-1", now=NOW) is early
    assert delivery.confirmed(early, "r-1", now=NOW) is early
    assert delivery.bounced(early, "r-1", now=NOW) is early


def test_a_report_on_another_message_is_refused() -> None:
    """A mixed-up receipt would mark the wrong person as told."""
    sent = delivery.accepted(sending(), "r-1", now=NOW)
    for step in (delivery.accepted, delivery.confirmed, delivery.bounced):
        with pytest.raises(ReceiptInvalid):
            step(sent, "r-2", now=NOW)


def test_what_bounces_is_a_dead_end_that_keeps_its_receipt() -> None:
    """It had left the house; a second report changes nothing."""
    bounced = delivery.bounced(delivery.accepted(sending(), "r-1", now=NOW), "r-1", now=NOW)
    assert (bounced.state, bounced.cause, bounced.receipt) == (
        DeliveryState.FAILED,
        Cause.UNDELIVERABLE,
        "r-1",
    )
    assert delivery.bounced(bounced, "r-1", now=NOW) is bounced


def test_what_is_over_is_not_sent() -> None:
    """An offer for a job that has begun; also when only the retry would come too late."""
    short = queued(expires_in=timedelta(seconds=3))
    over = delivery.begin(short, now=NOW + timedelta(seconds=3))
    assert (over.state, over.cause, over.attempts) == (DeliveryState.FAILED, Cause.EXPIRED, 0)
    late = delivery.fault(delivery.begin(short, now=NOW), Cause.UNREACHABLE, now=NOW, schedule=SCHEDULE)
    assert (late.state, late.cause) == (DeliveryState.FAILED, Cause.UNREACHABLE)
    with pytest.raises(DeliveryStepIllegal):
        delivery.queue_again(late, by="clerk", now=NOW + timedelta(seconds=3))


def test_whoever_stops_a_kind_is_not_told_what_waited() -> None:
    """The message that was queued ends as refused."""
    stopped = delivery.withhold(queued(), Cause.STOPPED, now=NOW, schedule=SCHEDULE)
    assert (stopped.state, stopped.cause) == (DeliveryState.REFUSED, Cause.STOPPED)
    with pytest.raises(DeliveryStepIllegal):
        delivery.withhold(queued(), Cause.RECIPIENT_REFUSED, now=NOW, schedule=SCHEDULE)


def test_staff_queue_a_dead_end_again() -> None:
    """With all its attempts, and on the record by whom."""
    again = delivery.queue_again(failed(Cause.NOT_CONFIGURED), by="clerk", now=NOW)
    assert (again.state, again.attempts, again.due_at, again.cause) == (DeliveryState.QUEUED, 0, NOW, None)
    assert again.history[-1].by == "clerk"
    sent = delivery.accepted(delivery.begin(again, now=NOW), "r-1", now=NOW)
    assert states(sent) == ["queued", "sending", "not_configured", "queued", "sending", "sent"]


def test_every_cause_has_a_rule() -> None:
    """Data that forgets one is refused."""
    causes = {name: rule for name, rule in DATA["causes"].items() if name != "stopped"}
    with pytest.raises(ValidationError, match="no rule for stopped"):
        RetrySchedule.read({"causes": causes})


STEPS = st.lists(
    st.sampled_from(["begin", "accepted", "confirmed", "bounced", "queue_again", *Cause]), max_size=12
)


@given(STEPS, st.booleans())
@settings(deadline=None)
def test_whatever_happens_only_a_receipt_makes_it_sent(steps: list[str], repeatable: bool) -> None:
    """Any steps in any order: an illegal one changes nothing, and every state is backed."""
    current, taken_over, now = queued(), False, NOW
    for step in steps:
        now = max(now, current.due_at or now)
        try:
            match step:
                case "begin":
                    current = delivery.begin(current, now=now)
                case "queue_again":
                    current = delivery.queue_again(current, by="clerk", now=now)
                case "accepted" | "confirmed" | "bounced":
                    current = getattr(delivery, step)(current, "r-1", now=now)
                    taken_over = True
                case _:
                    current = delivery.fault(
                        current, Cause(step), now=now, schedule=SCHEDULE, repeatable=repeatable
                    )
        except (DeliveryStepIllegal, ReceiptInvalid):
            continue
    assert taken_over or not {"sent", "delivered"} & set(states(current))
    assert current.history[-1].state is current.state
    assert current.is_dead_end == (current.cause is not None and current.state is not DeliveryState.QUEUED)
