"""The days of all stations as services/seekers exports them, for a rebuild of the screens."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yizhan.contracts.base import Message, Sequence, StationCode
from yizhan.contracts.checkins import CalledTicket, CountyDay, Waiting
from yizhan.contracts.draws import Draw
from yizhan.contracts.rpc import Method


class ExportDays(Message):
    """A page of today's days, by station. `after`: the last station of the page before."""

    after: StationCode | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 20


class ExportedDay(Message):
    """Today at one station, as its events tell it.

    waiting_sequence, draw_sequence: of the newest event; 0 where none was told yet. called: every number that
    was called, the last one first; its `times` is the sequence of its event.
    """

    station: StationCode
    waiting: Waiting
    waiting_sequence: Annotated[int, Field(ge=0)]
    called: tuple[CalledTicket, ...]
    draw: Draw | None
    draw_sequence: Sequence | None


class LiveDays(Message):
    date: CountyDay
    days: tuple[ExportedDay, ...]
    next: StationCode | None


class StationDaysRpc:
    """The methods of services/seekers that are about all stations' days."""

    export_days = Method("seekers", "export_days", ExportDays, LiveDays, command=False)
