"""A lifelike example of every event of a dispatch. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from yizhan.contracts import dispatches
from yizhan.contracts.envelope import Facts
from yizhan.contracts.jobs import Settlement, Wage, WageUnit

_CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
_DISPATCH = "019ca720-1a40-7c11-8d20-5f1e2a3b4c5d"
_POSTING = "019ca714-a1b0-7d44-8c55-0b7f6a0f4c11"
_EMPLOYER = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d0"
_WORKER = "019ca711-52b8-7d0e-9c34-6a7b8c9d0e1f"
_STATION = "5227300103"
_AT = datetime(2026, 3, 1, 21, 50, tzinfo=UTC)
_STARTS_AT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
_ENDS_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

_S = dispatches.DispatchStatus
_MEANS = dispatches.ConfirmationMeans

dispatch = dispatches.Dispatch(
    id=_DISPATCH,
    posting_id=_POSTING,
    employer_id=_EMPLOYER,
    employer_name="龙里县谷丰物流",
    station=_STATION,
    desk=_STATION,
    worker_id=_WORKER,
    ticket="A012",
    trade="搬运工",
    place="老农贸市场门口集合",
    wage=Wage(fen=20_000, unit=WageUnit.DAY),
    settlement=Settlement.DAILY,
    starts_at=_STARTS_AT,
    ends_at=_ENDS_AT,
    status=_S.OFFERED,
    source=dispatches.OfferSource.DRAW,
    offered_at=_AT,
    offer_expires_at=_AT + timedelta(minutes=10),
    sequence=1,
)


def _sides(at: datetime, *sides: dispatches.Side) -> tuple[dispatches.Confirmation, ...]:
    return tuple(dispatches.Confirmation(side=side, means=_MEANS.SLIP, by=_CLERK, at=at) for side in sides)


_BOTH = (dispatches.Side.WORKER, dispatches.Side.EMPLOYER)
_PROMISED_AT = _ENDS_AT + timedelta(hours=2)
_ACCEPTED: dict[str, Any] = {
    "acceptance": dispatches.Acceptance(means=dispatches.AcceptanceMeans.SLIP, by=_CLERK, at=_AT)
}
_SENT = {**_ACCEPTED, "dispatched_at": _AT}
_ARRIVED = {**_SENT, "arrival": _sides(_STARTS_AT, *_BOTH), "arrived_at": _STARTS_AT}
_WORKED = {**_ARRIVED, "worked_at": _ENDS_AT, "pay_promised_at": _PROMISED_AT}
_PAID = {
    **_WORKED,
    "pay": dispatches.Pay(
        fen=20_000, method=dispatches.PayMethod.CASH, confirmations=_sides(_ENDS_AT, *_BOTH)
    ),
    "paid_at": _ENDS_AT,
    "on_time": True,
}
_REMINDED = {**_WORKED, "reminded_at": _PROMISED_AT, "on_time": False}
_RATED = {
    **_PAID,
    "ratings": (dispatches.Rating(by_side=dispatches.Side.WORKER, stars=5, at=_PROMISED_AT),),
}


def _ended(code: dispatches.DispatchReason, **before: Any) -> dict[str, Any]:
    return {**before, "ended_at": _STARTS_AT, "reason_code": code}


def _at(status: dispatches.DispatchStatus, sequence: int, **changes: Any) -> dispatches.Dispatch:
    return dispatch.model_copy(update={"status": status, "sequence": sequence, **changes})


_R = dispatches.DispatchReason

#: Facts, subject, sequence, station.
FACTS: tuple[tuple[Facts, str, int, str], ...] = tuple(
    (facts, _DISPATCH, facts.dispatch.sequence, _STATION)
    for facts in (
        dispatches.DispatchOffered(dispatch=dispatch, by=_CLERK),
        dispatches.DispatchAccepted(dispatch=_at(_S.ACCEPTED, 2, **_ACCEPTED), by=_CLERK),
        dispatches.DispatchDeclined(dispatch=_at(_S.DECLINED, 2, **_ended(_R.DECLINED)), by=_CLERK),
        dispatches.DispatchOfferExpired(dispatch=_at(_S.EXPIRED, 2, **_ended(_R.NOT_ANSWERED)), by="system"),
        dispatches.DispatchSent(dispatch=_at(_S.DISPATCHED, 3, **_SENT), by=_CLERK),
        dispatches.DispatchConfirmed(
            dispatch=_at(_S.DISPATCHED, 4, **_SENT, arrival=_sides(_STARTS_AT, dispatches.Side.EMPLOYER)),
            by=_CLERK,
        ),
        dispatches.DispatchArrived(dispatch=_at(_S.ARRIVED, 4, **_ARRIVED), by=_CLERK),
        dispatches.DispatchWorked(dispatch=_at(_S.WORKED, 5, **_WORKED), by="system"),
        dispatches.DispatchPaid(dispatch=_at(_S.PAID, 6, **_PAID), by=_CLERK),
        dispatches.DispatchPayReminded(dispatch=_at(_S.WORKED, 6, **_REMINDED), by="system"),
        dispatches.DispatchUnpaid(
            dispatch=_at(_S.UNPAID, 7, **_REMINDED, unpaid_at=_PROMISED_AT + timedelta(days=1)),
            by="system",
            evidence=dispatches.PayEvidence(
                arrival=_sides(_STARTS_AT, *_BOTH),
                steps=(
                    dispatches.DispatchStep(
                        sequence=4,
                        step="confirm_arrival",
                        status=_S.ARRIVED,
                        by=_CLERK,
                        at=_STARTS_AT,
                        means="slip",
                    ),
                ),
                wage=dispatch.wage,
                settlement=dispatch.settlement,
                promised_at=_PROMISED_AT,
            ),
        ),
        dispatches.DispatchCancelled(
            dispatch=_at(_S.CANCELLED, 3, **_ended(_R.EMPLOYER_CANCELLED, **_ACCEPTED)), by=_CLERK
        ),
        dispatches.DispatchNoShow(dispatch=_at(_S.NO_SHOW, 4, **_ended(_R.DID_NOT_COME, **_SENT)), by=_CLERK),
        dispatches.DispatchRated(dispatch=_at(_S.PAID, 7, **_RATED), by=_CLERK),
    )
)
