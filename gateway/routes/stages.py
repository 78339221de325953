"""A station's life: its steps, what stands in the way of opening, what is due."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.stages import (
    DueDateInvalid,
    RectificationNotFound,
    StagesRpc,
    StationHasOthersBelow,
    StationNotReady,
    StationStepIllegal,
)
from yizhan.contracts.stations import StationNotFound

_TAG = "stages"
_STEP = (StationNotFound, StationStepIllegal)

OPERATIONS = (
    Operation(
        "inspectStation",
        "POST",
        "/stations/{code}/inspect",
        StagesRpc.inspect_station,
        _TAG,
        "Note that a station was inspected",
        takes={"code": "code"},
        problems=_STEP,
    ),
    Operation(
        "rectifyStation",
        "POST",
        "/stations/{code}/rectify",
        StagesRpc.rectify_station,
        _TAG,
        "Have things mended by a date",
        takes={"code": "code"},
        problems=(*_STEP, DueDateInvalid),
    ),
    Operation(
        "openStation",
        "POST",
        "/stations/{code}/open",
        StagesRpc.open_station,
        _TAG,
        "Open a station",
        "Refused as `stations.not_ready` with everything that is missing, told once: `evidence.missing` is a "
        "list of machine codes with their figures and the ids of what is meant.",
        takes={"code": "code"},
        problems=(*_STEP, StationNotReady),
    ),
    Operation(
        "suspendStation",
        "POST",
        "/stations/{code}/suspend",
        StagesRpc.suspend_station,
        _TAG,
        "Close a station for a time",
        takes={"code": "code"},
        problems=_STEP,
    ),
    Operation(
        "revokeStation",
        "POST",
        "/stations/{code}/revoke",
        StagesRpc.revoke_station,
        _TAG,
        "Close a station for good",
        takes={"code": "code"},
        problems=(*_STEP, StationHasOthersBelow),
    ),
    Operation(
        "mendRectification",
        "POST",
        "/rectifications/{id}/mend",
        StagesRpc.mend_rectification,
        _TAG,
        "Report something as mended",
        "By the station's own staff. What is mended already stays as it is.",
        takes={"id": "id"},
        problems=(RectificationNotFound,),
    ),
    Operation(
        "stationHistory",
        "GET",
        "/stations/{code}/history",
        StagesRpc.station_history,
        _TAG,
        "Read a station's history",
        takes={"code": "code"},
        problems=(StationNotFound,),
    ),
    Operation(
        "stationReadiness",
        "GET",
        "/stations/{code}/readiness",
        StagesRpc.station_readiness,
        _TAG,
        "See what stands in the way of opening",
        "The list with which opening would be refused now; empty when nothing is missing.",
        takes={"code": "code"},
        problems=(StationNotFound,),
    ),
    Operation(
        "listDue",
        "GET",
        "/stations/{code}/due",
        StagesRpc.list_due,
        _TAG,
        "List what is due",
        "Inspections of facilities and things to be mended, at the station and all below it, the longest "
        "overdue first.",
        takes={"code": "station"},
        problems=(StationNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
