"""Start-up support (创业指导): consultations, and cases with licence, guaranteed loan and subsidy."""

from __future__ import annotations

from datetime import date

from services.seekers.domain.support import happened_on, illegal
from yizhan.contracts.start_ups import (
    Money,
    MoneyStatus,
    OpenStartUp,
    RecordConsultation,
    StartUp,
    StartUpConsultation,
    StartUpStatus,
    StartUpStep,
    TakeStartUpStep,
)

_Step = StartUpStep

#: Which of a case's two moneys a step is about, from where, and to where.
MONEY_STEPS: dict[StartUpStep, tuple[str, frozenset[MoneyStatus], MoneyStatus]] = {
    step: (field, before, after)
    for field, apply, grant, refuse in (
        ("loan", _Step.APPLY_FOR_LOAN, _Step.GRANT_LOAN, _Step.REFUSE_LOAN),
        ("subsidy", _Step.APPLY_FOR_SUBSIDY, _Step.GRANT_SUBSIDY, _Step.REFUSE_SUBSIDY),
    )
    for step, before, after in (
        (apply, frozenset({MoneyStatus.NONE, MoneyStatus.REFUSED}), MoneyStatus.APPLIED),
        (grant, frozenset({MoneyStatus.APPLIED}), MoneyStatus.GRANTED),
        (refuse, frozenset({MoneyStatus.APPLIED}), MoneyStatus.REFUSED),
    )
}


def consult(
    request: RecordConsultation, *, id: str, station: str, today: date, by: str
) -> StartUpConsultation:
    """A consultation that was held. Raises SupportDayInvalid."""
    return StartUpConsultation(
        id=id,
        seeker_id=request.id,
        station=station,
        held_on=happened_on(request.held_on, today=today),
        topic=request.topic,
        note=request.note,
        by=by,
    )


def open_case(request: OpenStartUp, *, id: str, station: str, today: date, by: str) -> StartUp:
    """A new case."""
    return StartUp(
        id=id,
        seeker_id=request.id,
        station=station,
        state=StartUpStatus.PREPARING,
        opened_on=today,
        business=request.business,
        by=by,
        sequence=1,
    )


def take_step(current: StartUp, request: TakeStartUpStep, *, today: date) -> StartUp:
    """The case after a step. A subsidy is for a business that has its licence; what was applied for while the
    case was open may be decided once it is closed. Raises SupportStepIllegal, SupportDayInvalid."""
    step = request.step
    day = happened_on(request.on, today=today, since=current.opened_on)
    if step in MONEY_STEPS:
        return _next(current, request.note, **_money(current, step, day, request.fen))
    if step is _Step.LICENSE:
        if current.state is not StartUpStatus.PREPARING:
            raise illegal(current, step.value)
        licensed = {"state": StartUpStatus.LICENSED, "licence": request.licence, "licensed_on": day}
        return _next(current, request.note, **licensed)
    if current.state is StartUpStatus.CLOSED:
        raise illegal(current, step.value)
    return _next(current, request.note, state=StartUpStatus.CLOSED, closed_on=day)


def forget_consultation(current: StartUpConsultation) -> StartUpConsultation:
    """The consultation without its words."""
    return current.model_copy(update={"note": None, "sequence": current.sequence + 1})


def forget_case(current: StartUp, *, today: date) -> StartUp:
    """The case without its words; one that was not closed ends with it."""
    closed = {} if current.state is StartUpStatus.CLOSED else {"closed_on": today}
    forgotten = {"business": None, "note": None, "state": StartUpStatus.CLOSED, **closed}
    return current.model_copy(update={**forgotten, "sequence": current.sequence + 1})


def _money(current: StartUp, step: StartUpStep, day: date, fen: int | None) -> dict[str, Money]:
    field, before, after = MONEY_STEPS[step]
    money: Money = getattr(current, field)
    applies = after is MoneyStatus.APPLIED
    needs_licence = applies and field == "subsidy" and current.licensed_on is None
    if money.state not in before or needs_licence or (applies and current.state is StartUpStatus.CLOSED):
        raise illegal(current, step.value)
    since = current.licensed_on if field == "subsidy" else None
    happened_on(day, today=day, since=max(filter(None, (money.on, since)), default=None))
    return {field: Money(state=after, fen=money.fen if fen is None else fen, on=day)}


def _next(current: StartUp, note: str | None, **changes: object) -> StartUp:
    return current.model_copy(
        update={"note": note or current.note, **changes, "sequence": current.sequence + 1}
    )
