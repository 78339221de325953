"""What the kinds of import differ in: how rows are judged, what no two share, and how they come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection

from services.jobs.domain.sheet import Judged, ReadRow
from yizhan.contracts.imports import Import, RowFault
from yizhan.contracts.rpc import Call

Request = TypeVar("Request", bound=BaseModel)


@dataclass(frozen=True)
class Intake(Generic[Request]):
    """How the rows of one kind come in.

    request: the command that a row stands for. judge: given all rows of a sheet, how one of them is judged;
    what it needs of the database is read first, so that judging may be done in another thread. keys: what no
    two rows share. known: which of them the register has, and under which id.

    prepare: all that can be done for some rows before the transaction, which is to be short; a row that
    cannot be taken any more comes out as its fault. write: in the transaction, the ids of what they became,
    or their faults, in their order.
    """

    request: type[Request]
    judge: Callable[[Connection, Import, Sequence[ReadRow]], Callable[[ReadRow], Judged[Request]]]
    keys: Callable[[Request], tuple[str, ...]]
    known: Callable[[Connection, Sequence[Request]], Mapping[str, str]]
    prepare: Callable[[Connection, Call, Sequence[Request]], Sequence[Any]]
    write: Callable[[Connection, Sequence[Any]], Sequence[str | RowFault]]
