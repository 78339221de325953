"""`./run up` as README tells a newcomer to type it, and all that `up` promises, on the real servers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support import http
from tests.support.checkout import newcomers_system, readme_commands
from tests.support.eventually import eventually
from tests.support.system import ROOT, RunningSystem, remove_traces, start_system
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.demo_county import county
from yizhan.cli.ports import free_plan
from yizhan.cli.processes import TABLE
from yizhan.cli.year import Year

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]


def processes_of(data: Path) -> list[int]:
    """Every process that was told this data directory, whoever its parent is."""
    mark = f"YIZHAN_DATA_DIR={data}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if mark in environment:
                found.append(int(folder.name))
    return found


def run_yizhan(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "yizhan", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """A newcomer's, for these tests alone, which break it and stop it."""
    with newcomers_system(tmp_path_factory.mktemp("up")) as system:
        yield system


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningSystem]]:
    """Start copies; whatever is still running afterwards is stopped."""
    started: list[RunningSystem] = []

    def start_one(name: str, *options: str, port: int | None = None) -> RunningSystem:
        system = start_system(tmp_path / name, *options, port=port)
        started.append(system)
        return system

    yield start_one
    for system in started:
        remove_traces(system)


def test_readme_has_two_commands() -> None:
    """One that starts everything, one that publishes."""
    first, second = readme_commands()
    assert first.strip() == "./run up"
    assert "curl" in second


def test_the_two_commands_put_a_posting_on_the_board(copy: RunningSystem) -> None:
    """Before the second command the town's board does not have the posting, after it it does."""
    assert not shown_from_readme(copy)
    published = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", readme_commands()[1]],
        cwd=copy.root,
        env=copy.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert published.returncode == 0, published.stdout + published.stderr
    assert published.stdout.split()[-1] == "published"
    eventually(lambda: shown_from_readme(copy), within_seconds=10)


def shown_from_readme(copy: RunningSystem) -> list[str]:
    """Places of the rows on the town's board whose trade and place README's command names."""
    answer = http.get(f"{copy.gateway_url}/api/v1/stations/52273001/board")
    answer.raise_for_status()
    text = readme_commands()[1]
    rows = answer.json()["state"]["rows"]
    return [row["place"] for row in rows if row["trade"] in text and row["place"] in text]


def test_everything_is_well_when_the_addresses_are_printed(copy: RunningSystem) -> None:
    """/healthz is 200 and names every process and server behind the gateway."""
    copy.wait_until_well()
    answer = copy.health()
    assert {kind.name for kind in TABLE} - {"gateway"} <= set(answer.json()["checks"])
    assert {"broker", "redis"} <= set(answer.json()["checks"])
    for line in (copy.gateway_url, copy.board_url, copy.screens["522730"]):
        assert line in copy.output()


def test_run_json_tells_screens_and_logins_to_their_owner_alone(copy: RunningSystem) -> None:
    """Every station has a screen with its device code, each role a login that works; mode 0600."""
    path = copy.data / "run.json"
    assert path.stat().st_mode & 0o777 == 0o600
    codes = {county()["county"]["division"], *(station["code"] for station in county()["stations"])}
    assert set(copy.screens) == codes
    for code, address in copy.screens.items():
        assert address.startswith(f"{copy.gateway_url}/screen/{code}#code=")
    for role, login in copy.logins.items():
        with copy.client(role) as client:
            session = client.get("/sessions/current").json()
            assert (session["role"], session["station"]) == (role, login["station"])


def test_the_demo_county_is_on_the_boards(copy: RunningSystem) -> None:
    """A community's board has its own postings; the county market's has them all, and the plan's slogans."""
    boards = f"{copy.gateway_url}/api/v1/stations"

    def board(code: str) -> dict[str, object]:
        answer = http.get(f"{boards}/{code}/board")
        assert answer.status_code == 200
        state: dict[str, object] = answer.json()["state"]
        return state

    eventually(lambda: board("522730")["totals"]["postings"] >= 50, within_seconds=30)  # type: ignore[index]
    stations = {row["station"] for row in board("5227300101")["rows"]}  # type: ignore[attr-defined]
    assert stations <= {"5227300101", "522730010101"}
    assert stations
    assert "零工小市场 就业大民生" in board("522730")["station"]["facts"]["slogans"]  # type: ignore[index]


def test_dead_processes_are_named_and_all_is_well_when_they_are_back(copy: RunningSystem) -> None:
    """/healthz is 503 and says which are away; started again by the supervisor, it is 200."""
    names = [kind.name for kind in TABLE if kind.name != "gateway"]
    for name in names:
        copy.hold(name)
    try:
        eventually(lambda: _named_by(copy.health()) == set(names), within_seconds=30)
    finally:
        for name in names:
            copy.release(name)
    copy.wait_until_well()


def _named_by(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 503
    return {name for name, said in answer.json()["checks"].items() if said != "ok"}


def test_killed_processes_are_started_again(copy: RunningSystem) -> None:
    """kill -9: others take their places and all is well. Most have been so in the test before this one."""
    killed = {name: copy.kill(name) for name in ("gateway", "stations", "board")}
    eventually(
        lambda: all(copy.pids.get(name, pid) != pid for name, pid in killed.items()), within_seconds=60
    )
    copy.wait_until_well()


def test_the_doctor_finds_a_copy_well_and_names_what_is_not(copy: RunningSystem) -> None:
    """Exit 0 and 1; each fault with what to do."""
    copy.wait_until_well()
    well = run_yizhan("--data", str(copy.data), "doctor")
    assert well.returncode == 0, well.stdout
    copy.hold("relay")
    try:
        unwell = run_yizhan("--data", str(copy.data), "doctor")
    finally:
        copy.release("relay")
    assert unwell.returncode == 1
    assert "logs/relay.log" in unwell.stdout
    copy.wait_until_well()


def test_a_data_directory_in_use_is_refused(copy: RunningSystem) -> None:
    """One sentence that names the directory; the running copy is not disturbed."""
    refused = run_yizhan("up", "--port", str(free_plan().gateway), "--data", str(copy.data))
    assert refused.returncode == 1
    assert str(copy.data) in refused.stderr
    assert "Traceback" not in refused.stderr
    copy.wait_until_well()


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    """One sentence that names the port; nothing is started."""
    plan = free_plan()
    with socket.socket() as other:
        other.bind(("127.0.0.1", plan.gateway))
        other.listen()
        refused = run_yizhan("up", "--port", str(plan.gateway), "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert str(plan.gateway) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert processes_of(tmp_path / "data") == []


def test_two_copies_run_side_by_side_and_share_nothing(
    copy: RunningSystem, start: Callable[..., RunningSystem]
) -> None:
    """Another port and another directory are enough; ending one leaves no process and the other well."""
    other = start("other", "--no-demo")
    other.wait_until_ready()
    other.wait_until_well()
    copy.wait_until_well()
    path = "/api/v1/stations/522730/board"
    assert http.get(f"{copy.gateway_url}{path}").status_code == 200
    assert http.get(f"{other.gateway_url}{path}").status_code == 404
    assert not (other.data / "run.json").exists()
    assert other.stop() == 0
    eventually(lambda: processes_of(other.data) == [], within_seconds=20)
    copy.wait_until_well()


def test_a_second_start_finds_everything_as_it_was(copy: RunningSystem) -> None:
    """The same screens with the same codes, nothing loaded twice, and no process left in between."""
    with copy.client() as client:
        stations = client.get("/stations").json()["stations"]
        employers = client.get("/employers?station=522730&limit=200").json()["employers"]
    screens, logins = copy.screens, copy.logins
    assert copy.stop(signal.SIGINT) == 0
    eventually(lambda: processes_of(copy.data) == [])

    copy.start_again()
    assert (copy.screens, copy.logins) == (screens, logins)
    with copy.client() as client:
        assert client.get("/stations").json()["stations"] == stations
        assert client.get("/employers?station=522730&limit=200").json()["employers"] == employers
    # README's second command has added one.
    assert len(employers) == len(county()["employers"]) + 1
    _a_year_is_loaded_once(copy)


def _a_year_is_loaded_once(system: RunningSystem) -> None:
    """Seven stations, twenty contact points, postings with their fates, fairs; and nothing is there twice."""
    year = Year(7, postings=20, anchor=datetime.now(UTC))
    told = []
    for _ in range(2):
        done = run_yizhan("--data", str(system.data), "load-year", "--postings", "20", "--seed", "7")
        assert done.returncode == 0, done.stdout + done.stderr
        with system.client() as client:
            stations = client.get("/stations").json()["stations"]
            listed = client.get("/postings?station=522730&limit=200").json()["postings"]
            fairs = client.get("/fairs?station=522730&limit=200").json()["fairs"]
        # The first of the year's begins about when the last of the demo's own does, and these go on changing.
        postings = [one for one in listed if one["terms"]["starts_at"] > _after_days(10)]
        told.append((len(stations), len(postings), len(fairs)))
    assert told[0] == told[1]
    kinds = Counter(one["kind"] for one in stations)
    assert (kinds["county_market"] + kinds["town_station"], kinds["contact_point"]) == (7, 20)
    assert len(fairs) == 12
    stages = Counter(one["stage"] for one in postings)
    assert stages == Counter(job.fate.value for job in year.jobs() if job.number > 0)
    assert "refused" not in done.stdout


def _after_days(days: int) -> str:
    """Later than any job of the demo's own begins."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_start_that_is_broken_off_leaves_no_process(
    start: Callable[..., RunningSystem], number: signal.Signals
) -> None:
    """Ctrl-C, SIGTERM, even kill -9 of the supervisor, while its processes are coming up."""
    system = start("data", "--no-demo")
    eventually(
        lambda: {kind.name for kind in TABLE} <= set(DataDirectory(system.data).recall("processes") or {}),
        within_seconds=60,
    )
    system.stop(number)
    eventually(lambda: processes_of(system.data) == [], within_seconds=20)
