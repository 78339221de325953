"""Postings and their steps, from a draft to the screens and off them."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.employers import EmployerNotFound
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.jobs import (
    JobsRpc,
    PostingChanged,
    PostingEndsBeforeStart,
    PostingNotFound,
    PostingPeriodOutOfRange,
    PostingStepIllegal,
    StationNotOpen,
    UnknownStation,
    WageOutOfRange,
)
from yizhan.contracts.rpc import Method

_TAG = "postings"
_TERMS_REFUSED: tuple[type[YizhanError], ...] = (
    PostingEndsBeforeStart,
    PostingPeriodOutOfRange,
    WageOutOfRange,
)


def _step(
    verb: str,
    rpc: Method,  # type: ignore[type-arg]
    summary: str,
    description: str,
    *refusals: type[YizhanError],
) -> Operation:
    """A step of a posting's life: POST /postings/{id}/<verb>."""
    return Operation(
        f"{verb}Posting",
        "POST",
        f"/postings/{{id}}/{verb}",
        rpc,
        _TAG,
        summary,
        description,
        takes={"id": "id"},
        problems=(PostingNotFound, PostingStepIllegal, *refusals),
    )


OPERATIONS = (
    Operation(
        "listPostings",
        "GET",
        "/postings",
        JobsRpc.list_postings,
        _TAG,
        "List postings",
        access=Access.OPTIONAL,
        problems=(UnknownStation,),
    ),
    Operation(
        "draftPosting",
        "POST",
        "/postings",
        JobsRpc.draft_posting,
        _TAG,
        "Draft a posting",
        "Writes a job down. It is on no screen until it is submitted, verified and published.",
        status=201,
        location="/postings/{id}",
        problems=(UnknownStation, StationNotOpen, EmployerNotFound, *_TERMS_REFUSED),
    ),
    Operation(
        "getPosting",
        "GET",
        "/postings/{id}",
        JobsRpc.get_posting,
        _TAG,
        "Read a posting",
        "Who has not signed in finds published ones only.",
        takes={"id": "id"},
        access=Access.OPTIONAL,
        problems=(PostingNotFound,),
    ),
    Operation(
        "amendPosting",
        "PATCH",
        "/postings/{id}",
        JobsRpc.amend_posting,
        _TAG,
        "Change a posting's terms",
        "Drafts and rejected postings only; the terms are replaced whole, and it is a draft (again).",
        takes={"id": "id"},
        problems=(PostingNotFound, PostingStepIllegal, PostingChanged, *_TERMS_REFUSED),
    ),
    _step("submit", JobsRpc.submit_posting, "Submit a draft", "It waits for verification from now on."),
    _step(
        "verify",
        JobsRpc.verify_posting,
        "Verify a submitted posting",
        "Says how it was made sure that the job is real.",
    ),
    _step(
        "reject",
        JobsRpc.reject_posting,
        "Reject a submitted posting",
        "With the reason, which the history keeps.",
    ),
    _step(
        "publish",
        JobsRpc.publish_posting,
        "Publish a verified posting",
        "It is on the right screens within a blink.",
        StationNotOpen,
    ),
    _step(
        "withdraw",
        JobsRpc.withdraw_posting,
        "Withdraw a posting",
        "It leaves the screens, for the reason given.",
    ),
    Operation(
        "postingHistory",
        "GET",
        "/postings/{id}/history",
        JobsRpc.posting_history,
        _TAG,
        "Read a posting's history",
        "Every step with who, when and why.",
        takes={"id": "id"},
        problems=(PostingNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
