"""The steps of entries: only ever added."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from services.seekers.storage.tables import seeker_steps
from yizhan.contracts.seeker_steps import SeekerStep, SeekerStepKind

#: Above every sequence.
_AFTER_ALL = 2**31 - 1

_INSERT = insert(seeker_steps)
_STEPS = (
    select(seeker_steps)
    .where(seeker_steps.c.seeker_id == bindparam("id"), seeker_steps.c.sequence < bindparam("before"))
    .order_by(seeker_steps.c.sequence.desc())
    .limit(bindparam("limit"))
)


class History:
    """What was done with an entry."""

    def add(self, tx: Connection, seeker_id: str, step: SeekerStep) -> None:
        """Write a step down."""
        row = step.model_dump() | {"seeker_id": seeker_id, "kind": step.kind.value, "about": list(step.about)}
        tx.execute(_INSERT, row)

    def steps(
        self, tx: Connection, seeker_id: str, *, before: int | None, limit: int
    ) -> tuple[list[SeekerStep], int | None]:
        """Steps, newest first, and the cursor of the next page."""
        values = {"id": seeker_id, "before": before or _AFTER_ALL, "limit": limit + 1}
        found = [_step(row) for row in tx.execute(_STEPS, values).mappings()]
        return (found[:limit], found[limit - 1].sequence) if len(found) > limit else (found, None)


def _step(row: RowMapping) -> SeekerStep:
    return SeekerStep(
        sequence=row["sequence"],
        kind=SeekerStepKind(row["kind"]),
        about=tuple(row["about"]),
        station=row["station"],
        by=row["by"],
        at=row["at"],
    )
