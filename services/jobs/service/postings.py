"""Postings and their life cycle."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import lawfulness
from services.jobs.domain import posting as life
from services.jobs.domain.employer import name_in_public
from services.jobs.domain.network import require_open
from services.jobs.domain.posting_overflow import reaches
from services.jobs.service.posting_steps import PostingSteps, checked
from services.jobs.storage import Dossier
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Role
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    AmendPosting,
    CheckedPosting,
    ClosePosting,
    DraftPosting,
    ExportLivePostings,
    JobsRpc,
    LivePostings,
    Posting,
    PostingHistory,
    PostingList,
    PostingNotFound,
    PostingQuery,
    PostingRef,
    PostingSearch,
    PostingStatus,
    PublishPosting,
    RejectPosting,
    SearchIncomplete,
    SubmitPosting,
    VerifyPosting,
    WithdrawPosting,
)
from yizhan.contracts.rpc import Call
from yizhan.network.pages import Subtree
from yizhan.network.scope import require_system


class Postings(PostingSteps):
    """Commands and queries of postings from a draft to the screens."""

    @method(JobsRpc.draft_posting)
    def draft_posting(self, tx: Connection, call: Call, request: DraftPosting) -> CheckedPosting:
        require_open(self._staff_place(tx, call.actor, request.station))
        employer = self._poster(tx, request.employer_id)
        now = self.clock.now()
        posting, outcome = life.draft(
            request.model_copy(update={"employer_id": employer.id}),
            name_in_public(employer.kind, employer.name),
            id=new_identifier(now),
            now=now,
            by=call.actor,
            limits=self._limits(tx, request.station),
        )
        dossier = self._check(tx, posting, Dossier(posting.id, request.lead, (), now))
        self._postings.insert(tx, posting, outcome)
        self._dossiers.insert(tx, dossier)
        self._events.posting_stepped(tx, call, posting, outcome)
        return checked(posting, dossier)

    @method(JobsRpc.amend_posting)
    def amend_posting(self, tx: Connection, call: Call, request: AmendPosting) -> CheckedPosting:
        current, place = self._locked(tx, call, request.id)
        now, limits = self.clock.now(), self._limits(tx, place.code)
        after = self._take(tx, call, life.amend(current, request, now=now, by=call.actor, limits=limits))
        self._postings.rewrite_tokens(tx, current, after)
        kept = self._dossiers.of(tx, after.id, now=now)
        dossier = self._check(tx, after, replace(kept, claims=lawfulness.undecided(kept.claims)))
        self._dossiers.save(tx, dossier)
        return checked(after, dossier)

    @method(JobsRpc.submit_posting)
    def submit_posting(self, tx: Connection, call: Call, request: SubmitPosting) -> CheckedPosting:
        current, _ = self._locked_to_post(tx, call, request.id)
        now = self.clock.now()
        life.require_legal(current, life.Step.SUBMIT, now)
        dossier = self._check(tx, current, self._dossiers.of(tx, current.id, now=now))
        lawfulness.require_lawful(current.id, dossier.findings)
        like = self._like(tx, current)
        clone_of = next((one.duplicate_of or one.posting_id for one in like if one.exact), None)
        after = self._take(tx, call, life.submit(current, now=now, by=call.actor, clone_of=clone_of))
        self._dossiers.save(tx, dossier)
        return checked(after, dossier, like)

    @method(JobsRpc.verify_posting)
    def verify_posting(self, tx: Connection, call: Call, request: VerifyPosting) -> Posting:
        decide = partial(life.verify, method=request.method, note=request.note)
        return self._step(tx, call, request.id, decide)

    @method(JobsRpc.reject_posting)
    def reject_posting(self, tx: Connection, call: Call, request: RejectPosting) -> Posting:
        decide = partial(life.reject, reason=request.reason, code=request.reason_code)
        return self._step(tx, call, request.id, decide)

    @method(JobsRpc.publish_posting)
    def publish_posting(self, tx: Connection, call: Call, request: PublishPosting) -> Posting:
        current, place = self._locked_to_post(tx, call, request.id)
        require_open(place)
        decision = life.publish(
            current,
            now=self.clock.now(),
            by=call.actor,
            limits=self._limits(tx, place.code),
            overflows_at=self._dispatch_rules().neighbours_at(current.terms),
        )
        return self._take(tx, call, decision)

    @method(JobsRpc.withdraw_posting)
    def withdraw_posting(self, tx: Connection, call: Call, request: WithdrawPosting) -> Posting:
        decide = partial(life.withdraw, reason=request.reason, code=request.reason_code)
        return self._step(tx, call, request.id, decide)

    @method(JobsRpc.close_posting)
    def close_posting(self, tx: Connection, call: Call, request: ClosePosting) -> Posting:
        decide = partial(life.close, reason=request.reason, code=request.reason_code)
        return self._step(tx, call, request.id, decide)

    @method(JobsRpc.get_posting)
    def get_posting(self, tx: Connection, call: Call, request: PostingRef) -> Posting:
        found = self._postings.find(tx, request.id)
        if found is None:
            raise PostingNotFound("no posting has this id", posting_id=request.id)
        self._visited_place(tx, call.actor, found.station)
        if found.status is not PostingStatus.PUBLISHED:
            self._require_visible(tx, call, found)
        return found

    def _require_visible(self, tx: Connection, call: Call, posting: Posting) -> None:
        """To the public, a posting that is not published does not exist; staff are told whose it is not.

        Those whom it asked for hands see what became of it, since some of their people may be there.
        """
        actor = call.actor
        if actor.role is Role.PUBLIC:
            raise PostingNotFound("no posting has this id", posting_id=posting.id)
        if actor.station is not None and reaches(posting, actor.station):
            return
        self._staff_place(tx, call.actor, posting.station)

    @method(JobsRpc.list_postings)
    def list_postings(self, tx: Connection, call: Call, request: PostingQuery) -> PostingList:
        place, own = self._visited_place(tx, call.actor, request.station)
        postings, following = self._postings.page(
            tx,
            self._network.within(tx, place),
            status=request.status if own else PostingStatus.PUBLISHED,
            after=request.after,
            limit=request.limit,
        )
        return PostingList(postings=tuple(postings), next=following)

    @method(JobsRpc.search_postings)
    def search_postings(self, tx: Connection, call: Call, request: PostingSearch) -> PostingList:
        _require_whole(request)
        place, own = self._visited_place(tx, call.actor, request.station)
        subtree = self._near(tx, self._network.within(tx, place), request)
        postings, following = storage.search_postings(tx, subtree, request, only_published=not own)
        return PostingList(postings=tuple(postings), next=following)

    def _near(self, tx: Connection, subtree: Subtree, request: PostingSearch) -> Subtree:
        if request.lng is None or request.lat is None or request.within_metres is None:
            return subtree
        positions = storage.Positions(self.database)
        return positions.near(tx, subtree, lng=request.lng, lat=request.lat, metres=request.within_metres)

    @method(JobsRpc.posting_history)
    def posting_history(self, tx: Connection, call: Call, request: PostingRef) -> PostingHistory:
        found = self._postings.find(tx, request.id)
        if found is None:
            raise PostingNotFound("no posting has this id", posting_id=request.id)
        self._staff_place(tx, call.actor, found.station)
        return PostingHistory(steps=tuple(self._postings.steps(tx, request.id)))

    @method(JobsRpc.export_live_postings)
    def export_live_postings(self, tx: Connection, call: Call, request: ExportLivePostings) -> LivePostings:
        require_system(call.actor)
        postings, following = self._postings.published(tx, after=request.after, limit=request.limit)
        return LivePostings(postings=tuple(postings), next=following)


def _require_whole(request: PostingSearch) -> None:
    """Raises SearchIncomplete."""
    if request.wage_unit is None and (request.wage_from_fen, request.wage_to_fen) != (None, None):
        raise SearchIncomplete("a wage is searched for with its unit", missing="wage_unit")
    point = {"lng": request.lng, "lat": request.lat, "within_metres": request.within_metres}
    missing = [name for name, value in point.items() if value is None]
    if missing and len(missing) < len(point):
        raise SearchIncomplete("a distance is searched for with its point", missing=missing[0])
