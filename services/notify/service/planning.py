"""From an event to deliveries, in the event's transaction: who is told, by which way, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.notify import storage
from services.notify.domain import delivery as decisions
from services.notify.domain.delivery import SCREEN
from services.notify.domain.occasions import Person, Staff, Telling, Workers
from services.notify.domain.planning import (
    Decision,
    Digest,
    Kinds,
    Outcome,
    Recipient,
    digests_due,
    plan,
)
from services.notify.metrics import PLANNED
from services.notify.storage.deliveries import Parcel
from yizhan.clock import county_day
from yizhan.contracts.identifiers import new_identifier
from yizhan.database import Database
from yizhan.network.tree import Place

_DAY_HOURS = 24
#: Decisions that go into digests in one transaction.
_DIGESTED_AT_ONCE = 2000

DIGEST_KIND = "any.digest"


class Planner:
    """Takes the decisions of one transaction."""

    def __init__(
        self,
        database: Database,
        people: storage.People,
        network: storage.Network,
        kinds: Kinds,
        outlets: Mapping[str, Sequence[str]],
    ) -> None:
        """outlets: ids of group bots and mailboxes by the station that they belong to."""
        self._people = people
        self._network = network
        self._kinds = kinds
        self._outlets = outlets
        self._decisions = storage.Decisions(database)
        self._deliveries = storage.Deliveries(database)

    def tell(self, tx: Connection, telling: Telling, *, now: datetime) -> None:
        """Decide for everybody whom an occasion concerns, and queue what is to be told now."""
        values = {"station": self._people.station_name(tx, telling.station), **telling.values}
        self._decisions.note(tx, Telling(telling.occasion, telling.station, telling.who, values))
        since = now - timedelta(hours=self._longest_hours(telling.occasion.kind))
        for page in self._audience(tx, telling):
            earlier = self._decisions.earlier(tx, page, telling.occasion.event_id, since=since)
            recipients = self._reachable(tx, telling.occasion.kind, page, now=now)
            taken = plan(telling.occasion, recipients, earlier, self._kinds, now=now)
            self._decisions.keep(tx, taken, telling.station)
            told = [one for one in taken if one.outcome is Outcome.TELL]
            self._deliveries.add(tx, (_parcel(one, telling.station, now=now) for one in told))
            _count(telling.occasion.kind, taken)

    def digest(self, tx: Connection, *, now: datetime) -> int:
        """Queue the digests whose time has come; the number of decisions that went into them."""
        due = self._decisions.for_digest(tx, now=now, limit=_DIGESTED_AT_ONCE)
        stations = {decision.key: station for decision, station in due}
        for digest in digests_due((decision for decision, _ in due), now=now):
            # A second part of one digest, cut off by the limit above, is a message of its own.
            parcel = _digest_parcel(digest, stations[digest.keys[-1]], now=now)
            self._decisions.into_digest(tx, digest.keys, parcel.told_key)
            self._deliveries.add(tx, [parcel])
        return len(due)

    def _reachable(
        self, tx: Connection, kind: str, people: Sequence[str], *, now: datetime
    ) -> list[Recipient]:
        """Recipients by the ways that this kind may take: a screen is one for who waits before it today."""
        recipients = self._people.recipients(tx, people)
        waiting: set[str] = set()
        if self._kinds.rule(kind).on_screen:
            waiting = self._people.waiting(tx, people, county_day(now))
        return [one if one.person in waiting else one.without(SCREEN) for one in recipients]

    def _longest_hours(self, kind: str) -> int:
        most = self._kinds.rule(kind).most
        return max(_DAY_HOURS, most.hours if most else 0)

    def _audience(self, tx: Connection, telling: Telling) -> Iterator[list[str]]:
        match telling.who:
            case Workers(trade):
                yield from self._people.wishing(tx, trade, self._line(tx, telling.station))
            case Person(id):
                if self._people.may_be_told(tx, id):
                    yield [id]
            case Staff(but):
                outlets = self._outlets.get(telling.station, ())
                yield [*self._people.staff_near(tx, telling.station, but=but), *outlets]

    def _line(self, tx: Connection, station: str) -> list[str]:
        """The station, those above it and those below it."""
        place, _ = self._network.standing(tx, station, "")
        if place is None:
            return [station]
        below = self._network.within(tx, Place(station, place.path, place.status))
        return [*place.path[:-1], *below.every]


def _parcel(decision: Decision, station: str, *, now: datetime) -> Parcel:
    first, *others = decision.channels
    assert decision.due_at is not None
    return Parcel(
        delivery=decisions.queue(
            id=new_identifier(now),
            key=f"{decision.key}/{first}",
            channel=first,
            due_at=decision.due_at,
            expires_at=decision.expires_at,
            now=now,
        ),
        told_key=decision.key,
        occasion=decision.event_id,
        kind=decision.kind,
        person=decision.person,
        station=station,
        next_channels=tuple(others),
    )


def _digest_parcel(digest: Digest, station: str, *, now: datetime) -> Parcel:
    id = new_identifier(now)
    first, *others = digest.channels
    told_key = f"{digest.key}/{id[-12:]}"
    return Parcel(
        delivery=decisions.queue(
            id=id,
            key=f"{told_key}/{first}",
            channel=first,
            due_at=now,
            expires_at=now + timedelta(hours=_DAY_HOURS),
            now=now,
        ),
        told_key=told_key,
        occasion=None,
        kind=DIGEST_KIND,
        person=digest.person,
        station=station,
        next_channels=tuple(others),
    )


def _count(kind: str, taken: Iterable[Decision]) -> None:
    for decision in taken:
        PLANNED.labels(kind, decision.omission or decision.outcome).inc()
