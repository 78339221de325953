"""The tree of stations and the staff, as services/stations tells of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from services.jobs.domain.scope import Account
from services.jobs.service.desk import Desk
from yizhan.bus.nameko_entrypoints import handler
from yizhan.contracts.catalog import JOBS_NETWORK, EventUnreadable
from yizhan.contracts.envelope import Event
from yizhan.contracts.stations import StaffAccountAdded, StaffAccountAmended, StationAdded, StationAmended


class Network(Desk):
    """What this service hears."""

    @handler(JOBS_NETWORK)
    def network(self, tx: Connection, event: Event[Any]) -> None:
        facts = event.data
        if isinstance(facts, StationAdded | StationAmended):
            self._network.hear_of_station(tx, facts.station)
        elif isinstance(facts, StaffAccountAdded | StaffAccountAmended):
            account = Account(facts.role, facts.station, facts.active)
            self._network.hear_of_account(tx, facts.staff_id, account, sequence=event.sequence)
        else:
            raise EventUnreadable(f"{event.type} is not for this queue")
