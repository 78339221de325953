"""Staff accounts."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.stations import (
    LoginTaken,
    PasswordRefused,
    StaffNotFound,
    StationNotFound,
    StationsRpc,
)

_TAG = "staff"

OPERATIONS = (
    Operation(
        "listStaff",
        "GET",
        "/stations/{code}/staff",
        StationsRpc.list_staff,
        _TAG,
        "List a station's staff",
        "Accounts without their secrets, closed ones too.",
        takes={"code": "code"},
        problems=(StationNotFound,),
    ),
    Operation(
        "addStaff",
        "POST",
        "/stations/{code}/staff",
        StationsRpc.add_staff,
        _TAG,
        "Add a staff account",
        "The account's scope is the station and all below it.",
        takes={"code": "station"},
        status=201,
        problems=(StationNotFound, LoginTaken, PasswordRefused),
    ),
    Operation(
        "closeStaff",
        "DELETE",
        "/staff/{id}",
        StationsRpc.close_staff,
        _TAG,
        "Close a staff account",
        "The account can do nothing from now on; its history stays.",
        takes={"id": "id"},
        problems=(StaffNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
