"""A notice: a text on the screens between two moments."""

from __future__ import annotations

from datetime import datetime, timedelta

from yizhan.contracts.stations import Notice, NoticePeriodInvalid, PostNotice

#: A notice that hangs longer than a year has been forgotten.
_LONGEST = timedelta(days=366)


def post(request: PostNotice, *, id: str, now: datetime) -> Notice:
    """A new notice, valid from now unless it says otherwise. Raises NoticePeriodInvalid."""
    valid_from = request.valid_from or now
    valid_until = request.valid_until
    if valid_until <= max(valid_from, now) or valid_until - valid_from > _LONGEST:
        raise NoticePeriodInvalid(
            "a notice ends after it begins, in the future, and within a year",
            valid_from=valid_from.isoformat(),
            valid_until=valid_until.isoformat(),
        )
    return Notice(
        id=id,
        station=request.station,
        reach=request.reach,
        text=request.text,
        valid_from=valid_from,
        valid_until=valid_until,
        sequence=1,
    )


def end(notice: Notice, *, now: datetime) -> Notice:
    """The notice, over; one that is over already stays as it is."""
    if notice.ended_at is not None:
        return notice
    return notice.model_copy(update={"ended_at": now, "sequence": notice.sequence + 1})
