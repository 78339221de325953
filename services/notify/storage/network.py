"""The stations' tree and the staff, as heard of from services/stations."""

from __future__ import annotations

from services.notify.storage.tables import network_tables
from yizhan.database import Database
from yizhan.network.projection import NetworkProjection


class Network(NetworkProjection):
    """The projection in the tables of services/notify."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, network_tables)
