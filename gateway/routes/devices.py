"""Screen devices: the codes by which screens connect."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.stations import DeviceNotFound, StationNotFound, StationsRpc

_TAG = "devices"

OPERATIONS = (
    Operation(
        "listDevices",
        "GET",
        "/stations/{code}/devices",
        StationsRpc.list_devices,
        _TAG,
        "List a station's screen devices",
        "Without their codes, which nobody can read again; revoked ones too.",
        takes={"code": "code"},
        problems=(StationNotFound,),
    ),
    Operation(
        "issueDevice",
        "POST",
        "/stations/{code}/devices",
        StationsRpc.issue_device,
        _TAG,
        "Issue a device code for a screen",
        "The answer holds the code, this once. Open `/screen/<station>#code=<code>` on the screen.",
        takes={"code": "station"},
        status=201,
        problems=(StationNotFound,),
    ),
    Operation(
        "revokeDevice",
        "DELETE",
        "/devices/{id}",
        StationsRpc.revoke_device,
        _TAG,
        "Revoke a device code",
        "A screen that is connected with it is cut off and stops showing data.",
        takes={"id": "id"},
        problems=(DeviceNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
