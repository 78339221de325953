"""Stations' facilities, their inspections and photos."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses
from gateway.files_out import stored_file_response
from gateway.operations import PREFIX, Operation
from yizhan.contracts.base import Identifier
from yizhan.contracts.facilities import (
    FacilitiesRpc,
    FacilityChanged,
    FacilityNotFound,
    FacilityPhotoRef,
    FacilityRemoved,
    InspectionDatesInvalid,
    PhotoNotFound,
    PhotoRefused,
)
from yizhan.contracts.files import IMAGES, FileId, FileNotFound, FileStoreUnavailable
from yizhan.contracts.stations import StationNotFound

_TAG = "facilities"

OPERATIONS = (
    Operation(
        "listFacilities",
        "GET",
        "/stations/{code}/facilities",
        FacilitiesRpc.list_facilities,
        _TAG,
        "List a station's facilities",
        takes={"code": "station"},
        problems=(StationNotFound,),
    ),
    Operation(
        "addFacilities",
        "POST",
        "/stations/{code}/facilities",
        FacilitiesRpc.add_facilities,
        _TAG,
        "Enter a station's facilities",
        takes={"code": "station"},
        status=201,
        problems=(StationNotFound, InspectionDatesInvalid),
    ),
    Operation(
        "getFacility",
        "GET",
        "/facilities/{id}",
        FacilitiesRpc.get_facility,
        _TAG,
        "Read a facility",
        "With its photos' ids.",
        takes={"id": "id"},
        problems=(FacilityNotFound,),
    ),
    Operation(
        "amendFacility",
        "PATCH",
        "/facilities/{id}",
        FacilitiesRpc.amend_facility,
        _TAG,
        "Change a facility",
        takes={"id": "id"},
        problems=(FacilityNotFound, FacilityChanged),
    ),
    Operation(
        "listFacilityInspections",
        "GET",
        "/facilities/{id}/inspections",
        FacilitiesRpc.list_facility_inspections,
        _TAG,
        "List a facility's inspections",
        takes={"id": "id"},
        problems=(FacilityNotFound,),
    ),
    Operation(
        "inspectFacility",
        "POST",
        "/facilities/{id}/inspections",
        FacilitiesRpc.inspect_facility,
        _TAG,
        "Enter an inspection",
        takes={"id": "id"},
        problems=(FacilityNotFound, FacilityRemoved, InspectionDatesInvalid),
    ),
    Operation(
        "attachFacilityPhoto",
        "POST",
        "/facilities/{id}/photos",
        FacilitiesRpc.attach_facility_photo,
        _TAG,
        "Attach a photo",
        "One that was uploaded by `POST /api/v1/uploads`. The same photo again changes nothing.",
        takes={"id": "id"},
        problems=(FacilityNotFound, FacilityRemoved, FileNotFound, PhotoRefused, FileStoreUnavailable),
    ),
    Operation(
        "detachFacilityPhoto",
        "DELETE",
        "/facilities/{id}/photos/{file_id}",
        FacilitiesRpc.detach_facility_photo,
        _TAG,
        "Take a photo off",
        "One that is not there makes no difference.",
        takes={"id": "id", "file_id": "file_id"},
        problems=(FacilityNotFound,),
    ),
)


@admitted(Admission(Access.SESSION))
async def read_photo(
    request: Request, id: Annotated[Identifier, Path()], file_id: Annotated[FileId, Path()]
) -> Response:
    """The image itself, for whoever may see the facility."""
    stored = await ask(request, FacilitiesRpc.get_facility_photo, FacilityPhotoRef(id=id, file_id=file_id))
    return await stored_file_response(request, stored)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
    router.add_api_route(
        f"{PREFIX}/facilities/{{id}}/photos/{{file_id}}",
        read_photo,
        methods=["GET"],
        response_class=Response,
        operation_id="readFacilityPhoto",
        tags=[_TAG],
        summary="See a photo",
        responses=_photo_responses(),
        route_class_override=AdmittedRoute,
    )


def _photo_responses() -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    problems = (FacilityNotFound, PhotoNotFound, FileNotFound, FileStoreUnavailable)
    return {
        200: {"description": "The image.", "content": dict.fromkeys(sorted(IMAGES), binary)},
        304: {"description": "The browser has it."},
        **problem_responses(Access.SESSION, problems, has_body=False, asks=True),
    }
