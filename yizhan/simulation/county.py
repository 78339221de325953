"""The people and the postings of one morning, made from a seed; nobody in it is real.

What is not in county.json (when people come, what they ask for, how large jobs are) is drawn here. All of it
is drawn before any policy runs, so that every policy meets the same morning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from services.jobs.domain.distance import Point, metres_between
from services.jobs.domain.matching import Candidate, Opening, Span, misfit
from services.jobs.domain.worker import Attendance, DayHours, Skill, Worker
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import Wage, WageUnit
from yizhan.contracts.seekers import Crew, LeastWage, RetirementStanding

_OPENS = time(5, 0)
#: How many of those who come have it.
_NO_SHOW_SHARE = 0.05
_DECLINE_SHARE = 0.08
_MINOR_SHARE = 0.01
_PAST_RETIREMENT_SHARE = 0.15
_PRIORITY_SHARE = 0.15
_CREW_SHARE = 0.12
_LIMITED_HOURS_SHARE = 0.1
_CLOSED_TO_MINORS_SHARE = 0.2


@dataclass(frozen=True)
class Size:
    """workers: who come that morning. seats: hands wanted by all postings together, about."""

    workers: int = 400
    seats: int = 380


@dataclass(frozen=True)
class Coming:
    """Somebody's morning. leaves_at: when he goes home without work. shows: whether he goes to a job that he
    has taken. crew_id: with whom he comes, led by the first of them."""

    worker: Worker
    at: datetime
    leaves_at: datetime
    shows: bool
    crew_id: str | None


@dataclass(frozen=True)
class Job:
    """published_at: from when on it is offered; nobody starts later than late_at."""

    opening: Opening
    published_at: datetime
    late_at: datetime


@dataclass(frozen=True)
class Morning:
    """seed: what it was made from. suits: by posting, whom it suits. unwilling: pairs of worker and posting
    to which he would say no when asked, for reasons that nobody knows before."""

    seed: int
    day: date
    opens_at: datetime
    people: tuple[Coming, ...]
    jobs: tuple[Job, ...]
    stations: tuple[str, ...]
    suits: dict[str, frozenset[str]]
    unwilling: frozenset[tuple[str, str]]

    def candidate(self, coming: Coming, *, turn: int | None = None) -> Candidate:
        """Somebody as he waits."""
        here = Attendance(
            coming.worker.id,
            coming.worker.station,
            self.day,
            number="",
            at=coming.at,
            called=0,
            turn=turn,
        )
        return Candidate(coming.worker, here)


def morning(seed: int, size: Size) -> Morning:
    """One county's morning. The same seed and size make the same."""
    data = json.loads((files("yizhan.simulation") / "county.json").read_text("utf-8"))
    random = Random(seed)
    day = date.fromisoformat(data["day"])
    opens_at = datetime.combine(day, _OPENS, COUNTY_ZONE)
    people = _people(random, data, size, opens_at)
    jobs = _jobs(random, data, size, opens_at)
    pairs = [(coming.worker.id, job.opening.id) for coming in people for job in jobs]
    made = Morning(
        seed=seed,
        day=day,
        opens_at=opens_at,
        people=people,
        jobs=jobs,
        stations=tuple(station["code"] for station in data["stations"]),
        suits={},
        unwilling=frozenset(pair for pair in pairs if random.random() < _DECLINE_SHARE),
    )
    for job in jobs:
        made.suits[job.opening.id] = frozenset(
            coming.worker.id for coming in people if misfit(job.opening, made.candidate(coming)) is None
        )
    return made


def _people(random: Random, data: Any, size: Size, opens_at: datetime) -> tuple[Coming, ...]:
    found: list[Coming] = []
    while len(found) < size.workers:
        station, trade = _drawn(random, data["stations"], "people"), _drawn(random, data["trades"], "people")
        crew = random.randint(3, 5) if random.random() < _CREW_SHARE / 4 else 1
        # Most are there before six; a crew comes in one car.
        minutes = min(random.gammavariate(2.2, 24), 240)
        crew_id = f"c{len(found):04d}" if crew > 1 else None
        for member in range(min(crew, size.workers - len(found))):
            about = Crew(people=crew, leads=member == 0) if crew_id else None
            worker = _worker(random, len(found), station["code"], trade, about, opens_at)
            at = opens_at + timedelta(minutes=minutes)
            leaves_at = at + timedelta(minutes=random.gauss(210, 30))
            shows = random.random() >= _NO_SHOW_SHARE
            found.append(Coming(worker, at, leaves_at, shows, crew_id))
    return tuple(found)


def _worker(
    random: Random, number: int, station: str, trade: Any, crew: Crew | None, opens_at: datetime
) -> Worker:
    others = [other for other in trade["with"] if random.random() < 0.45]
    level = random.choices((0, 1, 2, 3), (15, 50, 25, 10))[0]
    asked = round(trade["day_fen"] * random.uniform(0.6, 1.0), -2)
    minor = random.random() < _MINOR_SHARE
    past = not minor and random.random() < _PAST_RETIREMENT_SHARE
    return Worker(
        id=f"w{number:05d}",
        station=station,
        skills=(Skill(trade["trade"], level), *(Skill(other, random.choice((0, 1))) for other in others)),
        days=frozenset(range(1, 8)),
        hours=DayHours(7 * 60, 19 * 60) if random.random() < _LIMITED_HOURS_SHARE else None,
        distance_km=random.choice((None, 30, 20, 15, 10, 6)),
        least_wage=LeastWage(fen=int(asked), unit=WageUnit.DAY) if random.random() < 0.6 else None,
        crew=crew,
        minor=minor,
        retirement=RetirementStanding.REACHED if past else RetirementStanding.NOT_REACHED,
        since=opens_at - timedelta(days=random.randint(1, 300)),
        priority=1 if random.random() < _PRIORITY_SHARE else 0,
    )


def _jobs(random: Random, data: Any, size: Size, opens_at: datetime) -> tuple[Job, ...]:
    points = {one["code"]: Point(one["lng"], one["lat"]) for one in data["stations"]}
    found: list[Job] = []
    seats = 0
    while seats < size.seats:
        station, trade = _drawn(random, data["stations"], "jobs"), _drawn(random, data["trades"], "jobs")
        hands = min(random.choices((1, 2, 3, 4, 6, 8, 12), (20, 24, 18, 14, 12, 8, 4))[0], size.seats - seats)
        starts_at = opens_at + timedelta(minutes=random.choice((90, 120, 120, 150, 150, 180, 210, 240, 300)))
        # One in two was written down the day before.
        lead = timedelta(minutes=random.uniform(45, 150))
        published_at = opens_at if random.random() < 0.5 else max(opens_at, starts_at - lead)
        metres = {
            code: metres_between(points[station["code"]], point)
            for code, point in points.items()
            if code != station["code"]
        }
        opening = Opening(
            id=f"p{len(found):04d}",
            station=station["code"],
            trade=trade["trade"],
            span=Span(starts_at, starts_at + timedelta(hours=random.choice((4, 8, 9, 9, 10)))),
            wage=Wage(fen=int(round(trade["day_fen"] * random.uniform(0.85, 1.25), -2)), unit=WageUnit.DAY),
            day_hours=None,
            missing=hands,
            closed_to_minors=random.random() < _CLOSED_TO_MINORS_SHARE,
            metres=metres,
        )
        found.append(Job(opening, published_at, late_at=starts_at + timedelta(minutes=45)))
        seats += hands
    return tuple(sorted(found, key=lambda job: (job.opening.span.starts_at, job.opening.id)))


def _drawn(random: Random, rows: list[dict[str, Any]], by: str) -> dict[str, Any]:
    return random.choices(rows, [row[by] for row in rows])[0]
