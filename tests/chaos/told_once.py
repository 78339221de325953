"""Planner and courier killed at random while they tell thousands of people something: who was told how often?

    .venv/bin/python -m tests.chaos.told_once [--deliveries 10000] [--seed 7] [--url postgresql+psycopg://…]

Both are processes of their own on one database, and the sender is a fake on the loopback that counts what it
takes. One of them is killed whenever so many more messages have gone out, and started again. At the end each
person's messages are held against his delivery.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import SecretStr
from sqlalchemy import func, insert, select

from services.notify import data
from services.notify.courier.rounds import Courier
from services.notify.courier.sms import TencentSms
from services.notify.courier.words import Words
from services.notify.service import NotifyService
from services.notify.storage import People, tables
from tests.support.fake_tencent_sms import FakeTencentSms, serving
from yizhan.bus.handling import EventDesk
from yizhan.bus.inbox import Inbox
from yizhan.clock import FrozenClock, SystemClock
from yizhan.contracts import examples
from yizhan.contracts.envelope import Event
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import PostingPublished
from yizhan.contracts.subscriptions import NOTIFY_HEARD
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.migrations import migrate
from yizhan.settings import Settings

PEOPLE_OF_A_TRADE = 100
STATION = "52273001"
LEASE = timedelta(seconds=2)
#: Nobody is disturbed at night; the trial's own clock stands at noon for whoever plans.
NOON = "2026-03-02T12:00+08:00"


@dataclass
class Account:
    """What came of it. twice: phones that got more than one message. claimed: deliveries said to be sent of
    which nothing came. unheard: messages whose delivery says that nothing left the house."""

    deliveries: int
    kills: Counter[str]
    states: Counter[str]
    messages: int
    twice: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.twice or self.claimed or self.unheard)


def told_once(url: str, *, deliveries: int, seed: int, kill_every: tuple[int, int] = (60, 300)) -> Account:
    """Run the trial on a migrated, empty database. kill_every: messages between two kills, from and to."""
    chance = random.Random(seed)
    database = Database(url)
    events = _arrange(database, deliveries)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as told, serving(FakeTencentSms()) as sms:
        json.dump(events, told)
        told.flush()
        commands = {"plan": [url, told.name], "carry": [url, sms.url]}
        children = {name: _start(name, arguments) for name, arguments in commands.items()}
        kills: Counter[str] = Counter()
        next_kill = chance.randint(*kill_every)
        try:
            made, moving = 0, 0
            plan_dies_at = 1
            while made < deliveries or moving:
                victim = None
                if len(sms.sent) >= next_kill:
                    victim, next_kill = "carry", len(sms.sent) + chance.randint(*kill_every)
                elif plan_dies_at <= made < deliveries:
                    # Somewhere in the next event, which is one transaction.
                    time.sleep(chance.uniform(0.0, 0.1))
                    victim, plan_dies_at = "plan", made + chance.randint(1, 3) * PEOPLE_OF_A_TRADE
                if victim and children[victim].poll() is None:
                    os.kill(children[victim].pid, signal.SIGKILL)
                    children[victim].wait()
                    kills[victim] += 1
                    children[victim] = _start(victim, commands[victim])
                time.sleep(0.02)
                made, moving = _progress(database)
        finally:
            for child in children.values():
                child.kill()
                child.wait()
        account = _account(database, deliveries, kills, [phone for phone, _ in sms.sent])
    database.close()
    return account


def _start(role: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.chaos.told_once", "--role", role, *arguments])


def _arrange(database: Database, deliveries: int) -> list[str]:
    """So many people, by hundreds of a trade, and a posting of each trade; the events as they would come."""
    clock = FrozenClock(NOON)
    rows = [(f"seeker:{number:036d}", f"工种{number // PEOPLE_OF_A_TRADE}") for number in range(deliveries)]
    with database.transaction() as tx:
        tx.execute(
            insert(tables.people),
            [{"person": person, "station": STATION, "active": True, "sequence": 1} for person, _ in rows],
        )
        tx.execute(
            insert(tables.wishes),
            [{"person": person, "trade": trade, "station": STATION} for person, trade in rows],
        )
    return [_posting(trade, clock.now()) for trade in dict.fromkeys(trade for _, trade in rows)]


def _posting(trade: str, now: datetime) -> str:
    terms = examples.posting.terms.model_copy(update={"trade": trade})
    changes = {"id": new_identifier(now), "station": STATION, "terms": terms}
    posting = examples.posting.model_copy(update=changes)
    event = Event[PostingPublished].of(
        PostingPublished(posting=posting, by="c"),
        id=new_identifier(now),
        subject=posting.id,
        sequence=posting.sequence,
        station=STATION,
        time=now,
        correlation="c-1",
    )
    return event.model_dump_json()


def _progress(database: Database) -> tuple[int, int]:
    """Deliveries that were made, and those of them that have not come to an end."""
    moving = tables.deliveries.c.state.in_(("queued", "sending"))
    query = select(func.count(), func.count().filter(moving)).select_from(tables.deliveries)
    with database.reading() as connection:
        made, under_way = connection.execute(query).one()
    return made, under_way


def _account(database: Database, deliveries: int, kills: Counter[str], phones: list[str]) -> Account:
    came = Counter(phones)
    with database.reading() as connection:
        rows = connection.execute(select(tables.deliveries)).mappings().all()
    states = Counter(f"{row['state']} {row['cause'] or ''}".strip() for row in rows)
    account = Account(deliveries, kills, states, len(phones))
    account.twice = [phone for phone, times in came.items() if times > 1]
    for row in rows:
        phone = f"+86{_phone(row['person'])}"
        if row["state"] == "sent" and not came[phone]:
            account.claimed.append(row["id"])
        if row["state"] != "sent" and row["cause"] != "outcome_unknown" and came[phone]:
            account.unheard.append(row["id"])
    return account


def _phone(person: str) -> str:
    return f"139{int(person[7:]):08d}"


# --- the children -----------------------------------------------------------------------------------------


def plan(url: str, events_file: str) -> None:
    """Hear every event from the first on, as from a queue that redelivers whatever was not acknowledged."""
    database, clock = Database(url), FrozenClock(NOON)
    service = NotifyService()
    service.database, service.clock, service.settings = database, clock, Settings()
    desk = EventDesk(database, Inbox(database, tables.inbox), clock)
    body = partial(NotifyService.heard.__wrapped__, service)
    with open(events_file, encoding="utf-8") as file:
        events = json.load(file)
    for event in events:
        desk.handle(NOTIFY_HEARD, body, event.encode())
    # All is heard; whoever starts it again finds nothing new.
    signal.pause()


class _Phones:
    async def of(self, people: Iterable[str]) -> Mapping[str, str]:
        return {person: _phone(person) for person in people}


class _Today:
    """The trial's noon, and on from there."""

    def __init__(self) -> None:
        self._ahead = datetime.fromisoformat(NOON).astimezone(UTC) - _STARTED

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead


#: The same for every child: leases of one that died must run out for the next.
_STARTED = datetime.fromtimestamp(int(os.environ.get("TOLD_ONCE_STARTED", "0")) or int(time.time()), UTC)


def carry(url: str, sms_url: str) -> None:
    """Rounds of the courier for ever."""
    database, clock = Database(url), _Today()
    fake = FakeTencentSms()
    settings = Settings(
        sms_sender="tencent",
        sms_url=sms_url,
        sms_app_id="1",
        sms_signature="龙里零工",
        sms_template_id="1",
        sms_key_id=SecretStr(fake.key_id),
        sms_secret=SecretStr(fake.secret),
    )
    people = People(database, data.audiences())
    words = Words(database, people, FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"i" * 32), None)
    courier = Courier(
        database,
        people,
        words,
        _Phones(),  # type: ignore[arg-type]
        {"sms": TencentSms(settings)},
        clock,
        lease=LEASE,
    )

    async def rounds() -> None:
        while True:
            if not await courier.round():
                await asyncio.sleep(0.05)

    asyncio.run(rounds())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--url", help="an empty database; a SQLite file unless it is given")
    parser.add_argument("--role", choices=("plan", "carry"))
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    if given.role:
        {"plan": plan, "carry": carry}[given.role](*given.arguments)
        return
    os.environ["TOLD_ONCE_STARTED"] = str(int(time.time()))
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{folder}/notify.db"
        migrate("notify", url)
        began = time.monotonic()
        account = told_once(url, deliveries=given.deliveries, seed=given.seed)
        seconds = time.monotonic() - began
        print(f"{account.deliveries} deliveries in {seconds:.0f} s; killed {dict(account.kills)}")
        print(f"states {dict(account.states)}; messages that came {account.messages}")
        print(f"told twice {len(account.twice)}; claimed {len(account.claimed)}")
        print(f"came though said not to have left {len(account.unheard)}")
    raise SystemExit(0 if account.clean else 1)


if __name__ == "__main__":
    main()
