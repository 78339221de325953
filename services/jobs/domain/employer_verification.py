"""Making sure that an employer is who it says."""

from __future__ import annotations

from datetime import datetime

from services.jobs.domain.employer import Decision, Outcome, Step, after, require_status, told
from services.jobs.domain.employer_rules import EmployerRules
from yizhan.contracts.actor import Actor
from yizhan.contracts.employers import (
    Employer,
    EmployerStatus,
    EmployerVerification,
    EmployerVerified,
    VerificationPeriodOutOfRange,
    VerifyEmployer,
)
from yizhan.contracts.files import StoredFile


def verify(
    employer: Employer,
    request: VerifyEmployer,
    evidence: tuple[StoredFile, ...],
    *,
    id: str,
    now: datetime,
    by: Actor,
    rules: EmployerRules,
) -> tuple[Decision, EmployerVerification]:
    """The employer as verified from now on; the note stays in the office, since it may name people.

    Raises EmployerStepIllegal, VerificationPeriodOutOfRange.
    """
    require_status(employer, Step.VERIFY, EmployerStatus.ACTIVE)
    if not now < request.valid_until <= now + rules.verification_lasts_at_most:
        raise VerificationPeriodOutOfRange(
            "a verification holds from now on, and not for longer than the rules have it",
            valid_until=request.valid_until.isoformat(),
            longest_days=rules.verification_lasts_at_most_days,
        )
    verified = after(employer, verified_at=now, verified_until=request.valid_until)
    facts = EmployerVerified(employer=told(verified), by=by.id, method=request.method)
    outcome = Outcome(Step.VERIFY, by.id, now, facts, reason=request.note, detail=request.method.value)
    verification = EmployerVerification(
        id=id,
        employer_id=employer.id,
        method=request.method,
        note=request.note,
        evidence=evidence,
        by=by.id,
        at=now,
        valid_until=request.valid_until,
    )
    return (verified, outcome), verification
