"""A service as small as can be, which the tests run by `python -m tests.integration.bus.sample`.

It keeps things in a table. What it does to an event is steered by the event's slogans (the facts' free text),
so that a test can ask for a failure or for time.
"""

from __future__ import annotations

if __name__ == "__main__":
    from yizhan.bus.service_process import patch

    patch()

import os
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, select

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.inbox import inbox_table
from yizhan.bus.outbox import Outbox, outbox_table
from yizhan.contracts.base import Message
from yizhan.contracts.envelope import Event
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call, Method, Nothing
from yizhan.contracts.stations import Station, StationAdded, StationFacts, StationKind, StationStatus
from yizhan.contracts.subscriptions import Subscription
from yizhan.database import Database

METADATA = MetaData()
OUTBOX = outbox_table(METADATA)
INBOX = inbox_table(METADATA)
IDEMPOTENCY = idempotency_table(METADATA)
THINGS = Table(
    "things",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
)

FOLD = Subscription("sample", "fold", ("stations.station.*.#",), single_active=True)


class AddThing(Message):
    """hold_seconds: how long the command keeps its transaction. fail: raise something unforeseen."""

    name: str
    hold_seconds: float = 0.0
    fail: bool = False


class Thing(Message):
    id: int


class Count(Message):
    things: int


class ThingRefused(YizhanError):
    """No such things here."""

    code = "sample.thing_refused"
    status = 409


class SampleRpc:
    add_thing = Method("sample", "add_thing", AddThing, Thing, command=True)
    count_things = Method("sample", "count_things", Nothing, Count, command=False)
    sleep_in_database = Method("sample", "sleep_in_database", Nothing, Count, command=False)


def station_added(code: str = "450123", sequence: int = 1, *, slogan: str = "好") -> Event[Any]:
    """A fact for the tests. slogan: `fail:N` fails N times, `refuse` refuses, `slow` takes 2 s."""
    station = Station(
        code=code,
        kind=StationKind.COUNTY_MARKET,
        parent=None,
        path=(code,),
        status=StationStatus.OPEN,
        facts=StationFacts(name_plate="县零工市场", short_name="市场", slogans=(slogan,)),
        sequence=sequence,
    )
    now = datetime.now(UTC)
    return Event[StationAdded].of(
        StationAdded(station=station, by="system"),
        id=new_identifier(now),
        subject=code,
        sequence=sequence,
        station=code,
        time=now,
        correlation="test-correlation",
    )


def count(database: Database, name: str) -> int:
    with database.reading() as connection:
        query = select(func.count()).select_from(THINGS).where(THINGS.c.name == name)
        return int(connection.execute(query).scalar_one())


def record(database: Database, *events: Event[Any]) -> None:
    outbox = Outbox(database, OUTBOX)
    with database.transaction() as tx:
        for event in events:
            outbox.record(tx, event)


def sample_service() -> type:
    """The service class; made here, so that only its own process imports nameko."""
    from yizhan.bus.clockwork import every
    from yizhan.bus.nameko_entrypoints import ServiceDatabase, handler, method

    failures: dict[str, int] = {}

    class SampleService:
        name = "sample"
        database = ServiceDatabase()

        @method(SampleRpc.add_thing)
        def add_thing(self, tx: Connection, call: Call, request: AddThing) -> Thing:
            if request.name == "refused":
                raise ThingRefused("not this one", name=request.name)
            made = tx.execute(THINGS.insert().values(name=request.name))
            if request.hold_seconds:
                print("holding", flush=True)
                time.sleep(request.hold_seconds)
            if request.fail:
                raise RuntimeError("as asked")
            return Thing(id=made.inserted_primary_key[0])

        @method(SampleRpc.count_things)
        def count_things(self, tx: Connection, call: Call, request: Nothing) -> Count:
            return Count(things=tx.execute(select(func.count()).select_from(THINGS)).scalar_one())

        @method(SampleRpc.sleep_in_database)
        def sleep_in_database(self, tx: Connection, call: Call, request: Nothing) -> Count:
            tx.exec_driver_sql("SELECT pg_sleep(1)")
            return Count(things=0)

        @handler(FOLD)
        def fold(self, tx: Connection, event: Event[Any]) -> None:
            slogan = event.data.station.facts.slogans[0]
            tx.execute(THINGS.insert().values(name=f"folded {event.id}"))
            if slogan == "refuse":
                raise ThingRefused("never")
            if slogan.startswith("fail:"):
                failures[event.id] = failures.get(event.id, 0) + 1
                if failures[event.id] <= int(slogan.removeprefix("fail:")):
                    raise RuntimeError("as asked")
            if slogan == "slow":
                print("handling", flush=True)
                time.sleep(2)

        @every(0.2)
        def tick(self, tx: Connection) -> None:
            tx.execute(THINGS.insert().values(name="tick"))

    return SampleService


if __name__ == "__main__":
    from yizhan.bus.nameko_entrypoints import serve
    from yizhan.logs import set_up_logs
    from yizhan.settings import Settings

    settings = Settings.from_environment().model_copy(
        update={"database_urls": {"sample": os.environ["SAMPLE_DATABASE_URL"]}}
    )
    set_up_logs("sample")
    ladder = tuple(float(step) for step in os.environ["SAMPLE_LADDER_SECONDS"].split(","))
    raise SystemExit(serve(sample_service(), settings, ladder_seconds=ladder))
