"""A posting's life: draft, submitted, verified, published, until it is withdrawn or its time has come.

Every decision is (posting now, posting after, what happened); none of them reads or writes anything. The
steps and the statuses they lead from and to are one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.jobs.domain import terms as terms_rules
from services.jobs.domain.limits import Limits
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.envelope import Facts
from yizhan.contracts.jobs import (
    AmendPosting,
    DraftPosting,
    Posting,
    PostingAmended,
    PostingChanged,
    PostingDrafted,
    PostingExpired,
    PostingPublished,
    PostingRejected,
    PostingStatus,
    PostingStepIllegal,
    PostingSubmitted,
    PostingVerified,
    PostingWithdrawn,
    VerificationMethod,
)


class Step(StrEnum):
    """What can be done to a posting, as its history names it."""

    DRAFT = "draft"
    AMEND = "amend"
    SUBMIT = "submit"
    VERIFY = "verify"
    REJECT = "reject"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Transition:
    """sources: statuses that a step is legal in. ahead: the step takes the posting towards the screens, so
    it is illegal once the posting's time has come."""

    sources: frozenset[PostingStatus]
    target: PostingStatus
    ahead: bool = False


_S = PostingStatus

#: The state machine. A draft has no source: nothing comes before it.
TRANSITIONS: Mapping[Step, Transition] = MappingProxyType(
    {
        Step.DRAFT: Transition(frozenset(), _S.DRAFT),
        Step.AMEND: Transition(frozenset({_S.DRAFT, _S.REJECTED}), _S.DRAFT),
        Step.SUBMIT: Transition(frozenset({_S.DRAFT}), _S.SUBMITTED, ahead=True),
        Step.VERIFY: Transition(frozenset({_S.SUBMITTED}), _S.VERIFIED, ahead=True),
        Step.REJECT: Transition(frozenset({_S.SUBMITTED}), _S.REJECTED),
        Step.PUBLISH: Transition(frozenset({_S.VERIFIED}), _S.PUBLISHED, ahead=True),
        Step.WITHDRAW: Transition(frozenset({_S.SUBMITTED, _S.VERIFIED, _S.PUBLISHED}), _S.WITHDRAWN),
        Step.EXPIRE: Transition(frozenset({_S.DRAFT, _S.SUBMITTED, _S.VERIFIED, _S.PUBLISHED}), _S.EXPIRED),
    }
)

#: Statuses that end by themselves when the posting's time comes.
EXPIRING = TRANSITIONS[Step.EXPIRE].sources


@dataclass(frozen=True)
class Outcome:
    """What happened in one step: the history's line and the event's facts.

    reason: why, in the actor's words; stays in the office unless the facts carry it. method: how the job was
    verified.
    """

    step: Step
    by: str
    at: datetime
    facts: Facts
    reason: str | None = None
    method: VerificationMethod | None = None


Decision = tuple[Posting, Outcome]


def draft(
    request: DraftPosting, employer_name: str, *, id: str, now: datetime, by: Actor, limits: Limits
) -> Decision:
    """A new posting. Raises PostingEndsBeforeStart, PostingPeriodOutOfRange, WageOutOfRange."""
    terms_rules.check(request.terms, now=now, limits=limits)
    posting = Posting(
        id=id,
        station=request.station,
        employer_id=request.employer_id,
        employer_name=employer_name,
        status=TRANSITIONS[Step.DRAFT].target,
        terms=request.terms,
        source=request.source,
        created_at=now,
        expires_at=terms_rules.leaves_screens_at(request.terms),
        sequence=1,
    )
    return posting, Outcome(Step.DRAFT, by.id, now, PostingDrafted(posting=posting, by=by.id))


def amend(posting: Posting, request: AmendPosting, *, now: datetime, by: Actor, limits: Limits) -> Decision:
    """The posting with other terms, a draft (again).

    Raises PostingChanged, PostingStepIllegal and whatever `draft` raises.
    """
    if request.expected_sequence is not None and request.expected_sequence != posting.sequence:
        raise PostingChanged(
            "the posting has changed since it was read",
            posting_id=posting.id,
            sequence=posting.sequence,
            expected_sequence=request.expected_sequence,
        )
    _require_legal(posting, Step.AMEND, now)
    terms_rules.check(request.terms, now=now, limits=limits)
    expires_at = terms_rules.leaves_screens_at(request.terms)
    after = _after(posting, Step.AMEND, terms=request.terms, expires_at=expires_at)
    return after, Outcome(Step.AMEND, by.id, now, PostingAmended(posting=after, by=by.id))


def submit(posting: Posting, *, now: datetime, by: Actor) -> Decision:
    """A draft that waits for verification. Raises PostingStepIllegal."""
    _require_legal(posting, Step.SUBMIT, now)
    after = _after(posting, Step.SUBMIT)
    return after, Outcome(Step.SUBMIT, by.id, now, PostingSubmitted(posting=after, by=by.id))


def verify(
    posting: Posting, *, now: datetime, by: Actor, method: VerificationMethod, note: str | None
) -> Decision:
    """The job is real. The note stays in the office: it may name people. Raises PostingStepIllegal."""
    _require_legal(posting, Step.VERIFY, now)
    after = _after(posting, Step.VERIFY, verified_at=now)
    facts = PostingVerified(posting=after, by=by.id, method=method)
    return after, Outcome(Step.VERIFY, by.id, now, facts, reason=note, method=method)


def reject(posting: Posting, *, now: datetime, by: Actor, reason: str) -> Decision:
    """Verification failed. Raises PostingStepIllegal."""
    _require_legal(posting, Step.REJECT, now)
    after = _after(posting, Step.REJECT)
    facts = PostingRejected(posting=after, by=by.id, reason=reason)
    return after, Outcome(Step.REJECT, by.id, now, facts, reason=reason)


def publish(posting: Posting, *, now: datetime, by: Actor) -> Decision:
    """The job goes on the screens. Raises PostingStepIllegal."""
    _require_legal(posting, Step.PUBLISH, now)
    after = _after(posting, Step.PUBLISH, published_at=now)
    return after, Outcome(Step.PUBLISH, by.id, now, PostingPublished(posting=after, by=by.id))


def withdraw(posting: Posting, *, now: datetime, by: Actor, reason: str) -> Decision:
    """The job is taken back. Raises PostingStepIllegal."""
    _require_legal(posting, Step.WITHDRAW, now)
    after = _after(posting, Step.WITHDRAW)
    facts = PostingWithdrawn(posting=after, by=by.id, reason=reason)
    return after, Outcome(Step.WITHDRAW, by.id, now, facts, reason=reason)


def expire(posting: Posting, *, now: datetime, by: Actor = SYSTEM) -> Decision:
    """The job's time has come. Raises PostingStepIllegal, also before that time."""
    _require_legal(posting, Step.EXPIRE, now)
    after = _after(posting, Step.EXPIRE)
    return after, Outcome(Step.EXPIRE, by.id, now, PostingExpired(posting=after, by=by.id))


def due_at(posting: Posting) -> datetime | None:
    """When the posting ends by itself; None for one that has ended, or waits for its writer."""
    return posting.expires_at if posting.status in EXPIRING else None


def allowed_steps(posting: Posting, *, now: datetime) -> tuple[Step, ...]:
    """What may be done to the posting at this moment."""
    return tuple(step for step in Step if _is_legal(posting, step, now))


def _is_legal(posting: Posting, step: Step, now: datetime) -> bool:
    transition = TRANSITIONS[step]
    if posting.status not in transition.sources:
        return False
    its_time_has_come = posting.expires_at <= now
    if step is Step.EXPIRE:
        return its_time_has_come
    return not (transition.ahead and its_time_has_come)


def _require_legal(posting: Posting, step: Step, now: datetime) -> None:
    if _is_legal(posting, step, now):
        return
    raise PostingStepIllegal(
        f"a posting that is {posting.status} and ends at {posting.expires_at.isoformat()} cannot {step} now",
        posting_id=posting.id,
        status=posting.status.value,
        step=step.value,
        allowed=[allowed.value for allowed in allowed_steps(posting, now=now)],
        expires_at=posting.expires_at.isoformat(),
    )


def _after(posting: Posting, step: Step, **changes: Any) -> Posting:
    # Every value here has been validated already, so the copy is not validated again.
    status = TRANSITIONS[step].target
    return posting.model_copy(update={**changes, "status": status, "sequence": posting.sequence + 1})
