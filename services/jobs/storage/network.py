"""The stations' tree and the staff, as heard of from services/stations."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from services.jobs.storage.tables import network, network_tables
from yizhan.contracts.jobs import UnknownStation
from yizhan.contracts.stations import StationStatus
from yizhan.database import Database
from yizhan.network.projection import NetworkProjection

_ROOT = select(network.c.code).where(network.c.parent.is_(None)).order_by(network.c.code).limit(1)
_BESIDE = select(network.c.code).where(
    network.c.parent
    == select(network.c.parent).where(network.c.code == bindparam("of_code")).scalar_subquery(),
    network.c.code != bindparam("of_code"),
    network.c.status == StationStatus.OPEN.value,
)


class Network(NetworkProjection):
    """The projection in the tables of services/jobs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, network_tables)

    def root(self, tx: Connection) -> str:
        """The county market's code. Raises UnknownStation before it was heard of."""
        root: str | None = tx.execute(_ROOT).scalar()
        if root is None:
            raise UnknownStation("the network has no county market")
        return root

    def beside(self, tx: Connection, code: str) -> list[str]:
        """Open stations under the same one as a station."""
        return list(tx.execute(_BESIDE, {"of_code": code}).scalars())
