"""Offers: a posting is offered along a list, and a worker takes it, or a crew does, or not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from services.jobs import storage
from services.jobs.domain import dispatch as life
from services.jobs.domain import dispatch_binding as binding
from services.jobs.domain import offer_list, posting_hands
from services.jobs.domain.posting_overflow import reaches
from services.jobs.service.dispatch_desk import DispatchDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Actor
from yizhan.contracts.dispatches import (
    AcceptCrew,
    AcceptDispatch,
    CrewMemberAccepts,
    DeclineDispatch,
    Dispatch,
    DispatchesRpc,
    DispatchNotFound,
    DispatchRows,
    DispatchStatus,
    HandsTaken,
    OfferedNow,
    OfferList,
    OffersNotFound,
    OffersRef,
    StartOffers,
    StopOffers,
    WorkerBusy,
    WorkerNotFound,
)
from yizhan.contracts.jobs import Posting, PostingNotFound
from yizhan.contracts.rpc import Call


class DispatchOffers(DispatchDesk):
    """Commands and queries about offers."""

    @method(DispatchesRpc.start_offers)
    def start_offers(self, tx: Connection, call: Call, request: StartOffers) -> OfferedNow:
        found = self._posting_offered_at(tx, call.actor, request.posting_id, request.desk)
        self._poster(tx, found.employer_id)
        posting = self._locked_posting(tx, found.id)
        binding.require_hands_missing(posting, 1)
        station = request.desk or posting.station
        running = next((one for one in self._offer_lists.of(tx, posting.id) if one.station == station), None)
        offers = offer_list.start(posting, request, now=self.clock.now(), by=call.actor, running=running)
        self._require_known(tx, offers)
        self._offer_lists.save(tx, offers)
        self._offer_next(tx, call, posting)
        return self._offered_now(tx, posting.id, offers.station)

    @method(DispatchesRpc.stop_offers)
    def stop_offers(self, tx: Connection, call: Call, request: StopOffers) -> OfferList:
        self._posting_offered_at(tx, call.actor, request.posting_id, request.desk)
        posting = self._locked_posting(tx, request.posting_id)
        stopped = offer_list.stopped(self._list_of(tx, posting.id, request.desk or posting.station))
        self._offer_lists.save(tx, stopped)
        return stopped

    @method(DispatchesRpc.get_offers)
    def get_offers(self, tx: Connection, call: Call, request: OffersRef) -> OfferedNow:
        posting = self._posting_offered_at(tx, call.actor, request.posting_id, request.desk)
        return self._offered_now(tx, posting.id, request.desk or posting.station)

    def _posting_offered_at(self, tx: Connection, actor: Actor, id: str, desk: str | None) -> Posting:
        """A posting, for staff of its own station, or of one that it reaches by overflow.

        Raises PostingNotFound, and as `_staff_place`.
        """
        found = self._postings.find(tx, id)
        if found is None:
            raise PostingNotFound("no posting has this id", posting_id=id)
        if desk is not None and desk != found.station and reaches(found, desk):
            self._staff_place(tx, actor, desk)
        else:
            self._staff_place(tx, actor, found.station)
        return found

    def _require_known(self, tx: Connection, offers: OfferList) -> None:
        wanted = {worker for candidate in offers.candidates for worker in candidate}
        unknown = wanted - set(storage.Workers(self.database).of_ids(tx, wanted))
        if unknown:
            raise WorkerNotFound("nobody who looks for work has this id", worker_ids=sorted(unknown))

    def _list_of(self, tx: Connection, posting_id: str, station: str) -> OfferList:
        for offers in self._offer_lists.of(tx, posting_id):
            if offers.station == station:
                return offers
        raise OffersNotFound("nobody has been offered this posting here", posting_id=posting_id)

    def _offered_now(self, tx: Connection, posting_id: str, station: str) -> OfferedNow:
        offers = self._list_of(tx, posting_id, station)
        order = [worker for candidate in offers.candidates for worker in candidate]
        place = {worker: number for number, worker in enumerate(order)}
        every = self._dispatches.of_posting(tx, posting_id)
        now_open = [one for one in every if one.status is DispatchStatus.OFFERED]
        # What is offered at one moment is told in the list's order; another list's comes first.
        now_open.sort(key=lambda one: (one.offered_at, place.get(one.worker_id, -1)))
        return OfferedNow(list=offers, offers=tuple(now_open))

    # --- the worker's word ----------------------------------------------------------------------------

    @method(DispatchesRpc.accept_dispatch)
    def accept_dispatch(self, tx: Connection, call: Call, request: AcceptDispatch) -> Dispatch:
        found = self._dispatch(tx, call.actor, request.id)
        if found.crew_id is not None:
            binding.require_whole_crew(found.crew_id, self._dispatches.of_crew(tx, found.crew_id), [found.id])
        [bound] = self._bind(tx, call, found.posting_id, [request])
        return bound

    @method(DispatchesRpc.accept_crew)
    def accept_crew(self, tx: Connection, call: Call, request: AcceptCrew) -> DispatchRows:
        crew = self._dispatches.of_crew(tx, request.crew_id)
        if not crew:
            raise DispatchNotFound("no crew has this id", crew_id=request.crew_id)
        self._require_party(tx, call.actor, crew[0])
        binding.require_whole_crew(request.crew_id, crew, [member.id for member in request.members])
        return DispatchRows(dispatches=tuple(self._bind(tx, call, crew[0].posting_id, request.members)))

    def _bind(
        self,
        tx: Connection,
        call: Call,
        posting_id: str,
        words: Sequence[AcceptDispatch | CrewMemberAccepts],
    ) -> list[Dispatch]:
        """Bind all of them to a posting, or none. Raises what accepting raises, WorkerBusy, HandsTaken."""
        posting = self._locked_posting(tx, posting_id)
        ids = sorted(word.id for word in words)
        self._dispatches.hold_workers(tx, (self._dispatch(tx, call.actor, id).worker_id for id in ids))
        offered = {id: self._locked_dispatch(tx, call.actor, id)[0] for id in ids}
        now = self.clock.now()
        decisions = [
            life.accept(offered[word.id], means=word.means, ticket=word.ticket, now=now, by=call.actor)
            for word in words
        ]
        for one, _ in decisions:
            binding.require_free(one, self._dispatches.bound(tx, one.worker_id, one.starts_at, one.ends_at))
        binding.require_places(posting, len(decisions))
        seats = binding.free_seats(self._dispatches.seats(tx, posting.id), posting, len(decisions))
        taken = posting_hands.record_taken(
            posting, taken=posting.taken + len(decisions), now=now, by=call.actor
        )
        try:
            bound = [
                self._keep_dispatch(tx, call, decision, seat=seat)
                for decision, seat in zip(decisions, seats, strict=True)
            ]
        except IntegrityError as error:
            raise self._refused_by_database(error, posting) from error
        for one in bound:
            self._dispatches.hasten(tx, one, now=now)
        self._take(tx, call, taken)
        return bound

    @staticmethod
    def _refused_by_database(error: IntegrityError, posting: Posting) -> WorkerBusy | HandsTaken:
        """What the database's own constraints say; the locks leave it nothing to refuse."""
        if "no_overlap" in str(error.orig):
            return WorkerBusy("the worker is bound to another job at that time", posting_id=posting.id)
        return HandsTaken("all hands that the posting wants are bound", posting_id=posting.id)

    @method(DispatchesRpc.decline_dispatch)
    def decline_dispatch(self, tx: Connection, call: Call, request: DeclineDispatch) -> Dispatch:
        posting, dispatch, seat = self._with_posting(tx, call.actor, request.id)
        decision = life.decline(dispatch, now=self.clock.now(), by=call.actor, reason=request.reason)
        return self._fall_back_with_crew(
            tx, call, posting, decision, seat=seat, statuses=frozenset({DispatchStatus.OFFERED})
        )
