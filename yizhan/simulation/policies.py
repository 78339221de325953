"""By what a morning's jobs are offered, and how one goes under it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.jobs.domain.matching import fit_for_posting
from services.jobs.domain.round import Edge, place
from services.seekers.domain import draw as draws
from yizhan.contracts.draws import WeightedTicket
from yizhan.contracts.matching import Weights
from yizhan.simulation.county import Coming, Job, Morning

_TICK = timedelta(minutes=5)
_LASTS = timedelta(hours=7)
#: When the list of the draw is closed and its order told: those who come later stand behind it.
_DRAWN_AFTER = timedelta(minutes=60)
#: A round plans with every job that is known, and offers those that start within this; the others can still
#: be filled by whoever comes later.
_OFFERED_AHEAD = timedelta(minutes=90)
#: As the rules of dispatches have it for neighbours and for the county.
_NEIGHBOURS_BEFORE, _COUNTY_BEFORE = timedelta(minutes=60), timedelta(minutes=30)
_NEIGHBOUR_METRES = 12_000


class Order(StrEnum):
    ARRIVAL = "arrival"
    DRAW = "draw"
    PRIORITY = "priority"
    BEST = "best"


@dataclass(frozen=True)
class Policy:
    """crews: who came together goes together or not at all; else everybody goes for himself. overflow: what
    is unfilled an hour before its start is offered to the neighbours, later to the county; the best match
    looks around from the beginning."""

    name: str
    order: Order
    crews: bool = False
    overflow: bool = False


POLICIES = (
    Policy("arrival", Order.ARRIVAL),
    Policy("draw", Order.DRAW),
    Policy("difficulty", Order.PRIORITY),
    Policy("arrival+overflow", Order.ARRIVAL, overflow=True),
    Policy("draw+overflow", Order.DRAW, overflow=True),
    Policy("difficulty+overflow", Order.PRIORITY, overflow=True),
    Policy("best", Order.BEST),
    Policy("best+crews", Order.BEST, crews=True),
)


@dataclass(frozen=True)
class Taken:
    """A job that somebody took."""

    coming: Coming
    job: Job
    at: datetime


@dataclass
class Day:
    """How a morning went. taken: jobs that people came to. asked: offers made; declined, missed: those that
    were refused, and those that were taken and not kept."""

    policy: Policy
    taken: list[Taken] = field(default_factory=list)
    asked: int = 0
    declined: int = 0
    missed: int = 0


def run(morning: Morning, policy: Policy, weights: Weights) -> Day:
    """The morning under a policy."""
    return _Running(morning, policy, weights).run()


class _Running:
    def __init__(self, morning: Morning, policy: Policy, weights: Weights) -> None:
        self._morning = morning
        self._policy = policy
        self._weights = weights
        self._by_id = {coming.worker.id: coming for coming in morning.people}
        self._crews: dict[str, list[Coming]] = {}
        for coming in morning.people:
            if coming.crew_id is not None:
                self._crews.setdefault(coming.crew_id, []).append(coming)
        self._free = set(self._by_id)
        self._missing = {job.opening.id: job.opening.missing for job in morning.jobs}
        self._expected: dict[str, list[Coming]] = {job.opening.id: [] for job in morning.jobs}
        self._turns: dict[str, int] = {}
        self._refused: set[tuple[str, str]] = set()
        self._day = Day(policy)

    def run(self) -> Day:
        now = self._morning.opens_at
        while now <= self._morning.opens_at + _LASTS:
            self._call_the_roll(now)
            if self._policy.order is Order.DRAW and now >= self._morning.opens_at + _DRAWN_AFTER:
                self._draw(now)
            if self._policy.order is Order.BEST:
                self._round(now)
            elif self._policy.order is not Order.DRAW or self._turns:
                self._one_by_one(now)
            now += _TICK
        return self._day

    def _call_the_roll(self, now: datetime) -> None:
        """Who was expected at a job that has begun and is not there leaves a place."""
        for job in self._morning.jobs:
            if job.opening.span.starts_at > now:
                continue
            for coming in self._expected[job.opening.id]:
                if not coming.shows:
                    self._missing[job.opening.id] += 1
                    self._day.missed += 1
            self._expected[job.opening.id] = []

    def _draw(self, now: datetime) -> None:
        """Each station's order, by the code that draws it in production."""
        closes_at = self._morning.opens_at + _DRAWN_AFTER
        for station in self._morning.stations:
            people = sorted(
                (one for one in self._morning.people if one.worker.station == station and one.at <= now),
                key=lambda one: (one.at, one.worker.id),
            )
            numbers = {f"A{ordinal:03d}": one for ordinal, one in enumerate(people, start=1)}
            seed = hashlib.sha256(f"{self._morning.seed}/{station}".encode()).digest()
            record = draws.announce(station, self._morning.day, seed)
            listed = [WeightedTicket(number=number) for number, one in numbers.items() if one.at <= closes_at]
            record = draws.reveal(draws.close(record, listed, now=closes_at), seed)
            for number, one in numbers.items():
                if one.at > closes_at:
                    record = draws.add_late(record, number, arrived_at=one.at)
            for turn, number in enumerate(record.queue, start=1):
                self._turns[numbers[number].worker.id] = turn

    # --- one posting after the other -----------------------------------------------------------------------

    def _one_by_one(self, now: datetime) -> None:
        for job in self._open(now):
            for coming in self._queue(job, now):
                if self._missing[job.opening.id] <= 0:
                    break
                self._offer(job, [coming], now)

    def _queue(self, job: Job, now: datetime) -> list[Coming]:
        key: Callable[[Coming], tuple[object, ...]]
        if self._policy.order is Order.DRAW:
            key = self._drawn_turn
        elif self._policy.order is Order.PRIORITY:
            key = _by_priority
        else:
            key = _by_arrival
        near = [one for one in self._waiting(job, now) if self._is_asked(job, one, now)]
        # Who waits at the job's own station goes before everybody from elsewhere.
        return sorted(near, key=lambda one: (one.worker.station != job.opening.station, *key(one)))

    def _drawn_turn(self, coming: Coming) -> tuple[object, ...]:
        return (self._turns.get(coming.worker.id, len(self._by_id)), *_by_arrival(coming))

    def _is_asked(self, job: Job, coming: Coming, now: datetime) -> bool:
        metres = job.opening.metres_to(coming.worker.station) or 0.0
        if metres == 0 or not self._policy.overflow:
            return metres == 0
        ahead = job.opening.span.starts_at - now
        return ahead <= _COUNTY_BEFORE or (ahead <= _NEIGHBOURS_BEFORE and metres <= _NEIGHBOUR_METRES)

    # --- all postings together -----------------------------------------------------------------------------

    def _round(self, now: datetime) -> None:
        jobs = {job.opening.id: job for job in self._open(now)}
        edges: list[Edge] = []
        sizes: dict[str, int] = {}
        for job in jobs.values():
            suiting = list(self._units(self._waiting(job, now), sizes))
            candidates = [self._morning.candidate(one) for one in suiting]
            fits = [fit_for_posting(job.opening, one, self._weights, now=now) for one in candidates]
            edges += [Edge(job.opening.id, fit.candidate.worker.id, fit.score) for fit in fits]
        seats = {id: self._missing[id] for id in jobs}
        for id, units in place(seats, edges, sizes=sizes).items():
            if jobs[id].opening.span.starts_at - now <= _OFFERED_AHEAD:
                for unit in units:
                    self._offer(jobs[id], self._members(unit), now)

    def _units(self, suiting: Iterable[Coming], sizes: dict[str, int]) -> Iterable[Coming]:
        """Everybody by himself; of a crew that goes together its first, when all of them suit."""
        found = list(suiting)
        if not self._policy.crews:
            yield from found
            return
        ids = {one.worker.id for one in found}
        for one in found:
            members = self._members(one.worker.id)
            if members[0] is one and all(member.worker.id in ids for member in members):
                sizes[one.worker.id] = len(members)
                yield one

    def _members(self, unit: str) -> list[Coming]:
        coming = self._by_id[unit]
        if coming.crew_id is None or not self._policy.crews:
            return [coming]
        return self._crews[coming.crew_id]

    # --- what both do --------------------------------------------------------------------------------------

    def _open(self, now: datetime) -> list[Job]:
        return [
            job
            for job in self._morning.jobs
            if job.published_at <= now <= job.late_at and self._missing[job.opening.id] > 0
        ]

    def _waiting(self, job: Job, now: datetime) -> Iterable[Coming]:
        suits = self._morning.suits[job.opening.id]
        for coming in self._morning.people:
            id = coming.worker.id
            here = id in self._free and coming.at <= now <= coming.leaves_at
            if here and id in suits and (id, job.opening.id) not in self._refused:
                yield coming

    def _offer(self, job: Job, people: list[Coming], now: datetime) -> None:
        """Ask them, all or none of whom go."""
        pairs = [(one.worker.id, job.opening.id) for one in people]
        self._day.asked += len(people)
        if any(pair in self._morning.unwilling for pair in pairs):
            self._refused.update(pairs)
            self._day.declined += 1
            return
        self._missing[job.opening.id] -= len(people)
        for coming in people:
            self._free.discard(coming.worker.id)
            self._expected[job.opening.id].append(coming)
            if coming.shows:
                self._day.taken.append(Taken(coming, job, now))


def _by_arrival(coming: Coming) -> tuple[object, ...]:
    return coming.at, coming.worker.id


def _by_priority(coming: Coming) -> tuple[object, ...]:
    return (-coming.worker.priority, *_by_arrival(coming))
