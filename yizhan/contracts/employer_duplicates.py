"""What services/jobs says of employers that may be one and the same, and of merging them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, StationCode
from yizhan.contracts.employers import Employer, EmployerRef
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method


class DuplicateReason(StrEnum):
    #: The same name but for width, blanks, punctuation and what kind of company it is.
    NAME = "name"
    #: The same organisation in the credit code, or a code that only differs in letters that look alike.
    CREDIT_CODE = "credit_code"
    PHONE = "phone"


class EmployerPair(Message):
    """Two entries that may be one employer, and why."""

    id: Identifier
    one: Employer
    other: Employer
    reasons: tuple[DuplicateReason, ...]
    found_at: Moment


class EmployersMerged(Facts):
    """Two entries were found to be one employer. Subject: the id of the kept one, as `kept` has it.

    Postings, contacts and sanctions of `merged` are the kept one's from now on; its id goes on to mean it.
    """

    event_type: ClassVar[str] = "jobs.employer.merged.v1"
    kept: Employer
    merged: Employer
    by: str


class MergeEmployers(EmployerRef):
    """`id`: the entry that is kept. merged: the one that it swallows."""

    merged: Identifier
    reason: OfficeText


class DuplicateQuery(Message):
    """Pairs whose both ends are at a station or below it, newest first. `after`: the last page's `next`."""

    station: StationCode
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class EmployerPairs(Message):
    pairs: tuple[EmployerPair, ...]
    next: Identifier | None


class DismissDuplicate(Message):
    """They are two: the pair is not shown again."""

    id: Identifier
    reason: OfficeText


class DuplicateDismissed(Message):
    id: Identifier


SERVICE = "jobs"


class EmployerDuplicatesRpc:
    """The methods of services/jobs that are about doubles in the register."""

    list_employer_duplicates = Method(
        SERVICE, "list_employer_duplicates", DuplicateQuery, EmployerPairs, command=False
    )
    dismiss_employer_duplicate = Method(
        SERVICE, "dismiss_employer_duplicate", DismissDuplicate, DuplicateDismissed, command=True
    )
    merge_employers = Method(SERVICE, "merge_employers", MergeEmployers, Employer, command=True)


class EmployerPairNotFound(YizhanError):
    """No such pair waits for a decision."""

    code = "jobs.employer_pair_not_found"
    status = 404


class MergeRefused(YizhanError):
    """The two cannot be merged: they are one entry, one was merged before, or different sanctions run."""

    code = "jobs.merge_refused"
    status = 409
