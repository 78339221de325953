"""From the outbox to the queues, on the real broker and both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.engine import make_url

from tests.chaos.proxy import Proxy
from tests.integration.bus import sample
from tests.integration.bus.conftest import LADDER_SECONDS, Samples, rabbitmqctl
from tests.integration.bus.sample import OUTBOX, count, record, station_added
from tests.support.eventually import eventually_async
from yizhan.bus import outbox_reader, topology
from yizhan.bus.connection import Broker, Delivery
from yizhan.bus.history_watch import HistoryWatch
from yizhan.bus.outbox_reader import OutboxReader
from yizhan.bus.relay import OutboxRelay
from yizhan.clock import FrozenClock, SystemClock
from yizhan.contracts.reading import read_event
from yizhan.database import Database

pytestmark = pytest.mark.integration


@asynccontextmanager
async def relaying(
    broker: Broker, database: Database, *, batch_events: int = 500
) -> AsyncIterator[OutboxRelay]:
    relay = OutboxRelay("sample", database.url, broker, clock=SystemClock(), batch_events=batch_events)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        await asyncio.wait_for(task, 20)


def unsent(database: Database) -> int:
    with database.reading() as connection:
        query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.sent_at.is_(None))
        return int(connection.execute(query).scalar_one())


class Received:
    """What came into the handler's queue, in order."""

    def __init__(self, broker: Broker) -> None:
        self.sequences: list[tuple[str, int]] = []
        broker.consume(sample.FOLD.queue, self._take, 100)

    async def _take(self, delivery: Delivery) -> None:
        event = read_event(delivery.body)
        self.sequences.append((event.subject, event.sequence))
        delivery.ack()

    def of(self, subject: str) -> list[int]:
        return [sequence for each, sequence in self.sequences if each == subject]


async def test_what_is_committed_is_published_and_marked(broker: Broker, database: Database) -> None:
    """Before the relay was started and while it runs, each aggregate in its order."""
    received = Received(broker)
    record(database, *(station_added(sequence=number) for number in range(1, 31)))
    async with relaying(broker, database, batch_events=7):
        await eventually_async(lambda: received.of("450123") == list(range(1, 31)), within_seconds=20)
        record(database, station_added(sequence=31), station_added("45012301", 1))
        await eventually_async(lambda: received.of("450123")[-1] == 31, within_seconds=10)
        await eventually_async(lambda: received.of("45012301") == [1], within_seconds=10)
        await eventually_async(lambda: unsent(database) == 0, within_seconds=10)


async def test_what_is_rolled_back_is_never_published(broker: Broker, database: Database) -> None:
    """An event exists with its transaction or not at all."""
    received = Received(broker)
    async with relaying(broker, database):
        with database.transaction() as tx:
            savepoint = tx.begin_nested()
            sample.Outbox(database, OUTBOX).record(tx, station_added(sequence=1))
            savepoint.rollback()
        record(database, station_added(sequence=2))
        await eventually_async(lambda: received.of("450123") == [2], within_seconds=10)


async def test_a_database_that_is_locked_does_not_end_the_relay(
    broker: Broker, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer, and an import is a long one: what was sent meanwhile is marked afterwards."""
    monkeypatch.setattr(outbox_reader, "_SQLITE_BUSY_MILLISECONDS", 50)
    published = Published(broker)
    event = station_added()
    record(sqlite_database, event)
    with sqlite_database.transaction():
        relay = OutboxRelay("sample", sqlite_database.url, broker, clock=SystemClock())
        task = asyncio.create_task(relay.run())
        await eventually_async(lambda: "away" in (relay.fault() or ""), within_seconds=20)
        await eventually_async(lambda: event.id in published.ids, within_seconds=20)
        assert unsent(sqlite_database) == 1
    await eventually_async(lambda: unsent(sqlite_database) == 0, within_seconds=20)
    await eventually_async(lambda: relay.fault() is None, within_seconds=20)
    relay.stop()
    await asyncio.wait_for(task, 20)


async def test_a_relay_killed_before_the_mark_sends_again_and_the_consumer_dedupes(
    broker: Broker, database: Database, samples: Samples
) -> None:
    """The confirm came and the mark did not: two copies on the bus, one effect."""
    samples.one()
    event = station_added()
    record(database, event)

    class Killed(BaseException):
        pass

    class DiesBeforeTheMark(OutboxRelay):
        async def _publish_in_order(self, rows, held_back):  # type: ignore[no-untyped-def]
            confirmed = await super()._publish_in_order(rows, held_back)
            if confirmed:
                raise Killed
            return confirmed

    dying = OutboxRelay.__new__(DiesBeforeTheMark)
    OutboxRelay.__init__(dying, "sample", database.url, broker, clock=SystemClock())
    with pytest.raises(Killed):
        await dying.run()
    assert unsent(database) == 1
    published = Published(broker)
    async with relaying(broker, database):
        await eventually_async(lambda: unsent(database) == 0, within_seconds=10)
        await eventually_async(lambda: published.ids.count(event.id) == 2, within_seconds=10)
        last = station_added(sequence=2)
        record(database, last)
        await eventually_async(lambda: count(database, f"folded {last.id}") == 1, within_seconds=15)
    assert count(database, f"folded {event.id}") == 1


class Published:
    """What the history holds."""

    def __init__(self, broker: Broker) -> None:
        self.ids: list[str | None] = []
        broker.consume(topology.HISTORY_STREAM, self._take, 100, arguments={"x-stream-offset": "first"})

    async def _take(self, delivery: Delivery) -> None:
        self.ids.append(delivery.message_id)
        delivery.ack()


async def test_only_one_relay_is_active_and_the_next_takes_over(broker: Broker, database: Database) -> None:
    """The second stands by, well, until the first has left."""
    async with relaying(broker, database) as first:
        await eventually_async(lambda: first._state == "active", within_seconds=10)
        async with relaying(broker, database) as second:
            await eventually_async(lambda: second._state == "standby", within_seconds=10)
            assert second.fault() is None
            first.stop()
            await eventually_async(lambda: second._state == "active", within_seconds=10)
            record(database, station_added())
            await eventually_async(lambda: unsent(database) == 0, within_seconds=10)


async def test_nothing_overtakes_a_failed_event_of_its_aggregate(broker: Broker, database: Database) -> None:
    """While one event cannot be routed, later ones of its aggregate wait, and other aggregates go on."""
    received = Received(broker)
    await broker.unbind_queue(topology.HISTORY_STREAM, topology.EVENTS_EXCHANGE, "#")
    await broker.unbind_queue(sample.FOLD.queue, topology.EVENTS_EXCHANGE, "stations.station.*.#")
    await broker.bind_queue(
        sample.FOLD.queue, topology.EVENTS_EXCHANGE, "stations.station.added.450123.45012302"
    )
    await broker.bind_queue(sample.FOLD.queue, topology.EVENTS_EXCHANGE, "stations.station.added.*.open")
    events = [station_added("45012301", 1), station_added("45012302", 1)]
    record(database, *events)
    record(database, station_added("45012301", 2))
    with database.transaction() as tx:
        # The second event of the aggregate could be routed, were it not for the first.
        later = (OUTBOX.c.subject == "45012301") & (
            OUTBOX.c.id == select(func.max(OUTBOX.c.id)).scalar_subquery()
        )
        tx.execute(update(OUTBOX).where(later).values(routing_key="stations.station.added.450123.open"))
    async with relaying(broker, database):
        await eventually_async(lambda: received.of("45012302") == [1], within_seconds=10)
        await asyncio.sleep(0.3)
        assert received.of("45012301") == []
        # First what is looked at: once anybody takes the event, it is sent.
        await broker.bind_queue(sample.FOLD.queue, topology.EVENTS_EXCHANGE, "stations.station.*.#")
        faults = await topology.declare_with(broker, (sample.FOLD,), ladder_seconds=LADDER_SECONDS)
        assert faults == []
        await eventually_async(lambda: received.of("45012301") == [1, 2], within_seconds=20)


async def test_the_relay_goes_on_after_its_connection_was_cut(
    broker: Broker, database: Database, vhost: str
) -> None:
    """Nothing is lost around the cut; a copy more is allowed."""
    received = Received(broker)
    async with relaying(broker, database, batch_events=20):
        record(database, *(station_added(sequence=number) for number in range(1, 201)))
        await eventually_async(lambda: len(received.sequences) > 0, within_seconds=10)
        await asyncio.to_thread(rabbitmqctl, "close_all_connections", "--vhost", vhost, "test")
        record(database, station_added(sequence=201))
        await eventually_async(lambda: unsent(database) == 0, within_seconds=30)
        await eventually_async(lambda: set(received.of("450123")) == set(range(1, 202)), within_seconds=15)
        first_seen = list(dict.fromkeys(received.of("450123")))
        assert first_seen == sorted(first_seen)


async def test_sent_events_are_kept_for_a_week_and_then_purged(database: Database) -> None:
    """Only sent ones, only old ones, and only so many at once."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    clock = FrozenClock(now)
    record(database, *(station_added(sequence=number) for number in range(1, 7)))
    with database.transaction() as tx:
        tx.execute(update(OUTBOX).where(OUTBOX.c.id <= 3).values(sent_at=clock.now() - timedelta(days=8)))
        tx.execute(update(OUTBOX).where(OUTBOX.c.id == 4).values(sent_at=clock.now() - timedelta(days=6)))
    reader = OutboxReader(database.url)
    assert await reader.purge(now - timedelta(days=7), 2) == 2
    assert await reader.purge(now - timedelta(days=7), 2) == 1
    assert await reader.purge(now - timedelta(days=7), 2) == 0
    backlog = await reader.backlog()
    await reader.close()
    assert backlog.events == 2
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one() == 3


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # a SQLite file is no server
async def test_a_relay_whose_database_fell_silent_takes_its_place_again(
    broker: Broker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its old session, of which neither end hears any more, does not keep the right to relay."""
    monkeypatch.setattr("yizhan.bus.outbox_reader.Database", partial(Database, answer_seconds=1.0))
    monkeypatch.setattr("yizhan.bus.outbox_reader.LEASE_SECONDS", 2)
    monkeypatch.setattr("yizhan.bus.relay.MEASURE_EVERY_SECONDS", 0.5)
    url = make_url(database.url)
    link = Proxy("relay-postgresql", url.port or 5432)
    await link.start()
    behind = url.set(port=link.port, host="127.0.0.1").render_as_string(hide_password=False)
    relay = OutboxRelay("sample", behind, broker, clock=SystemClock())
    task = asyncio.create_task(relay.run())
    await eventually_async(lambda: relay.fault() is None, within_seconds=10)
    link.fall_silent()
    record(database, station_added(sequence=1))
    await eventually_async(lambda: relay.fault() is not None, within_seconds=10)
    link.heal()
    await eventually_async(lambda: unsent(database) == 0, within_seconds=20)
    relay.stop()
    await asyncio.wait_for(task, 20)
    await link.close()
    await asyncio.sleep(0.01)


async def test_events_are_marked_only_once_the_history_stream_keeps_them(
    broker: Broker, database: Database
) -> None:
    """After a crash the broker confirms what its stream did not store: such events are told at once, and told
    again when the stream has answered."""

    class History(HistoryWatch):
        alive = False

        def keeps(self, connection: int) -> bool:
            return self.alive

    history = History(broker)
    received = Received(broker)
    relay = OutboxRelay("sample", database.url, broker, clock=SystemClock(), history=history)
    task = asyncio.create_task(relay.run())
    record(database, station_added(sequence=1), station_added(sequence=2))
    await eventually_async(lambda: received.of("450123") == [1, 2], within_seconds=20)
    record(database, station_added(sequence=3))
    await eventually_async(lambda: received.of("450123") == [1, 2, 3], within_seconds=20)
    assert unsent(database) == 3
    history.alive = True
    await eventually_async(lambda: unsent(database) == 0, within_seconds=20)
    await eventually_async(lambda: received.of("450123") == [1, 2, 3, 1, 2, 3], within_seconds=10)
    relay.stop()
    await asyncio.wait_for(task, 20)


async def test_the_history_watch_believes_a_connection_once_the_stream_has_answered(broker: Broker) -> None:
    """And no connection before or after it."""
    watch = HistoryWatch(broker)
    assert watch.fault() is not None
    task = asyncio.create_task(watch.run())
    await eventually_async(lambda: watch.fault() is None, within_seconds=10)
    assert watch.keeps(broker.connections)
    assert not watch.keeps(broker.connections - 1)
    assert not watch.keeps(broker.connections + 1)
    task.cancel()
