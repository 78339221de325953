"""What a board process counts."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from services.board.channel import Tally

_PATH_BUCKETS_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)

SCREENS_ONLINE = Gauge("yizhan_board_screens_online", "Screens connected to this process and served.")
SCREENS_STALE = Gauge(
    "yizhan_board_screens_stale",
    "Screens here that have not painted for over 30 s what their station has shown since.",
)
SCREENS_SLOW = Gauge(
    "yizhan_board_screens_slow", "Screens whose backlog was dropped and that have not caught up."
)
CONNECTIONS = Gauge("yizhan_board_connections", "Open connections, also those that have not said hello.")
FOLD_SECONDS = Histogram(
    "yizhan_board_fold_seconds",
    "From the moment of a fact to its publication to all board processes.",
    buckets=_PATH_BUCKETS_SECONDS,
)
POST_TO_SCREEN_SECONDS = Histogram(
    "yizhan_post_to_screen_seconds",
    "From the moment of a fact to the writing of its change to the screens of this process.",
    buckets=_PATH_BUCKETS_SECONDS,
)
EVENTS_FOLDED = Counter("yizhan_board_events_folded_total", "Events that changed what is known.")
EVENTS_IGNORED = Counter("yizhan_board_events_ignored_total", "Events no newer than what was known.")
DELTAS = Counter("yizhan_board_deltas_total", "Changes of stations written, one per event and station.")
REBUILDS = Counter("yizhan_board_rebuilds_total", "Epochs that this process began.")
TURNED_SLOW = Counter("yizhan_board_screens_turned_slow_total", "Times that a screen's backlog was dropped.")
REFUSALS = Counter("yizhan_board_refusals_total", "Screens sent away.", ("code",))
HANDSHAKES_DROPPED = Counter(
    "yizhan_board_handshakes_dropped_total", "Connections dropped before a hello: too many, or too late."
)
OUTAGE_LOOKS_FAILED = Counter(
    "yizhan_board_outage_looks_failed_total",
    "Looks for screens that went away which failed; the next one sees them.",
)
ANSWERS_GIVEN_UP = Counter(
    "yizhan_board_answers_given_up_total",
    "Messages by number of which nobody was told whether they were shown, since the broker was away.",
)


class _TallyCollector(Collector):
    """Reads the channels' tally when somebody asks; counting each delivery here would cost more than it."""

    def __init__(self) -> None:
        self.tally = Tally()

    def collect(self) -> Iterator[CounterMetricFamily]:
        for name, text, value in (
            ("yizhan_board_deliveries", "Deltas written to screens.", self.tally.deliveries),
            ("yizhan_board_snapshots", "Snapshots written to screens.", self.tally.snapshots),
            ("yizhan_board_resumes", "Screens that resumed without a snapshot.", self.tally.resumes),
        ):
            yield CounterMetricFamily(name, text, value=value)


_collector = _TallyCollector()
REGISTRY.register(_collector)


def count_from(tally: Tally) -> None:
    """From now on /metrics shows this tally."""
    _collector.tally = tally
