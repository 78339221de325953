"""Every event, every RPC method, and who listens to what. Nothing is sent that is not listed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from yizhan.contracts import employers, jobs, stations
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.rpc import Method

EVENTS: dict[str, type[Facts]] = {
    facts.event_type: facts
    for facts in (
        stations.StationAdded,
        stations.StationAmended,
        stations.StaffAccountAdded,
        stations.StaffAccountAmended,
        stations.ScreenDeviceIssued,
        stations.ScreenDeviceRevoked,
        stations.NoticePosted,
        stations.NoticeEnded,
        employers.EmployerRegistered,
        jobs.PostingDrafted,
        jobs.PostingAmended,
        jobs.PostingSubmitted,
        jobs.PostingVerified,
        jobs.PostingRejected,
        jobs.PostingPublished,
        jobs.PostingWithdrawn,
        jobs.PostingExpired,
    )
}


@dataclass(frozen=True)
class Subscription:
    """A durable queue `<service>.<handler>` and the routing keys that it is bound by.

    single_active: one consumer at a time gets deliveries, the others stand by.
    """

    service: str
    handler: str
    bindings: tuple[str, ...]
    single_active: bool = False

    @property
    def queue(self) -> str:
        return f"{self.service}.{self.handler}"


JOBS_NETWORK = Subscription(
    "jobs", "network", ("stations.station.*.#", "stations.staff_account.*.#"), single_active=True
)
BOARD_FOLD = Subscription(
    "board",
    "fold",
    (
        "stations.station.*.#",
        "stations.notice.*.#",
        "stations.screen_device.*.#",
        "jobs.posting.published.#",
        "jobs.posting.withdrawn.#",
        "jobs.posting.expired.#",
    ),
    single_active=True,
)

SUBSCRIPTIONS: tuple[Subscription, ...] = (JOBS_NETWORK, BOARD_FOLD)

METHODS: tuple[Method[Any, Any], ...] = tuple(
    method
    for rpc in (stations.StationsRpc, employers.EmployersRpc, jobs.JobsRpc)
    for method in vars(rpc).values()
    if isinstance(method, Method)
)


class EventUnreadable(Exception):
    """The bytes are no event of the catalogue: not JSON, an unknown type, or facts that do not fit.

    Retrying cannot mend it; it belongs in the dead letters.
    """


def read_event(body: bytes) -> Event[Any]:
    """An event as a consumer reads it: tolerant of added fields. Raises EventUnreadable."""
    try:
        raw = json.loads(body)
        facts = EVENTS[raw["type"]]
        return Event[facts].tolerant(raw)  # type: ignore[valid-type]
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise EventUnreadable(f"{type(error).__name__}: {error}") from error
