"""Recommendations with their reasons, rounds, and the weights behind them."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.dispatches import WorkerNotFound
from yizhan.contracts.jobs import PostingNotFound, UnknownStation
from yizhan.contracts.matching import MatchingRpc, WeightsInThePast

_TAG = "matching"

OPERATIONS = (
    Operation(
        "recommendWorkers",
        "GET",
        "/postings/{id}/recommendations",
        MatchingRpc.recommend_workers,
        _TAG,
        "Recommend whom to offer a posting",
        "Who waits today and who is registered near, each with the reasons that speak for him. Where the "
        "posting's station draws its order, that order goes before any score. Never a minor to work that is "
        "closed to minors, nobody who is bound at that time, nobody to an employer who may not post.",
        takes={"id": "id"},
        problems=(PostingNotFound, UnknownStation),
    ),
    Operation(
        "recommendPostings",
        "GET",
        "/seekers/{id}/recommendations",
        MatchingRpc.recommend_postings,
        _TAG,
        "Recommend postings to somebody who looks for work",
        "Those that are open near where he waits today, or is registered.",
        takes={"id": "worker_id"},
        problems=(WorkerNotFound, UnknownStation),
    ),
    Operation(
        "planRound",
        "GET",
        "/stations/{code}/round",
        MatchingRpc.plan_round,
        _TAG,
        "Plan today's open postings together",
        "So that nobody goes where another could, while a job that only he can do stays empty. Nothing is "
        "offered to anybody by it.",
        takes={"code": "station"},
        problems=(UnknownStation,),
    ),
    Operation(
        "getWeights",
        "GET",
        "/matching/weights",
        MatchingRpc.get_weights,
        _TAG,
        "Read the weights of recommendations",
        "With every version there was.",
        problems=(UnknownStation,),
    ),
    Operation(
        "setWeights",
        "POST",
        "/matching/weights",
        MatchingRpc.set_weights,
        _TAG,
        "Set the weights of recommendations",
        "From a day on, for the whole county. For the county's administrators.",
        status=201,
        problems=(WeightsInThePast, UnknownStation),
    ),
    Operation(
        "previewWeights",
        "POST",
        "/stations/{code}/preview-weights",
        MatchingRpc.preview_weights,
        _TAG,
        "See what other weights would have changed",
        "A day's postings, yesterday's unless another is asked for, with the people who came on it. For the "
        "county's administrators.",
        takes={"code": "station"},
        problems=(UnknownStation,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
