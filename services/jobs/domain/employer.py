"""The register of employers: 企业大户 with their credit code, 散户 without one.

Pure: each step takes an employer and answers the employer after it with what is to be kept and told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.jobs.domain.credit_code import check_character_holds
from yizhan.contracts.actor import Actor
from yizhan.contracts.employers import (
    AmendEmployer,
    CreditCodeMisplaced,
    Employer,
    EmployerAmended,
    EmployerChanged,
    EmployerClosed,
    EmployerKind,
    EmployerRegistered,
    EmployerReopened,
    EmployerReviewed,
    EmployerStatus,
    EmployerStepIllegal,
    RegisterEmployer,
    ReviewState,
)
from yizhan.contracts.envelope import Facts

#: What is said in public of an employer who is a person: that it is one.
INDIVIDUAL_IN_PUBLIC = "个人雇主"


class Step(StrEnum):
    """What can be done to an employer, as its history names it."""

    REGISTER = "register"
    AMEND = "amend"
    CLOSE = "close"
    REOPEN = "reopen"
    REVIEW = "review"
    VERIFY = "verify"
    ADD_CONTACT = "add_contact"
    AMEND_CONTACT = "amend_contact"
    REMOVE_CONTACT = "remove_contact"
    SANCTION = "sanction"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide_appeal"
    END_SANCTION = "end_sanction"
    MERGE = "merge"


@dataclass(frozen=True)
class Outcome:
    """What happened in one step: the history's line and the event's facts.

    reason: why, in the actor's words; it stays in the office. detail: the step's own word.
    """

    step: Step
    by: str
    at: datetime
    facts: Facts
    reason: str | None = None
    detail: str | None = None


Decision = tuple[Employer, Outcome]


def name_in_public(kind: EmployerKind, name: str) -> str:
    """A company's name; a person's stays in the register and is in no posting and no event."""
    return name if kind is EmployerKind.COMPANY else INDIVIDUAL_IN_PUBLIC


def told(employer: Employer) -> Employer:
    """The employer as events tell of it: of a person neither the name nor where he lives."""
    if employer.kind is EmployerKind.COMPANY:
        return employer
    return employer.model_copy(update={"name": INDIVIDUAL_IN_PUBLIC, "address": None})


def after(employer: Employer, **changes: Any) -> Employer:
    """The employer one step on. The values have been validated already and are not validated again."""
    return employer.model_copy(update={**changes, "sequence": employer.sequence + 1})


def register(request: RegisterEmployer, *, id: str, now: datetime, by: Actor) -> Decision:
    """A new employer. A code whose check character fails is taken and waits for a person's review.

    Raises CreditCodeMisplaced. Whether the code is in the register already, only the register can tell.
    """
    checked, review_state = _judge_code(request.kind, request.credit_code)
    employer = Employer(
        id=id,
        station=request.station,
        kind=request.kind,
        name=request.name,
        credit_code=request.credit_code,
        credit_code_checked=checked,
        registered_at=now,
        review_state=review_state,
        address=request.address,
        industry=request.industry,
        size=request.size,
        trades=request.trades,
        sequence=1,
    )
    return employer, Outcome(Step.REGISTER, by.id, now, EmployerRegistered(employer=told(employer), by=by.id))


def amend(employer: Employer, request: AmendEmployer, *, now: datetime, by: Actor) -> Decision:
    """The employer with other facts. Another credit code is judged anew, and undoes a verification, which
    was of the old one. Raises EmployerChanged, EmployerStepIllegal, CreditCodeMisplaced.
    """
    if request.expected_sequence != employer.sequence:
        raise EmployerChanged(
            "the employer has changed since it was read",
            employer_id=employer.id,
            sequence=employer.sequence,
            expected_sequence=request.expected_sequence,
        )
    require_status(employer, Step.AMEND, EmployerStatus.ACTIVE)
    changes: dict[str, Any] = {
        name: getattr(request, name) for name in ("name", "address", "industry", "size", "trades")
    }
    if request.credit_code != employer.credit_code:
        checked, review_state = _judge_code(employer.kind, request.credit_code)
        changes |= {
            "credit_code": request.credit_code,
            "credit_code_checked": checked,
            "review_state": review_state,
            "verified_at": None,
            "verified_until": None,
        }
    amended = after(employer, **changes)
    return amended, Outcome(Step.AMEND, by.id, now, EmployerAmended(employer=told(amended), by=by.id))


def change_contacts(employer: Employer, step: Step, *, now: datetime, by: Actor) -> Decision:
    """The employer whose contacts were changed; neither history nor event holds them.

    Raises EmployerStepIllegal.
    """
    require_status(employer, step, EmployerStatus.ACTIVE)
    changed = after(employer)
    return changed, Outcome(step, by.id, now, EmployerAmended(employer=told(changed), by=by.id))


def review(employer: Employer, *, genuine: bool, note: str, now: datetime, by: Actor) -> Decision:
    """A person's word on a code whose check character fails; it may be changed later.

    Raises EmployerStepIllegal when there is nothing to review.
    """
    require_status(employer, Step.REVIEW, EmployerStatus.ACTIVE)
    if employer.review_state is None:
        raise EmployerStepIllegal(
            "this employer's credit code needs no review", employer_id=employer.id, step=Step.REVIEW.value
        )
    state = ReviewState.CONFIRMED if genuine else ReviewState.REFUSED
    reviewed = after(employer, review_state=state)
    facts = EmployerReviewed(employer=told(reviewed), by=by.id)
    return reviewed, Outcome(Step.REVIEW, by.id, now, facts, reason=note, detail=state.value)


def close(employer: Employer, *, reason: str, now: datetime, by: Actor) -> Decision:
    """The employer hires no more. Raises EmployerStepIllegal."""
    require_status(employer, Step.CLOSE, EmployerStatus.ACTIVE)
    closed = after(employer, status=EmployerStatus.CLOSED)
    facts = EmployerClosed(employer=told(closed), by=by.id)
    return closed, Outcome(Step.CLOSE, by.id, now, facts, reason=reason)


def reopen(employer: Employer, *, reason: str, now: datetime, by: Actor) -> Decision:
    """A closed employer hires again. Raises EmployerStepIllegal."""
    require_status(employer, Step.REOPEN, EmployerStatus.CLOSED)
    reopened = after(employer, status=EmployerStatus.ACTIVE)
    facts = EmployerReopened(employer=told(reopened), by=by.id)
    return reopened, Outcome(Step.REOPEN, by.id, now, facts, reason=reason)


def require_status(employer: Employer, step: Step, status: EmployerStatus) -> None:
    """Raises EmployerStepIllegal unless the employer is that."""
    if employer.status is not status:
        raise EmployerStepIllegal(
            f"an employer that is {employer.status} cannot {step}",
            employer_id=employer.id,
            status=employer.status.value,
            step=step.value,
        )


def _judge_code(kind: EmployerKind, credit_code: str | None) -> tuple[bool, ReviewState | None]:
    """Whether the check character holds, and whether a person is to look."""
    if (kind is EmployerKind.COMPANY) != (credit_code is not None):
        raise CreditCodeMisplaced(
            "a company has a unified social credit code; an individual has none",
            kind=kind.value,
            credit_code=credit_code,
        )
    checked = credit_code is not None and check_character_holds(credit_code)
    return checked, ReviewState.WAITING if kind is EmployerKind.COMPANY and not checked else None
