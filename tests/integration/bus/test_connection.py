"""The asyncio connection and the topology on the real broker."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.integration.bus import sample
from tests.integration.bus.conftest import LADDER_SECONDS, rabbitmqctl
from tests.support.eventually import eventually_async
from yizhan.bus import topology
from yizhan.bus.connection import (
    Broker,
    BrokerRefused,
    BusError,
    Delivery,
    Disconnected,
    Outgoing,
    Unroutable,
)
from yizhan.tasks import end_tasks

pytestmark = pytest.mark.integration

QUEUE = "connection.test"


@pytest.fixture
async def queue(broker: Broker) -> str:
    await broker.delete_queue(QUEUE)
    await broker.declare_queue(QUEUE, {"x-queue-type": "quorum"})
    return QUEUE


async def test_an_unroutable_message_is_an_error_and_the_others_are_not(broker: Broker, queue: str) -> None:
    """Among many in flight, exactly the one that no queue takes is refused."""
    keys = [queue, "nowhere", queue, "nowhere", queue]
    outcomes = await broker.send_all([Outgoing("", key, b"x") for key in keys], timeout_seconds=10)
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        Unroutable,
        type(None),
        Unroutable,
        type(None),
    ]


async def test_thousands_of_confirms_in_flight_all_come(broker: Broker, queue: str) -> None:
    """More messages than slots: publishing waits for room and loses none."""
    messages = [Outgoing("", queue, str(number).encode()) for number in range(6000)]
    assert await broker.send_all(messages, timeout_seconds=60) == [None] * 6000
    received: list[int] = []

    async def take(delivery: Delivery) -> None:
        received.append(int(delivery.body))
        delivery.ack()

    broker.consume(queue, take, 500)
    await eventually_async(lambda: len(received) == 6000, within_seconds=60)
    assert received == list(range(6000))


async def test_a_missing_exchange_fails_the_publish_and_the_connection_recovers(
    broker: Broker, queue: str
) -> None:
    """The broker closes the channel for it; the next publish works again."""
    with pytest.raises(Disconnected):
        await broker.publish("no.such.exchange", "x", b"x", timeout_seconds=10)
    await broker.publish("", queue, b"again", timeout_seconds=20)


async def test_publishing_while_disconnected_waits_and_then_says_so(broker_url: str) -> None:
    """It surely did not leave this process, and the error says that."""
    away = Broker("amqp://guest:guest@127.0.0.1:9/none", "away")
    await away.start()
    with pytest.raises(Disconnected) as error:
        await away.publish("", "x", b"x", timeout_seconds=0.2)
    assert error.value.sent is False
    await away.close()


async def ask_on_and_on(broker: Broker) -> None:
    """As a process does that waits for its queues."""
    while True:
        await broker.connected.wait()
        with contextlib.suppress(BrokerRefused, BusError):
            await broker.declare_queue("connection.nowhere", passive=True)


@pytest.mark.timeout(240)
async def test_asking_until_it_works_holds_nobody_up_while_the_connection_closes(broker_url: str) -> None:
    """It fails at once, as would the next, and nobody else would run."""
    leaving = Broker(broker_url, "leaving")
    await leaving.start()

    asking = asyncio.create_task(ask_on_and_on(leaving))
    await leaving.connected.wait()
    await leaving.close()
    assert not leaving.connected.is_set()
    await end_tasks([asking])
    assert asking.cancelled()


@pytest.mark.timeout(240)
async def test_a_connection_closed_while_it_is_prepared_is_never_called_connected(
    broker: Broker, broker_url: str
) -> None:
    """Whenever the close comes: whoever waits for a connection and asks at once would ask for ever."""
    for milliseconds in range(0, 60, 2):
        leaving = Broker(broker_url, "leaving")
        leaving.listen("connection.test.", topology.EVENTS_EXCHANGE, ("nobody",), lambda _: None)

        asking = asyncio.create_task(ask_on_and_on(leaving))
        await leaving.start()
        await asyncio.sleep(milliseconds / 1000)
        await leaving.close()
        assert not leaving.connected.is_set()
        await end_tasks([asking])
        assert asking.cancelled()


async def test_consumers_come_back_after_a_cut(broker: Broker, queue: str, vhost: str) -> None:
    """The subscription outlives the connection; what was in hand is delivered again."""
    received: list[bytes] = []
    in_hand, hold = asyncio.Event(), asyncio.Event()

    async def take(delivery: Delivery) -> None:
        in_hand.set()
        if not hold.is_set():
            await hold.wait()
        delivery.ack()
        received.append(delivery.body)

    broker.consume(queue, take, 10)
    await broker.publish("", queue, b"in hand")
    await asyncio.wait_for(in_hand.wait(), 20)
    await asyncio.to_thread(rabbitmqctl, "close_all_connections", "--vhost", vhost, "test")
    await eventually_async(lambda: not broker.connected.is_set() or len(received) > 0, within_seconds=15)
    hold.set()
    await broker.publish("", queue, b"after", timeout_seconds=20)
    await eventually_async(lambda: b"after" in received, within_seconds=20)
    await eventually_async(lambda: received.count(b"in hand") >= 2, within_seconds=20)


async def test_a_consumer_waits_for_a_queue_that_is_made_anew(broker: Broker, queue: str) -> None:
    """A deleted queue ends the subscription; it is taken up when the queue is back."""
    received: list[bytes] = []

    async def take(delivery: Delivery) -> None:
        delivery.ack()
        received.append(delivery.body)

    consumer = broker.consume(queue, take, 10)
    await broker.publish("", queue, b"first")
    await eventually_async(lambda: received == [b"first"], within_seconds=10)
    first_channel = consumer.channel
    await broker.delete_queue(queue)
    # Made anew before the broker has said that the old one is gone, it would not say so at all.
    await eventually_async(lambda: first_channel is not None and not first_channel.is_open, within_seconds=20)
    await broker.declare_queue(queue, {"x-queue-type": "quorum"})
    await broker.publish("", queue, b"second")
    await eventually_async(lambda: received == [b"first", b"second"], within_seconds=30)


async def test_a_message_that_is_never_settled_becomes_a_dead_letter(broker: Broker) -> None:
    """The delivery limit ends what always raises, and the broker itself keeps it among the dead."""
    seen = 0

    async def fail(delivery: Delivery) -> None:
        nonlocal seen
        seen += 1
        raise RuntimeError("as asked")

    broker.consume(sample.FOLD.queue, fail, 1)
    await broker.publish("", sample.FOLD.queue, b"poison")

    async def is_dead() -> bool:
        return (await broker.declare_queue(topology.DEAD_QUEUE, passive=True)).messages == 1

    await eventually_async(is_dead, within_seconds=30)
    assert seen == topology.DELIVERY_LIMIT + 1


async def test_a_right_topology_has_no_faults_and_declaring_is_repeatable(broker: Broker) -> None:
    """Each deployment declares; nothing changes by it."""
    again = await topology.declare_with(broker, (sample.FOLD,), ladder_seconds=LADDER_SECONDS)
    assert again == []
    assert await topology.check(broker, (sample.FOLD,), ladder_seconds=LADDER_SECONDS) == []


async def test_a_missing_and_a_differing_queue_are_named(broker: Broker) -> None:
    """The fault says which queue, and which property differs; the check makes nothing."""
    missing = topology.retry_queue(sample.FOLD.queue, LADDER_SECONDS[0])
    await broker.delete_queue(missing)
    await broker.delete_queue(sample.FOLD.queue)
    await broker.declare_queue(sample.FOLD.queue, {"x-queue-type": "quorum"})
    faults = await topology.check(broker, (sample.FOLD,), ladder_seconds=LADDER_SECONDS)
    text = "\n".join(faults)
    assert f"queue {missing}: NOT_FOUND" in text
    assert f"queue {sample.FOLD.queue}: PRECONDITION_FAILED - inequivalent arg" in text
    with pytest.raises(BrokerRefused):
        await broker.declare_queue(missing, passive=True)


async def test_a_consumer_waits_for_its_broker_and_not_for_a_queue_that_nobody_declared(
    broker: Broker, broker_url: str
) -> None:
    """A broker that is away comes back; who forgot to deploy is told so."""
    late = Broker(broker_url, "late")
    waiting = asyncio.create_task(
        topology.until_there(late, (sample.FOLD,), ladder_seconds=LADDER_SECONDS), name="waiting"
    )
    try:
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await late.start()
        await asyncio.wait_for(waiting, 30)
        await broker.delete_queue(sample.FOLD.queue)
        with pytest.raises(topology.TopologyDiffers) as differs:
            await topology.until_there(late, (sample.FOLD,), ladder_seconds=LADDER_SECONDS)
        assert [fault for fault in differs.value.faults if sample.FOLD.queue in fault]
    finally:
        await end_tasks([waiting])
        await late.close()
