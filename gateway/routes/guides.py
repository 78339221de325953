"""What the public is told: service items, flow, organisation chart."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.guides import (
    ChartInvalid,
    GuideChanged,
    GuidesRpc,
    ServiceItemChanged,
    ServiceItemNotFound,
    ServiceItemsFull,
    ServiceItemWithdrawn,
)
from yizhan.contracts.stations import StationNotFound

_TAG = "guides"

OPERATIONS = (
    Operation(
        "getGuide",
        "GET",
        "/stations/{code}/guide",
        GuidesRpc.get_guide,
        _TAG,
        "Read what a station tells its visitors",
        "Service items with materials and time limits, the way through the house, the organisation chart.",
        takes={"code": "code"},
        access=Access.OPTIONAL,
        problems=(StationNotFound,),
    ),
    Operation(
        "amendGuide",
        "PATCH",
        "/stations/{code}/guide",
        GuidesRpc.amend_guide,
        _TAG,
        "Change a station's flow or organisation chart",
        takes={"code": "code"},
        problems=(StationNotFound, GuideChanged, ChartInvalid),
    ),
    Operation(
        "addServiceItem",
        "POST",
        "/stations/{code}/service-items",
        GuidesRpc.add_service_item,
        _TAG,
        "Offer a service",
        "At the station alone, or at all below it too.",
        takes={"code": "station"},
        status=201,
        problems=(StationNotFound, ServiceItemsFull),
    ),
    Operation(
        "amendServiceItem",
        "PATCH",
        "/service-items/{id}",
        GuidesRpc.amend_service_item,
        _TAG,
        "Change a service item",
        takes={"id": "id"},
        problems=(ServiceItemNotFound, ServiceItemChanged, ServiceItemWithdrawn),
    ),
    Operation(
        "withdrawServiceItem",
        "DELETE",
        "/service-items/{id}",
        GuidesRpc.withdraw_service_item,
        _TAG,
        "No longer offer a service",
        "Its history stays.",
        takes={"id": "id"},
        problems=(ServiceItemNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
