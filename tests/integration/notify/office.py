"""services/notify as its callers meet it, without a broker between; everybody in it is invented."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.notify import data
from services.notify.courier.port import Channel, Outgoing, Taken, Untaken
from services.notify.courier.rounds import Courier
from services.notify.courier.words import Words
from services.notify.service import NotifyService
from services.notify.storage import People, tables
from tests.support.service_stand import ADMIN, OTHER_TOWN, TOWN, TOWN_CLERK, ServiceStand
from yizhan.clock import COUNTY_ZONE, FrozenClock
from yizhan.contracts import examples
from yizhan.contracts.checkins import CheckIn, CheckInTaken, QueueOrder, Waiting, WaitingChanged
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import Posting, PostingPublished
from yizhan.contracts.seekers import ConsentPurpose, SeekerRegistered, SeekerState, SeekerStatus
from yizhan.contracts.subscriptions import NOTIFY_HEARD, NOTIFY_NETWORK
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.settings import Settings

CIPHER = FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"i" * 32)
PHONE = "13985400000"


@dataclass
class FakeChannel:
    """Gives what it is told to give, else a receipt; remembers what came."""

    repeatable: bool = False
    configured: bool = True
    answers: list[Taken | Untaken] = field(default_factory=list)
    came: list[Outgoing] = field(default_factory=list)

    async def send(self, outgoing: Outgoing) -> Taken | Untaken:
        self.came.append(outgoing)
        return self.answers.pop(0) if self.answers else Taken(f"receipt-{len(self.came)}")

    @property
    def texts(self) -> list[str]:
        return [outgoing.text.fields["text"] for outgoing in self.came]


class FakeAddresses:
    """Everybody has the same phone, but for those in `unknown`."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()

    async def of(self, people: Iterable[str]) -> Mapping[str, str]:
        return {person: PHONE for person in people if person not in self.unknown}


class Office(ServiceStand):
    """One instance of the service on a database, and a courier beside it."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        super().__init__(database, clock, NotifyService(), tables.metadata, NOTIFY_NETWORK)
        self.service.settings = Settings(public_url="https://yizhan.example.cn")
        self.sms, self.wechat = FakeChannel(), FakeChannel(configured=False)
        self.addresses = FakeAddresses()
        self._serial = 0

    # --- what happens elsewhere --------------------------------------------------------------------------

    def tell(self, facts: Facts, subject: str, *, station: str = TOWN, sequence: int = 1) -> Event[Any]:
        """An event that comes from the queue; the event, to be told again."""
        event = self.event(facts, subject, sequence, station)
        self.hear(event, NOTIFY_HEARD)
        return event

    def new_id(self) -> str:
        # Identifiers sort by their millisecond.
        self.clock.move_to(self.clock.now() + timedelta(milliseconds=1))
        return new_identifier(self.clock.now())

    def worker(
        self,
        *,
        trade: str = "搬运工",
        station: str = TOWN,
        agrees: bool = True,
        id: str = "",
        sequence: int = 1,
    ) -> str:
        """Somebody who looks for work; as a recipient."""
        seeker = SeekerState(
            seeker_id=id or self.new_id(),
            station=station,
            status=SeekerStatus.ACTIVE,
            trades=(trade,),
            training=(),
            start_up=False,
            consents=(ConsentPurpose.MESSAGES,) if agrees else (),
        )
        registered = SeekerRegistered(seeker=seeker, by="c")
        self.tell(registered, seeker.seeker_id, station=station, sequence=sequence)
        return f"seeker:{seeker.seeker_id}"

    def posting(self, **changes: Any) -> Posting:
        given = {"id": self.new_id(), "station": TOWN, "published_at": self.clock.now(), **changes}
        return examples.posting.model_copy(update=given)

    def publish(self, **changes: Any) -> Event[Any]:
        """A posting is on the screens."""
        posting = self.posting(**changes)
        return self.tell(PostingPublished(posting=posting, by="c"), posting.id, station=posting.station)

    def check_in(self, person: str, number: str, *, station: str = TOWN) -> None:
        day = self.clock.now().astimezone(COUNTY_ZONE).date()
        taken = CheckIn(
            id=self.new_id(), station=station, date=day, person=person[7:], number=number, at=self.clock.now()
        )
        self.tell(CheckInTaken(check_in=taken, offline=False, by="c"), taken.id, station=station)

    def queue_is(self, *numbers: str) -> None:
        self._serial += 1
        day = self.clock.now().astimezone(COUNTY_ZONE).date()
        waiting = Waiting(
            station=TOWN,
            date=day,
            order=QueueOrder.ARRIVAL,
            checked_in=len(numbers),
            people=len(numbers),
            by_trade=(),
            next=numbers,
        )
        self.tell(WaitingChanged(waiting=waiting), f"{TOWN}:{day}", sequence=self._serial)

    def prefers(self, person: str, *channels: str, quiet: tuple[str, str] | None = None) -> None:
        """Somebody has chosen his ways, and when it is quiet."""
        hours = None if quiet is None else {"begins": quiet[0], "ends": quiet[1]}
        row = {
            "person": person,
            "channels": list(channels),
            "quiet_hours": hours,
            "stopped": [],
            "digested": [],
            "digest_at": "18:00",
            "changed_at": self.clock.now(),
        }
        with self.database.transaction() as tx:
            tx.execute(tables.preferences.insert(), row)

    def write_template(self, kind: str, channel: str, fields: Mapping[str, str]) -> None:
        """The county has written the next version of a wording."""
        row = {
            "kind": kind,
            "channel": channel,
            "version": 2,
            "fields": dict(fields),
            "signature": "",
            "written_by": "c",
            "written_at": self.clock.now(),
        }
        with self.database.transaction() as tx:
            tx.execute(tables.templates.insert(), row)

    # --- the courier -------------------------------------------------------------------------------------

    def courier(self, **channels: Channel) -> Courier:
        people = People(self.database, data.audiences())
        words = Words(self.database, people, CIPHER, "https://yizhan.example.cn")
        ways = {"sms": self.sms, "wechat": self.wechat, **channels}
        return Courier(self.database, people, words, self.addresses, ways, self.clock)  # type: ignore[arg-type]

    def carry(self, courier: Courier | None = None) -> None:
        """Rounds until nothing moves."""
        courier = courier or self.courier()

        async def rounds() -> None:
            while await courier.round():
                pass

        asyncio.run(rounds())

    def later(self, **span: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**span))

    # --- what came of it ---------------------------------------------------------------------------------

    def fates(self) -> list[tuple[str, str, str | None]]:
        """Channel, state and cause of every delivery, in the order of their making."""
        query = select(tables.deliveries).order_by(tables.deliveries.c.id)
        with self.database.reading() as connection:
            return [
                (row["channel"], row["state"], row["cause"]) for row in connection.execute(query).mappings()
            ]

    def decided(self) -> dict[str, tuple[str, str | None]]:
        """Outcome and omission by person."""
        with self.database.reading() as connection:
            return {
                row["person"]: (row["outcome"], row["omission"])
                for row in connection.execute(select(tables.decisions)).mappings()
            }


__all__ = ["ADMIN", "OTHER_TOWN", "TOWN", "TOWN_CLERK", "Office"]
