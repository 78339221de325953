"""The stations' tree and the staff, as heard of from services/stations."""

from __future__ import annotations

from sqlalchemy import Connection, select

from services.notify.storage.tables import network_tables
from yizhan.database import Database
from yizhan.network.projection import NetworkProjection


class Network(NetworkProjection):
    """The projection in the tables of services/notify."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, network_tables)

    def paths(self, tx: Connection) -> dict[str, tuple[str, ...]]:
        """Every station's path, from the county market down."""
        table = network_tables.network
        rows = tx.execute(select(table.c.code, table.c.path))
        return {row.code: tuple(row.path.rstrip("/").split("/")) for row in rows}
