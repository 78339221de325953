"""Start-up support (创业指导)."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import start_up
from services.seekers.service.support import SupportDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import SeekerRef
from yizhan.contracts.start_ups import (
    ConsultationList,
    ConsultationQuery,
    OpenStartUp,
    RecordConsultation,
    StartUp,
    StartUpConsultation,
    StartUpList,
    StartUpQuery,
    StartUpRecord,
    StartUpRpc,
    TakeStartUpStep,
)


class StartUps(SupportDesk):
    """Consultations and cases."""

    @method(StartUpRpc.record_consultation)
    def record_consultation(
        self, tx: Connection, call: Call, request: RecordConsultation
    ) -> StartUpConsultation:
        entry = self._supported(tx, call, request.id)
        held = start_up.consult(
            request, id=self._fresh_id(), station=entry.station, today=self._today(), by=call.actor.id
        )
        self._consultations.insert(tx, held)
        self._told.start_up_consulted(tx, call, held)
        return held

    @method(StartUpRpc.list_consultations)
    def list_consultations(self, tx: Connection, call: Call, request: ConsultationQuery) -> ConsultationList:
        within = self._subtree(tx, call, request.station)
        found, following = self._consultations.page(tx, within, storage.Page(request.after, request.limit))
        named = self._support.named(tx, storage.ids_of(found))
        return ConsultationList(consultations=tuple(found), people=named, next=following)

    @method(StartUpRpc.open_start_up)
    def open_start_up(self, tx: Connection, call: Call, request: OpenStartUp) -> StartUp:
        entry = self._supported(tx, call, request.id)
        opened = start_up.open_case(
            request, id=self._fresh_id(), station=entry.station, today=self._today(), by=call.actor.id
        )
        self._start_ups.insert(tx, opened)
        self._told.start_up_stepped(tx, call, opened)
        return opened

    @method(StartUpRpc.take_start_up_step)
    def take_start_up_step(self, tx: Connection, call: Call, request: TakeStartUpStep) -> StartUp:
        current = self._own(tx, call, self._start_ups, request.id)
        after = start_up.take_step(current, request, today=self._today())
        self._start_ups.save(tx, after)
        self._told.start_up_stepped(tx, call, after)
        return after

    @method(StartUpRpc.list_start_ups)
    def list_start_ups(self, tx: Connection, call: Call, request: StartUpQuery) -> StartUpList:
        within = self._subtree(tx, call, request.station)
        page = storage.Page(request.after, request.limit)
        found, following = self._start_ups.page(tx, within, page, state=request.state)
        named = self._support.named(tx, storage.ids_of(found))
        return StartUpList(start_ups=tuple(found), people=named, next=following)

    @method(StartUpRpc.start_up_of_seeker)
    def start_up_of_seeker(self, tx: Connection, call: Call, request: SeekerRef) -> StartUpRecord:
        entry = self._found(tx, call.actor, request.id)
        return StartUpRecord(
            consultations=tuple(self._consultations.of(tx, seeker_id=entry.id)),
            start_ups=tuple(self._start_ups.of(tx, seeker_id=entry.id)),
        )
