"""The draw that anyone can check (阳光派工)."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.draws import (
    DrawListInvalid,
    DrawNotFound,
    DrawsRpc,
    DrawStepIllegal,
    OverrideInvalid,
)
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import SeekerStationClosed, SeekerStationUnknown

_TAG = "draws"


def _step(
    verb: str,
    rpc: Method,  # type: ignore[type-arg]
    summary: str,
    *refusals: type[YizhanError],
) -> Operation:
    """A step of today's draw: POST /stations/{code}/draw/<verb>."""
    return Operation(
        f"{verb}Draw",
        "POST",
        f"/stations/{{code}}/draw/{verb}",
        rpc,
        _TAG,
        summary,
        takes={"code": "station"},
        problems=(SeekerStationUnknown, DrawNotFound, DrawStepIllegal, *refusals),
    )


OPERATIONS = (
    _step("announce", DrawsRpc.announce_draw, "Publish the commitment", SeekerStationClosed),
    _step("close", DrawsRpc.close_draw, "Fix the list", DrawListInvalid),
    _step("reveal", DrawsRpc.reveal_draw, "Publish the seed and the order"),
    _step("override", DrawsRpc.override_draw, "Put a ticket elsewhere by hand", OverrideInvalid),
    Operation(
        "readDraw",
        "GET",
        "/stations/{code}/draws/{date}",
        DrawsRpc.get_draw,
        _TAG,
        "Read the public record of a draw",
        "What examples/verify_draw.py checks.",
        takes={"code": "station", "date": "date"},
        access=Access.OPEN,
        problems=(SeekerStationUnknown, DrawNotFound),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
