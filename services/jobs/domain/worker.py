"""Somebody who looks for work, as services/seekers tells of him: what he can and would do, not who he is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from services.jobs.domain.dictation.vocabulary import county_vocabulary
from yizhan.contracts.seekers import Crew, LeastWage, RetirementStanding, SeekerState, SkillLevel, TradeSkill

#: From the least able on.
LEVELS = (SkillLevel.BEGINNER, SkillLevel.ABLE, SkillLevel.SKILLED, SkillLevel.CERTIFIED)

_MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class DayHours:
    """Minutes from the county's midnight; an end that is not after the start is on the next day."""

    begins_minute: int
    ends_minute: int


@dataclass(frozen=True, slots=True)
class Skill:
    """trade: the word it is filed under. level: its place in LEVELS."""

    trade: str
    level: int


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who looks for work.

    days: ISO weekdays. hours, least_wage: None for any; distance_km: None for anywhere. minor: 16 or 17.
    since: from when on he has been looking. priority: in the county's published order of difficulty.
    """

    id: str
    station: str
    skills: tuple[Skill, ...]
    days: frozenset[int]
    hours: DayHours | None
    distance_km: int | None
    least_wage: LeastWage | None
    crew: Crew | None
    minor: bool
    retirement: RetirementStanding
    since: datetime
    priority: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """A number of a station's day: who came with it, when, and where in the draw it stands.

    turn: 1 for the first; None where nothing is drawn, or not yet. called: how often it was.
    """

    worker_id: str
    station: str
    day: date
    number: str
    at: datetime
    called: int
    turn: int | None


def worker_of(told: SeekerState) -> Worker | None:
    """Whom an event tells of; None where he looks for no work, or nothing was told of what he can do."""
    work = told.available
    if work is None:
        return None
    hours = None if work.hours is None else DayHours(_minute(work.hours.begins), _minute(work.hours.ends))
    return Worker(
        id=told.seeker_id,
        station=told.station,
        skills=_skills(work.skills),
        days=frozenset(work.days),
        hours=hours,
        distance_km=work.distance_km,
        least_wage=work.least_wage,
        crew=work.crew,
        minor=work.minor,
        retirement=work.retirement,
        since=work.since,
        priority=work.priority,
    )


def filed_trade(word: str) -> str:
    """The one word for a trade, so that a 泥水匠 is found for whoever wants a 泥瓦工."""
    return county_vocabulary().filed_under(word)


def words_for_trade(trade: str) -> tuple[str, ...]:
    """The words by which a posting may ask for a trade."""
    return county_vocabulary().words_for(trade)


def _skills(told: Iterable[TradeSkill]) -> tuple[Skill, ...]:
    """One for each trade: of two words for the same the better, at the place of the first."""
    best: dict[str, int] = {}
    for skill in told:
        trade = filed_trade(skill.trade)
        best[trade] = max(best.get(trade, 0), LEVELS.index(skill.level))
    return tuple(Skill(trade, level) for trade, level in best.items())


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * _MINUTES_PER_HOUR + int(minutes)
