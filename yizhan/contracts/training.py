"""What services/stations says of the training of its staff (业务培训)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import (
    Identifier,
    Message,
    Moment,
    OfficeText,
    PublicLine,
    Sequence,
    StationCode,
)
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------

TrainingHours = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Attendants = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=200)]


class Training(Message):
    """One training of staff. `hours`: of each who took part. `staff`: ids of their accounts.

    certificate: a note of what was awarded. withdrawn_at: it was entered by mistake.
    """

    id: Identifier
    station: StationCode
    topic: PublicLine
    held_on: date
    hours: TrainingHours
    staff: Attendants
    certificate: OfficeText | None
    recorded_at: Moment
    by: str
    withdrawn_at: Moment | None = None
    withdrawn_because: OfficeText | None = None
    sequence: Sequence


# --- events -------------------------------------------------------------------------------------------


class _TrainingFacts(Facts):
    station: StationCode
    topic: PublicLine
    held_on: date
    hours: TrainingHours
    staff: Attendants
    by: str


class TrainingRecorded(_TrainingFacts):
    """Staff were trained. Holds ids of accounts and no names. Subject: the training's id."""

    event_type: ClassVar[str] = "stations.training.recorded.v1"


class TrainingWithdrawn(_TrainingFacts):
    """A training was entered by mistake and no longer counts. Subject: the training's id."""

    event_type: ClassVar[str] = "stations.training.withdrawn.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class RecordTraining(Message):
    """`staff`: accounts of the station or below it, closed ones too. `held_on`: today or before."""

    station: StationCode
    topic: PublicLine
    held_on: date
    hours: TrainingHours
    staff: Attendants
    certificate: OfficeText | None = None


class WithdrawTraining(Message):
    id: Identifier
    reason: OfficeText


class TrainingQuery(Message):
    """Trainings of a station and all below it, newest first. `after`: the last id of the page before.

    staff: those in which this account took part.
    """

    station: StationCode
    staff: Identifier | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class TrainingList(Message):
    trainings: tuple[Training, ...]
    next: Identifier | None


SERVICE = "stations"


class TrainingRpc:
    """The methods of services/stations that are about the training of its staff."""

    record_training = Method(SERVICE, "record_training", RecordTraining, Training, command=True)
    withdraw_training = Method(SERVICE, "withdraw_training", WithdrawTraining, Training, command=True)
    list_trainings = Method(SERVICE, "list_trainings", TrainingQuery, TrainingList, command=False)


# --- errors -------------------------------------------------------------------------------------------


class TrainingNotFound(YizhanError):
    """No training has this id."""

    code = "stations.training_not_found"
    status = 404


class TrainingDateInvalid(YizhanError):
    """A training that is recorded has been held."""

    code = "stations.training_date_invalid"
    status = 422


class TrainingStaffUnknown(YizhanError):
    """Some of the staff have no account at the station or below it; `staff` tells whose ids these are."""

    code = "stations.training_staff_unknown"
    status = 422
