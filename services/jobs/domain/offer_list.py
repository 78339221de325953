"""The order in which a posting is offered, and whose turn is next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.jobs.domain.dispatch_binding import require_nobody_twice
from yizhan.contracts.actor import Actor
from yizhan.contracts.dispatches import OfferList, StartOffers
from yizhan.contracts.jobs import Posting

Candidate = tuple[str, ...]


def start(
    posting: Posting, request: StartOffers, *, now: datetime, by: Actor, running: OfferList | None = None
) -> OfferList:
    """A list that runs. running: the one that its station has. Raises CandidateTwice."""
    if request.behind and running is not None and running.running:
        candidates = (*running.candidates, *request.candidates)
        require_nobody_twice(candidates[running.passed :])
        return running.model_copy(update={"candidates": candidates})
    require_nobody_twice(request.candidates)
    return OfferList(
        posting_id=posting.id,
        station=request.desk or posting.station,
        source=request.source,
        candidates=request.candidates,
        passed=0,
        running=True,
        started_at=now,
        by=by.id,
    )


def turns(
    offers: OfferList, *, wanted: int, may: Callable[[Candidate], bool]
) -> tuple[OfferList, tuple[Candidate, ...]]:
    """Whose turn it is while so many hands are missing and not offered to anybody.

    may: whether all of a candidate can be offered the job now; who cannot is passed over for good, as at the
    desk. A crew that is larger than what is wanted waits for its turn, and those behind it with it: a hand
    that drops out later may make room for it, and nobody overtakes it meanwhile.
    """
    passed, chosen = offers.passed, []
    while offers.running and passed < len(offers.candidates) and wanted > 0:
        candidate = offers.candidates[passed]
        if may(candidate):
            if len(candidate) > wanted:
                break
            chosen.append(candidate)
            wanted -= len(candidate)
        passed += 1
    return offers.model_copy(update={"passed": passed}), tuple(chosen)


def stopped(offers: OfferList) -> OfferList:
    """The list, from which nobody more is offered anything."""
    return offers.model_copy(update={"running": False})
