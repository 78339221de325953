"""An integrator's user on the real broker: what was granted, and nothing else.

Making users needs rabbitmqctl, as root on the broker's host, as it does in production.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from typing import Any

import pika.exceptions
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from tests.integration.notify.registry import reading, sending
from tests.integration.outlet.stand import Stand, channel_of, published
from tests.support.eventually import eventually_async
from tests.support.service_stand import ADMIN, COMMUNITY, OTHER_TOWN, TOWN
from yizhan.bus.broker_users import Rabbitmqctl, vhost_of
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.integrators import (
    BrokerUser,
    BrokerUserQuery,
    Credential,
    IntegratorsRpc,
    RevokeIntegrator,
    RotateCredential,
    SuspendIntegrator,
)
from yizhan.database import Database

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

#: What a thief of the town's password might try, beside reading its own queues. Each is refused.
ATTEMPTS: dict[str, Callable[[BlockingChannel], object]] = {
    "read another integrator's events": lambda ch: ch.basic_get("ext.other-town.events"),
    "read another integrator's replay": lambda ch: ch.basic_get("ext.other-town.replay"),
    "read the dead letters": lambda ch: ch.basic_get("yizhan.dead"),
    "read what the outlet reads": lambda ch: ch.basic_get("outlet.feed"),
    "read what a service reads": lambda ch: ch.basic_get("jobs.network"),
    "read what integrators send": lambda ch: ch.basic_get("yizhan.inbox"),
    "make a queue": lambda ch: ch.queue_declare("mine", durable=True),
    "make a queue that nobody names": lambda ch: ch.queue_declare("", exclusive=True),
    "make another of its own queues": lambda ch: ch.queue_declare("ext.town.more", durable=True),
    "delete its own queue": lambda ch: ch.queue_delete("ext.town.events"),
    "make an exchange": lambda ch: ch.exchange_declare("mine"),
    "bind its queue to every event": lambda ch: ch.queue_bind("ext.town.events", "yizhan.events", "#"),
    "bind its queue to another town": lambda ch: ch.queue_bind(
        "ext.town.events", "yizhan.events", f"jobs.posting.*.522730.{OTHER_TOWN}"
    ),
    "bind its queue to its own town": lambda ch: ch.queue_bind(
        "ext.town.events", "yizhan.events", f"jobs.posting.*.522730.{TOWN}"
    ),
    "bind its queue to another's": lambda ch: ch.queue_bind(
        "ext.town.events", "yizhan.out", "ext.other-town.events"
    ),
    "bind its queue to the inbox": lambda ch: ch.queue_bind("ext.town.events", "yizhan.inbox", "#"),
    "unbind its queue": lambda ch: ch.queue_unbind("ext.town.events", "yizhan.out", "ext.town.events"),
    "publish an event": lambda ch: ch.basic_publish(
        "yizhan.events", f"jobs.posting.published.522730.{TOWN}", b"{}"
    ),
    "publish into another's queue": lambda ch: ch.basic_publish("yizhan.out", "ext.other-town.events", b"{}"),
    "publish past the exchanges": lambda ch: ch.basic_publish("", "jobs.network", b"{}"),
    "call a service": lambda ch: ch.basic_publish("nameko-rpc", "jobs.publish_posting", b"{}"),
    "bury a message": lambda ch: ch.basic_publish("yizhan.dead", "jobs.network", b"{}"),
    "publish as another integrator": lambda ch: ch.basic_publish("yizhan.inbox", "other-town", b"{}"),
    "publish by a standard exchange": lambda ch: ch.basic_publish("amq.topic", "any", b"{}"),
}


def read_history(channel: BlockingChannel) -> object:
    """A stream is read by a consumer with a prefetch."""
    channel.basic_qos(prefetch_count=1)
    return channel.basic_consume("yizhan.history", lambda *_: None, arguments={"x-stream-offset": "first"})


def refused(channel: BlockingChannel, attempt: Callable[[BlockingChannel], object]) -> bool:
    """Whether the broker refuses; anything else that goes wrong is raised."""
    try:
        attempt(channel)
    except ChannelClosedByBroker as closed:
        if closed.reply_code != 403:
            raise
        return True
    return False


async def test_a_user_granted_one_town_reaches_that_town_and_nothing_else(
    broker_url: str, notify_database: Database, clock: FrozenClock
) -> None:
    """On the real broker: reading, binding, publishing; and suspended, rotated and revoked at once."""
    if shutil.which("rabbitmqctl") is None or os.geteuid() != 0:
        pytest.skip("making a user needs rabbitmqctl, as root, on the broker's host")
    port = Rabbitmqctl(vhost_of(broker_url))
    stand = Stand(broker_url, notify_database, clock, port=port)
    stand.registry.found_county()
    town = stand.registry.add("town", reading(TOWN))
    other = stand.registry.add("other-town", sending(OTHER_TOWN))
    try:
        async with stand.running():
            await stand.served("town", "other-town")
            await _until_the_broker_knows(stand)
            await stand.publish(*(published(code, clock.now()) for code in (TOWN, COMMUNITY, OTHER_TOWN)))
            await eventually_async(lambda: _holds(stand, "ext.town.events", 2), within_seconds=20)

            assert town.broker_password is not None
            let_through, heard = await asyncio.to_thread(
                _try_everything, broker_url, "town", town.broker_password
            )
            assert let_through == []
            assert heard == [TOWN, COMMUNITY]

            # Who may send does so under its own name only.
            assert other.broker_password is not None
            await asyncio.to_thread(_send_as, broker_url, "other-town", other.broker_password)

            await _a_suspended_user_is_cut_off(stand, broker_url, town)
            rotated = await _a_rotated_password_is_void(stand, broker_url, other)
            revoke = RevokeIntegrator(id=other.integrator.id, reason="合作结束")
            stand.registry.ask(IntegratorsRpc.revoke, revoke, ADMIN)
            await stand.relay()
            await _until_the_broker_knows(stand)
            assert not await asyncio.to_thread(_enters, broker_url, "other-town", rotated)
    finally:
        gone = {"integrator_id": town.integrator.id, "password_hash": "", "allowed": False}
        state = {"present": False, "told": True, "may_submit": False, "state": ""}
        users = [BrokerUser(**gone, **state, user=name) for name in ("town", "other-town")]
        await asyncio.to_thread(port.apply, users)


def _try_everything(broker_url: str, user: str, password: str) -> tuple[list[str], list[str]]:
    """What was let through that should not have been, and of which stations its own queue tells."""
    let_through = []
    for name, attempt in {**ATTEMPTS, "read the history": read_history}.items():
        with channel_of(broker_url, user, password) as channel:
            if not refused(channel, attempt):
                let_through.append(name)
    heard = []
    with channel_of(broker_url, user, password) as channel:
        for _ in range(2):
            method, _, body = channel.basic_get("ext.town.events")
            channel.basic_ack(method.delivery_tag)
            heard.append(json.loads(body)["station"])
        assert channel.basic_get("ext.town.replay")[0] is None
        assert channel.basic_get("ext.town.dead")[0] is None
    return let_through, heard


def _send_as(broker_url: str, user: str, password: str) -> None:
    with channel_of(broker_url, user, password) as channel:
        assert refused(channel, lambda ch: ch.basic_publish("yizhan.inbox", "town", b"{}", mandatory=True))
    with channel_of(broker_url, user, password) as channel:
        channel.basic_publish("yizhan.inbox", user, b"no posting", mandatory=True)


async def _a_suspended_user_is_cut_off(stand: Stand, broker_url: str, town: Any) -> None:
    """Its consumer ends, and it can do nothing more."""

    consuming, cancelled = threading.Event(), threading.Event()

    def consume_until_cut_off() -> bool:
        """Whether the broker ended it, by a cancel or with its connection, within two minutes."""
        with channel_of(broker_url, "town", town.broker_password) as channel:
            channel.add_on_cancel_callback(lambda _: cancelled.set())
            channel.basic_consume("ext.town.events", lambda *_: None)
            consuming.set()
            deadline = time.monotonic() + 120
            while not cancelled.is_set() and time.monotonic() < deadline:
                try:
                    channel.connection.process_data_events(time_limit=0.2)
                except pika.exceptions.AMQPError:
                    return True
        return cancelled.is_set()

    consumer = asyncio.create_task(asyncio.to_thread(consume_until_cut_off))
    assert await asyncio.to_thread(consuming.wait, 60)
    stand.registry.ask(
        IntegratorsRpc.suspend, SuspendIntegrator(id=town.integrator.id, reason="对方停机"), ADMIN
    )
    await stand.relay()
    assert await consumer
    await _until_the_broker_knows(stand)

    def is_shut_out() -> bool:
        try:
            with channel_of(broker_url, "town", town.broker_password) as channel:
                return refused(channel, lambda ch: ch.basic_get("ext.town.events"))
        except pika.exceptions.AMQPError:
            return True

    assert await asyncio.to_thread(is_shut_out)


async def _a_rotated_password_is_void(stand: Stand, broker_url: str, other: Any) -> str:
    """The new one."""
    request = RotateCredential(id=other.integrator.id, credential=Credential.BROKER_PASSWORD)
    rotated = stand.registry.ask(IntegratorsRpc.rotate, request, ADMIN)
    await stand.relay()
    await _until_the_broker_knows(stand)
    assert not await asyncio.to_thread(_enters, broker_url, "other-town", other.broker_password)
    assert await asyncio.to_thread(_enters, broker_url, "other-town", rotated.secret)
    return str(rotated.secret)


def _enters(broker_url: str, user: str, password: str) -> bool:
    try:
        with channel_of(broker_url, user, password):
            return True
    except pika.exceptions.AMQPError:
        return False


async def _holds(stand: Stand, queue: str, messages: int) -> bool:
    return await stand.queued(queue) == messages


async def _until_the_broker_knows(stand: Stand) -> None:
    def nothing_waits() -> bool:
        users = stand.registry.ask(IntegratorsRpc.broker_users, BrokerUserQuery(), SYSTEM)
        return users.users == ()

    await eventually_async(nothing_waits, within_seconds=150)
