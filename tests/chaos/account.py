"""The account at the end: what was promised beside what is there. Pure, apart from the reading of rows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from services.jobs.storage import tables as jobs
from services.notify.storage import tables as notify
from services.seekers.storage import tables as seekers
from services.stations.storage import tables as stations
from tests.chaos.load import Acknowledged
from yizhan.database import Database

#: Events that the system makes by itself: by their type, or all of a service that nobody commands here.
_BY_ITSELF = ("jobs.posting.expired.v1", "jobs.posting.overflowed.v1", "notify.")


@dataclass(frozen=True)
class Told:
    """One event, as an outbox has it."""

    id: str
    type: str
    subject: str
    sequence: int
    sent: bool


@dataclass
class Books:
    """What the databases hold. effects: (what, id, sequence) of each row and each step of a history."""

    told: list[Told] = field(default_factory=list)
    effects: Counter[tuple[str, str, int]] = field(default_factory=Counter)


@dataclass
class Account:
    """lost: acknowledged and without effect or event. doubled: effects or events that nobody was promised.
    unaccounted: everything else that does not add up. Each is a list of sentences; empty is right."""

    commands: int = 0
    events: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        return not (self.lost or self.doubled or self.unaccounted)


def read_books(urls: Mapping[str, str]) -> Books:
    """Read the services' databases. What notify and seekers do has no effect that a command here promises."""
    books = Books()
    _read(urls["jobs"], jobs.outbox, books, _jobs_effects)
    _read(urls["stations"], stations.outbox, books, _stations_effects)
    for service, outbox in (("notify", notify.outbox), ("seekers", seekers.outbox)):
        _read(urls[service], outbox, books, lambda _: ())
    return books


def _read(url: str, outbox: Any, books: Books, effects: Any) -> None:
    database = Database(url, pool_size=1)
    try:
        with database.reading() as connection:
            for row in connection.execute(select(outbox.c.event_id, outbox.c.body, outbox.c.sent_at)):
                event = json.loads(row.body)
                books.told.append(
                    Told(
                        row.event_id,
                        event["type"],
                        event["subject"],
                        event["sequence"],
                        row.sent_at is not None,
                    )
                )
            books.effects.update(effects(connection))
    finally:
        database.close()


def _jobs_effects(connection: Any) -> Iterable[tuple[str, str, int]]:
    for row in connection.execute(select(jobs.posting_steps.c.posting_id, jobs.posting_steps.c.sequence)):
        yield "posting", row.posting_id, row.sequence
    for row in connection.execute(select(jobs.employers.c.id)):
        yield "employer", row.id, 1


def _stations_effects(connection: Any) -> Iterable[tuple[str, str, int]]:
    for kind, table, column in (
        ("notice", stations.notices, stations.notices.c.id),
        ("station", stations.stations, stations.stations.c.code),
        ("screen_device", stations.devices, stations.devices.c.id),
        ("staff_account", stations.staff, stations.staff.c.id),
    ):
        for id, sequence in connection.execute(select(column, table.c.sequence)):
            # Rows without a history stand for all their versions.
            for version in range(1, sequence + 1):
                yield kind, id, version


def balance(
    promised: Iterable[Acknowledged],
    books: Books,
    published: Counter[str],
    *,
    before: frozenset[str] = frozenset(),
) -> Account:
    """Compare. published: how often each event id is in the history stream. before: ids of events from before
    the exercise."""
    promised = list(promised)
    account = Account(commands=len(promised), events=len(books.told))
    at: defaultdict[tuple[str, int], list[Told]] = defaultdict(list)
    for told in books.told:
        at[told.subject, told.sequence].append(told)
    _each_promise(promised, books, at, published, account)
    _nothing_else(promised, books, at, before, account)
    _sequences(books, account)
    _stream(books, published, account)
    return account


def _each_promise(
    promised: list[Acknowledged],
    books: Books,
    at: Mapping[tuple[str, int], list[Told]],
    published: Counter[str],
    account: Account,
) -> None:
    for one in promised:
        place = (one.subject, one.sequence)
        events = [told for told in at.get(place, []) if told.type == one.event_type]
        effect = (one.event_type.split(".")[1], *place)
        if not events:
            account.lost.append(f"{one.what}: acknowledged, no event at {place}")
        elif events[0].id not in published:
            account.lost.append(f"{one.what}: event {events[0].id} never reached the history stream")
        if books.effects[effect] == 0:
            account.lost.append(f"{one.what}: acknowledged, no effect {effect}")
    for place, count in Counter((one.subject, one.sequence) for one in promised).items():
        if count > 1:
            account.unaccounted.append(f"{count} commands were answered with the same version {place}")


def _nothing_else(
    promised: list[Acknowledged],
    books: Books,
    at: Mapping[tuple[str, int], list[Told]],
    before: frozenset[str],
    account: Account,
) -> None:
    due = {(one.subject, one.sequence) for one in promised}
    explained = {
        (told.subject, told.sequence)
        for told in books.told
        if told.id in before or told.type.startswith(_BY_ITSELF)
    }
    for place, events in at.items():
        if len(events) > 1:
            account.doubled.append(f"{len(events)} events at {place}")
        if place not in due and place not in explained:
            account.doubled.append(f"event {events[0].type} at {place} that no acknowledged command made")
    for (kind, id, sequence), count in books.effects.items():
        if count > 1:
            account.doubled.append(f"{count} effects {kind} {id} {sequence}")
        if (id, sequence) not in due and (id, sequence) not in explained:
            account.doubled.append(f"{kind} {id} version {sequence} that no acknowledged command made")


def _sequences(books: Books, account: Account) -> None:
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for told in books.told:
        versions[told.subject].append(told.sequence)
        if not told.sent:
            account.unaccounted.append(f"event {told.id} was never marked as sent")
    for subject, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            account.unaccounted.append(f"{subject} has versions {sorted(found)}")


def _stream(books: Books, published: Counter[str], account: Account) -> None:
    known = {told.id for told in books.told}
    for id in published.keys() - known:
        account.unaccounted.append(f"event {id} is in the history stream and in no outbox")
    promised_missing = known - published.keys()
    account.unaccounted += [f"event {id} is in an outbox and not in the stream" for id in promised_missing]
