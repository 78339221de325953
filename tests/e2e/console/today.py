"""The county's day, asked for when it is needed: a run may begin before midnight and end after it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from yizhan.clock import COUNTY_ZONE


def in_days(days: int = 0) -> date:
    """Today, or so many days after it."""
    return datetime.now(COUNTY_ZONE).date() + timedelta(days=days)


def needs_today(*, minutes: int) -> None:
    """Skip what has to end on the day that it began."""
    now = datetime.now(COUNTY_ZONE)
    if (now + timedelta(minutes=minutes)).date() != now.date():
        pytest.skip("the day is about to end")
