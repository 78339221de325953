"""Who suits a posting and how well, with the reasons: hard rules first, then a score under weights.

Nobody under 16 is here to be matched: the register takes none. Everything is handed in; the same code serves
the desk, the preview of other weights, and a simulated day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.jobs.domain.worker import LEVELS, Attendance, DayHours, Worker
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import Wage, WageUnit
from yizhan.contracts.matching import MatchReason, MatchWarning, Misfit, Weighed, Weights
from yizhan.contracts.seekers import LeastWage, RetirementStanding

#: What a score is out of.
FULL_SCORE = 1000

_DAY_MINUTES = 24 * 60
_METRES_PER_KM = 1000
#: How a wage speaks that is just what somebody asks for at the least, and of which nothing is known to
#: compare; half as much again speaks in full.
_EVEN = 0.5
#: What waiting at home comes to at the most: less than to have come just now.
_AWAY = 0.4
#: A record begins as if so many jobs had been kept: one job missed early does not bury anybody.
_GIVEN_CREDIT = 2
_PER_CENT = 100

_WARNINGS = {
    RetirementStanding.NOT_REACHED: (),
    RetirementStanding.REACHED: (MatchWarning.PAST_RETIREMENT,),
    RetirementStanding.DEPENDS_ON_POST: (MatchWarning.RETIREMENT_DEPENDS_ON_POST,),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Time that a job takes; one that begins when another ends does not overlap it."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Opening:
    """A posting as matching sees it. trade: the word it is filed under. span: the time for which it binds.

    day_hours: of work a day, where the posting says so. open: it takes people still. pay_share: of the
    employer's pays, those that came in time; None where too few stand behind it. metres: from the posting's
    station to others; its own and those without a position are not in it.
    """

    id: str
    station: str
    trade: str
    span: Span
    wage: Wage
    day_hours: float | None
    missing: int
    open: bool = True
    employer_barred: bool = False
    closed_to_minors: bool = False
    pay_share: float | None = None
    metres: Mapping[str, float] = field(default_factory=dict)

    def metres_to(self, station: str) -> float | None:
        """How far a station is from the posting's; None where nobody knows."""
        return 0.0 if station == self.station else self.metres.get(station)


@dataclass(frozen=True, slots=True)
class Record:
    """Jobs that somebody took: came to, and stayed away from without a word."""

    kept: int = 0
    missed: int = 0


_NEW = Record()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might go. here: where he waits today. busy: what he is bound to. idle_since: when he last
    worked, or began to look for work."""

    worker: Worker
    here: Attendance | None = None
    busy: tuple[Span, ...] = ()
    record: Record = _NEW
    idle_since: datetime | None = None

    @property
    def station(self) -> str:
        """Where he would set out from."""
        return self.worker.station if self.here is None else self.here.station


@dataclass(frozen=True, slots=True)
class Fit:
    """Somebody and a posting that go together. score: 0 to FULL_SCORE."""

    candidate: Candidate
    score: int
    reasons: tuple[_Weighing, ...]

    @property
    def warnings(self) -> tuple[MatchWarning, ...]:
        return _WARNINGS[self.candidate.worker.retirement]

    def weighed(self) -> tuple[Weighed, ...]:
        """The reasons as they are told, without those that count for nothing."""
        return tuple(
            Weighed(
                reason=one.reason,
                share=round(one.share, 3),
                points=one.points,
                figure=one.figure,
                of=one.of,
            )
            for one in self.reasons
            if one.weight
        )


@dataclass(frozen=True, slots=True)
class _Weighing:
    reason: MatchReason
    weight: int
    share: float
    points: int
    figure: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """When the work is: on which weekdays, and at which minutes of each."""

    weekdays: tuple[int, ...]
    begins_minute: int
    minutes: int


# --- hard rules ---------------------------------------------------------------------------------------


def misfit(opening: Opening, candidate: Candidate) -> Misfit | None:
    """Why the two do not go together; None where they do. What the law says comes first, then what is so,
    then what he himself wants."""
    worker = candidate.worker
    if opening.employer_barred:
        return Misfit.EMPLOYER_BARRED
    if not opening.open or opening.missing <= 0:
        return Misfit.POSTING_NOT_OPEN
    if worker.minor and opening.closed_to_minors:
        return Misfit.CLOSED_TO_MINORS
    if any(opening.span.overlaps(span) for span in candidate.busy):
        return Misfit.BUSY
    return _unwanted(opening, candidate)


def _unwanted(opening: Opening, candidate: Candidate) -> Misfit | None:
    worker = candidate.worker
    if level_in(worker, opening.trade) is None:
        return Misfit.OTHER_TRADE
    metres = opening.metres_to(candidate.station)
    if worker.distance_km is not None and metres is not None and metres > worker.distance_km * _METRES_PER_KM:
        return Misfit.TOO_FAR
    work = _work_of(opening)
    if not worker.days.intersection(work.weekdays):
        return Misfit.OTHER_DAYS
    if worker.hours is not None and not _holds(worker.hours, work):
        return Misfit.OTHER_HOURS
    ratio = _wage_ratio(opening, worker.least_wage, work)
    return Misfit.WAGE_TOO_LOW if ratio is not None and ratio < 1 else None


def level_in(worker: Worker, trade: str) -> int | None:
    """How good somebody is at a trade; None where he does not look for it."""
    return next((skill.level for skill in worker.skills if skill.trade == trade), None)


def _work_of(opening: Opening) -> _Work:
    begins = opening.span.starts_at.astimezone(COUNTY_ZONE)
    ends = opening.span.ends_at.astimezone(COUNTY_ZONE)
    begins_minute = begins.hour * 60 + begins.minute
    length = ends - begins
    if length <= timedelta(days=1):
        return _Work((begins.isoweekday(),), begins_minute, int(length.total_seconds()) // 60)
    days = (ends.date() - begins.date()).days + 1
    weekdays = tuple((begins.isoweekday() + day - 1) % 7 + 1 for day in range(min(days, 366)))
    if opening.day_hours is not None:
        return _Work(weekdays, begins_minute, round(opening.day_hours * 60))
    return _Work(weekdays, begins_minute, (ends.hour * 60 + ends.minute - begins_minute) % _DAY_MINUTES)


def _holds(hours: DayHours, work: _Work) -> bool:
    free = (hours.ends_minute - hours.begins_minute) % _DAY_MINUTES or _DAY_MINUTES
    return (work.begins_minute - hours.begins_minute) % _DAY_MINUTES + work.minutes <= free


def _wage_ratio(opening: Opening, least: LeastWage | None, work: _Work) -> float | None:
    """The wage by the least that somebody asks; None where the two do not compare."""
    asked = None if least is None else _in_unit(least, opening.wage.unit, work.minutes / 60)
    return None if asked is None else opening.wage.fen / asked


def _in_unit(least: LeastWage, unit: WageUnit, day_hours: float) -> float | None:
    if least.unit is unit:
        return least.fen
    if (least.unit, unit) == (WageUnit.DAY, WageUnit.HOUR):
        return least.fen / day_hours if day_hours else None
    return least.fen * day_hours if (least.unit, unit) == (WageUnit.HOUR, WageUnit.DAY) else None


# --- scores -------------------------------------------------------------------------------------------


def fit_for_posting(opening: Opening, candidate: Candidate, weights: Weights, *, now: datetime) -> Fit:
    """How well somebody suits a posting, beside others who do. The two go together: see `misfit`."""
    worker, total = candidate.worker, weights.of_worker
    share, minutes, days = _waiting(candidate, weights, now)
    reasons = (
        *_common(opening, candidate, weights, total),
        _weigh(MatchReason.WAITING, weights.waiting, share, total, minutes, days),
        _punctuality(candidate.record, weights, total),
        _weigh(
            MatchReason.PRIORITY,
            weights.priority,
            min(worker.priority / weights.priority_full, 1.0),
            total,
            worker.priority,
        ),
    )
    return Fit(candidate, sum(one.points for one in reasons), reasons)


def fit_for_worker(opening: Opening, candidate: Candidate, weights: Weights) -> Fit:
    """How well a posting suits somebody, beside others that do. The two go together: see `misfit`."""
    total, paid = weights.of_posting, opening.pay_share
    share = _EVEN if paid is None else paid
    figure = None if paid is None else round(paid * _PER_CENT)
    pay = _weigh(MatchReason.PAY, weights.pay, share, total, figure, _PER_CENT)
    reasons = (*_common(opening, candidate, weights, total), pay)
    return Fit(candidate, sum(one.points for one in reasons), reasons)


def _common(
    opening: Opening, candidate: Candidate, weights: Weights, total: int
) -> tuple[_Weighing, _Weighing, _Weighing, _Weighing]:
    worker, work = candidate.worker, _work_of(opening)
    level = level_in(worker, opening.trade) or 0
    best = len(LEVELS) - 1
    suiting = sum(day in worker.days for day in work.weekdays)
    return (
        _weigh(MatchReason.TRADE, weights.trade, (level + 1) / (best + 1), total, level, best),
        _distance(opening.metres_to(candidate.station), weights, total),
        _weigh(
            MatchReason.HOURS,
            weights.hours,
            suiting / len(work.weekdays),
            total,
            suiting,
            len(work.weekdays),
        ),
        _wage(opening, worker.least_wage, work, weights, total),
    )


def _weigh(
    reason: MatchReason,
    weight: int,
    share: float,
    total: int,
    figure: int | None = None,
    of: int | None = None,
) -> _Weighing:
    return _Weighing(reason, weight, share, int(FULL_SCORE * weight * share / total), figure, of)


def _distance(metres: float | None, weights: Weights, total: int) -> _Weighing:
    if metres is None:
        return _weigh(MatchReason.DISTANCE, weights.distance, _EVEN, total)
    share = max(0.0, 1 - metres / (weights.reach_km * _METRES_PER_KM))
    return _weigh(MatchReason.DISTANCE, weights.distance, share, total, round(metres))


def _wage(opening: Opening, least: LeastWage | None, work: _Work, weights: Weights, total: int) -> _Weighing:
    ratio = _wage_ratio(opening, least, work)
    if ratio is None:
        return _weigh(MatchReason.WAGE, weights.wage, _EVEN, total)
    above = opening.wage.fen - round(opening.wage.fen / ratio)
    return _weigh(MatchReason.WAGE, weights.wage, min(max(ratio - _EVEN, 0.0), 1.0), total, above)


def _waiting(candidate: Candidate, weights: Weights, now: datetime) -> tuple[float, int | None, int | None]:
    """The share, minutes since he came today, or days without work. Who is here outweighs who is not."""
    if candidate.here is not None:
        minutes = max(int((now - candidate.here.at).total_seconds()) // 60, 0)
        return _EVEN + _EVEN * min(minutes / weights.waiting_full_minutes, 1.0), minutes, None
    idle_since = candidate.idle_since or candidate.worker.since
    days = max((now - idle_since).days, 0)
    return _AWAY * min(days / weights.idle_full_days, 1.0), None, days


def _punctuality(record: Record, weights: Weights, total: int) -> _Weighing:
    jobs = record.kept + record.missed
    share = (record.kept + _GIVEN_CREDIT) / (jobs + _GIVEN_CREDIT)
    return _weigh(MatchReason.PUNCTUALITY, weights.punctuality, share, total, record.kept, jobs)


# --- orders -------------------------------------------------------------------------------------------


def in_order(fits: Iterable[Fit], *, drawn_at: str | None) -> list[Fit]:
    """Whom to offer first. drawn_at: the station whose drawn order goes before any score, for those who wait
    there; None where none was drawn. Of two with one score, who has looked for work longer."""
    return sorted(fits, key=lambda fit: _place(fit, drawn_at))


def _place(fit: Fit, drawn_at: str | None) -> tuple[object, ...]:
    here = fit.candidate.here
    drawn = here is not None and here.station == drawn_at and here.turn is not None
    turn = here.turn if drawn and here is not None else 0
    return not drawn, turn, -fit.score, fit.candidate.worker.since, fit.candidate.worker.id
