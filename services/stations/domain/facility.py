"""A facility: entered, inspected, amended, photographed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from yizhan.contracts.facilities import (
    MOST_PHOTOS,
    AmendFacility,
    Facility,
    FacilityChanged,
    FacilityInspection,
    FacilityRemoved,
    FacilityState,
    InspectFacility,
    InspectionDatesInvalid,
    NewFacility,
    PhotoNotFound,
    PhotoRefused,
)
from yizhan.contracts.files import IMAGES, StoredFile

_LONGEST_INTERVAL = timedelta(days=3660)


def add(entry: NewFacility, *, id: str, station: str, today: date) -> Facility:
    """A new facility. Raises InspectionDatesInvalid."""
    if entry.inspected_on is not None and entry.due_on is not None:
        _check_dates(entry.inspected_on, entry.due_on, today)
    elif entry.inspected_on is not None or entry.due_on is not None:
        raise InspectionDatesInvalid("an inspection has its day and the day of the next", label=entry.label)
    return Facility(id=id, station=station, sequence=1, **entry.model_dump())


def inspection(facility: Facility, *, id: str, now: datetime, by: str) -> FacilityInspection | None:
    """The inspection that a new facility came with, for its history."""
    if facility.inspected_on is None or facility.due_on is None:
        return None
    return FacilityInspection(
        id=id,
        facility=facility.id,
        inspected_on=facility.inspected_on,
        due_on=facility.due_on,
        state=facility.state,
        by=by,
        at=now,
    )


def inspect(
    facility: Facility, request: InspectFacility, *, id: str, now: datetime, today: date, by: str
) -> tuple[Facility, FacilityInspection]:
    """The facility after an inspection, and the inspection. Raises FacilityRemoved, InspectionDatesInvalid.

    One that is entered late leaves the dates of a newer one as they are.
    """
    _require_there(facility)
    _check_dates(request.inspected_on, request.due_on, today)
    made = FacilityInspection(
        id=id,
        facility=facility.id,
        inspected_on=request.inspected_on,
        due_on=request.due_on,
        state=request.state,
        by=by,
        at=now,
        note=request.note,
    )
    news = {}
    if facility.inspected_on is None or facility.inspected_on <= request.inspected_on:
        news = {"inspected_on": request.inspected_on, "due_on": request.due_on, "state": request.state}
    return facility.model_copy(update={**news, "sequence": facility.sequence + 1}), made


def amend(facility: Facility, request: AmendFacility) -> Facility:
    """The facility after the change; the same object when nothing changes. Raises FacilityChanged."""
    if request.expected_sequence is not None and request.expected_sequence != facility.sequence:
        raise FacilityChanged(
            "the facility has changed since it was read", id=facility.id, sequence=facility.sequence
        )
    changes = {
        "label": request.label or facility.label,
        "count": request.count or facility.count,
        "state": request.state or facility.state,
    }
    return _changed(facility, changes)


def attach(facility: Facility, photo: StoredFile) -> Facility:
    """The facility with one photo more; one that it has already is not added twice.

    Raises FacilityRemoved, PhotoRefused.
    """
    _require_there(facility)
    if photo.media_type not in IMAGES:
        raise PhotoRefused("a photo is an image", media_type=photo.media_type)
    if any(one.id == photo.id for one in facility.photos):
        return facility
    if len(facility.photos) >= MOST_PHOTOS:
        raise PhotoRefused("the facility has as many photos as it may", most=MOST_PHOTOS)
    return _changed(facility, {"photos": (*facility.photos, photo)})


def detach(facility: Facility, file_id: str) -> Facility:
    """The facility without a photo; one that it does not have makes no difference."""
    return _changed(facility, {"photos": tuple(one for one in facility.photos if one.id != file_id)})


def photo(facility: Facility, file_id: str) -> StoredFile:
    """One of the photos. Raises PhotoNotFound."""
    for one in facility.photos:
        if one.id == file_id:
            return one
    raise PhotoNotFound("the facility has no such photo", id=facility.id, file_id=file_id)


def nameless(facility: Facility) -> Facility:
    """The facility for an event: its photos without the names that their uploaders gave them."""
    return facility.model_copy(update={"photos": tuple(one.nameless() for one in facility.photos)})


def _changed(facility: Facility, changes: dict[str, object]) -> Facility:
    if all(getattr(facility, name) == value for name, value in changes.items()):
        return facility
    return facility.model_copy(update={**changes, "sequence": facility.sequence + 1})


def _require_there(facility: Facility) -> None:
    if facility.state is FacilityState.REMOVED:
        raise FacilityRemoved("the facility is no longer at the station", id=facility.id)


def _check_dates(inspected_on: date, due_on: date, today: date) -> None:
    if not (inspected_on <= today and inspected_on < due_on <= inspected_on + _LONGEST_INTERVAL):
        raise InspectionDatesInvalid(
            "an inspection was today or before, and the next is due after it, within ten years",
            inspected_on=inspected_on.isoformat(),
            due_on=due_on.isoformat(),
            today=today.isoformat(),
        )
