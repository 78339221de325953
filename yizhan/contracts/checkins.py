"""What services/seekers says of a station's day: check-ins, the queue, who is called, and who waits."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import SlipNumber, Trade

# --- values -------------------------------------------------------------------------------------------

#: A calendar day in Asia/Shanghai. JSON: YYYY-MM-DD.
CountyDay = Annotated[date, Field(description="a calendar day in Asia/Shanghai")]

#: A slip's number: the letter of the desk that printed it, then 001 to 999.
TicketNumber = Annotated[str, Field(pattern=r"^[A-Z]([0-9]{2}[1-9]|[0-9][1-9]0|[1-9]00)$")]


#: The letter of a desk that takes check-ins without network; A is the service's own.
SeriesLetter = Annotated[str, Field(pattern=r"^[B-Z]$")]


class CheckIn(Message):
    """One person's arrival at one station on one day, as the desk that took it wrote it down.

    id: made by the desk, also offline, so that what is sent twice is known again. date: the day of `at` in
    Asia/Shanghai. number: what is printed on the slip.
    """

    id: Identifier
    station: StationCode
    date: CountyDay
    person: Identifier
    number: TicketNumber
    at: Moment


class CheckInChannel(StrEnum):
    """How somebody was known at the desk."""

    QR = "qr"
    SLIP = "slip"
    DESK = "desk"


class QueueOrder(StrEnum):
    """What a station calls its numbers by."""

    ARRIVAL = "arrival"
    DRAW = "draw"


class SetAsideReason(StrEnum):
    #: The person stands on the roll with another slip.
    SAME_PERSON = "same_person"
    #: Two desks printed the same number; this person needs another slip.
    NUMBER_TAKEN = "number_taken"
    #: Another check-in has the same id.
    ID_REUSED = "id_reused"
    #: Nobody active has the slip by which the person was known.
    UNKNOWN_PERSON = "unknown_person"


class TradeCount(Message):
    """People by the first trade that each of them named."""

    trade: Trade
    people: Annotated[int, Field(ge=1)]


#: As many numbers of a queue as a screen could ever show.
SHOWN_NUMBERS = 60


class Waiting(Message):
    """Who waits at a station on a day: checked in and not called yet.

    order: by what numbers are called. checked_in: people on the roll today. people: those who wait. by_trade:
    the same people by first trade, the most first. next: the numbers to be called, the first first, at most
    60; empty while the order has not been drawn. Holds numbers only, never a person.
    """

    station: StationCode
    date: CountyDay
    order: QueueOrder
    checked_in: Annotated[int, Field(ge=0)]
    people: Annotated[int, Field(ge=0)]
    by_trade: tuple[TradeCount, ...]
    next: Annotated[tuple[TicketNumber, ...], Field(max_length=SHOWN_NUMBERS)]


class CalledTicket(Message):
    """A number that was called (叫号). times: how often; at: the last time."""

    number: TicketNumber
    times: Annotated[int, Field(ge=1)]
    at: Moment


# --- events -------------------------------------------------------------------------------------------


class CheckInTaken(Facts):
    """Somebody came. Subject: the check-in's id; there is one event for each. `person` is the register's id
    and says nothing outside it. offline: written down by a desk without network, told later."""

    event_type: ClassVar[str] = "seekers.check_in.taken.v1"
    check_in: CheckIn
    offline: bool
    by: str


class WaitingChanged(Facts):
    """Who waits at a station has changed. Subject: `<station>:<date>`; the newest is all that is needed. A
    screen shows it while `date` is today in Asia/Shanghai."""

    event_type: ClassVar[str] = "seekers.waiting.changed.v1"
    waiting: Waiting


class TicketCalled(Facts):
    """A number is called, to be shown and read aloud. Subject: `<station>:<date>:<number>`; sequence: how
    often it was called. Never says who it is."""

    event_type: ClassVar[str] = "seekers.ticket.called.v1"
    station: StationCode
    date: CountyDay
    called: CalledTicket
    by: str


class QueueOrderSet(Facts):
    """A station calls by another order from the next day that begins. Subject: the station's code."""

    event_type: ClassVar[str] = "seekers.queue_order.set.v1"
    station: StationCode
    order: QueueOrder
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class TakeCheckIn(Message):
    """Somebody is here. id: made by the desk, so that what is sent twice is known again. Exactly one of slip,
    which works at every station, and seeker_id, for people of the desk's own scope."""

    station: StationCode
    id: Identifier
    channel: CheckInChannel
    slip: SlipNumber | None = None
    seeker_id: Identifier | None = None

    @model_validator(mode="after")
    def _one_way_to_know_somebody(self) -> Self:
        if (self.slip is None) == (self.seeker_id is None):
            raise ValueError("exactly one of slip and seeker_id")
        return self


class CheckedIn(Message):
    """first: False when this person had checked in here today already; the number is the one from then.
    late: the list of the day's draw was closed before."""

    id: Identifier
    station: StationCode
    date: CountyDay
    number: TicketNumber
    at: Moment
    first: bool
    late: bool


class ReserveSeries(Message):
    """A letter for a desk that may lose its network. desk: the desk's own id, with one letter a day."""

    station: StationCode
    date: CountyDay
    desk: Identifier


class Series(Message):
    station: StationCode
    date: CountyDay
    letter: SeriesLetter


class OfflineCheckIn(Message):
    """A check-in as a desk without network wrote it down: exactly one of slip and seeker_id says who."""

    id: Identifier
    number: TicketNumber
    at: Moment
    slip: SlipNumber | None = None
    seeker_id: Identifier | None = None

    @model_validator(mode="after")
    def _one_way_to_know_somebody(self) -> Self:
        if (self.slip is None) == (self.seeker_id is None):
            raise ValueError("exactly one of slip and seeker_id")
        return self


class MergeCheckIns(Message):
    """What a desk took without network, all of it, in any order and as often as it likes.

    sent_at: the desk's clock as it sends; by it the service judges whether its times can be believed.
    """

    station: StationCode
    date: CountyDay
    sent_at: Moment
    check_ins: Annotated[tuple[OfflineCheckIn, ...], Field(min_length=1, max_length=999)]


class SlipSetAside(Message):
    """A check-in that does not stand. instead: the number that stands for its person, None for none."""

    id: Identifier
    number: TicketNumber
    reason: SetAsideReason
    instead: TicketNumber | None


class MergedCheckIns(Message):
    """standing: of those that were sent, the ids that stand. set_aside: the others; one whose number was
    taken has a new one in `instead`, which is to be printed."""

    standing: tuple[Identifier, ...]
    set_aside: tuple[SlipSetAside, ...]


class SetQueueOrder(Message):
    station: StationCode
    order: QueueOrder


class StationQueueOrder(Message):
    station: StationCode
    order: QueueOrder


class DayQuery(Message):
    """A station's day. date: None for today."""

    station: StationCode
    date: CountyDay | None = None


class StationDay(Message):
    """called: the numbers called so far, the last one first."""

    waiting: Waiting
    called: tuple[CalledTicket, ...]


class CallNext(Message):
    """Call the number whose turn it is."""

    station: StationCode


class CallTicket(Message):
    """Call a number of today, out of turn or again."""

    station: StationCode
    number: TicketNumber


class CheckInsRpc:
    """The methods of services/seekers that are about a station's day."""

    take_check_in = Method("seekers", "take_check_in", TakeCheckIn, CheckedIn, command=True)
    reserve_series = Method("seekers", "reserve_series", ReserveSeries, Series, command=True)
    merge_check_ins = Method("seekers", "merge_check_ins", MergeCheckIns, MergedCheckIns, command=True)
    set_queue_order = Method("seekers", "set_queue_order", SetQueueOrder, StationQueueOrder, command=True)
    call_next = Method("seekers", "call_next", CallNext, CalledTicket, command=True)
    call_ticket = Method("seekers", "call_ticket", CallTicket, CalledTicket, command=True)
    get_day = Method("seekers", "get_day", DayQuery, StationDay, command=False)


# --- errors -------------------------------------------------------------------------------------------


class SlipUnknown(YizhanError):
    """Nobody has a slip with this number; a slip that was replaced is void."""

    code = "seekers.slip_unknown"
    status = 404


class NobodyWaits(YizhanError):
    """Everybody who has checked in was called."""

    code = "seekers.nobody_waits"
    status = 409


class TicketUnknown(YizhanError):
    """Nobody stands on today's roll with this number."""

    code = "seekers.ticket_unknown"
    status = 404


class ClockWrong(YizhanError):
    """The desk's clock differs too much from the county's; `skew_seconds` tells by how much."""

    code = "seekers.clock_wrong"
    status = 422


class CheckInMisplaced(YizhanError):
    """A check-in belongs to another station or to another day than the book it was handed to."""

    code = "seekers.check_in_misplaced"
    status = 422


class CheckInIdReused(YizhanError):
    """Another person's check-in has this id already."""

    code = "seekers.check_in_id_reused"
    status = 409


class TicketsExhausted(YizhanError):
    """A desk's letter has given out all of its 999 numbers today."""

    code = "seekers.tickets_exhausted"
    status = 409
