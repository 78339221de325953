"""The tree of stations and the staff, as services/stations tells of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from services.notify.service.desk import Desk
from yizhan.bus.nameko_entrypoints import handler
from yizhan.contracts.envelope import Event
from yizhan.contracts.stations import StationAdded, StationAmended
from yizhan.contracts.subscriptions import NOTIFY_NETWORK


class Network(Desk):
    """What this service hears of the network."""

    @handler(NOTIFY_NETWORK)
    def network(self, tx: Connection, event: Event[Any]) -> None:
        self._network.hear(tx, event)
        if isinstance(event.data, StationAdded | StationAmended):
            station = event.data.station
            self._people.hear_of_name(tx, station.code, station.facts.short_name, sequence=station.sequence)
