"""What every process counts, under the names that dashboards and alerts know."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

RPC_ANSWER_SECONDS = Histogram(
    "yizhan_rpc_answer_seconds",
    "Time a service took to answer a call. outcome: ok, refused (a problem below 500) or failed.",
    ("service", "method", "outcome"),
    buckets=_LATENCY_BUCKETS_SECONDS,
)
RPC_CALL_SECONDS = Histogram(
    "yizhan_rpc_call_seconds",
    "Time a caller waited for an answer. outcome: ok, refused, unavailable, timeout or failed.",
    ("service", "method", "outcome"),
    buckets=_LATENCY_BUCKETS_SECONDS,
)
HANDLER_SECONDS = Histogram(
    "yizhan_handler_seconds",
    "Time a handler took for an event. outcome: handled, repeated (in the inbox already), retried or dead.",
    ("queue", "outcome"),
    buckets=_LATENCY_BUCKETS_SECONDS,
)
QUEUE_MESSAGES = Gauge(
    "yizhan_queue_messages",
    "Messages that wait in a queue, without those in a consumer's hand; measured by each relay.",
    ("queue",),
)
QUEUE_CONSUMERS = Gauge("yizhan_queue_consumers", "Consumers of a queue; measured by each relay.", ("queue",))
DEAD_LETTERS = Counter("yizhan_dead_letters_total", "Messages moved to the dead letters.", ("queue", "code"))
PUBLISHED = Counter("yizhan_published_total", "Events confirmed by the broker.", ("service",))
PUBLISH_FAILURES = Counter(
    "yizhan_publish_failures_total",
    "Events that the broker did not confirm; they are sent again.",
    ("service", "reason"),
)
OUTBOX_BACKLOG = Gauge("yizhan_outbox_backlog", "Events waiting to be published.", ("service",))
OUTBOX_OLDEST_SECONDS = Gauge(
    "yizhan_outbox_oldest_seconds",
    "Age of the oldest event waiting to be published; 0 when none waits.",
    ("service",),
)
RELAY_ACTIVE = Gauge(
    "yizhan_relay_active", "1 where this process relays this service's outbox.", ("service",)
)
