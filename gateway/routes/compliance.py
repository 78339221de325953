"""What the law says of postings and texts, the rules behind it, and postings that are spoken."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.compliance import (
    ComplianceRpc,
    ExceptionNotAllowed,
    ExceptionNotClaimed,
    RulesUnreadable,
)
from yizhan.contracts.files import FileNotFound, FileStoreUnavailable
from yizhan.contracts.jobs import PostingNotFound, UnknownStation

_TAG = "compliance"

OPERATIONS = (
    Operation(
        "checkText",
        "POST",
        "/stations/{code}/check-text",
        ComplianceRpc.check_text,
        _TAG,
        "Check a text before it is saved",
        "Every finding with its words, the article, and lawful wording to use instead.",
        takes={"code": "station"},
        problems=(UnknownStation,),
    ),
    Operation(
        "readSpeech",
        "POST",
        "/stations/{code}/read-speech",
        ComplianceRpc.read_speech,
        _TAG,
        "Make a draft out of what was said",
        "As people speak: 明早六点要两个小工，老农贸市场集合，包午饭，180一天，日结. What was not said is "
        "null, and what a posting needs still is listed as missing. Nothing is saved.",
        takes={"code": "station"},
        problems=(UnknownStation,),
    ),
    Operation(
        "postingFindings",
        "GET",
        "/postings/{id}/findings",
        ComplianceRpc.posting_findings,
        _TAG,
        "Read what the law says of a posting",
        "As it was last checked, with the exceptions that were claimed.",
        takes={"id": "id"},
        problems=(PostingNotFound,),
    ),
    Operation(
        "claimException",
        "POST",
        "/postings/{id}/exceptions",
        ComplianceRpc.claim_exception,
        _TAG,
        "Claim an exception to a rule",
        "One that the law allows, with its evidence. It holds once the county has accepted it.",
        takes={"id": "id"},
        problems=(PostingNotFound, ExceptionNotAllowed, FileNotFound, FileStoreUnavailable),
    ),
    Operation(
        "decideException",
        "PUT",
        "/postings/{id}/exceptions/{rule}",
        ComplianceRpc.decide_exception,
        _TAG,
        "Accept or decline a claimed exception",
        "For the county's administrators.",
        takes={"id": "id", "rule": "rule"},
        problems=(PostingNotFound, ExceptionNotClaimed),
    ),
    Operation(
        "listRules",
        "GET",
        "/rules/{kind}",
        ComplianceRpc.list_rule_versions,
        _TAG,
        "List the versions of a table of rules",
        takes={"kind": "kind"},
        problems=(UnknownStation,),
    ),
    Operation(
        "addRules",
        "POST",
        "/rules/{kind}",
        ComplianceRpc.add_rule_version,
        _TAG,
        "Add a version of a table of rules",
        "In force from its day on; earlier ones are kept. For the county's administrators.",
        takes={"kind": "kind"},
        status=201,
        problems=(UnknownStation, RulesUnreadable),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
