"""What the office keeps of a posting beside it: its source's words, findings, claimed exceptions,
evidence."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from services.jobs.domain import lawfulness
from services.jobs.service.posting_steps import PostingSteps
from services.jobs.storage import Dossier
from yizhan.bus.nameko_entrypoints import method
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.compliance import (
    ClaimException,
    ComplianceRpc,
    DecideException,
    FindingsOf,
    PostingFindings,
)
from yizhan.contracts.files import FileNotFound, StoredFile
from yizhan.contracts.jobs import (
    AttachEvidence,
    Evidence,
    EvidenceLimit,
    EvidenceRef,
    JobsRpc,
    Posting,
    PostingDossier,
    PostingNotFound,
    PostingRef,
)
from yizhan.contracts.rpc import Call

#: Photos of one posting; a row stays small enough to be read with every check.
_MOST_EVIDENCE = 20


class PostingPapers(PostingSteps):
    """Commands and queries about dossiers."""

    @method(JobsRpc.posting_dossier)
    def posting_dossier(self, tx: Connection, call: Call, request: PostingRef) -> PostingDossier:
        return self._told(tx, *self._papers(tx, call, request.id))

    @method(JobsRpc.attach_evidence)
    def attach_evidence(self, tx: Connection, call: Call, request: AttachEvidence) -> PostingDossier:
        posting, dossier = self._locked_papers(tx, call, request.id)
        if all(one.file.id != request.file_id for one in dossier.evidence):
            if len(dossier.evidence) >= _MOST_EVIDENCE:
                raise EvidenceLimit(
                    "the posting has as many photos as it may", posting_id=posting.id, limit=_MOST_EVIDENCE
                )
            shown = Evidence(file=self._keep_file(request.file_id), by=call.actor.id, at=self.clock.now())
            dossier = replace(dossier, evidence=(*dossier.evidence, shown))
            self._dossiers.save(tx, dossier)
        return self._told(tx, posting, dossier)

    @method(JobsRpc.posting_evidence)
    def posting_evidence(self, tx: Connection, call: Call, request: EvidenceRef) -> StoredFile:
        _, dossier = self._papers(tx, call, request.id)
        files = [one.file for one in dossier.evidence]
        files += [claim.file for claim in dossier.claims if claim.file is not None]
        for file in files:
            if file.id == request.file_id:
                return file
        raise FileNotFound("this posting has no such file", file_id=request.file_id)

    @method(ComplianceRpc.posting_findings)
    def posting_findings(self, tx: Connection, call: Call, request: FindingsOf) -> PostingFindings:
        return _findings(self._papers(tx, call, request.id)[1])

    @method(ComplianceRpc.claim_exception)
    def claim_exception(self, tx: Connection, call: Call, request: ClaimException) -> PostingFindings:
        posting, dossier = self._locked_papers(tx, call, request.id)
        on = posting.terms.starts_at.astimezone(COUNTY_ZONE).date()
        claims = lawfulness.claim(
            dossier.claims,
            request,
            file=None if request.file_id is None else self._keep_file(request.file_id),
            now=self.clock.now(),
            by=call.actor,
            rules=self._law(tx, posting.station, on),
        )
        return self._rechecked(tx, posting, replace(dossier, claims=claims))

    @method(ComplianceRpc.decide_exception)
    def decide_exception(self, tx: Connection, call: Call, request: DecideException) -> PostingFindings:
        posting, dossier = self._locked_papers(tx, call, request.id)
        self._require_administrator(tx, call, posting.station)
        claims = lawfulness.decide(dossier.claims, request, now=self.clock.now(), by=call.actor)
        return self._rechecked(tx, posting, replace(dossier, claims=claims))

    def _rechecked(self, tx: Connection, posting: Posting, dossier: Dossier) -> PostingFindings:
        dossier = self._check(tx, posting, dossier)
        self._dossiers.save(tx, dossier)
        return _findings(dossier)

    def _papers(self, tx: Connection, call: Call, id: str) -> tuple[Posting, Dossier]:
        found = self._postings.find(tx, id)
        if found is None:
            raise PostingNotFound("no posting has this id", posting_id=id)
        self._staff_place(tx, call.actor, found.station)
        return found, self._dossiers.of(tx, id, now=self.clock.now())

    def _locked_papers(self, tx: Connection, call: Call, id: str) -> tuple[Posting, Dossier]:
        posting, _ = self._locked(tx, call, id)
        return posting, self._dossiers.of(tx, id, now=self.clock.now())

    def _told(self, tx: Connection, posting: Posting, dossier: Dossier) -> PostingDossier:
        return PostingDossier(
            posting_id=posting.id,
            lead=dossier.lead,
            findings=dossier.findings,
            claims=dossier.claims,
            like=self._like(tx, posting),
            evidence=dossier.evidence,
        )


def _findings(dossier: Dossier) -> PostingFindings:
    return PostingFindings(
        posting_id=dossier.posting_id,
        checked_at=dossier.checked_at,
        findings=dossier.findings,
        claims=dossier.claims,
    )
