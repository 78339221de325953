"""What the rows of support have in common: days that can be, steps that cannot, and what may be told."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from yizhan.contracts.base import Message
from yizhan.contracts.support import SupportChanged, SupportDayInvalid, SupportStepIllegal

M = TypeVar("M", bound=Message)


class Stated(Protocol):
    """A row with a state."""

    @property
    def id(self) -> str: ...

    @property
    def state(self) -> Any: ...

    @property
    def sequence(self) -> int: ...


def told(kind: type[M], row: BaseModel) -> M:
    """The row as an event may tell of it: with the fields of `kind`, which are some of its own."""
    return kind(**{name: getattr(row, name) for name in kind.model_fields})


def happened_on(day: date | None, *, today: date, since: date | None = None) -> date:
    """The day, today where none is given. Raises SupportDayInvalid for one to come, or before `since`."""
    given = day or today
    if given > today or (since is not None and given < since):
        raise SupportDayInvalid(
            "this has happened, and not before what it follows",
            day=given.isoformat(),
            earliest=None if since is None else since.isoformat(),
            latest=today.isoformat(),
        )
    return given


def illegal(row: Stated, step: str) -> SupportStepIllegal:
    """The refusal of a step that the row's state does not allow."""
    return SupportStepIllegal(
        f"{step} cannot follow {row.state.value}", id=row.id, state=row.state.value, step=step
    )


def require_unchanged(row: Stated, expected_sequence: int | None) -> None:
    """Raises SupportChanged for a row that has changed since somebody read it."""
    if expected_sequence not in (None, row.sequence):
        raise SupportChanged("the row has changed since it was read", id=row.id, sequence=row.sequence)
