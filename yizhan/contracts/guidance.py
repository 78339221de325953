"""What services/seekers says of one-to-one guidance (一对一职业指导)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import SeekerRef
from yizhan.contracts.support import ListedPerson, PageLimit

# --- values -------------------------------------------------------------------------------------------


class GuidanceTopic(StrEnum):
    JOB_CHOICE = "job_choice"
    JOB_SEARCH = "job_search"
    INTERVIEW = "interview"
    SKILLS = "skills"
    RIGHTS = "rights"
    POLICY = "policy"


class GuidanceStatus(StrEnum):
    BOOKED = "booked"
    HELD = "held"
    #: The person did not come.
    MISSED = "missed"
    CANCELLED = "cancelled"


class GuidanceOutcome(StrEnum):
    """What a session has led to."""

    ADVISED = "advised"
    REFERRED_TO_JOB = "referred_to_job"
    REFERRED_TO_TRAINING = "referred_to_training"
    REFERRED_TO_START_UP = "referred_to_start_up"
    REFERRED_TO_AID = "referred_to_aid"


Minutes = Annotated[int, Field(ge=1, le=480)]


class GuidanceFacts(Message):
    """A session without its words. adviser: a staff account's id. minutes, outcome: of one that was held."""

    id: Identifier
    seeker_id: Identifier
    station: StationCode
    state: GuidanceStatus
    starts_at: Moment
    adviser: Identifier
    topic: GuidanceTopic
    minutes: Minutes | None
    outcome: GuidanceOutcome | None
    sequence: Sequence


class GuidanceSession(GuidanceFacts):
    """One adviser with one person."""

    note: OfficeText | None
    by: str

    kept_without: ClassVar[frozenset[str]] = frozenset({"note"})


class GuidanceResult(Message):
    """How a session went. Held: with minutes and outcome; else without them."""

    state: GuidanceStatus
    minutes: Minutes | None = None
    outcome: GuidanceOutcome | None = None
    note: OfficeText | None = None

    @model_validator(mode="after")
    def _held_says_what_came_of_it(self) -> Self:
        if self.state is GuidanceStatus.BOOKED:
            raise ValueError("a result is held, missed or cancelled")
        held = self.state is GuidanceStatus.HELD
        if held != (self.minutes is not None) or held != (self.outcome is not None):
            raise ValueError("minutes and outcome belong to a session that was held")
        return self


# --- events -------------------------------------------------------------------------------------------


class GuidanceStepTaken(Facts):
    """A session was booked, held, missed or cancelled, as its state says. Subject: the session's id."""

    event_type: ClassVar[str] = "seekers.guidance.step_taken.v1"
    session: GuidanceFacts
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class BookGuidance(Message):
    """id: the person's. adviser: who books, if it is left out. result: of one that is over."""

    id: Identifier
    starts_at: Moment
    topic: GuidanceTopic
    adviser: Identifier | None = None
    result: GuidanceResult | None = None


class FinishGuidance(Message):
    id: Identifier
    result: GuidanceResult


class GuidanceQuery(Message):
    """Sessions of a station and all below it, newest first. `after`: the last id of the page before."""

    station: StationCode
    state: GuidanceStatus | None = None
    after: Identifier | None = None
    limit: PageLimit = 50


class GuidanceList(Message):
    sessions: tuple[GuidanceSession, ...]
    people: tuple[ListedPerson, ...]
    next: Identifier | None


class GuidanceRpc:
    """The methods of services/seekers that are about guidance."""

    book_guidance = Method("seekers", "book_guidance", BookGuidance, GuidanceSession, command=True)
    finish_guidance = Method("seekers", "finish_guidance", FinishGuidance, GuidanceSession, command=True)
    list_guidance = Method("seekers", "list_guidance", GuidanceQuery, GuidanceList, command=False)
    guidance_of_seeker = Method("seekers", "guidance_of_seeker", SeekerRef, GuidanceList, command=False)


# --- errors -------------------------------------------------------------------------------------------


class AdviserUnknown(YizhanError):
    """The adviser has no open staff account (a new one is known here within a second of its making)."""

    code = "seekers.adviser_unknown"
    status = 422
    retryable = True
