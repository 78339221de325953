"""Postings that another system sends in: by its own identifier, checked like any, and never trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, PublicLine, Sequence, StationCode
from yizhan.contracts.compliance import Finding
from yizhan.contracts.employers import CreditCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import FieldFault, YizhanError
from yizhan.contracts.jobs import PostingStatus, PostingTerms
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------

#: The sender's own identifier of a posting: what is sent with it again is the same posting.
ExternalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
#: The sender's count of a posting's changes, for senders whose messages may overtake each other.
ExternalVersion = Annotated[int, Field(ge=1, le=2**53 - 1)]

#: Types of the CloudEvents that `yizhan.inbox` takes; their data are the two requests below.
SUBMITTED = "integrator.posting.submitted.v1"
WITHDRAWN = "integrator.posting.withdrawn.v1"


class ExternalEmployer(Message):
    """A company. People who hire are registered by a station, since their names are theirs."""

    name: PublicLine
    credit_code: CreditCode


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    #: The same was said before; nothing changed.
    UNCHANGED = "unchanged"
    #: An older version than the last that was taken.
    OUTDATED = "outdated"
    REFUSED = "refused"


class SubmitExternalPosting(Message):
    """A posting, new or changed. It waits for the station's staff to verify it, again after each change.

    version: greater with each change; without it what comes last is the newest.
    """

    external_id: ExternalId
    version: ExternalVersion | None = None
    station: StationCode
    employer: ExternalEmployer
    terms: PostingTerms


class WithdrawExternalPosting(Message):
    """The sender's posting is no more."""

    external_id: ExternalId
    version: ExternalVersion | None = None


class ExternalPosting(Message):
    """What became of a message. code, detail, faults: why it was refused; findings: what the law says of it,
    with lawful wording, also where it was accepted.

    id: of the pair of sender and external_id. posting_id: ours; None where there is none. received: how many
    messages about this posting were taken or refused so far.
    """

    id: Identifier
    integrator_id: Identifier
    external_id: ExternalId
    outcome: Outcome
    version: ExternalVersion | None
    posting_id: Identifier | None
    posting_status: PostingStatus | None
    findings: tuple[Finding, ...] = ()
    code: str | None = None
    detail: str | None = None
    faults: tuple[FieldFault, ...] = ()
    received: Sequence


# --- events -------------------------------------------------------------------------------------------
# Answers. They go to the integrator that asked, whatever else it was granted. What becomes of the posting
# afterwards, `jobs.posting` tells.


class ExternalPostingAccepted(Facts):
    """A posting that an integrator sent waits for verification, or was withdrawn as it wished.

    Subject of this and the next: `answer.id`. Sequence: `answer.received`.
    """

    event_type: ClassVar[str] = "jobs.external_posting.accepted.v1"
    answer: ExternalPosting


class ExternalPostingRefused(Facts):
    """A posting that an integrator sent was not taken; what it sent before stands."""

    event_type: ClassVar[str] = "jobs.external_posting.refused.v1"
    answer: ExternalPosting


# --- RPC ----------------------------------------------------------------------------------------------


class ExternalPostingRef(Message):
    external_id: ExternalId


class RefuseExternal(Message):
    """A message by the broker was no posting at all; its sender is told. external_id: as far as it could be
    read, else the message's own id."""

    external_id: ExternalId
    code: Annotated[str, Field(max_length=80)]
    detail: Annotated[str, Field(max_length=300)]
    faults: Annotated[tuple[FieldFault, ...], Field(max_length=50)] = ()


class ExternalState(Message):
    """A posting of the sender's as it stands here. last: the answer to its last message."""

    last: ExternalPosting
    updated_at: Moment


class ExternalPostingsRpc:
    """The methods of services/jobs that integrators may call."""

    submit = Method("jobs", "submit_external", SubmitExternalPosting, ExternalPosting, command=True)
    withdraw = Method("jobs", "withdraw_external", WithdrawExternalPosting, ExternalPosting, command=True)
    refuse = Method("jobs", "refuse_external", RefuseExternal, ExternalPosting, command=True)
    read = Method("jobs", "get_external", ExternalPostingRef, ExternalState, command=False)


# --- errors -------------------------------------------------------------------------------------------


class ExternalPostingNotFound(YizhanError):
    """The integrator has sent no posting with this identifier."""

    code = "jobs.external_posting_not_found"
    status = 404


class IntegratorUnknown(YizhanError):
    """The integrator is not known here (a new one is, within a second of its making), or is suspended."""

    code = "jobs.integrator_unknown"
    status = 403
    retryable = True


class StationNotGranted(YizhanError):
    """The integrator may send no postings for this station."""

    code = "jobs.station_not_granted"
    status = 403
