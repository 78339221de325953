"""Employers at a fair: invited, confirmed with a booth, there, and what they bring. Pure, like `fair`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.jobs.domain.fair import Decision, Outcome, Step, following, require_legal
from yizhan.contracts.actor import Actor
from yizhan.contracts.fairs import (
    MOST_EMPLOYERS,
    Attendance,
    BoothsFull,
    BoothTaken,
    BoothUnknown,
    Fair,
    FairAmended,
    FairEmployer,
    FairEmployerNotListed,
    FairEmployerStepIllegal,
    FairEmployersTooMany,
)

_A = Attendance

#: The attendances that each step is legal from; None: not on the list.
SOURCES: Mapping[Step, frozenset[Attendance | None]] = MappingProxyType(
    {
        Step.INVITE: frozenset({None, _A.DECLINED}),
        Step.CONFIRM: frozenset({_A.INVITED, _A.DECLINED, _A.CONFIRMED}),
        Step.DECLINE: frozenset({_A.INVITED, _A.CONFIRMED, _A.CAME}),
        # Whoever stands at the door is let in, also one who was not invited.
        Step.CHECK_IN: frozenset({None, _A.INVITED, _A.DECLINED, _A.CONFIRMED}),
        Step.POSTINGS: frozenset({_A.INVITED, _A.CONFIRMED, _A.CAME}),
        Step.INTENTS: frozenset({_A.CAME}),
    }
)


def invite(fair: Fair, names: Mapping[str, str], *, now: datetime, by: Actor) -> Decision:
    """The fair with these employers invited. names: what each is called in public, by id.

    Raises FairStepIllegal, FairEmployerStepIllegal, FairEmployersTooMany.
    """
    require_legal(fair, Step.INVITE, now)
    for id in names:
        _require(fair, Step.INVITE, id)
    invited = tuple(
        FairEmployer(employer_id=id, employer_name=name, attendance=_A.INVITED) for id, name in names.items()
    )
    kept = tuple(one for one in fair.employers if one.employer_id not in names)
    after = following(fair, employers=_bounded(fair, kept + invited))
    only = next(iter(names)) if len(names) == 1 else None
    return after, Outcome(Step.INVITE, by.id, now, FairAmended(fair=after, by=by.id), employer_id=only)


def confirm(fair: Fair, id: str, *, booth: int | None, now: datetime, by: Actor) -> Decision:
    """The employer will come, to this booth, or to the lowest free one. A confirmed one may change booths.

    Raises FairStepIllegal, FairEmployerNotListed, FairEmployerStepIllegal, BoothUnknown, BoothTaken,
    BoothsFull.
    """
    require_legal(fair, Step.CONFIRM, now)
    known = _require(fair, Step.CONFIRM, id)
    given = give_booth(fair, id, booth)
    if known is not None and (known.attendance, known.booth) == (_A.CONFIRMED, given):
        raise _illegal(fair, Step.CONFIRM, id, known)
    return _change(fair, Step.CONFIRM, id, now=now, by=by, attendance=_A.CONFIRMED, booth=given)


def decline(fair: Fair, id: str, *, now: datetime, by: Actor) -> Decision:
    """The employer does not come; its booth is free. Raises FairStepIllegal, FairEmployerNotListed,
    FairEmployerStepIllegal."""
    require_legal(fair, Step.DECLINE, now)
    _require(fair, Step.DECLINE, id)
    return _change(fair, Step.DECLINE, id, now=now, by=by, attendance=_A.DECLINED, booth=None, intents=None)


def check_in(fair: Fair, id: str, name: str, *, booth: int | None, now: datetime, by: Actor) -> Decision:
    """The employer is there. name: what it is called in public, for one that is not on the list.

    Raises FairStepIllegal, FairEmployerStepIllegal, FairEmployersTooMany, BoothUnknown, BoothTaken,
    BoothsFull.
    """
    require_legal(fair, Step.CHECK_IN, now)
    known = _require(fair, Step.CHECK_IN, id)
    given = give_booth(fair, id, booth)
    if known is not None:
        return _change(fair, Step.CHECK_IN, id, now=now, by=by, attendance=_A.CAME, booth=given)
    walk_in = FairEmployer(employer_id=id, employer_name=name, attendance=_A.CAME, booth=given, walk_in=True)
    after = following(fair, employers=_bounded(fair, (*fair.employers, walk_in)))
    return after, Outcome(Step.CHECK_IN, by.id, now, FairAmended(fair=after, by=by.id), employer_id=id)


def bring(fair: Fair, id: str, posting_ids: tuple[str, ...], *, now: datetime, by: Actor) -> Decision:
    """The postings that the employer brings. Raises FairStepIllegal, FairEmployerNotListed,
    FairEmployerStepIllegal."""
    require_legal(fair, Step.POSTINGS, now)
    _require(fair, Step.POSTINGS, id)
    distinct = tuple(dict.fromkeys(posting_ids))
    return _change(fair, Step.POSTINGS, id, now=now, by=by, posting_ids=distinct)


def intend(fair: Fair, id: str, intents: int, *, now: datetime, by: Actor) -> Decision:
    """How many the employer means to hire. Raises FairStepIllegal, FairEmployerNotListed,
    FairEmployerStepIllegal."""
    require_legal(fair, Step.INTENTS, now)
    _require(fair, Step.INTENTS, id)
    return _change(fair, Step.INTENTS, id, now=now, by=by, intents=intents)


def give_booth(fair: Fair, id: str, wanted: int | None) -> int:
    """The booth that an employer gets: the one wanted, or the one it holds, or the lowest that is free.

    Raises BoothUnknown, BoothTaken, BoothsFull.
    """
    holders = {one.booth: one.employer_id for one in fair.employers if one.booth is not None}
    if wanted is not None:
        if wanted > fair.plan.booths:
            raise BoothUnknown(
                "the fair has no booth of this number",
                fair_id=fair.id,
                booth=wanted,
                booths=fair.plan.booths,
            )
        if holders.get(wanted, id) != id:
            raise BoothTaken("another employer holds this booth", fair_id=fair.id, booth=wanted)
        return wanted
    held = [booth for booth, holder in holders.items() if holder == id]
    free = (booth for booth in range(1, fair.plan.booths + 1) if booth not in holders)
    given = held[0] if held else next(free, None)
    if given is None:
        raise BoothsFull("no booth is free", fair_id=fair.id, booths=fair.plan.booths)
    return given


def _change(fair: Fair, step: Step, id: str, *, now: datetime, by: Actor, **changes: Any) -> Decision:
    employers = tuple(
        one.model_copy(update=changes) if one.employer_id == id else one for one in fair.employers
    )
    after = following(fair, employers=employers)
    return after, Outcome(step, by.id, now, FairAmended(fair=after, by=by.id), employer_id=id)


def _bounded(fair: Fair, employers: tuple[FairEmployer, ...]) -> tuple[FairEmployer, ...]:
    if len(employers) > MOST_EMPLOYERS:
        raise FairEmployersTooMany(
            "the fair's list of employers is full", fair_id=fair.id, most=MOST_EMPLOYERS
        )
    return employers


def _require(fair: Fair, step: Step, id: str) -> FairEmployer | None:
    """The employer as it stands; None when it is not on the list."""
    known = next((one for one in fair.employers if one.employer_id == id), None)
    attendance = None if known is None else known.attendance
    if attendance in SOURCES[step]:
        return known
    if known is None:
        raise FairEmployerNotListed(
            "this employer is not on the fair's list", fair_id=fair.id, employer_id=id
        )
    raise _illegal(fair, step, id, known)


def _illegal(fair: Fair, step: Step, id: str, known: FairEmployer) -> FairEmployerStepIllegal:
    return FairEmployerStepIllegal(
        f"an employer that is {known.attendance} cannot be taken through {step} now",
        fair_id=fair.id,
        employer_id=id,
        attendance=known.attendance.value,
        booth=known.booth,
        step=step.value,
    )
