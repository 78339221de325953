"""What services/notify counts, under the names that dashboards and alerts know."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

PLANNED = Counter(
    "yizhan_notify_planned_total",
    "Decisions about who is told what. outcome: tell, digest, or why somebody is not told.",
    ("kind", "outcome"),
)
DELIVERED = Counter(
    "yizhan_notify_deliveries_total",
    "Deliveries that came into a state. cause: why, where it is a dead end or a retry; else empty.",
    ("channel", "state", "cause"),
)
OLDEST_DUE_SECONDS = Gauge(
    "yizhan_notify_oldest_due_seconds", "How long the oldest due delivery has been waiting; 0 when none is."
)
