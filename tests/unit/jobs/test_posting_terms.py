"""Plausible periods and wages, judged by dated data."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from services.jobs.domain import terms as rules
from services.jobs.domain.limits import DatedLimits
from tests.unit.jobs.test_posting import LIMITS, NOW, terms
from yizhan.contracts.jobs import (
    PostingEndsBeforeStart,
    PostingPeriodOutOfRange,
    Wage,
    WageOutOfRange,
    WageUnit,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def check(starts_at: datetime, ends_at: datetime | None = None) -> None:
    rules.check(terms(starts_at=starts_at, ends_at=ends_at), now=NOW, limits=LIMITS)


@pytest.mark.parametrize("ends_after", [timedelta(0), -MINUTE, -400 * DAY])
def test_a_job_that_ends_before_or_at_its_start_is_refused(ends_after: timedelta) -> None:
    """The code says so, whatever else is wrong with the period."""
    with pytest.raises(PostingEndsBeforeStart):
        check(NOW + DAY, NOW + DAY + ends_after)


def test_a_job_may_have_just_started_when_its_end_is_to_come() -> None:
    """Somebody needs three hands now: by the time it is typed, it is a few minutes ago."""
    check(NOW - 15 * MINUTE, NOW + DAY)
    with pytest.raises(PostingPeriodOutOfRange):
        check(NOW - 16 * MINUTE, NOW + DAY)


@pytest.mark.parametrize(("starts_at", "ends_at"), [(NOW, None), (NOW - MINUTE, None), (NOW - MINUTE, NOW)])
def test_a_job_that_would_leave_the_screens_at_once_is_refused(
    starts_at: datetime, ends_at: datetime | None
) -> None:
    """An open-ended job leaves at its start, so that must lie ahead."""
    with pytest.raises(PostingPeriodOutOfRange):
        check(starts_at, ends_at)


def test_a_job_starts_within_a_year() -> None:
    """The wrong year is the commonest slip."""
    check(NOW + 366 * DAY)
    with pytest.raises(PostingPeriodOutOfRange) as refusal:
        check(NOW + 366 * DAY + MINUTE)
    assert refusal.value.evidence["starts_at"] == (NOW + 366 * DAY + MINUTE).isoformat()


def test_a_job_lasts_at_most_a_year() -> None:
    """Longer is not gig work."""
    check(NOW + DAY, NOW + 367 * DAY)
    with pytest.raises(PostingPeriodOutOfRange):
        check(NOW + DAY, NOW + 367 * DAY + MINUTE)


def test_a_job_leaves_the_screens_at_its_end_or_else_at_its_start() -> None:
    """The contract's moment."""
    assert rules.leaves_screens_at(terms(starts_at=NOW)) == NOW
    assert rules.leaves_screens_at(terms(starts_at=NOW, ends_at=NOW + DAY)) == NOW + DAY


@pytest.mark.parametrize(
    ("fen", "max_fen", "taken"),
    [
        (100, None, True),
        (99, None, False),
        (100_000, None, True),
        (100_001, None, False),
        (100, 100_000, True),
        (99, 500, False),
        (500, 100_001, False),
    ],
)
@pytest.mark.parametrize("unit", list(WageUnit))
def test_both_ends_of_a_wage_lie_within_the_limits_of_its_unit(
    fen: int, max_fen: int | None, taken: bool, unit: WageUnit
) -> None:
    """An absurd figure is refused, and the limits are told."""
    piece = "斤" if unit is WageUnit.PIECE else None
    offered = terms(wage=Wage(fen=fen, max_fen=max_fen, unit=unit, piece_name=piece))
    if taken:
        rules.check(offered, now=NOW, limits=LIMITS)
        return
    with pytest.raises(WageOutOfRange) as refusal:
        rules.check(offered, now=NOW, limits=LIMITS)
    assert refusal.value.evidence["limits_fen"] == {"least": 100, "most": 100_000}
    assert refusal.value.evidence["unit"] == unit.value


def version(in_force_from: str, least: int) -> dict[str, Any]:
    return {
        "in_force_from": in_force_from,
        "wage_fen": {unit.value: {"least": least, "most": 9_999} for unit in WageUnit},
        "period": {"start_grace_minutes": 1, "starts_within_days": 1, "lasts_at_most_days": 1},
        "reconfirmation": {"marked_after_hours": 24, "lapses_after_hours": 48},
        "duplicates": {"near_percent": 80, "looked_back_days": 30},
    }


def test_the_limits_of_a_day_are_the_newest_in_force() -> None:
    """Limits change on a day; before the first there is only the first."""
    dated = DatedLimits.read({"versions": [version("2026-07-01", 2), version("2026-01-01", 1)]})

    def least_on(day: date) -> int:
        return dated.on(day).wage_fen[WageUnit.DAY].least

    assert [least_on(date(2026, 6, 30)), least_on(date(2026, 7, 1)), least_on(date(2025, 1, 1))] == [1, 2, 1]


def test_limits_without_a_unit_or_upside_down_are_no_limits() -> None:
    """A damaged data file stops the service at its start, not at the first odd posting."""
    without_hour = version("2026-01-01", 1)
    del without_hour["wage_fen"]["hour"]
    for broken in (without_hour, version("2026-01-01", 10_000), {}):
        with pytest.raises(ValidationError):
            DatedLimits.read({"versions": [broken]})
    with pytest.raises(ValidationError):
        DatedLimits.read({"versions": []})


def test_the_shipped_limits_take_the_wages_of_this_county() -> None:
    """Real offers of each unit pass, the usual slips do not."""
    shipped = DatedLimits.read(json.loads((files("services.jobs") / "limits.json").read_text("utf-8")))
    ranges = shipped.on(date(2026, 3, 1)).wage_fen
    assert ranges[WageUnit.DAY].holds(20_000)
    assert ranges[WageUnit.HOUR].holds(1_859)
    assert ranges[WageUnit.PIECE].holds(50)
    assert ranges[WageUnit.MONTH].holds(450_000)
    assert not ranges[WageUnit.DAY].holds(200), "200 yuan typed as fen"
    assert not ranges[WageUnit.HOUR].holds(2_000_000)
