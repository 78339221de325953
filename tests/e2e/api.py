"""A clerk at work through the public API, for tests of the whole system."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.support.eventually import eventually

TERMS: dict[str, Any] = {
    "trade": "搬运工",
    "wage": {"fen": 20000, "unit": "day"},
    "settlement": "daily",
    "headcount": 3,
    "place": "老农贸市场门口集合",
}


def soon(minutes: int = 90) -> str:
    """A moment ahead, as the API takes it."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


class Clerk:
    """Somebody signed in. Every command has an Idempotency-Key of its own."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's body; AssertionError with the problem when it is refused."""
        answer = self.client.post(path, json=body, headers={"idempotency-key": secrets.token_hex(12)})
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def employer(self, station: str) -> str:
        """The id of a new employer."""
        name = f"老街{secrets.token_hex(3)}家"
        return str(self.post("/employers", {"station": station, "kind": "individual", "name": name})["id"])

    def draft(self, station: str, employer: str | None = None, **terms: Any) -> dict[str, Any]:
        """A new posting, not yet submitted."""
        body = {
            "station": station,
            "employer_id": employer or self.employer(station),
            "source": "phone",
            "terms": {**TERMS, "starts_at": soon(), **terms},
        }
        return self.post("/postings", body)

    def publish(self, station: str, employer: str | None = None, **terms: Any) -> str:
        """The id of a new posting that is on the screens, or about to be."""
        id = str(self.draft(station, employer, **terms)["id"])
        self.post(f"/postings/{id}/submit", {})
        self.post(f"/postings/{id}/verify", {"method": "phone_call"})
        assert self.post(f"/postings/{id}/publish", {})["status"] == "published"
        return id

    def withdraw(self, id: str) -> None:
        """Take it back."""
        self.post(f"/postings/{id}/withdraw", {"reason": "活已经干完"})

    def board(self, station: str) -> dict[str, Any]:
        """What the station's screen shows."""
        found: dict[str, Any] = self.client.get(f"/stations/{station}/board").raise_for_status().json()
        return found

    def shows(self, station: str, id: str) -> bool:
        """Whether a posting is among the rows of a station's screen."""
        return any(row["id"] == id for row in self.board(station)["state"]["rows"])

    def wait_until_shown(self, station: str, id: str) -> None:
        """AssertionError when it does not get there."""
        eventually(lambda: self.shows(station, id), within_seconds=10.0)
