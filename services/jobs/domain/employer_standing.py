"""Whether an employer may post."""

from __future__ import annotations

from yizhan.contracts.employers import Employer, EmployerMayNotPost, EmployerStatus, ReviewState, SanctionKind

#: What the history and the event of a posting say when it comes down with its employer. Not why.
POSTING_TAKEN_DOWN = "雇主暂停招用"

_BARRING = (SanctionKind.SUSPENDED, SanctionKind.BLACKLISTED)


def bar(employer: Employer) -> str | None:
    """What keeps an employer from posting; None when nothing does."""
    if employer.status is not EmployerStatus.ACTIVE:
        return employer.status.value
    if employer.sanction in _BARRING:
        return employer.sanction.value
    return "credit_code_refused" if employer.review_state is ReviewState.REFUSED else None


def require_may_post(employer: Employer) -> None:
    """Raises EmployerMayNotPost, which tells what stands in the way; why it does, stays in the register."""
    standing = bar(employer)
    if standing is not None:
        raise EmployerMayNotPost(
            f"this employer may not post: {standing}", employer_id=employer.id, standing=standing
        )
