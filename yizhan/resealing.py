"""Sealing anew, under the current key, what an older key has sealed: in batches, while the services work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnClause, TableClause, column, select, table, tuple_, update

from yizhan.database import Database
from yizhan.encryption import FieldCipher, SealBroken

#: Rows of one transaction: few, so that SQLite's one writer is never held for long.
BATCH_ROWS = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed texts. key: the columns that name a row; their values, joined by dots, are the row's
    id in the place that a text is sealed for."""

    table: str
    column: str
    key: tuple[str, ...] = ("id",)

    def place(self, values: Sequence[Any]) -> str:
        return f"{self.table}/{self.column}/{'.'.join(map(str, values))}"


#: Every sealed column there is, by the service whose database it is in.
SEALED_COLUMNS: dict[str, tuple[SealedColumn, ...]] = {
    "jobs": (
        SealedColumn("employer_contacts", "name"),
        SealedColumn("employer_contacts", "phone"),
        SealedColumn("import_rows", "sealed", ("import_id", "row")),
    ),
    "seekers": (
        SealedColumn("seekers", "name_sealed"),
        SealedColumn("seekers", "id_number_sealed"),
        SealedColumn("seekers", "phone_sealed"),
        SealedColumn("seekers", "relative_phone_sealed"),
        SealedColumn("draws", "seed_sealed"),
        *(
            SealedColumn(table, "words_sealed")
            for table in (
                "difficulties",
                "aid_cases",
                "aid_visits",
                "guidances",
                "skill_trainings",
                "start_up_consultations",
                "start_ups",
            )
        ),
    ),
    "notify": (SealedColumn("integrators", "webhook_secret"),),
}


@dataclass(slots=True)
class Resealed:
    """What one run did. broken: the places of texts that no key of this installation opens; they stay."""

    seen: int = 0
    resealed: int = 0
    broken: list[str] = field(default_factory=list)


def reseal(
    database: Database,
    cipher: FieldCipher,
    sealed: SealedColumn,
    *,
    batch_rows: int = BATCH_ROWS,
    after_batch: Callable[[Resealed], None] = lambda _: None,
) -> Resealed:
    """Seal a column anew wherever another key than the current one has sealed it.

    Each batch is a transaction of its own. A text that somebody has changed since it was read is left as it
    is: it was sealed with the current key. Broken off, it does the rest when it is started again.
    """
    done = Resealed()
    rows = _Rows(sealed)
    for batch in rows.batches(database, batch_rows):
        with database.transaction() as tx:
            for key, text in batch:
                done.seen += 1
                if cipher.is_current(text):
                    continue
                place = sealed.place(key)
                try:
                    fresh = cipher.seal(cipher.open(text, place=place), place=place)
                except SealBroken:
                    done.broken.append(place)
                    continue
                done.resealed += tx.execute(rows.replacing(key, text, fresh)).rowcount
        after_batch(done)
    return done


class _Rows:
    """The statements on one sealed column."""

    def __init__(self, sealed: SealedColumn) -> None:
        self._text: ColumnClause[Any] = column(sealed.column)
        self._key: list[ColumnClause[Any]] = [column(name) for name in sealed.key]
        self._table: TableClause = table(sealed.table, self._text, *self._key)

    def batches(self, database: Database, batch_rows: int) -> Iterator[list[tuple[tuple[Any, ...], str]]]:
        last: tuple[Any, ...] | None = None
        while True:
            query = select(*self._key, self._text).where(self._text.is_not(None))
            if last is not None:
                query = query.where(tuple_(*self._key) > last)
            with database.reading() as connection:
                rows = connection.execute(query.order_by(*self._key).limit(batch_rows)).all()
            if not rows:
                return
            last = tuple(rows[-1][:-1])
            yield [(tuple(row[:-1]), row[-1]) for row in rows]

    def replacing(self, key: Sequence[Any], known: str, fresh: str) -> Any:
        changed = update(self._table).where(self._text == known)
        for part, value in zip(self._key, key, strict=True):
            changed = changed.where(part == value)
        return changed.values({self._text.name: fresh})
