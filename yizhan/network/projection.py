"""The stations' tree and the staff in a service's own database, as heard of from services/stations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)

from yizhan.contracts.actor import Role
from yizhan.contracts.envelope import Event
from yizhan.contracts.reading import EventUnreadable
from yizhan.contracts.stations import (
    StaffAccountAdded,
    StaffAccountAmended,
    Station,
    StationAdded,
    StationAmended,
    StationStatus,
)
from yizhan.database import Database
from yizhan.network.pages import Subtree
from yizhan.network.scope import Account
from yizhan.network.tree import Node, Place, is_news, paths


class NetworkTables:
    """The tables of the projection, and the statements on them, which are built once."""

    def __init__(self, metadata: MetaData) -> None:
        self.network = network = Table(
            "network",
            metadata,
            Column("code", String(20), primary_key=True),
            Column("parent", String(20), nullable=True),
            # Codes from the root down, each followed by a slash, so that a subtree is one prefix.
            Column("path", Text, nullable=False),
            Column("told_path", Text, nullable=False),
            Column("status", String(16), nullable=False),
            Column("sequence", Integer, nullable=False),
        )
        self.staff = staff = Table(
            "staff",
            metadata,
            Column("id", String(36), primary_key=True),
            Column("role", String(32), nullable=False),
            Column("station", String(20), nullable=False),
            Column("active", Boolean, nullable=False),
            Column("sequence", Integer, nullable=False),
        )
        #: One row; whoever folds news holds its lock, since a station's path depends on other rows than its
        #: own.
        self.network_turn = Table(
            "network_turn",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("taken", Integer, nullable=False),
        )
        self.standing = (
            select(network.c.path, network.c.status, staff.c.role, staff.c.station, staff.c.active)
            .select_from(network.outerjoin(staff, staff.c.id == bindparam("actor_id")))
            .where(network.c.code == bindparam("code"))
        )
        self.within = select(
            network.c.code, select(func.count()).select_from(network).scalar_subquery().label("all")
        ).where(network.c.path.startswith(bindparam("prefix")))


class NetworkProjection:
    """The stations' tree and the staff, from what services/stations tells."""

    def __init__(self, database: Database, tables: NetworkTables) -> None:
        self._database = database
        self._tables = tables

    def standing(self, tx: Connection, code: str, actor_id: str) -> tuple[Place | None, Account | None]:
        """A station, and what is known of the caller's account; None for what was never heard of."""
        row = tx.execute(self._tables.standing, {"code": code, "actor_id": actor_id}).first()
        if row is None:
            return None, None
        place = Place(code, _path(row[0]), StationStatus(row[1]))
        return place, None if row[2] is None else Account(Role(row[2]), row[3], row[4])

    def within(self, tx: Connection, place: Place) -> Subtree:
        """The station and everything below it."""
        rows = tx.execute(self._tables.within, {"prefix": _path_text(place.path)}).all()
        whole = bool(rows) and len(rows) == rows[0][1]
        codes = tuple(row[0] for row in rows)
        return Subtree(None if whole else codes, codes)

    def hear(self, tx: Connection, event: Event[Any]) -> None:
        """Keep what an event of services/stations tells. Raises EventUnreadable for any other."""
        facts = event.data
        if isinstance(facts, StationAdded | StationAmended):
            self.hear_of_station(tx, facts.station)
        elif isinstance(facts, StaffAccountAdded | StaffAccountAmended):
            account = Account(facts.role, facts.station, facts.active)
            self.hear_of_account(tx, facts.staff_id, account, sequence=event.sequence)
        else:
            raise EventUnreadable(f"{event.type} is not for this queue")

    def hear_of_station(self, tx: Connection, station: Station) -> None:
        """Keep a station's news unless newer ones are known, and put the paths of the tree right."""
        network = self._tables.network
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
        staff = self._tables.staff
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
        turn = self._tables.network_turn
        tx.execute(update(turn).values(taken=turn.c.taken + 1))


def _path_text(path: tuple[str, ...]) -> str:
    return "".join(f"{code}/" for code in path)


def _path(text: str) -> tuple[str, ...]:
    return tuple(text.rstrip("/").split("/"))
