"""One request from the gateway to the screens: found in every log that it touched, and counted everywhere."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.routing import Route

from gateway.app import routed_app
from services.board.channel import AWAY
from services.board.server import STALE_SECONDS
from tests.e2e.api import Clerk
from tests.integration.board.harness import PATIENCE_SECONDS
from tests.integration.board.test_server import Stage
from tests.integration.board.test_server import stage as stage
from tests.support import http
from tests.support.bare_system import ADMIN, BareSystem
from tests.support.eventually import eventually
from tests.support.screen_connection import served_screen
from tests.unit.board.test_projection import published
from tests.unit.board.world import TOWN
from yizhan.bus.connection import Broker
from yizhan.bus.queue_depth import QueueDepth, measured_queues
from yizhan.cli.doctor import examine
from yizhan.cli.processes import TABLE
from yizhan.cli.vital_signs import read_metrics

pytestmark = pytest.mark.integration

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def clerk(bare_system: BareSystem) -> Iterator[Clerk]:
    with bare_system.client(bare_system.admin_token) as client:
        yield Clerk(client)


@pytest.fixture(scope="module")
def town(bare_system: BareSystem) -> str:
    """A station of its own: the county's board may be full of what other tests have published."""
    return bare_system.new_town()


@pytest.fixture(scope="module")
def correlation(town: str, clerk: Clerk) -> str:
    """The id of one publishing request, whose posting is on the board."""
    id = clerk.draft(town)["id"]
    clerk.post(f"/postings/{id}/submit", {})
    clerk.post(f"/postings/{id}/verify", {"method": "phone_call"})
    correlation = f"test.{secrets.token_hex(8)}"
    answer = clerk.client.post(
        f"/postings/{id}/publish",
        json={},
        headers={"x-correlation-id": correlation, "traceparent": TRACEPARENT},
    )
    assert answer.status_code == 200
    assert answer.headers["x-correlation-id"] == correlation
    clerk.wait_until_shown(town, id)
    return correlation


def lines_of(system: BareSystem, process: str, correlation: str) -> list[dict[str, Any]]:
    return [line for line in system.log_lines(process) if line.get("correlation") == correlation]


@pytest.mark.parametrize(
    ("process", "event"),
    [
        ("gateway", "request"),
        ("jobs", "rpc.answered"),
        ("relay", "relay.published"),
        ("board", "fold.written"),
    ],
)
def test_one_request_is_found_in_every_process_that_it_touched(
    bare_system: BareSystem, correlation: str, process: str, event: str
) -> None:
    """By the id that its caller gave, and by the trace that it belongs to."""
    found = eventually(
        lambda: [one for one in lines_of(bare_system, process, correlation) if one["event"] == event],
        within_seconds=10,
    )
    assert len(found) == 1
    assert found[0]["process"] == process
    assert found[0]["traceparent"].split("-")[1] == TRACE_ID


def test_the_board_tells_where_a_request_came_out(
    bare_system: BareSystem, town: str, correlation: str
) -> None:
    """Station and offset, by which screens acknowledge what they have painted."""
    [line] = [one for one in lines_of(bare_system, "board", correlation) if one["event"] == "fold.written"]
    document = http.get(f"{bare_system.url}/api/v1/stations/{town}/board").json()
    assert line["epoch"] == document["epoch"]
    assert 1 <= line["offsets"][town] <= document["offset"]


def test_only_the_relays_line_needs_a_closer_look(bare_system: BareSystem, correlation: str) -> None:
    """The others are at the usual level, so that a request is found on a day when nobody expected to look."""
    levels = {
        process: {line["level"] for line in lines_of(bare_system, process, correlation)}
        for process in ("gateway", "jobs", "relay", "board")
    }
    assert levels["relay"] == {"debug"}
    assert all("info" in levels[process] for process in ("gateway", "jobs", "board"))


def test_every_line_of_every_process_is_json(bare_system: BareSystem, correlation: str) -> None:
    """A line that a machine cannot read is a line that nobody finds."""
    for kind in TABLE:
        lines = [line for line in bare_system.running.log(kind.name).splitlines() if line.strip()]
        assert lines
        # The last may be half written yet.
        for line in lines[:-1]:
            assert {"event", "level", "process", "timestamp"} <= json.loads(line).keys(), line


def test_no_secret_is_in_a_log(bare_system: BareSystem, town: str, clerk: Clerk) -> None:
    """Neither the session that signed the requests, nor a password, nor a screen's code; at debug level."""
    code = clerk.post(f"/stations/{town}/devices", {"label": "大厅"})["code"]
    told = "".join(bare_system.running.log(kind.name) for kind in TABLE)
    key = bare_system.settings.session_key
    assert key is not None
    for secret in (
        code,
        bare_system.admin_token,
        bare_system.admin_token.split(".")[2],
        ADMIN["password"],
        key.get_secret_value(),
    ):
        assert secret not in told


def test_every_process_counts(bare_system: BareSystem, correlation: str) -> None:
    """Each at its own address, what it alone can know."""
    expected = {
        "gateway": {"yizhan_http_request_seconds_count", "yizhan_rpc_call_seconds_count"},
        "stations": {"yizhan_rpc_answer_seconds_count"},
        "jobs": {"yizhan_rpc_answer_seconds_count", "yizhan_handler_seconds_count"},
        "seekers": {"yizhan_handler_seconds_count"},
        "notify": {"yizhan_handler_seconds_count"},
        "outlet": {"yizhan_outlet_lag_seconds_count"},
        "relay": {
            "yizhan_outbox_oldest_seconds",
            "yizhan_outbox_backlog",
            "yizhan_queue_messages",
            "yizhan_relay_active",
            "yizhan_published_total",
        },
        "board": {
            "yizhan_board_screens_online",
            "yizhan_board_screens_stale",
            "yizhan_board_fold_seconds_count",
            "yizhan_rpc_call_seconds_count",
        },
    }
    addresses = {**bare_system.settings.peers, "gateway": bare_system.url}
    for process, names in expected.items():
        assert names <= {sample.name for sample in read_metrics(addresses[process])}, process


def test_the_gateway_counts_by_route_and_not_by_address(bare_system: BareSystem, correlation: str) -> None:
    """Or every posting would make a series of its own."""
    routes = {
        sample.labels["route"]
        for sample in read_metrics(bare_system.url)
        if sample.name == "yizhan_http_request_seconds_count"
    }
    assert "/api/v1/postings/{id}/publish" in routes
    declared = {route.path for route in routed_app().routes if isinstance(route, Route)}
    # And one for all addresses at which there is nothing.
    assert len(routes - declared) <= 1


def test_the_relay_measures_every_queue(bare_system: BareSystem) -> None:
    """Handlers', retries and dead letters, each with what waits in it."""

    def measured() -> set[str]:
        samples = read_metrics(bare_system.settings.peers["relay"])
        return {one.labels["queue"] for one in samples if one.name == "yizhan_queue_messages"}

    # One that did not answer in time has no figure until the next measuring.
    eventually(lambda: measured() == set(measured_queues()), within_seconds=60)
    assert {"yizhan.dead", "board.fold", "jobs.network"} <= set(measured_queues())


async def test_a_queue_that_is_gone_has_no_figure(broker_url: str) -> None:
    """An old figure would say that all is well."""
    queue = f"measured-{secrets.token_hex(4)}"
    broker = Broker(broker_url, "test")
    await broker.start()
    try:
        await broker.declare_queue(queue, {"x-queue-type": "quorum"})
        depth = QueueDepth(broker, [queue])
        await depth.measure()
        assert REGISTRY.get_sample_value("yizhan_queue_consumers", {"queue": queue}) == 0
        await broker.delete_queue(queue)
        await depth.measure()
        assert REGISTRY.get_sample_value("yizhan_queue_messages", {"queue": queue}) is None
        assert REGISTRY.get_sample_value("yizhan_queue_consumers", {"queue": queue}) is None
    finally:
        await broker.close()


async def test_the_time_from_post_to_screen_is_measured(
    bare_system: BareSystem, town: str, clerk: Clerk
) -> None:
    """Once for each change that was written to a screen of this process."""
    board = bare_system.settings.peers["board"]
    code = (await asyncio.to_thread(clerk.post, f"/stations/{town}/devices", {"label": "大厅"}))["code"]
    screen = await served_screen(bare_system.running.port + 1, town, code)
    before = _sum_of(board, "yizhan_post_to_screen_seconds_count")
    id = await asyncio.to_thread(clerk.publish, town)
    while id not in str(await asyncio.wait_for(screen.recv(), PATIENCE_SECONDS)):
        pass
    name = "yizhan_post_to_screen_seconds_count"
    await asyncio.to_thread(eventually, lambda: _sum_of(board, name) > before)
    assert _sum_of(board, "yizhan_post_to_screen_seconds_sum") > 0
    await screen.close()


def _sum_of(url: str, name: str) -> float:
    return sum(sample.value for sample in read_metrics(url) if sample.name == name)


async def test_a_screen_that_paints_nothing_new_becomes_stale(stage: Stage) -> None:
    """Connected and served, but its picture is old; one that paints is not counted, however much comes."""
    painting, frozen = await stage.screen(), await stage.screen()
    await painting.ack()
    await frozen.ack()
    now = stage.server.time()
    stage.server.time = lambda: now
    for number in range(1, 6):
        stage.fold(published(number, TOWN))
        await painting.until_shows(number)
        await painting.ack()
        await painting.until(lambda: _acked(stage) >= number)  # noqa: B023
        for _ in range(10):
            stage.server.sweep()
        now += STALE_SECONDS / 4
    assert stage.server.screens_stale == 1
    await frozen.until_shows(5)
    await frozen.ack()
    await frozen.until(lambda: min(_acked_offsets(stage)) == 5)
    for _ in range(10):
        stage.server.sweep()
    assert stage.server.screens_stale == 0
    await painting.close()
    await frozen.close()


def _acked_offsets(stage: Stage) -> list[int]:
    sessions = [screen.session for screen in stage.server.screens()]
    return [one.acked_offset if one and one.acked_offset is not None else AWAY for one in sessions]


def _acked(stage: Stage) -> int:
    return max(_acked_offsets(stage))


def test_the_doctor_reads_the_figures(bare_system: BareSystem, correlation: str) -> None:
    """A system that is well is found well; a queue that nobody consumes is named."""

    def is_well() -> bool:
        found = {finding.what: finding.fault for finding in examine(bare_system.settings)}
        named = {"队列 jobs.network", "队列 board.fold", "发布 jobs", "发件箱 jobs", "屏幕画面", "死信"}
        return named <= set(found) and not [
            fault for what, fault in found.items() if fault and what != "死信"
        ]

    eventually(is_well, within_seconds=60)
    bare_system.running.hold("jobs")
    try:
        # The broker notices a killed consumer when its connection breaks.
        eventually(lambda: _fault(bare_system, "队列 jobs.network"), within_seconds=30)
    finally:
        bare_system.running.release("jobs")
        bare_system.running.wait_until_well()


def _fault(system: BareSystem, what: str) -> str | None:
    return next((finding.fault for finding in examine(system.settings) if finding.what == what), None)
