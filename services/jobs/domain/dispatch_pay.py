"""What follows the work: pay promised, confirmed by both sides, reminded of, missed; each side's rating."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.jobs.domain import dispatch as life
from services.jobs.domain.dispatch import Decision, Outcome, Step, confirmed, moved, require_legal
from services.jobs.domain.dispatch_rules import DispatchRules
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.dispatches import (
    ConfirmationMeans,
    Dispatch,
    DispatchConfirmed,
    DispatchPaid,
    DispatchPayReminded,
    DispatchRated,
    DispatchStatus,
    DispatchStep,
    DispatchUnpaid,
    DispatchWorked,
    Pay,
    PayDisagrees,
    PayEvidence,
    PayMethod,
    RatedAlready,
    Rating,
    Side,
)
from yizhan.contracts.envelope import Facts

_S = DispatchStatus


def finish(dispatch: Dispatch, *, now: datetime, by: Actor, rules: DispatchRules) -> Decision:
    """The work is done, at the latest when its time is over; from now on he is free, and pay is promised.

    Raises DispatchStepIllegal.
    """
    require_legal(dispatch, Step.FINISH)
    worked_at = min(now, dispatch.ends_at)
    # It ends after it starts even where everything was said at once.
    ends_at = max(worked_at, dispatch.starts_at)
    after = moved(
        dispatch,
        _S.WORKED,
        worked_at=worked_at,
        ends_at=ends_at,
        pay_promised_at=rules.pay_promised_at(dispatch.settlement, ends_at),
    )
    return after, Outcome(Step.FINISH, by.id, now, DispatchWorked(dispatch=after, by=by.id))


def confirm_pay(
    dispatch: Dispatch,
    *,
    sides: tuple[Side, ...],
    means: ConfirmationMeans,
    fen: int,
    method: PayMethod,
    now: datetime,
    by: Actor,
) -> Decision:
    """What one side says of his pay, or both at once. Pay that was given up is taken still.

    Raises DispatchStepIllegal, ConfirmedAlready, PayDisagrees.
    """
    require_legal(dispatch, Step.CONFIRM_PAY)
    before = dispatch.pay
    if before is not None and (before.fen, before.method) != (fen, method):
        raise PayDisagrees(
            "the other side says something else",
            dispatch_id=dispatch.id,
            fen=before.fen,
            method=before.method.value,
        )
    said = confirmed(
        dispatch,
        () if before is None else before.confirmations,
        sides=sides,
        means=means,
        now=now,
        by=by,
    )
    pay = Pay(fen=fen, method=method, confirmations=said)
    if len(said) < len(Side):
        after = moved(dispatch, dispatch.status, pay=pay)
        facts: Facts = DispatchConfirmed(dispatch=after, by=by.id)
    else:
        on_time = dispatch.pay_promised_at is None or now <= dispatch.pay_promised_at
        after = moved(dispatch, _S.PAID, pay=pay, paid_at=now, on_time=on_time)
        facts = DispatchPaid(dispatch=after, by=by.id)
    return after, Outcome(Step.CONFIRM_PAY, by.id, now, facts, means=means.value)


def remind(dispatch: Dispatch, *, now: datetime) -> Decision:
    """The promised date has passed. Raises DispatchStepIllegal."""
    require_legal(dispatch, Step.REMIND)
    after = moved(dispatch, _S.WORKED, reminded_at=now, on_time=False)
    facts = DispatchPayReminded(dispatch=after, by=SYSTEM.id)
    return after, Outcome(Step.REMIND, SYSTEM.id, now, facts)


def give_up(dispatch: Dispatch, steps: Sequence[DispatchStep], *, now: datetime) -> Decision:
    """Not paid after the reminder either. steps: its history so far. Raises DispatchStepIllegal."""
    require_legal(dispatch, Step.GIVE_UP)
    after = moved(dispatch, _S.UNPAID, unpaid_at=now, on_time=False)
    evidence = PayEvidence(
        arrival=dispatch.arrival,
        steps=tuple(step.model_copy(update={"reason": None}) for step in steps),
        wage=dispatch.wage,
        settlement=dispatch.settlement,
        promised_at=dispatch.pay_promised_at or now,
    )
    facts = DispatchUnpaid(dispatch=after, by=SYSTEM.id, evidence=evidence)
    return after, Outcome(Step.GIVE_UP, SYSTEM.id, now, facts)


def rate(
    dispatch: Dispatch, *, by_side: Side, stars: int, note: str | None, now: datetime, by: Actor
) -> Decision:
    """One side's word on the other. Raises DispatchStepIllegal, RatedAlready."""
    require_legal(dispatch, Step.RATE)
    if any(one.by_side is by_side for one in dispatch.ratings):
        raise RatedAlready("this side has rated already", dispatch_id=dispatch.id, by_side=by_side.value)
    rating = Rating(by_side=by_side, stars=stars, at=now)
    after = moved(dispatch, dispatch.status, ratings=(*dispatch.ratings, rating))
    return after, Outcome(
        Step.RATE, by.id, now, DispatchRated(dispatch=after, by=by.id), reason=note, means=by_side.value
    )


def due_at(dispatch: Dispatch, rules: DispatchRules) -> datetime | None:
    """When something happens to it by itself; None for one that waits for people, or has ended."""
    match dispatch.status:
        case _S.OFFERED:
            return dispatch.offer_expires_at
        case _S.ARRIVED:
            return dispatch.ends_at
        case _S.WORKED if dispatch.reminded_at is None:
            return dispatch.pay_promised_at
        case _S.WORKED if dispatch.reminded_at is not None:
            return rules.unpaid_at(dispatch.reminded_at)
        case _:
            return None


def what_is_due(
    dispatch: Dispatch, steps: Sequence[DispatchStep], *, now: datetime, rules: DispatchRules
) -> Decision | None:
    """What the clock does to it at this moment; None when nothing. steps: its history so far."""
    due = due_at(dispatch, rules)
    if due is None or due > now:
        return None
    if dispatch.status is _S.OFFERED:
        return life.expire(dispatch, now=now)
    if dispatch.status is _S.ARRIVED:
        return finish(dispatch, now=now, by=SYSTEM, rules=rules)
    if dispatch.reminded_at is None:
        return remind(dispatch, now=now)
    return give_up(dispatch, steps, now=now)
