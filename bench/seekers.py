"""Seekers: check-ins a second at one station, and looking an identity number up while the register grows.

services/seekers itself on a database, in this process, without a broker between: one command after the other.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench.figures import Figure, alone, compared
from bench.ground import postgres_database
from services.seekers.domain.identity import check_character
from services.seekers.service import SeekersService
from services.seekers.storage import tables
from yizhan.bus.calls import CallDesk
from yizhan.bus.idempotency import Idempotency
from yizhan.clock import SystemClock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.checkins import CheckInChannel, CheckInsRpc, TakeCheckIn
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call, Method
from yizhan.contracts.seekers import LookUpPerson, SeekersRpc, Whereabouts
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.migrations import migrate

NAME = "seekers"

#: People in the register; the environment's YIZHAN_BENCH_SEEKERS stands for the last.
SIZES = (1_000, int(os.environ.get("YIZHAN_BENCH_SEEKERS", "1000000")))
ARRIVALS = 300
ROUNDS = 10
LOOK_UPS_PER_ROUND = 100
_ROWS_AT_ONCE = 2_000
_STATION = "522730"
_FIRST_BIRTH = date(1960, 1, 1)


def id_number(number: int) -> str:
    """A synthetic identity number, another for each number."""
    birth = _FIRST_BIRTH + timedelta(days=number // 1000 % 15_000)
    body = f"{522701 + number // 15_000_000:06d}{birth:%Y%m%d}{number % 1000:03d}"
    return body + check_character(body)


def _identifier(number: int) -> str:
    return f"0195a000-0000-7000-8000-{number:012x}"


def _slip(number: int) -> str:
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(digits[number >> shift & 31] for shift in (25, 20, 15, 10, 5, 0))


@dataclass
class GrownRegister:
    """A register with so many people. costs: µs of each round's look-up."""

    database: Database
    people: int = 0
    costs: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._cipher = FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"i" * 32)
        self._service = SeekersService()
        self._service.database = self.database
        self._service.clock = clock = SystemClock()
        self._service.cipher = self._cipher
        self._desk = CallDesk(self.database, Idempotency(self.database, tables.idempotency), clock)
        node = {"code": _STATION, "parent": None, "path": f"{_STATION}/", "told_path": f"{_STATION}/"}
        with self.database.transaction() as tx:
            tx.execute(insert(tables.network_tables.network), node | {"status": "open", "sequence": 1})

    def ask(self, method: Method[Any, Any], request: Any) -> Any:
        """The answer to a call. Raises RuntimeError on a refusal."""
        call = Call(actor=SYSTEM, correlation="bench", body=request.model_dump(mode="json"))
        body = partial(getattr(SeekersService, method.name).__wrapped__, self._service)
        reply = self._desk.answer(method, body, call.model_dump(mode="json"))
        if reply["problem"] is not None:
            raise RuntimeError(reply["problem"]["code"])
        return method.response.model_validate(reply["result"])

    def grow(self, people: int) -> None:
        """Write rows until there are so many people, as registrations leave them."""
        while self.people < people:
            numbers = range(self.people, min(self.people + _ROWS_AT_ONCE, people))
            with self.database.transaction() as tx:
                tx.execute(insert(tables.seekers), [self._row(number) for number in numbers])
            self.people = numbers.stop
        if self.database.dialect == "postgresql":
            with self.database.transaction() as tx:
                tx.execute(text("ANALYZE seekers"))

    def _row(self, number: int) -> dict[str, Any]:
        typed = id_number(number)
        return {
            "id": _identifier(number),
            "station": _STATION,
            "status": "active",
            "masked_name": "王**",
            "masked_id_number": f"****{typed[-4:]}",
            "name_sealed": "sm4.k1." + "n" * 60,
            "id_number_sealed": "sm4.k1." + "i" * 72,
            "id_number_index": self._cipher.index(typed, kind="id_number"),
            "sex": "male",
            "birth": date(int(typed[6:10]), int(typed[10:12]), int(typed[12:14])),
            "slip": _slip(number),
            "wishes": {"trades": [{"trade": "搬运工", "level": "able"}]},
            "trade": "搬运工",
            "consents": ["id_number"],
            "called_by": "surname",
            "registered_at": self._service.clock.now(),
            "sequence": 1,
        }

    def look_up(self, count: int) -> None:
        """Ask for so many people from all over the register, each of whom is in it."""
        started = time.perf_counter()
        for number in range(count):
            asked = LookUpPerson(station=_STATION, id_number=id_number(number * 7919 % self.people))
            found = self.ask(SeekersRpc.look_up_person, asked)
            if found.registered is not Whereabouts.HERE:
                raise RuntimeError("a person who is registered was not found")
        self.costs.append((time.perf_counter() - started) / count * 1e6)

    def check_in(self, count: int) -> float:
        """So many people come, one after the other; check-ins a second over all."""
        started = time.perf_counter()
        for number in range(count):
            id = new_identifier(self._service.clock.now())
            channel = CheckInChannel.SLIP
            self.ask(
                CheckInsRpc.take_check_in,
                TakeCheckIn(station=_STATION, id=id, channel=channel, slip=_slip(number)),
            )
        return count / (time.perf_counter() - started)


async def run() -> list[Figure]:
    """Measure on SQLite, and on PostgreSQL where a server is."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        folder = Path(name)
        figures += _measure("SQLite", [f"sqlite:///{folder / f'{size}.db'}" for size in SIZES])
    with postgres_database() as small, postgres_database() as large:
        if small is not None and large is not None:
            figures += _measure("PostgreSQL", [small, large])
    return figures


def _measure(kind: str, urls: list[str]) -> list[Figure]:
    with _register(urls[0]) as small, _register(urls[1]) as grown:
        for register, size in zip((small, grown), SIZES, strict=True):
            register.grow(size)
            register.look_up(LOOK_UPS_PER_ROUND)
            register.costs.clear()
        for number in range(ROUNDS):
            for register in (small, grown) if number % 2 else (grown, small):
                register.look_up(LOOK_UPS_PER_ROUND)
        return [
            compared(
                NAME,
                f"look-up by identity number among {SIZES[1]:,}, {kind}",
                "µs",
                grown.costs,
                f"{SIZES[0]:,} registered",
                small.costs,
                at_most=1.5,
            ),
            alone(
                NAME, f"check-ins, {ARRIVALS} people at one station, {kind}", "1/s", grown.check_in(ARRIVALS)
            ),
        ]


@contextmanager
def _register(url: str) -> Iterator[GrownRegister]:
    migrate("seekers", url)
    database = Database(url)
    try:
        yield GrownRegister(database)
    finally:
        database.close()
