"""What the outlet counts. integrator: its name, of which there are few."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter(
    "yizhan_outlet_events_total",
    "Events handed to integrators. way: queue, webhook (told to wait there) or replay.",
    ("integrator", "way"),
)
LAG_SECONDS = Histogram(
    "yizhan_outlet_lag_seconds",
    "From the moment of a fact to its passing the gate, whoever gets it.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
WEBHOOK_ANSWERS = Counter(
    "yizhan_webhook_answers_total",
    "Tries to post an event. outcome: sent, failed or gone.",
    ("integrator", "outcome"),
)
WEBHOOKS_WAITING = Gauge("yizhan_webhooks_waiting", "Deliveries that wait to be posted.", ("integrator",))
WEBHOOK_OLDEST_SECONDS = Gauge(
    "yizhan_webhook_oldest_seconds",
    "Age of the oldest delivery that waits; 0 when none does.",
    ("integrator",),
)
QUEUE_MESSAGES = Gauge(
    "yizhan_integrator_queue_messages", "Events that wait in an integrator's live queue.", ("integrator",)
)
INBOX_MESSAGES = Counter(
    "yizhan_inbox_messages_total",
    "Messages that integrators sent by the broker. outcome: as answered, or dead.",
    ("integrator", "outcome"),
)
