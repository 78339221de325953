"""The examples and the documents, run as they stand: consumers in three languages, a bridge, a handler."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.notify.registry import reading, sending
from tests.integration.outlet.stand import Stand, published
from tests.support.eventually import eventually_async
from tests.support.service_stand import TOWN
from yizhan.cli import contract
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.integrator_examples import accepted
from yizhan.contracts.integrators import IntegratorsRpc, RequestReplay
from yizhan.contracts.jobs import PostingStatus
from yizhan.database import Database

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "integrators"


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node example with its packages, and the ten lines of the documents beside it."""
    if shutil.which("npm") is None:
        pytest.skip("needs Node.js with npm")
    folder = tmp_path_factory.mktemp("node") / "example"
    shutil.copytree(EXAMPLES / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    installed = subprocess.run(
        ["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True
    )
    if installed.returncode:
        pytest.skip(f"npm cannot install amqplib here: {installed.stderr[-200:]}")
    told = (ROOT / "docs" / "integrators.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"<!-- node -->\n```js\n(.*?)```", told, re.DOTALL)
    assert len(lines.strip().splitlines()) <= 10
    (folder / "ten_lines.js").write_text(lines, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class JavaExample:
    """The Java example as the documents have it compiled. command: what runs it, save for the queue."""

    folder: Path
    command: tuple[str, ...]


@pytest.fixture(scope="session")
def java_example(tmp_path_factory: pytest.TempPathFactory) -> JavaExample:
    """Compiled by the documents' own lines; where their packages are missing, they are named."""
    told = (ROOT / "docs" / "integrators.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"<!-- java -->\n```bash\n(.*?)```", told, re.DOTALL)
    install, export, compiling, starting = lines.strip().splitlines()
    packages = install.removeprefix("sudo apt-get install ").split()
    class_path = export.removeprefix("export CLASSPATH=")
    jars = [Path(one) for one in class_path.split(":") if one.endswith(".jar")]
    here = {
        "default-jdk-headless": shutil.which("javac") is not None,
        "librabbitmq-client-java": all(one.exists() for one in jars if one.name.startswith("amqp-")),
        "libslf4j-java": all(one.exists() for one in jars if one.name.startswith("slf4j-")),
    }
    assert list(here) == packages
    missing = [package for package in packages if not here[package]]
    if missing:
        pytest.skip(f"sudo apt-get install {' '.join(missing)}")
    folder = tmp_path_factory.mktemp("java")
    shutil.copy(EXAMPLES / "java" / "Consume.java", folder)
    environment = {**os.environ, "CLASSPATH": class_path}
    compiled = subprocess.run(
        [*compiling.split(), "-Xlint:all", "-Werror"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert compiled.returncode == 0, compiled.stderr
    return JavaExample(folder, ("env", f"CLASSPATH={class_path}", *starting.split()[:-1]))


@pytest.fixture
async def stand(broker_url: str, notify_database: Database, clock: FrozenClock) -> AsyncIterator[Stand]:
    stand = Stand(broker_url, notify_database, clock)
    stand.registry.found_county()
    async with stand.running():
        yield stand


class Client:
    """A consumer of the examples, as a process of its own; what it says, line by line."""

    def __init__(self, *command: str, broker_url: str, cwd: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, "YIZHAN_AMQP": broker_url, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.strip())

    async def says(self, *words: str) -> None:
        """Until there is a line with all of them."""
        await eventually_async(
            lambda: any(all(word in line for word in words) for line in self.lines), within_seconds=60
        )

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def running(*command: str, broker_url: str, cwd: Path, **environment: str) -> Iterator[Client]:
    client = Client(*command, broker_url=broker_url, cwd=cwd, **environment)
    try:
        yield client
    finally:
        client.end()


async def reads_live_and_yesterday(stand: Stand, broker_url: str, cwd: Path, *command: str) -> None:
    """One client, first on the live queue and then on the replay's."""
    added = stand.registry.add("county-recruitment", reading(TOWN))
    await stand.served("county-recruitment")
    stand.clock.move_to(stand.clock.now() - timedelta(days=1))
    yesterday = published(TOWN, stand.clock.now())
    await stand.publish(yesterday)
    stand.clock.move_to(stand.clock.now() + timedelta(days=1))
    with running(*command, "ext.county-recruitment.events", broker_url=broker_url, cwd=cwd) as client:
        await client.says("listening")
        today = published(TOWN, stand.clock.now())
        await stand.publish(today, today)
        await client.says("jobs.posting.published.v1", today.subject)
    assert sum(today.subject in line for line in client.lines) == 1, "it dedupes by id"
    since = stand.clock.now() - timedelta(days=1, hours=1)
    own = Actor(id=added.integrator.id, role=Role.INTEGRATOR)
    replay = stand.registry.ask(IntegratorsRpc.request_replay, RequestReplay(from_time=since), own)
    with running(*command, "ext.county-recruitment.replay", broker_url=broker_url, cwd=cwd) as client:
        await client.says("jobs.posting.published.v1", yesterday.subject)
        await client.says("ended", replay.id)


async def test_the_node_client_reads_live_events_and_replays_yesterday_s(
    stand: Stand, broker_url: str, node_folder: Path
) -> None:
    """As the documents tell it."""
    await reads_live_and_yesterday(stand, broker_url, node_folder, "node", "consume.js")


async def test_the_ten_lines_of_the_documents_show_the_first_event(
    stand: Stand, broker_url: str, node_folder: Path
) -> None:
    """Copied out of docs/integrators.md and run."""
    stand.registry.add("county-recruitment", reading(TOWN))
    await stand.served("county-recruitment")
    event = published(TOWN, stand.clock.now())
    await stand.publish(event)
    with running("node", "ten_lines.js", broker_url=broker_url, cwd=node_folder) as client:
        await client.says(event.type, event.subject, str(event.sequence))


async def test_the_python_client_does_the_same(stand: Stand, broker_url: str) -> None:
    """On pika."""
    await reads_live_and_yesterday(stand, broker_url, EXAMPLES / "python", sys.executable, "consume.py")


async def test_the_java_client_does_the_same(
    stand: Stand, broker_url: str, java_example: JavaExample
) -> None:
    """On RabbitMQ's own client, compiled and started by the lines of the documents."""
    await reads_live_and_yesterday(stand, broker_url, java_example.folder, *java_example.command)


class Site(ThreadingHTTPServer):
    """A public recruitment site, and beside it the network's API as far as a bridge calls it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SiteHandler)
        self.jobs: dict[str, Any] = {}
        self.waiting: list[dict[str, Any]] = []
        self.answers: list[tuple[str, Any]] = []
        self.submitted: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _SiteHandler(BaseHTTPRequestHandler):
    server: Site

    def _answer(self, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self._answer(self.server.waiting)

    def do_PUT(self) -> None:
        self.server.jobs[self.path.rsplit("/", 1)[1]] = self._body()
        self._answer({})

    def do_DELETE(self) -> None:
        self.server.jobs.pop(self.path.rsplit("/", 1)[1], None)
        self._answer({})

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/yizhan/integrations/postings":
            self.server.submitted.append((self.headers["Authorization"], body))
            self._answer(accepted.model_dump(mode="json"))
        else:
            self.server.answers.append((self.path, body))
            self.server.waiting.clear()
            self._answer({})

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news."""


async def test_the_bridge_keeps_a_recruitment_site_in_step_both_ways(
    stand: Stand, broker_url: str, tmp_path: Path
) -> None:
    """What the network publishes is on the site and off it again; what employers enter there is sent in."""
    stand.registry.add("site", sending(TOWN))
    await stand.served("site")
    site = Site()
    threading.Thread(target=site.serve_forever, daemon=True).start()
    environment = {
        "SITE_API": site.url,
        "YIZHAN_API": f"{site.url}/yizhan",
        "YIZHAN_API_KEY": "yzk_example",
    }
    command = (
        sys.executable,
        str(EXAMPLES / "bridge" / "bridge.py"),
        "site",
        str(tmp_path / "pairs.json"),
        "0.2",
    )
    try:
        with running(*command, broker_url=broker_url, cwd=tmp_path, **environment):
            shown = published(TOWN, stand.clock.now())
            await stand.publish(shown)
            name = f"yz-{shown.subject}"
            await eventually_async(lambda: name in site.jobs, within_seconds=60)
            assert site.jobs[name]["title"] == shown.data.posting.terms.trade
            off = shown.data.posting.model_copy(update={"status": PostingStatus.WITHDRAWN, "sequence": 5})
            gone = published(TOWN, stand.clock.now(), id=shown.subject, sequence=5)
            facts = gone.data.model_copy(update={"posting": off})
            await stand.publish(gone.model_copy(update={"data": facts}))
            await eventually_async(lambda: name not in site.jobs, within_seconds=60)

            site.waiting.append(
                {
                    "id": "ZP-1",
                    "version": 1,
                    "station": TOWN,
                    "company": "龙里县谷丰物流",
                    "credit_code": "91350100M000100Y43",
                    "terms": {},
                }
            )
            await eventually_async(lambda: bool(site.submitted), within_seconds=60)
            key, body = site.submitted[0]
            assert (key, body["external_id"]) == ("Bearer yzk_example", "ZP-1")
            # The posting that began here is not shown here a second time.
            mine = published(TOWN, stand.clock.now(), id=accepted.posting_id)
            await stand.publish(mine, published(TOWN, stand.clock.now()))
            await eventually_async(lambda: len(site.jobs) == 1, within_seconds=60)
            assert f"yz-{accepted.posting_id}" not in site.jobs
    finally:
        await asyncio.to_thread(site.shutdown)
        site.server_close()


def test_a_handler_is_tried_with_all_that_the_bus_may_do_to_it(tmp_path: Path) -> None:
    """The example's passes; one that knows a closed set of fields, or of events, is told where it fails."""
    handler = EXAMPLES / "python" / "handler.py"
    report = contract.run(f"{sys.executable} {handler}", ("jobs.posting",))
    assert report.well
    assert set(report.passed) == {"examples", "added_fields", "duplicates", "reordered"}
    strict = tmp_path / "strict.py"
    strict.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    more = set(json.loads(line)) - {'added_in_a_later_version'} != set(json.loads(line))\n"
        "    print('error unknown field' if more else 'ok', flush=True)\n"
    )
    report = contract.run(f"{sys.executable} {strict}", ("jobs.posting",))
    assert {trial for trial, _, _ in report.failures} == {"added_fields"}


@pytest.mark.parametrize("command", ["exit 7", "read line; exec 0<&-; echo ok; exit 7"])
def test_a_handler_that_has_gone_is_told_with_its_exit_code(command: str) -> None:
    """Before its first event, and between two of them."""
    report = contract.run(command, ("jobs.posting",))
    assert [said for _, _, said in report.failures] == ["处理程序已退出，退出码 7"]
