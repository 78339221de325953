"""Recommendations: for a posting, for somebody who looks for work, for a whole round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain.matching import Candidate, Fit, Opening, Span, fit_for_worker, in_order, misfit
from services.jobs.domain.round import Edge, place
from services.jobs.domain.surroundings import Surroundings
from services.jobs.domain.worker import Attendance, Worker
from services.jobs.service.matching_desk import MatchingDesk, told
from yizhan.bus.nameko_entrypoints import method
from yizhan.clock import COUNTY_ZONE, county_day
from yizhan.contracts.dispatches import WorkerNotFound
from yizhan.contracts.jobs import Posting, PostingNotFound
from yizhan.contracts.matching import (
    MatchingRpc,
    Misfit,
    MisfitCount,
    Placement,
    PlanRound,
    RecommendationOrder,
    RecommendedPosting,
    RecommendedPostings,
    RecommendedWorkers,
    RecommendPostings,
    RecommendWorkers,
    Round,
    Weights,
)
from yizhan.contracts.rpc import Call

#: How many suit a posting before nobody is looked for further away, for each that is wanted.
_CHOICE = 2
#: Postings of a round: as many as a station and those below it have in a morning.
_MOST_OF_ROUND = 200
#: Postings that are looked at for one worker, the soonest start first.
_MOST_FOR_WORKER = 200
_A_DAY = timedelta(days=1)


class Recommendations(MatchingDesk):
    """Queries; nothing is offered to anybody by them."""

    @method(MatchingRpc.recommend_workers)
    def recommend_workers(self, tx: Connection, call: Call, request: RecommendWorkers) -> RecommendedWorkers:
        posting = self._postings.find(tx, request.id)
        if posting is None:
            raise PostingNotFound("no posting has this id", posting_id=request.id)
        self._staff_place(tx, call.actor, posting.station)
        now, today = self.clock.now(), self._today()
        in_force = self._weights_on(tx, posting.station, today)
        around = self._looking_around(tx, in_force.weights)(posting.station)
        opening = self._opening(tx, posting, around, now=now)
        starts_today = county_day(opening.span.starts_at) == today
        here = self._candidates.waiting(tx, opening.trade, around.stations, today) if starts_today else []
        found = self._candidates_of(tx, here, opening.span)
        fits, unfit = self._weighed(opening, found, in_force.weights, now=now)
        wanted = max(request.limit, opening.missing) * _CHOICE
        registered = self._candidates.registered(
            tx, opening.trade, around.stations, but=(one.worker.id for one in here)
        )
        for seeking in registered if opening.open else ():
            more = self._candidates_of(tx, seeking, opening.span)
            suiting, others = self._weighed(opening, more, in_force.weights, now=now)
            fits += suiting
            unfit += others
            if len(fits) >= wanted:
                break
        drawn = starts_today and self._roll.drawn(tx, posting.station, today)
        ordered = in_order(fits, drawn_at=posting.station if drawn else None)
        return RecommendedWorkers(
            posting_id=posting.id,
            order=RecommendationOrder.DRAW if drawn else RecommendationOrder.SCORE,
            workers=tuple(told(fit) for fit in ordered[: request.limit]),
            more=len(ordered) > request.limit,
            unfit=_counted(unfit),
            version=in_force.version,
        )

    @method(MatchingRpc.recommend_postings)
    def recommend_postings(
        self, tx: Connection, call: Call, request: RecommendPostings
    ) -> RecommendedPostings:
        worker = self._workers.find(tx, request.worker_id)
        if worker is None:
            raise WorkerNotFound("nobody who looks for work has this id", worker_ids=[request.worker_id])
        now, today = self.clock.now(), self._today()
        here = self._roll.of_worker(tx, worker.id, today)
        station = worker.station if here is None else here.station
        self._staff_place(tx, call.actor, station)
        in_force = self._weights_on(tx, station, today)
        around = self._looking_around(tx, in_force.weights)
        trades = [skill.trade for skill in worker.skills]
        postings = storage.open_postings_of_trades(
            tx, trades, around(station).stations, after=now, limit=_MOST_FOR_WORKER
        )
        openings = [(one, self._opening(tx, one, around(one.station), now=now)) for one in postings]
        ranked = self._ranked(tx, worker, here, openings, in_force.weights)
        return RecommendedPostings(
            worker_id=worker.id,
            postings=tuple(
                RecommendedPosting(
                    posting=posting, score=fit.score, reasons=fit.weighed(), warnings=fit.warnings
                )
                for posting, fit in ranked[: request.limit]
            ),
            version=in_force.version,
        )

    def _ranked(
        self,
        tx: Connection,
        worker: Worker,
        here: Attendance | None,
        openings: list[tuple[Posting, Opening]],
        weights: Weights,
    ) -> list[tuple[Posting, Fit]]:
        """Those that suit him, the best first."""
        if not openings:
            return []
        spans = [opening.span for _, opening in openings]
        whole = Span(min(span.starts_at for span in spans), max(span.ends_at for span in spans))
        busy = storage.Engagements().spans(tx, [worker.id], whole).get(worker.id, ())
        candidate = Candidate(worker, here, busy=busy)
        paid = cache(lambda employer: self._punctuality(tx, employer).share)
        suiting = [
            (
                posting,
                fit_for_worker(replace(opening, pay_share=paid(posting.employer_id)), candidate, weights),
            )
            for posting, opening in openings
            if misfit(opening, candidate) is None
        ]
        return sorted(suiting, key=lambda pair: (-pair[1].score, pair[0].terms.starts_at, pair[0].id))

    @method(MatchingRpc.plan_round)
    def plan_round(self, tx: Connection, call: Call, request: PlanRound) -> Round:
        asked = self._staff_place(tx, call.actor, request.station)
        now, today = self.clock.now(), self._today()
        in_force = self._weights_on(tx, asked.code, today)
        within = self._network.within(tx, asked).every
        midnight = datetime.combine(today, datetime.min.time(), COUNTY_ZONE) + _A_DAY
        postings = storage.open_postings(tx, within, after=now, before=midnight, limit=_MOST_OF_ROUND)
        around = self._looking_around(tx, in_force.weights)
        fits = {
            posting.id: self._waiting_fits(tx, posting, around(posting.station), in_force.weights, now)
            for posting in postings
        }
        placed = place(
            {posting.id: posting.missing for posting in postings},
            (Edge(id, worker, fit.score) for id, suiting in fits.items() for worker, fit in suiting.items()),
            sizes={
                worker: fit.candidate.worker.crew.people
                for suiting in fits.values()
                for worker, fit in suiting.items()
                if fit.candidate.worker.crew is not None and fit.candidate.worker.crew.leads
            },
        )
        everybody = {worker for suiting in fits.values() for worker in suiting}
        seated = {worker for workers in placed.values() for worker in workers}
        return Round(
            placements=tuple(
                Placement(
                    posting_id=posting.id,
                    missing=posting.missing,
                    workers=tuple(told(fits[posting.id][worker]) for worker in placed[posting.id]),
                )
                for posting in postings
            ),
            unplaced=len(everybody - seated),
            version=in_force.version,
        )

    def _waiting_fits(
        self, tx: Connection, posting: Posting, around: Surroundings, weights: Weights, now: datetime
    ) -> dict[str, Fit]:
        opening = self._opening(tx, posting, around, now=now)
        here = self._candidates.waiting(tx, opening.trade, around.stations, self._today())
        found = self._candidates_of(tx, here, opening.span)
        fits, _ = self._weighed(opening, found, weights, now=now)
        return {fit.candidate.worker.id: fit for fit in fits}


def _counted(unfit: Iterable[Misfit]) -> tuple[MisfitCount, ...]:
    return tuple(MisfitCount(misfit=why, people=people) for why, people in Counter(unfit).most_common())
