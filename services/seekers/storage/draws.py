"""The draws: each record as it is public, and its seed, sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from services.seekers.storage.tables import draws
from yizhan.contracts.draws import Draw
from yizhan.database import Database
from yizhan.encryption import FieldCipher

_DRAW = select(draws).where(draws.c.station == bindparam("station"), draws.c.day == bindparam("day"))
_INSERT = insert(draws)
_SAVE = (
    update(draws)
    .where(draws.c.id == bindparam("of_id"))
    .values(record=bindparam("new_record"), sequence=draws.c.sequence + 1)
)


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A draw's record at one version. `sealed_seed` opens by `Draws.seed` only."""

    id: str
    record: Draw
    sealed_seed: str
    sequence: int


class Draws:
    """One draw for a station and a day at the most."""

    def __init__(self, database: Database, cipher: FieldCipher) -> None:
        self._database = database
        self._cipher = cipher

    def insert(self, tx: Connection, id: str, record: Draw, seed: bytes) -> DrawRow:
        """Write a new draw."""
        sealed = self._cipher.seal(seed.hex(), place=_place(id))
        row = {"station": record.station, "day": record.date, "id": id, "seed_sealed": sealed}
        tx.execute(_INSERT, row | {"record": record.model_dump(mode="json"), "sequence": 1})
        return DrawRow(id, record, sealed, 1)

    def find(self, tx: Connection, station: str, day: date) -> DrawRow | None:
        """A day's draw; it is changed under the day's lock."""
        row = tx.execute(_DRAW, {"station": station, "day": day}).first()
        return None if row is None else _row(row)

    def save(self, tx: Connection, current: DrawRow, record: Draw) -> DrawRow:
        """Write a record, one sequence on."""
        tx.execute(_SAVE, {"of_id": current.id, "new_record": record.model_dump(mode="json")})
        return DrawRow(current.id, record, current.sealed_seed, current.sequence + 1)

    def seed(self, row: DrawRow) -> bytes:
        """The seed, to be told to everybody."""
        return bytes.fromhex(self._cipher.open(row.sealed_seed, place=_place(row.id)))


def _row(row: Any) -> DrawRow:
    return DrawRow(row.id, Draw.model_validate(row.record), row.seed_sealed, row.sequence)


def _place(id: str) -> str:
    return f"draws/seed_sealed/{id}"
