"""Trainings of staff."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, bindparam, insert, or_, select, update

from services.stations.storage.tables import training_staff, trainings
from yizhan.contracts.training import Training
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree

_OF_SUBTREE = Listing(
    trainings,
    or_(
        bindparam("member") == "",
        trainings.c.id.in_(
            select(training_staff.c.training).where(training_staff.c.staff == bindparam("member"))
        ),
    ),
)


class Trainings:
    """What staff were trained in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, training: Training) -> None:
        """Write a new record and who took part."""
        tx.execute(insert(trainings).values(**training.model_dump() | {"staff": list(training.staff)}))
        tx.execute(
            insert(training_staff), [{"training": training.id, "staff": one} for one in training.staff]
        )

    def lock(self, tx: Connection, id: str) -> Training | None:
        """A record whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(trainings).where(trainings.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _training(row)

    def save(self, tx: Connection, training: Training) -> None:
        """Write a record that was locked."""
        values = {
            "withdrawn_at": training.withdrawn_at,
            "withdrawn_because": training.withdrawn_because,
            "sequence": training.sequence,
        }
        tx.execute(update(trainings).where(trainings.c.id == training.id).values(**values))

    def page(
        self, tx: Connection, codes: list[str], *, staff: str | None, after: str | None, limit: int
    ) -> tuple[list[Training], str | None]:
        """A page of some stations' records, newest first, and the next page's cursor."""
        found = _OF_SUBTREE.page(tx, Subtree(tuple(codes)), after=after, limit=limit, member=staff or "")
        rows = [_training(row) for row in found]
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _training(row: RowMapping) -> Training:
    return Training(
        id=row["id"],
        station=row["station"],
        topic=row["topic"],
        held_on=row["held_on"],
        hours=row["hours"],
        staff=tuple(row["staff"]),
        certificate=row["certificate"],
        recorded_at=row["recorded_at"],
        by=row["by"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_because=row["withdrawn_because"],
        sequence=row["sequence"],
    )
