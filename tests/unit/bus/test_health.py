"""What a process tells about itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
import structlog

from yizhan.health import HealthServer
from yizhan.logs import current_request, request_context

FAULTS: dict[str, str | None] = {}


def broken() -> str | None:
    raise OSError("gone")


@pytest.fixture
def server() -> Iterator[HealthServer]:
    FAULTS.clear()
    server = HealthServer(0, {"database": lambda: FAULTS.get("database"), "broker": lambda: None})
    server.start()
    yield server
    server.stop()


def get(server: HealthServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_well_process_says_so(server: HealthServer) -> None:
    """200, and each check by its name."""
    status, body = get(server, "/healthz")
    assert (status, json.loads(body)) == (
        200,
        {"status": "ok", "checks": {"database": "ok", "broker": "ok"}},
    )


def test_one_fault_makes_it_unwell_and_is_named(server: HealthServer) -> None:
    """503, with what is wrong."""
    FAULTS["database"] = "不通"
    status, body = get(server, "/healthz")
    assert (status, json.loads(body)["checks"]["database"]) == (503, "不通")


def test_a_check_that_raises_is_a_fault() -> None:
    """A check need not catch what it finds."""
    server = HealthServer(0, {"disk": broken})
    server.start()
    status, body = get(server, "/healthz")
    server.stop()
    assert (status, json.loads(body)["checks"]) == (503, {"disk": "OSError: gone"})


def test_metrics_and_nothing_else_are_served(server: HealthServer) -> None:
    """Prometheus reads them; other addresses do not exist."""
    status, body = get(server, "/metrics")
    assert status == 200
    assert "yizhan_outbox_backlog" in body
    assert get(server, "/etc/passwd")[0] == 404


def test_without_a_port_nothing_is_served() -> None:
    """A process may be started without."""
    server = HealthServer(None, {})
    server.start()
    assert server.port is None
    server.stop()


def test_every_line_carries_its_request(
    real_logs: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Correlation and traceparent are in each line inside, and in none outside."""
    real_logs("json")
    log = structlog.get_logger("x")
    with request_context("corr-1", "00-trace", rpc="a.b"):
        assert current_request() == ("corr-1", "00-trace")
        log.info("inside", 数="一")
    log.info("outside")
    inside, outside = (json.loads(line) for line in capsys.readouterr().err.strip().splitlines())
    assert (inside["correlation"], inside["traceparent"], inside["rpc"]) == ("corr-1", "00-trace", "a.b")
    assert (inside["event"], inside["process"], inside["level"]) == ("inside", "tested", "info")
    assert "correlation" not in outside
