"""Who listens to what. Names alone: what is heard is read by whoever hears it (`reading`)."""

from __future__ import annotations

from dataclasses import dataclass


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
    "jobs",
    "network",
    ("stations.station.*.#", "stations.staff_account.*.#", "stations.premises.*.#"),
    single_active=True,
)
#: Who looks for work, and who waits for it today; never who somebody is.
JOBS_SEEKERS = Subscription(
    "jobs",
    "seekers",
    (
        "seekers.seeker.*.#",
        "seekers.consent.*.#",
        "seekers.check_in.taken.#",
        "seekers.ticket.called.#",
        "seekers.draw.*.#",
    ),
    single_active=True,
)
SEEKERS_NETWORK = Subscription(
    "seekers", "network", ("stations.station.*.#", "stations.staff_account.*.#"), single_active=True
)
NOTIFY_NETWORK = Subscription(
    "notify", "network", ("stations.station.*.#", "stations.staff_account.*.#"), single_active=True
)
NOTIFY_HEARD = Subscription(
    "notify",
    "heard",
    (
        "board.screen_message.*.#",
        "board.screen_outage.*.#",
        "jobs.dispatch.*.#",
        "jobs.fair.fell_short.#",
        "jobs.posting.*.#",
        "seekers.check_in.*.#",
        "seekers.consent.*.#",
        "seekers.seeker.*.#",
        "seekers.waiting.*.#",
    ),
    single_active=True,
)
BOARD_FOLD = Subscription(
    "board",
    "fold",
    (
        "stations.station.*.#",
        "stations.notice.*.#",
        "stations.screen_device.*.#",
        "jobs.fair.*.#",
        "jobs.posting.*.#",
        "seekers.card.*.#",
        "seekers.waiting.*.#",
        "seekers.ticket.*.#",
        "seekers.draw.*.#",
        "notify.screen_message.*.#",
    ),
    single_active=True,
)

#: What other systems may do here.
JOBS_INTEGRATORS = Subscription("jobs", "integrators", ("notify.integrator.*.#",), single_active=True)
#: Everything: what of it leaves the house is decided there.
OUTLET_FEED = Subscription("outlet", "feed", ("#",), single_active=True)

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    JOBS_NETWORK,
    JOBS_SEEKERS,
    JOBS_INTEGRATORS,
    SEEKERS_NETWORK,
    NOTIFY_NETWORK,
    NOTIFY_HEARD,
    BOARD_FOLD,
    OUTLET_FEED,
)
