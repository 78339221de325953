"""The dashboard and the alert rules against the code: they ask for metrics and labels that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from yizhan.cli.metrics_doc import Metric, document, metrics
from yizhan.cli.processes import TABLE

INFRA = Path(__file__).parents[2] / "infra"
DASHBOARD: dict[str, Any] = json.loads((INFRA / "grafana" / "yizhan.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((INFRA / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
SCRAPED: dict[str, Any] = yaml.safe_load(
    (INFRA / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
)

#: What Prometheus adds to every series, and histograms to their buckets.
_ADDED_LABELS = {"job", "instance"}
_UNITS = ("_seconds", "_total", "_bytes")
#: Gauges that count things, whose name is the thing.
_COUNTS = (
    *("_messages", "_consumers", "_backlog", "_active", "_online", "_stale", "_slow", "_connections"),
    "_waiting",
)

_SERIES = re.compile(r"\b(yizhan_\w+)(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|without) \(([^)]*)\)")
_MATCHED_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"(?:[^\"\\]|\\.)*\"")


def _rules() -> Iterator[dict[str, Any]]:
    for group in ALERTS["groups"]:
        yield from group["rules"]


def _panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        if panel["type"] != "row":
            yield panel


EXPRESSIONS = [rule["expr"] for rule in _rules()] + [
    target["expr"] for panel in _panels() for target in panel["targets"]
]


def _without_texts(expression: str) -> str:
    """The expression with its label values emptied: they may hold braces, as a route's template does."""
    return re.sub(r"\"(?:[^\"\\]|\\.)*\"", '""', expression)


@pytest.fixture(scope="module")
def by_series() -> dict[str, Metric]:
    return {name: one for found in metrics().values() for one in found for name in one.series}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_names_metrics_and_labels_that_exist(
    expression: str, by_series: dict[str, Metric]
) -> None:
    """A renamed metric would leave an empty panel, or an alert that never comes."""
    plain = _without_texts(expression)
    named = _SERIES.findall(plain)
    assert named or "process_" in plain or "up{" in plain
    known: set[str] = set(_ADDED_LABELS)
    for series, matchers in named:
        assert series in by_series
        labels = {*by_series[series].labels, *_ADDED_LABELS}
        assert set(_MATCHED_LABEL.findall(matchers)) <= labels
        known |= labels | ({"le"} if series.endswith("_bucket") else set())
    for grouping in _GROUPING.findall(plain):
        assert {label.strip() for label in grouping.split(",")} <= known


def test_every_metric_is_shown_on_the_dashboard(by_series: dict[str, Metric]) -> None:
    """What is measured and looked at by nobody is not worth measuring."""
    shown = {by_series[name].name for one in EXPRESSIONS for name, _ in _SERIES.findall(_without_texts(one))}
    shared = {one.name for one in metrics()["yizhan.metrics"] + metrics()["gateway.metrics"]}
    board = {one.name for one in metrics()["services.board.metrics"]}
    outlet = {one.name for one in metrics()["services.notify.outlet.metrics"]}
    assert shared | board | outlet <= shown


def test_metrics_are_named_as_prometheus_has_it() -> None:
    """With their unit at the end, counters with `_total`, in seconds and not in parts of them."""
    for found in metrics().values():
        for one in found:
            assert re.fullmatch(r"yizhan_[a-z0-9_]+", one.name)
            assert one.meaning
            assert one.name.endswith(_UNITS + _COUNTS), one.name
            assert (one.kind == "counter") == one.name.endswith("_total")


def test_every_metric_is_documented() -> None:
    """In docs/metrics.md, which is made from the code."""
    page = document()
    for found in metrics().values():
        for one in found:
            assert f"`{one.name}`" in page


def test_metrics_of_the_other_processes_in_a_services_folder_are_found() -> None:
    """As of the outlet, which stands in notify's: an alert may ask for them."""
    assert {"yizhan_webhook_oldest_seconds", "yizhan_outlet_lag_seconds"} <= {
        one.name for one in metrics()["services.notify.outlet.metrics"]
    }


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    """And whether it may wake somebody."""
    names = [rule["alert"] for rule in _rules()]
    assert len(set(names)) == len(names)
    for rule in _rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}


def test_every_process_is_scraped() -> None:
    """By the name under which alerts and panels know it."""
    jobs = {job["job_name"] for job in SCRAPED["scrape_configs"]}
    assert {kind.name for kind in TABLE} <= jobs
    down = next(rule for rule in _rules() if rule["alert"] == "ProcessDown")
    for job in jobs:
        assert re.search(rf"[\"|]{job}[\"|]", down["expr"])


def test_the_dashboard_can_be_imported() -> None:
    """Panels have ids of their own, stand beside each other, and take the data source that is chosen."""
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    for panel in _panels():
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["title"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "--lint=none", "prometheus.yml"],
        ["check", "rules", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ],
    ids=["configuration", "rules", "alerts"],
)
def test_prometheus_takes_the_files(arguments: list[str]) -> None:
    """promtool reads them, and the alerts come when they should."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: sudo apt-get install prometheus")
    done = subprocess.run(
        [promtool, *arguments], cwd=INFRA / "prometheus", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
