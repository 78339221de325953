"""A webhook's tries: pure, so that days pass in no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain.webhook import (
    Answer,
    Exhausted,
    Health,
    ReceiverGone,
    Sent,
    TryAgain,
    WebhookRules,
    judge,
)
from services.notify.outlet.webhooks import rules

RULES = rules()
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def verdict(answer: Answer, *, attempts: int = 1, age: timedelta = timedelta(0), chance: float = 0) -> object:
    return judge(answer, attempts=attempts, created_at=NOW - age, now=NOW, chance=chance, rules=RULES)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_2xx_is_sent(status: int) -> None:
    """Whatever the body says."""
    assert verdict(Answer(status)) == Sent()


@pytest.mark.parametrize("status", [100, 301, 308, 400, 401, 404, 429, 500, 503, None])
def test_anything_else_is_tried_again(status: int | None) -> None:
    """A redirect too: following it would hand the event to an address that nobody looked at."""
    assert verdict(Answer(status, None if status else "timeout")) == TryAgain(NOW + timedelta(seconds=5))


def test_410_means_no_more() -> None:
    """The receiver said so."""
    assert verdict(Answer(410)) == ReceiverGone()


def test_tries_spread_over_days_and_end() -> None:
    """More than three days from the first to the last, each pause up to a fifth longer by chance."""
    total = sum(RULES.retry_seconds)
    assert total > 3 * 86_400
    late = verdict(Answer(500), attempts=2, chance=1.0)
    assert late == TryAgain(NOW + timedelta(seconds=300 * 1.2))
    assert verdict(Answer(500), attempts=len(RULES.retry_seconds) + 1) == Exhausted()


def test_a_delivery_that_is_too_old_is_given_up_however_often_it_was_tried() -> None:
    """A receiver that was away for a week does not get last week's news."""
    assert verdict(Answer(500), age=timedelta(days=RULES.give_up_days)) == Exhausted()


def test_a_receiver_that_keeps_failing_gets_one_probe_at_a_time_until_it_answers() -> None:
    """It is not flooded while it is down, and takes up its work where it left off."""
    health = Health()
    for _ in range(RULES.failures_before_pause):
        assert not health.is_paused(NOW)
        health = health.after(Answer(None, "cannot_connect"), now=NOW, rules=RULES)
    assert health.is_paused(NOW)
    later = NOW + timedelta(seconds=RULES.probe_seconds)
    assert not health.is_paused(later)
    assert health.on_probation
    assert health.after(Answer(200), now=later, rules=RULES) == Health()


def test_rules_are_read_whole() -> None:
    """A slip of the pen in the data is found at the start."""
    with pytest.raises(TypeError):
        WebhookRules.read({"retry_seconds": [1]})
