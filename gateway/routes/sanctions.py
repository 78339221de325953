"""Sanctions against employers, and employers that are in the register twice."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.employer_duplicates import (
    EmployerDuplicatesRpc,
    EmployerPairNotFound,
    MergeRefused,
)
from yizhan.contracts.employers import EmployerNotFound, EmployerStepIllegal
from yizhan.contracts.jobs import UnknownStation
from yizhan.contracts.sanctions import (
    SanctionEndsInThePast,
    SanctionNotFound,
    SanctionsRpc,
    SanctionStepIllegal,
)

_TAG = "employers"

OPERATIONS = (
    Operation(
        "sanctionEmployer",
        "POST",
        "/employers/{id}/sanctions",
        SanctionsRpc.sanction_employer,
        _TAG,
        "Sanction an employer",
        "Suspended or blacklisted, it posts nothing, and what it has posted is withdrawn at once. Only "
        "county administrators blacklist.",
        takes={"id": "id"},
        status=201,
        problems=(EmployerNotFound, EmployerStepIllegal, SanctionEndsInThePast),
    ),
    Operation(
        "listSanctions",
        "GET",
        "/sanctions",
        SanctionsRpc.list_sanctions,
        _TAG,
        "List sanctions in force",
        problems=(UnknownStation,),
    ),
    Operation(
        "appealSanction",
        "POST",
        "/sanctions/{id}/appeal",
        SanctionsRpc.appeal_sanction,
        _TAG,
        "Appeal against a sanction",
        "Once, in the employer's words.",
        takes={"id": "id"},
        problems=(SanctionNotFound, SanctionStepIllegal),
    ),
    Operation(
        "decideAppeal",
        "POST",
        "/sanctions/{id}/decision",
        SanctionsRpc.decide_appeal,
        _TAG,
        "Decide on an appeal",
        "For county administrators: the sanction is upheld, or it ends.",
        takes={"id": "id"},
        problems=(SanctionNotFound, SanctionStepIllegal),
    ),
    Operation(
        "liftSanction",
        "POST",
        "/sanctions/{id}/lift",
        SanctionsRpc.lift_sanction,
        _TAG,
        "Lift a sanction",
        "For county administrators.",
        takes={"id": "id"},
        problems=(SanctionNotFound, SanctionStepIllegal),
    ),
    Operation(
        "listEmployerDuplicates",
        "GET",
        "/employer-duplicates",
        EmployerDuplicatesRpc.list_employer_duplicates,
        _TAG,
        "List employers that may be one",
        problems=(UnknownStation,),
    ),
    Operation(
        "dismissEmployerDuplicate",
        "POST",
        "/employer-duplicates/{id}/dismiss",
        EmployerDuplicatesRpc.dismiss_employer_duplicate,
        _TAG,
        "Say that two employers are two",
        takes={"id": "id"},
        problems=(EmployerPairNotFound,),
    ),
    Operation(
        "mergeEmployers",
        "POST",
        "/employers/{id}/merge",
        EmployerDuplicatesRpc.merge_employers,
        _TAG,
        "Merge two employers",
        "The other one's postings, contacts, sanctions and history are this one's from now on; its id goes "
        "on to mean this one. Both have to be in the caller's scope.",
        takes={"id": "id"},
        problems=(EmployerNotFound, MergeRefused),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
