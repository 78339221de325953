"""What services/seekers says: the sexes of the register, the day's check-ins, the public record of a draw."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment, PublicText, StationCode
from yizhan.contracts.errors import YizhanError

# --- values -------------------------------------------------------------------------------------------


class Sex(StrEnum):
    """As the 17th digit of an identity number tells it."""

    MALE = "male"
    FEMALE = "female"


#: A calendar day in Asia/Shanghai. JSON: YYYY-MM-DD.
CountyDay = Annotated[date, Field(description="a calendar day in Asia/Shanghai")]

#: A slip's number: the letter of the desk that printed it, then 001 to 999.
TicketNumber = Annotated[str, Field(pattern=r"^[A-Z]([0-9]{2}[1-9]|[0-9][1-9]0|[1-9]00)$")]

Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


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


# --- the public record of a draw ----------------------------------------------------------------------

#: The greatest weight of a ticket, and the most tickets of a draw: their product stays far below the 2^32
#: that a word of the key stream can tell apart.
GREATEST_WEIGHT = 1000
MOST_TICKETS = 5000


class WeightedTicket(Message):
    """A ticket in a draw. A ticket of weight 3 is as likely to be next as three of weight 1; why it has its
    weight stands nowhere in the record."""

    number: TicketNumber
    weight: Annotated[int, Field(ge=1, le=GREATEST_WEIGHT, strict=True)] = 1


class LateTicket(Message):
    """A ticket that is not on the list that was drawn; it stands behind, by arrival."""

    number: TicketNumber
    arrived_at: Moment


class DrawOverride(Message):
    """A ticket put elsewhere by hand. position: its place in the queue from then on, 1 for the first."""

    ticket: TicketNumber
    position: Annotated[int, Field(ge=1, strict=True)]
    reason: PublicText
    by: Annotated[str, Field(min_length=1, max_length=80)]
    at: Moment


class Draw(Message):
    """The public record of one station's draw on one day; docs/draw.md says how to check it.

    It is told three times. First it holds the commitment alone; once check-in has closed, the tickets and
    their digest; then the seed, the order and the queue. `queue`: order, then late, then overrides applied.
    Holds numbers only, never a person.
    """

    algorithm: Literal["yizhan.draw.v1"] = "yizhan.draw.v1"
    station: StationCode
    date: CountyDay
    commitment: Sha256Hex
    closed_at: Moment | None = None
    tickets: Annotated[tuple[WeightedTicket, ...], Field(max_length=MOST_TICKETS)] = ()
    tickets_sha256: Sha256Hex | None = None
    seed: Sha256Hex | None = None
    order: tuple[TicketNumber, ...] = ()
    late: tuple[LateTicket, ...] = ()
    overrides: tuple[DrawOverride, ...] = ()
    queue: tuple[TicketNumber, ...] = ()

    @model_validator(mode="after")
    def _stages_come_in_order(self) -> Self:
        closed, revealed = self.closed_at is not None, self.seed is not None
        if closed != (self.tickets_sha256 is not None) or (revealed and not closed):
            raise ValueError("a list has its digest from closing on, and the seed comes after")
        if not closed and (self.tickets or self.late):
            raise ValueError("before closing there is neither a list nor anybody late")
        if not revealed and (self.order or self.overrides or self.queue):
            raise ValueError("before the seed there is no order")
        return self


# --- errors -------------------------------------------------------------------------------------------


class IdentityNumberMalformed(YizhanError):
    """An identity number is 17 digits and a digit or X."""

    code = "seekers.identity_number_malformed"
    status = 422


class IdentityCheckCharacterWrong(YizhanError):
    """The identity number's last character does not agree with the others: one was mistyped."""

    code = "seekers.identity_check_character_wrong"
    status = 422


class BirthDateImpossible(YizhanError):
    """The identity number's birth date is no day of the calendar, in the future, or before 1900."""

    code = "seekers.birth_date_impossible"
    status = 422


class UnderSixteen(YizhanError):
    """Nobody under 16 may be introduced to a job."""

    code = "seekers.under_sixteen"
    status = 422


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


class DrawStepIllegal(YizhanError):
    """The draw is not at the stage at which this can be done."""

    code = "seekers.draw_step_illegal"
    status = 409


class DrawSeedWrong(YizhanError):
    """The seed is not 32 bytes long, or not the one that was committed to."""

    code = "seekers.draw_seed_wrong"
    status = 409


class DrawListInvalid(YizhanError):
    """The list of a draw names a ticket twice, or is too long."""

    code = "seekers.draw_list_invalid"
    status = 422


class OverrideInvalid(YizhanError):
    """A change by hand needs a reason, a ticket of this draw and a place in its queue."""

    code = "seekers.override_invalid"
    status = 422
