"""What services/jobs says of fairs (招聘会): planned, announced, held, closed; who was asked, who came."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from yizhan.contracts.base import (
    Identifier,
    Message,
    Moment,
    PublicLine,
    PublicText,
    Sequence,
    StationCode,
)
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------

#: Booths and employers of one fair, and stations that announce it: what one event can carry.
MOST_BOOTHS = 300
MOST_EMPLOYERS = 300
MOST_LINKED = 256
MOST_POSTINGS_BROUGHT = 20

Booth = Annotated[int, Field(ge=1, le=MOST_BOOTHS)]
People = Annotated[int, Field(ge=0, le=1_000_000)]

#: A calendar month in the county, `2026-03`.
Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class FairStatus(StrEnum):
    PLANNED = "planned"
    ANNOUNCED = "announced"
    #: Its day has come and employers check in.
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    """How an employer stands to a fair. ABSENT: confirmed, and had not come when the fair closed."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CAME = "came"
    ABSENT = "absent"


class ReachSource(StrEnum):
    """How it is known how many people came."""

    SIGN_IN_SHEET = "sign_in_sheet"
    HEAD_COUNT = "head_count"
    GATE_COUNTER = "gate_counter"
    ESTIMATE = "estimate"


class FairReach(Message):
    """How many people came, and how that is known."""

    people: People
    source: ReachSource
    recorded_at: Moment


class FairPlan(Message):
    """What is announced. linked: further stations whose screens announce it. booths: numbered from 1 on."""

    title: PublicLine
    place: PublicLine
    opens_at: Moment
    closes_at: Moment
    linked: Annotated[tuple[StationCode, ...], Field(max_length=MOST_LINKED)] = ()
    booths: Booth

    @model_validator(mode="after")
    def _no_station_is_linked_twice(self) -> FairPlan:
        if len(set(self.linked)) != len(self.linked):
            raise ValueError("a station is linked twice")
        return self


class FairEmployer(Message):
    """An employer at a fair. employer_name: a company's name; of a person it says only that.

    booth: held from the confirmation on. walk_in: came without being on the list. intents: hires intended at
    the fair, None until told.
    """

    employer_id: Identifier
    employer_name: PublicLine
    attendance: Attendance
    booth: Booth | None = None
    walk_in: bool = False
    posting_ids: Annotated[tuple[Identifier, ...], Field(max_length=MOST_POSTINGS_BROUGHT)] = ()
    intents: People | None = None


class FairCounts(Message):
    """Employers by attendance, postings that they bring, and hires intended."""

    invited: Annotated[int, Field(ge=0)] = 0
    confirmed: Annotated[int, Field(ge=0)] = 0
    declined: Annotated[int, Field(ge=0)] = 0
    came: Annotated[int, Field(ge=0)] = 0
    absent: Annotated[int, Field(ge=0)] = 0
    postings: Annotated[int, Field(ge=0)] = 0
    intents: Annotated[int, Field(ge=0)] = 0


class Fair(Message):
    """A fair at one version. station: its host. ended_at: when its time was over and it left the screens.

    warned_at: when it was told that too few employers had confirmed; told once for a date.
    """

    id: Identifier
    station: StationCode
    status: FairStatus
    plan: FairPlan
    employers: Annotated[tuple[FairEmployer, ...], Field(max_length=MOST_EMPLOYERS)] = ()
    counts: FairCounts = FairCounts()
    reach: FairReach | None = None
    created_at: Moment
    announced_at: Moment | None = None
    held_at: Moment | None = None
    closed_at: Moment | None = None
    ended_at: Moment | None = None
    warned_at: Moment | None = None
    cancelled_because: PublicText | None = None
    sequence: Sequence


class FairSummary(Message):
    """A fair without its employers, for lists."""

    id: Identifier
    station: StationCode
    status: FairStatus
    plan: FairPlan
    counts: FairCounts
    reach: FairReach | None
    ended_at: Moment | None
    sequence: Sequence


class FairStep(Message):
    """One line of a fair's history: who did what, when, to whom and why."""

    sequence: Sequence
    step: str
    status: FairStatus
    by: str
    at: Moment
    employer_id: Identifier | None
    reason: str | None


# --- events -------------------------------------------------------------------------------------------
# Each carries the fair whole at that sequence: a consumer needs only the newest it has heard.


class _FairFacts(Facts):
    fair: Fair
    by: str


class FairPlanned(_FairFacts):
    """A fair was planned. Subject of this and all below: the fair's id."""

    event_type: ClassVar[str] = "jobs.fair.planned.v1"


class FairAnnounced(_FairFacts):
    """The fair is on the screens of its host, of those above and below it, and of the linked stations."""

    event_type: ClassVar[str] = "jobs.fair.announced.v1"


class FairAmended(_FairFacts):
    """The plan, an employer's attendance or a figure changed."""

    event_type: ClassVar[str] = "jobs.fair.amended.v1"


class FairHeld(_FairFacts):
    """The fair has begun."""

    event_type: ClassVar[str] = "jobs.fair.held.v1"


class FairEnded(_FairFacts):
    """The announced time is over: the fair leaves the screens. Its status stays until staff close it."""

    event_type: ClassVar[str] = "jobs.fair.ended.v1"


class FairClosed(_FairFacts):
    """The fair is over and its attendance final."""

    event_type: ClassVar[str] = "jobs.fair.closed.v1"


class FairCancelled(_FairFacts):
    """The fair does not take place, for the reason in it."""

    event_type: ClassVar[str] = "jobs.fair.cancelled.v1"


class FairFellShort(_FairFacts):
    """The fair is near and fewer employers than needed have confirmed. least: how many are needed."""

    event_type: ClassVar[str] = "jobs.fair.fell_short.v1"
    confirmed: Annotated[int, Field(ge=0)]
    least: Annotated[int, Field(ge=1)]


# --- RPC ----------------------------------------------------------------------------------------------


class PlanFair(Message):
    station: StationCode
    plan: FairPlan


class FairRef(Message):
    id: Identifier


class AmendFair(FairRef):
    plan: FairPlan
    expected_sequence: Sequence | None = None


class AnnounceFair(FairRef):
    pass


class HoldFair(FairRef):
    pass


class CloseFair(FairRef):
    pass


class CancelFair(FairRef):
    """reason: told to everybody who was told of the fair."""

    reason: PublicText


class InviteToFair(FairRef):
    """All of them, or none when one cannot be invited."""

    employer_ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]


class FairEmployerRef(FairRef):
    employer_id: Identifier


class ConfirmFairEmployer(FairEmployerRef):
    """booth: None for the lowest that is free."""

    booth: Booth | None = None


class DeclineFairEmployer(FairEmployerRef):
    """Also takes back a check-in made by mistake; the booth is free again."""


class CheckInFairEmployer(FairEmployerRef):
    """booth: None for the one that was confirmed, or else the lowest that is free."""

    booth: Booth | None = None


class BringPostings(FairEmployerRef):
    """The postings that an employer brings, all of them; they replace what was told before."""

    posting_ids: Annotated[tuple[Identifier, ...], Field(max_length=MOST_POSTINGS_BROUGHT)]


class RecordFairIntents(FairEmployerRef):
    intents: People


class RecordFairReach(FairRef):
    people: People
    source: ReachSource


class FairQuery(Message):
    """Fairs hosted by a station and all below it, newest first. `after`: the last id of the page before.

    The public sees announced ones whose time is not over, whatever it asks for.
    """

    station: StationCode
    status: FairStatus | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FairList(Message):
    fairs: tuple[FairSummary, ...]
    next: Identifier | None


class FairHistory(Message):
    steps: tuple[FairStep, ...]


class ShortFairQuery(Message):
    """Fairs of a station and all below it that are near and have too few confirmed employers."""

    station: StationCode


class ShortFair(Message):
    """missing: confirmations still needed."""

    fair: FairSummary
    least: Annotated[int, Field(ge=1)]
    missing: Annotated[int, Field(ge=1)]


class ShortFairList(Message):
    """Soonest first."""

    fairs: tuple[ShortFair, ...]


class FairMonthQuery(Message):
    """The fairs of a station and all below it that open in a month."""

    station: StationCode
    month: Month


class FairOfMonth(Message):
    """least: how many employers had to come for it to count. counts: whether it does."""

    fair: FairSummary
    least: Annotated[int, Field(ge=1)]
    counts: bool


class FairMonth(Message):
    """counted: the figure; fairs: the rows behind it, also those that do not count, soonest first."""

    station: StationCode
    month: Month
    counted: Annotated[int, Field(ge=0)]
    fairs: tuple[FairOfMonth, ...]


class ExportLiveFairs(Message):
    """A page of all fairs on the screens, by id, for a rebuild. `after`: the last id of the page before."""

    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class LiveFairs(Message):
    fairs: tuple[Fair, ...]
    next: Identifier | None


SERVICE = "jobs"


class FairsRpc:
    """The methods of services/jobs that are about fairs."""

    plan_fair = Method(SERVICE, "plan_fair", PlanFair, Fair, command=True)
    amend_fair = Method(SERVICE, "amend_fair", AmendFair, Fair, command=True)
    announce_fair = Method(SERVICE, "announce_fair", AnnounceFair, Fair, command=True)
    hold_fair = Method(SERVICE, "hold_fair", HoldFair, Fair, command=True)
    close_fair = Method(SERVICE, "close_fair", CloseFair, Fair, command=True)
    cancel_fair = Method(SERVICE, "cancel_fair", CancelFair, Fair, command=True)
    invite_to_fair = Method(SERVICE, "invite_to_fair", InviteToFair, Fair, command=True)
    confirm_fair_employer = Method(SERVICE, "confirm_fair_employer", ConfirmFairEmployer, Fair, command=True)
    decline_fair_employer = Method(SERVICE, "decline_fair_employer", DeclineFairEmployer, Fair, command=True)
    check_in_fair_employer = Method(
        SERVICE, "check_in_fair_employer", CheckInFairEmployer, Fair, command=True
    )
    bring_postings = Method(SERVICE, "bring_postings", BringPostings, Fair, command=True)
    record_fair_intents = Method(SERVICE, "record_fair_intents", RecordFairIntents, Fair, command=True)
    record_fair_reach = Method(SERVICE, "record_fair_reach", RecordFairReach, Fair, command=True)
    get_fair = Method(SERVICE, "get_fair", FairRef, Fair, command=False)
    list_fairs = Method(SERVICE, "list_fairs", FairQuery, FairList, command=False)
    fair_history = Method(SERVICE, "fair_history", FairRef, FairHistory, command=False)
    short_fairs = Method(SERVICE, "short_fairs", ShortFairQuery, ShortFairList, command=False)
    fair_month = Method(SERVICE, "fair_month", FairMonthQuery, FairMonth, command=False)
    export_live_fairs = Method(SERVICE, "export_live_fairs", ExportLiveFairs, LiveFairs, command=False)


# --- errors -------------------------------------------------------------------------------------------


class FairNotFound(YizhanError):
    """No fair has this id."""

    code = "jobs.fair_not_found"
    status = 404


class FairStepIllegal(YizhanError):
    """The fair's status, or its day, does not allow this step."""

    code = "jobs.fair_step_illegal"
    status = 409


class FairChanged(YizhanError):
    """The fair has changed since it was read."""

    code = "jobs.fair_changed_meanwhile"
    status = 409


class FairPeriodInvalid(YizhanError):
    """A fair opens in the future, closes after it opens, and lasts a few days at most."""

    code = "jobs.fair_period_invalid"
    status = 422


class FairLinkUnknown(YizhanError):
    """A linked station is not in the host's county; `stations` tells which."""

    code = "jobs.fair_link_unknown"
    status = 422


class FairEmployerNotListed(YizhanError):
    """This employer is not on the fair's list."""

    code = "jobs.fair_employer_not_listed"
    status = 404


class FairEmployerStepIllegal(YizhanError):
    """The employer's attendance does not allow this step."""

    code = "jobs.fair_employer_step_illegal"
    status = 409


class FairEmployersTooMany(YizhanError):
    """A fair's list of employers is full."""

    code = "jobs.fair_employers_too_many"
    status = 409


class BoothUnknown(YizhanError):
    """The fair has no booth of this number."""

    code = "jobs.booth_unknown"
    status = 422


class BoothTaken(YizhanError):
    """Another employer holds this booth."""

    code = "jobs.booth_taken"
    status = 409


class BoothsFull(YizhanError):
    """No booth is free."""

    code = "jobs.booths_full"
    status = 409


class BoothsInUse(YizhanError):
    """A booth that is given away cannot be planned away."""

    code = "jobs.booths_in_use"
    status = 409


class FairPostingForeign(YizhanError):
    """An employer brings postings of its own; `posting_ids` tells which are not."""

    code = "jobs.fair_posting_foreign"
    status = 422
