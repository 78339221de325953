"""What a posting's terms must be for anybody to take them: a plausible wage and period."""

from __future__ import annotations

from datetime import datetime

from services.jobs.domain.limits import Limits, PeriodLimits
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import (
    PostingEndsBeforeStart,
    PostingPeriodOutOfRange,
    PostingTerms,
    Shift,
    ShiftOutOfPeriod,
    Wage,
    WageOutOfRange,
)


def check(terms: PostingTerms, *, now: datetime, limits: Limits) -> None:
    """Raises PostingEndsBeforeStart, PostingPeriodOutOfRange, WageOutOfRange, ShiftOutOfPeriod."""
    _check_period(terms, limits.period, now)
    _check_wage(terms.wage, limits)
    for shift in terms.shifts:
        _check_shift(shift, terms)


def leaves_screens_at(terms: PostingTerms) -> datetime:
    """The moment from which the posting is of no use to anybody: its end, or its start when open-ended."""
    return terms.starts_at if terms.ends_at is None else max(terms.starts_at, terms.ends_at)


def _check_period(terms: PostingTerms, limits: PeriodLimits, now: datetime) -> None:
    if terms.ends_at is not None and terms.ends_at <= terms.starts_at:
        raise PostingEndsBeforeStart(
            "a job ends after it starts",
            starts_at=terms.starts_at.isoformat(),
            ends_at=terms.ends_at.isoformat(),
        )
    if terms.starts_at < now - limits.start_grace:
        raise _out_of_range("a job starts in the future", terms, now)
    # Within the grace an open-ended job would leave the screens before it came there.
    if leaves_screens_at(terms) <= now:
        raise _out_of_range("a job that has started is posted with an end that is still to come", terms, now)
    if terms.starts_at > now + limits.starts_within:
        raise _out_of_range("a job starts within a year", terms, now)
    if terms.ends_at is not None and terms.ends_at - terms.starts_at > limits.lasts_at_most:
        raise _out_of_range("a job lasts at most a year", terms, now)


def _out_of_range(detail: str, terms: PostingTerms, now: datetime) -> PostingPeriodOutOfRange:
    return PostingPeriodOutOfRange(
        detail,
        starts_at=terms.starts_at.isoformat(),
        ends_at=None if terms.ends_at is None else terms.ends_at.isoformat(),
        now=now.isoformat(),
    )


def _check_shift(shift: Shift, terms: PostingTerms) -> None:
    first = terms.starts_at.astimezone(COUNTY_ZONE).date()
    last = None if terms.ends_at is None else terms.ends_at.astimezone(COUNTY_ZONE).date()
    within = first <= shift.day and (last is None or shift.day <= last)
    if within and shift.hands <= terms.headcount:
        return
    raise ShiftOutOfPeriod(
        "a shift lies within the job's period and takes no more hands than it wants",
        day=shift.day.isoformat(),
        hands=shift.hands,
        headcount=terms.headcount,
    )


def _check_wage(wage: Wage, limits: Limits) -> None:
    taken = limits.wage_fen[wage.unit]
    if taken.holds(wage.fen) and (wage.max_fen is None or taken.holds(wage.max_fen)):
        return
    raise WageOutOfRange(
        "no such work is paid like this",
        unit=wage.unit.value,
        fen=wage.fen,
        max_fen=wage.max_fen,
        limits_fen={"least": taken.least, "most": taken.most},
    )
