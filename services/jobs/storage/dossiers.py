"""What the office keeps of postings beside them, and the versions of its rules: rows and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from services.jobs.storage.tables import posting_dossiers, rule_versions
from yizhan.contracts.compliance import ExceptionClaim, Finding, RuleKind, RuleVersion
from yizhan.contracts.jobs import Evidence, Lead

_DOSSIER = select(posting_dossiers).where(posting_dossiers.c.posting_id == bindparam("id"))
_INSERT = insert(posting_dossiers)
_UPDATE = (
    update(posting_dossiers)
    .where(posting_dossiers.c.posting_id == bindparam("id"))
    .values({name: bindparam(f"new_{name}") for name in ("findings", "checked_at", "claims", "evidence")})
)
_VERSION_IDS = select(rule_versions.c.id).order_by(rule_versions.c.id)
_VERSIONS = select(rule_versions).order_by(rule_versions.c.id)


@dataclass(frozen=True)
class Dossier:
    """lead: None when nobody said how the office came to the job. evidence: in the order it was attached."""

    posting_id: str
    lead: Lead | None
    findings: tuple[Finding, ...]
    checked_at: datetime
    claims: tuple[ExceptionClaim, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Dossiers:
    """One for each posting."""

    def insert(self, tx: Connection, dossier: Dossier) -> None:
        """Write a new posting's."""
        self.insert_many(tx, [dossier])

    def insert_many(self, tx: Connection, dossiers: Sequence[Dossier]) -> None:
        """Write many."""
        if dossiers:
            tx.execute(_INSERT, [_new(dossier) for dossier in dossiers])

    def save(self, tx: Connection, dossier: Dossier) -> None:
        """Write what has changed; the posting is locked."""
        kept = {f"new_{name}": value for name, value in _kept(dossier).items()}
        if tx.execute(_UPDATE, {"id": dossier.posting_id, **kept}).rowcount == 0:
            self.insert(tx, dossier)

    def of(self, tx: Connection, id: str, *, now: datetime) -> Dossier:
        """A posting's; an empty one for a posting from before there were dossiers."""
        row = tx.execute(_DOSSIER, {"id": id}).mappings().first()
        if row is None:
            return Dossier(id, lead=None, findings=(), checked_at=now)
        return Dossier(
            posting_id=id,
            lead=None if row["lead"] is None else Lead.model_validate(row["lead"]),
            findings=tuple(Finding.model_validate(one) for one in row["findings"]),
            checked_at=row["checked_at"],
            claims=tuple(ExceptionClaim.model_validate(one) for one in row["claims"]),
            evidence=tuple(Evidence.model_validate(one) for one in row["evidence"]),
        )


def _new(dossier: Dossier) -> dict[str, object]:
    lead = None if dossier.lead is None else dossier.lead.model_dump(mode="json")
    return {"posting_id": dossier.posting_id, "lead": lead, **_kept(dossier)}


def _kept(dossier: Dossier) -> dict[str, object]:
    return {
        "findings": [one.model_dump(mode="json") for one in dossier.findings],
        "checked_at": dossier.checked_at,
        "claims": [one.model_dump(mode="json") for one in dossier.claims],
        "evidence": [one.model_dump(mode="json") for one in dossier.evidence],
    }


class RuleVersions:
    """Tables of rules that an administrator wrote; none is ever changed."""

    def insert(self, tx: Connection, version: RuleVersion) -> None:
        """Write a new one."""
        row = version.model_dump(exclude={"kind"})
        tx.execute(insert(rule_versions), {**row, "kind": version.kind.value})

    def ids(self, tx: Connection) -> tuple[str, ...]:
        """Which there are; enough to know whether what is remembered of them still holds."""
        return tuple(tx.execute(_VERSION_IDS).scalars())

    def all(self, tx: Connection) -> tuple[RuleVersion, ...]:
        """All of them, oldest first."""
        return tuple(_version(row) for row in tx.execute(_VERSIONS).mappings())


def _version(row: RowMapping) -> RuleVersion:
    return RuleVersion.model_validate({**row, "kind": RuleKind(row["kind"])})
