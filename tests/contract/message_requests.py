"""How operations on messages and publications are asked of a town."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.contract.dispatch_requests import open_offers
from tests.contract.kept_rows import KeptRows
from tests.e2e.api import Clerk
from tests.support.eventually import eventually

#: Address and body of a request.
Request = tuple[dict[str, str], dict[str, Any] | None]

WORDING = {"kind": "staff.overdue", "channel": "inbox", "fields": {"title": "超期", "body": "{what}"}}
WISHES = {"channels": ["inbox"], "digested": ["staff.to_verify"]}
KIT = {"link": "https://yizhan.example.cn/screen/522730"}


class Town(Protocol):
    """What is asked of: a town station with an employer, and an administrator's clerk."""

    town: str
    clerk: Clerk

    employer: str

    @property
    def kept(self) -> KeptRows: ...

    def seeker(self) -> dict[str, Any]: ...

    def posting(self, *steps: str) -> str: ...


def published(on: Town) -> str:
    """The id of a posting on the screens that services/notify has heard of."""
    id = on.posting("submit", "verify", "publish")
    eventually(
        lambda: on.clerk.client.get(f"/postings/{id}/publication-kit", params=KIT).is_success,
        within_seconds=30,
    )
    return id


def dead_end(on: Town) -> str:
    """The id of a delivery that ended: of an offer, which comes at any hour, where no SMS is set up."""
    worker = str(on.seeker()["id"])
    on.clerk.post(f"/seekers/{worker}/consents", {"purpose": "messages"})
    before = _dead_ends(on)
    # Whom services/notify has not heard to want messages gets none.
    on.kept.rest()
    open_offers(on, [[worker]])

    def ended() -> str | None:
        new = [one for one in _dead_ends(on) if one not in before]
        return new[0] if new else None

    return eventually(ended, within_seconds=30)


def _dead_ends(on: Town) -> list[str]:
    query = {"station": on.town, "state": "not_configured"}
    answer = on.clerk.client.get("/deliveries", params=query)
    return [one["id"] for one in answer.json()["deliveries"]] if answer.is_success else []


def next_version(on: Town) -> int:
    found = on.clerk.client.get("/message-templates").raise_for_status().json()["templates"]
    (newest,) = (
        one["version"] for one in found if (one["kind"], one["channel"]) == ("staff.overdue", "inbox")
    )
    return int(newest)


MESSAGE_REQUESTS: dict[str, Callable[[Any], Request]] = {
    "queueDeliveryAgain": lambda on: ({"id": dead_end(on)}, {}),
    "listTemplates": lambda _: ({}, None),
    "previewTemplate": lambda _: ({}, WORDING),
    "writeTemplate": lambda on: ({}, {**WORDING, "expected_version": next_version(on)}),
    "myLetters": lambda _: ({}, None),
    "readLetters": lambda _: ({}, {}),
    "myMessageWishes": lambda _: ({}, None),
    "chooseMessageWishes": lambda _: ({}, WISHES),
    "stopMessages": lambda _: ({}, {"mark": "0123456789abcdef"}),
    "recordPublication": lambda on: ({"id": published(on)}, {"channel": "poster"}),
}

#: What is asked of a station by query.
MESSAGE_LISTS = ("listDeliveries", "listPublications")
