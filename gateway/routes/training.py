"""The training of staff."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.stations import StationNotFound
from yizhan.contracts.training import (
    TrainingDateInvalid,
    TrainingNotFound,
    TrainingRpc,
    TrainingStaffUnknown,
)

_TAG = "training"

OPERATIONS = (
    Operation(
        "listTrainings",
        "GET",
        "/stations/{code}/trainings",
        TrainingRpc.list_trainings,
        _TAG,
        "List trainings of staff",
        takes={"code": "station"},
        problems=(StationNotFound,),
    ),
    Operation(
        "recordTraining",
        "POST",
        "/stations/{code}/trainings",
        TrainingRpc.record_training,
        _TAG,
        "Record a training of staff",
        takes={"code": "station"},
        status=201,
        problems=(StationNotFound, TrainingDateInvalid, TrainingStaffUnknown),
    ),
    Operation(
        "withdrawTraining",
        "POST",
        "/trainings/{id}/withdraw",
        TrainingRpc.withdraw_training,
        _TAG,
        "Withdraw a training",
        "It was entered by mistake; the record stays, marked.",
        takes={"id": "id"},
        problems=(TrainingNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
