"""services/notify as its callers meet it, without a broker between; everybody in it is invented."""

from __future__ import annotations

from services.notify.service import NotifyService
from services.notify.storage import tables
from tests.support.service_stand import ADMIN, OTHER_TOWN, TOWN, TOWN_CLERK, ServiceStand
from yizhan.clock import FrozenClock
from yizhan.contracts.catalog import NOTIFY_NETWORK
from yizhan.database import Database


class Office(ServiceStand):
    """One instance of the service on a database."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        super().__init__(database, clock, NotifyService(), tables.metadata, NOTIFY_NETWORK)


__all__ = ["ADMIN", "OTHER_TOWN", "TOWN", "TOWN_CLERK", "Office"]
