"""Postings and their steps, from a draft to the screens and off them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses
from gateway.files_out import stored_file_response
from gateway.operations import PREFIX, Operation
from yizhan.contracts.base import Identifier
from yizhan.contracts.compliance import PostingUnlawful
from yizhan.contracts.employers import EmployerMayNotPost, EmployerNotFound
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, FileNotFound, FileStoreUnavailable
from yizhan.contracts.jobs import (
    DuplicateOfItself,
    EvidenceLimit,
    EvidenceRef,
    JobsRpc,
    PostingChanged,
    PostingEndsBeforeStart,
    PostingNotFound,
    PostingOverfilled,
    PostingPeriodOutOfRange,
    PostingStepIllegal,
    SearchIncomplete,
    ShiftOutOfPeriod,
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
    ShiftOutOfPeriod,
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
        "searchPostings",
        "GET",
        "/postings/search",
        JobsRpc.search_postings,
        _TAG,
        "Search postings",
        access=Access.OPTIONAL,
        problems=(UnknownStation, SearchIncomplete),
    ),
    Operation(
        "listPostingsToReconfirm",
        "GET",
        "/postings/to-reconfirm",
        JobsRpc.list_to_reconfirm,
        _TAG,
        "List postings to reconfirm",
        problems=(UnknownStation,),
    ),
    Operation(
        "reconfirmPostings",
        "POST",
        "/postings/reconfirm",
        JobsRpc.reconfirm_postings,
        _TAG,
        "Reconfirm postings",
        "Each is answered by itself: the posting, or the code of the refusal. One that had lapsed is back on "
        "the screens.",
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
        problems=(UnknownStation, StationNotOpen, EmployerNotFound, EmployerMayNotPost, *_TERMS_REFUSED),
    ),
    Operation(
        "getPosting",
        "GET",
        "/postings/{id}",
        JobsRpc.get_posting,
        _TAG,
        "Read a posting",
        "Who has not signed in, and staff of other stations, find published ones only.",
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
    _step(
        "submit",
        JobsRpc.submit_posting,
        "Submit a draft",
        "It waits for verification from now on. What the law refuses is refused, unless the county accepted "
        "an exception; what repeats another posting word for word does not count.",
        PostingUnlawful,
        EmployerMayNotPost,
    ),
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
        "With the reason, which the history keeps; others hear its code.",
    ),
    _step(
        "publish",
        JobsRpc.publish_posting,
        "Publish a verified posting",
        "It is on the right screens within a blink.",
        StationNotOpen,
        EmployerMayNotPost,
    ),
    _step(
        "withdraw",
        JobsRpc.withdraw_posting,
        "Withdraw a posting",
        "It leaves the screens, for the reason given.",
    ),
    _step(
        "close",
        JobsRpc.close_posting,
        "Close a posting",
        "The job is over: filled, done, or not to be had any more.",
    ),
    Operation(
        "recordTaken",
        "PUT",
        "/postings/{id}/taken",
        JobsRpc.record_taken,
        _TAG,
        "Record how many hands are bound",
        "A posting that is full leaves the screens, and comes back when somebody drops out.",
        takes={"id": "id"},
        problems=(PostingNotFound, PostingStepIllegal, PostingOverfilled),
    ),
    Operation(
        "markDuplicate",
        "PUT",
        "/postings/{id}/duplicate",
        JobsRpc.mark_duplicate,
        _TAG,
        "Say that a posting repeats another",
        "Or that it does not. A duplicate does not count in figures.",
        takes={"id": "id"},
        problems=(PostingNotFound, DuplicateOfItself),
    ),
    Operation(
        "postingDossier",
        "GET",
        "/postings/{id}/dossier",
        JobsRpc.posting_dossier,
        _TAG,
        "Read a posting's dossier",
        "What the office keeps beside it: how it came to the job, findings, similar postings, evidence.",
        takes={"id": "id"},
        problems=(PostingNotFound,),
    ),
    Operation(
        "attachEvidence",
        "POST",
        "/postings/{id}/evidence",
        JobsRpc.attach_evidence,
        _TAG,
        "Attach evidence to a posting",
        "A photo or paper that was uploaded. The same one again changes nothing.",
        takes={"id": "id"},
        problems=(PostingNotFound, FileNotFound, FileStoreUnavailable, EvidenceLimit),
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


@admitted(Admission(Access.SESSION))
async def read_evidence(
    request: Request, id: Annotated[Identifier, Path()], file_id: Annotated[FileId, Path()]
) -> Response:
    """The file itself, for whoever may see the dossier."""
    stored = await ask(request, JobsRpc.posting_evidence, EvidenceRef(id=id, file_id=file_id))
    return await stored_file_response(request, stored)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
    router.add_api_route(
        f"{PREFIX}/postings/{{id}}/evidence/{{file_id}}",
        read_evidence,
        methods=["GET"],
        operation_id="readPostingEvidence",
        tags=[_TAG],
        summary="Read a file of a posting's dossier",
        response_class=Response,
        responses={
            200: {"description": "The file.", "content": {"application/octet-stream": {}}},
            **problem_responses(
                Access.SESSION,
                (PostingNotFound, FileNotFound, FileStoreUnavailable),
                has_body=False,
                asks=True,
            ),
        },
        route_class_override=AdmittedRoute,
    )
