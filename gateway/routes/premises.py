"""Stations' premises, and the maps that list them."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.premises import PositionOutside, PremisesChanged, PremisesRpc
from yizhan.contracts.stations import StationNotFound

_TAG = "premises"

OPERATIONS = (
    Operation(
        "getPremises",
        "GET",
        "/stations/{code}/premises",
        PremisesRpc.get_premises,
        _TAG,
        "Read a station's premises",
        "Area, functions, position, and links that show the station on 高德, 百度 and 腾讯.",
        takes={"code": "code"},
        access=Access.OPTIONAL,
        problems=(StationNotFound,),
    ),
    Operation(
        "amendPremises",
        "PATCH",
        "/stations/{code}/premises",
        PremisesRpc.amend_premises,
        _TAG,
        "Change a station's premises",
        takes={"code": "code"},
        problems=(StationNotFound, PremisesChanged, PositionOutside),
    ),
    Operation(
        "listMapListings",
        "GET",
        "/stations/{code}/map-listings",
        PremisesRpc.list_map_listings,
        _TAG,
        "See how the maps list a station",
        takes={"code": "station"},
        problems=(StationNotFound,),
    ),
    Operation(
        "reportMapListing",
        "POST",
        "/stations/{code}/map-listings",
        PremisesRpc.report_map_listing,
        _TAG,
        "Report how a map lists a station",
        takes={"code": "station"},
        problems=(StationNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
