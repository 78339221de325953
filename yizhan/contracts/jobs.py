"""What services/jobs says of postings and their life cycle."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from yizhan.contracts.base import (
    Identifier,
    Message,
    Moment,
    OfficeText,
    PublicLine,
    PublicParagraph,
    PublicText,
    Sequence,
    StationCode,
)
from yizhan.contracts.compliance import ExceptionClaim, Finding
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, StoredFile
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------


#: Stations that are told of another's job.
MOST_NEIGHBOURS = 64


class WageUnit(StrEnum):
    DAY = "day"
    HOUR = "hour"
    PIECE = "piece"
    MONTH = "month"


class Settlement(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ON_COMPLETION = "on_completion"


class Wage(Message):
    """Money with its unit. `fen`: the wage or the lower end of its range; `max_fen`: the upper end.

    piece_name: what a piece is (斤, 车, 棵); given when, and only when, the unit is the piece.
    """

    fen: Annotated[int, Field(ge=1, le=10_000_000)]
    max_fen: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    unit: WageUnit
    piece_name: Annotated[PublicText, Field(max_length=4)] | None = None

    @model_validator(mode="after")
    def _range_and_piece_agree(self) -> Wage:
        if self.max_fen is not None and self.max_fen <= self.fen:
            raise ValueError("max_fen must be more than fen")
        if (self.unit is WageUnit.PIECE) != (self.piece_name is not None):
            raise ValueError("piece_name goes with the unit piece, and with no other")
        return self


class PostingSource(StrEnum):
    """How the station came to know of the job (方案 三(四))."""

    REGISTRATION = "registration"
    VISIT = "visit"
    PHONE = "phone"
    QUESTIONNAIRE = "questionnaire"
    FAIR = "fair"
    ONLINE = "online"
    INTEGRATOR = "integrator"


class VerificationMethod(StrEnum):
    SITE_VISIT = "site_visit"
    PHONE_CALL = "phone_call"
    EMPLOYER_PRESENT = "employer_present"
    DOCUMENT = "document"


class PostingStatus(StrEnum):
    """Where a posting is, as every consumer of v1 reads it. It gains no value; `PostingStage` tells more.

    PUBLISHED: it is on the screens, and nothing else is.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PostingStage(StrEnum):
    """Where a posting is, in full.

    PARTLY_FILLED: on the screens with some hands bound. FILLED: all are, and it has left the screens; it
    comes back when somebody drops out. LAPSED: nobody reconfirmed it in time, and it has left the screens
    until somebody does. CLOSED: over, by the office's word, or filled and its time come.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    PUBLISHED = "published"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    LAPSED = "lapsed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ReasonCode(StrEnum):
    """Why a posting was rejected, withdrawn or closed, as far as others may know it."""

    UNREACHABLE = "unreachable"
    NOT_REAL = "not_real"
    UNLAWFUL = "unlawful"
    DUPLICATE = "duplicate"
    EMPLOYER_WITHDREW = "employer_withdrew"
    FILLED_ELSEWHERE = "filled_elsewhere"
    DONE = "done"
    OTHER = "other"


class OverflowReach(StrEnum):
    """Who is asked besides when a job misses hands shortly before its start."""

    #: The stations that are listed with it.
    NEIGHBOURS = "neighbours"
    COUNTY = "county"


ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Shift(Message):
    """Hands needed on one day; `ends` at or before `begins` is on the next. Times are the county's."""

    day: date
    begins: ClockTime
    ends: ClockTime
    hands: Annotated[int, Field(ge=1, le=2000)]


class PostingTerms(Message):
    """The job as it is offered; all of it may be public.

    trade: the word people use (小工, 泥瓦工). place: where to meet or work. ends_at: None when open-ended.
    hours_per_day: of work, without breaks. shifts: where the job is not the same hands all the time.
    """

    trade: Annotated[PublicText, Field(max_length=12)]
    wage: Wage
    settlement: Settlement
    headcount: Annotated[int, Field(ge=1, le=2000)]
    place: PublicLine
    starts_at: Moment
    ends_at: Moment | None = None
    meals: bool = False
    lodging: bool = False
    transport: bool = False
    description: PublicParagraph = ""
    hours_per_day: Annotated[float, Field(gt=0, le=24, allow_inf_nan=False)] | None = None
    shifts: Annotated[tuple[Shift, ...], Field(max_length=60)] = ()


class Posting(Message):
    """A posting at one version. It belongs on screens while, and only while, its status is PUBLISHED.

    stage: the status in full; None from a producer that knew no stages. taken: hands already bound; what is
    missing still is `terms.headcount - taken`.

    employer_name: a company's name; of an employer who is a person it says only that.

    expires_at: the moment it leaves the screens by itself: its start, or its end where that is given later.

    confirmed_at: when somebody last made sure that the job is still to be had. reconfirm_by: when it is
    marked if nobody does again; stale_at: when it was marked, until it is reconfirmed. lapses_at: when it
    leaves the screens then. duplicate_of: the posting that this one says again; countable: whether it counts
    in figures. overflow: who is asked besides its own station, None while nobody is; overflow_to: with
    NEIGHBOURS, which stations. overflows_at: when the next ones are, if hands are missing still.
    """

    id: Identifier
    station: StationCode
    employer_id: Identifier
    employer_name: PublicLine
    status: PostingStatus
    terms: PostingTerms
    source: PostingSource
    taken: Annotated[int, Field(ge=0)] = 0
    created_at: Moment
    verified_at: Moment | None = None
    published_at: Moment | None = None
    expires_at: Moment
    sequence: Sequence
    stage: PostingStage | None = None
    confirmed_at: Moment | None = None
    reconfirm_by: Moment | None = None
    stale_at: Moment | None = None
    lapses_at: Moment | None = None
    filled_at: Moment | None = None
    closed_at: Moment | None = None
    duplicate_of: Identifier | None = None
    countable: bool = True
    overflow: OverflowReach | None = None
    overflow_to: Annotated[tuple[StationCode, ...], Field(max_length=MOST_NEIGHBOURS)] = ()
    overflows_at: Moment | None = None

    @property
    def whole_stage(self) -> PostingStage:
        """The stage, also of a posting that was told without one."""
        return self.stage or PostingStage(self.status.value)

    @property
    def missing(self) -> int:
        """Hands that are wanted still."""
        return max(self.terms.headcount - self.taken, 0)


class Lead(Message):
    """How the office came to the job: what was heard, when, by whom. It stays in the office."""

    told: OfficeText
    at: Moment | None = None
    by: Annotated[OfficeText, Field(max_length=80)] | None = None


class Likeness(Message):
    """Another posting that says much the same. share: 0 to 1. exact: employer, text, place, time are one.

    duplicate_of: what that one repeats itself.
    """

    posting_id: Identifier
    share: float
    exact: bool
    duplicate_of: Identifier | None = None


class CheckedPosting(Posting):
    """A posting with what was found in it: by the law, and among the county's other postings."""

    findings: tuple[Finding, ...] = ()
    like: tuple[Likeness, ...] = ()


class Evidence(Message):
    """A photo or paper that shows the job to be real."""

    file: StoredFile
    by: str
    at: Moment


class PostingDossier(Message):
    """What the office keeps of a posting beside it."""

    posting_id: Identifier
    lead: Lead | None
    findings: tuple[Finding, ...]
    claims: tuple[ExceptionClaim, ...]
    like: tuple[Likeness, ...]
    evidence: tuple[Evidence, ...]


class PostingStep(Message):
    """One line of a posting's history: who did what, when and why. method: how the job was made sure of.

    stage: the status after it, in full.
    """

    sequence: Sequence
    step: str
    status: PostingStatus
    by: str
    at: Moment
    reason: str | None
    method: VerificationMethod | None = None
    stage: PostingStage | None = None


# --- events -------------------------------------------------------------------------------------------
# Each carries the posting whole at that sequence: a consumer needs only the newest it has heard. One that
# shows postings listens to `jobs.posting.*.#`, keeps the newest by sequence, and shows it while, and only
# while, `posting.status` is PUBLISHED; it needs to know no event's name.


class _PostingFacts(Facts):
    """reason: always None; what the office wrote stays there. reason_code: a word of `ReasonCode`, which may
    gain others."""

    posting: Posting
    by: str
    reason: str | None = None
    reason_code: str | None = None


class PostingDrafted(_PostingFacts):
    """A posting was written down. Subject of this and all below: the posting's id."""

    event_type: ClassVar[str] = "jobs.posting.drafted.v1"


class PostingAmended(_PostingFacts):
    """A draft, or a rejected posting, was changed and is a draft (again)."""

    event_type: ClassVar[str] = "jobs.posting.amended.v1"


class PostingSubmitted(_PostingFacts):
    """A draft waits for verification."""

    event_type: ClassVar[str] = "jobs.posting.submitted.v1"


class PostingVerified(_PostingFacts):
    """Somebody made sure that the job is real; it counts from now on."""

    event_type: ClassVar[str] = "jobs.posting.verified.v1"
    method: VerificationMethod


class PostingRejected(_PostingFacts):
    """Verification failed."""

    event_type: ClassVar[str] = "jobs.posting.rejected.v1"


class PostingPublished(_PostingFacts):
    """The job is on the screens."""

    event_type: ClassVar[str] = "jobs.posting.published.v1"


class PostingWithdrawn(_PostingFacts):
    """The job was taken back."""

    event_type: ClassVar[str] = "jobs.posting.withdrawn.v1"


class PostingExpired(_PostingFacts):
    """The job's time came before it was filled, withdrawn or closed."""

    event_type: ClassVar[str] = "jobs.posting.expired.v1"


class PostingTaken(_PostingFacts):
    """Other hands are bound than before, and some are missing still: `posting.taken` is now so many."""

    event_type: ClassVar[str] = "jobs.posting.taken.v1"


class PostingFilled(_PostingFacts):
    """All hands are bound. The job leaves the screens: its status is WITHDRAWN, its stage FILLED."""

    event_type: ClassVar[str] = "jobs.posting.filled.v1"


class PostingReopened(_PostingFacts):
    """A filled job misses hands again and is back on the screens."""

    event_type: ClassVar[str] = "jobs.posting.reopened.v1"


class PostingClosed(_PostingFacts):
    """The job is over for good: its status is WITHDRAWN, its stage CLOSED."""

    event_type: ClassVar[str] = "jobs.posting.closed.v1"


class PostingReconfirmed(_PostingFacts):
    """The job is still to be had: `posting.confirmed_at`. One that had lapsed is back on the screens."""

    event_type: ClassVar[str] = "jobs.posting.reconfirmed.v1"


class PostingMarkedStale(_PostingFacts):
    """Nobody has reconfirmed the job in time. It stays on the screens, and `posting.stale_at` tells since
    when it is in doubt."""

    event_type: ClassVar[str] = "jobs.posting.marked_stale.v1"


class PostingLapsed(_PostingFacts):
    """Nobody reconfirmed the job after it was marked. It leaves the screens: its status is WITHDRAWN, its
    stage LAPSED, until it is reconfirmed."""

    event_type: ClassVar[str] = "jobs.posting.lapsed.v1"


class PostingOverflowed(_PostingFacts):
    """The job begins soon and misses hands: the stations of `posting.overflow` are asked too, and show it."""

    event_type: ClassVar[str] = "jobs.posting.overflowed.v1"


class PostingDuplicateMarked(_PostingFacts):
    """The posting says another again, or does not after all: `duplicate_of`, `countable`."""

    event_type: ClassVar[str] = "jobs.posting.duplicate_marked.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class DraftPosting(Message):
    station: StationCode
    employer_id: Identifier
    terms: PostingTerms
    source: PostingSource = PostingSource.REGISTRATION
    lead: Lead | None = None


class AmendPosting(Message):
    id: Identifier
    terms: PostingTerms
    expected_sequence: Sequence | None = None


class PostingRef(Message):
    id: Identifier


class SubmitPosting(PostingRef):
    pass


class VerifyPosting(PostingRef):
    method: VerificationMethod
    note: OfficeText | None = None


class RejectPosting(PostingRef):
    """reason: stays in the office; reason_code: goes out with the event."""

    reason: OfficeText
    reason_code: ReasonCode = ReasonCode.OTHER


class PublishPosting(PostingRef):
    pass


class WithdrawPosting(PostingRef):
    """reason: stays in the office; reason_code: goes out with the event."""

    reason: OfficeText
    reason_code: ReasonCode = ReasonCode.OTHER


class ClosePosting(PostingRef):
    """End a posting that is or was on the screens. reason: stays in the office."""

    reason: OfficeText
    reason_code: ReasonCode = ReasonCode.DONE


class RecordTaken(PostingRef):
    """So many hands are bound now, of all that the posting wants. The reason stays in the office."""

    taken: Annotated[int, Field(ge=0, le=2000)]
    reason: OfficeText


class ReconfirmPostings(Message):
    """Somebody made sure that these jobs are still to be had. method: how."""

    ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=200)]
    method: VerificationMethod = VerificationMethod.PHONE_CALL


class Reconfirmation(Message):
    """What became of one of them. code: of the refusal, else None."""

    id: Identifier
    posting: Posting | None
    code: str | None = None
    detail: str | None = None


class Reconfirmations(Message):
    answers: tuple[Reconfirmation, ...]


class MorningQuery(Message):
    """Postings of a station and all below it to be reconfirmed by a moment, the soonest start first.

    until: None for the day's end in the county. What has lapsed is among them.
    """

    station: StationCode
    until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class MorningList(Message):
    """total: how many there are, listed or not."""

    postings: tuple[Posting, ...]
    total: int


class MarkDuplicate(PostingRef):
    """Say that a posting says another one again; duplicate_of None: that it does not."""

    duplicate_of: Identifier | None = None


class AttachEvidence(PostingRef):
    """file_id: an upload, which is kept with the posting from now on."""

    file_id: FileId


class EvidenceRef(PostingRef):
    file_id: FileId


class PostingSearch(Message):
    """Postings of a station and all below it that meet all that is asked for, newest first.

    text: words, single characters, pinyin or its initials, parted by blanks; all have to be in the trade, the
    place, the employer's name or the description. trade: exactly this one. wage_from_fen, wage_to_fen: what
    pays within, in fen for each wage_unit. starts_from, starts_before: when the work starts. lng, lat,
    within_metres: stations so near to a point (GCJ-02). `after`: the last id of the page before.

    The public, and staff of other stations, find published ones only, whatever they ask for.
    """

    station: StationCode
    text: Annotated[str, Field(max_length=80)] | None = None
    trade: Annotated[str, Field(min_length=1, max_length=12)] | None = None
    wage_unit: WageUnit | None = None
    wage_from_fen: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    wage_to_fen: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    starts_from: Moment | None = None
    starts_before: Moment | None = None
    lng: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    within_metres: Annotated[int, Field(ge=1, le=500_000)] | None = None
    status: PostingStatus | None = None
    stage: PostingStage | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PostingQuery(Message):
    """Postings of a station and all below it, newest first. `after`: the last id of the page before.

    The public, and staff of other stations, see published ones only, whatever they ask for.
    """

    station: StationCode
    status: PostingStatus | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PostingList(Message):
    postings: tuple[Posting, ...]
    next: Identifier | None


class PostingHistory(Message):
    steps: tuple[PostingStep, ...]


class ExportLivePostings(Message):
    """A page of all published postings, by id, for a rebuild. `after`: the last id of the page before."""

    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 500


class LivePostings(Message):
    postings: tuple[Posting, ...]
    next: Identifier | None


SERVICE = "jobs"


class JobsRpc:
    """The methods of services/jobs that are about postings."""

    draft_posting = Method(SERVICE, "draft_posting", DraftPosting, CheckedPosting, command=True)
    amend_posting = Method(SERVICE, "amend_posting", AmendPosting, CheckedPosting, command=True)
    submit_posting = Method(SERVICE, "submit_posting", SubmitPosting, CheckedPosting, command=True)
    verify_posting = Method(SERVICE, "verify_posting", VerifyPosting, Posting, command=True)
    reject_posting = Method(SERVICE, "reject_posting", RejectPosting, Posting, command=True)
    publish_posting = Method(SERVICE, "publish_posting", PublishPosting, Posting, command=True)
    withdraw_posting = Method(SERVICE, "withdraw_posting", WithdrawPosting, Posting, command=True)
    close_posting = Method(SERVICE, "close_posting", ClosePosting, Posting, command=True)
    record_taken = Method(SERVICE, "record_taken", RecordTaken, Posting, command=True)
    mark_duplicate = Method(SERVICE, "mark_duplicate", MarkDuplicate, Posting, command=True)
    attach_evidence = Method(SERVICE, "attach_evidence", AttachEvidence, PostingDossier, command=True)
    reconfirm_postings = Method(
        SERVICE, "reconfirm_postings", ReconfirmPostings, Reconfirmations, command=True
    )
    list_to_reconfirm = Method(SERVICE, "list_to_reconfirm", MorningQuery, MorningList, command=False)
    search_postings = Method(SERVICE, "search_postings", PostingSearch, PostingList, command=False)
    posting_dossier = Method(SERVICE, "posting_dossier", PostingRef, PostingDossier, command=False)
    posting_evidence = Method(SERVICE, "posting_evidence", EvidenceRef, StoredFile, command=False)
    get_posting = Method(SERVICE, "get_posting", PostingRef, Posting, command=False)
    list_postings = Method(SERVICE, "list_postings", PostingQuery, PostingList, command=False)
    posting_history = Method(SERVICE, "posting_history", PostingRef, PostingHistory, command=False)
    export_live_postings = Method(
        SERVICE, "export_live_postings", ExportLivePostings, LivePostings, command=False
    )


# --- errors -------------------------------------------------------------------------------------------


class UnknownStation(YizhanError):
    """The network has no such station (a new one is known here within a second of its making)."""

    code = "jobs.unknown_station"
    status = 404
    retryable = True


class StationNotOpen(YizhanError):
    """The station is suspended and takes no new postings."""

    code = "jobs.station_not_open"
    status = 409


class PostingNotFound(YizhanError):
    """No posting has this id."""

    code = "jobs.posting_not_found"
    status = 404


class PostingStepIllegal(YizhanError):
    """The posting's status does not allow this step."""

    code = "jobs.posting_step_illegal"
    status = 409


class PostingChanged(YizhanError):
    """The posting has changed since it was read."""

    code = "jobs.posting_changed_meanwhile"
    status = 409


class PostingEndsBeforeStart(YizhanError):
    """A job ends after it starts."""

    code = "jobs.ends_before_start"
    status = 422


class PostingPeriodOutOfRange(YizhanError):
    """A job starts in the future and within a year, and lasts at most a year."""

    code = "jobs.period_out_of_range"
    status = 422


class WageOutOfRange(YizhanError):
    """No such work is paid like this; `limits_fen` tells what is taken for this unit."""

    code = "jobs.wage_out_of_range"
    status = 422


class PostingOverfilled(YizhanError):
    """More hands than the posting wants; `headcount` tells how many that is."""

    code = "jobs.posting_overfilled"
    status = 409


class ShiftOutOfPeriod(YizhanError):
    """A shift lies within the job's period and takes no more hands than the posting wants."""

    code = "jobs.shift_out_of_period"
    status = 422


class DuplicateOfItself(YizhanError):
    """A posting says again an earlier one, not itself and not one that says it again."""

    code = "jobs.duplicate_of_itself"
    status = 422


class EvidenceLimit(YizhanError):
    """A posting has at most so many photos; `limit` tells how many."""

    code = "jobs.evidence_limit"
    status = 409


class SearchIncomplete(YizhanError):
    """A wage is searched for with its unit, a distance with the point it is counted from."""

    code = "jobs.search_incomplete"
    status = 422
