"""What a morning came to, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from yizhan.contracts.matching import Weights
from yizhan.simulation.county import Morning, Size, morning
from yizhan.simulation.optimum import metres_of, optimum
from yizhan.simulation.policies import POLICIES, Day, run

_DAY_HOURS = 8


@dataclass(frozen=True)
class Figures:
    """A policy's morning.

    fill: of the places wanted, those that somebody came to. of_optimum: of the places that hindsight could
    have filled. waiting_minutes: from coming to taking a job, of those who went; most_waiting_minutes: what
    nine in ten stayed below. travel_km: from where they waited to the job's station. gini: of the day's pay
    over all who came, nothing for who went home; 0 is equal. priority_fill, others_fill: of the people with a
    place in the published order of difficulty, and of the others, those who got work.
    """

    policy: str
    fill: float
    of_optimum: float
    waiting_minutes: float
    most_waiting_minutes: float
    travel_km: float
    gini: float
    priority_fill: float
    others_fill: float
    declined: float
    missed: float


@dataclass(frozen=True)
class Simulated:
    """One seed. optimum_fill, optimum_km: what hindsight could have done."""

    seed: int
    workers: int
    postings: int
    seats: int
    optimum_fill: float
    optimum_km: float
    policies: tuple[Figures, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def simulate(seed: int, size: Size, weights: Weights) -> Simulated:
    """One morning under every policy. Raises ScipyMissing."""
    made = morning(seed, size)
    best = optimum(made)
    seats = sum(job.opening.missing for job in made.jobs)
    return Simulated(
        seed=seed,
        workers=len(made.people),
        postings=len(made.jobs),
        seats=seats,
        optimum_fill=best.filled / seats,
        optimum_km=best.metres / max(best.filled, 1) / 1000,
        policies=tuple(_figures(made, run(made, policy, weights), seats, best.filled) for policy in POLICIES),
    )


def averaged(days: Sequence[Simulated]) -> tuple[Figures, ...]:
    """Each policy's mean over several seeds."""
    names = [name for name in Figures.__dataclass_fields__ if name != "policy"]
    return tuple(
        Figures(same[0].policy, **{name: mean(getattr(one, name) for one in same) for name in names})
        for same in zip(*(day.policies for day in days), strict=True)
    )


def gini(values: Sequence[float]) -> float:
    """0 where all have the same; close to 1 where one has all."""
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def _figures(made: Morning, day: Day, seats: int, most: int) -> Figures:
    waited = sorted((taken.at - taken.coming.at).total_seconds() / 60 for taken in day.taken)
    pay = dict.fromkeys((coming.worker.id for coming in made.people), 0.0)
    for taken in day.taken:
        span = taken.job.opening.span
        hours = (span.ends_at - span.starts_at).total_seconds() / 3600
        pay[taken.coming.worker.id] = taken.job.opening.wage.fen * min(hours / _DAY_HOURS, 1.0)
    placed = {taken.coming.worker.id for taken in day.taken}
    first = [coming.worker.id for coming in made.people if coming.worker.priority]
    others = [coming.worker.id for coming in made.people if not coming.worker.priority]
    return Figures(
        policy=day.policy.name,
        fill=len(day.taken) / seats,
        of_optimum=len(day.taken) / max(most, 1),
        waiting_minutes=mean(waited or [0.0]),
        most_waiting_minutes=waited[int(len(waited) * 0.9)] if waited else 0.0,
        travel_km=mean([metres_of(taken.coming, taken.job) / 1000 for taken in day.taken] or [0.0]),
        gini=gini(list(pay.values())),
        priority_fill=_share(first, placed),
        others_fill=_share(others, placed),
        declined=day.declined,
        missed=day.missed,
    )


def _share(people: Sequence[str], placed: set[str]) -> float:
    return sum(id in placed for id in people) / max(len(people), 1)
