"""The tree of stations and the staff, as services/stations tells of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from services.seekers.service.desk import Desk
from yizhan.bus.nameko_entrypoints import handler
from yizhan.contracts.envelope import Event
from yizhan.contracts.subscriptions import SEEKERS_NETWORK


class Network(Desk):
    """What this service hears."""

    @handler(SEEKERS_NETWORK)
    def network(self, tx: Connection, event: Event[Any]) -> None:
        self._network.hear(tx, event)
