"""Every process under its own user of the broker: the rights that it has are all that it needs.

What a user cannot do is tried in compose/test_broker_permissions.py, whose vhost and users these are.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.test_broker_permissions import Installation
from tests.compose.test_broker_permissions import installation as installation
from tests.e2e.api import Clerk
from tests.support import http
from tests.support.eventually import eventually, eventually_async
from tests.support.screen_connection import served_screen
from tests.support.servers import forget_keys, running
from yizhan.bus import topology
from yizhan.bus.connection import Broker
from yizhan.bus.queue_depth import measured_queues
from yizhan.cli import health
from yizhan.cli.bootstrap import found_county
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.migrate import migrate_databases
from yizhan.cli.ports import PortPlan, free_plan
from yizhan.cli.processes import TABLE, peers, program
from yizhan.cli.vital_signs import read_metrics
from yizhan.contracts.stations import Bootstrap, StationFacts
from yizhan.contracts.subscriptions import JOBS_NETWORK
from yizhan.encryption import new_field_keys
from yizhan.settings import DATABASE_OWNERS, Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

COUNTY = "522731"
LOGIN, PASSWORD = "admin", "a-county-of-its-own"
START_SECONDS = 200.0


@pytest.fixture(scope="module")
def told(
    installation: Installation, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment that all processes share; the broker's URL is the deployment's."""
    data = DataDirectory(tmp_path_factory.mktemp("users") / "data")
    plan = free_plan()
    data.secret("session_key")
    data.secret("field_keys", new_field_keys)
    yield {
        "YIZHAN_BROKER_URL": installation.url("deploy"),
        "YIZHAN_REDIS_URL": redis_url,
        "YIZHAN_REDIS_PREFIX": f"{installation.vhost}:",
        "YIZHAN_DATA_DIR": str(data.path),
        "YIZHAN_GATEWAY_PORT": str(plan.gateway),
        "YIZHAN_BOARD_PORT": str(plan.of("board")),
        "YIZHAN_PEERS": ",".join(f"{name}={url}" for name, url in peers(plan).items()),
        "YIZHAN_SESSION_KEY_FILE": str(data.path / "secrets" / "session_key"),
        "YIZHAN_FIELD_KEYS_FILE": str(data.path / "secrets" / "field_keys"),
    }
    forget_keys(redis_url, f"{installation.vhost}:")


def _leave_request_queues_to_the_services(installation: Installation) -> None:
    """The fixture made stand-ins of them, to try the rights on."""
    with installation.channel("deploy") as channel:
        for service in DATABASE_OWNERS:
            channel.queue_delete(f"rpc-{service}")


@pytest.fixture(scope="module")
def clerk(installation: Installation, told: dict[str, str]) -> Iterator[Clerk]:
    """The county's administrator, at a system whose processes know nothing but their own users."""
    settings = Settings.from_environment({**os.environ, **told})
    plan = PortPlan(settings.gateway_port)
    migrate_databases(settings)
    _leave_request_queues_to_the_services(installation)
    programs = [
        program(kind, plan, {**told, "YIZHAN_BROKER_URL": installation.url(kind.name)}) for kind in TABLE
    ]
    url = f"http://127.0.0.1:{settings.gateway_port}"
    with running(programs, Path(told["YIZHAN_DATA_DIR"]).parent):
        eventually(lambda: health.ask(url).well, within_seconds=START_SECONDS)
        request = Bootstrap(
            division=COUNTY,
            facts=StationFacts(name_plate="试验县零工市场", short_name="县市场"),
            login=LOGIN,
            name="管理员",
            password=PASSWORD,
        )
        asyncio.run(found_county(settings, request))
        with http.client(f"{url}/api/v1", timeout=20.0) as client:
            token = client.post("/sessions", json={"login": LOGIN, "password": PASSWORD}).json()["token"]
            client.headers["authorization"] = f"Bearer {token}"
            eventually(
                lambda: client.get("/postings", params={"station": COUNTY}).is_success, within_seconds=30
            )
            yield Clerk(client)


async def test_a_posting_reaches_a_screen(clerk: Clerk, told: dict[str, str]) -> None:
    """Calls, replies, events, the queues of handler and board, its exports: all of it is allowed."""
    devices = f"/stations/{COUNTY}/devices"
    code = (await asyncio.to_thread(clerk.post, devices, {"label": "大厅"}))["code"]
    screen = await served_screen(int(told["YIZHAN_BOARD_PORT"]), COUNTY, code)
    id = await asyncio.to_thread(clerk.publish, COUNTY)
    while id not in str(await asyncio.wait_for(screen.recv(), 30)):
        pass
    await screen.close()


def test_the_relay_can_measure_queues_that_it_cannot_read(clerk: Clerk, told: dict[str, str]) -> None:
    """To ask how long a queue is takes no right to what is in it."""
    relay = Settings.from_environment(told).peers["relay"]

    def measured() -> set[str]:
        return {one.labels["queue"] for one in read_metrics(relay) if one.name == "yizhan_queue_messages"}

    # One that did not answer in time has no figure until the next measuring.
    eventually(lambda: measured() == set(measured_queues()), within_seconds=60)


def test_a_message_that_nobody_can_read_is_moved_by_the_user_of_its_handler(
    clerk: Clerk, installation: Installation
) -> None:
    """To the dead letters, with the reason: the rights to publish there are enough."""
    asyncio.run(_bury_one(installation))


async def _bury_one(installation: Installation) -> None:
    broker = Broker(installation.url("deploy"), "test")
    await broker.start()
    try:
        before = (await broker.declare_queue(topology.DEAD_QUEUE, passive=True)).messages
        await broker.publish("", JOBS_NETWORK.queue, b"no event")

        async def is_moved() -> bool:
            return (await broker.declare_queue(topology.DEAD_QUEUE, passive=True)).messages > before

        await eventually_async(is_moved, within_seconds=30)
    finally:
        await broker.close()
