"""What services/jobs says of sanctions against employers, of appeals, and of an employer's whole record."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, StationCode
from yizhan.contracts.dispatches import Punctuality
from yizhan.contracts.employers import Employer, EmployerRef, EmployerVerification, SanctionKind
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------


class AppealDecision(StrEnum):
    UPHELD = "upheld"
    #: The sanction ends with it.
    LIFTED = "lifted"


class SanctionEnd(StrEnum):
    """How a sanction ended."""

    #: Its time was over.
    RAN_OUT = "ran_out"
    LIFTED = "lifted"
    APPEAL_GRANTED = "appeal_granted"


class Appeal(Message):
    """What the employer says against a sanction, once for each; decided by the county."""

    text: str
    lodged_at: Moment
    lodged_by: str
    decision: AppealDecision | None = None
    decided_at: Moment | None = None
    decided_by: str | None = None
    decision_reason: str | None = None


class Sanction(Message):
    """A sanction. ends_at: None, until it is lifted. ended_at: when it really ended; None while in force."""

    id: Identifier
    employer_id: Identifier
    station: StationCode
    kind: SanctionKind
    reason: str
    by: str
    began_at: Moment
    ends_at: Moment | None
    ended_at: Moment | None = None
    end: SanctionEnd | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    appeal: Appeal | None = None


class EmployerRecord(Message):
    """What an employer has done, entries that were merged into it included.

    postings: how many in each status. rejected, withdrawn: how often a posting was; a posting that was
    rejected twice counts twice. punctuality: how it pays whom the stations send.
    """

    employer: Employer
    postings: dict[str, int]
    rejected: int
    withdrawn: int
    sanctions: tuple[Sanction, ...]
    verifications: tuple[EmployerVerification, ...]
    punctuality: Punctuality | None = None


# --- events -------------------------------------------------------------------------------------------
# The subject is the employer's id.


class EmployerSanctioned(Facts):
    """An employer was warned, suspended or blacklisted; why, stays in the office."""

    event_type: ClassVar[str] = "jobs.employer.sanctioned.v1"
    employer: Employer
    sanction_id: Identifier
    kind: SanctionKind
    ends_at: Moment | None
    by: str


class EmployerSanctionAppealed(Facts):
    """The employer objects to a sanction."""

    event_type: ClassVar[str] = "jobs.employer.sanction_appealed.v1"
    employer: Employer
    sanction_id: Identifier
    by: str


class EmployerSanctionUpheld(Facts):
    """The county heard the appeal, and the sanction stays."""

    event_type: ClassVar[str] = "jobs.employer.sanction_upheld.v1"
    employer: Employer
    sanction_id: Identifier
    by: str


class EmployerSanctionEnded(Facts):
    """A sanction's time was over, or it was lifted. `employer.sanction` tells what else is in force."""

    event_type: ClassVar[str] = "jobs.employer.sanction_ended.v1"
    employer: Employer
    sanction_id: Identifier
    kind: SanctionKind
    end: SanctionEnd
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class SanctionEmployer(EmployerRef):
    """`ends_at`: None, until it is lifted. With all but a warning the employer's postings are withdrawn."""

    kind: SanctionKind
    reason: OfficeText
    ends_at: Moment | None = None


class SanctionRef(Message):
    id: Identifier


class AppealSanction(SanctionRef):
    """As the employer says it."""

    text: OfficeText


class DecideAppeal(SanctionRef):
    decision: AppealDecision
    reason: OfficeText


class LiftSanction(SanctionRef):
    reason: OfficeText


class SanctionQuery(Message):
    """Sanctions in force on employers of a station and all below it, newest first.

    appealed: only those whose appeal waits for a decision. after: the last id of the page before.
    """

    station: StationCode
    appealed: bool = False
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SanctionList(Message):
    sanctions: tuple[Sanction, ...]
    next: Identifier | None


SERVICE = "jobs"


class SanctionsRpc:
    """The methods of services/jobs that are about sanctions."""

    sanction_employer = Method(SERVICE, "sanction_employer", SanctionEmployer, Sanction, command=True)
    appeal_sanction = Method(SERVICE, "appeal_sanction", AppealSanction, Sanction, command=True)
    decide_appeal = Method(SERVICE, "decide_appeal", DecideAppeal, Sanction, command=True)
    lift_sanction = Method(SERVICE, "lift_sanction", LiftSanction, Sanction, command=True)
    list_sanctions = Method(SERVICE, "list_sanctions", SanctionQuery, SanctionList, command=False)
    employer_record = Method(SERVICE, "employer_record", EmployerRef, EmployerRecord, command=False)


# --- errors -------------------------------------------------------------------------------------------


class SanctionNotFound(YizhanError):
    """No sanction has this id."""

    code = "jobs.sanction_not_found"
    status = 404


class SanctionEndsInThePast(YizhanError):
    """A sanction ends in the future, or when it is lifted."""

    code = "jobs.sanction_ends_in_the_past"
    status = 422


class SanctionStepIllegal(YizhanError):
    """The sanction has ended, or its appeal does not allow this step."""

    code = "jobs.sanction_step_illegal"
    status = 409
