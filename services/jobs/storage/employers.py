"""The register of employers: rows and queries."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from services.jobs.domain.employer import name_in_public
from services.jobs.storage.pages import Listing, Subtree, cut
from services.jobs.storage.tables import employers
from yizhan.contracts.employers import Employer, EmployerKind
from yizhan.database import Database

_EMPLOYER = select(employers).where(employers.c.id == bindparam("id"))
_EMPLOYER_NAME = select(employers.c.kind, employers.c.name).where(employers.c.id == bindparam("id"))
_EMPLOYER_OF_CODE = select(employers.c.id).where(employers.c.credit_code == bindparam("credit_code"))

_ANY = Listing(employers)
# Not LIKE: there is nothing to escape in what is searched for, and both databases treat case alike.
_lower_name = func.lower(employers.c.name)
_NAMED_LIKE = Listing(employers, func.replace(_lower_name, bindparam("text"), "") != _lower_name)


class Employers:
    """The register."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, employer: Employer) -> bool:
        """Write a new employer; False when its credit code is in the register."""
        return self._database.insert_ignore(tx, employers, employer.model_dump())

    def find(self, tx: Connection, id: str) -> Employer | None:
        """An employer as it stands."""
        row = tx.execute(_EMPLOYER, {"id": id}).mappings().first()
        return None if row is None else _employer(row)

    def name_in_public(self, tx: Connection, id: str) -> str | None:
        """What postings call an employer; None when there is none."""
        row = tx.execute(_EMPLOYER_NAME, {"id": id}).first()
        return None if row is None else name_in_public(EmployerKind(row.kind), row.name)

    def id_of_code(self, tx: Connection, credit_code: str) -> str | None:
        """Who has this credit code."""
        return tx.execute(_EMPLOYER_OF_CODE, {"credit_code": credit_code}).scalar()

    def page(
        self, tx: Connection, subtree: Subtree, *, text: str | None, after: str | None, limit: int
    ) -> tuple[list[Employer], str | None]:
        """Employers whose name holds `text`, newest first, and the cursor of the next page."""
        if text:
            rows = _NAMED_LIKE.page(tx, subtree, after=after, limit=limit, text=text.lower())
        else:
            rows = _ANY.page(tx, subtree, after=after, limit=limit)
        return cut([_employer(row) for row in rows], limit)


def _employer(row: RowMapping) -> Employer:
    return Employer(**{**row, "kind": EmployerKind(row["kind"])})
