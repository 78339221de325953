"""What services/jobs says of dispatches (撮合): who was offered a job, took it, was sent, came and was paid.

A worker is the register's id and says nothing outside it; what he is called stays in services/seekers.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.checkins import TicketNumber
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.jobs import Settlement, Wage
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------

#: People that are offered a job as one.
MOST_CREW = 50
#: Candidates on one posting's list.
MOST_CANDIDATES = 200

Fen = Annotated[int, Field(ge=1, le=10_000_000)]

#: What a slip is called: eight characters of Crockford's base 32, given by chance.
DispatchSlipNumber = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{8}$")]

#: What a slip's QR code says: its number, the step that it confirms (A: arrival, P: pay), and a mark that
#: only this system can make.
SlipCode = Annotated[str, Field(pattern=r"^YZ1\.[0-9A-HJKMNP-TV-Z]{8}\.[AP]\.[0-9A-HJKMNP-TV-Z]{16}$")]


class DispatchStatus(StrEnum):
    """Where a dispatch is.

    EXPIRED: the offer was not answered in time. UNPAID: its pay was not confirmed by the promised date, nor
    after the reminder; it becomes PAID when it is after all.
    """

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    ARRIVED = "arrived"
    WORKED = "worked"
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    UNPAID = "unpaid"


class Side(StrEnum):
    """The two that a dispatch is between."""

    WORKER = "worker"
    EMPLOYER = "employer"


class OfferSource(StrEnum):
    """By what somebody's turn came."""

    ARRIVAL = "arrival"
    DRAW = "draw"
    RECOMMENDATION = "recommendation"
    BY_HAND = "by_hand"
    #: The employer asked for him.
    BY_NAME = "by_name"


class AcceptanceMeans(StrEnum):
    """How a worker bound himself. SLIP: he handed over his number of the day. PHONE: by his own session."""

    SIGNATURE = "signature"
    SLIP = "slip"
    PHONE = "phone"


class ConfirmationMeans(StrEnum):
    """How a side confirmed. SLIP: the paper that the worker handed over and the employer had read."""

    SLIP = "slip"
    SIGNATURE = "signature"
    PHONE_CALL = "phone_call"
    SITE_VISIT = "site_visit"


class PayMethod(StrEnum):
    CASH = "cash"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    BANK = "bank"
    OTHER = "other"


class DispatchReason(StrEnum):
    """Why a dispatch ended, as far as others may know it."""

    DECLINED = "declined"
    NOT_ANSWERED = "not_answered"
    #: One of his crew did not come along.
    CREW_BROKEN = "crew_broken"
    #: He took another job at that time.
    TOOK_ANOTHER = "took_another"
    JOB_FILLED = "job_filled"
    JOB_ENDED = "job_ended"
    EMPLOYER_BARRED = "employer_barred"
    EMPLOYER_CANCELLED = "employer_cancelled"
    WORKER_CANCELLED = "worker_cancelled"
    DID_NOT_COME = "did_not_come"
    OTHER = "other"


class Acceptance(Message):
    """The worker's own word. by: who wrote it down."""

    means: AcceptanceMeans
    by: str
    at: Moment


class Confirmation(Message):
    """One side's word that somebody came or was paid. by: who wrote it down."""

    side: Side
    means: ConfirmationMeans
    by: str
    at: Moment


class Pay(Message):
    """What was paid, by the sides that have confirmed it; settled when both have."""

    fen: Fen
    method: PayMethod
    confirmations: Annotated[tuple[Confirmation, ...], Field(min_length=1, max_length=2)]


class Rating(Message):
    """One side's word on the other afterwards. by_side: who rates. What was written stays in the office."""

    by_side: Side
    stars: Annotated[int, Field(ge=1, le=5)]
    at: Moment


class Dispatch(Message):
    """One worker at one posting, at one version.

    station: the posting's. desk: the station that looks after the worker in this; another one where the
    posting reached it by overflow. ticket: his number of that day. crew_id: the same for all of a crew.
    starts_at, ends_at: the time that he is bound for. by_name_times: how often this employer has asked for
    him lately, with this time; by_name_recurs: that is more than chance. arrival: the sides that said that he
    came. pay_promised_at: by when pay is confirmed, or he is reminded of; None before he has worked.
    on_time: whether it was; None while that is open.
    """

    id: Identifier
    posting_id: Identifier
    employer_id: Identifier
    employer_name: PublicLine
    station: StationCode
    desk: StationCode
    worker_id: Identifier
    ticket: TicketNumber | None = None
    crew_id: Identifier | None = None
    trade: str
    place: PublicLine
    wage: Wage
    settlement: Settlement
    starts_at: Moment
    ends_at: Moment
    status: DispatchStatus
    source: OfferSource
    by_name_times: int | None = None
    by_name_recurs: bool = False
    offered_at: Moment
    offer_expires_at: Moment
    acceptance: Acceptance | None = None
    dispatched_at: Moment | None = None
    arrival: Annotated[tuple[Confirmation, ...], Field(max_length=2)] = ()
    arrived_at: Moment | None = None
    worked_at: Moment | None = None
    pay_promised_at: Moment | None = None
    reminded_at: Moment | None = None
    pay: Pay | None = None
    paid_at: Moment | None = None
    unpaid_at: Moment | None = None
    on_time: bool | None = None
    ended_at: Moment | None = None
    reason_code: DispatchReason | None = None
    ratings: Annotated[tuple[Rating, ...], Field(max_length=2)] = ()
    sequence: Sequence


class DispatchStep(Message):
    """One line of a dispatch's history: who did what, when, how and why. The reason stays in the office."""

    sequence: Sequence
    step: str
    status: DispatchStatus
    by: str
    at: Moment
    means: str | None = None
    reason: str | None = None


class OfferList(Message):
    """Whom a posting is offered to, in order. candidates: each is one worker, or a crew as one. passed: how
    many of them had their turn. running: the next is offered by itself when somebody drops out.
    """

    posting_id: Identifier
    station: StationCode
    source: OfferSource
    candidates: tuple[tuple[Identifier, ...], ...]
    passed: Annotated[int, Field(ge=0)]
    running: bool
    started_at: Moment
    by: str


class DispatchSlip(Message):
    """What is printed and given to a worker (派工单): one code for the employer on arrival, one on pay."""

    number: DispatchSlipNumber
    dispatch: Dispatch
    issued_at: Moment
    arrival_code: SlipCode
    pay_code: SlipCode


class Punctuality(Message):
    """How an employer pays. counted: dispatches whose pay was due in the last `days`; share: of them paid on
    time, 0 to 1; stars: the workers' mean. Both None while fewer than `least` stand behind them.
    """

    employer_id: Identifier
    days: int
    least: int
    counted: Annotated[int, Field(ge=0)]
    share: Annotated[float, Field(ge=0, le=1)] | None
    rated: Annotated[int, Field(ge=0)]
    stars: Annotated[float, Field(ge=1, le=5)] | None


# --- events -------------------------------------------------------------------------------------------
# The subject is the dispatch's id. Each carries the dispatch whole at that sequence: a consumer needs only
# the newest it has heard. It says nothing of who the worker is.


class _DispatchFacts(Facts):
    dispatch: Dispatch
    by: str


class DispatchOffered(_DispatchFacts):
    """A job is offered to somebody until `offer_expires_at`."""

    event_type: ClassVar[str] = "jobs.dispatch.offered.v1"


class DispatchAccepted(_DispatchFacts):
    """He took it, by his own word; he is bound, and so is a place at the posting."""

    event_type: ClassVar[str] = "jobs.dispatch.accepted.v1"


class DispatchDeclined(_DispatchFacts):
    """He did not want it."""

    event_type: ClassVar[str] = "jobs.dispatch.declined.v1"


class DispatchOfferExpired(_DispatchFacts):
    """The offer was not answered in time."""

    event_type: ClassVar[str] = "jobs.dispatch.offer_expired.v1"


class DispatchSent(_DispatchFacts):
    """He is on his way, with a slip in his hand."""

    event_type: ClassVar[str] = "jobs.dispatch.sent.v1"


class DispatchConfirmed(_DispatchFacts):
    """One side said that he came, or was paid; the other has not yet."""

    event_type: ClassVar[str] = "jobs.dispatch.confirmed.v1"


class DispatchArrived(_DispatchFacts):
    """Both sides say that he came."""

    event_type: ClassVar[str] = "jobs.dispatch.arrived.v1"


class DispatchWorked(_DispatchFacts):
    """The work is done; its pay is promised by `pay_promised_at`."""

    event_type: ClassVar[str] = "jobs.dispatch.worked.v1"


class DispatchPaid(_DispatchFacts):
    """Both sides say that he was paid."""

    event_type: ClassVar[str] = "jobs.dispatch.paid.v1"


class DispatchPayReminded(_DispatchFacts):
    """The promised date has passed without pay being confirmed: somebody is to ask."""

    event_type: ClassVar[str] = "jobs.dispatch.pay_reminded.v1"


class PayEvidence(Message):
    """What a claim for unpaid work rests on. steps: the dispatch's history without the office's words."""

    arrival: tuple[Confirmation, ...]
    steps: tuple[DispatchStep, ...]
    wage: Wage
    settlement: Settlement
    promised_at: Moment


class DispatchUnpaid(_DispatchFacts):
    """Not paid by the promised date nor after the reminder: a case for mediation, with its evidence."""

    event_type: ClassVar[str] = "jobs.dispatch.unpaid.v1"
    evidence: PayEvidence


class DispatchCancelled(_DispatchFacts):
    """It came to nothing before he was there, for `reason_code`."""

    event_type: ClassVar[str] = "jobs.dispatch.cancelled.v1"


class DispatchNoShow(_DispatchFacts):
    """He was sent and did not come."""

    event_type: ClassVar[str] = "jobs.dispatch.no_show.v1"


class DispatchRated(_DispatchFacts):
    """One side rated the other."""

    event_type: ClassVar[str] = "jobs.dispatch.rated.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class DispatchRef(Message):
    id: Identifier


class OffersRef(Message):
    """A posting's list. desk: the station that offers; None for the posting's own."""

    posting_id: Identifier
    desk: StationCode | None = None


class StartOffers(OffersRef):
    """Offer a posting along a list, as many at a time as hands are missing; whoever is left out of the list's
    order is left out for good. It replaces a list that runs; offers that are open stand. behind: it does not,
    and those of this one come after those who wait.
    """

    candidates: Annotated[
        tuple[Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MOST_CREW)], ...],
        Field(min_length=1, max_length=MOST_CANDIDATES),
    ]
    source: OfferSource
    behind: bool = False


class StopOffers(OffersRef):
    """Nobody more is offered the posting by itself; open offers stand."""


class OfferedNow(Message):
    """offers: those that are open, the oldest first."""

    list: OfferList
    offers: tuple[Dispatch, ...]


class AcceptDispatch(DispatchRef):
    """The worker takes it. ticket: his number of the day, with the means SLIP."""

    means: AcceptanceMeans
    ticket: TicketNumber | None = None


class CrewMemberAccepts(Message):
    id: Identifier
    means: AcceptanceMeans
    ticket: TicketNumber | None = None


class AcceptCrew(Message):
    """All of a crew take it, each by his own word, or none."""

    crew_id: Identifier
    members: Annotated[tuple[CrewMemberAccepts, ...], Field(min_length=1, max_length=MOST_CREW)]


class DispatchRows(Message):
    dispatches: tuple[Dispatch, ...]


class DeclineDispatch(DispatchRef):
    """Of a crew that is not bound yet: for all of it."""

    reason: OfficeText | None = None


class SendDispatch(DispatchRef):
    """Send him off with a slip."""


class CancelDispatch(DispatchRef):
    """Before he was there. Of a crew that was not sent yet: all of it."""

    reason: OfficeText
    reason_code: DispatchReason = DispatchReason.OTHER


class RecordNoShow(DispatchRef):
    """From the start of the work on, unless one side has said that he came."""

    reason: OfficeText


class ConfirmArrival(DispatchRef):
    """One side's word; he has arrived when both have said so."""

    side: Side
    means: ConfirmationMeans


class FinishDispatch(DispatchRef):
    """The work was done before its announced end."""


class ConfirmPay(DispatchRef):
    """One side's word; he is paid when both have said the same."""

    side: Side
    means: ConfirmationMeans
    fen: Fen
    method: PayMethod


class ConfirmBySlip(Message):
    """Both sides' word at once: the worker handed his slip over, the employer had it read. What a slip says
    is taken once.

    id: the dispatch that it is taken for, where that is known. fen, method: with a pay code.
    """

    code: SlipCode
    id: Identifier | None = None
    fen: Fen | None = None
    method: PayMethod | None = None


class ReadSlip(Message):
    """Whose slip this is; nothing is taken by it."""

    code: SlipCode


class RateDispatch(DispatchRef):
    """After the work, once for each side. The note stays in the office."""

    by_side: Side
    stars: Annotated[int, Field(ge=1, le=5)]
    note: OfficeText | None = None


class IssueSlip(DispatchRef):
    """The slip of somebody who was sent, to be printed. anew: the old one is lost and void from now on."""

    anew: bool = False


class DispatchQuery(Message):
    """Dispatches of a station and all below it, newest first. desk: those that the station itself offered,
    wherever the work is, instead. posting_id, worker_id, status: only those.
    by_name: only those whose employer asks for the same person again and again. unsettled: only those whose
    pay is followed up. after: the last id of the page before.
    """

    station: StationCode
    desk: bool = False
    posting_id: Identifier | None = None
    worker_id: Identifier | None = None
    status: DispatchStatus | None = None
    by_name: bool = False
    unsettled: bool = False
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DispatchList(Message):
    dispatches: tuple[Dispatch, ...]
    next: Identifier | None


class QueueQuery(Message):
    """Who waits for work today at a station and all below it."""

    station: StationCode


class WaitingWorker(Message):
    """Somebody who came today. number, turn: of the day; turn is None where nothing is drawn, or not yet.
    called: how often his number was. trades: the first is what he came for. dispatches: what he is offered or
    bound to today and within a day from now, the first to begin first.
    """

    worker_id: Identifier
    station: StationCode
    number: TicketNumber
    at: Moment
    turn: int | None
    called: int
    trades: tuple[str, ...]
    minor: bool
    dispatches: tuple[Dispatch, ...]


class DispatchQueue(Message):
    """workers: in the order in which they are offered work: as drawn, then as they came. drawn: whether the
    station draws its order today."""

    workers: tuple[WaitingWorker, ...]
    drawn: bool


class DispatchHistory(Message):
    steps: tuple[DispatchStep, ...]


class PunctualityOf(Message):
    employer_id: Identifier


SERVICE = "jobs"


class DispatchesRpc:
    """The methods of services/jobs that are about dispatches."""

    start_offers = Method(SERVICE, "start_offers", StartOffers, OfferedNow, command=True)
    stop_offers = Method(SERVICE, "stop_offers", StopOffers, OfferList, command=True)
    get_offers = Method(SERVICE, "get_offers", OffersRef, OfferedNow, command=False)
    accept_dispatch = Method(SERVICE, "accept_dispatch", AcceptDispatch, Dispatch, command=True)
    accept_crew = Method(SERVICE, "accept_crew", AcceptCrew, DispatchRows, command=True)
    decline_dispatch = Method(SERVICE, "decline_dispatch", DeclineDispatch, Dispatch, command=True)
    send_dispatch = Method(SERVICE, "send_dispatch", SendDispatch, DispatchSlip, command=True)
    issue_slip = Method(SERVICE, "issue_slip", IssueSlip, DispatchSlip, command=True)
    cancel_dispatch = Method(SERVICE, "cancel_dispatch", CancelDispatch, Dispatch, command=True)
    record_no_show = Method(SERVICE, "record_no_show", RecordNoShow, Dispatch, command=True)
    confirm_arrival = Method(SERVICE, "confirm_arrival", ConfirmArrival, Dispatch, command=True)
    finish_dispatch = Method(SERVICE, "finish_dispatch", FinishDispatch, Dispatch, command=True)
    confirm_pay = Method(SERVICE, "confirm_pay", ConfirmPay, Dispatch, command=True)
    confirm_by_slip = Method(SERVICE, "confirm_by_slip", ConfirmBySlip, Dispatch, command=True)
    rate_dispatch = Method(SERVICE, "rate_dispatch", RateDispatch, Dispatch, command=True)
    read_slip = Method(SERVICE, "read_slip", ReadSlip, Dispatch, command=False)
    get_dispatch = Method(SERVICE, "get_dispatch", DispatchRef, Dispatch, command=False)
    list_dispatches = Method(SERVICE, "list_dispatches", DispatchQuery, DispatchList, command=False)
    dispatch_queue = Method(SERVICE, "dispatch_queue", QueueQuery, DispatchQueue, command=False)
    dispatch_history = Method(SERVICE, "dispatch_history", DispatchRef, DispatchHistory, command=False)
    punctuality = Method(SERVICE, "punctuality", PunctualityOf, Punctuality, command=False)


# --- errors -------------------------------------------------------------------------------------------


class DispatchNotFound(YizhanError):
    """No dispatch has this id."""

    code = "jobs.dispatch_not_found"
    status = 404


class DispatchStepIllegal(YizhanError):
    """The dispatch's status does not allow this step."""

    code = "jobs.dispatch_step_illegal"
    status = 409


class OffersNotFound(YizhanError):
    """Nobody has been offered this posting along a list."""

    code = "jobs.offers_not_found"
    status = 404


class OffersRefused(YizhanError):
    """The posting is not one that hands are missing at now."""

    code = "jobs.offers_refused"
    status = 409


class WorkerNotFound(YizhanError):
    """Nobody who looks for work has this id; `worker_ids` tells which (a new one is known here soon)."""

    code = "jobs.worker_not_found"
    status = 404
    retryable = True


class CandidateTwice(YizhanError):
    """A list names somebody twice, or in two crews."""

    code = "jobs.candidate_twice"
    status = 422


class OfferExpired(YizhanError):
    """The offer's time is over."""

    code = "jobs.offer_expired"
    status = 409


class AcceptanceNotHisOwn(YizhanError):
    """Only the worker's own word binds him: his signature, his number of the day, or his own session."""

    code = "jobs.acceptance_not_his_own"
    status = 403


class WorkerBusy(YizhanError):
    """The worker is bound to another job at that time; `dispatch_id` tells which."""

    code = "jobs.worker_busy"
    status = 409


class HandsTaken(YizhanError):
    """All hands that the posting wants are bound."""

    code = "jobs.hands_taken"
    status = 409


class CrewIncomplete(YizhanError):
    """A crew takes a job with all of its members, or not at all."""

    code = "jobs.crew_incomplete"
    status = 409


class ConfirmedAlready(YizhanError):
    """This side has said so already."""

    code = "jobs.confirmed_already"
    status = 409


class PayDisagrees(YizhanError):
    """The two sides say different sums or ways of pay; `fen` and `method` tell what the other said."""

    code = "jobs.pay_disagrees"
    status = 409


class PayNotTold(YizhanError):
    """A pay slip is confirmed with what was paid, and how."""

    code = "jobs.pay_not_told"
    status = 422


class SlipUnreadable(YizhanError):
    """No slip of this system says this: it was altered or made up."""

    code = "jobs.slip_altered"
    status = 422


class SlipSpent(YizhanError):
    """What this slip says was taken once already; `used_at` tells when."""

    code = "jobs.slip_spent"
    status = 409


class SlipVoid(YizhanError):
    """The slip was replaced, or its dispatch came to nothing."""

    code = "jobs.slip_void"
    status = 409


class SlipForeign(YizhanError):
    """The slip belongs to another dispatch."""

    code = "jobs.slip_foreign"
    status = 409


class RatedAlready(YizhanError):
    """This side has rated already."""

    code = "jobs.rated_already"
    status = 409


class TakenBelowDispatches(YizhanError):
    """More hands are bound by dispatches than this; `bound` tells how many."""

    code = "jobs.taken_below_dispatches"
    status = 409
