"""A posting's life: draft, submitted, verified, published, until it is filled, withdrawn or its time has
come.

Every decision is (posting now, posting after, what happened); none of them reads or writes anything. The
steps and the stages they lead from and to are one table.
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
    PostingClosed,
    PostingDrafted,
    PostingExpired,
    PostingPublished,
    PostingRejected,
    PostingStage,
    PostingStatus,
    PostingStepIllegal,
    PostingSubmitted,
    PostingVerified,
    PostingWithdrawn,
    ReasonCode,
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
    TAKE = "take"
    RECONFIRM = "reconfirm"
    MARK_STALE = "mark_stale"
    LAPSE = "lapse"
    OVERFLOW = "overflow"
    MARK_DUPLICATE = "mark_duplicate"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Transition:
    """sources: stages that a step is legal in. target: the stage after it; None where the decision says.
    ahead: the step takes the posting towards the screens, so it is illegal once the posting's time has
    come."""

    sources: frozenset[PostingStage]
    target: PostingStage | None
    ahead: bool = False


_S = PostingStage

#: Stages in which a posting is on the screens.
ON_SCREENS = frozenset({_S.PUBLISHED, _S.PARTLY_FILLED})
#: Stages in which it is, or may come back by itself or by a reconfirmation.
LIVE = ON_SCREENS | {_S.FILLED, _S.LAPSED}
_BEFORE = frozenset({_S.DRAFT, _S.SUBMITTED, _S.VERIFIED})

#: The state machine. A draft has no source: nothing comes before it.
TRANSITIONS: Mapping[Step, Transition] = MappingProxyType(
    {
        Step.DRAFT: Transition(frozenset(), _S.DRAFT),
        Step.AMEND: Transition(frozenset({_S.DRAFT, _S.REJECTED}), _S.DRAFT),
        Step.SUBMIT: Transition(frozenset({_S.DRAFT}), _S.SUBMITTED, ahead=True),
        Step.VERIFY: Transition(frozenset({_S.SUBMITTED}), _S.VERIFIED, ahead=True),
        Step.REJECT: Transition(frozenset({_S.SUBMITTED}), _S.REJECTED),
        Step.PUBLISH: Transition(frozenset({_S.VERIFIED}), _S.PUBLISHED, ahead=True),
        Step.TAKE: Transition(LIVE, None, ahead=True),
        Step.RECONFIRM: Transition(LIVE, None, ahead=True),
        Step.MARK_STALE: Transition(ON_SCREENS, None, ahead=True),
        Step.LAPSE: Transition(ON_SCREENS, _S.LAPSED, ahead=True),
        Step.OVERFLOW: Transition(ON_SCREENS, None, ahead=True),
        Step.MARK_DUPLICATE: Transition(frozenset(_S), None),
        Step.WITHDRAW: Transition(frozenset({_S.SUBMITTED, _S.VERIFIED}) | LIVE, _S.WITHDRAWN),
        Step.CLOSE: Transition(LIVE, _S.CLOSED),
        Step.EXPIRE: Transition(_BEFORE | LIVE - {_S.FILLED}, _S.EXPIRED),
    }
)

#: Stages that end by themselves when the posting's time comes.
ENDING = _BEFORE | LIVE

#: What a stage is to a consumer of v1: on the screens, or where it was before there were stages.
_STATUS = {stage: PostingStatus(stage.value) for stage in _S if stage.value in list(PostingStatus)} | {
    _S.PARTLY_FILLED: PostingStatus.PUBLISHED,
    _S.FILLED: PostingStatus.WITHDRAWN,
    _S.LAPSED: PostingStatus.WITHDRAWN,
    _S.CLOSED: PostingStatus.WITHDRAWN,
}


@dataclass(frozen=True)
class Outcome:
    """What happened in one step: the history's line and the event's facts.

    reason: why, in the actor's words; it stays in the office. method: how the job was made sure of.
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
    """A new posting. Raises PostingEndsBeforeStart, PostingPeriodOutOfRange, WageOutOfRange,
    ShiftOutOfPeriod."""
    terms_rules.check(request.terms, now=now, limits=limits)
    posting = Posting(
        id=id,
        station=request.station,
        employer_id=request.employer_id,
        employer_name=employer_name,
        status=PostingStatus.DRAFT,
        stage=_S.DRAFT,
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
    require_legal(posting, Step.AMEND, now)
    terms_rules.check(request.terms, now=now, limits=limits)
    expires_at = terms_rules.leaves_screens_at(request.terms)
    after = moved(posting, Step.AMEND, terms=request.terms, expires_at=expires_at)
    return after, Outcome(Step.AMEND, by.id, now, PostingAmended(posting=after, by=by.id))


def submit(posting: Posting, *, now: datetime, by: Actor, clone_of: str | None = None) -> Decision:
    """A draft that waits for verification. clone_of: the earlier posting that it repeats word for word; it
    does not count then. Raises PostingStepIllegal."""
    require_legal(posting, Step.SUBMIT, now)
    clone: dict[str, Any] = {"duplicate_of": clone_of, "countable": False} if clone_of is not None else {}
    after = moved(posting, Step.SUBMIT, **clone)
    return after, Outcome(Step.SUBMIT, by.id, now, PostingSubmitted(posting=after, by=by.id))


def verify(
    posting: Posting, *, now: datetime, by: Actor, method: VerificationMethod, note: str | None
) -> Decision:
    """The job is real. The note stays in the office: it may name people. Raises PostingStepIllegal."""
    require_legal(posting, Step.VERIFY, now)
    after = moved(posting, Step.VERIFY, verified_at=now, confirmed_at=now)
    facts = PostingVerified(posting=after, by=by.id, method=method)
    return after, Outcome(Step.VERIFY, by.id, now, facts, reason=note, method=method)


def reject(
    posting: Posting, *, now: datetime, by: Actor, reason: str, code: ReasonCode = ReasonCode.OTHER
) -> Decision:
    """Verification failed. Raises PostingStepIllegal."""
    require_legal(posting, Step.REJECT, now)
    after = moved(posting, Step.REJECT)
    facts = PostingRejected(posting=after, by=by.id, reason_code=code.value)
    return after, Outcome(Step.REJECT, by.id, now, facts, reason=reason)


def publish(
    posting: Posting, *, now: datetime, by: Actor, limits: Limits, overflows_at: datetime | None = None
) -> Decision:
    """The job goes on the screens; from now on it has to be reconfirmed. overflows_at: when others are asked
    for the hands that are missing still. Raises PostingStepIllegal."""
    require_legal(posting, Step.PUBLISH, now)
    deadlines: dict[str, Any] = limits.reconfirmation.deadlines(now)
    after = moved(posting, Step.PUBLISH, published_at=now, overflows_at=overflows_at, **deadlines)
    return after, Outcome(Step.PUBLISH, by.id, now, PostingPublished(posting=after, by=by.id))


def withdraw(
    posting: Posting, *, now: datetime, by: Actor, reason: str, code: ReasonCode = ReasonCode.OTHER
) -> Decision:
    """The job is taken back. Raises PostingStepIllegal."""
    require_legal(posting, Step.WITHDRAW, now)
    after = moved(posting, Step.WITHDRAW)
    facts = PostingWithdrawn(posting=after, by=by.id, reason_code=code.value)
    return after, Outcome(Step.WITHDRAW, by.id, now, facts, reason=reason)


def close(
    posting: Posting, *, now: datetime, by: Actor, reason: str | None, code: ReasonCode = ReasonCode.DONE
) -> Decision:
    """The job is over. Raises PostingStepIllegal."""
    require_legal(posting, Step.CLOSE, now)
    after = moved(posting, Step.CLOSE, closed_at=now)
    facts = PostingClosed(posting=after, by=by.id, reason_code=code.value)
    return after, Outcome(Step.CLOSE, by.id, now, facts, reason=reason)


def expire(posting: Posting, *, now: datetime, by: Actor = SYSTEM) -> Decision:
    """The job's time has come. Raises PostingStepIllegal, also before that time."""
    require_legal(posting, Step.EXPIRE, now)
    after = moved(posting, Step.EXPIRE)
    return after, Outcome(Step.EXPIRE, by.id, now, PostingExpired(posting=after, by=by.id))


def allowed_steps(posting: Posting, *, now: datetime) -> tuple[Step, ...]:
    """What may be done to the posting at this moment."""
    return tuple(step for step in Step if _is_legal(posting, step, now))


def _is_legal(posting: Posting, step: Step, now: datetime) -> bool:
    transition = TRANSITIONS[step]
    if posting.whole_stage not in transition.sources:
        return False
    its_time_has_come = posting.expires_at <= now
    if step is Step.EXPIRE:
        return its_time_has_come
    return not (transition.ahead and its_time_has_come)


def require_legal(posting: Posting, step: Step, now: datetime) -> None:
    """Raises PostingStepIllegal unless the step may be done now."""
    if _is_legal(posting, step, now):
        return
    stage = posting.whole_stage
    raise PostingStepIllegal(
        f"a posting that is {stage} and ends at {posting.expires_at.isoformat()} cannot {step} now",
        posting_id=posting.id,
        status=posting.status.value,
        stage=stage.value,
        step=step.value,
        allowed=[allowed.value for allowed in allowed_steps(posting, now=now)],
        expires_at=posting.expires_at.isoformat(),
    )


def moved(posting: Posting, step: Step, *, to: PostingStage | None = None, **changes: Any) -> Posting:
    """The posting one sequence on, in the step's target, or `to` where that depends, with its status."""
    # Every value here has been validated already, so the copy is not validated again.
    stage = TRANSITIONS[step].target or to or posting.whole_stage
    told = {"stage": stage, "status": _STATUS[stage], "sequence": posting.sequence + 1}
    return posting.model_copy(update={**changes, **told})
