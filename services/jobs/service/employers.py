"""The employers' register."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import employer as register
from services.jobs.domain import employer_verification as verification
from services.jobs.service.employer_desk import EmployerDesk
from yizhan.bus.nameko_entrypoints import in_native_thread, method
from yizhan.contracts.actor import Actor
from yizhan.contracts.employers import (
    AmendEmployer,
    CloseEmployer,
    Employer,
    EmployerEvidenceRef,
    EmployerHistory,
    EmployerList,
    EmployerQuery,
    EmployerRef,
    EmployersRpc,
    RegisterEmployer,
    ReopenEmployer,
    ReviewEmployer,
    VerifyEmployer,
)
from yizhan.contracts.files import FileNotFound, StoredFile
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.files import FileStore


class Employers(EmployerDesk):
    """Commands and queries about employers."""

    @method(EmployersRpc.register_employer)
    def register_employer(self, tx: Connection, call: Call, request: RegisterEmployer) -> Employer:
        self._staff_place(tx, call.actor, request.station)
        return self._register(tx, call, request)

    def _register(self, tx: Connection, call: Call, request: RegisterEmployer) -> Employer:
        """A new entry with its contacts, for a caller whose right is established.

        Raises CreditCodeMisplaced, EmployerExists.
        """
        now = self.clock.now()
        employer, outcome = register.register(request, id=new_identifier(now), now=now, by=call.actor)
        if not self._employers.insert(tx, employer, outcome):
            raise self._taken(tx, request.credit_code or "")
        for contact in request.contacts:
            self._contacts.add(tx, employer.id, contact, id=new_identifier(now), now=now)
        self._note_traits(tx, employer)
        self._events.employer_stepped(tx, call, employer, outcome)
        return employer

    @method(EmployersRpc.amend_employer)
    def amend_employer(self, tx: Connection, call: Call, request: AmendEmployer) -> Employer:
        before = self._locked_employer(tx, call.actor, request.id)
        decision = register.amend(before, request, now=self.clock.now(), by=call.actor)
        amended = self._keep(tx, call, before, decision)
        self._note_traits(tx, amended)
        return amended

    @method(EmployersRpc.close_employer)
    def close_employer(self, tx: Connection, call: Call, request: CloseEmployer) -> Employer:
        before = self._locked_employer(tx, call.actor, request.id)
        decision = register.close(before, reason=request.reason, now=self.clock.now(), by=call.actor)
        return self._keep(tx, call, before, decision)

    @method(EmployersRpc.reopen_employer)
    def reopen_employer(self, tx: Connection, call: Call, request: ReopenEmployer) -> Employer:
        before = self._locked_employer(tx, call.actor, request.id)
        decision = register.reopen(before, reason=request.reason, now=self.clock.now(), by=call.actor)
        return self._keep(tx, call, before, decision)

    @method(EmployersRpc.review_employer)
    def review_employer(self, tx: Connection, call: Call, request: ReviewEmployer) -> Employer:
        before = self._locked_employer(tx, call.actor, request.id)
        decision = register.review(
            before, genuine=request.genuine, note=request.note, now=self.clock.now(), by=call.actor
        )
        return self._keep(tx, call, before, decision)

    @method(EmployersRpc.verify_employer)
    def verify_employer(self, tx: Connection, call: Call, request: VerifyEmployer) -> Employer:
        before = self._locked_employer(tx, call.actor, request.id)
        now = self.clock.now()
        decision, verified = verification.verify(
            before,
            request,
            self._kept_files(request.evidence),
            id=new_identifier(now),
            now=now,
            by=call.actor,
            rules=self._register_rules(),
        )
        self._records.add_verification(tx, verified)
        return self._keep(tx, call, before, decision)

    def _kept_files(self, ids: tuple[str, ...]) -> tuple[StoredFile, ...]:
        """Uploaded files that stay from now on. Raises FileNotFound, FileStoreUnavailable."""
        if not ids:
            return ()
        store = FileStore.from_settings(self.settings)
        return tuple(in_native_thread(store.keep, id) for id in dict.fromkeys(ids))

    @method(EmployersRpc.employer_evidence)
    def employer_evidence(self, tx: Connection, call: Call, request: EmployerEvidenceRef) -> StoredFile:
        stored = self._records.evidence(tx, self._family(tx, call.actor, request.id), request.file_id)
        if stored is None:
            raise FileNotFound("this employer has no such evidence", file_id=request.file_id)
        return stored

    @method(EmployersRpc.get_employer)
    def get_employer(self, tx: Connection, call: Call, request: EmployerRef) -> Employer:
        return self._employer(tx, call.actor, request.id)

    @method(EmployersRpc.list_employers)
    def list_employers(self, tx: Connection, call: Call, request: EmployerQuery) -> EmployerList:
        place = self._staff_place(tx, call.actor, request.station)
        employers, following = self._employers.page(tx, self._network.within(tx, place), request)
        return EmployerList(employers=tuple(employers), next=following)

    @method(EmployersRpc.employer_history)
    def employer_history(self, tx: Connection, call: Call, request: EmployerRef) -> EmployerHistory:
        return EmployerHistory(
            steps=tuple(self._employers.steps(tx, self._family(tx, call.actor, request.id)))
        )

    def _family(self, tx: Connection, actor: Actor, id: str) -> list[str]:
        return self._employers.family(tx, self._employer(tx, actor, id).id)
