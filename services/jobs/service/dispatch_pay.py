"""After the work: pay confirmed by both sides, slips that were read, ratings, and how an employer pays."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import dispatch as life
from services.jobs.domain import dispatch_pay as pay
from services.jobs.domain import dispatch_slip as slips
from services.jobs.domain.dispatch_slip import SlipStep
from services.jobs.service.dispatch_desk import DispatchDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Role
from yizhan.contracts.dispatches import (
    ConfirmationMeans,
    ConfirmBySlip,
    ConfirmPay,
    Dispatch,
    DispatchesRpc,
    DispatchStatus,
    FinishDispatch,
    PayNotTold,
    Punctuality,
    PunctualityOf,
    RateDispatch,
    ReadSlip,
    Side,
    SlipUnreadable,
)
from yizhan.contracts.employers import EmployerNotFound
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.rpc import Call

_BOTH = (Side.WORKER, Side.EMPLOYER)


class DispatchPay(DispatchDesk):
    """Commands and queries about what follows the work."""

    @method(DispatchesRpc.finish_dispatch)
    def finish_dispatch(self, tx: Connection, call: Call, request: FinishDispatch) -> Dispatch:
        dispatch, seat = self._locked_dispatch(tx, call.actor, request.id)
        decision = pay.finish(dispatch, now=self.clock.now(), by=call.actor, rules=self._dispatch_rules())
        return self._keep_dispatch(tx, call, decision, seat=seat)

    @method(DispatchesRpc.confirm_pay)
    def confirm_pay(self, tx: Connection, call: Call, request: ConfirmPay) -> Dispatch:
        dispatch, seat = self._locked_dispatch(tx, call.actor, request.id)
        decision = self._pay_said(tx, call, dispatch, seat, (request.side,), request.means, request)
        return self._keep_dispatch(tx, call, decision, seat=seat)

    def _pay_said(
        self,
        tx: Connection,
        call: Call,
        dispatch: Dispatch,
        seat: int | None,
        sides: tuple[Side, ...],
        means: ConfirmationMeans,
        told: ConfirmPay | ConfirmBySlip,
    ) -> life.Decision:
        """What is decided when pay is told. Who is paid has worked: that is done with it."""
        if told.fen is None or told.method is None:
            raise PayNotTold("pay is confirmed with what was paid, and how", dispatch_id=dispatch.id)
        now = self.clock.now()
        if dispatch.status is DispatchStatus.ARRIVED:
            finished = pay.finish(dispatch, now=now, by=call.actor, rules=self._dispatch_rules())
            dispatch = self._keep_dispatch(tx, call, finished, seat=seat)
        return pay.confirm_pay(
            dispatch, sides=sides, means=means, fen=told.fen, method=told.method, now=now, by=call.actor
        )

    @method(DispatchesRpc.confirm_by_slip)
    def confirm_by_slip(self, tx: Connection, call: Call, request: ConfirmBySlip) -> Dispatch:
        number, step = self._genuine(request.code)
        slip = self._slips.find(tx, number)
        locked = None if slip is None else self._dispatches.lock(tx, slip.dispatch_id)
        if locked is None:
            raise SlipUnreadable("no slip of this system says this")
        dispatch, seat = locked
        # Whoever has the paper may show it: to staff of its place, or without a session.
        if call.actor.role is not Role.PUBLIC:
            self._require_party(tx, call.actor, dispatch)
        # As it is under the lock of its dispatch.
        slip = self._slips.find(tx, number)
        if slip is None:
            raise SlipUnreadable("no slip of this system says this")
        now = self.clock.now()
        took = slips.take(slip, step, dispatch, meant=request.id, now=now)
        if step is SlipStep.ARRIVAL:
            decision = life.confirm_arrival(
                dispatch, sides=_BOTH, means=ConfirmationMeans.SLIP, now=now, by=call.actor
            )
        else:
            decision = self._pay_said(tx, call, dispatch, seat, _BOTH, ConfirmationMeans.SLIP, request)
        self._slips.save(tx, took)
        return self._keep_dispatch(tx, call, decision, seat=seat)

    @method(DispatchesRpc.read_slip)
    def read_slip(self, tx: Connection, call: Call, request: ReadSlip) -> Dispatch:
        slip = self._slips.find(tx, self._genuine(request.code)[0])
        if slip is None:
            raise SlipUnreadable("no slip of this system says this")
        return self._dispatch(tx, call.actor, slip.dispatch_id)

    def _genuine(self, code: str) -> tuple[str, SlipStep]:
        """What a code of ours says. Raises SlipUnreadable."""
        number, step, mark = slips.read(code)
        slips.require_genuine(mark, self._slip_digest(number, step))
        return number, step

    @method(DispatchesRpc.rate_dispatch)
    def rate_dispatch(self, tx: Connection, call: Call, request: RateDispatch) -> Dispatch:
        dispatch, seat = self._locked_dispatch(tx, call.actor, request.id)
        decision = pay.rate(
            dispatch,
            by_side=request.by_side,
            stars=request.stars,
            note=request.note,
            now=self.clock.now(),
            by=call.actor,
        )
        return self._keep_dispatch(tx, call, decision, seat=seat)

    @method(DispatchesRpc.punctuality)
    def punctuality(self, tx: Connection, call: Call, request: PunctualityOf) -> Punctuality:
        employer = self._employers.find(tx, request.employer_id)
        if employer is None:
            raise EmployerNotFound("no employer has this id", employer_id=request.employer_id)
        if call.actor.role is Role.PUBLIC:
            raise NotAllowed("this is for staff", role=call.actor.role.value)
        # Of any station: whom it sends there, has to know.
        self._visited_place(tx, call.actor, employer.station)
        return self._punctuality(tx, employer.id)
