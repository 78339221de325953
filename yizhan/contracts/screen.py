"""What a screen may be told, and what it may say: subprotocol `yizhan.board.v1`, JSON text messages.

These types are the wall between the county's records and the street. None of them has a field that could
hold an ID number, a phone number, a person's full name or address, or a difficulty tag; free text in them
is `PublicText`, which refuses long numbers. Widening a type here is a decision about privacy.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from yizhan.contracts.base import Identifier, Message, Moment, PublicLine, PublicText, Sequence, StationCode
from yizhan.contracts.checkins import CountyDay, QueueOrder, TicketNumber, TradeCount
from yizhan.contracts.draws import Sha256Hex
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.jobs import OverflowReach, Settlement, Wage
from yizhan.contracts.seekers import Trade, Weekday
from yizhan.contracts.stations import StationFacts, StationKind

SUBPROTOCOL = "yizhan.board.v1"

#: A board's state lives as long as its epoch; another epoch means start anew.
Epoch = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
#: Position in a station's log within an epoch: 0 before the first change.
Offset = Annotated[int, Field(ge=0, le=2**53 - 1)]


class JobRow(Message):
    """One line of 零工招聘信息. `missing`: hands still wanted. `from_station`: short name of where to ask.

    expires_at: the page drops the row at this moment by itself, on the server's clock. verified_at: when
    somebody last made sure that the job is to be had; None from a board that did not tell. stale: it is to be
    made sure of again. overflow: it begins soon and misses hands, so that others are asked too and show it.
    """

    id: Identifier
    sequence: Sequence
    trade: Annotated[PublicText, Field(max_length=12)]
    wage: Wage
    settlement: Settlement
    missing: Annotated[int, Field(ge=0)]
    headcount: Annotated[int, Field(ge=1)]
    place: PublicLine
    starts_at: Moment
    ends_at: Moment | None
    expires_at: Moment
    meals: bool
    lodging: bool
    transport: bool
    published_at: Moment
    station: StationCode
    from_station: Annotated[PublicText, Field(max_length=12)]
    verified_at: Moment | None = None
    stale: bool = False
    overflow: OverflowReach | None = None


class NoticeLine(Message):
    """One notice; the page shows it between the two moments, on the server's clock."""

    id: Identifier
    text: PublicText
    valid_from: Moment
    valid_until: Moment


class FairCard(Message):
    """A fair (招聘会) that is announced; the page shows it until closes_at, on the server's clock.

    companies: employers that are expected or there. from_station: short name of its host.
    """

    id: Identifier
    sequence: Sequence
    title: PublicLine
    place: PublicLine
    opens_at: Moment
    closes_at: Moment
    companies: Annotated[int, Field(ge=0)]
    station: StationCode
    from_station: Annotated[PublicText, Field(max_length=12)]


class Branch(Message):
    """A station directly below this one, and the live postings and hands wanted there and below it."""

    station: StationCode
    short_name: Annotated[PublicText, Field(max_length=12)]
    postings: Annotated[int, Field(ge=1)]
    hands: Annotated[int, Field(ge=0)]


class StationCard(Message):
    """What a screen says of its own station."""

    code: StationCode
    kind: StationKind
    open: bool
    facts: StationFacts


class WorkerCard(Message):
    """One line of 零工求职信息: somebody who looks for work and consented to stand here.

    called: 王师傅, or a number. age_band: as in 30–39岁. days: on which he is free, 1 is Monday. id: the
    card's own; newer cards have greater ones. from_station: short name of where to ask.
    """

    id: Identifier
    sequence: Sequence
    called: Annotated[PublicText, Field(max_length=8)]
    age_band: Annotated[PublicText, Field(max_length=8)]
    trades: Annotated[tuple[Trade, ...], Field(min_length=1, max_length=8)]
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    station: StationCode
    from_station: Annotated[PublicText, Field(max_length=12)]


#: Of a station's day a screen gets so much at the most.
NEXT_LIMIT = 12
TRADE_LIMIT = 8
CALL_LIMIT = 12
MESSAGE_LIMIT = 6
OVERRIDE_LIMIT = 6


class WaitingLine(Message):
    """Who waits at this screen's own station on `date`: counts and numbers, never a person.

    order: by what numbers are called. people: checked in and not called yet; by_trade: the same by first
    trade, the most first. next: the numbers to be called, the first first; empty while the order has not been
    drawn.
    """

    date: CountyDay
    order: QueueOrder
    checked_in: Annotated[int, Field(ge=0)]
    people: Annotated[int, Field(ge=0)]
    by_trade: Annotated[tuple[TradeCount, ...], Field(max_length=TRADE_LIMIT)]
    next: Annotated[tuple[TicketNumber, ...], Field(max_length=NEXT_LIMIT)]


class CalledNumber(Message):
    """A number that is called (叫号) at this screen's own station, to be shown large and read aloud.

    times: how often it has been called; at: the last time.
    """

    date: CountyDay
    number: TicketNumber
    times: Annotated[int, Field(ge=1)]
    at: Moment


class OverrideLine(Message):
    """A ticket that was put elsewhere by hand, and why. position: 1 for the first."""

    ticket: TicketNumber
    position: Annotated[int, Field(ge=1)]
    reason: PublicText
    at: Moment


class DrawCard(Message):
    """The draw (阳光派工) of this screen's own station on `date`: what people are to see of it, and compare.

    commitment: public before check-in closes. closed_at: when the list was fixed, tickets_sha256: its digest;
    tickets: how many it has. seed: public from the draw on. late: tickets behind the list. overridden:
    changes by hand; overrides: the newest of them, newest first.
    """

    date: CountyDay
    commitment: Sha256Hex
    closed_at: Moment | None
    tickets: Annotated[int, Field(ge=0)]
    tickets_sha256: Sha256Hex | None
    seed: Sha256Hex | None
    late: Annotated[int, Field(ge=0)]
    overridden: Annotated[int, Field(ge=0)]
    overrides: Annotated[tuple[OverrideLine, ...], Field(max_length=OVERRIDE_LIMIT)]


class NumberMessage(Message):
    """Something for one who waits at this screen's own station, who is known by his number and by nothing
    else. The page shows it until `until`, on the server's clock, or until the number is called."""

    id: Identifier
    date: CountyDay
    number: TicketNumber
    text: PublicLine
    at: Moment
    until: Moment


class Totals(Message):
    """Over all live postings of this screen, also those that its rows leave out. `hands`: still wanted.
    cards: over all cards likewise."""

    postings: Annotated[int, Field(ge=0)]
    hands: Annotated[int, Field(ge=0)]
    cards: Annotated[int, Field(ge=0)] = 0


class ScreenState(Message):
    """All that a screen shows. `rows`: at most ROW_LIMIT, soonest start first, then id; keyed by id.

    fairs: at most FAIR_LIMIT, soonest opening first, then id; keyed by id. branches: of a county market or
    a town station, at most BRANCH_LIMIT that have postings, most postings first, then hands, then code;
    keyed by station. cards: at most CARD_LIMIT, of this station and all below it, the greatest id first;
    keyed by id. waiting, called, draw, messages: of the newest day that this station tells of, and shown
    while that is today; called: at most CALL_LIMIT, the last call first, then number; keyed by number.
    messages: at most MESSAGE_LIMIT, the newest first, then id; keyed by id.
    """

    station: StationCard | None
    rows: tuple[JobRow, ...]
    notices: tuple[NoticeLine, ...]
    totals: Totals
    fairs: tuple[FairCard, ...] = ()
    branches: tuple[Branch, ...] = ()
    cards: tuple[WorkerCard, ...] = ()
    waiting: WaitingLine | None = None
    called: tuple[CalledNumber, ...] = ()
    draw: DrawCard | None = None
    messages: tuple[NumberMessage, ...] = ()


#: A screen pages through so many rows at the most; further postings count in the totals and move up as
#: earlier ones leave. It keeps the cost of an update and of a snapshot flat however large the county is.
ROW_LIMIT = 64
FAIR_LIMIT = 8
BRANCH_LIMIT = 12
CARD_LIMIT = 48


class PutRow(Message):
    op: Literal["put_row"] = "put_row"
    row: JobRow


class DropRow(Message):
    op: Literal["drop_row"] = "drop_row"
    id: Identifier


class PutNotice(Message):
    op: Literal["put_notice"] = "put_notice"
    notice: NoticeLine


class DropNotice(Message):
    op: Literal["drop_notice"] = "drop_notice"
    id: Identifier


class SetStation(Message):
    op: Literal["set_station"] = "set_station"
    station: StationCard | None


class SetTotals(Message):
    op: Literal["set_totals"] = "set_totals"
    totals: Totals


class PutFair(Message):
    op: Literal["put_fair"] = "put_fair"
    fair: FairCard


class DropFair(Message):
    op: Literal["drop_fair"] = "drop_fair"
    id: Identifier


class PutBranch(Message):
    op: Literal["put_branch"] = "put_branch"
    branch: Branch


class DropBranch(Message):
    op: Literal["drop_branch"] = "drop_branch"
    station: StationCode


class PutCard(Message):
    op: Literal["put_card"] = "put_card"
    card: WorkerCard


class DropCard(Message):
    """At once: it is gone because somebody withdrew his consent, among other reasons."""

    op: Literal["drop_card"] = "drop_card"
    id: Identifier


class SetWaiting(Message):
    op: Literal["set_waiting"] = "set_waiting"
    waiting: WaitingLine | None


class PutCall(Message):
    op: Literal["put_call"] = "put_call"
    call: CalledNumber


class DropCall(Message):
    op: Literal["drop_call"] = "drop_call"
    number: TicketNumber


class SetDraw(Message):
    op: Literal["set_draw"] = "set_draw"
    draw: DrawCard | None


class PutMessage(Message):
    op: Literal["put_message"] = "put_message"
    message: NumberMessage


class DropMessage(Message):
    op: Literal["drop_message"] = "drop_message"
    id: Identifier


#: A page passes over an op that it does not know, and a member of a state or row likewise: a newer board
#: tells every page the same, and an older page shows what it can.
Change = Annotated[
    PutRow
    | DropRow
    | PutNotice
    | DropNotice
    | SetStation
    | SetTotals
    | PutFair
    | DropFair
    | PutBranch
    | DropBranch
    | PutCard
    | DropCard
    | SetWaiting
    | PutCall
    | DropCall
    | SetDraw
    | PutMessage
    | DropMessage,
    Field(discriminator="op"),
]


# --- server to screen ---------------------------------------------------------------------------------


class Snapshot(Message):
    """Everything, at (epoch, offset). Replaces what the screen held."""

    type: Literal["snapshot"] = "snapshot"
    epoch: Epoch
    offset: Offset
    server_time: Moment
    state: ScreenState


class Delta(Message):
    """The changes from offset - 1 to offset, to be applied in order, at `at` (when the fact was told)."""

    type: Literal["delta"] = "delta"
    epoch: Epoch
    offset: Annotated[int, Field(ge=1)]
    at: Moment
    changes: tuple[Change, ...]


class Heartbeat(Message):
    """Sent when idle, and at once after a hello that needed nothing. A screen whose offset differs says hello
    again on a new connection."""

    type: Literal["heartbeat"] = "heartbeat"
    epoch: Epoch
    offset: Offset
    server_time: Moment


class RefusalCode(StrEnum):
    BAD_MESSAGE = "board.bad_message"
    HELLO_EXPECTED = "board.hello_expected"
    UNKNOWN_STATION = "board.unknown_station"
    CODE_REFUSED = "board.code_refused"
    CODE_REVOKED = "board.code_revoked"
    NOT_READY = "board.not_ready"
    TOO_SLOW = "board.too_slow"


class Refused(Message):
    """The last message before the server closes. `retry`: whether to come back with the same hello."""

    type: Literal["refused"] = "refused"
    code: RefusalCode
    retry: bool


# --- screen to server ---------------------------------------------------------------------------------


class Hello(Message):
    """The first message. With epoch and offset the screen asks to resume there."""

    type: Literal["hello"] = "hello"
    station: StationCode
    token: Annotated[str, Field(min_length=1, max_length=64)]
    epoch: Epoch | None = None
    offset: Offset | None = None
    page: Annotated[str, Field(max_length=32)] | None = None


class Ack(Message):
    """The screen has painted everything up to here: proof of display."""

    type: Literal["ack"] = "ack"
    epoch: Epoch
    offset: Offset


class Health(Message):
    """How the page fares. last_paint_seconds: since the last animation frame that it really painted."""

    type: Literal["health"] = "health"
    epoch: Epoch | None = None
    offset: Offset | None = None
    last_paint_seconds: Annotated[float, Field(ge=0)]
    width: Annotated[int, Field(ge=1, le=20000)]
    height: Annotated[int, Field(ge=1, le=20000)]
    page: Annotated[str, Field(max_length=32)] | None = None


FromServer = Annotated[Snapshot | Delta | Heartbeat | Refused, Field(discriminator="type")]
FromScreen = Annotated[Hello | Ack | Health, Field(discriminator="type")]

from_server: TypeAdapter[Snapshot | Delta | Heartbeat | Refused] = TypeAdapter(FromServer)
from_screen: TypeAdapter[Hello | Ack | Health] = TypeAdapter(FromScreen)

#: Seconds between heartbeats on an idle connection, and after how many of silence a page drops its socket.
HEARTBEAT_SECONDS = 10
SILENCE_SECONDS = 25


# --- screen health and the board's document over HTTP --------------------------------------------------


class ScreenHealth(Message):
    """One connected (or lately connected) screen, as staff see it."""

    device_id: Identifier
    station: StationCode
    connected: bool
    seen_at: Moment
    epoch: Epoch | None = None
    acked_offset: Offset | None = None
    current_offset: Offset | None = None
    last_paint_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    page: str | None = None


class BoardDocument(Message):
    """A screen's state for clients without a websocket; the same bytes for all who ask at one offset."""

    epoch: Epoch
    offset: Offset
    state: ScreenState


def document_key(prefix: str, station: str) -> str:
    """Redis string: the station's BoardDocument as JSON, written with each change by the board."""
    return f"{prefix}board:document:{station}"


def health_key(prefix: str, station: str) -> str:
    """Redis hash: device id → ScreenHealth as JSON, written by the board processes."""
    return f"{prefix}board:health:{station}"


# --- errors -------------------------------------------------------------------------------------------


class BoardNotReady(YizhanError):
    """The board is being rebuilt, or has never heard of this station."""

    code = "board.not_ready"
    status = 503
    retryable = True
