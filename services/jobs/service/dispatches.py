"""Dispatches from the desk to the place of work, and what came of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import dispatch as life
from services.jobs.domain.dispatch_slip import NUMBER_BYTES, Slip, SlipStep, number_of
from services.jobs.domain.worker import Attendance, Worker
from services.jobs.service.dispatch_desk import DispatchDesk
from services.jobs.storage.workers import in_turn
from yizhan.bus.nameko_entrypoints import method
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.dispatches import (
    CancelDispatch,
    ConfirmArrival,
    Dispatch,
    DispatchesRpc,
    DispatchHistory,
    DispatchList,
    DispatchQuery,
    DispatchQueue,
    DispatchRef,
    DispatchSlip,
    DispatchStatus,
    DispatchStepIllegal,
    IssueSlip,
    QueueQuery,
    RecordNoShow,
    SendDispatch,
    WaitingWorker,
)
from yizhan.contracts.rpc import Call
from yizhan.network.pages import Subtree

_NOT_SENT = frozenset({DispatchStatus.OFFERED, DispatchStatus.ACCEPTED})


class Dispatches(DispatchDesk):
    """Commands and queries about dispatches up to the work."""

    @method(DispatchesRpc.send_dispatch)
    def send_dispatch(self, tx: Connection, call: Call, request: SendDispatch) -> DispatchSlip:
        dispatch, seat = self._locked_dispatch(tx, call.actor, request.id)
        decision = life.send(dispatch, now=self.clock.now(), by=call.actor)
        sent = self._keep_dispatch(tx, call, decision, seat=seat)
        return self._printed(sent, self._new_slip(tx, call, sent))

    @method(DispatchesRpc.issue_slip)
    def issue_slip(self, tx: Connection, call: Call, request: IssueSlip) -> DispatchSlip:
        dispatch, _ = self._locked_dispatch(tx, call.actor, request.id)
        slip = self._slips.valid_of(tx, dispatch.id)
        if slip is None or dispatch.ended_at is not None or dispatch.status is DispatchStatus.PAID:
            raise DispatchStepIllegal(
                "a slip is for somebody who was sent and is not paid yet",
                dispatch_id=dispatch.id,
                status=dispatch.status.value,
                step="issue_slip",
            )
        if request.anew:
            self._slips.void(tx, slip, now=self.clock.now())
            slip = self._new_slip(tx, call, dispatch)
        return self._printed(dispatch, slip)

    def _new_slip(self, tx: Connection, call: Call, dispatch: Dispatch) -> Slip:
        number = number_of(secrets.token_bytes(NUMBER_BYTES))
        slip = Slip(number, dispatch.id, issued_at=self.clock.now(), issued_by=call.actor.id)
        self._slips.insert(tx, slip)
        return slip

    def _printed(self, dispatch: Dispatch, slip: Slip) -> DispatchSlip:
        return DispatchSlip(
            number=slip.number,
            dispatch=dispatch,
            issued_at=slip.issued_at,
            arrival_code=self._slip_code(slip.number, SlipStep.ARRIVAL),
            pay_code=self._slip_code(slip.number, SlipStep.PAY),
        )

    @method(DispatchesRpc.confirm_arrival)
    def confirm_arrival(self, tx: Connection, call: Call, request: ConfirmArrival) -> Dispatch:
        dispatch, seat = self._locked_dispatch(tx, call.actor, request.id)
        decision = life.confirm_arrival(
            dispatch, sides=(request.side,), means=request.means, now=self.clock.now(), by=call.actor
        )
        return self._keep_dispatch(tx, call, decision, seat=seat)

    @method(DispatchesRpc.record_no_show)
    def record_no_show(self, tx: Connection, call: Call, request: RecordNoShow) -> Dispatch:
        posting, dispatch, seat = self._with_posting(tx, call.actor, request.id)
        decision = life.no_show(dispatch, now=self.clock.now(), by=call.actor, reason=request.reason)
        return self._fall_back(tx, call, posting, decision, seat=seat)

    @method(DispatchesRpc.cancel_dispatch)
    def cancel_dispatch(self, tx: Connection, call: Call, request: CancelDispatch) -> Dispatch:
        posting, dispatch, seat = self._with_posting(tx, call.actor, request.id)
        decision = life.cancel(
            dispatch,
            now=self.clock.now(),
            by=call.actor,
            code=request.reason_code,
            reason=request.reason,
        )
        together = _NOT_SENT if dispatch.status in _NOT_SENT else frozenset()
        return self._fall_back_with_crew(tx, call, posting, decision, seat=seat, statuses=together)

    @method(DispatchesRpc.get_dispatch)
    def get_dispatch(self, tx: Connection, call: Call, request: DispatchRef) -> Dispatch:
        return self._dispatch(tx, call.actor, request.id)

    @method(DispatchesRpc.dispatch_history)
    def dispatch_history(self, tx: Connection, call: Call, request: DispatchRef) -> DispatchHistory:
        self._dispatch(tx, call.actor, request.id)
        return DispatchHistory(steps=tuple(self._dispatches.steps(tx, request.id)))

    @method(DispatchesRpc.dispatch_queue)
    def dispatch_queue(self, tx: Connection, call: Call, request: QueueQuery) -> DispatchQueue:
        place = self._staff_place(tx, call.actor, request.station)
        roll, today = storage.Roll(self.database), self._today()
        came = roll.of_stations(tx, self._network.within(tx, place).every, today)
        workers = storage.Workers(self.database).of_ids(tx, came)
        begins = datetime.combine(today, time.min, tzinfo=COUNTY_ZONE)
        # Whoever comes late in the evening comes for the night, or for the next morning.
        until = self.clock.now() + timedelta(days=1)
        bound = self._dispatches.live_of(tx, came.keys(), begins, until)
        return DispatchQueue(
            workers=tuple(
                waiting(entry, workers[entry.worker_id], bound.get(entry.worker_id, ()))
                for entry in sorted(came.values(), key=in_turn)
                if entry.worker_id in workers
            ),
            drawn=roll.drawn(tx, place.code, today),
        )

    @method(DispatchesRpc.list_dispatches)
    def list_dispatches(self, tx: Connection, call: Call, request: DispatchQuery) -> DispatchList:
        place = self._staff_place(tx, call.actor, request.station)
        within = Subtree(None) if request.desk else self._network.within(tx, place)
        found, following = self._dispatches.page(tx, within, request)
        return DispatchList(dispatches=tuple(found), next=following)


def waiting(entry: Attendance, worker: Worker, dispatches: Iterable[Dispatch]) -> WaitingWorker:
    """Somebody who came, with what he can do and what he has already."""
    return WaitingWorker(
        worker_id=worker.id,
        station=entry.station,
        number=entry.number,
        at=entry.at,
        turn=entry.turn,
        called=entry.called,
        trades=tuple(skill.trade for skill in worker.skills),
        minor=worker.minor,
        dispatches=tuple(dispatches),
    )
