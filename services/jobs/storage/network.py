"""The stations' tree and the staff, as heard of from services/stations."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select, update

from services.jobs.domain.network import Node, Place, is_news, paths
from services.jobs.domain.scope import Account
from services.jobs.storage.pages import Subtree
from services.jobs.storage.tables import network, network_turn, staff
from yizhan.contracts.actor import Role
from yizhan.contracts.stations import Station, StationStatus
from yizhan.database import Database

_STANDING = (
    select(network.c.path, network.c.status, staff.c.role, staff.c.station, staff.c.active)
    .select_from(network.outerjoin(staff, staff.c.id == bindparam("actor_id")))
    .where(network.c.code == bindparam("code"))
)
_STATIONS_WITHIN = select(
    network.c.code, select(func.count()).select_from(network).scalar_subquery().label("all")
).where(network.c.path.startswith(bindparam("prefix")))


class Network:
    """The stations' tree and the staff, a projection of what services/stations tells."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, tx: Connection, code: str, actor_id: str) -> tuple[Place | None, Account | None]:
        """A station, and what is known of the caller's account; None for what was never heard of."""
        row = tx.execute(_STANDING, {"code": code, "actor_id": actor_id}).first()
        if row is None:
            return None, None
        place = Place(code, _path(row[0]), StationStatus(row[1]))
        return place, None if row[2] is None else Account(Role(row[2]), row[3], row[4])

    def within(self, tx: Connection, place: Place) -> Subtree:
        """The station and everything below it."""
        rows = tx.execute(_STATIONS_WITHIN, {"prefix": _path_text(place.path)}).all()
        whole = bool(rows) and len(rows) == rows[0][1]
        return Subtree(None if whole else tuple(row[0] for row in rows))

    def hear_of_station(self, tx: Connection, station: Station) -> None:
        """Keep a station's news unless newer ones are known, and put the paths of the tree right."""
        self._take_turn(tx)
        rows = {row.code: row for row in tx.execute(select(network))}
        known = rows.get(station.code)
        if not is_news(None if known is None else known.sequence, station.sequence):
            return
        nodes = {code: Node(row.parent, _path(row.told_path)) for code, row in rows.items()}
        nodes[station.code] = Node(station.parent, station.path)
        homes = {code: _path_text(path) for code, path in paths(nodes).items()}
        news = {
            "code": station.code,
            "parent": station.parent,
            "path": homes[station.code],
            "told_path": _path_text(station.path),
            "status": station.status.value,
            "sequence": station.sequence,
        }
        self._database.upsert(tx, network, news, key=["code"])
        for code, row in rows.items():
            if code != station.code and row.path != homes[code]:
                tx.execute(update(network).where(network.c.code == code).values(path=homes[code]))

    def hear_of_account(self, tx: Connection, id: str, account: Account, *, sequence: int) -> None:
        """Keep an account's news unless newer ones are known."""
        self._take_turn(tx)
        known = tx.execute(select(staff.c.sequence).where(staff.c.id == id)).scalar()
        if not is_news(known, sequence):
            return
        news = {
            "id": id,
            "role": account.role.value,
            "station": account.station,
            "active": account.active,
            "sequence": sequence,
        }
        self._database.upsert(tx, staff, news, key=["id"])

    def _take_turn(self, tx: Connection) -> None:
        # A statement of its own: what is read after it, is read as the last holder left it.
        tx.execute(update(network_turn).values(taken=network_turn.c.taken + 1))


def _path_text(path: tuple[str, ...]) -> str:
    return "".join(f"{code}/" for code in path)


def _path(text: str) -> tuple[str, ...]:
    return tuple(text.rstrip("/").split("/"))
