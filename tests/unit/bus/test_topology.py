"""The plan of exchanges and queues, before any broker sees it."""

import pytest

from yizhan.bus.topology import is_passing, queue_plans, retry_queue
from yizhan.contracts.subscriptions import SUBSCRIPTIONS, Subscription

PLANS = {plan.name: plan for plan in queue_plans()}


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS, ids=lambda subscription: subscription.queue)
def test_every_subscription_has_a_queue_that_loses_nothing(subscription: Subscription) -> None:
    """Quorum, with a delivery limit and dead lettering that are said, not left to a version's default."""
    arguments = PLANS[subscription.queue].arguments
    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-delivery-limit"] > 0
    assert arguments["x-dead-letter-exchange"] == "yizhan.dead"
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-overflow"] == "reject-publish"
    assert arguments.get("x-single-active-consumer", False) is subscription.single_active


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS, ids=lambda subscription: subscription.queue)
def test_every_rung_of_the_ladder_leads_back(subscription: Subscription) -> None:
    """Its messages return by the default exchange to the queue where they failed."""
    for seconds in (5, 60, 600):
        arguments = PLANS[f"{subscription.queue}.retry.{seconds}s"].arguments
        assert arguments["x-message-ttl"] == seconds * 1000
        assert arguments["x-dead-letter-exchange"] == ""
        assert arguments["x-dead-letter-routing-key"] == subscription.queue


def test_the_history_takes_every_event() -> None:
    """So an event is never unroutable, and can be replayed for 400 days."""
    history = PLANS["yizhan.history"]
    assert history.bindings == (("yizhan.events", "#"),)
    assert history.arguments["x-max-age"] == "400D"


def test_short_delays_have_names_of_their_own() -> None:
    """A fraction of a second is named in milliseconds."""
    assert retry_queue("a.b", 0.2) == "a.b.retry.200ms"
    assert retry_queue("a.b", 60) == "a.b.retry.60s"


def test_a_queue_without_a_leader_is_waited_for_and_a_different_one_is_not() -> None:
    """What RabbitMQ says for a moment after a crash is no reason to leave; a wrong property is."""
    down = "queue yizhan.history: NOT_FOUND - home node 'a@b' of durable queue 'x' is down or inaccessible"
    assert is_passing(down)
    assert not is_passing("queue board.fold: PRECONDITION_FAILED - inequivalent arg 'x-queue-type'")
