"""Tables and queries of services/stations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.outbox import outbox_table
from yizhan.contracts.actor import Role
from yizhan.contracts.stations import (
    Device,
    DeviceHash,
    NetworkExport,
    Notice,
    NoticeReach,
    Staff,
    Station,
    StationFacts,
    StationKind,
    StationStatus,
)
from yizhan.database import Database, UtcDateTime

metadata = MetaData()

stations = Table(
    "stations",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("parent", String(20), nullable=True, index=True),
    # Codes from the root down, each followed by a slash, so that a subtree is one prefix.
    Column("path", String(255), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(40), nullable=False),
    Column("role", String(32), nullable=False),
    Column("station", String(20), nullable=False, index=True),
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("sequence", Integer, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False, index=True),
    Column("label", String(40), nullable=False),
    Column("code_sha256", String(64), nullable=False, unique=True),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("reach", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
    Index("notices_of_station", "station", "ended_at"),
    Index("notices_due", "ended_at", "valid_until"),
)

outbox = outbox_table(metadata)
idempotency = idempotency_table(metadata)


class Stations:
    """The tree."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tx: Connection, code: str) -> Station | None:
        """A station as it stands."""
        row = tx.execute(select(stations).where(stations.c.code == code)).mappings().first()
        return None if row is None else _station(row)

    def lock(self, tx: Connection, code: str) -> Station | None:
        """A station whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(stations).where(stations.c.code == code))
        row = tx.execute(query).mappings().first()
        return None if row is None else _station(row)

    def insert(self, tx: Connection, station: Station) -> bool:
        """Write a new station; False when its code is taken."""
        return self._database.insert_ignore(tx, stations, _station_row(station))

    def save(self, tx: Connection, station: Station) -> None:
        """Write a station that was locked."""
        tx.execute(update(stations).where(stations.c.code == station.code).values(**_station_row(station)))

    def below(self, tx: Connection, station: Station) -> list[Station]:
        """All descendants, without the station itself, locked."""
        prefix = _path_text(station.path)
        query = select(stations).where(
            stations.c.path.startswith(prefix, autoescape=True), stations.c.code != station.code
        )
        return [_station(row) for row in tx.execute(self._database.for_update(query)).mappings()]

    def all(self, tx: Connection) -> list[Station]:
        """Every station, parents before children."""
        return [_station(row) for row in tx.execute(select(stations).order_by(stations.c.path)).mappings()]

    def codes_within(self, tx: Connection, path: tuple[str, ...]) -> list[str]:
        """The codes of a station and everything below it."""
        prefix = _path_text(path)
        query = select(stations.c.code).where(stations.c.path.startswith(prefix, autoescape=True))
        return list(tx.execute(query).scalars())


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


class Devices:
    """The screens' credentials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, device: Device, code_sha256: str) -> None:
        """Write a new device."""
        tx.execute(insert(devices).values(**device.model_dump(), code_sha256=code_sha256))

    def lock(self, tx: Connection, id: str) -> Device | None:
        """A device whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(devices).where(devices.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _device(row)

    def save(self, tx: Connection, device: Device) -> None:
        """Write a device that was locked."""
        values = {"revoked_at": device.revoked_at, "sequence": device.sequence}
        tx.execute(update(devices).where(devices.c.id == device.id).values(**values))

    def of_station(self, tx: Connection, code: str) -> list[Device]:
        """A station's devices, newest first."""
        query = select(devices).where(devices.c.station == code).order_by(devices.c.id.desc())
        return [_device(row) for row in tx.execute(query).mappings()]

    def live_hashes(self, tx: Connection, *, after: str, limit: int) -> list[DeviceHash]:
        """Devices whose codes are good, by id."""
        query = (
            select(devices)
            .where(devices.c.id > after, devices.c.revoked_at.is_(None))
            .order_by(devices.c.id)
            .limit(limit)
        )
        return [
            DeviceHash(
                device_id=row["id"],
                station=row["station"],
                code_sha256=row["code_sha256"],
                sequence=row["sequence"],
            )
            for row in tx.execute(query).mappings()
        ]


class Notices:
    """The notices on the screens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, notice: Notice) -> None:
        """Write a new notice."""
        tx.execute(insert(notices).values(**notice.model_dump()))

    def lock(self, tx: Connection, id: str) -> Notice | None:
        """A notice whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(notices).where(notices.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _notice(row)

    def save(self, tx: Connection, notice: Notice) -> None:
        """Write a notice that was locked."""
        values = {"ended_at": notice.ended_at, "sequence": notice.sequence}
        tx.execute(update(notices).where(notices.c.id == notice.id).values(**values))

    def current(self, tx: Connection, codes: Iterable[str]) -> list[Notice]:
        """Notices of some stations that are not over, newest first."""
        query = (
            select(notices)
            .where(notices.c.station.in_(list(codes)), notices.c.ended_at.is_(None))
            .order_by(notices.c.id.desc())
        )
        return [_notice(row) for row in tx.execute(query).mappings()]

    def due(self, tx: Connection, *, now: datetime, limit: int) -> list[str]:
        """Ids of notices whose time is over and that were not ended yet."""
        query = (
            select(notices.c.id)
            .where(notices.c.ended_at.is_(None), notices.c.valid_until <= now)
            .order_by(notices.c.valid_until)
            .limit(limit)
        )
        return list(tx.execute(query).scalars())

    def live(self, tx: Connection, *, after: str, limit: int) -> list[Notice]:
        """Notices that are not over, by id."""
        query = (
            select(notices)
            .where(notices.c.id > after, notices.c.ended_at.is_(None))
            .order_by(notices.c.id)
            .limit(limit)
        )
        return [_notice(row) for row in tx.execute(query).mappings()]


#: The order in which an export walks through the tables, and the name of each in its cursor.
_SECTIONS = ("stations", "notices", "devices")


def export_page(database: Database, tx: Connection, *, after: str | None, limit: int) -> NetworkExport:
    """One page of what screens need. The cursor is `<section>:<last key>`; else ValueError."""
    section, _, key = (after or "stations:").partition(":")
    if section not in _SECTIONS:
        raise ValueError(f"no such cursor: {after!r}")
    page: dict[str, Any] = dict.fromkeys(_SECTIONS, ())
    if section == "stations":
        query = select(stations).where(stations.c.code > key).order_by(stations.c.code).limit(limit)
        page[section] = tuple(_station(row) for row in tx.execute(query).mappings())
        last = page[section][-1].code if page[section] else ""
    elif section == "notices":
        page[section] = tuple(Notices(database).live(tx, after=key, limit=limit))
        last = page[section][-1].id if page[section] else ""
    else:
        page[section] = tuple(Devices(database).live_hashes(tx, after=key, limit=limit))
        last = page[section][-1].device_id if page[section] else ""
    return NetworkExport(**page, next=_next_cursor(section, last, full=len(page[section]) == limit))


def _next_cursor(section: str, last: str, *, full: bool) -> str | None:
    if full:
        return f"{section}:{last}"
    following = _SECTIONS.index(section) + 1
    return f"{_SECTIONS[following]}:" if following < len(_SECTIONS) else None


def _path_text(path: tuple[str, ...]) -> str:
    return "".join(f"{code}/" for code in path)


def _station_row(station: Station) -> dict[str, Any]:
    return station.model_dump(mode="json") | {"path": _path_text(station.path)}


def _station(row: RowMapping) -> Station:
    return Station(
        code=row["code"],
        kind=StationKind(row["kind"]),
        parent=row["parent"],
        path=tuple(row["path"].rstrip("/").split("/")),
        status=StationStatus(row["status"]),
        facts=StationFacts.model_validate(row["facts"]),
        sequence=row["sequence"],
    )


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


def _device(row: RowMapping) -> Device:
    return Device(
        id=row["id"],
        station=row["station"],
        label=row["label"],
        issued_at=row["issued_at"],
        revoked_at=row["revoked_at"],
        sequence=row["sequence"],
    )


def _notice(row: RowMapping) -> Notice:
    return Notice(
        id=row["id"],
        station=row["station"],
        reach=NoticeReach(row["reach"]),
        text=row["text"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        ended_at=row["ended_at"],
        sequence=row["sequence"],
    )
