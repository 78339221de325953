"""The tree of stations and the staff, as services/stations tells of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.service.desk import Desk
from yizhan.bus.nameko_entrypoints import handler
from yizhan.contracts.envelope import Event
from yizhan.contracts.premises import PremisesAmended
from yizhan.contracts.subscriptions import JOBS_NETWORK


class Network(Desk):
    """What this service hears."""

    @handler(JOBS_NETWORK)
    def network(self, tx: Connection, event: Event[Any]) -> None:
        if isinstance(event.data, PremisesAmended):
            premises = event.data.premises
            where = premises.position
            lng, lat = (None, None) if where is None else (where.lng, where.lat)
            storage.Positions(self.database).hear(tx, premises.code, lng, lat, event.sequence)
        else:
            self._network.hear(tx, event)
