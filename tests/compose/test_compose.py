"""The production compose file at work: brought up by a container engine, seen from outside."""

from __future__ import annotations

import re

import pytest

from tests.compose.county import Office, Screen
from tests.compose.deployment import PROCESSES, SERVERS, Deployment, compose_services
from tests.support.eventually import eventually

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

#: A posting needs milliseconds; a machine that carries twenty containers may take longer.
SCREEN_SECONDS = 60.0


def test_every_service_of_the_file_comes_up_healthy(deployment: Deployment) -> None:
    """Each has one container; all health checks are green and the migration has ended well."""
    assert set(compose_services()) == {*SERVERS, *PROCESSES, "migrate"}
    for service in compose_services():
        assert len(deployment.containers(service)) == 1
    deployment.await_healthy()


def test_no_process_runs_as_root(deployment: Deployment) -> None:
    """Nor can any of them write to its own file system, or gain rights."""
    for process in PROCESSES:
        for container in deployment.containers(process):
            status = deployment.engine.run("exec", container, "cat", "/proc/1/status")
            assert re.search(r"^Uid:\t(\d+)", status, re.MULTILINE)[1] == "10001"  # type: ignore[index]
            assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
            assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
            assert deployment.engine.inspect(container, "{{.HostConfig.ReadonlyRootfs}}") == "true"


def test_the_gateway_finds_the_whole_system_well(deployment: Deployment, office: Office) -> None:
    """Broker, Redis and every peer."""
    report = eventually(lambda: _well(office), within_seconds=30)
    assert report is not None
    assert set(report["checks"]) >= {"broker", "redis", *PROCESSES} - {"gateway"}


def test_the_pages_are_in_the_image(office: Office) -> None:
    """A screen's page, and where it finds its board."""
    assert "<html" in office.page("/screen/522730")
    assert "ws://" in office.page("/screen/config.json")


def test_every_process_tells_its_metrics(deployment: Deployment) -> None:
    """On the health port, for Prometheus on the same network."""
    for process in ("stations", "jobs", "seekers", "notify", "courier", "relay", "board", "outlet"):
        (container,) = deployment.containers(process)
        assert "# TYPE yizhan_" in deployment.asked_inside(container, "/metrics")


def test_a_posting_reaches_a_screen(deployment: Deployment, office: Office) -> None:
    """From HTTP through jobs, its outbox, the relay, the broker and the board to a websocket."""
    (board,) = deployment.boards()
    with Screen(board, office.issue_screen_code("门口")) as screen:
        posting = office.publish_posting(office.register_employer())
        assert screen.shows(posting, within_seconds=SCREEN_SECONDS)
        assert screen.rows[posting].trade == "搬运工"


def test_what_was_accepted_outlives_a_restart_of_everything(deployment: Deployment, office: Office) -> None:
    """Databases and broker keep their volumes; the board rebuilds what Redis lost."""
    posting = office.publish_posting(office.register_employer(), trade="保洁")
    code = office.issue_screen_code("重启")
    for service in ("board", "redis", "relay"):
        deployment.engine.run("restart", *deployment.containers(service))
    deployment.await_healthy()
    (board,) = deployment.boards()
    with Screen(board, code) as screen:
        assert screen.shows(posting, within_seconds=SCREEN_SECONDS)


def test_scaled_every_copy_is_healthy(scaled_deployment: Deployment) -> None:
    """Two of each process."""
    for process in PROCESSES:
        assert len(scaled_deployment.containers(process)) == 2
    scaled_deployment.await_healthy()


def test_scaled_a_posting_reaches_the_screens_of_both_boards(
    scaled_deployment: Deployment, scaled_office: Office
) -> None:
    """Whichever board folds the event, both send it."""
    first, second = scaled_deployment.boards()
    code = scaled_office.issue_screen_code("双屏")
    with Screen(first, code) as one, Screen(second, code) as other:
        posting = scaled_office.publish_posting(scaled_office.register_employer())
        assert one.shows(posting, within_seconds=SCREEN_SECONDS)
        assert other.shows(posting, within_seconds=SCREEN_SECONDS)


def test_scaled_both_gateways_know_one_session_key(
    scaled_deployment: Deployment, scaled_office: Office
) -> None:
    """What is written through one gateway is read through the other."""
    posting = scaled_office.publish_posting(scaled_office.register_employer())
    with Office(scaled_deployment.gateways()[1]) as second:
        assert second.posting_status(posting) == 200


def test_scaled_one_relay_works_and_the_other_takes_over(
    scaled_deployment: Deployment, scaled_office: Office
) -> None:
    """One relay holds a database's outbox; it is killed, and events go on reaching the screens."""
    before = eventually(lambda: _settled(scaled_deployment), within_seconds=30)
    assert before is not None
    (worker,) = before["jobs"]
    with Screen(scaled_deployment.boards()[0], scaled_office.issue_screen_code("换班")) as screen:
        scaled_deployment.engine.run("kill", "--signal", "KILL", worker)
        posting = scaled_office.publish_posting(scaled_office.register_employer(), trade="装卸")
        assert screen.shows(posting, within_seconds=SCREEN_SECONDS)
    # Podman starts no container again that was killed by hand, and other tests want two.
    scaled_deployment.engine.run("start", worker)
    scaled_deployment.await_healthy()


def test_two_deployments_do_not_meet(
    deployment: Deployment, office: Office, scaled_deployment: Deployment, scaled_office: Office
) -> None:
    """The same county in two projects on one machine: neither has heard of the other's postings."""
    here = office.publish_posting(office.register_employer())
    there = scaled_office.publish_posting(scaled_office.register_employer())
    assert (office.posting_status(here), office.posting_status(there)) == (200, 404)
    assert (scaled_office.posting_status(there), scaled_office.posting_status(here)) == (200, 404)


@pytest.mark.parametrize("process", PROCESSES)
def test_scaled_a_copy_that_is_told_to_stop_leaves_by_itself(
    scaled_deployment: Deployment, process: str
) -> None:
    """SIGTERM is enough: it ends well, long before it would be killed."""
    container = scaled_deployment.containers(process)[-1]
    scaled_deployment.engine.run("stop", "--time", "30", container)
    assert scaled_deployment.engine.inspect(container, "{{.State.ExitCode}}") == "0"
    scaled_deployment.engine.run("start", container)


def _well(office: Office) -> dict[str, dict[str, str]] | None:
    report = office.wellness()
    return report if report["status"] == "well" else None


def _settled(deployment: Deployment) -> dict[str, list[str]] | None:
    """Which relay works for which service, once there is exactly one for each."""
    active: dict[str, list[str]] = {"stations": [], "jobs": [], "seekers": [], "notify": []}
    for relay in deployment.containers("relay"):
        for line in deployment.asked_inside(relay, "/metrics").splitlines():
            found = re.fullmatch(r'yizhan_relay_active\{service="(\w+)"\} 1\.0', line)
            if found:
                active[found[1]].append(relay)
    return active if all(len(relays) == 1 for relays in active.values()) else None
