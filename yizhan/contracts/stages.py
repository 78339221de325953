"""What services/stations says of a station's life: steps, what stands in the way of opening, what is due."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.facilities import FacilityKind
from yizhan.contracts.premises import StationFunction
from yizhan.contracts.rpc import Method
from yizhan.contracts.stations import Station, StationRef, StationStage

# --- values -------------------------------------------------------------------------------------------


class StationStepKind(StrEnum):
    """What was done. A station begins with `plan`, a county market with `open`."""

    PLAN = "plan"
    INSPECT = "inspect"
    RECTIFY = "rectify"
    OPEN = "open"
    SUSPEND = "suspend"
    REVOKE = "revoke"


RectificationText = Annotated[OfficeText, Field(max_length=200)]


class Rectification(Message):
    """One thing to be mended by a date, and by whom it was."""

    id: Identifier
    station: StationCode
    text: RectificationText
    due_on: date
    mended_at: Moment | None = None
    mended_by: str | None = None
    note: OfficeText | None = None


class StationStep(Message):
    """One line of a station's history: who did what, when and why. `stage`: the one that it led to.

    sequence: the station's version from then on. due_on, rectifications: of a `rectify` only.
    """

    id: Identifier
    station: StationCode
    sequence: Sequence
    step: StationStepKind
    stage: StationStage
    by: str
    at: Moment
    reason: OfficeText | None = None
    due_on: date | None = None
    rectifications: tuple[Rectification, ...] = ()


class MissingThing(Message):
    """One thing that stands in the way of opening.

    code: `<what>.<fault>`, such as `area.too_small`, `active_staff.too_few`, `exit.absent`, `exit.faulty`,
    `fire_equipment.never_inspected`, `fire_equipment.overdue`, `name_plate.absent`, `hotline.absent`,
    `opening_hours.absent`, `service_items.too_few`, `functions.absent`, `rectifications.unfinished`.
    required, found: figures, where there are any; `found` is None for what was never entered.
    facilities, rectifications: ids of those meant. functions: those not offered.
    """

    code: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$")]
    required: float | None = None
    found: float | None = None
    facilities: tuple[Identifier, ...] = ()
    rectifications: tuple[Identifier, ...] = ()
    functions: tuple[StationFunction, ...] = ()


class Readiness(Message):
    """Everything that stands in the way of opening, told at once; empty when nothing does.

    rules_from: the day from which the requirements hold that were applied.
    """

    code: StationCode
    stage: StationStage
    missing: tuple[MissingThing, ...]
    rules_from: date


class DueKind(StrEnum):
    FACILITY = "facility"
    RECTIFICATION = "rectification"


class DueThing(Message):
    """Something with a date. `id`: of the facility or the rectification; facility_kind: of a facility."""

    kind: DueKind
    id: Identifier
    station: StationCode
    station_name: PublicLine
    label: str
    facility_kind: FacilityKind | None
    due_on: date
    overdue: bool


# --- events -------------------------------------------------------------------------------------------


class StationStepTaken(Facts):
    """A station took a step; the reason stays in the office. Subject: the step's id.

    rectifications: how many things are to be mended by `due_on`.
    """

    event_type: ClassVar[str] = "stations.station_step.taken.v1"
    station: StationCode
    step: StationStepKind
    stage: StationStage
    by: str
    due_on: date | None = None
    rectifications: int = 0


class RectificationMended(Facts):
    """A thing that was to be mended is. Subject: the rectification's id."""

    event_type: ClassVar[str] = "stations.rectification.mended.v1"
    station: StationCode
    due_on: date
    mended_at: Moment
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class InspectStation(Message):
    """The station was looked at on site. `reason`: what was found."""

    code: StationCode
    reason: OfficeText


class RectifyStation(Message):
    """Something is to be mended; the station is closed until it is. `due_on`: after today, within a year."""

    code: StationCode
    reason: OfficeText
    due_on: date
    items: Annotated[tuple[RectificationText, ...], Field(min_length=1, max_length=20)]


class OpenStation(Message):
    """Refused with the complete list of what is missing."""

    code: StationCode
    reason: OfficeText | None = None


class SuspendStation(Message):
    """Closed for a time; opened again as it was opened first."""

    code: StationCode
    reason: OfficeText


class RevokeStation(Message):
    """Closed for good. Refused while stations below it are not."""

    code: StationCode
    reason: OfficeText


class MendRectification(Message):
    id: Identifier
    note: OfficeText | None = None


class StationStepQuery(Message):
    """Newest first. `after`: the last sequence of the page before."""

    code: StationCode
    after: Sequence | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class StationHistory(Message):
    steps: tuple[StationStep, ...]
    next: Sequence | None


class DueQuery(Message):
    """What is overdue or soon will be at a station and all below it, the longest overdue first.

    within_days: how far ahead to look. after: the cursor of the page before.
    """

    station: StationCode
    within_days: Annotated[int, Field(ge=0, le=366)] = 30
    after: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}:[0-9a-f-]{36}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DueList(Message):
    due: tuple[DueThing, ...]
    next: str | None


SERVICE = "stations"


class StagesRpc:
    """The methods of services/stations that are about a station's life."""

    inspect_station = Method(SERVICE, "inspect_station", InspectStation, Station, command=True)
    rectify_station = Method(SERVICE, "rectify_station", RectifyStation, Station, command=True)
    open_station = Method(SERVICE, "open_station", OpenStation, Station, command=True)
    suspend_station = Method(SERVICE, "suspend_station", SuspendStation, Station, command=True)
    revoke_station = Method(SERVICE, "revoke_station", RevokeStation, Station, command=True)
    mend_rectification = Method(SERVICE, "mend_rectification", MendRectification, Rectification, command=True)
    station_history = Method(SERVICE, "station_history", StationStepQuery, StationHistory, command=False)
    station_readiness = Method(SERVICE, "station_readiness", StationRef, Readiness, command=False)
    list_due = Method(SERVICE, "list_due", DueQuery, DueList, command=False)


# --- errors -------------------------------------------------------------------------------------------


class StationStepIllegal(YizhanError):
    """A station in this stage cannot take this step; `allowed` tells which it can."""

    code = "stations.step_illegal"
    status = 409


class StationNotReady(YizhanError):
    """The station cannot open yet; `missing` in the evidence is the complete list of what it lacks."""

    code = "stations.not_ready"
    status = 409


class StationHasOthersBelow(YizhanError):
    """Stations below it are not revoked; `below` names some of them."""

    code = "stations.has_others_below"
    status = 409


class DueDateInvalid(YizhanError):
    """A due date lies after today and within a year."""

    code = "stations.due_date_invalid"
    status = 422


class RectificationNotFound(YizhanError):
    """Nothing that is to be mended has this id."""

    code = "stations.rectification_not_found"
    status = 404
