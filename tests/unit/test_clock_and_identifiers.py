"""Time that is handed in, and identifiers that sort by it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from yizhan.clock import FrozenClock, SystemClock, county_day
from yizhan.contracts.identifiers import new_identifier


def test_a_frozen_clock_stands_until_it_is_moved() -> None:
    """Also backwards, as real boxes do."""
    clock = FrozenClock("2026-03-01T05:30+08:00")
    assert clock.now() == datetime(2026, 2, 28, 21, 30, tzinfo=UTC)
    clock.move_to("2026-02-01T00:00+00:00")
    assert clock.now().month == 2


def test_a_moment_without_a_zone_is_no_moment() -> None:
    """Half past five means nothing without it."""
    with pytest.raises(ValueError, match="without a zone"):
        FrozenClock("2026-03-01T05:30")


def test_the_day_is_the_countys() -> None:
    """At 17:00 in Greenwich it is the next day already."""
    assert county_day(datetime.fromisoformat("2026-02-28T17:00:00+00:00")) == date(2026, 3, 1)
    assert county_day(datetime.fromisoformat("2026-02-28T15:59:59+00:00")) == date(2026, 2, 28)


def test_the_systems_clock_knows_its_zone() -> None:
    """UTC, always."""
    assert SystemClock().now().tzinfo is UTC


def test_identifiers_sort_by_the_time_they_were_made() -> None:
    """Lists page by id and are in order of time."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    made = [new_identifier(start + timedelta(milliseconds=step)) for step in range(50)]
    assert made == sorted(made)
    assert len({new_identifier(start) for _ in range(1000)}) == 1000
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made[0])
