"""What binding somebody asks: a place that is free, and time of his that nobody else has."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from services.jobs.domain.dispatch import BINDING
from yizhan.contracts.dispatches import (
    CandidateTwice,
    CrewIncomplete,
    Dispatch,
    DispatchStatus,
    HandsTaken,
    OffersRefused,
    TakenBelowDispatches,
    WorkerBusy,
)
from yizhan.contracts.jobs import Posting, PostingStage

#: Stages in which hands may be missing: on the screens, or off them for want of a reconfirmation.
_OFFERABLE = frozenset({PostingStage.PUBLISHED, PostingStage.PARTLY_FILLED})


def overlap(one: Dispatch, other: Dispatch) -> bool:
    """Whether two dispatches want the same time. One that begins when the other ends does not."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def require_free(dispatch: Dispatch, others: Iterable[Dispatch]) -> None:
    """Raises WorkerBusy. others: the same worker's."""
    for other in others:
        if other.id != dispatch.id and other.status in BINDING and overlap(dispatch, other):
            raise WorkerBusy(
                "the worker is bound to another job at that time",
                dispatch_id=other.id,
                starts_at=other.starts_at.isoformat(),
                ends_at=other.ends_at.isoformat(),
            )


def is_offerable(posting: Posting) -> bool:
    """Whether it is on the screens with hands missing."""
    return posting.whole_stage in _OFFERABLE


def require_hands_missing(posting: Posting, hands: int) -> None:
    """Raises OffersRefused for a posting that takes nobody now, HandsTaken when fewer are missing."""
    if posting.whole_stage is not PostingStage.FILLED and not is_offerable(posting):
        raise OffersRefused(
            "the posting takes nobody now", posting_id=posting.id, stage=posting.whole_stage.value
        )
    require_places(posting, hands)


def require_places(posting: Posting, hands: int) -> None:
    """Raises HandsTaken when fewer are missing."""
    if posting.missing < hands:
        raise _taken(posting, hands)


def free_seats(held: Collection[int], posting: Posting, hands: int) -> tuple[int, ...]:
    """The lowest places that are free, 1 to the headcount. held: those that dispatches have.

    Raises HandsTaken. A place is what the database sees to that it is given once.
    """
    free = [seat for seat in range(1, posting.terms.headcount + 1) if seat not in held]
    if len(free) < hands:
        raise _taken(posting, hands)
    return tuple(free[:hands])


def _taken(posting: Posting, hands: int) -> HandsTaken:
    return HandsTaken(
        "all hands that the posting wants are bound",
        posting_id=posting.id,
        headcount=posting.terms.headcount,
        taken=posting.taken,
        wanted=hands,
    )


def require_above_dispatches(posting_id: str, taken: int, bound: int) -> None:
    """Raises TakenBelowDispatches: hands told by word of mouth come on top of those that dispatches bind."""
    if taken < bound:
        raise TakenBelowDispatches(
            "more hands are bound by dispatches", posting_id=posting_id, taken=taken, bound=bound
        )


def require_whole_crew(crew_id: str, crew: Iterable[Dispatch], ids: Collection[str]) -> None:
    """Raises CrewIncomplete unless the offered members of a crew, and nobody else, are meant."""
    members = {one.id for one in crew if one.status is DispatchStatus.OFFERED}
    if members != set(ids) or not members:
        raise CrewIncomplete(
            "a crew takes a job with all of its members",
            crew_id=crew_id,
            missing=sorted(members - set(ids)),
            others=sorted(set(ids) - members),
        )


def require_nobody_twice(candidates: Iterable[tuple[str, ...]]) -> None:
    """Raises CandidateTwice."""
    every = [worker for candidate in candidates for worker in candidate]
    if len(set(every)) < len(every):
        twice = sorted({worker for worker in every if every.count(worker) > 1})
        raise CandidateTwice("a list names somebody twice", worker_ids=twice)
