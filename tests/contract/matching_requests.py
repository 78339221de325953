"""How recommendations and weights are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.contract.network_requests import Request, day
from tests.e2e.api import Clerk
from tests.support.eventually import eventually

WEIGHTS = {
    "trade": 20,
    "distance": 20,
    "hours": 5,
    "wage": 10,
    "waiting": 25,
    "punctuality": 10,
    "priority": 10,
    "pay": 20,
    "reach_km": 20,
    "waiting_full_minutes": 180,
    "idle_full_days": 14,
    "priority_full": 1,
}


class Town(Protocol):
    """What is asked of: a town station with people in its register, and an administrator's clerk."""

    town: str
    clerk: Clerk

    def seeker(self) -> dict[str, Any]: ...

    def posting(self, *steps: str) -> str: ...


def _heard_of(on: Town) -> str:
    """The id of somebody new, once services/jobs has heard of him."""
    id = str(on.seeker()["id"])
    path = f"/seekers/{id}/recommendations"
    eventually(lambda: on.clerk.client.get(path).is_success, within_seconds=30)
    return id


MATCHING_REQUESTS: dict[str, Callable[[Town], Request]] = {
    "recommendWorkers": lambda on: ({"id": on.posting("submit", "verify", "publish")}, None),
    "recommendPostings": lambda on: ({"id": _heard_of(on)}, None),
    "planRound": lambda on: ({"code": on.town}, None),
    "getWeights": lambda _: ({}, None),
    "setWeights": lambda _: ({}, {"valid_from": day(300), "reason": "试行", "weights": WEIGHTS}),
    "previewWeights": lambda on: ({"code": on.town}, {"weights": WEIGHTS}),
}
