"""One-to-one guidance (一对一职业指导): booked, then held, missed or cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.seekers.domain.support import illegal
from yizhan.contracts.guidance import (
    BookGuidance,
    GuidanceResult,
    GuidanceSession,
    GuidanceStatus,
)
from yizhan.contracts.support import SupportDayInvalid

#: A session is entered so much later at the most, and booked so long ahead.
LATEST_ENTRY = timedelta(days=31)
FURTHEST_AHEAD = timedelta(days=92)


def book(
    request: BookGuidance, *, id: str, station: str, adviser: str, now: datetime, by: str
) -> GuidanceSession:
    """A new session; one that is entered late has its result at once. Raises SupportDayInvalid."""
    if not now - LATEST_ENTRY <= request.starts_at <= now + FURTHEST_AHEAD:
        raise SupportDayInvalid(
            "a session is entered within a month, and booked for the next three",
            earliest=(now - LATEST_ENTRY).isoformat(),
            latest=(now + FURTHEST_AHEAD).isoformat(),
        )
    booked = GuidanceSession(
        id=id,
        seeker_id=request.id,
        station=station,
        state=GuidanceStatus.BOOKED,
        starts_at=request.starts_at,
        adviser=adviser,
        topic=request.topic,
        minutes=None,
        outcome=None,
        note=None,
        by=by,
        sequence=1,
    )
    if request.result is None:
        return booked
    return finish(booked, request.result, now=now).model_copy(update={"sequence": 1})


def finish(current: GuidanceSession, result: GuidanceResult, *, now: datetime) -> GuidanceSession:
    """The session with its result. Raises SupportStepIllegal, and SupportDayInvalid for one that was held or
    missed before it began."""
    if current.state is not GuidanceStatus.BOOKED:
        raise illegal(current, result.state.value)
    if result.state is not GuidanceStatus.CANCELLED and current.starts_at > now:
        raise SupportDayInvalid("this session is to come", latest=now.isoformat())
    return current.model_copy(
        update={
            "state": result.state,
            "minutes": result.minutes,
            "outcome": result.outcome,
            "note": result.note,
            "sequence": current.sequence + 1,
        }
    )


def forget(current: GuidanceSession) -> GuidanceSession:
    """The session without its words; one that was to come is cancelled."""
    state = GuidanceStatus.CANCELLED if current.state is GuidanceStatus.BOOKED else current.state
    return current.model_copy(update={"state": state, "note": None, "sequence": current.sequence + 1})
