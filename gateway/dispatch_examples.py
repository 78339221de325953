"""Examples of dispatches for the API document."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel

from yizhan.contracts import dispatches
from yizhan.contracts.dispatch_examples import dispatch as _OFFERED

_AT = datetime(2026, 3, 1, 21, 50, tzinfo=UTC)
_NUMBER = "7Q2K9XWD"
_LIST = dispatches.OfferList(
    posting_id=_OFFERED.posting_id,
    station=_OFFERED.station,
    source=dispatches.OfferSource.DRAW,
    candidates=((_OFFERED.worker_id,), ("019ca711-60c1-7a22-8f01-1b2c3d4e5f60",)),
    passed=1,
    running=True,
    started_at=_AT,
    by="01950001-7c00-7000-8000-000000000001",
)
_CREW = "019ca721-3c50-7e11-9a20-6a1b2c3d4e5f"
_SIGNED = dispatches.AcceptanceMeans.SIGNATURE

EXAMPLES: tuple[BaseModel, ...] = (
    _OFFERED,
    _LIST,
    dispatches.OfferedNow(list=_LIST, offers=(_OFFERED,)),
    dispatches.StartOffers(
        posting_id=_OFFERED.posting_id, candidates=_LIST.candidates, source=dispatches.OfferSource.DRAW
    ),
    dispatches.StopOffers(posting_id=_OFFERED.posting_id),
    dispatches.AcceptDispatch(id=_OFFERED.id, means=dispatches.AcceptanceMeans.SLIP, ticket="A012"),
    dispatches.AcceptCrew(
        crew_id=_CREW, members=(dispatches.CrewMemberAccepts(id=_OFFERED.id, means=_SIGNED),)
    ),
    dispatches.DispatchRows(dispatches=(_OFFERED.model_copy(update={"crew_id": _CREW}),)),
    dispatches.DeclineDispatch(id=_OFFERED.id, reason="太远"),
    dispatches.SendDispatch(id=_OFFERED.id),
    dispatches.IssueSlip(id=_OFFERED.id, anew=True),
    dispatches.DispatchSlip(
        number=_NUMBER,
        dispatch=_OFFERED.model_copy(
            update={"status": dispatches.DispatchStatus.DISPATCHED, "dispatched_at": _AT, "sequence": 3}
        ),
        issued_at=_AT,
        arrival_code=f"YZ1.{_NUMBER}.A.5H0TT6V1ZC8M4RNK",
        pay_code=f"YZ1.{_NUMBER}.P.9B7XAJ2Q0WPE3GDS",
    ),
    dispatches.CancelDispatch(
        id=_OFFERED.id, reason="家里有事", reason_code=dispatches.DispatchReason.WORKER_CANCELLED
    ),
    dispatches.RecordNoShow(id=_OFFERED.id, reason="开工半小时未到，电话不通"),
    dispatches.ConfirmArrival(
        id=_OFFERED.id,
        side=dispatches.Side.EMPLOYER,
        means=dispatches.ConfirmationMeans.PHONE_CALL,
    ),
    dispatches.FinishDispatch(id=_OFFERED.id),
    dispatches.ConfirmPay(
        id=_OFFERED.id,
        side=dispatches.Side.WORKER,
        means=dispatches.ConfirmationMeans.SIGNATURE,
        fen=20_000,
        method=dispatches.PayMethod.CASH,
    ),
    dispatches.ConfirmBySlip(
        code=f"YZ1.{_NUMBER}.P.9B7XAJ2Q0WPE3GDS", fen=20_000, method=dispatches.PayMethod.CASH
    ),
    dispatches.ReadSlip(code=f"YZ1.{_NUMBER}.P.9B7XAJ2Q0WPE3GDS"),
    dispatches.RateDispatch(id=_OFFERED.id, by_side=dispatches.Side.WORKER, stars=5, note="按时结钱"),
    dispatches.DispatchList(dispatches=(_OFFERED,), next=None),
    dispatches.DispatchQueue(
        workers=(
            dispatches.WaitingWorker(
                worker_id=_OFFERED.worker_id,
                station=_OFFERED.station,
                number="A012",
                at=_AT,
                turn=3,
                called=1,
                trades=("搬运工", "小工"),
                minor=False,
                dispatches=(_OFFERED,),
            ),
        ),
        drawn=True,
    ),
    dispatches.DispatchHistory(
        steps=(
            dispatches.DispatchStep(
                sequence=1,
                step="offer",
                status=dispatches.DispatchStatus.OFFERED,
                by="01950001-7c00-7000-8000-000000000001",
                at=_AT,
            ),
        )
    ),
    dispatches.Punctuality(
        employer_id=_OFFERED.employer_id, days=180, least=5, counted=12, share=0.917, rated=9, stars=4.6
    ),
)
