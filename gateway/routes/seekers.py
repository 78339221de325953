"""The register of people who look for work, and what each of them has a right to."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.seeker_rights import OwnRecordRefused, SeekerRightsRpc
from yizhan.contracts.seeker_steps import SeekerStepsRpc
from yizhan.contracts.seekers import (
    BirthDateImpossible,
    ConsentMissing,
    IdentityCheckCharacterWrong,
    IdentityNumberMalformed,
    SeekerChanged,
    SeekerElsewhere,
    SeekerExists,
    SeekerNotFound,
    SeekersRpc,
    SeekerStationClosed,
    SeekerStationUnknown,
    SeekerStepIllegal,
    UnderSixteen,
)

_TAG = "seekers"
_ID = {"id": "id"}
_NUMBER_REFUSED: tuple[type[YizhanError], ...] = (
    IdentityNumberMalformed,
    IdentityCheckCharacterWrong,
    BirthDateImpossible,
)

REGISTER = (
    Operation(
        "listSeekers",
        "GET",
        "/seekers",
        SeekersRpc.list_seekers,
        _TAG,
        "List the register",
        problems=(SeekerStationUnknown,),
    ),
    Operation(
        "registerSeeker",
        "POST",
        "/seekers",
        SeekersRpc.register_seeker,
        _TAG,
        "Register somebody",
        "The identity number says sex and birth, and finds who is registered already, at whatever station.",
        status=201,
        location="/seekers/{id}",
        problems=(
            SeekerStationUnknown,
            SeekerStationClosed,
            SeekerExists,
            SeekerElsewhere,
            ConsentMissing,
            UnderSixteen,
            *_NUMBER_REFUSED,
        ),
    ),
    Operation(
        "searchSeekers",
        "POST",
        "/seekers/search",
        SeekersRpc.search_seekers,
        _TAG,
        "Search the register",
        "By name, phone or slip, none of which belongs in an address.",
        problems=(SeekerStationUnknown,),
    ),
    Operation(
        "lookUpPerson",
        "POST",
        "/seekers/look-up",
        SeekersRpc.look_up_person,
        _TAG,
        "Look an identity number up",
        problems=(SeekerStationUnknown, *_NUMBER_REFUSED),
    ),
    Operation(
        "transferSeeker",
        "POST",
        "/seekers/transfer",
        SeekersRpc.transfer_seeker,
        _TAG,
        "Transfer somebody who is here",
        problems=(
            SeekerStationUnknown,
            SeekerStationClosed,
            SeekerNotFound,
            SeekerStepIllegal,
            *_NUMBER_REFUSED,
        ),
    ),
    Operation(
        "getSeeker",
        "GET",
        "/seekers/{id}",
        SeekersRpc.get_seeker,
        _TAG,
        "Read an entry",
        "Masked: who needs more reads it in clear, and says what for.",
        takes=_ID,
        problems=(SeekerNotFound,),
    ),
    Operation(
        "amendSeeker",
        "PATCH",
        "/seekers/{id}",
        SeekersRpc.amend_seeker,
        _TAG,
        "Change an entry",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal, SeekerChanged),
    ),
    Operation(
        "closeSeeker",
        "POST",
        "/seekers/{id}/close",
        SeekersRpc.close_seeker,
        _TAG,
        "Close an entry",
        "The person looks for no work any more; the card leaves the screens.",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal),
    ),
    Operation(
        "reopenSeeker",
        "POST",
        "/seekers/{id}/reopen",
        SeekersRpc.reopen_seeker,
        _TAG,
        "Reopen an entry",
        "The person looks for work again.",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal),
    ),
    Operation(
        "listSeekerSteps",
        "GET",
        "/seekers/{id}/steps",
        SeekerStepsRpc.list_seeker_steps,
        _TAG,
        "List an entry's history",
        "What was done with it and by whom, never what it said.",
        takes=_ID,
        problems=(SeekerNotFound,),
    ),
    Operation(
        "replaceSlip",
        "POST",
        "/seekers/{id}/slip",
        SeekersRpc.replace_slip,
        _TAG,
        "Replace a lost slip",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal),
    ),
)

RIGHTS = (
    Operation(
        "listConsentTexts",
        "GET",
        "/consent-texts",
        SeekerRightsRpc.consent_texts,
        _TAG,
        "Read the consents' wordings",
        "What is read out, or signed, today.",
        access=Access.OPEN,
    ),
    Operation(
        "readOwnRecord",
        "POST",
        "/seekers/own-record",
        SeekerRightsRpc.own_record,
        _TAG,
        "Read one's own record",
        access=Access.OPEN,
        guessed="id_number",
        problems=(OwnRecordRefused, *_NUMBER_REFUSED),
    ),
    Operation(
        "listConsents",
        "GET",
        "/seekers/{id}/consents",
        SeekerRightsRpc.list_consents,
        _TAG,
        "List somebody's consents",
        "Every one that was ever given, the newest first.",
        takes=_ID,
        problems=(SeekerNotFound,),
    ),
    Operation(
        "giveConsent",
        "POST",
        "/seekers/{id}/consents",
        SeekerRightsRpc.give_consent,
        _TAG,
        "Write a consent down",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal, ConsentMissing),
    ),
    Operation(
        "withdrawConsent",
        "DELETE",
        "/seekers/{id}/consents/{purpose}",
        SeekerRightsRpc.withdraw_consent,
        _TAG,
        "Withdraw a consent",
        "What rests on it ends at once: a card leaves every screen, an identity number is let go.",
        takes={"id": "id", "purpose": "purpose"},
        problems=(SeekerNotFound, SeekerStepIllegal, ConsentMissing),
    ),
    Operation(
        "readSeekerInClear",
        "POST",
        "/seekers/{id}/clear-readings",
        SeekerRightsRpc.read_seeker_in_clear,
        _TAG,
        "Read somebody in clear",
        "Says what for; the person can see who did.",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal),
    ),
    Operation(
        "listClearReadings",
        "GET",
        "/seekers/{id}/clear-readings",
        SeekerRightsRpc.list_clear_readings,
        _TAG,
        "List who read somebody in clear",
        takes=_ID,
        problems=(SeekerNotFound,),
    ),
    Operation(
        "eraseSeeker",
        "POST",
        "/seekers/{id}/erase",
        SeekerRightsRpc.erase_seeker,
        _TAG,
        "Erase somebody",
        "The person is gone from the register; the counts stay.",
        takes=_ID,
        problems=(SeekerNotFound, SeekerStepIllegal),
    ),
)

OPERATIONS = (*REGISTER, *RIGHTS)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
