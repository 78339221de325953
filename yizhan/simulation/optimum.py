"""The most that hindsight could have filled: everybody's coming, word and will known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from yizhan.simulation.county import Coming, Job, Morning

#: A place filled outweighs any way to it.
_PLACE = 1_000_000.0


class ScipyMissing(Exception):
    """scipy is not installed; the optimum is its linear_sum_assignment."""


@dataclass(frozen=True)
class Optimum:
    """filled: places. metres: the shortest way to fill so many, of all together."""

    filled: int
    metres: float


def optimum(morning: Morning) -> Optimum:
    """One job for each at most, crews taken apart. Raises ScipyMissing."""
    try:
        import numpy
        from scipy.optimize import linear_sum_assignment
    except ImportError as missing:
        raise ScipyMissing(str(missing)) from missing
    seats = [job for job in morning.jobs for _ in range(job.opening.missing)]
    cost = numpy.zeros((len(morning.people), len(seats)))
    for column, job in enumerate(seats):
        for row, coming in enumerate(morning.people):
            if can_go(morning, coming, job):
                cost[row, column] = metres_of(coming, job) - _PLACE
    rows, columns = linear_sum_assignment(cost)
    chosen = [
        float(cost[row, column]) for row, column in zip(rows, columns, strict=True) if cost[row, column]
    ]
    return Optimum(filled=len(chosen), metres=sum(one + _PLACE for one in chosen))


def can_go(morning: Morning, coming: Coming, job: Job) -> bool:
    """Whether somebody could have been at a job: it suits him, he would have said yes and kept his word, and
    he was there while it was to be had."""
    return (
        coming.shows
        and coming.worker.id in morning.suits[job.opening.id]
        and (coming.worker.id, job.opening.id) not in morning.unwilling
        and max(coming.at, job.published_at) <= min(coming.leaves_at, job.late_at)
    )


def metres_of(coming: Coming, job: Job) -> float:
    """From where he waited to the job's station."""
    return job.opening.metres_to(coming.worker.station) or 0.0
