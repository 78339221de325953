"""Screens' credentials, and the notices on the screens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from services.stations.storage.tables import devices, notices
from yizhan.contracts.stations import Device, DeviceHash, Notice, NoticeReach
from yizhan.database import Database


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
                label=row["label"],
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
