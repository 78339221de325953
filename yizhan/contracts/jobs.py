"""What services/jobs says of postings and their life cycle."""

from __future__ import annotations

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
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------


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
    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PostingTerms(Message):
    """The job as it is offered; all of it may be public.

    trade: the word people use (小工, 泥瓦工). place: where to meet or work. ends_at: None when open-ended.
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


class Posting(Message):
    """A posting at one version. `taken`: hands already bound; it comes alive with dispatch.

    employer_name: a company's name; of an employer who is a person it says only that.

    expires_at: the moment it leaves the screens by itself: its start, or its end where that is given later.
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


class PostingStep(Message):
    """One line of a posting's history: who did what, when and why."""

    sequence: Sequence
    step: str
    status: PostingStatus
    by: str
    at: Moment
    reason: str | None


# --- events -------------------------------------------------------------------------------------------
# Each carries the posting whole at that sequence: a consumer needs only the newest it has heard.


class _PostingFacts(Facts):
    posting: Posting
    by: str
    reason: str | None = None


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
    """Verification failed, for the reason given."""

    event_type: ClassVar[str] = "jobs.posting.rejected.v1"


class PostingPublished(_PostingFacts):
    """The job is on the screens."""

    event_type: ClassVar[str] = "jobs.posting.published.v1"


class PostingWithdrawn(_PostingFacts):
    """The job was taken back, for the reason given."""

    event_type: ClassVar[str] = "jobs.posting.withdrawn.v1"


class PostingExpired(_PostingFacts):
    """The job's time came while it was published, verified, submitted or a draft."""

    event_type: ClassVar[str] = "jobs.posting.expired.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class DraftPosting(Message):
    station: StationCode
    employer_id: Identifier
    terms: PostingTerms
    source: PostingSource = PostingSource.REGISTRATION


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
    reason: OfficeText


class PublishPosting(PostingRef):
    pass


class WithdrawPosting(PostingRef):
    reason: OfficeText


class PostingQuery(Message):
    """Postings of a station and all below it, newest first. `after`: the last id of the page before.

    The public sees published ones only, whatever it asks for.
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

    draft_posting = Method(SERVICE, "draft_posting", DraftPosting, Posting, command=True)
    amend_posting = Method(SERVICE, "amend_posting", AmendPosting, Posting, command=True)
    submit_posting = Method(SERVICE, "submit_posting", SubmitPosting, Posting, command=True)
    verify_posting = Method(SERVICE, "verify_posting", VerifyPosting, Posting, command=True)
    reject_posting = Method(SERVICE, "reject_posting", RejectPosting, Posting, command=True)
    publish_posting = Method(SERVICE, "publish_posting", PublishPosting, Posting, command=True)
    withdraw_posting = Method(SERVICE, "withdraw_posting", WithdrawPosting, Posting, command=True)
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
