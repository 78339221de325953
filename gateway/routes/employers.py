"""The employers' register."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.employers import CreditCodeMisplaced, EmployerExists, EmployerNotFound, EmployersRpc
from yizhan.contracts.jobs import UnknownStation

_TAG = "employers"

OPERATIONS = (
    Operation(
        "listEmployers",
        "GET",
        "/employers",
        EmployersRpc.list_employers,
        _TAG,
        "List employers",
        problems=(UnknownStation,),
    ),
    Operation(
        "registerEmployer",
        "POST",
        "/employers",
        EmployersRpc.register_employer,
        _TAG,
        "Register an employer",
        "A company with its unified social credit code, or an individual without one.",
        status=201,
        location="/employers/{id}",
        problems=(UnknownStation, EmployerExists, CreditCodeMisplaced),
    ),
    Operation(
        "getEmployer",
        "GET",
        "/employers/{id}",
        EmployersRpc.get_employer,
        _TAG,
        "Read an employer",
        "One entry of the register.",
        takes={"id": "id"},
        problems=(EmployerNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
