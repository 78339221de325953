"""Consents that were given and withdrawn, and who read somebody in clear."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from services.seekers.storage.tables import clear_readings, consents
from yizhan.contracts.seeker_rights import ClearReading, Consent, PersonalField, ReadingPurpose
from yizhan.contracts.seekers import ConsentPurpose
from yizhan.network.pages import BEFORE_ALL, cut

_CONSENTS = (
    select(consents)
    .where(consents.c.seeker_id == bindparam("id"))
    .order_by(consents.c.given_at.desc(), consents.c.purpose, consents.c.version.desc())
)
_LATEST_VERSION = select(func.max(consents.c.version)).where(
    consents.c.seeker_id == bindparam("id"), consents.c.purpose == bindparam("purpose")
)
_INSERT_CONSENT = insert(consents)
_WITHDRAW = (
    update(consents)
    .where(consents.c.seeker_id == bindparam("of_id"), consents.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("now"), withdrawn_by=bindparam("who"))
)
_WITHDRAW_ONE = _WITHDRAW.where(consents.c.purpose == bindparam("of_purpose"))
_INSERT_READING = insert(clear_readings)
_READINGS = (
    select(clear_readings)
    .where(clear_readings.c.seeker_id == bindparam("id"), clear_readings.c.id < bindparam("before"))
    .order_by(clear_readings.c.id.desc())
    .limit(bindparam("limit"))
)


class Rights:
    """Consents and readings in clear."""

    def latest_version(self, tx: Connection, id: str, purpose: ConsentPurpose) -> int:
        """The last consent's version; 0 before the first."""
        found: int | None = tx.execute(_LATEST_VERSION, {"id": id, "purpose": purpose.value}).scalar()
        return found or 0

    def give(self, tx: Connection, id: str, consent: Consent) -> None:
        """Write a new consent."""
        tx.execute(
            _INSERT_CONSENT, consent.model_dump() | {"seeker_id": id, "purpose": consent.purpose.value}
        )

    def withdraw(self, tx: Connection, id: str, purpose: ConsentPurpose, *, now: datetime, by: str) -> None:
        """End the consent that is in force."""
        tx.execute(_WITHDRAW_ONE, {"of_id": id, "of_purpose": purpose.value, "now": now, "who": by})

    def withdraw_all(self, tx: Connection, id: str, *, now: datetime, by: str) -> None:
        """End whatever is in force."""
        tx.execute(_WITHDRAW, {"of_id": id, "now": now, "who": by})

    def consents(self, tx: Connection, id: str) -> list[Consent]:
        """All that were ever given, newest first."""
        return [_consent(row) for row in tx.execute(_CONSENTS, {"id": id}).mappings()]

    def log_reading(self, tx: Connection, seeker_id: str, reading: ClearReading) -> None:
        """Write down that somebody was read in clear."""
        row = reading.model_dump(mode="json") | {"seeker_id": seeker_id, "at": reading.at}
        tx.execute(_INSERT_READING, row)

    def readings(
        self, tx: Connection, id: str, *, after: str | None, limit: int
    ) -> tuple[list[ClearReading], str | None]:
        """Who read somebody in clear, newest first, and the cursor of the next page."""
        values = {"id": id, "before": after or BEFORE_ALL, "limit": limit + 1}
        return cut([_reading(row) for row in tx.execute(_READINGS, values).mappings()], limit)


def _consent(row: RowMapping) -> Consent:
    values = {name: row[name] for name in Consent.model_fields}
    return Consent(**{**values, "purpose": ConsentPurpose(row["purpose"])})


def _reading(row: RowMapping) -> ClearReading:
    return ClearReading(
        id=row["id"],
        fields=tuple(PersonalField(field) for field in row["fields"]),
        purpose=ReadingPurpose(row["purpose"]),
        station=row["station"],
        by=row["by"],
        at=row["at"],
    )
