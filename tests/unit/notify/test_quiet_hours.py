"""Quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notify.domain.quiet_hours import QuietHours, next_allowed, next_time

NIGHT = QuietHours(begins="21:30", ends="06:00")
NOON = QuietHours(begins="12:00", ends="14:00")


def at(clocktime: str, *, day: int = 1) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02d}T{clocktime}+08:00")


@pytest.mark.parametrize(
    ("hours", "clocktime", "quiet"),
    [
        (NIGHT, "21:29:59", False),
        (NIGHT, "21:30:00", True),
        (NIGHT, "00:00:00", True),
        (NIGHT, "05:59:59", True),
        (NIGHT, "06:00:00", False),
        (NOON, "11:59:59", False),
        (NOON, "12:00:00", True),
        (NOON, "13:59:59", True),
        (NOON, "14:00:00", False),
        (NOON, "00:00:00", False),
    ],
)
def test_they_begin_and_end_on_the_minute(hours: QuietHours, clocktime: str, quiet: bool) -> None:
    """Across midnight and within a day."""
    assert hours.hold(at(clocktime)) is quiet


@pytest.mark.parametrize(
    ("hours", "moment", "allowed"),
    [
        (NIGHT, at("22:00"), at("06:00", day=2)),
        (NIGHT, at("00:30", day=2), at("06:00", day=2)),
        (NIGHT, at("06:00"), at("06:00")),
        (NOON, at("12:00"), at("14:00")),
        (NOON, at("15:00"), at("15:00")),
    ],
)
def test_a_message_waits_for_their_end(hours: QuietHours, moment: datetime, allowed: datetime) -> None:
    """This morning's or tomorrow's."""
    assert next_allowed(hours, moment) == allowed


def test_they_go_by_the_countys_clock() -> None:
    """14:00 in Greenwich is ten at night."""
    moment = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
    assert next_allowed(NIGHT, moment) == at("06:00", day=2)
    assert next_allowed(NIGHT, moment).tzinfo is UTC


def test_what_is_urgent_does_not_wait() -> None:
    """Nor does anything for a person without quiet hours."""
    assert next_allowed(NIGHT, at("23:00"), urgent=True) == at("23:00")
    assert next_allowed(None, at("23:00")) == at("23:00")


def test_hours_that_begin_when_they_end_are_refused() -> None:
    """Always or never: nobody can tell."""
    with pytest.raises(ValidationError):
        QuietHours(begins="07:00", ends="07:00")
    with pytest.raises(ValidationError):
        QuietHours(begins="24:00", ends="07:00")


CLOCKTIMES = st.times().map(lambda time: f"{time:%H:%M}")


@given(CLOCKTIMES, CLOCKTIMES, st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_the_next_allowed_moment_is_allowed_and_within_a_day(begins: str, ends: str, naive: datetime) -> None:
    """Whatever the hours; and nothing allowed is put off."""
    moment = naive.replace(tzinfo=UTC)
    if begins == ends:
        return
    hours = QuietHours(begins=begins, ends=ends)
    allowed = next_allowed(hours, moment)
    assert not hours.hold(allowed)
    assert moment <= allowed < moment + timedelta(days=1)
    assert (allowed == moment) is not hours.hold(moment)


def test_the_next_time_is_never_the_present_one() -> None:
    """A digest that has just been made comes again tomorrow."""
    assert next_time("18:00", at("17:59")) == at("18:00")
    assert next_time("18:00", at("18:00")) == at("18:00", day=2)
