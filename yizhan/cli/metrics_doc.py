"""docs/metrics.md: every metric that a process of the system serves, read off the code."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

_HEAD = """\
# Metrics

Made from the code by `./run docs`; edit there. Every process serves `/metrics` for Prometheus: the
gateway on its own port (keep it from the public at the proxy), the others on their health port. Times
are in seconds. Beside these there are the Python client's own `process_*` and `python_*`.

`infra/prometheus/prometheus.yml` scrapes a deployment, `infra/prometheus/alerts.yml` has the rules for
alerts, and `infra/grafana/yizhan.json` is a dashboard to import. `./run doctor` reads the same figures
and says what to do.

Alerts on integrators: `yizhan_webhook_oldest_seconds` over an hour (`WebhooksWait`: the receiver is down),
more than half of `yizhan_webhook_answers_total` failed (`WebhooksFail`: it refuses), and the 99th percentile
of `yizhan_outlet_lag_seconds` over a minute (`OutletLags`: we are slow, whoever reads).

The way of a posting: `yizhan_http_request_seconds` of the publishing route until it is committed and
answered; `yizhan_outbox_oldest_seconds` while it waits for the relay; `yizhan_board_fold_seconds` from
the fact until all board processes have been told; `yizhan_post_to_screen_seconds` until it is written
to the screens. One request is found in the logs of every process by its `correlation`; the board's
`fold.written` names the offset at which it reached each station, and with that offset the screens
acknowledge what they have painted. The relay writes its line for each event at level `debug`.
"""


@dataclass(frozen=True)
class Metric:
    """One family. `series`: the names under which Prometheus has it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def series(self) -> frozenset[str]:
        if self.kind == "histogram":
            return frozenset(self.name + suffix for suffix in ("_bucket", "_count", "_sum"))
        return frozenset({self.name})


def metrics() -> dict[str, list[Metric]]:
    """The metrics of each module that has some, by the module's name."""
    return {module.__name__: sorted(_of(module), key=lambda one: one.name) for module in _modules()}


def document() -> str:
    """The text of docs/metrics.md."""
    lines = [_HEAD]
    for module, found in metrics().items():
        lines += [
            f"## {_title(module)}",
            "",
            "| metric | kind | labels | meaning |",
            "| --- | --- | --- | --- |",
        ]
        for one in found:
            labels = ", ".join(f"`{label}`" for label in one.labels)
            lines.append(f"| `{one.name}` | {one.kind} | {labels} | {one.meaning} |")
        lines.append("")
    return "\n".join(lines)


def _modules() -> Iterator[ModuleType]:
    """Modules called `metrics`: what all processes share, the gateway's, and each service's own, with those
    of the other processes that stand in its folder."""
    yield importlib.import_module("yizhan.metrics")
    yield importlib.import_module("gateway.metrics")
    (folder,) = importlib.import_module("services").__path__
    # By their files: to walk the packages is to import nameko, for which eventlet must be asked first.
    for found in sorted(Path(folder).rglob("metrics.py")):
        yield importlib.import_module(
            ".".join(("services", *found.relative_to(folder).with_suffix("").parts))
        )


def _title(module: str) -> str:
    return {"yizhan.metrics": "Shared by processes", "gateway.metrics": "gateway"}.get(
        module, module.removesuffix(".metrics").replace(".", "/")
    )


def _of(module: ModuleType) -> Iterator[Metric]:
    for value in vars(module).values():
        if isinstance(value, MetricWrapperBase):
            yield _described(value.describe(), tuple(value._labelnames))
        elif hasattr(value, "collect") and not isinstance(value, type | CollectorRegistry):
            yield from (_described([family], ()) for family in value.collect())


def _described(families: Any, labels: tuple[str, ...]) -> Metric:
    family = next(iter(families))
    # The client keeps a counter's name without the suffix under which it is served.
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return Metric(name, family.type, labels, family.documentation)
