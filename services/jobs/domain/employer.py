"""The register of employers: 企业大户 with their credit code, 散户 without one."""

from __future__ import annotations

from datetime import datetime

from services.jobs.domain.credit_code import check_character_holds
from yizhan.contracts.actor import Actor
from yizhan.contracts.employers import (
    CreditCodeMisplaced,
    Employer,
    EmployerKind,
    EmployerRegistered,
    RegisterEmployer,
)

#: What is said in public of an employer who is a person: that it is one.
INDIVIDUAL_IN_PUBLIC = "个人雇主"


def name_in_public(kind: EmployerKind, name: str) -> str:
    """A company's name; a person's stays in the register and is in no posting and no event."""
    return name if kind is EmployerKind.COMPANY else INDIVIDUAL_IN_PUBLIC


def register(
    request: RegisterEmployer, *, id: str, now: datetime, by: Actor
) -> tuple[Employer, EmployerRegistered]:
    """A new employer. A code whose check character fails is taken and marked for a person to review.

    Raises CreditCodeMisplaced. Whether the code is in the register already, only the register can tell.
    """
    if (request.kind is EmployerKind.COMPANY) != (request.credit_code is not None):
        raise CreditCodeMisplaced(
            "a company has a unified social credit code; an individual has none",
            kind=request.kind.value,
            credit_code=request.credit_code,
        )
    employer = Employer(
        id=id,
        station=request.station,
        kind=request.kind,
        name=request.name,
        credit_code=request.credit_code,
        credit_code_checked=request.credit_code is not None and check_character_holds(request.credit_code),
        registered_at=now,
        sequence=1,
    )
    told = employer.model_copy(update={"name": name_in_public(employer.kind, employer.name)})
    return employer, EmployerRegistered(employer=told, by=by.id)
