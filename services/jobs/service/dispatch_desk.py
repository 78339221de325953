"""What commands on dispatches share: whose it is to decide, who is offered a job next, what falls back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import dispatch as life
from services.jobs.domain import offer_list, posting_hands
from services.jobs.domain import posting as posting_life
from services.jobs.domain.dispatch_binding import is_offerable
from services.jobs.domain.dispatch_slip import SlipStep, code_of, what_is_marked
from services.jobs.domain.lawfulness import closed_to_minors
from services.jobs.domain.offer_list import Candidate
from services.jobs.service.posting_steps import PostingSteps
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.dispatches import (
    Dispatch,
    DispatchNotFound,
    DispatchReason,
    DispatchStatus,
    OfferList,
    OfferSource,
)
from yizhan.contracts.errors import OutsideScope
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import Posting, PostingNotFound
from yizhan.contracts.rpc import Call


class DispatchDesk(PostingSteps):
    """The parts of JobsService that are about dispatches inherit from this."""

    @property
    def _slips(self) -> storage.DispatchSlips:
        return storage.DispatchSlips()

    def _dispatch(self, tx: Connection, actor: Actor, id: str) -> Dispatch:
        """A dispatch, for staff of its posting's station or of the one that offered.

        Raises DispatchNotFound and as `_staff_place`.
        """
        found = self._dispatches.find(tx, id)
        if found is None:
            raise DispatchNotFound("no dispatch has this id", dispatch_id=id)
        self._require_party(tx, actor, found)
        return found

    def _locked_dispatch(self, tx: Connection, actor: Actor, id: str) -> tuple[Dispatch, int | None]:
        """The same under its lock, and the place that it holds. Its posting is locked before where both
        are."""
        self._dispatch(tx, actor, id)
        locked = self._dispatches.lock(tx, id)
        if locked is None:
            raise DispatchNotFound("no dispatch has this id", dispatch_id=id)
        return locked

    def _with_posting(self, tx: Connection, actor: Actor, id: str) -> tuple[Posting, Dispatch, int | None]:
        """A dispatch and its posting, both locked."""
        posting = self._locked_posting(tx, self._dispatch(tx, actor, id).posting_id)
        return posting, *self._locked_dispatch(tx, actor, id)

    def _locked_posting(self, tx: Connection, id: str) -> Posting:
        posting = self._postings.lock(tx, id)
        if posting is None:
            raise PostingNotFound("no posting has this id", posting_id=id)
        return posting

    def _require_party(self, tx: Connection, actor: Actor, dispatch: Dispatch) -> None:
        try:
            self._staff_place(tx, actor, dispatch.station)
        except OutsideScope:
            # A worker that came by overflow is looked after where he was offered the job.
            self._staff_place(tx, actor, dispatch.desk)

    # --- whose turn it is -----------------------------------------------------------------------------

    def _offer_next(self, tx: Connection, call: Call, posting: Posting) -> None:
        """Offer a locked posting to whoever is next, as many as are missing and not asked yet."""
        if not is_offerable(posting) or posting.expires_at <= self.clock.now():
            return
        live = [one for one in self._dispatches.of_posting(tx, posting.id) if one.ended_at is None]
        open_offers = sum(one.status is DispatchStatus.OFFERED for one in live)
        wanted = posting.missing - open_offers
        known = {one.worker_id for one in live}
        for offers in self._offer_lists.of(tx, posting.id):
            may = partial(self._may_be_offered, tx, posting, known)
            moved, chosen = offer_list.turns(offers, wanted=wanted, may=may)
            if moved != offers:
                self._offer_lists.save(tx, moved)
            for candidate in chosen:
                self._offer(tx, call, posting, offers, candidate)
                known |= set(candidate)
                wanted -= len(candidate)

    def _may_be_offered(
        self, tx: Connection, posting: Posting, known: set[str], candidate: Candidate
    ) -> bool:
        """Whether all of them look for work that is not closed to them, are not at this posting already, and
        have the time. What else suits somebody is for him to say, and for matching to guess."""
        if known & set(candidate):
            return False
        workers = storage.Workers(self.database).of_ids(tx, candidate)
        if len(workers) < len(candidate):
            return False
        starts_at, ends_at = posting.terms.starts_at, self._dispatch_rules().bound_until(posting.terms)
        law = self._law(tx, posting.station, starts_at.astimezone(COUNTY_ZONE).date())
        if any(worker.minor for worker in workers.values()) and closed_to_minors(
            posting.terms, posting.employer_name, law
        ):
            return False
        return not any(self._dispatches.bound(tx, worker, starts_at, ends_at) for worker in candidate)

    def _offer(
        self, tx: Connection, call: Call, posting: Posting, offers: OfferList, candidate: Candidate
    ) -> None:
        now, rules = self.clock.now(), self._dispatch_rules()
        crew_id = new_identifier(now) if len(candidate) > 1 else None
        for worker_id in candidate:
            attended = storage.Roll(self.database).of_worker(tx, worker_id, self._today())
            turn = life.Turn(
                worker_id,
                desk=offers.station,
                source=offers.source,
                ticket=None if attended is None else attended.number,
                crew_id=crew_id,
                by_name_times=self._times_asked(tx, posting, offers, worker_id),
            )
            dispatch, outcome = life.offer(
                posting, turn, id=new_identifier(now), now=now, by=call.actor, rules=rules
            )
            self._dispatches.insert(tx, dispatch, outcome, due_at=dispatch.offer_expires_at)
            self._events.dispatch_stepped(tx, call, dispatch, outcome)

    def _times_asked(self, tx: Connection, posting: Posting, offers: OfferList, worker_id: str) -> int | None:
        if offers.source is not OfferSource.BY_NAME:
            return None
        since = self.clock.now() - timedelta(days=self._dispatch_rules().by_name_days)
        return 1 + self._dispatches.asked_by_name(tx, posting.employer_id, worker_id, since=since)

    # --- what falls back ------------------------------------------------------------------------------

    def _fall_back(
        self,
        tx: Connection,
        call: Call,
        posting: Posting,
        decision: life.Decision,
        *,
        seat: int | None,
    ) -> Dispatch:
        """Somebody drops out of a locked posting: his place is free again, and the next one's turn comes."""
        after = self._keep_dispatch(tx, call, decision, seat=None)
        posting = self._give_place_back(tx, call, posting, seats=0 if seat is None else 1)
        self._offer_next(tx, by_itself(call), posting)
        return after

    def _fall_back_with_crew(
        self,
        tx: Connection,
        call: Call,
        posting: Posting,
        decision: life.Decision,
        *,
        seat: int | None,
        statuses: frozenset[DispatchStatus],
    ) -> Dispatch:
        """The same with those of his crew that are in one of the statuses still."""
        after = decision[0]
        seats = 0
        for mate in () if after.crew_id is None else self._dispatches.of_crew(tx, after.crew_id):
            locked = self._dispatches.lock(tx, mate.id) if mate.id != after.id else None
            if locked is None or locked[0].status not in statuses:
                continue
            broken = life.cancel(
                locked[0], now=self.clock.now(), by=call.actor, code=DispatchReason.CREW_BROKEN
            )
            self._keep_dispatch(tx, call, broken, seat=None)
            seats += locked[1] is not None
        posting = self._give_place_back(tx, call, posting, seats=seats)
        return self._fall_back(tx, call, posting, decision, seat=seat)

    def _give_place_back(self, tx: Connection, call: Call, posting: Posting, *, seats: int) -> Posting:
        """The posting with so many places free again; once its time has come, nobody looks for others."""
        now = self.clock.now()
        if seats == 0 or posting_life.Step.TAKE not in posting_life.allowed_steps(posting, now=now):
            return posting
        taken = max(posting.taken - seats, 0)
        return self._take(tx, call, posting_hands.record_taken(posting, taken=taken, now=now, by=call.actor))

    # --- the slip -------------------------------------------------------------------------------------

    def _slip_digest(self, number: str, step: SlipStep) -> str:
        return self.cipher.index(what_is_marked(number, step), kind="dispatch_slip")

    def _slip_code(self, number: str, step: SlipStep) -> str:
        return code_of(number, step, self._slip_digest(number, step))


def by_itself(call: Call) -> Call:
    """What follows from a call without anybody's doing."""
    return call.model_copy(update={"actor": SYSTEM})
