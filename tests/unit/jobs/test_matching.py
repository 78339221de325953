"""Who suits a posting: the hard rules one by one, the score by its reasons, the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.jobs.domain.matching import (
    FULL_SCORE,
    Candidate,
    Opening,
    Record,
    Span,
    fit_for_posting,
    fit_for_worker,
    in_order,
    misfit,
)
from services.jobs.domain.rulebook import shipped
from services.jobs.domain.worker import Attendance, DayHours, Skill, Worker
from yizhan.contracts.compliance import RuleKind
from yizhan.contracts.jobs import Wage, WageUnit
from yizhan.contracts.matching import MatchReason, MatchWarning, Misfit, Weights
from yizhan.contracts.seekers import LeastWage, RetirementStanding

#: Monday, 06:00 in the county.
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
STARTS_AT, ENDS_AT = NOW + timedelta(hours=2), NOW + timedelta(hours=11)
HOME, NEAR, FAR = "52273001", "52273002", "52273003"

WEIGHTS = Weights.model_validate(shipped(RuleKind.MATCHING).data)


def opening(**changes: Any) -> Opening:
    return replace(
        Opening(
            id="p",
            station=HOME,
            trade="搬运工",
            span=Span(STARTS_AT, ENDS_AT),
            wage=Wage(fen=20_000, unit=WageUnit.DAY),
            day_hours=None,
            missing=2,
            metres={NEAR: 6_000.0, FAR: 18_000.0},
        ),
        **changes,
    )


def worker(**changes: Any) -> Worker:
    return replace(
        Worker(
            id="w",
            station=HOME,
            skills=(Skill("搬运工", 1),),
            days=frozenset(range(1, 8)),
            hours=None,
            distance_km=None,
            least_wage=None,
            crew=None,
            minor=False,
            retirement=RetirementStanding.NOT_REACHED,
            since=NOW - timedelta(days=30),
            priority=0,
        ),
        **changes,
    )


def here(id: str = "w", *, minutes_ago: int = 0, turn: int | None = None, station: str = HOME) -> Attendance:
    at = NOW - timedelta(minutes=minutes_ago)
    return Attendance(id, station, date(2026, 3, 2), "A001", at, called=0, turn=turn)


def share(candidate: Candidate, reason: MatchReason, **changes: Any) -> float:
    fit = fit_for_posting(opening(**changes), candidate, WEIGHTS, now=NOW)
    return next(one.share for one in fit.weighed() if one.reason is reason)


def test_somebody_who_wants_nothing_special_suits_a_posting_of_his_trade() -> None:
    assert misfit(opening(), Candidate(worker())) is None


@pytest.mark.parametrize(
    ("why", "job", "person"),
    [
        (Misfit.EMPLOYER_BARRED, {"employer_barred": True}, {}),
        (Misfit.POSTING_NOT_OPEN, {"open": False}, {}),
        (Misfit.POSTING_NOT_OPEN, {"missing": 0}, {}),
        (Misfit.CLOSED_TO_MINORS, {"closed_to_minors": True}, {"minor": True}),
        (Misfit.OTHER_TRADE, {"trade": "泥瓦工"}, {}),
        (Misfit.TOO_FAR, {}, {"station": NEAR, "distance_km": 5}),
        (Misfit.OTHER_DAYS, {}, {"days": frozenset({6, 7})}),
        (Misfit.OTHER_HOURS, {}, {"hours": DayHours(9 * 60, 18 * 60)}),
        (Misfit.WAGE_TOO_LOW, {}, {"least_wage": LeastWage(fen=20_100, unit=WageUnit.DAY)}),
        # 9 hours at 25 yuan are more than 200.
        (Misfit.WAGE_TOO_LOW, {}, {"least_wage": LeastWage(fen=2_500, unit=WageUnit.HOUR)}),
    ],
)
def test_what_keeps_somebody_from_a_posting(why: Misfit, job: dict[str, Any], person: dict[str, Any]) -> None:
    """The law first, then what is so, then what he wants himself."""
    assert misfit(opening(**job), Candidate(worker(**person))) is why


@pytest.mark.parametrize(
    "person",
    [
        {"minor": True},
        {"retirement": RetirementStanding.REACHED},
        {"station": NEAR, "distance_km": 6},
        # Where a distance is unknown, nobody is kept from going.
        {"station": "5227300999", "distance_km": 1},
        {"hours": DayHours(8 * 60, 17 * 60)},
        # From the evening to the next evening.
        {"hours": DayHours(18 * 60, 18 * 60)},
        {"least_wage": LeastWage(fen=2_000, unit=WageUnit.HOUR)},
        # A month's wage does not compare with a day's.
        {"least_wage": LeastWage(fen=900_000, unit=WageUnit.MONTH)},
    ],
)
def test_what_keeps_nobody_from_a_posting(person: dict[str, Any]) -> None:
    assert misfit(opening(), Candidate(worker(**person))) is None


@pytest.mark.parametrize(("minutes", "busy"), [(-1, True), (0, False)])
def test_nobody_is_at_two_jobs_at_once_but_goes_from_one_to_the_next(minutes: int, busy: bool) -> None:
    """One that ends when this begins is none of its time."""
    other = Span(ENDS_AT + timedelta(minutes=minutes), ENDS_AT + timedelta(hours=4))
    why = misfit(opening(), Candidate(worker(), busy=(other,)))
    assert (why is Misfit.BUSY) is busy


def test_past_the_age_of_retirement_there_is_a_warning_and_the_same_score() -> None:
    """Work past it is lawful."""
    young = fit_for_posting(opening(), Candidate(worker()), WEIGHTS, now=NOW)
    old = fit_for_posting(
        opening(), Candidate(worker(retirement=RetirementStanding.REACHED)), WEIGHTS, now=NOW
    )
    assert (young.warnings, old.warnings) == ((), (MatchWarning.PAST_RETIREMENT,))
    assert young.score == old.score


def test_a_night_shift_is_within_the_hours_of_who_works_at_night() -> None:
    """Hours that end the next day."""
    night = Span(NOW + timedelta(hours=16), NOW + timedelta(hours=24))
    assert misfit(opening(span=night), Candidate(worker(hours=DayHours(21 * 60, 7 * 60)))) is None
    assert misfit(opening(span=night), Candidate(worker(hours=DayHours(23 * 60, 7 * 60)))) is (
        Misfit.OTHER_HOURS
    )


def test_of_a_job_of_many_days_those_that_suit_are_counted() -> None:
    """Monday to Saturday, for somebody who works on weekdays."""
    week = Span(STARTS_AT, STARTS_AT + timedelta(days=5, hours=9))
    fit = fit_for_posting(
        opening(span=week), Candidate(worker(days=frozenset(range(1, 6)))), WEIGHTS, now=NOW
    )
    hours = next(one for one in fit.weighed() if one.reason is MatchReason.HOURS)
    assert (hours.figure, hours.of) == (5, 6)


def test_the_score_is_the_sum_of_its_reasons_and_never_more_than_full() -> None:
    best = Candidate(
        worker(skills=(Skill("搬运工", 3),), priority=9, least_wage=LeastWage(fen=10_000, unit=WageUnit.DAY)),
        here(minutes_ago=999),
        record=Record(kept=50),
    )
    fit = fit_for_posting(opening(), best, WEIGHTS, now=NOW)
    assert fit.score == sum(one.points for one in fit.weighed())
    assert FULL_SCORE - len(fit.weighed()) <= fit.score <= FULL_SCORE


def test_each_reason_speaks_for_whom_it_should() -> None:
    """The better one of each pair, all else being the same."""
    plain = Candidate(worker())
    assert share(Candidate(worker(skills=(Skill("搬运工", 3),))), MatchReason.TRADE) > share(
        plain, MatchReason.TRADE
    )
    assert share(plain, MatchReason.DISTANCE) > share(Candidate(worker(station=NEAR)), MatchReason.DISTANCE)
    assert share(Candidate(worker(), here()), MatchReason.WAITING) > share(plain, MatchReason.WAITING)
    assert share(Candidate(worker(), here(minutes_ago=60)), MatchReason.WAITING) > share(
        Candidate(worker(), here()), MatchReason.WAITING
    )
    assert share(Candidate(worker(priority=1)), MatchReason.PRIORITY) > share(plain, MatchReason.PRIORITY)
    assert share(plain, MatchReason.PUNCTUALITY) > share(
        Candidate(worker(), record=Record(kept=3, missed=1)), MatchReason.PUNCTUALITY
    )


def test_one_job_missed_early_does_not_bury_anybody() -> None:
    """A record begins with some credit."""
    assert share(Candidate(worker(), record=Record(missed=1)), MatchReason.PUNCTUALITY) > 0.6


def test_a_reason_that_counts_for_nothing_is_not_told() -> None:
    weights = WEIGHTS.model_copy(update={"priority": 0})
    fit = fit_for_posting(opening(), Candidate(worker(priority=3)), weights, now=NOW)
    assert MatchReason.PRIORITY not in {one.reason for one in fit.weighed()}


def test_for_a_worker_an_employer_who_pays_in_time_comes_first() -> None:
    """One of whom too little is known stands between."""
    scores = [
        fit_for_worker(opening(pay_share=paid), Candidate(worker()), WEIGHTS).score
        for paid in (1.0, None, 0.2)
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_where_a_station_draws_its_order_goes_before_any_score() -> None:
    """For those who wait there; everybody else by score, behind them."""
    poor, good = worker(id="poor", skills=(Skill("搬运工", 0),)), worker(id="good")
    best = worker(id="best", skills=(Skill("搬运工", 3),))
    fits = [
        fit_for_posting(opening(), candidate, WEIGHTS, now=NOW)
        for candidate in (
            Candidate(good, here("good", turn=2)),
            Candidate(poor, here("poor", turn=1)),
            Candidate(best, here("best", minutes_ago=180, station=NEAR, turn=1)),
        )
    ]
    assert [fit.candidate.worker.id for fit in in_order(fits, drawn_at=HOME)] == ["poor", "good", "best"]
    assert in_order(fits, drawn_at=None)[0].candidate.worker.id == "best"


def test_of_two_with_one_score_who_has_looked_longer_comes_first() -> None:
    early = worker(id="z", since=NOW - timedelta(days=40))
    fits = [fit_for_posting(opening(), Candidate(one), WEIGHTS, now=NOW) for one in (worker(id="a"), early)]
    assert [fit.candidate.worker.id for fit in in_order(fits, drawn_at=None)] == ["z", "a"]
