"""Fairs (招聘会), the employers at them, and the figures behind a month."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.employers import EmployerNotFound
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.fairs import (
    BoothsFull,
    BoothsInUse,
    BoothTaken,
    BoothUnknown,
    FairChanged,
    FairEmployerNotListed,
    FairEmployerStepIllegal,
    FairEmployersTooMany,
    FairLinkUnknown,
    FairNotFound,
    FairPeriodInvalid,
    FairPostingForeign,
    FairsRpc,
    FairStepIllegal,
)
from yizhan.contracts.jobs import StationNotOpen, UnknownStation
from yizhan.contracts.rpc import Method

_TAG = "fairs"
_BOOTHS: tuple[type[YizhanError], ...] = (BoothUnknown, BoothTaken, BoothsFull)


def _step(
    verb: str, rpc: Method[Any, Any], summary: str, description: str, *refusals: type[YizhanError]
) -> Operation:
    """A step of a fair's life: POST /fairs/{id}/<verb>."""
    return Operation(
        f"{verb}Fair",
        "POST",
        f"/fairs/{{id}}/{verb}",
        rpc,
        _TAG,
        summary,
        description,
        takes={"id": "id"},
        problems=(FairNotFound, FairStepIllegal, *refusals),
    )


def _employer_step(
    id: str, name: str, rpc: Method[Any, Any], summary: str, description: str, *refusals: type[YizhanError]
) -> Operation:
    """A step of one employer: POST /fairs/{id}/employers/{employer_id}/<name>."""
    return Operation(
        id,
        "POST",
        f"/fairs/{{id}}/employers/{{employer_id}}/{name}",
        rpc,
        _TAG,
        summary,
        description,
        takes={"id": "id", "employer_id": "employer_id"},
        problems=(FairNotFound, FairStepIllegal, FairEmployerStepIllegal, *refusals),
    )


OPERATIONS = (
    Operation(
        "listFairs",
        "GET",
        "/fairs",
        FairsRpc.list_fairs,
        _TAG,
        "List fairs",
        access=Access.OPTIONAL,
        problems=(UnknownStation,),
    ),
    Operation(
        "planFair",
        "POST",
        "/fairs",
        FairsRpc.plan_fair,
        _TAG,
        "Plan a fair",
        "It is on no screen until it is announced.",
        status=201,
        location="/fairs/{id}",
        problems=(UnknownStation, StationNotOpen, FairPeriodInvalid, FairLinkUnknown),
    ),
    Operation(
        "getFair",
        "GET",
        "/fairs/{id}",
        FairsRpc.get_fair,
        _TAG,
        "Read a fair",
        "Who has not signed in finds announced ones only, with the employers that are expected.",
        takes={"id": "id"},
        access=Access.OPTIONAL,
        problems=(FairNotFound,),
    ),
    Operation(
        "amendFair",
        "PATCH",
        "/fairs/{id}",
        FairsRpc.amend_fair,
        _TAG,
        "Change a fair's plan",
        "Before it is held; the plan is replaced whole, and the screens follow.",
        takes={"id": "id"},
        problems=(
            FairNotFound,
            FairStepIllegal,
            FairChanged,
            FairPeriodInvalid,
            FairLinkUnknown,
            BoothsInUse,
        ),
    ),
    _step(
        "announce",
        FairsRpc.announce_fair,
        "Announce a fair",
        "It is on the screens of its host, of those above and below it, and of the linked stations.",
    ),
    _step("hold", FairsRpc.hold_fair, "Open a fair", "On its day; employers check in from now on."),
    _step(
        "close",
        FairsRpc.close_fair,
        "Close a fair",
        "Employers that confirmed and did not come are absent from now on.",
    ),
    _step("cancel", FairsRpc.cancel_fair, "Cancel a fair", "It leaves the screens, for the reason given."),
    Operation(
        "recordFairReach",
        "POST",
        "/fairs/{id}/reach",
        FairsRpc.record_fair_reach,
        _TAG,
        "Record how many people came",
        "With how it is known; it may be corrected.",
        takes={"id": "id"},
        problems=(FairNotFound, FairStepIllegal),
    ),
    Operation(
        "inviteToFair",
        "POST",
        "/fairs/{id}/employers",
        FairsRpc.invite_to_fair,
        _TAG,
        "Invite employers",
        takes={"id": "id"},
        problems=(
            FairNotFound,
            FairStepIllegal,
            EmployerNotFound,
            FairEmployerStepIllegal,
            FairEmployersTooMany,
        ),
    ),
    _employer_step(
        "confirmFairEmployer",
        "confirm",
        FairsRpc.confirm_fair_employer,
        "Confirm an employer",
        "It gets the booth asked for, or the lowest that is free; a booth is given once.",
        FairEmployerNotListed,
        *_BOOTHS,
    ),
    _employer_step(
        "declineFairEmployer",
        "decline",
        FairsRpc.decline_fair_employer,
        "Record that an employer does not come",
        "Its booth is free again. Also takes back a check-in made by mistake.",
        FairEmployerNotListed,
    ),
    _employer_step(
        "checkInFairEmployer",
        "check-in",
        FairsRpc.check_in_fair_employer,
        "Check an employer in",
        "While the fair is held; also one that was not invited.",
        EmployerNotFound,
        FairEmployersTooMany,
        *_BOOTHS,
    ),
    _employer_step(
        "bringPostings",
        "postings",
        FairsRpc.bring_postings,
        "Set the postings that an employer brings",
        "All of them; they replace what was told before.",
        FairEmployerNotListed,
        FairPostingForeign,
    ),
    _employer_step(
        "recordFairIntents",
        "intents",
        FairsRpc.record_fair_intents,
        "Record how many hires an employer intends",
        "For an employer that came; it may be corrected.",
        FairEmployerNotListed,
    ),
    Operation(
        "fairHistory",
        "GET",
        "/fairs/{id}/history",
        FairsRpc.fair_history,
        _TAG,
        "Read a fair's history",
        "Every step with who, when and why.",
        takes={"id": "id"},
        problems=(FairNotFound,),
    ),
    Operation(
        "listShortFairs",
        "GET",
        "/short-fairs",
        FairsRpc.short_fairs,
        _TAG,
        "List fairs that fall short",
        "Near, and with too few confirmed employers; soonest first.",
        problems=(UnknownStation,),
    ),
    Operation(
        "readFairMonth",
        "GET",
        "/fair-months/{month}",
        FairsRpc.fair_month,
        _TAG,
        "Count the fairs of a month",
        "The figure and the rows behind it, also those that do not count.",
        takes={"month": "month"},
        problems=(UnknownStation,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
