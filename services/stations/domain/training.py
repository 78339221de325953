"""The training of staff: recorded, and withdrawn when it was entered by mistake."""

from __future__ import annotations

from datetime import date, datetime

from yizhan.contracts.training import (
    RecordTraining,
    Training,
    TrainingDateInvalid,
    TrainingStaffUnknown,
    WithdrawTraining,
)


def record(
    request: RecordTraining, *, id: str, known: frozenset[str], now: datetime, today: date, by: str
) -> Training:
    """A new record. known: those of the request's staff who have accounts in its scope.

    Raises TrainingDateInvalid, TrainingStaffUnknown.
    """
    if request.held_on > today:
        raise TrainingDateInvalid(
            "a training that is recorded has been held", held_on=request.held_on.isoformat()
        )
    staff = tuple(dict.fromkeys(request.staff))
    strangers = [one for one in staff if one not in known]
    if strangers:
        raise TrainingStaffUnknown("some have no account at the station or below it", staff=strangers)
    return Training(
        id=id,
        station=request.station,
        topic=request.topic,
        held_on=request.held_on,
        hours=request.hours,
        staff=staff,
        certificate=request.certificate,
        recorded_at=now,
        by=by,
        sequence=1,
    )


def withdraw(training: Training, request: WithdrawTraining, *, now: datetime) -> Training:
    """The record, void; one that is void already stays as it is."""
    if training.withdrawn_at is not None:
        return training
    return training.model_copy(
        update={
            "withdrawn_at": now,
            "withdrawn_because": request.reason,
            "sequence": training.sequence + 1,
        }
    )
