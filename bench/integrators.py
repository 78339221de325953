"""Other systems: events replayed through the gate into an integrator's queue, beside a bare pika reader of
the same stream in the same run; and webhooks posted per second to a receiver on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from statistics import median

import pika
from sqlalchemy import func, select

from bench.county import identifier
from bench.figures import Figure, alone, compared
from bench.ground import Ground, ground
from services.notify import storage
from services.notify.domain import credentials
from services.notify.domain import integrator as life
from services.notify.outlet.process import OutletProcess
from services.notify.storage.integrator_tables import webhook_deliveries
from yizhan.bus import topology
from yizhan.bus.connection import Broker, BrokerRefused, Outgoing
from yizhan.bus.topology import ExternalQueues
from yizhan.clock import SystemClock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.envelope import CONTENT_TYPE, Event, Facts
from yizhan.contracts.examples import posting as example_posting
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.integrators import (
    AddIntegrator,
    Grants,
    Integrator,
    ReadGrant,
    Replay,
    ReplayState,
    WebhookDeliveryState,
)
from yizhan.contracts.jobs import PostingPublished
from yizhan.database import Database
from yizhan.encryption import FieldCipher, new_field_keys
from yizhan.migrations import migrate
from yizhan.settings import Settings

NAME = "integrators"

EVENTS = 12_000
WEBHOOKS = 2_000
ROUNDS = 3
_PATIENCE_SECONDS = 120.0


async def run() -> list[Figure]:
    """Replay the same history in turns with a bare reader, then post webhooks."""
    replayed: list[float] = []
    bare: list[float] = []
    posted: list[float] = []
    with ground() as place:
        await topology.declare(place.broker_url)
        url = f"sqlite:///{place.folder / 'notify.db'}"
        migrate("notify", url)
        database = Database(url)
        keys = new_field_keys()
        settings = Settings.model_validate(
            {
                "broker_url": place.broker_url,
                "field_keys": keys,
                "database_urls": {"notify": url},
                "webhook_internal_addresses": True,
            }
        )
        async with _receiver() as receiver:
            one = _let_in(database, FieldCipher.from_settings(settings), receiver)
            await _fill_history(place)
            outlet = OutletProcess(settings, port=None)
            await outlet.start()
            try:
                await asyncio.wait_for(outlet.registry.ready.wait(), 20)
                await _until_fed(place)
                _forget_deliveries(database)
                for _ in range(ROUNDS):
                    bare.append(await asyncio.to_thread(_read_bare, place))
                    replayed.append(await _replay(place, database, one))
                    posted.append(await _post(database, one))
            finally:
                await outlet.leave()
        database.close()
    return [
        alone(NAME, "history → gate → integrator's queue", "events/s", median(replayed)),
        compared(
            NAME, "replay through the gate", "events/s", replayed, "bare pika reader of the stream", bare
        ),
        alone(NAME, "webhooks posted and settled, SQLite", "webhooks/s", median(posted)),
    ]


def _let_in(database: Database, cipher: FieldCipher, url: str) -> Integrator:
    """An integrator that may read every posting, with a webhook."""
    now = SystemClock().now()
    grants = Grants(read=ReadGrant(families=("jobs.posting",), stations=(example_posting.station,)))
    request = AddIntegrator(name="bench", label="bench", station=example_posting.station, grants=grants)
    made, outcome = life.add(request, id=new_identifier(now), api_key_hint="yzk_bench", now=now, by=SYSTEM)
    kept = storage.IntegratorSecrets(
        secrets.token_hex(32), credentials.new_webhook_secret(secrets.token_bytes), "no password"
    )
    registry = storage.Integrators(database, cipher)
    with database.transaction() as tx:
        registry.insert(tx, made, outcome, kept)
        after, outcome = life.set_webhook(made, on=True, now=now, by=SYSTEM)
        registry.save(tx, after, outcome, webhook_url=url)
    return after


async def _fill_history(place: Ground) -> None:
    now = SystemClock().now() - timedelta(days=1)
    facts = PostingPublished(posting=example_posting, by="bench")
    messages = []
    for number in range(EVENTS):
        event = Event[Facts].of(
            facts,
            id=identifier(41, number),
            subject=identifier(1, number % 250),
            sequence=1 + number // 250,
            station=example_posting.station,
            time=now,
            correlation="bench",
        )
        body = event.model_dump_json().encode()
        messages.append(
            Outgoing(
                topology.EVENTS_EXCHANGE,
                event.routing_key,
                body,
                content_type=CONTENT_TYPE,
                message_id=event.id,
            )
        )
    async with _connected(place) as broker:
        for start in range(0, EVENTS, 500):
            outcomes = await broker.send_all(messages[start : start + 500], timeout_seconds=20)
            if any(outcomes):
                raise RuntimeError(f"not confirmed: {next(filter(None, outcomes))}")


@contextlib.asynccontextmanager
async def _connected(place: Ground) -> AsyncIterator[Broker]:
    broker = Broker(place.broker_url, "bench")
    await broker.start()
    await broker.connected.wait()
    try:
        yield broker
    finally:
        await broker.close()


async def _until_fed(place: Ground) -> None:
    """The live queue's work is done, so that it is not measured with the rest."""
    async with _connected(place) as broker:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(BrokerRefused):  # it is not made yet
                state = await broker.declare_queue(ExternalQueues("bench").live, passive=True)
                if state.messages >= EVENTS:
                    return
            await asyncio.sleep(0.2)
    raise RuntimeError("the outlet did not feed the live queue in time")


def _read_bare(place: Ground) -> float:
    """Events per second of a blocking pika consumer that acks each and does nothing with it."""
    connection = pika.BlockingConnection(pika.URLParameters(place.broker_url))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=500)
    read, started = 0, time.monotonic()
    for method, _, _ in channel.consume(topology.HISTORY_STREAM, arguments={"x-stream-offset": "first"}):
        channel.basic_ack(method.delivery_tag)
        read += 1
        if read == EVENTS:
            break
    rate = read / (time.monotonic() - started)
    connection.close()
    return rate


async def _replay(place: Ground, database: Database, one: Integrator) -> float:
    """Events per second from the request to the last event in the integrator's queue, which is drained."""
    now = SystemClock().now()
    queue = ExternalQueues(one.name).replay
    replay = Replay(
        id=new_identifier(now),
        state=ReplayState.WAITING,
        queue=queue,
        from_offset=0,
        from_time=None,
        families=("jobs.posting",),
        requested_at=now,
        events=0,
        next_offset=None,
        ended_at=None,
    )
    read = 0
    first: float | None = None
    last = 0.0

    async def take(delivery: object) -> None:
        nonlocal read, first, last
        first = first or time.monotonic()
        last = time.monotonic()
        read += 1
        delivery.ack()  # type: ignore[attr-defined]

    async with _connected(place) as broker:
        broker.consume(queue, take, 500)
        with database.transaction() as tx:
            storage.Replays().insert(tx, replay, one.id)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while read <= EVENTS and time.monotonic() < deadline:  # noqa: ASYNC110 - it is measured inside
            await asyncio.sleep(0.02)
    if first is None or read <= EVENTS:
        raise RuntimeError(f"only {read} of {EVENTS} were replayed")
    return EVENTS / (last - first)


def _forget_deliveries(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(webhook_deliveries.delete())


async def _post(database: Database, one: Integrator) -> float:
    """Webhooks per second, of as many subjects, from the first that waits to the last that is settled."""
    now = SystemClock().now()
    body = example_posting.model_dump_json()
    new = [
        storage.NewDelivery(
            new_identifier(now),
            one.id,
            identifier(43, number),
            "jobs.posting.published.v1",
            identifier(2, number),
            body,
        )
        for number in range(WEBHOOKS)
    ]
    await asyncio.to_thread(_forget_deliveries, database)
    started = time.monotonic()

    def wait() -> None:
        with database.transaction() as tx:
            storage.WebhookDeliveries(database).add(tx, new, now=now)

    def left() -> int:
        waiting = webhook_deliveries.c.state == WebhookDeliveryState.WAITING.value
        with database.reading() as connection:
            return int(connection.execute(select(func.count()).where(waiting)).scalar_one())

    await asyncio.to_thread(wait)
    deadline = started + _PATIENCE_SECONDS
    while await asyncio.to_thread(left):
        if time.monotonic() > deadline:
            raise RuntimeError("webhooks were not posted in time")
        await asyncio.sleep(0.05)
    return WEBHOOKS / (time.monotonic() - started)


@contextlib.asynccontextmanager
async def _receiver() -> AsyncIterator[str]:
    """The address of a server that answers 204 to everything and keeps its connections."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    finally:
        server.close()
