"""What recommendations for a posting, for a worker, for a round and for other weights have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain.employer_standing import bar
from services.jobs.domain.lawfulness import closed_to_minors
from services.jobs.domain.matching import Candidate, Fit, Opening, Record, Span, fit_for_posting, misfit
from services.jobs.domain.surroundings import Surroundings, surroundings
from services.jobs.domain.worker import filed_trade
from services.jobs.service.posting_people import PostingPeople
from services.jobs.storage import Seeking
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import Posting, PostingStage
from yizhan.contracts.matching import Misfit, RecommendedWorker, Weights
from yizhan.network.tree import Place

#: Stages in which a posting takes people.
_OPEN = (PostingStage.PUBLISHED, PostingStage.PARTLY_FILLED)
_METRES_PER_KM = 1000


@dataclass(frozen=True, slots=True)
class WeightsInForce:
    """version: None for the shipped ones."""

    weights: Weights
    version: str | None


class MatchingDesk(PostingPeople):
    """Reads what the domain decides on."""

    @property
    def _candidates(self) -> storage.Candidates:
        return storage.Candidates()

    def _weights_on(self, tx: Connection, station: str, day: date) -> WeightsInForce:
        version = self._rulebook(tx).weights(division=station, on=day)
        return WeightsInForce(Weights.model_validate(version.data), version.id)

    def _candidates_of(self, tx: Connection, seeking: Iterable[Seeking], span: Span) -> list[Candidate]:
        """With what each is bound to while a job would take him, and how he kept his word so far."""
        known = list(seeking)
        engagements = storage.Engagements()
        ids = [one.worker.id for one in known]
        busy = engagements.spans(tx, ids, span)
        records = engagements.records(tx, ids)
        return [
            Candidate(
                one.worker,
                one.here,
                busy=busy.get(one.worker.id, ()),
                record=records.get(one.worker.id, Record()),
            )
            for one in known
        ]

    def _looking_around(self, tx: Connection, weights: Weights) -> Callable[[str], Surroundings]:
        """What is around a station; read once for each that is asked for."""
        points = storage.Positions(self.database).all(tx)

        @cache
        def around(station: str) -> Surroundings:
            place, _ = self._network.standing(tx, station, "")
            kin: Sequence[str] = ()
            if place is not None:
                town = Place(place.path[-2], place.path[:-1], place.status) if len(place.path) > 2 else place
                kin = self._network.within(tx, town).every
            return surroundings(station, points, kin, reach_metres=weights.reach_km * _METRES_PER_KM)

        return around

    def _opening(self, tx: Connection, posting: Posting, around: Surroundings, *, now: datetime) -> Opening:
        """A posting as it stands at a moment."""
        employer = self._employers.find(tx, posting.employer_id)
        return self._as_offered(
            tx,
            posting,
            around,
            missing=posting.missing,
            open=posting.whole_stage in _OPEN and posting.expires_at > now,
            barred=employer is None or bar(employer) is not None,
        )

    def _as_offered(
        self,
        tx: Connection,
        posting: Posting,
        around: Surroundings,
        *,
        missing: int,
        open: bool = True,
        barred: bool = False,
    ) -> Opening:
        terms, rules = posting.terms, self._dispatch_rules()
        on = terms.starts_at.astimezone(COUNTY_ZONE).date()
        return Opening(
            id=posting.id,
            station=posting.station,
            trade=filed_trade(terms.trade),
            span=Span(terms.starts_at, rules.bound_until(terms)),
            wage=terms.wage,
            day_hours=terms.hours_per_day,
            missing=missing,
            open=open,
            employer_barred=barred,
            closed_to_minors=closed_to_minors(
                terms, posting.employer_name, self._law(tx, posting.station, on)
            ),
            metres=around.metres,
        )

    def _weighed(
        self, opening: Opening, found: Iterable[Candidate], weights: Weights, *, now: datetime
    ) -> tuple[list[Fit], list[Misfit]]:
        """Who of them suits, and why the others do not."""
        fits: list[Fit] = []
        unfit: list[Misfit] = []
        for candidate in found:
            why_not = misfit(opening, candidate)
            if why_not is None:
                fits.append(fit_for_posting(opening, candidate, weights, now=now))
            else:
                unfit.append(why_not)
        return fits, unfit


def told(fit: Fit) -> RecommendedWorker:
    """A fit as it is answered."""
    candidate, here = fit.candidate, fit.candidate.here
    return RecommendedWorker(
        worker_id=candidate.worker.id,
        station=candidate.station,
        waits=here is not None,
        number=None if here is None else here.number,
        turn=None if here is None else here.turn,
        crew=candidate.worker.crew,
        score=fit.score,
        reasons=fit.weighed(),
        warnings=fit.warnings,
    )
