"""infra/rabbitmq/permissions.json on a real broker: every process reaches its own messages and no others."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from gateway.live import HEARD
from yizhan.bus import topology
from yizhan.contracts.subscriptions import SUBSCRIPTIONS, Subscription

pytestmark = pytest.mark.integration

PERMISSIONS = Path(__file__).parents[2] / "infra" / "rabbitmq" / "permissions.json"
BROKER_ADDRESS = os.environ.get("YIZHAN_TEST_BROKER_ADDRESS", "127.0.0.1:5672")
PROCESSES = ("stations", "jobs", "seekers", "notify", "courier", "relay", "board", "outlet", "gateway")

ANSWER_KEY = str(uuid4())

#: (exchange, routing key) → the processes that may publish it. "" is the default exchange, straight into a
#: queue.
PUBLISHERS: dict[tuple[str, str], set[str]] = {
    ("yizhan.events", "jobs.posting.published.522730.52273001"): {"relay"},
    ("yizhan.events", "stations.notice.posted.522730.52273001"): {"relay"},
    ("yizhan.events", "seekers.check_in.taken.522730.52273001"): {"relay"},
    ("yizhan.events", "notify.publication.recorded.522730.52273001"): {"relay"},
    ("yizhan.events", "notify.screen_message.issued.522730.52273001"): {"relay"},
    ("yizhan.events", "board.screen_message.shown.522730.52273001"): {"board"},
    ("yizhan.events", "ledger.entry.added.522730"): set(),
    ("yizhan.retry", "jobs.network.retry.5s"): {"jobs"},
    ("yizhan.retry", "seekers.network.retry.5s"): {"seekers"},
    ("yizhan.retry", "notify.network.retry.5s"): {"notify"},
    ("yizhan.retry", "board.fold.retry.5s"): {"board"},
    ("yizhan.retry", "outlet.feed.retry.5s"): {"outlet"},
    ("yizhan.out", "ext.county-recruitment.events"): {"outlet"},
    ("yizhan.out", "jobs.network"): set(),
    ("yizhan.inbox", "county-recruitment"): set(),
    ("yizhan.dead", "stations.anything"): set(),
    ("yizhan.dead", "jobs.network"): {"jobs"},
    ("yizhan.dead", "jobs.seekers"): {"jobs"},
    ("yizhan.dead", "seekers.network"): {"seekers"},
    ("yizhan.dead", "notify.network"): {"notify"},
    ("yizhan.dead", "board.fold"): {"board"},
    ("yizhan.dead", "outlet.feed"): {"outlet"},
    ("yizhan.dead", "yizhan.inbox"): {"outlet"},
    ("nameko-rpc", "stations.sign_in"): {"gateway"},
    ("nameko-rpc", "stations.export_network"): {"gateway", "board"},
    ("nameko-rpc", "jobs.publish_posting"): {"gateway"},
    ("nameko-rpc", "jobs.submit_external"): {"gateway", "outlet"},
    ("nameko-rpc", "notify.list_broker_users"): {"gateway"},
    ("nameko-rpc", "jobs.export_live_postings"): {"gateway", "board"},
    ("nameko-rpc", "seekers.export_days"): {"gateway", "board"},
    ("nameko-rpc", "seekers.register_seeker"): {"gateway"},
    ("nameko-rpc", "notify.list_deliveries"): {"gateway"},
    ("nameko-rpc", "seekers.phones_for_messages"): {"gateway", "courier"},
    ("nameko-rpc", "seekers.read_seeker_in_clear"): {"gateway"},
    ("nameko-rpc", ANSWER_KEY): {"stations", "jobs", "seekers", "notify"},
    ("", "board.fold"): set(),
    ("", "jobs.network"): set(),
    ("", "rpc-jobs"): set(),
    ("", "seekers.network"): set(),
    ("", "rpc-seekers"): set(),
    ("", "notify.network"): set(),
    ("", "notify.heard"): set(),
    ("", "rpc-notify"): set(),
    ("", "yizhan.dead"): set(),
}

#: Queue → the processes that may read it.
READERS: dict[str, set[str]] = {
    "yizhan.history": {"outlet"},
    "yizhan.inbox": {"outlet"},
    "jobs.integrators": {"jobs"},
    "outlet.feed": {"outlet"},
    "yizhan.dead": set(),
    "jobs.network": {"jobs"},
    "jobs.network.retry.5s": set(),
    "jobs.seekers": {"jobs"},
    "seekers.network": {"seekers"},
    "seekers.network.retry.5s": set(),
    "notify.network": {"notify"},
    "notify.heard": {"notify"},
    "notify.network.retry.5s": set(),
    "board.fold": {"board"},
    "board.fold.retry.5s": set(),
    "rpc-stations": {"stations"},
    "rpc-jobs": {"jobs"},
    "rpc-seekers": {"seekers"},
    "rpc-notify": {"notify"},
    "rpc.reply-gateway-1": {"gateway"},
    "live-gateway-1": {"gateway"},
    "rpc.reply-board-1": {"board"},
    "rpc.reply-courier-1": {"courier"},
    "rpc.reply-outlet-1": {"outlet"},
}


@dataclass(frozen=True)
class Installation:
    """The permissions file as one vhost of its own; every user of it under a name of this run."""

    vhost: str
    users: dict[str, str]
    passwords: dict[str, str]

    def url(self, process: str) -> str:
        """The broker URL of a process."""
        return f"amqp://{self.users[process]}:{self.passwords[process]}@{BROKER_ADDRESS}/{self.vhost}"

    @contextmanager
    def channel(self, process: str) -> Iterator[BlockingChannel]:
        """A channel with confirms, on a connection of the process's user."""
        connection = pika.BlockingConnection(pika.URLParameters(self.url(process)))
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel
        finally:
            connection.close()

    def refused(self, process: str, action: str, *arguments: Any, **named: Any) -> bool:
        """Whether the broker refuses this to the process's user. Anything else that goes wrong is raised."""
        with self.channel(process) as channel:
            channel.basic_qos(prefetch_count=1)
            try:
                getattr(channel, action)(*arguments, **named)
            except ChannelClosedByBroker as closed:
                if closed.reply_code != 403:
                    raise
                return True
        return False


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """The permissions as the broker imports them at its start, with everything declared by `deploy`."""
    if shutil.which("rabbitmqctl") is None or os.geteuid() != 0:
        pytest.skip("making a vhost needs rabbitmqctl, as root, on the broker's host")
    made = _import_definitions()
    try:
        asyncio.run(asyncio.wait_for(topology.declare(made.url("deploy")), 120))
        with made.channel("deploy") as channel:
            for queue in (
                "rpc-stations",
                "rpc-jobs",
                "rpc-seekers",
                "rpc-notify",
                "rpc.reply-gateway-1",
                "live-gateway-1",
                "rpc.reply-board-1",
                "rpc.reply-courier-1",
                "rpc.reply-outlet-1",
            ):
                channel.queue_declare(queue, durable=True)
        yield made
    finally:
        _remove(made)


def _import_definitions() -> Installation:
    definitions = json.loads(PERMISSIONS.read_text(encoding="utf-8"))
    run = secrets.token_hex(4)
    names = {user["name"]: f"{user['name']}-{run}" for user in definitions["users"]}
    made = Installation(f"yizhan-permissions-{run}", names, {name: secrets.token_hex(16) for name in names})
    definitions["vhosts"] = [{"name": made.vhost}]
    for user in definitions["users"]:
        assert user["password"] == f"@broker_url_{user['name']}@", "a password in the file"
        user["password"] = made.passwords[user["name"]]
        user["name"] = names[user["name"]]
    for rule in definitions["permissions"] + definitions["topic_permissions"]:
        rule |= {"user": names[rule["user"]], "vhost": made.vhost}
    _rabbitmqctl("import_definitions", stdin=json.dumps(definitions))
    return made


def _remove(made: Installation) -> None:
    users = ", ".join(f'<<"{name}">>' for name in made.users.values())
    _rabbitmqctl("eval", f'[rabbit_auth_backend_internal:delete_user(U, <<"test">>) || U <- [{users}]].')
    _rabbitmqctl("delete_vhost", made.vhost)


def _rabbitmqctl(*arguments: str, stdin: str = "") -> None:
    subprocess.run(["rabbitmqctl", "-q", *arguments], input=stdin, text=True, check=True, capture_output=True)


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_publishes_its_own_messages_and_no_others(installation: Installation, process: str) -> None:
    """What a stolen password of one process could say is what that process says anyway."""
    let_through = {
        message
        for message in PUBLISHERS
        if not installation.refused(process, "basic_publish", *message, b"{}", mandatory=False)
    }
    assert let_through == {message for message, allowed in PUBLISHERS.items() if process in allowed}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_reads_its_own_queues_and_no_others(installation: Installation, process: str) -> None:
    """Dead letters, the history and other processes' queues are closed to it."""
    let_through = {
        queue
        for queue in READERS
        if not installation.refused(process, "basic_consume", queue, lambda *_: None)
    }
    assert let_through == {queue for queue, allowed in READERS.items() if process in allowed}


def test_every_queue_of_the_system_is_decided_here() -> None:
    """A new handler's queue fails this until somebody says who may read it."""
    known = set(READERS)
    handlers = {plan.name for plan in topology.queue_plans() if ".retry." not in plan.name}
    assert handlers <= known


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS, ids=lambda subscription: subscription.queue)
def test_a_handler_has_the_rights_that_handling_takes(
    installation: Installation, subscription: Subscription
) -> None:
    """Whatever the catalogue subscribes: read its queue, put a message off, give it up."""
    process, queue = subscription.service, subscription.queue
    assert not installation.refused(process, "basic_consume", queue, lambda *_: None)
    for delay_seconds in topology.RETRY_LADDER_SECONDS:
        key = topology.retry_queue(queue, delay_seconds)
        assert not installation.refused(process, "basic_publish", topology.RETRY_EXCHANGE, key, b"{}")
    assert not installation.refused(process, "basic_publish", topology.DEAD_EXCHANGE, queue, b"{}")


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_can_delete_what_the_deployment_declared(installation: Installation, process: str) -> None:
    """Queues and exchanges that hold or route events are the deployment's to make and to remove."""
    for plan in topology.queue_plans():
        assert installation.refused(process, "queue_delete", plan.name)
    for exchange in ("yizhan.events", "yizhan.retry", "yizhan.dead", "nameko-rpc"):
        assert installation.refused(process, "exchange_delete", exchange)


@pytest.mark.parametrize("process", ["gateway", "board", "courier", "outlet"])
def test_a_caller_hears_answers_to_itself_only(installation: Installation, process: str) -> None:
    """A reply queue may be bound to a reply's key, not to the requests of others nor to the events."""
    queue = f"rpc.reply-{process}-1"
    assert not installation.refused(process, "queue_bind", queue, "nameko-rpc", ANSWER_KEY)
    for exchange, key in (
        ("nameko-rpc", "jobs.*"),
        ("nameko-rpc", "seekers.*"),
        ("nameko-rpc", "notify.*"),
        ("nameko-rpc", "#"),
        ("yizhan.events", "#"),
        ("yizhan.dead", "#"),
    ):
        assert installation.refused(process, "queue_bind", queue, exchange, key)


def test_the_gateway_hears_what_consoles_look_at_and_no_more(installation: Installation) -> None:
    """In a queue of its own; of seekers it hears of queues and calls, not of people."""
    queue = "live-gateway-1"
    for key in HEARD:
        assert not installation.refused("gateway", "queue_bind", queue, "yizhan.events", key)
    for key in ("#", "seekers.seeker.*.#", "jobs.employer.*.#", "notify.integrator.*.#"):
        assert installation.refused("gateway", "queue_bind", queue, "yizhan.events", key)


@pytest.mark.parametrize("process", ["stations", "jobs", "seekers", "notify"])
def test_a_service_makes_its_own_request_queue_only(installation: Installation, process: str) -> None:
    """It declares and binds the queue of its own methods; another service's requests stay out of reach."""
    other = {"stations": "jobs", "jobs": "seekers", "seekers": "notify", "notify": "stations"}[process]
    assert not installation.refused(process, "queue_declare", f"rpc-{process}", durable=True)
    assert not installation.refused(process, "queue_bind", f"rpc-{process}", "nameko-rpc", f"{process}.*")
    assert installation.refused(process, "queue_bind", f"rpc-{process}", "nameko-rpc", f"{other}.*")
    assert installation.refused(process, "queue_declare", f"rpc-{other}", durable=True)
