"""A dispatch's life up to the work: offered, accepted, sent, arrived; or it came to nothing.

Every decision is (dispatch after, what happened); none of them reads or writes anything. What binds, the
headcount and a worker's other jobs, is in `dispatch_binding`; what follows the work is in `dispatch_pay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.jobs.domain.dispatch_rules import DispatchRules
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.dispatches import (
    Acceptance,
    AcceptanceMeans,
    AcceptanceNotHisOwn,
    Confirmation,
    ConfirmationMeans,
    ConfirmedAlready,
    Dispatch,
    DispatchAccepted,
    DispatchArrived,
    DispatchCancelled,
    DispatchConfirmed,
    DispatchDeclined,
    DispatchNoShow,
    DispatchOffered,
    DispatchOfferExpired,
    DispatchReason,
    DispatchSent,
    DispatchStatus,
    DispatchStepIllegal,
    OfferExpired,
    OfferSource,
    Side,
)
from yizhan.contracts.envelope import Facts
from yizhan.contracts.jobs import Posting


class Step(StrEnum):
    """What can be done with a dispatch, as its history names it."""

    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    SEND = "send"
    CONFIRM_ARRIVAL = "confirm_arrival"
    NO_SHOW = "no_show"
    CANCEL = "cancel"
    FINISH = "finish"
    REMIND = "remind"
    CONFIRM_PAY = "confirm_pay"
    GIVE_UP = "give_up"
    RATE = "rate"


_S = DispatchStatus

#: Statuses in which a worker is bound, and a place at the posting with him.
BINDING = frozenset({_S.ACCEPTED, _S.DISPATCHED, _S.ARRIVED, _S.WORKED, _S.PAID, _S.UNPAID})
#: Statuses out of which people are released when the job comes to nothing: they are not there yet.
RELEASED = frozenset({_S.OFFERED, _S.ACCEPTED, _S.DISPATCHED})
#: Whose pay is followed up.
UNSETTLED = frozenset({_S.WORKED, _S.UNPAID})
#: The work is behind them, so that each side may rate.
AFTER_WORK = frozenset({_S.WORKED, _S.PAID, _S.UNPAID})

#: The state machine: statuses that a step is legal in.
SOURCES: Mapping[Step, frozenset[DispatchStatus]] = MappingProxyType(
    {
        Step.OFFER: frozenset(),
        Step.ACCEPT: frozenset({_S.OFFERED}),
        Step.DECLINE: frozenset({_S.OFFERED}),
        Step.EXPIRE: frozenset({_S.OFFERED}),
        Step.SEND: frozenset({_S.ACCEPTED}),
        Step.CONFIRM_ARRIVAL: frozenset({_S.DISPATCHED}),
        Step.NO_SHOW: frozenset({_S.ACCEPTED, _S.DISPATCHED}),
        Step.CANCEL: RELEASED,
        Step.FINISH: frozenset({_S.ARRIVED}),
        Step.REMIND: frozenset({_S.WORKED}),
        Step.CONFIRM_PAY: UNSETTLED,
        Step.GIVE_UP: frozenset({_S.WORKED}),
        Step.RATE: AFTER_WORK,
    }
)


@dataclass(frozen=True)
class Outcome:
    """What happened in one step: the history's line and the event's facts.

    reason: why, in somebody's words; it stays in the office. means: how it was made sure of.
    """

    step: Step
    by: str
    at: datetime
    facts: Facts
    reason: str | None = None
    means: str | None = None


Decision = tuple[Dispatch, Outcome]


@dataclass(frozen=True)
class Turn:
    """Whose turn it is. crew_id: with whom he comes. times: how often the employer asked for him by name."""

    worker_id: str
    desk: str
    source: OfferSource
    ticket: str | None = None
    crew_id: str | None = None
    by_name_times: int | None = None


def offer(
    posting: Posting, turn: Turn, *, id: str, now: datetime, by: Actor, rules: DispatchRules
) -> Decision:
    """A job offered to somebody, for as long as offers stand and not past its start."""
    terms = posting.terms
    dispatch = Dispatch(
        id=id,
        posting_id=posting.id,
        employer_id=posting.employer_id,
        employer_name=posting.employer_name,
        station=posting.station,
        desk=turn.desk,
        worker_id=turn.worker_id,
        ticket=turn.ticket,
        crew_id=turn.crew_id,
        trade=terms.trade,
        place=terms.place,
        wage=terms.wage,
        settlement=terms.settlement,
        starts_at=terms.starts_at,
        ends_at=rules.bound_until(terms),
        status=_S.OFFERED,
        source=turn.source,
        by_name_times=turn.by_name_times,
        by_name_recurs=(turn.by_name_times or 0) >= rules.by_name_times,
        offered_at=now,
        offer_expires_at=min(now + rules.offer_stands, posting.expires_at),
        sequence=1,
    )
    return dispatch, Outcome(Step.OFFER, by.id, now, DispatchOffered(dispatch=dispatch, by=by.id))


def accept(
    dispatch: Dispatch, *, means: AcceptanceMeans, ticket: str | None, now: datetime, by: Actor
) -> Decision:
    """The worker's own word. Raises DispatchStepIllegal, OfferExpired, AcceptanceNotHisOwn."""
    require_legal(dispatch, Step.ACCEPT)
    if dispatch.offer_expires_at <= now:
        raise OfferExpired(
            "the offer's time is over",
            dispatch_id=dispatch.id,
            offer_expires_at=dispatch.offer_expires_at.isoformat(),
        )
    _require_his_own(dispatch, means, ticket, by)
    acceptance = Acceptance(means=means, by=by.id, at=now)
    after = moved(dispatch, _S.ACCEPTED, acceptance=acceptance)
    facts = DispatchAccepted(dispatch=after, by=by.id)
    return after, Outcome(Step.ACCEPT, by.id, now, facts, means=means.value)


def _require_his_own(dispatch: Dispatch, means: AcceptanceMeans, ticket: str | None, by: Actor) -> None:
    if means is AcceptanceMeans.SIGNATURE:
        return
    if means is AcceptanceMeans.SLIP and ticket is not None and ticket == dispatch.ticket:
        return
    # A session is his own when it says that it is he.
    if means is AcceptanceMeans.PHONE and by.id == dispatch.worker_id:
        return
    raise AcceptanceNotHisOwn(
        "only the worker's own word binds him", dispatch_id=dispatch.id, means=means.value
    )


def decline(
    dispatch: Dispatch,
    *,
    now: datetime,
    by: Actor,
    reason: str | None,
    code: DispatchReason = DispatchReason.DECLINED,
) -> Decision:
    """The worker does not want it. Raises DispatchStepIllegal."""
    require_legal(dispatch, Step.DECLINE)
    after = moved(dispatch, _S.DECLINED, ended_at=now, reason_code=code)
    facts = DispatchDeclined(dispatch=after, by=by.id)
    return after, Outcome(Step.DECLINE, by.id, now, facts, reason=reason)


def expire(dispatch: Dispatch, *, now: datetime) -> Decision:
    """The offer was not answered in time. Raises DispatchStepIllegal, also before that time."""
    require_legal(dispatch, Step.EXPIRE)
    if dispatch.offer_expires_at > now:
        raise _illegal(dispatch, Step.EXPIRE, "the offer stands still")
    after = moved(dispatch, _S.EXPIRED, ended_at=now, reason_code=DispatchReason.NOT_ANSWERED)
    facts = DispatchOfferExpired(dispatch=after, by=SYSTEM.id)
    return after, Outcome(Step.EXPIRE, SYSTEM.id, now, facts)


def send(dispatch: Dispatch, *, now: datetime, by: Actor) -> Decision:
    """He goes, with a slip. Raises DispatchStepIllegal."""
    require_legal(dispatch, Step.SEND)
    after = moved(dispatch, _S.DISPATCHED, dispatched_at=now)
    return after, Outcome(Step.SEND, by.id, now, DispatchSent(dispatch=after, by=by.id))


def confirm_arrival(
    dispatch: Dispatch, *, sides: tuple[Side, ...], means: ConfirmationMeans, now: datetime, by: Actor
) -> Decision:
    """What one side says of his coming, or both at once. Raises DispatchStepIllegal, ConfirmedAlready."""
    require_legal(dispatch, Step.CONFIRM_ARRIVAL)
    said = confirmed(dispatch, dispatch.arrival, sides=sides, means=means, now=now, by=by)
    if len(said) < len(Side):
        after = moved(dispatch, _S.DISPATCHED, arrival=said)
        facts: Facts = DispatchConfirmed(dispatch=after, by=by.id)
    else:
        after = moved(dispatch, _S.ARRIVED, arrival=said, arrived_at=now)
        facts = DispatchArrived(dispatch=after, by=by.id)
    return after, Outcome(Step.CONFIRM_ARRIVAL, by.id, now, facts, means=means.value)


def confirmed(
    dispatch: Dispatch,
    before: tuple[Confirmation, ...],
    *,
    sides: tuple[Side, ...],
    means: ConfirmationMeans,
    now: datetime,
    by: Actor,
) -> tuple[Confirmation, ...]:
    """The confirmations with those of some sides. Both at once complete what one has said before.

    Raises ConfirmedAlready when that adds nothing.
    """
    known = {one.side for one in before}
    added = tuple(
        Confirmation(side=side, means=means, by=by.id, at=now) for side in sides if side not in known
    )
    if not added:
        raise ConfirmedAlready(
            "this side has said so already", dispatch_id=dispatch.id, side=[side.value for side in sides]
        )
    return before + added


def no_show(dispatch: Dispatch, *, now: datetime, by: Actor, reason: str) -> Decision:
    """He did not come. Raises DispatchStepIllegal: before the start, or when a side says that he did."""
    require_legal(dispatch, Step.NO_SHOW)
    if dispatch.arrival:
        raise _illegal(dispatch, Step.NO_SHOW, "a side has said that he came")
    if dispatch.starts_at > now:
        raise _illegal(dispatch, Step.NO_SHOW, "the work has not begun")
    after = moved(dispatch, _S.NO_SHOW, ended_at=now, reason_code=DispatchReason.DID_NOT_COME)
    facts = DispatchNoShow(dispatch=after, by=by.id)
    return after, Outcome(Step.NO_SHOW, by.id, now, facts, reason=reason)


def cancel(
    dispatch: Dispatch, *, now: datetime, by: Actor, code: DispatchReason, reason: str | None = None
) -> Decision:
    """It comes to nothing before he is there. Raises DispatchStepIllegal."""
    require_legal(dispatch, Step.CANCEL)
    after = moved(dispatch, _S.CANCELLED, ended_at=now, reason_code=code)
    facts = DispatchCancelled(dispatch=after, by=by.id)
    return after, Outcome(Step.CANCEL, by.id, now, facts, reason=reason)


def require_legal(dispatch: Dispatch, step: Step) -> None:
    """Raises DispatchStepIllegal unless the status allows the step."""
    if dispatch.status not in SOURCES[step]:
        raise _illegal(dispatch, step, f"a dispatch that is {dispatch.status} cannot {step}")


def _illegal(dispatch: Dispatch, step: Step, detail: str) -> DispatchStepIllegal:
    return DispatchStepIllegal(
        detail,
        dispatch_id=dispatch.id,
        status=dispatch.status.value,
        step=step.value,
        allowed=[one.value for one in Step if dispatch.status in SOURCES[one]],
    )


def moved(dispatch: Dispatch, status: DispatchStatus, **changes: Any) -> Dispatch:
    """The dispatch one sequence on."""
    # Every value here has been validated already, so the copy is not validated again.
    return dispatch.model_copy(update={**changes, "status": status, "sequence": dispatch.sequence + 1})
