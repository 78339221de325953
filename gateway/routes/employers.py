"""The employers' register: entries, contacts, verification, the record and its history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses
from gateway.files_out import stored_file_response
from gateway.operations import PREFIX, Operation
from yizhan.contracts.base import Identifier
from yizhan.contracts.employers import (
    ContactNotFound,
    CreditCodeMisplaced,
    EmployerChanged,
    EmployerEvidenceRef,
    EmployerExists,
    EmployerNotFound,
    EmployersRpc,
    EmployerStepIllegal,
    TooManyContacts,
    VerificationPeriodOutOfRange,
)
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import ENDINGS, FileId, FileNotFound, FileStoreUnavailable
from yizhan.contracts.jobs import UnknownStation
from yizhan.contracts.rpc import Method
from yizhan.contracts.sanctions import SanctionsRpc

_TAG = "employers"
_CONTACTS = "/employers/{id}/contacts"
_CONTACT = "/employers/{id}/contacts/{contact_id}"
_OF_CONTACT = {"id": "id", "contact_id": "contact_id"}


def _step(
    verb: str, rpc: Method[Any, Any], summary: str, description: str, *refusals: type[YizhanError]
) -> Operation:
    """A step of an employer: POST /employers/{id}/<verb>."""
    return Operation(
        f"{verb}Employer",
        "POST",
        f"/employers/{{id}}/{verb}",
        rpc,
        _TAG,
        summary,
        description,
        takes={"id": "id"},
        problems=(EmployerNotFound, EmployerStepIllegal, *refusals),
    )


def _reading(id: str, path: str, rpc: Method[Any, Any], summary: str, description: str) -> Operation:
    """GET of something of an employer."""
    return Operation(
        id, "GET", path, rpc, _TAG, summary, description, takes={"id": "id"}, problems=(EmployerNotFound,)
    )


_REGISTER = (
    Operation(
        "listEmployers",
        "GET",
        "/employers",
        EmployersRpc.list_employers,
        _TAG,
        "List employers",
        problems=(UnknownStation,),
    ),
    Operation(
        "registerEmployer",
        "POST",
        "/employers",
        EmployersRpc.register_employer,
        _TAG,
        "Register an employer",
        "A company with its unified social credit code, or an individual without one. A code whose check "
        "character fails is taken, and waits for a person's review.",
        status=201,
        location="/employers/{id}",
        problems=(UnknownStation, EmployerExists, CreditCodeMisplaced),
    ),
    _reading(
        "getEmployer",
        "/employers/{id}",
        EmployersRpc.get_employer,
        "Read an employer",
        "One entry of the register. The id of a merged entry gives the one that it was merged into.",
    ),
    Operation(
        "amendEmployer",
        "PATCH",
        "/employers/{id}",
        EmployersRpc.amend_employer,
        _TAG,
        "Change an employer",
        "What the register says is replaced whole. Another credit code is judged anew and undoes a "
        "verification.",
        takes={"id": "id"},
        problems=(
            EmployerNotFound,
            EmployerStepIllegal,
            EmployerChanged,
            EmployerExists,
            CreditCodeMisplaced,
        ),
    ),
    _step("close", EmployersRpc.close_employer, "Close an employer", "Its postings are withdrawn."),
    _step("reopen", EmployersRpc.reopen_employer, "Open an employer again", "It may post again."),
    _step(
        "review",
        EmployersRpc.review_employer,
        "Decide on a credit code",
        "A code whose check character fails is genuine, or it is not; then the employer does not post.",
    ),
    _step(
        "verify",
        EmployersRpc.verify_employer,
        "Verify an employer",
        "How it was made sure of, on what evidence, and until when that holds.",
        VerificationPeriodOutOfRange,
        FileNotFound,
        FileStoreUnavailable,
    ),
    _reading(
        "employerHistory",
        "/employers/{id}/history",
        EmployersRpc.employer_history,
        "Read an employer's history",
        "Every step with who, when and why, those of merged entries included.",
    ),
    _reading(
        "employerRecord",
        "/employers/{id}/record",
        SanctionsRpc.employer_record,
        "Read an employer's record",
        "Postings by status, rejections, withdrawals, sanctions and verifications.",
    ),
)

_OF_CONTACTS = (
    _reading(
        "listEmployerContacts",
        _CONTACTS,
        EmployersRpc.list_employer_contacts,
        "List an employer's contacts",
        "Masked.",
    ),
    Operation(
        "addEmployerContact",
        "POST",
        _CONTACTS,
        EmployersRpc.add_employer_contact,
        _TAG,
        "Add a contact",
        "Name and phone are sealed at rest; every answer has them masked.",
        takes={"id": "id"},
        status=201,
        problems=(EmployerNotFound, EmployerStepIllegal, TooManyContacts),
    ),
    Operation(
        "amendEmployerContact",
        "PATCH",
        _CONTACT,
        EmployersRpc.amend_employer_contact,
        _TAG,
        "Change a contact",
        takes=_OF_CONTACT,
        problems=(EmployerNotFound, EmployerStepIllegal, ContactNotFound),
    ),
    Operation(
        "removeEmployerContact",
        "DELETE",
        _CONTACT,
        EmployersRpc.remove_employer_contact,
        _TAG,
        "Remove a contact",
        "Nothing of it is kept but who read it.",
        takes=_OF_CONTACT,
        problems=(EmployerNotFound, EmployerStepIllegal, ContactNotFound),
    ),
    Operation(
        "readEmployerContact",
        "POST",
        f"{_CONTACT}/read",
        EmployersRpc.read_employer_contact,
        _TAG,
        "Read a contact in clear",
        "Recorded with who, when and what for.",
        takes=_OF_CONTACT,
        problems=(EmployerNotFound, ContactNotFound),
    ),
    _reading(
        "listContactReads",
        "/employers/{id}/contact-reads",
        EmployersRpc.list_contact_reads,
        "List who read contacts",
        "For county administrators.",
    ),
)

OPERATIONS = (*_REGISTER, *_OF_CONTACTS)


@admitted(Admission(Access.SESSION))
async def read_evidence(
    request: Request, id: Annotated[Identifier, Path()], file_id: Annotated[FileId, Path()]
) -> Response:
    """The file itself, for whoever may see the employer."""
    stored = await ask(request, EmployersRpc.employer_evidence, EmployerEvidenceRef(id=id, file_id=file_id))
    return await stored_file_response(request, stored)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
    router.add_api_route(
        f"{PREFIX}/employers/{{id}}/evidence/{{file_id}}",
        read_evidence,
        methods=["GET"],
        operation_id="readEmployerEvidence",
        tags=[_TAG],
        summary="Read a file that a verification rests on",
        response_class=Response,
        responses=_evidence_responses(),
        route_class_override=AdmittedRoute,
    )


def _evidence_responses() -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    problems = (EmployerNotFound, FileNotFound, FileStoreUnavailable)
    return {
        200: {"description": "The file.", "content": dict.fromkeys(sorted(ENDINGS), binary)},
        304: {"description": "The browser has it."},
        **problem_responses(Access.SESSION, problems, has_body=False, asks=True),
    }
