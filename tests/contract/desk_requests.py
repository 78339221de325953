"""How what the staff's desk reads of seekers is asked of a town."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.contract.network_requests import Request


class Town(Protocol):
    """What is asked of: a town station with people in its register."""

    town: str

    def seeker(self) -> dict[str, Any]: ...


DESK_REQUESTS: dict[str, Callable[[Town], Request]] = {
    "listSeekerSteps": lambda on: ({"id": on.seeker()["id"]}, None),
    "readRoll": lambda on: ({"code": on.town}, None),
}
