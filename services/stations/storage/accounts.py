"""Who can sign in."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, func, select, update

from services.stations.storage.tables import staff
from yizhan.contracts.actor import Role
from yizhan.contracts.stations import Staff
from yizhan.database import Database


class StaffAccounts:
    """Who can sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_by_login(self, tx: Connection, login: str) -> tuple[Staff, str] | None:
        """An account with its password's hash."""
        row = tx.execute(select(staff).where(staff.c.login == login)).mappings().first()
        return None if row is None else (_staff(row), row["password_hash"])

    def lock(self, tx: Connection, id: str) -> Staff | None:
        """An account whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(staff).where(staff.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _staff(row)

    def insert(self, tx: Connection, account: Staff, password_hash: str) -> bool:
        """Write a new account; False when its login is taken."""
        row = account.model_dump(mode="json") | {"password_hash": password_hash}
        return self._database.insert_ignore(tx, staff, row)

    def save(self, tx: Connection, account: Staff) -> None:
        """Write an account that was locked."""
        values = {"active": account.active, "sequence": account.sequence}
        tx.execute(update(staff).where(staff.c.id == account.id).values(**values))

    def of_stations(self, tx: Connection, codes: Iterable[str]) -> list[Staff]:
        """The accounts of some stations, by login."""
        query = select(staff).where(staff.c.station.in_(list(codes))).order_by(staff.c.login)
        return [_staff(row) for row in tx.execute(query).mappings()]

    def is_closed(self, tx: Connection, id: str) -> bool:
        """Whether this is an account that was closed."""
        active = tx.execute(select(staff.c.active).where(staff.c.id == id)).scalar()
        return active is False

    def active_at(self, tx: Connection, code: str) -> int:
        """How many can sign in who belong to this very station."""
        query = select(func.count()).where(staff.c.station == code, staff.c.active.is_(True))
        return tx.execute(query).scalar_one()

    def known_among(self, tx: Connection, ids: Iterable[str], codes: Iterable[str]) -> frozenset[str]:
        """Those of some ids that are accounts of some stations, closed ones too."""
        query = select(staff.c.id).where(staff.c.id.in_(list(ids)), staff.c.station.in_(list(codes)))
        return frozenset(tx.execute(query).scalars())


def _staff(row: RowMapping) -> Staff:
    return Staff(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        station=row["station"],
        active=row["active"],
        sequence=row["sequence"],
    )
