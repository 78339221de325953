"""Notices on the screens."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.stations import NoticeNotFound, NoticePeriodInvalid, StationNotFound, StationsRpc

_TAG = "notices"

OPERATIONS = (
    Operation(
        "listNotices",
        "GET",
        "/stations/{code}/notices",
        StationsRpc.list_notices,
        _TAG,
        "List a station's notices",
        "Those of the station itself.",
        takes={"code": "code"},
        problems=(StationNotFound,),
    ),
    Operation(
        "postNotice",
        "POST",
        "/stations/{code}/notices",
        StationsRpc.post_notice,
        _TAG,
        "Post a notice",
        "Shown on the station's screens while it is valid; with reach `subtree`, on all below it too.",
        takes={"code": "station"},
        status=201,
        problems=(StationNotFound, NoticePeriodInvalid),
    ),
    Operation(
        "endNotice",
        "DELETE",
        "/notices/{id}",
        StationsRpc.end_notice,
        _TAG,
        "End a notice",
        "It leaves the screens at once.",
        takes={"id": "id"},
        problems=(NoticeNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
