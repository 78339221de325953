"""Contacts of employers, sealed, and who read one in clear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from services.jobs.domain.employer_contact import PHONE, masked_name, masked_phone, plain_phone
from services.jobs.storage.employer_tables import contact_reads, employer_contacts
from yizhan.contracts.employers import ContactRead, EmployerContact, NewContact
from yizhan.encryption import FieldCipher
from yizhan.network.pages import BEFORE_ALL, cut

_OF = (
    select(employer_contacts)
    .where(employer_contacts.c.employer_id.in_(bindparam("ids", expanding=True)))
    .order_by(employer_contacts.c.id)
)
_COUNT = select(func.count()).where(employer_contacts.c.employer_id.in_(bindparam("ids", expanding=True)))
_ONE = _OF.where(employer_contacts.c.id == bindparam("contact_id"))
_INDEXES = select(employer_contacts.c.phone_index).where(
    employer_contacts.c.employer_id.in_(bindparam("ids", expanding=True))
)
_INSERT = insert(employer_contacts)
_UPDATE = (
    update(employer_contacts)
    .where(employer_contacts.c.id == bindparam("contact_id"))
    .values({name: bindparam(f"new_{name}") for name in ("name", "phone", "phone_index", "role")})
)
_DELETE = delete(employer_contacts).where(employer_contacts.c.id == bindparam("contact_id"))
_INSERT_READ = insert(contact_reads)
_READS = (
    select(contact_reads)
    .where(
        contact_reads.c.employer_id.in_(bindparam("ids", expanding=True)),
        contact_reads.c.id < bindparam("before"),
    )
    .order_by(contact_reads.c.id.desc())
    .limit(bindparam("limit"))
)


class EmployerContacts:
    """What is sealed is opened here and leaves masked, save by `in_clear`."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def add(
        self, tx: Connection, employer_id: str, contact: NewContact, *, id: str, now: datetime
    ) -> EmployerContact:
        """Write a contact."""
        self.write(tx, [self.row_of(employer_id, contact, id=id, now=now)])
        return EmployerContact(
            id=id,
            employer_id=employer_id,
            name=masked_name(contact.name),
            phone=masked_phone(contact.phone),
            role=contact.role,
            added_at=now,
        )

    def row_of(self, employer_id: str, contact: NewContact, *, id: str, now: datetime) -> dict[str, Any]:
        """A contact as it is kept: sealed."""
        return {"id": id, "employer_id": employer_id, "added_at": now, **self._sealed(id, contact)}

    def write(self, tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write contacts that were sealed before."""
        if rows:
            tx.execute(_INSERT, rows)

    def amend(self, tx: Connection, id: str, contact: NewContact) -> None:
        """Write a contact anew."""
        sealed = self._sealed(id, contact)
        tx.execute(_UPDATE, {"contact_id": id, **{f"new_{name}": sealed[name] for name in sealed}})

    def remove(self, tx: Connection, id: str) -> None:
        """Forget a contact; nothing of it is kept."""
        tx.execute(_DELETE, {"contact_id": id})

    def of(self, tx: Connection, employer_ids: list[str]) -> list[EmployerContact]:
        """The contacts of an employer's family, masked, the oldest first."""
        return [self._masked(row) for row in tx.execute(_OF, {"ids": employer_ids}).mappings()]

    def count(self, tx: Connection, employer_ids: list[str]) -> int:
        """How many those are."""
        return tx.execute(_COUNT, {"ids": employer_ids}).scalar_one()

    def find(self, tx: Connection, employer_ids: list[str], id: str) -> EmployerContact | None:
        """One of them, masked."""
        row = self._row(tx, employer_ids, id)
        return None if row is None else self._masked(row)

    def in_clear(self, tx: Connection, employer_ids: list[str], id: str) -> tuple[str, str] | None:
        """Name and phone of one of them. Whoever asks is to be recorded in the same transaction."""
        row = self._row(tx, employer_ids, id)
        return None if row is None else (self._open(row, "name"), self._open(row, "phone"))

    def phone_indexes(self, tx: Connection, employer_ids: list[str]) -> list[str]:
        """What the phones are found by."""
        return list(tx.execute(_INDEXES, {"ids": employer_ids}).scalars())

    def record_read(self, tx: Connection, read: ContactRead) -> None:
        """Write who read a contact."""
        tx.execute(_INSERT_READ, read.model_dump())

    def reads(
        self, tx: Connection, employer_ids: list[str], *, after: str | None, limit: int
    ) -> tuple[list[ContactRead], str | None]:
        """Who read, newest first, and the cursor of the next page."""
        bound = {"ids": employer_ids, "before": after or BEFORE_ALL, "limit": limit + 1}
        rows = tx.execute(_READS, bound).mappings()
        return cut([ContactRead.model_validate(dict(row)) for row in rows], limit)

    def _row(self, tx: Connection, employer_ids: list[str], id: str) -> RowMapping | None:
        return tx.execute(_ONE, {"ids": employer_ids, "contact_id": id}).mappings().first()

    def _sealed(self, id: str, contact: NewContact) -> dict[str, str | None]:
        return {
            "name": self._cipher.seal(contact.name, place=_place("name", id)),
            "phone": self._cipher.seal(contact.phone, place=_place("phone", id)),
            "phone_index": self._cipher.index(plain_phone(contact.phone), kind=PHONE),
            "role": contact.role,
        }

    def _open(self, row: RowMapping, column: str) -> str:
        return self._cipher.open(row[column], place=_place(column, row["id"]))

    def _masked(self, row: RowMapping) -> EmployerContact:
        return EmployerContact(
            id=row["id"],
            employer_id=row["employer_id"],
            name=masked_name(self._open(row, "name")),
            phone=masked_phone(self._open(row, "phone")),
            role=row["role"],
            added_at=row["added_at"],
        )


def _place(column: str, id: str) -> str:
    return f"employer_contacts/{column}/{id}"
