"""The network tree."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.stations import (
    OpeningHoursInvalid,
    StationChanged,
    StationCodeTaken,
    StationMisplaced,
    StationNotFound,
    StationsRpc,
)

_TAG = "stations"

OPERATIONS = (
    Operation(
        "listStations",
        "GET",
        "/stations",
        StationsRpc.list_stations,
        _TAG,
        "List all stations",
        "The whole network, as the public may know it.",
        access=Access.OPTIONAL,
    ),
    Operation(
        "addStation",
        "POST",
        "/stations",
        StationsRpc.add_station,
        _TAG,
        "Add a station",
        "Puts a town station, community station or contact point under its parent.",
        status=201,
        location="/stations/{code}",
        problems=(StationNotFound, StationCodeTaken, StationMisplaced, OpeningHoursInvalid),
    ),
    Operation(
        "getStation",
        "GET",
        "/stations/{code}",
        StationsRpc.get_station,
        _TAG,
        "Read a station",
        "One station, as the public may know it.",
        takes={"code": "code"},
        access=Access.OPTIONAL,
        problems=(StationNotFound,),
    ),
    Operation(
        "amendStation",
        "PATCH",
        "/stations/{code}",
        StationsRpc.amend_station,
        _TAG,
        "Change a station",
        takes={"code": "code"},
        problems=(StationNotFound, StationMisplaced, StationChanged, OpeningHoursInvalid),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
