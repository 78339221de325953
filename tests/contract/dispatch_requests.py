"""How operations on dispatches are asked of a town."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import httpx

from tests.e2e.api import Clerk
from tests.support.eventually import eventually

#: Address and body of a request.
Request = tuple[dict[str, str], dict[str, Any] | None]

SIGNED = {"means": "signature"}
SAID = {"side": "employer", "means": "phone_call"}
PAID = {"fen": 20000, "method": "cash"}


class Town(Protocol):
    """What is asked of: a town station with an employer, and an administrator's clerk."""

    town: str
    clerk: Clerk
    employer: str

    def seeker(self) -> dict[str, Any]: ...

    def posting(self, *steps: str) -> str: ...


def published(on: Town) -> str:
    return on.posting("submit", "verify", "publish")


def listed(worker: str) -> dict[str, Any]:
    return {"candidates": [[worker]], "source": "by_hand"}


def open_offers(on: Town, candidates: list[list[str]]) -> list[dict[str, Any]]:
    """Open offers of a new posting. services/jobs hears of a new seeker a little later."""
    path, body = f"/postings/{published(on)}/offers", {"candidates": candidates, "source": "by_hand"}

    def started() -> httpx.Response | None:
        answer = on.clerk.client.post(path, json=body)
        return answer if answer.is_success else None

    offers: list[dict[str, Any]] = eventually(started, within_seconds=30).json()["offers"]
    return offers


def worker(on: Town) -> str:
    """Somebody of whom services/jobs has heard."""
    return str(open_offers(on, [[on.seeker()["id"]]])[0]["worker_id"])


def offered(on: Town) -> str:
    """The id of a dispatch that waits for its answer."""
    return str(open_offers(on, [[on.seeker()["id"]]])[0]["id"])


def accepted(on: Town) -> str:
    id = offered(on)
    on.clerk.post(f"/dispatches/{id}/accept", SIGNED)
    return id


def sent(on: Town) -> dict[str, Any]:
    """A new slip."""
    return on.clerk.post(f"/dispatches/{accepted(on)}/send", {})


def arrived(on: Town) -> str:
    slip = sent(on)
    on.clerk.post("/slips/confirm", {"code": slip["arrival_code"]})
    return str(slip["dispatch"]["id"])


def worked(on: Town) -> str:
    id = arrived(on)
    on.clerk.post(f"/dispatches/{id}/finish", {})
    return id


def crew(on: Town) -> Request:
    offers = open_offers(on, [[on.seeker()["id"], on.seeker()["id"]]])
    return {"crew_id": offers[0]["crew_id"]}, {"members": [{"id": one["id"], **SIGNED} for one in offers]}


def listing(on: Town) -> Request:
    posting = published(on)
    on.clerk.post(f"/postings/{posting}/offers", listed(worker(on)))
    return {"posting_id": posting}, None


DISPATCH_REQUESTS: dict[str, Callable[[Any], Request]] = {
    "dispatchQueue": lambda on: ({"code": on.town}, None),
    "startOffers": lambda on: ({"posting_id": published(on)}, listed(worker(on))),
    "getOffers": listing,
    "stopOffers": lambda on: (listing(on)[0], {}),
    "getDispatch": lambda on: ({"id": offered(on)}, None),
    "dispatchHistory": lambda on: ({"id": offered(on)}, None),
    "acceptDispatch": lambda on: ({"id": offered(on)}, SIGNED),
    "acceptCrew": crew,
    "declineDispatch": lambda on: ({"id": offered(on)}, {}),
    "sendDispatch": lambda on: ({"id": accepted(on)}, {}),
    "issueSlip": lambda on: ({"id": sent(on)["dispatch"]["id"]}, {"anew": True}),
    "cancelDispatch": lambda on: ({"id": accepted(on)}, {"reason": "家里有事"}),
    # Before the start of the work nobody is a no-show, whoever asks.
    "recordNoShow": lambda on: ({"id": accepted(on)}, {"reason": "没有来"}),
    "confirmArrival": lambda on: ({"id": sent(on)["dispatch"]["id"]}, SAID),
    "finishDispatch": lambda on: ({"id": arrived(on)}, {}),
    "confirmPay": lambda on: ({"id": worked(on)}, {**SAID, **PAID}),
    "rateDispatch": lambda on: ({"id": worked(on)}, {"by_side": "worker", "stars": 5}),
    "confirmBySlip": lambda on: ({}, {"code": sent(on)["arrival_code"]}),
    "readSlip": lambda on: ({}, {"code": sent(on)["pay_code"]}),
    "employerPunctuality": lambda on: ({"employer_id": on.employer}, None),
}
