"""Postings that other systems send: checked like any other, answered by an event, verified by staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import external_posting as external
from services.jobs.domain import posting as life
from services.jobs.domain.employer import name_in_public
from services.jobs.domain.external_posting import Kept, Plan, Sender
from services.jobs.domain.lawfulness import require_lawful
from services.jobs.domain.network import require_open
from services.jobs.service.employers import Employers
from services.jobs.service.posting_steps import PostingSteps
from services.jobs.storage import Dossier
from yizhan.bus.nameko_entrypoints import handler, method
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.compliance import Finding, PostingUnlawful
from yizhan.contracts.employers import Employer, EmployerKind, RegisterEmployer
from yizhan.contracts.envelope import Event
from yizhan.contracts.errors import NotAllowed, YizhanError
from yizhan.contracts.external_postings import (
    ExternalPosting,
    ExternalPostingAccepted,
    ExternalPostingNotFound,
    ExternalPostingRef,
    ExternalPostingRefused,
    ExternalPostingsRpc,
    ExternalState,
    Outcome,
    RefuseExternal,
    SubmitExternalPosting,
    WithdrawExternalPosting,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    AmendPosting,
    DraftPosting,
    Posting,
    PostingSource,
    ReasonCode,
)
from yizhan.contracts.rpc import Call
from yizhan.contracts.subscriptions import JOBS_INTEGRATORS

#: Kept in the office's history of a posting.
_REPLACED = "replaced by a newer version from its sender"
_TAKEN_BACK = "withdrawn by its sender"


class External(Employers, PostingSteps):
    """What integrators may call. Every message is answered, by the reply and by an event; a refusal too, so
    that nothing of it is rolled back but what it tried to change."""

    @property
    def _senders(self) -> storage.Senders:
        return storage.Senders(self.database)

    @property
    def _external(self) -> storage.ExternalPostings:
        return storage.ExternalPostings(self.database)

    @handler(JOBS_INTEGRATORS)
    def integrators(self, tx: Connection, event: Event[Any]) -> None:
        self._senders.hear(tx, event.data.integrator)

    def _sender(self, tx: Connection, actor: Actor) -> Sender:
        """Raises NotAllowed, IntegratorUnknown."""
        if actor.role is not Role.INTEGRATOR:
            raise NotAllowed("this is for integrators", role=actor.role.value)
        return external.require_known(self._senders.find(tx, actor.id))

    @method(ExternalPostingsRpc.submit)
    def submit_external(self, tx: Connection, call: Call, request: SubmitExternalPosting) -> ExternalPosting:
        sender = self._sender(tx, call.actor)
        kept = self._hold(tx, sender, request.external_id)

        def take() -> ExternalPosting:
            posting, findings, plan = self._carry_out_plan(tx, call, sender, kept, request)
            outcome = {Plan.UNCHANGED: Outcome.UNCHANGED, Plan.OUTDATED: Outcome.OUTDATED}.get(
                plan, Outcome.ACCEPTED
            )
            answer = _answer(sender, kept, request.external_id, outcome, request.version, posting)
            return answer.model_copy(update={"findings": findings})

        return self._answered(tx, call, sender, kept, request, take)

    @method(ExternalPostingsRpc.withdraw)
    def withdraw_external(
        self, tx: Connection, call: Call, request: WithdrawExternalPosting
    ) -> ExternalPosting:
        sender = self._sender(tx, call.actor)
        kept = self._hold(tx, sender, request.external_id)

        def take() -> ExternalPosting:
            current = self._current(tx, kept)
            if current is None:
                raise ExternalPostingNotFound(
                    "no posting was sent with this identifier", external_id=request.external_id
                )
            if external.is_outdated(kept, request.version):
                return _answer(sender, kept, request.external_id, Outcome.OUTDATED, request.version, current)
            withdrawn = self._take_back(tx, call, current, _TAKEN_BACK)
            outcome = Outcome.UNCHANGED if withdrawn is current else Outcome.ACCEPTED
            return _answer(sender, kept, request.external_id, outcome, request.version, withdrawn)

        return self._answered(tx, call, sender, kept, request, take)

    @method(ExternalPostingsRpc.refuse)
    def refuse_external(self, tx: Connection, call: Call, request: RefuseExternal) -> ExternalPosting:
        sender = self._sender(tx, call.actor)
        kept = self._hold(tx, sender, request.external_id)
        answer = _answer(sender, kept, request.external_id, Outcome.REFUSED, None, self._current(tx, kept))
        told = {"code": request.code, "detail": request.detail, "faults": request.faults}
        return self._tell(tx, call, sender.station, answer.model_copy(update=told), digest=None)

    @method(ExternalPostingsRpc.read)
    def get_external(self, tx: Connection, call: Call, request: ExternalPostingRef) -> ExternalState:
        sender = self._sender(tx, call.actor)
        state = self._external.state(tx, sender.id, request.external_id)
        if state is None:
            raise ExternalPostingNotFound(
                "no posting was sent with this identifier", external_id=request.external_id
            )
        current = None if state.last.posting_id is None else self._postings.find(tx, state.last.posting_id)
        if current is None:
            return state
        last = state.last.model_copy(update={"posting_status": current.status})
        return state.model_copy(update={"last": last})

    # --- what is shared -----------------------------------------------------------------------------------

    def _hold(self, tx: Connection, sender: Sender, external_id: str) -> Kept:
        now = self.clock.now()
        return self._external.hold(tx, sender.id, external_id, id=new_identifier(now), now=now)

    def _current(self, tx: Connection, kept: Kept) -> Posting | None:
        return None if kept.posting_id is None else self._postings.find(tx, kept.posting_id)

    def _answered(
        self,
        tx: Connection,
        call: Call,
        sender: Sender,
        kept: Kept,
        request: SubmitExternalPosting | WithdrawExternalPosting,
        take: Callable[[], ExternalPosting],
    ) -> ExternalPosting:
        """What `take` did, or why it could not; what it had begun is undone then."""
        taken = external.digest(request) if isinstance(request, SubmitExternalPosting) else ""
        try:
            with tx.begin_nested():
                answer = take()
        except YizhanError as error:
            answer = _answer(
                sender,
                kept,
                request.external_id,
                Outcome.REFUSED,
                request.version,
                self._current(tx, kept),
            )
            problem = error.to_problem()
            refused = {
                "code": problem.code,
                "detail": problem.detail,
                "faults": tuple(problem.errors),
                "findings": _findings(error),
            }
            return self._tell(tx, call, sender.station, answer.model_copy(update=refused), digest=None)
        station = request.station if isinstance(request, SubmitExternalPosting) else sender.station
        changed = answer.outcome is Outcome.ACCEPTED
        return self._tell(tx, call, station, answer, digest=taken if changed else None)

    def _tell(
        self, tx: Connection, call: Call, station: str, answer: ExternalPosting, *, digest: str | None
    ) -> ExternalPosting:
        now = self.clock.now()
        self._external.keep(tx, answer, digest=digest, now=now)
        refused = answer.outcome is Outcome.REFUSED
        facts = ExternalPostingRefused(answer=answer) if refused else ExternalPostingAccepted(answer=answer)
        self._events.external_answered(tx, call, facts, station=station, at=now)
        return answer

    # --- taking one in ------------------------------------------------------------------------------------

    def _carry_out_plan(
        self, tx: Connection, call: Call, sender: Sender, kept: Kept, request: SubmitExternalPosting
    ) -> tuple[Posting | None, tuple[Finding, ...], Plan]:
        place, _ = self._place(tx, call.actor, request.station)
        external.require_granted(sender, place.path)
        current = self._current(tx, kept)
        plan = external.plan(kept, request, current)
        if plan in (Plan.UNCHANGED, Plan.OUTDATED):
            return current, (), plan
        require_open(place)
        employer = self._external_employer(tx, call, request)
        if plan is Plan.AMEND and current is not None and current.employer_id == employer.id:
            posting, findings = self._amend_external(tx, call, current, request)
            return posting, findings, plan
        if current is not None:
            self._take_back(tx, call, current, _REPLACED)
        posting, findings = self._create_external(tx, call, employer, request)
        return posting, findings, plan

    def _external_employer(self, tx: Connection, call: Call, request: SubmitExternalPosting) -> Employer:
        """The company, held; registered when it is new. Raises EmployerMayNotPost and as `_register`."""
        known = self._employers.id_of_code(tx, request.employer.credit_code)
        if known is None:
            company = RegisterEmployer(
                station=request.station,
                kind=EmployerKind.COMPANY,
                name=request.employer.name,
                credit_code=request.employer.credit_code,
            )
            known = self._register(tx, call, company).id
        return self._poster(tx, known)

    def _create_external(
        self, tx: Connection, call: Call, employer: Employer, request: SubmitExternalPosting
    ) -> tuple[Posting, tuple[Finding, ...]]:
        now = self.clock.now()
        wanted = DraftPosting(
            station=request.station,
            employer_id=employer.id,
            terms=request.terms,
            source=PostingSource.INTEGRATOR,
        )
        drafted, outcome = life.draft(
            wanted,
            name_in_public(employer.kind, employer.name),
            id=new_identifier(now),
            now=now,
            by=call.actor,
            limits=self._limits(tx, request.station),
        )
        dossier = self._check(tx, drafted, Dossier(drafted.id, None, (), now))
        require_lawful(drafted.id, dossier.findings)
        self._postings.insert(tx, drafted, outcome)
        self._dossiers.insert(tx, dossier)
        self._events.posting_stepped(tx, call, drafted, outcome)
        return self._submit_external(tx, call, drafted, dossier)

    def _amend_external(
        self, tx: Connection, call: Call, current: Posting, request: SubmitExternalPosting
    ) -> tuple[Posting, tuple[Finding, ...]]:
        now = self.clock.now()
        locked = self._postings.lock(tx, current.id) or current
        changes = AmendPosting(id=locked.id, terms=request.terms)
        limits = self._limits(tx, request.station)
        amended = self._take(tx, call, life.amend(locked, changes, now=now, by=call.actor, limits=limits))
        self._postings.rewrite_tokens(tx, locked, amended)
        dossier = self._check(tx, amended, self._dossiers.of(tx, amended.id, now=now))
        require_lawful(amended.id, dossier.findings)
        return self._submit_external(tx, call, amended, dossier)

    def _submit_external(
        self, tx: Connection, call: Call, draft: Posting, dossier: Dossier
    ) -> tuple[Posting, tuple[Finding, ...]]:
        like = self._like(tx, draft)
        clone_of = next((one.duplicate_of or one.posting_id for one in like if one.exact), None)
        now = self.clock.now()
        submitted = self._take(tx, call, life.submit(draft, now=now, by=call.actor, clone_of=clone_of))
        self._dossiers.save(tx, dossier)
        return submitted, dossier.findings

    def _take_back(self, tx: Connection, call: Call, current: Posting, reason: str) -> Posting:
        """The posting withdrawn; one that is off already, or was never submitted, stays as it is."""
        now = self.clock.now()
        locked = self._postings.lock(tx, current.id) or current
        if life.Step.WITHDRAW not in life.allowed_steps(locked, now=now):
            return current
        decision = life.withdraw(
            locked, now=now, by=call.actor, reason=reason, code=ReasonCode.EMPLOYER_WITHDREW
        )
        return self._take(tx, call, decision)


def _answer(
    sender: Sender,
    kept: Kept,
    external_id: str,
    outcome: Outcome,
    version: int | None,
    posting: Posting | None,
) -> ExternalPosting:
    return ExternalPosting(
        id=kept.id,
        integrator_id=sender.id,
        external_id=external_id,
        outcome=outcome,
        version=version,
        posting_id=None if posting is None else posting.id,
        posting_status=None if posting is None else posting.status,
        received=kept.received + 1,
    )


def _findings(error: YizhanError) -> tuple[Finding, ...]:
    if not isinstance(error, PostingUnlawful):
        return ()
    return tuple(Finding.model_validate(found) for found in error.evidence["findings"])
