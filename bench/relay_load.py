"""The relay: how fast a full outbox empties onto the bus, where every event goes onto a quorum queue and into
the history stream, beside confirmed publishes of the same bytes with no database before them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import MetaData, func, select

from bench.county import identifier
from bench.figures import Figure, alone, compared
from bench.ground import Ground, ground, postgres_database
from bench.machine import cpu_seconds
from yizhan.bus import topology
from yizhan.bus.connection import Broker, Outgoing
from yizhan.bus.outbox import outbox_table
from yizhan.bus.relay import BATCH_EVENTS
from yizhan.clock import SystemClock
from yizhan.contracts.envelope import CONTENT_TYPE, Event
from yizhan.contracts.examples import posting as example_posting
from yizhan.contracts.jobs import PostingPublished
from yizhan.database import Database
from yizhan.migrations import migrate

NAME = "relay"

EVENTS = 12_000
ROUNDS = 3
#: Postings among which the events go round: within a batch an aggregate has several, which keep their order.
POSTINGS = 250
_PATIENCE_SECONDS = 60.0


@dataclass
class Run:
    """Events per second of each round, and µs of the relay's processor per event."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


async def run() -> list[Figure]:
    """Drain, in turns, an outbox on each database, and publish the same without any."""
    figures = []
    with ground() as place, postgres_database() as postgres_url:
        await topology.declare(place.broker_url)
        urls = {"SQLite": f"sqlite:///{place.folder / 'bench.db'}"}
        if postgres_url is None:
            print("PostgreSQL is left out: none listens on its standard port")
        else:
            urls["PostgreSQL"] = postgres_url
        for url in urls.values():
            migrate("jobs", url)
        runs = {kind: Run() for kind in urls}
        bare: list[float] = []
        for number in range(ROUNDS):
            events = _events(number)
            bare.append(await _publish_bare(place, events))
            for kind, url in urls.items():
                _fill(url, events)
                rate, cost = await asyncio.to_thread(_drain, place, kind, url)
                runs[kind].rates.append(rate)
                runs[kind].costs.append(cost)
        for kind, measured in runs.items():
            figure = f"outbox on {kind} → quorum queue"
            rate = median(measured.rates)
            figures += [
                alone(NAME, figure, "events/s", rate, at_least=5000),
                compared(NAME, figure, "events/s", measured.rates, "bare confirmed publishes", bare),
                alone(NAME, f"relay CPU per event, {kind}", "µs", median(measured.costs)),
            ]
    return figures


def _events(round_number: int) -> list[Event[PostingPublished]]:
    now = SystemClock().now()
    found = []
    for number in range(EVENTS):
        subject = identifier(1, number % POSTINGS)
        sequence = 1 + number // POSTINGS + round_number * EVENTS
        facts = PostingPublished(
            posting=example_posting.model_copy(update={"id": subject, "sequence": sequence}), by="bench"
        )
        found.append(
            Event[PostingPublished].of(
                facts,
                id=identifier(16 + round_number, number),
                subject=subject,
                sequence=sequence,
                station=example_posting.station,
                time=now,
                correlation="bench",
            )
        )
    return found


def _fill(url: str, events: list[Event[PostingPublished]]) -> None:
    database = Database(url)
    table = outbox_table(MetaData())
    with database.transaction() as tx:
        tx.execute(table.delete())
        tx.execute(
            table.insert(),
            [
                {
                    "event_id": event.id,
                    "subject": event.subject,
                    "routing_key": event.routing_key,
                    "body": event.model_dump_json(),
                    "recorded_at": event.time,
                }
                for event in events
            ],
        )
    database.close()


def _drain(place: Ground, kind: str, url: str) -> tuple[float, float]:
    """Start the relay as `yizhan relay` and watch the outbox: events per second from the first that was seen
    to be marked to the last, and the relay's µs per event."""
    table = outbox_table(MetaData())
    unsent = select(func.count()).select_from(table).where(table.c.sent_at.is_(None))
    database = Database(url)
    idle = f"sqlite:///{_empty_outbox(place)}"
    settings = {"YIZHAN_DATABASE_URL_JOBS": url, "YIZHAN_DATABASE_URL_STATIONS": idle}
    began: tuple[float, int, float] | None = None
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with place.start(f"relay-{kind}", "relay", plan=None, **settings) as relay:
        while time.monotonic() < deadline:
            with database.reading() as connection:
                left = connection.execute(unsent).scalar_one()
            now = time.monotonic()
            if began is None and left < EVENTS:
                began = now, left, cpu_seconds(relay.pid)
            if left == 0 and began is not None:
                at, count, spent = began
                database.close()
                return count / (now - at), (cpu_seconds(relay.pid) - spent) / count * 1e6
            time.sleep(0.02)
        raise relay.failure("did not empty the outbox")


def _empty_outbox(place: Ground) -> Path:
    path = place.folder / "idle.db"
    if not path.exists():
        migrate("stations", f"sqlite:///{path}")
    return path


async def _publish_bare(place: Ground, events: list[Event[PostingPublished]]) -> float:
    messages = [
        Outgoing(
            topology.EVENTS_EXCHANGE,
            event.routing_key,
            event.model_dump_json().encode(),
            content_type=CONTENT_TYPE,
            message_id=event.id,
        )
        for event in events
    ]
    broker = Broker(place.broker_url, "bench")
    await broker.start()
    await broker.connected.wait()
    started = time.monotonic()
    for start in range(0, len(messages), BATCH_EVENTS):
        outcomes = await broker.send_all(messages[start : start + BATCH_EVENTS], timeout_seconds=10)
        if any(outcomes):
            raise RuntimeError(f"not confirmed: {next(filter(None, outcomes))}")
    rate = len(messages) / (time.monotonic() - started)
    await broker.close()
    return rate
