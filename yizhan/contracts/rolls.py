"""A day's roll as the station's own desk sees it: which number stands for whom, as far as it may know."""

from __future__ import annotations

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.checkins import CountyDay, DayQuery, QueueOrder, SlipSetAside, TicketNumber
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import SlipNumber, Trade


class RollTicket(Message):
    """A number on the roll.

    seeker_id, masked_name, slip: None for somebody of another station's register, which stays closed to this
    desk, and for somebody who was erased. trade: the first that the person named. late: not on the closed
    list of the day's draw. called: how often.
    """

    id: Identifier
    number: TicketNumber
    at: Moment
    seeker_id: Identifier | None
    masked_name: str | None
    slip: SlipNumber | None
    trade: Trade | None
    late: bool
    called: int = Field(ge=0)


class DayRoll(Message):
    """order: by what this day calls. usual_order: by what the next one will. tickets: who stands, by arrival.
    set_aside: check-ins that do not stand, each with the number that does for its person."""

    station: StationCode
    date: CountyDay
    order: QueueOrder
    usual_order: QueueOrder
    tickets: tuple[RollTicket, ...]
    set_aside: tuple[SlipSetAside, ...]


class RollsRpc:
    """The methods of services/seekers that show a day to its station's staff."""

    read_roll = Method("seekers", "read_roll", DayQuery, DayRoll, command=False)
