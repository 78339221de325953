"""Time as a thing that is handed in, so that a test can hold it still."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

#: Every rule of the plan that names a day, a month or a year means this zone's.
COUNTY_ZONE = ZoneInfo("Asia/Shanghai")


def county_day(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai of an aware moment."""
    return moment.astimezone(COUNTY_ZONE).date()


class Clock(Protocol):
    """Where a process reads the time."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands until it is moved: `FrozenClock("2026-03-01T05:30+08:00")`."""

    def __init__(self, at: str | datetime) -> None:
        self._now = _aware(datetime.fromisoformat(at) if isinstance(at, str) else at)

    def now(self) -> datetime:
        return self._now

    def move_to(self, at: str | datetime) -> None:
        """Set the time; moving backwards is allowed, since real boxes do it."""
        self._now = _aware(datetime.fromisoformat(at) if isinstance(at, str) else at)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment!r}")
    return moment.astimezone(UTC)
