"""What services/seekers says of the draw (阳光派工): its public record, the steps to it, and its events."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from yizhan.contracts.base import Message, Moment, PublicText, StationCode
from yizhan.contracts.checkins import CountyDay, TicketNumber
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- the public record --------------------------------------------------------------------------------

Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

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


# --- events -------------------------------------------------------------------------------------------
# The subject is `<station>:<date>`; each carries the record whole, so that the newest is all that is needed.


class _DrawFacts(Facts):
    draw: Draw
    by: str


class DrawCommitted(_DrawFacts):
    """The day's commitment is public; people check in. It belongs on the screen before check-in closes."""

    event_type: ClassVar[str] = "seekers.draw.committed.v1"


class DrawClosed(_DrawFacts):
    """Check-in has closed: the list and its digest are public, the seed is not."""

    event_type: ClassVar[str] = "seekers.draw.closed.v1"


class DrawRevealed(_DrawFacts):
    """The seed is public, and with it the order."""

    event_type: ClassVar[str] = "seekers.draw.revealed.v1"


class DrawAmended(_DrawFacts):
    """Somebody came late, or a ticket was put elsewhere by hand; the record says which and why."""

    event_type: ClassVar[str] = "seekers.draw.amended.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class AnnounceDraw(Message):
    """Fix today's seed and publish its commitment. Where the station draws its order, the first check-in of
    the day does this too."""

    station: StationCode


class CloseDraw(Message):
    """Fix the list of today's draw: everybody who stands on the roll."""

    station: StationCode


class RevealDraw(Message):
    """Publish the seed of today's draw, and the order that follows from it."""

    station: StationCode


class OverrideDraw(Message):
    """Put a ticket of today's draw to another place. position: 1 for the first. The reason is public."""

    station: StationCode
    ticket: TicketNumber
    position: Annotated[int, Field(ge=1, le=5000)]
    reason: PublicText


class DrawRef(Message):
    station: StationCode
    date: CountyDay


class DrawsRpc:
    """The methods of services/seekers that are about the draw."""

    announce_draw = Method("seekers", "announce_draw", AnnounceDraw, Draw, command=True)
    close_draw = Method("seekers", "close_draw", CloseDraw, Draw, command=True)
    reveal_draw = Method("seekers", "reveal_draw", RevealDraw, Draw, command=True)
    override_draw = Method("seekers", "override_draw", OverrideDraw, Draw, command=True)
    get_draw = Method("seekers", "get_draw", DrawRef, Draw, command=False)


# --- errors -------------------------------------------------------------------------------------------


class DrawNotFound(YizhanError):
    """The station drew nothing on this day."""

    code = "seekers.draw_not_found"
    status = 404


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
