"""A nameko service on the real broker and both databases, asked and told from asyncio."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from tests.integration.bus import sample
from tests.integration.bus.conftest import Samples, rabbitmqctl
from tests.integration.bus.sample import AddThing, SampleRpc, count, station_added
from tests.support.eventually import eventually_async
from tests.support.servers import databases
from yizhan.bus import failures, topology
from yizhan.bus.connection import Broker, Delivery
from yizhan.bus.rpc import RpcClient
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.envelope import CONTENT_TYPE, Event
from yizhan.contracts.errors import RemoteProblem, ServiceTimeout, ServiceUnavailable
from yizhan.contracts.rpc import Method, Nothing
from yizhan.database import Database

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """One after the other, so that a process can serve many tests."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="module")
def database(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One for all tests of a kind; each gives its things names of its own."""
    with ExitStack() as stack:
        if database_kind == "postgresql":
            make = stack.enter_context(databases(request.getfixturevalue("postgres_server")))
            url = make("sample")
        else:
            url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'sample.db'}"
        made = Database(url)
        sample.METADATA.create_all(made.engine)
        yield made
        made.close()


@pytest.fixture(scope="module")
def processes(
    database: Database, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Samples]:
    made = Samples(broker_url, database.url, tmp_path_factory.mktemp("logs"))
    yield made
    made.end()


@pytest.fixture
def samples(processes: Samples, broker: Broker) -> Samples:
    """The sample's processes, when the topology is there and its queues are empty."""
    return processes


@pytest.fixture
async def client(broker: Broker, broker_url: str) -> AsyncIterator[RpcClient]:
    """A caller that is connected, which takes the topology that `broker` has declared."""
    # Tests wait for processes to start, and this loop with them.
    connection = Broker(broker_url, "caller", heartbeat_seconds=60)
    client = RpcClient(connection)
    await connection.start()
    await connection.connected.wait()
    yield client
    await connection.close()


async def add(client: RpcClient, name: str, **more: object) -> int:
    key = more.pop("key", None)
    timeout_seconds = more.pop("timeout_seconds", 10.0)
    thing = await client.call(
        SampleRpc.add_thing,
        {"name": name, **more},
        actor=SYSTEM,
        correlation="test",
        idempotency_key=key,  # type: ignore[arg-type]
        timeout_seconds=timeout_seconds,  # type: ignore[arg-type]
    )
    return thing.id


async def send(broker: Broker, event: Event[object]) -> None:
    await broker.publish(
        topology.EVENTS_EXCHANGE,
        event.routing_key,
        event.model_dump_json().encode(),
        content_type=CONTENT_TYPE,
        message_id=event.id,
    )


async def folded(database: Database, event: Event[object], times: int = 1) -> None:
    await eventually_async(lambda: count(database, f"folded {event.id}") == times, within_seconds=15)


async def first_dead(broker: Broker) -> Delivery:
    found: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()

    async def take(delivery: Delivery) -> None:
        delivery.ack()
        if not found.done():
            found.set_result(delivery)

    consumer = broker.consume(topology.DEAD_QUEUE, take, 1)
    try:
        return await asyncio.wait_for(found, 15)
    finally:
        await consumer.stop()


# --- calls --------------------------------------------------------------------------------------------


async def test_a_command_is_carried_out_and_answered(
    client: RpcClient, samples: Samples, database: Database
) -> None:
    """The whole way there and back, with the row committed before the answer."""
    samples.one()
    assert await add(client, "chair") >= 1
    assert count(database, "chair") == 1


async def test_a_refusal_comes_back_as_its_problem(
    client: RpcClient, samples: Samples, database: Database
) -> None:
    """The caller gets code, status and evidence; a broken request is refused with its fields."""
    samples.one()
    with pytest.raises(RemoteProblem) as refusal:
        await add(client, "refused")
    problem = refusal.value.to_problem()
    assert (problem.code, problem.status, problem.evidence) == (
        "sample.thing_refused",
        409,
        {"name": "refused"},
    )
    with pytest.raises(RemoteProblem) as refusal:
        await client.call(SampleRpc.add_thing, {"nome": "x"}, actor=SYSTEM, correlation="test")
    faults = {fault.pointer: fault.code for fault in refusal.value.faults}
    assert faults == {"/name": "missing", "/nome": "extra_forbidden"}


async def test_a_command_that_fails_leaves_nothing_behind(
    client: RpcClient, samples: Samples, database: Database
) -> None:
    """An unforeseen error rolls the transaction back, and the caller hears of a defect, not of its inside."""
    samples.one()
    with pytest.raises(RemoteProblem) as refusal:
        await add(client, "half", fail=True)
    assert refusal.value.to_problem().code == "service.internal_fault"
    assert "as asked" not in refusal.value.detail
    assert count(database, "half") == 0


async def test_the_same_key_at_the_same_time_is_carried_out_once(
    client: RpcClient, samples: Samples, database: Database
) -> None:
    """Ten calls with one key, from two processes' workers at once, make one row and get one answer."""
    # Not the key of another test: a request whose process was killed before its ack comes again to the next.
    key = secrets.token_hex(8)
    samples.fresh()
    samples.another()
    calls = [add(client, "table", key=key, hold_seconds=0.3) for _ in range(10)]
    assert len(set(await asyncio.gather(*calls))) == 1
    assert count(database, "table") == 1
    with pytest.raises(RemoteProblem) as refusal:
        await add(client, "another", key=key)
    assert refusal.value.to_problem().code == "request.idempotency_key_reused"


async def test_a_service_that_never_was_is_unavailable(client: RpcClient, broker: Broker) -> None:
    """The broker returns the request, so nobody waits for the deadline."""
    nobody = Method("nobody", "add_thing", AddThing, sample.Thing, command=True)
    with pytest.raises(ServiceUnavailable):
        await asyncio.wait_for(
            client.call(nobody, {"name": "x"}, actor=SYSTEM, correlation="t", timeout_seconds=30), 10
        )


async def test_a_service_that_has_gone_is_unavailable(client: RpcClient, samples: Samples) -> None:
    """Its queue goes soon after its last process, and calls are refused instead of kept for later."""
    running = samples.fresh()
    await add(client, "before")
    assert await asyncio.to_thread(running.terminate) == 0

    async def refused() -> bool:
        try:
            await add(client, "after", timeout_seconds=0.5)
        except ServiceUnavailable:
            return True
        except ServiceTimeout:
            return False
        return False

    await eventually_async(refused, within_seconds=15)


async def test_a_call_whose_caller_has_gone_is_not_carried_out_later(
    client: RpcClient, samples: Samples, database: Database
) -> None:
    """A request that waited past its deadline expires in the queue."""
    samples.one()
    # SQLite lets one write at a time, so that the others have it in hand for as long as that one.
    holds = [2.0] + [2.0 if database.dialect == "postgresql" else 0.0] * 9
    busy = [
        asyncio.create_task(add(client, "busy", hold_seconds=held, timeout_seconds=30.0)) for held in holds
    ]
    await asyncio.sleep(0.1)
    with pytest.raises(ServiceTimeout):
        await add(client, "late", timeout_seconds=0.3)
    await asyncio.gather(*busy)
    await add(client, "last")
    assert count(database, "late") == 0


async def test_an_unknown_method_is_a_defect_not_a_silence(client: RpcClient, samples: Samples) -> None:
    """A caller of a newer version hears at once that this service cannot do that."""
    samples.one()
    unknown = Method("sample", "dance", Nothing, Nothing, command=False)
    with pytest.raises(Exception, match="the service failed"):
        await client.call(unknown, {}, actor=SYSTEM, correlation="t")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # SQLite has nothing to wait for
async def test_calls_wait_for_the_database_side_by_side(client: RpcClient, samples: Samples) -> None:
    """Waiting for PostgreSQL lets the other workers of the process go on."""
    samples.one()
    sleeps = [
        client.call(SampleRpc.sleep_in_database, {}, actor=SYSTEM, correlation="t", timeout_seconds=6.0)
        for _ in range(10)
    ]
    # One after the other they would take twice the deadline.
    assert len(await asyncio.gather(*sleeps)) == 10


async def test_calls_go_on_after_the_connections_were_cut(
    client: RpcClient, samples: Samples, database: Database, vhost: str
) -> None:
    """Both sides come back by themselves, and an answer may even find its caller after the cut."""
    samples.one()
    await add(client, "before")
    await asyncio.to_thread(rabbitmqctl, "close_all_connections", "--vhost", vhost, "test")

    async def answered() -> bool:
        try:
            return await add(client, "after", timeout_seconds=1) > 0
        except (ServiceUnavailable, ServiceTimeout):
            return False

    await eventually_async(answered, within_seconds=20)


async def test_periodic_work_runs_in_its_own_transaction(samples: Samples, database: Database) -> None:
    """It runs again and again, by itself."""
    samples.one()
    await eventually_async(lambda: count(database, "tick") >= 3, within_seconds=10)


# --- events -------------------------------------------------------------------------------------------


async def test_an_event_is_handled_once_however_often_it_comes(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """The inbox knows it again."""
    samples.one()
    event = station_added()
    await send(broker, event)
    await send(broker, event)
    last = station_added(sequence=2)
    await send(broker, last)
    await folded(database, last)
    assert count(database, f"folded {event.id}") == 1


async def test_events_sent_before_the_first_start_are_handled(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """Queues are made by the deployment, so that nothing is missed by a consumer that comes later."""
    samples.end()
    event = station_added()
    await send(broker, event)
    samples.fresh()
    await folded(database, event)


async def test_a_transient_failure_is_tried_again(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """It fails twice, leaving nothing behind, and is handled at the third time."""
    samples.one()
    event = station_added(slogan="fail:2")
    await send(broker, event)
    await folded(database, event)
    dead = await broker.declare_queue(topology.DEAD_QUEUE, passive=True)
    assert dead.messages == 0


async def test_an_exhausted_event_is_a_dead_letter_with_its_story(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """After the last rung it is dead, and its headers tell why, how often, since when and from where."""
    samples.one()
    event = station_added(slogan="fail:99")
    await send(broker, event)
    letter = await first_dead(broker)
    assert json.loads(letter.body)["id"] == event.id
    assert letter.content_type == CONTENT_TYPE
    assert letter.headers[failures.ATTEMPTS] == 4
    assert letter.headers[failures.CODE] == "handler.failed"
    assert letter.headers[failures.REASON] == "RuntimeError: as asked"
    assert letter.headers[failures.QUEUE] == "sample.fold"
    assert letter.headers[failures.ROUTING_KEY] == event.routing_key
    assert letter.headers[failures.FIRST_FAILED_AT] < letter.headers[failures.LAST_FAILED_AT]
    assert count(database, f"folded {event.id}") == 0


@pytest.mark.parametrize("body", [b"\xff\xfe not json", b'{"type":"unheard.of.v1"}', b"[]"])
async def test_a_poison_message_is_a_dead_letter_and_the_queue_goes_on(
    broker: Broker, samples: Samples, database: Database, body: bytes
) -> None:
    """What cannot be read is not tried again, and is kept byte by byte."""
    samples.one()
    await broker.publish(topology.EVENTS_EXCHANGE, "stations.station.added.450123.450123", body)
    after = station_added()
    await send(broker, after)
    letter = await first_dead(broker)
    assert letter.body == body
    assert letter.headers[failures.CODE] == "event.unreadable"
    assert letter.headers[failures.ATTEMPTS] == 1
    await folded(database, after)


async def test_a_refused_event_is_a_dead_letter_at_once(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """A refusal that is not retryable climbs no ladder."""
    samples.one()
    await send(broker, station_added(slogan="refuse"))
    letter = await first_dead(broker)
    assert (letter.headers[failures.CODE], letter.headers[failures.ATTEMPTS]) == ("sample.thing_refused", 1)


async def test_sigterm_amid_a_handler_loses_and_doubles_nothing(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """The one in hand is finished and acked by the process that leaves; the rest goes to the next process."""
    first = samples.fresh()
    slow = station_added(slogan="slow")
    rest = [station_added(sequence=number) for number in range(2, 30)]
    for event in [slow, *rest]:
        await send(broker, event)
    await eventually_async(lambda: first.logged("handling"), within_seconds=10)
    leaving = asyncio.create_task(asyncio.to_thread(first.terminate))
    samples.another()
    assert await leaving == 0
    for event in [slow, *rest]:
        await folded(database, event)
    # The slow one was acked: nobody got it a second time, not even to find it in the inbox.
    queue = await broker.declare_queue(sample.FOLD.queue, passive=True)
    assert queue.messages == 0
    assert not first.logged("settle_lost")


async def test_sigterm_amid_a_command_answers_it(
    client: RpcClient, samples: Samples, database: Database
) -> None:
    """A deployment does not cost a caller his answer."""
    running = samples.fresh()
    call = asyncio.create_task(add(client, "slow command", hold_seconds=1.0))
    await eventually_async(lambda: running.logged("holding"), within_seconds=10)
    assert await asyncio.to_thread(running.terminate) == 0
    assert await call >= 1
    assert count(database, "slow command") == 1


async def test_handling_goes_on_after_the_connections_were_cut(
    broker: Broker, samples: Samples, database: Database, vhost: str
) -> None:
    """Events sent around a cut are all handled once."""
    samples.one()
    events = [station_added(sequence=number) for number in range(1, 21)]
    for event in events[:10]:
        await send(broker, event)
    before = broker.connections
    await asyncio.to_thread(rabbitmqctl, "close_all_connections", "--vhost", vhost, "test")
    await eventually_async(
        lambda: broker.connections > before and broker.connected.is_set(), within_seconds=15
    )
    for event in events[10:]:
        await send(broker, event)
    for event in events:
        await folded(database, event)


async def test_a_service_without_its_queues_leaves_loudly(
    broker: Broker, samples: Samples, database: Database
) -> None:
    """It must not run on as if nobody ever said anything to it."""
    samples.end()
    await broker.delete_queue(topology.retry_queue(sample.FOLD.queue, 0.2))
    with pytest.raises(AssertionError, match=r"no queue 'sample\.fold\.retry\.200ms'"):
        samples.fresh()
