"""`yizhan dead` and `yizhan events` as an operator uses them, against the real broker."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from tests.integration.bus import sample
from tests.integration.bus.sample import station_added
from tests.support.eventually import eventually_async
from yizhan.bus import failures, topology
from yizhan.bus.connection import Broker
from yizhan.cli import dead, events
from yizhan.contracts.envelope import CONTENT_TYPE, Event
from yizhan.contracts.reading import EventUnreadable

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, broker_url: str) -> None:
    monkeypatch.setenv("YIZHAN_BROKER_URL", broker_url)
    monkeypatch.setenv("COLUMNS", "250")


async def yizhan(app: object, *arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))  # type: ignore[arg-type]


async def bury(broker: Broker, body: bytes, message_id: str | None, queue: str = "sample.fold") -> None:
    move = failures.route_failure(
        EventUnreadable("no JSON"), {}, queue=queue, routing_key="stations.x", now=datetime.now(UTC)
    )
    await broker.publish(move.exchange, move.key, body, headers=move.headers, message_id=message_id)


async def publish(broker: Broker, event: Event[object]) -> None:
    await broker.publish(
        topology.EVENTS_EXCHANGE,
        event.routing_key,
        event.model_dump_json().encode(),
        content_type=CONTENT_TYPE,
        message_id=event.id,
    )


async def messages(broker: Broker, queue: str) -> int:
    return (await broker.declare_queue(queue, passive=True)).messages


async def dead_letters_are(broker: Broker, expected: int) -> None:
    """Wait: what a consumer held goes back to its queue a moment after the consumer has left."""
    await holds(broker, topology.DEAD_QUEUE, expected)


async def holds(broker: Broker, queue: str, expected: int) -> None:
    """Wait: a queue whose leader is slow to answer is said to be empty."""

    async def are_there() -> bool:
        return await messages(broker, queue) == expected

    await eventually_async(are_there)


async def test_dead_letters_are_listed_and_shown_and_stay(broker: Broker) -> None:
    """Looking changes nothing, however often."""
    assert "没有死信" in (await yizhan(dead.app, "list")).output
    await bury(broker, b"{broken", "letter-one")
    await bury(broker, b'{"type":"a.b.c.v1"}', "letter-two", queue="other.queue")
    for _ in range(3):
        await dead_letters_are(broker, 2)
        listing = (await yizhan(dead.app, "list")).output
        assert "letter-one" in listing
        assert "letter-two" in listing
        assert "event.unreadable" in listing
    await dead_letters_are(broker, 2)
    only = (await yizhan(dead.app, "list", "--queue", "other.queue")).output
    assert "letter-two" in only
    assert "letter-one" not in only
    await dead_letters_are(broker, 2)
    shown = (await yizhan(dead.app, "show", "letter-one")).output
    assert "sample.fold" in shown
    assert "{broken" in shown
    await dead_letters_are(broker, 2)
    assert (await yizhan(dead.app, "show", "nothing")).exit_code == 1
    await dead_letters_are(broker, 2)


async def test_a_retried_letter_is_in_its_queue_with_a_clean_slate(broker: Broker) -> None:
    """Only the letters that were named go back, and their attempts count from the start."""
    await bury(broker, b"{}", "letter-one")
    await bury(broker, b"{}", "letter-two")
    await dead_letters_are(broker, 2)
    result = await yizhan(dead.app, "retry", "letter-one")
    assert "已重投 1 条" in result.output
    await dead_letters_are(broker, 1)
    taken: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def take(delivery) -> None:  # type: ignore[no-untyped-def]
        delivery.ack()
        taken.set_result((delivery.message_id, failures.attempts_of(delivery.headers), delivery.headers))

    broker.consume(sample.FOLD.queue, take, 1)
    message_id, attempts, headers = await asyncio.wait_for(taken, 10)  # type: ignore[misc]
    assert (message_id, attempts) == ("letter-one", 0)
    assert headers[failures.ROUTING_KEY] == "stations.x"
    assert failures.REASON not in headers


async def test_a_letter_whose_queue_is_gone_stays_dead(broker: Broker) -> None:
    """A retry that the broker cannot route says so and loses nothing."""
    await bury(broker, b"{}", "letter-one", queue="gone.queue")
    await dead_letters_are(broker, 1)
    result = await yizhan(dead.app, "retry", "--all")
    assert result.exit_code == 1
    await dead_letters_are(broker, 1)


async def test_dropping_asks_first_and_drops_only_what_was_named(broker: Broker) -> None:
    """Nothing is dropped by mistake: not without a name, not without a yes."""
    await bury(broker, b"{}", "letter-one")
    await bury(broker, b"{}", "letter-two")
    await dead_letters_are(broker, 2)
    assert (await yizhan(dead.app, "drop")).exit_code == 2
    assert (await yizhan(dead.app, "drop", "letter-one")).exit_code == 1
    await dead_letters_are(broker, 2)
    assert "已丢弃 1 条" in (await yizhan(dead.app, "drop", "letter-one", "--yes")).output
    await dead_letters_are(broker, 1)


async def test_history_is_replayed_from_an_offset_and_from_a_moment(broker: Broker) -> None:
    """Into the named queue, in order, and only what was asked for."""
    old = [station_added(sequence=number) for number in range(1, 6)]
    long_ago = datetime.now(UTC) - timedelta(days=2)
    for event in old:
        await publish(broker, event.model_copy(update={"time": long_ago}))
    new = station_added(sequence=6)
    await publish(broker, new)
    await broker.declare_queue("replay.target", {"x-queue-type": "quorum"})
    try:
        counted = await yizhan(events.app, "replay", "--to", "replay.target", "--from", "first", "--dry-run")
        assert "将重放 6 条" in counted.output
        assert await messages(broker, "replay.target") == 0
        by_offset = await yizhan(events.app, "replay", "--to", "replay.target", "--from", "3")
        assert "已重放 3 条" in by_offset.output
        moment = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        by_time = await yizhan(events.app, "replay", "--to", "replay.target", "--from", moment)
        assert "已重放 1 条" in by_time.output
        by_type = ("--from", "first", "--type", "jobs.*")
        assert "已重放 0 条" in (await yizhan(events.app, "replay", "--to", "replay.target", *by_type)).output
        await holds(broker, "replay.target", 4)
        missing = await yizhan(events.app, "replay", "--to", "no.such.queue", "--from", "first")
        assert missing.exit_code == 1
    finally:
        await broker.delete_queue("replay.target")


async def test_tail_shows_what_happens(broker: Broker) -> None:
    """One line an event, whole with --json."""
    event = station_added()
    await publish(broker, event)
    line = (await yizhan(events.app, "tail", "--from", "first", "--count", "1")).output
    assert "stations.station.added.v1" in line
    assert "450123" in line
    whole = (await yizhan(events.app, "tail", "--from", "first", "--count", "1", "--json")).output
    assert json.loads(whole.strip().splitlines()[-1])["event"]["id"] == event.id
    assert (await yizhan(events.app, "tail", "--from", "yesterday")).exit_code == 2
