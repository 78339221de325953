"""What services/jobs says of employers: the register of 企业大户 and 散户."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, PlainText, PublicLine, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------


class EmployerKind(StrEnum):
    COMPANY = "company"
    #: 散户: a person or household that hires; has no credit code.
    INDIVIDUAL = "individual"


class Employer(Message):
    """An employer at one version. `credit_code`: GB 32100, companies only.

    credit_code_checked: False when the check digit fails; such a code goes to a person for review, since
    genuine codes are known to fail.
    """

    id: Identifier
    station: StationCode
    kind: EmployerKind
    name: PublicLine
    credit_code: str | None
    credit_code_checked: bool
    registered_at: Moment
    sequence: Sequence


# --- events -------------------------------------------------------------------------------------------


class EmployerRegistered(Facts):
    """An employer entered the register (企业大户 or 散户). Subject: the employer's id."""

    event_type: ClassVar[str] = "jobs.employer.registered.v1"
    employer: Employer
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class RegisterEmployer(Message):
    station: StationCode
    kind: EmployerKind
    name: PublicLine
    credit_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")] | None = None


class EmployerRef(Message):
    id: Identifier


class EmployerQuery(Message):
    """Employers of a station and all below it, newest first. `after`: the last id of the page before."""

    station: StationCode
    text: Annotated[PlainText, Field(max_length=40)] | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EmployerList(Message):
    employers: tuple[Employer, ...]
    next: Identifier | None


SERVICE = "jobs"


class EmployersRpc:
    """The methods of services/jobs that are about employers."""

    register_employer = Method(SERVICE, "register_employer", RegisterEmployer, Employer, command=True)
    get_employer = Method(SERVICE, "get_employer", EmployerRef, Employer, command=False)
    list_employers = Method(SERVICE, "list_employers", EmployerQuery, EmployerList, command=False)


# --- errors -------------------------------------------------------------------------------------------


class EmployerNotFound(YizhanError):
    """No employer has this id."""

    code = "jobs.employer_not_found"
    status = 404


class EmployerExists(YizhanError):
    """A company with this credit code is in the register already."""

    code = "jobs.employer_exists"
    status = 409


class CreditCodeMisplaced(YizhanError):
    """A company has a unified social credit code; an individual has none."""

    code = "jobs.credit_code_misplaced"
    status = 422
