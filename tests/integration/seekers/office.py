"""services/seekers as its callers meet it, without a broker between; everybody in it is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from services.seekers.domain.identity import check_character
from services.seekers.service import SeekersService
from services.seekers.storage import tables
from tests.support.service_stand import ADMIN, TOWN, TOWN_CLERK, ServiceStand
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Actor
from yizhan.contracts.checkins import CheckedIn, CheckInChannel, CheckInsRpc, TakeCheckIn
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.seekers import (
    CalledBy,
    ConsentPurpose,
    RegisterSeeker,
    Seeker,
    SeekersRpc,
    TradeSkill,
    Wishes,
)
from yizhan.contracts.subscriptions import SEEKERS_NETWORK
from yizhan.database import Database
from yizhan.encryption import FieldCipher

CIPHER = FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"i" * 32)

ID_CONSENT = (ConsentPurpose.ID_NUMBER,)
SHOWN = (ConsentPurpose.ID_NUMBER, ConsentPurpose.PUBLIC_DISPLAY)

_serials: Iterator[int] = count(1)


def id_number(birth: date = date(1980, 5, 6), serial: int | None = None) -> str:
    """A synthetic identity number that holds, another one each time."""
    number = next(_serials) if serial is None else serial
    body = f"{522700 + number // 1000 % 90:06d}{birth:%Y%m%d}{number % 1000:03d}"
    return body + check_character(body)


def _digest(text: str) -> str:
    return CIPHER.index(text, kind="command")


class Office(ServiceStand):
    """One instance of the service on a database."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        super().__init__(database, clock, SeekersService(), tables.metadata, SEEKERS_NETWORK, digest=_digest)
        self.service.cipher = CIPHER

    def application(self, station: str = TOWN, **changes: Any) -> RegisterSeeker:
        given = {
            "station": station,
            "id_number": id_number(),
            "name": "王小明",
            "wishes": Wishes(trades=(TradeSkill(trade="搬运工"),)),
            "consents": ID_CONSENT,
        }
        return RegisterSeeker.model_validate({**given, **changes})

    def register(self, station: str = TOWN, *, actor: Actor = ADMIN, **changes: Any) -> Seeker:
        # Identifiers sort by their millisecond.
        self.clock.move_to(self.clock.now() + timedelta(milliseconds=1))
        seeker: Seeker = self.ask(SeekersRpc.register_seeker, self.application(station, **changes), actor)
        return seeker

    def show(self, station: str = TOWN, *, called_by: CalledBy = CalledBy.SURNAME, **changes: Any) -> Seeker:
        """Somebody with a card on the screens."""
        return self.register(station, consents=SHOWN, called_by=called_by, **changes)

    def check_in(self, seeker: Seeker, station: str = TOWN, *, id: str | None = None) -> CheckedIn:
        request = TakeCheckIn(
            station=station, id=id or self.new_id(), channel=CheckInChannel.SLIP, slip=seeker.slip
        )
        taken: CheckedIn = self.ask(CheckInsRpc.take_check_in, request, ADMIN)
        return taken

    def arrive(self, people: int, station: str = TOWN) -> list[CheckedIn]:
        """So many new people, one after the other."""
        return [self.check_in(self.register(station), station) for _ in range(people)]

    def new_id(self) -> str:
        return new_identifier(self.clock.now())

    def told(self, event_type: str) -> list[Any]:
        """What was told by events of one type, in their order."""
        return [event.data for event in self.events() if event.type == event_type]

    def everything_kept(self) -> str:
        """Every row of every table, as text."""
        with self.database.reading() as connection:
            return "\n".join(
                f"{table.name}: {[*map(str, row)]}"
                for table in tables.metadata.sorted_tables
                for row in connection.execute(table.select())
            )

    def empty(self) -> None:
        """Forget everybody; the network stays."""
        with self.database.transaction() as tx:
            for table in reversed(tables.metadata.sorted_tables):
                if table.name not in ("network", "staff", "network_turn"):
                    tx.execute(table.delete())

    def at(self, text: str) -> datetime:
        """Move the clock and say where it is."""
        self.clock.move_to(text)
        return self.clock.now()


__all__ = ["ADMIN", "CIPHER", "TOWN", "TOWN_CLERK", "Office", "id_number"]
