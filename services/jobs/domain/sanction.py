"""Sanctions against employers: imposed, appealed against once, decided, lifted, run out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.jobs.domain.employer import Decision, Outcome, Step, after, require_status, told
from yizhan.contracts.actor import SYSTEM, Actor, Role
from yizhan.contracts.employers import Employer, EmployerStatus, SanctionKind
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.sanctions import (
    Appeal,
    AppealDecision,
    EmployerSanctionAppealed,
    EmployerSanctioned,
    EmployerSanctionEnded,
    EmployerSanctionUpheld,
    Sanction,
    SanctionEmployer,
    SanctionEnd,
    SanctionEndsInThePast,
    SanctionStepIllegal,
)

#: From the mildest to the gravest.
_GRAVITY = (SanctionKind.WARNED, SanctionKind.SUSPENDED, SanctionKind.BLACKLISTED)

SanctionDecision = tuple[Sanction, Decision]


def gravest(running: Iterable[Sanction]) -> SanctionKind | None:
    """The sanction that an employer stands under."""
    return max((sanction.kind for sanction in running), key=_GRAVITY.index, default=None)


def impose(
    employer: Employer,
    request: SanctionEmployer,
    running: Iterable[Sanction],
    *,
    id: str,
    now: datetime,
    by: Actor,
) -> SanctionDecision:
    """A sanction in force from now on. running: those that are in force already.

    Raises EmployerStepIllegal, SanctionEndsInThePast; NotAllowed when a station's staff blacklist, which
    binds the whole county.
    """
    require_status(employer, Step.SANCTION, EmployerStatus.ACTIVE)
    if request.kind is SanctionKind.BLACKLISTED:
        _require_county(by)
    if request.ends_at is not None and request.ends_at <= now:
        raise SanctionEndsInThePast(
            "a sanction ends in the future, or when it is lifted", ends_at=request.ends_at.isoformat()
        )
    sanction = Sanction(
        id=id,
        employer_id=employer.id,
        station=employer.station,
        kind=request.kind,
        reason=request.reason,
        by=by.id,
        began_at=now,
        ends_at=request.ends_at,
    )
    sanctioned = after(employer, sanction=gravest((*running, sanction)))
    facts = EmployerSanctioned(
        employer=told(sanctioned), sanction_id=id, kind=sanction.kind, ends_at=sanction.ends_at, by=by.id
    )
    outcome = Outcome(Step.SANCTION, by.id, now, facts, reason=request.reason, detail=sanction.kind.value)
    return sanction, (sanctioned, outcome)


def appeal(
    employer: Employer, sanction: Sanction, *, text: str, now: datetime, by: Actor
) -> SanctionDecision:
    """The employer's objection, as staff wrote it down. Raises SanctionStepIllegal."""
    _require_running(sanction, Step.APPEAL)
    if sanction.appeal is not None:
        raise _illegal(sanction, Step.APPEAL, "a sanction is appealed against once")
    lodged = _after(sanction, appeal=Appeal(text=text, lodged_at=now, lodged_by=by.id))
    heard = after(employer)
    facts = EmployerSanctionAppealed(employer=told(heard), sanction_id=sanction.id, by=by.id)
    outcome = Outcome(Step.APPEAL, by.id, now, facts, reason=text, detail=sanction.kind.value)
    return lodged, (heard, outcome)


def decide_appeal(
    employer: Employer,
    sanction: Sanction,
    others: Iterable[Sanction],
    *,
    decision: AppealDecision,
    reason: str,
    now: datetime,
    by: Actor,
) -> SanctionDecision:
    """The county's word. others: the other sanctions in force. Raises SanctionStepIllegal, NotAllowed."""
    _require_county(by)
    _require_running(sanction, Step.DECIDE_APPEAL)
    if sanction.appeal is None or sanction.appeal.decision is not None:
        raise _illegal(sanction, Step.DECIDE_APPEAL, "no appeal waits for a decision")
    decided = sanction.appeal.model_copy(
        update={"decision": decision, "decided_at": now, "decided_by": by.id, "decision_reason": reason}
    )
    if decision is AppealDecision.LIFTED:
        heard = _after(sanction, appeal=decided)
        return _end(employer, heard, others, SanctionEnd.APPEAL_GRANTED, reason=reason, now=now, by=by)
    upheld = after(employer)
    facts = EmployerSanctionUpheld(employer=told(upheld), sanction_id=sanction.id, by=by.id)
    outcome = Outcome(Step.DECIDE_APPEAL, by.id, now, facts, reason=reason, detail=decision.value)
    return _after(sanction, appeal=decided), (upheld, outcome)


def lift(
    employer: Employer,
    sanction: Sanction,
    others: Iterable[Sanction],
    *,
    reason: str,
    now: datetime,
    by: Actor,
) -> SanctionDecision:
    """The county takes it back. Raises SanctionStepIllegal, NotAllowed."""
    _require_county(by)
    _require_running(sanction, Step.END_SANCTION)
    return _end(employer, sanction, others, SanctionEnd.LIFTED, reason=reason, now=now, by=by)


def run_out(
    employer: Employer, sanction: Sanction, others: Iterable[Sanction], *, now: datetime
) -> SanctionDecision:
    """Its time is over. Raises SanctionStepIllegal, also before that time."""
    _require_running(sanction, Step.END_SANCTION)
    if not has_run_out(sanction, now=now):
        raise _illegal(sanction, Step.END_SANCTION, "the sanction's time is not over")
    return _end(employer, sanction, others, SanctionEnd.RAN_OUT, reason=None, now=now, by=SYSTEM)


def has_run_out(sanction: Sanction, *, now: datetime) -> bool:
    """Whether it is in force still though its time is over."""
    return sanction.ended_at is None and sanction.ends_at is not None and sanction.ends_at <= now


def _end(
    employer: Employer,
    sanction: Sanction,
    others: Iterable[Sanction],
    end: SanctionEnd,
    *,
    reason: str | None,
    now: datetime,
    by: Actor,
) -> SanctionDecision:
    ended = _after(sanction, ended_at=now, end=end, ended_by=by.id, end_reason=reason)
    freed = after(employer, sanction=gravest(others))
    facts = EmployerSanctionEnded(
        employer=told(freed), sanction_id=sanction.id, kind=sanction.kind, end=end, by=by.id
    )
    outcome = Outcome(Step.END_SANCTION, by.id, now, facts, reason=reason, detail=end.value)
    return ended, (freed, outcome)


def _require_county(actor: Actor) -> None:
    if actor.role not in (Role.COUNTY_ADMIN, Role.SYSTEM):
        raise NotAllowed("this is for the county's administrators", role=actor.role.value)


def _require_running(sanction: Sanction, step: Step) -> None:
    if sanction.ended_at is not None:
        raise _illegal(sanction, step, "the sanction has ended")


def _illegal(sanction: Sanction, step: Step, detail: str) -> SanctionStepIllegal:
    return SanctionStepIllegal(detail, sanction_id=sanction.id, step=step.value)


def _after(sanction: Sanction, **changes: Any) -> Sanction:
    return sanction.model_copy(update=changes)
