"""A fair's life: planned, announced, held, closed or cancelled.

Every decision is (fair now, fair after, what happened); none of them reads or writes anything. What employers
do at a fair is in `fair_attendance`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.jobs.domain.fair_rules import AHEAD, FairRules, check_period, day_begins, near_from
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.envelope import Facts
from yizhan.contracts.fairs import (
    AmendFair,
    Attendance,
    BoothsInUse,
    Fair,
    FairAmended,
    FairAnnounced,
    FairCancelled,
    FairChanged,
    FairClosed,
    FairCounts,
    FairEmployer,
    FairEnded,
    FairFellShort,
    FairHeld,
    FairPlanned,
    FairReach,
    FairStatus,
    FairStepIllegal,
    FairSummary,
    PlanFair,
    RecordFairReach,
)


class Step(StrEnum):
    """What can be done to a fair, as its history names it."""

    PLAN = "plan"
    AMEND = "amend"
    ANNOUNCE = "announce"
    HOLD = "hold"
    CLOSE = "close"
    CANCEL = "cancel"
    END = "end"
    WARN = "warn"
    REACH = "reach"
    INVITE = "invite"
    CONFIRM = "confirm"
    DECLINE = "decline"
    CHECK_IN = "check_in"
    POSTINGS = "postings"
    INTENTS = "intents"


_S = FairStatus
_AHEAD = frozenset(AHEAD)
_OPEN = _AHEAD | {_S.HELD}
_TOOK_PLACE = frozenset({_S.HELD, _S.CLOSED})

#: The statuses that each step is legal in. Nothing comes before a plan.
SOURCES: Mapping[Step, frozenset[FairStatus]] = MappingProxyType(
    {
        Step.PLAN: frozenset(),
        Step.AMEND: _AHEAD,
        Step.ANNOUNCE: frozenset({_S.PLANNED}),
        Step.HOLD: frozenset({_S.ANNOUNCED}),
        Step.CLOSE: frozenset({_S.HELD}),
        Step.CANCEL: _AHEAD,
        Step.END: frozenset({_S.ANNOUNCED, _S.HELD}),
        Step.WARN: _AHEAD,
        # Figures are counted up after the doors have closed.
        Step.REACH: _TOOK_PLACE,
        Step.INVITE: _OPEN,
        Step.CONFIRM: _OPEN,
        Step.DECLINE: _OPEN,
        Step.CHECK_IN: frozenset({_S.HELD}),
        Step.POSTINGS: _OPEN | {_S.CLOSED},
        Step.INTENTS: _TOOK_PLACE,
    }
)


@dataclass(frozen=True)
class Outcome:
    """What happened in one step: the history's line and the event's facts. employer_id: whom it is about."""

    step: Step
    by: str
    at: datetime
    facts: Facts
    employer_id: str | None = None
    reason: str | None = None


Decision = tuple[Fair, Outcome]


def plan(request: PlanFair, *, id: str, now: datetime, by: Actor, rules: FairRules) -> Decision:
    """A new fair. Raises FairPeriodInvalid."""
    check_period(request.plan, rules, now=now)
    fair = Fair(
        id=id,
        station=request.station,
        status=FairStatus.PLANNED,
        plan=request.plan,
        created_at=now,
        sequence=1,
    )
    return fair, Outcome(Step.PLAN, by.id, now, FairPlanned(fair=fair, by=by.id))


def amend(fair: Fair, request: AmendFair, *, now: datetime, by: Actor, rules: FairRules) -> Decision:
    """The fair with another plan. Raises FairChanged, FairStepIllegal, FairPeriodInvalid, BoothsInUse."""
    if request.expected_sequence is not None and request.expected_sequence != fair.sequence:
        raise FairChanged(
            "the fair has changed since it was read",
            fair_id=fair.id,
            sequence=fair.sequence,
            expected_sequence=request.expected_sequence,
        )
    require_legal(fair, Step.AMEND, now)
    check_period(request.plan, rules, now=now)
    held = [one.booth for one in fair.employers if one.booth is not None]
    if held and max(held) > request.plan.booths:
        raise BoothsInUse(
            "a booth that is given away cannot be planned away",
            fair_id=fair.id,
            booths=request.plan.booths,
            highest_held=max(held),
        )
    # A fair that was put off is warned of anew.
    warned_at = None if now < near_from(request.plan, rules) else fair.warned_at
    after = following(fair, plan=request.plan, warned_at=warned_at, ended_at=None)
    return after, Outcome(Step.AMEND, by.id, now, FairAmended(fair=after, by=by.id))


def announce(fair: Fair, *, now: datetime, by: Actor) -> Decision:
    """The fair goes on the screens. Raises FairStepIllegal, also once its time is over."""
    require_legal(fair, Step.ANNOUNCE, now)
    after = following(fair, status=FairStatus.ANNOUNCED, announced_at=now)
    return after, Outcome(Step.ANNOUNCE, by.id, now, FairAnnounced(fair=after, by=by.id))


def hold(fair: Fair, *, now: datetime, by: Actor) -> Decision:
    """The fair begins. Raises FairStepIllegal, also before its day."""
    require_legal(fair, Step.HOLD, now)
    after = following(fair, status=FairStatus.HELD, held_at=now)
    return after, Outcome(Step.HOLD, by.id, now, FairHeld(fair=after, by=by.id))


def close(fair: Fair, *, now: datetime, by: Actor) -> Decision:
    """The fair is over: who confirmed and did not come was absent. Raises FairStepIllegal."""
    require_legal(fair, Step.CLOSE, now)
    after = following(
        fair,
        status=FairStatus.CLOSED,
        closed_at=now,
        employers=tuple(
            one.model_copy(update={"attendance": Attendance.ABSENT, "booth": None})
            if one.attendance is Attendance.CONFIRMED
            else one
            for one in fair.employers
        ),
    )
    return after, Outcome(Step.CLOSE, by.id, now, FairClosed(fair=after, by=by.id))


def cancel(fair: Fair, *, now: datetime, by: Actor, reason: str) -> Decision:
    """The fair does not take place. Raises FairStepIllegal."""
    require_legal(fair, Step.CANCEL, now)
    after = following(fair, status=FairStatus.CANCELLED, cancelled_because=reason)
    return after, Outcome(Step.CANCEL, by.id, now, FairCancelled(fair=after, by=by.id), reason=reason)


def end(fair: Fair, *, now: datetime, by: Actor = SYSTEM) -> Decision:
    """The announced time is over. Raises FairStepIllegal, also before that time."""
    require_legal(fair, Step.END, now)
    after = following(fair, ended_at=now)
    return after, Outcome(Step.END, by.id, now, FairEnded(fair=after, by=by.id))


def warn(fair: Fair, *, now: datetime, rules: FairRules, by: Actor = SYSTEM) -> Decision:
    """Too few have confirmed. Raises FairStepIllegal when that was told, or is not so."""
    if not is_to_be_warned_of(fair, rules, now=now):
        raise _illegal(fair, Step.WARN)
    after = following(fair, warned_at=now)
    facts = FairFellShort(fair=after, by=by.id, confirmed=fair.counts.confirmed, least=rules.least_employers)
    return after, Outcome(Step.WARN, by.id, now, facts)


def record_reach(fair: Fair, request: RecordFairReach, *, now: datetime, by: Actor) -> Decision:
    """How many people came. Raises FairStepIllegal."""
    require_legal(fair, Step.REACH, now)
    reach = FairReach(people=request.people, source=request.source, recorded_at=now)
    after = following(fair, reach=reach)
    return after, Outcome(Step.REACH, by.id, now, FairAmended(fair=after, by=by.id))


def next_due(fair: Fair, rules: FairRules) -> datetime | None:
    """When the clockwork has something to do for a fair as it stands; None when nothing."""
    moments = []
    if _wants_warning(fair, rules):
        moments.append(near_from(fair.plan, rules))
    if is_on_screens(fair):
        moments.append(fair.plan.closes_at)
    return min(moments, default=None)


def is_over(fair: Fair, *, now: datetime) -> bool:
    """Whether the time of a fair on the screens has passed."""
    return is_on_screens(fair) and fair.plan.closes_at <= now


def is_to_be_warned_of(fair: Fair, rules: FairRules, *, now: datetime) -> bool:
    """Whether the fair is near, too few employers have confirmed, and nobody was told so."""
    return _wants_warning(fair, rules) and near_from(fair.plan, rules) <= now


def _wants_warning(fair: Fair, rules: FairRules) -> bool:
    short = fair.counts.confirmed < rules.least_employers
    return short and fair.status in _AHEAD and fair.warned_at is None and fair.ended_at is None


def is_on_screens(fair: Fair) -> bool:
    """Whether screens announce it; what they do not, the public does not find either."""
    return fair.status in SOURCES[Step.END] and fair.ended_at is None


def in_public(fair: Fair) -> Fair:
    """A fair on the screens as anybody may read it: with the employers that are expected or there."""
    expected = (Attendance.CONFIRMED, Attendance.CAME)
    shown = tuple(
        one.model_copy(update={"intents": None}) for one in fair.employers if one.attendance in expected
    )
    update = {"employers": shown, "counts": counts_of(shown), "reach": None, "warned_at": None}
    return fair.model_copy(update=update)


def summary_in_public(summary: FairSummary) -> FairSummary:
    """The same of a line in a list."""
    counts = FairCounts(confirmed=summary.counts.confirmed, came=summary.counts.came)
    return summary.model_copy(update={"counts": counts, "reach": None})


def counts_of(employers: tuple[FairEmployer, ...]) -> FairCounts:
    """The sums that a fair carries beside its list."""
    by_attendance = Counter(one.attendance for one in employers)
    return FairCounts(
        **{attendance.value: by_attendance[attendance] for attendance in Attendance},
        postings=sum(len(one.posting_ids) for one in employers),
        intents=sum(one.intents or 0 for one in employers),
    )


def following(fair: Fair, **changes: Any) -> Fair:
    """The fair at its next sequence."""
    if "employers" in changes:
        changes["counts"] = counts_of(changes["employers"])
    # Every value here has been validated already, so the copy is not validated again.
    return fair.model_copy(update={**changes, "sequence": fair.sequence + 1})


def require_legal(fair: Fair, step: Step, now: datetime) -> None:
    """Raises FairStepIllegal."""
    if fair.status not in SOURCES[step] or not _in_time(fair, step, now):
        raise _illegal(fair, step)


def _in_time(fair: Fair, step: Step, now: datetime) -> bool:
    if step is Step.ANNOUNCE:
        return now < fair.plan.closes_at
    if step is Step.HOLD:
        return day_begins(fair.plan) <= now
    if step is Step.END:
        return is_over(fair, now=now)
    return True


def _illegal(fair: Fair, step: Step) -> FairStepIllegal:
    return FairStepIllegal(
        f"a fair that is {fair.status} and opens at {fair.plan.opens_at.isoformat()} cannot {step} now",
        fair_id=fair.id,
        status=fair.status.value,
        step=step.value,
        opens_at=fair.plan.opens_at.isoformat(),
        closes_at=fair.plan.closes_at.isoformat(),
    )
