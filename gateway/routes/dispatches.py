"""Dispatches (撮合): offers, the worker's word, slips, arrival, pay and what each side says afterwards."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.dispatches import (
    AcceptanceNotHisOwn,
    CandidateTwice,
    ConfirmedAlready,
    CrewIncomplete,
    DispatchesRpc,
    DispatchNotFound,
    DispatchStepIllegal,
    HandsTaken,
    OfferExpired,
    OffersNotFound,
    OffersRefused,
    PayDisagrees,
    PayNotTold,
    RatedAlready,
    SlipForeign,
    SlipSpent,
    SlipUnreadable,
    SlipVoid,
    WorkerBusy,
    WorkerNotFound,
)
from yizhan.contracts.employers import EmployerMayNotPost, EmployerNotFound
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.jobs import PostingNotFound, UnknownStation
from yizhan.contracts.rpc import Method

_TAG = "dispatches"
_BINDING: tuple[type[YizhanError], ...] = (
    OfferExpired,
    AcceptanceNotHisOwn,
    WorkerBusy,
    HandsTaken,
    CrewIncomplete,
)


def _step(
    id: str,
    name: str,
    rpc: Method[Any, Any],
    summary: str,
    description: str = "",
    *refusals: type[YizhanError],
) -> Operation:
    """A step of a dispatch's life: POST /dispatches/{id}/<name>."""
    return Operation(
        id,
        "POST",
        f"/dispatches/{{id}}/{name}",
        rpc,
        _TAG,
        summary,
        description,
        takes={"id": "id"},
        problems=(DispatchNotFound, DispatchStepIllegal, *refusals),
    )


OPERATIONS = (
    Operation(
        "listDispatches",
        "GET",
        "/dispatches",
        DispatchesRpc.list_dispatches,
        _TAG,
        "List dispatches",
        problems=(UnknownStation,),
    ),
    Operation(
        "dispatchQueue",
        "GET",
        "/stations/{code}/dispatch-queue",
        DispatchesRpc.dispatch_queue,
        _TAG,
        "Read who waits for work today",
        "In the order in which they are offered work, with what each has already.",
        takes={"code": "station"},
        problems=(UnknownStation,),
    ),
    Operation(
        "startOffers",
        "POST",
        "/postings/{posting_id}/offers",
        DispatchesRpc.start_offers,
        _TAG,
        "Offer a posting along a list",
        "As many at a time as hands are missing. Whoever is next is offered it by himself when one declines, "
        "does not answer, drops out or does not come.",
        takes={"posting_id": "posting_id"},
        problems=(
            PostingNotFound,
            OffersRefused,
            HandsTaken,
            CandidateTwice,
            WorkerNotFound,
            EmployerMayNotPost,
        ),
    ),
    Operation(
        "getOffers",
        "GET",
        "/postings/{posting_id}/offers",
        DispatchesRpc.get_offers,
        _TAG,
        "Read a posting's list and its open offers",
        takes={"posting_id": "posting_id"},
        problems=(PostingNotFound, OffersNotFound),
    ),
    Operation(
        "stopOffers",
        "POST",
        "/postings/{posting_id}/offers/stop",
        DispatchesRpc.stop_offers,
        _TAG,
        "Offer a posting to nobody more",
        "Offers that are open stand.",
        takes={"posting_id": "posting_id"},
        problems=(PostingNotFound, OffersNotFound),
    ),
    Operation(
        "getDispatch",
        "GET",
        "/dispatches/{id}",
        DispatchesRpc.get_dispatch,
        _TAG,
        "Read a dispatch",
        "For staff of the posting's station, and of the one that offered it.",
        takes={"id": "id"},
        problems=(DispatchNotFound,),
    ),
    Operation(
        "dispatchHistory",
        "GET",
        "/dispatches/{id}/history",
        DispatchesRpc.dispatch_history,
        _TAG,
        "Read a dispatch's history",
        "Every step with who, when, how and why.",
        takes={"id": "id"},
        problems=(DispatchNotFound,),
    ),
    _step(
        "acceptDispatch",
        "accept",
        DispatchesRpc.accept_dispatch,
        "The worker takes it",
        "Only his own word binds him: signed, by his number of the day, or by his own session.",
        *_BINDING,
    ),
    Operation(
        "acceptCrew",
        "POST",
        "/crews/{crew_id}/accept",
        DispatchesRpc.accept_crew,
        _TAG,
        "A crew takes it",
        "All of its members, each by his own word, or none.",
        takes={"crew_id": "crew_id"},
        problems=(DispatchNotFound, DispatchStepIllegal, *_BINDING),
    ),
    _step("declineDispatch", "decline", DispatchesRpc.decline_dispatch, "The worker does not want it"),
    _step(
        "sendDispatch",
        "send",
        DispatchesRpc.send_dispatch,
        "Send the worker off",
        "Answers the slip that is printed for him.",
    ),
    _step(
        "issueSlip",
        "slip",
        DispatchesRpc.issue_slip,
        "Print the slip again",
        "The same one, or, where it was lost, another in its place.",
    ),
    _step(
        "cancelDispatch",
        "cancel",
        DispatchesRpc.cancel_dispatch,
        "Cancel a dispatch",
        "Before he is there. His place is free again.",
    ),
    _step(
        "recordNoShow",
        "no-show",
        DispatchesRpc.record_no_show,
        "Record that the worker did not come",
        "From the start of the work on, unless one side has said that he came.",
    ),
    _step(
        "confirmArrival",
        "arrival",
        DispatchesRpc.confirm_arrival,
        "Record what a side says of his arrival",
        "He has arrived when both have said so.",
        ConfirmedAlready,
    ),
    _step(
        "finishDispatch",
        "finish",
        DispatchesRpc.finish_dispatch,
        "Record that the work is done",
        "Otherwise it is when its announced time is over. Pay is promised from then on.",
    ),
    _step(
        "confirmPay",
        "pay",
        DispatchesRpc.confirm_pay,
        "Record what a side says of his pay",
        "He is paid when both say the same.",
        ConfirmedAlready,
        PayDisagrees,
    ),
    _step(
        "rateDispatch",
        "rate",
        DispatchesRpc.rate_dispatch,
        "Record what a side says of the other",
        "Once for each, after the work. The note stays in the office.",
        RatedAlready,
    ),
    Operation(
        "confirmBySlip",
        "POST",
        "/slips/confirm",
        DispatchesRpc.confirm_by_slip,
        _TAG,
        "Take what a slip says",
        "The worker handed it over, the employer had it read: both sides' word at once. Each code is taken "
        "once. Whoever has the paper needs no session.",
        access=Access.OPTIONAL,
        problems=(
            SlipUnreadable,
            SlipForeign,
            SlipSpent,
            SlipVoid,
            PayNotTold,
            PayDisagrees,
            ConfirmedAlready,
            DispatchStepIllegal,
        ),
        guessed="code",
    ),
    Operation(
        "readSlip",
        "POST",
        "/slips/read",
        DispatchesRpc.read_slip,
        _TAG,
        "Read whose a slip is",
        "Nothing is taken by it. By POST, since a code belongs in no address.",
        problems=(SlipUnreadable, DispatchNotFound),
    ),
    Operation(
        "employerPunctuality",
        "GET",
        "/employers/{employer_id}/punctuality",
        DispatchesRpc.punctuality,
        _TAG,
        "Read how an employer pays",
        "For staff of every station. Without a share while few dispatches stand behind it.",
        takes={"employer_id": "employer_id"},
        problems=(EmployerNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
