"""One-to-one guidance (一对一职业指导)."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import guidance
from services.seekers.service.support import SupportDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.guidance import (
    AdviserUnknown,
    BookGuidance,
    FinishGuidance,
    GuidanceList,
    GuidanceQuery,
    GuidanceRpc,
    GuidanceSession,
)
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import SeekerRef


class Guidance(SupportDesk):
    """Sessions of an adviser with a person."""

    @method(GuidanceRpc.book_guidance)
    def book_guidance(self, tx: Connection, call: Call, request: BookGuidance) -> GuidanceSession:
        entry = self._supported(tx, call, request.id)
        if request.adviser is not None:
            _, account = self._network.standing(tx, entry.station, request.adviser)
            if account is None or not account.active:
                raise AdviserUnknown("no open staff account has this id", adviser=request.adviser)
        booked = guidance.book(
            request,
            id=self._fresh_id(),
            station=entry.station,
            adviser=request.adviser or call.actor.id,
            now=self.clock.now(),
            by=call.actor.id,
        )
        self._guidances.insert(tx, booked)
        self._told.guidance_stepped(tx, call, booked)
        return booked

    @method(GuidanceRpc.finish_guidance)
    def finish_guidance(self, tx: Connection, call: Call, request: FinishGuidance) -> GuidanceSession:
        current = self._own(tx, call, self._guidances, request.id)
        finished = guidance.finish(current, request.result, now=self.clock.now())
        self._guidances.save(tx, finished)
        self._told.guidance_stepped(tx, call, finished)
        return finished

    @method(GuidanceRpc.list_guidance)
    def list_guidance(self, tx: Connection, call: Call, request: GuidanceQuery) -> GuidanceList:
        within = self._subtree(tx, call, request.station)
        page = storage.Page(request.after, request.limit)
        found, following = self._guidances.page(tx, within, page, state=request.state)
        named = self._support.named(tx, storage.ids_of(found))
        return GuidanceList(sessions=tuple(found), people=named, next=following)

    @method(GuidanceRpc.guidance_of_seeker)
    def guidance_of_seeker(self, tx: Connection, call: Call, request: SeekerRef) -> GuidanceList:
        entry = self._found(tx, call.actor, request.id)
        found = self._guidances.of(tx, seeker_id=entry.id)
        return GuidanceList(sessions=tuple(found), people=self._support.named(tx, [entry.id]), next=None)
