"""What employers did: their verifications and postings."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, insert, select

from services.jobs.storage.employer_tables import employer_verifications
from services.jobs.storage.tables import posting_steps, postings
from yizhan.contracts.employers import EmployerVerification
from yizhan.contracts.files import StoredFile

_OF_FAMILY = postings.c.employer_id.in_(bindparam("ids", expanding=True))
_BY_STATUS = select(postings.c.status, func.count()).where(_OF_FAMILY).group_by(postings.c.status)
_BY_STEP = (
    select(posting_steps.c.step, func.count())
    .select_from(posting_steps.join(postings, postings.c.id == posting_steps.c.posting_id))
    .where(_OF_FAMILY, posting_steps.c.step.in_(bindparam("steps", expanding=True)))
    .group_by(posting_steps.c.step)
)
_UNENDED = select(postings.c.id).where(_OF_FAMILY, postings.c.due_at.is_not(None)).order_by(postings.c.id)
_VERIFICATIONS = (
    select(employer_verifications)
    .where(employer_verifications.c.employer_id.in_(bindparam("ids", expanding=True)))
    .order_by(employer_verifications.c.id)
)
_INSERT_VERIFICATION = insert(employer_verifications)


class EmployerRecords:
    """By the ids of an employer's family."""

    def add_verification(self, tx: Connection, verification: EmployerVerification) -> None:
        """Write a verification."""
        evidence = [stored.model_dump(mode="json") for stored in verification.evidence]
        tx.execute(_INSERT_VERIFICATION, {**verification.model_dump(), "evidence": evidence})

    def verifications(self, tx: Connection, employer_ids: list[str]) -> list[EmployerVerification]:
        """The oldest first."""
        rows = tx.execute(_VERIFICATIONS, {"ids": employer_ids}).mappings()
        return [EmployerVerification.model_validate(dict(row)) for row in rows]

    def evidence(self, tx: Connection, employer_ids: list[str], file_id: str) -> StoredFile | None:
        """A file that one of the verifications rests on."""
        found = (one for each in self.verifications(tx, employer_ids) for one in each.evidence)
        return next((one for one in found if one.id == file_id), None)

    def postings_by_status(self, tx: Connection, employer_ids: list[str]) -> dict[str, int]:
        """How many postings are in each status."""
        return {row[0]: row[1] for row in tx.execute(_BY_STATUS, {"ids": employer_ids})}

    def postings_by_step(self, tx: Connection, employer_ids: list[str], *steps: str) -> dict[str, int]:
        """How often each of these steps was taken with one of the postings."""
        return {row[0]: row[1] for row in tx.execute(_BY_STEP, {"ids": employer_ids, "steps": steps})}

    def unended_postings(self, tx: Connection, employer_ids: list[str]) -> list[str]:
        """Ids of postings that have not ended, in the order in which they are to be locked."""
        return list(tx.execute(_UNENDED, {"ids": employer_ids}).scalars())
