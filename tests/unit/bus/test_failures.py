"""Where a failed message goes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yizhan.bus import failures
from yizhan.bus.failures import Move, route_failure
from yizhan.contracts.errors import NotAllowed, ServiceUnavailable
from yizhan.contracts.reading import EventUnreadable

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LADDER = (5, 60, 600)


def route(error: Exception, headers: dict[str, Any], now: datetime = NOW) -> Move:
    return route_failure(
        error, headers, queue="jobs.network", routing_key="stations.x", now=now, ladder_seconds=LADDER
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [(RuntimeError("x"), "handler.failed"), (ServiceUnavailable("x"), "service.unavailable")],
)
def test_a_transient_failure_climbs_the_ladder_and_then_is_dead(error: Exception, code: str) -> None:
    """Each rung once, with its own queue, and the dead letters after the last."""
    headers: dict[str, Any] = {}
    keys = []
    for _ in range(4):
        move = route(error, headers)
        keys.append((move.exchange, move.key, move.dead))
        headers = move.headers
    assert keys == [
        ("yizhan.retry", "jobs.network.retry.5s", False),
        ("yizhan.retry", "jobs.network.retry.60s", False),
        ("yizhan.retry", "jobs.network.retry.600s", False),
        ("yizhan.dead", "jobs.network", True),
    ]
    assert headers[failures.CODE] == code
    assert headers[failures.ATTEMPTS] == 4


@pytest.mark.parametrize("error", [EventUnreadable("no JSON"), NotAllowed("no")])
def test_what_can_never_succeed_is_dead_at_once(error: Exception) -> None:
    """Unreadable bytes and final refusals are not tried again."""
    move = route(error, {})
    assert (move.exchange, move.dead, move.attempts) == ("yizhan.dead", True, 1)


def test_the_story_keeps_its_beginning() -> None:
    """The first failure's time and the first routing key stay, the last ones are added."""
    first = route(RuntimeError("one"), {"traceparent": "t"})
    second = route_failure(
        RuntimeError("two"),
        first.headers,
        queue="jobs.network",
        routing_key="jobs.network",
        now=NOW + timedelta(seconds=5),
        ladder_seconds=LADDER,
    )
    assert second.headers[failures.FIRST_FAILED_AT] == "2026-03-01T08:00:00+00:00"
    assert second.headers[failures.LAST_FAILED_AT] == "2026-03-01T08:00:05+00:00"
    assert second.headers[failures.ROUTING_KEY] == "stations.x"
    assert second.headers[failures.REASON] == "RuntimeError: two"
    assert second.headers["traceparent"] == "t"


def test_the_brokers_own_marks_are_left_behind() -> None:
    """With them the broker could take a retry for a cycle and drop the message."""
    headers = {"x-death": [{"queue": "q"}], "x-first-death-queue": "q", "x-delivery-count": 3, "x-mine": 1}
    kept = route(RuntimeError("x"), headers).headers
    assert not [name for name in kept if name.startswith(("x-death", "x-first-death", "x-delivery"))]
    assert kept["x-mine"] == 1


@pytest.mark.parametrize("value", ["many", -3, None, 1.5])
def test_a_badly_written_count_counts_as_none(value: object) -> None:
    """A header that somebody else made up must not stop the message's handling."""
    assert route(RuntimeError("x"), {failures.ATTEMPTS: value}).attempts == 1


def test_a_long_reason_is_cut() -> None:
    """Headers are small; the log has the whole."""
    assert len(route(RuntimeError("x" * 10_000), {}).headers[failures.REASON]) == 500
