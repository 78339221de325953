"""A step of an entry's history, from the facts by which others are told of it."""

from __future__ import annotations

from datetime import datetime

from services.seekers.domain.register import Entry
from yizhan.contracts.seeker_rights import ConsentGiven, ConsentWithdrawn, SeekerErased
from yizhan.contracts.seeker_steps import SeekerStep, SeekerStepKind
from yizhan.contracts.seekers import (
    AmendSeeker,
    SeekerAmended,
    SeekerClosed,
    SeekerFacts,
    SeekerRegistered,
    SeekerReopened,
    SeekerTransferred,
)

_KINDS: dict[type[SeekerFacts], SeekerStepKind] = {
    SeekerRegistered: SeekerStepKind.REGISTERED,
    SeekerAmended: SeekerStepKind.AMENDED,
    SeekerClosed: SeekerStepKind.CLOSED,
    SeekerReopened: SeekerStepKind.REOPENED,
    SeekerTransferred: SeekerStepKind.TRANSFERRED,
    SeekerErased: SeekerStepKind.ERASED,
    ConsentGiven: SeekerStepKind.CONSENT_GIVEN,
    ConsentWithdrawn: SeekerStepKind.CONSENT_WITHDRAWN,
}

#: What an amendment can change, in the order in which it is told.
_AMENDABLE = ("name", "phone", "relative_phone", "wishes")
#: What a new slip is called among them.
SLIP = ("slip",)


def step_of(
    after: Entry, facts: SeekerFacts, *, now: datetime, amended: tuple[str, ...] = ()
) -> SeekerStep | None:
    """The step that led to an entry; None where others are only told anew of what the calendar changed.

    amended: the fields that an amendment names.
    """
    if isinstance(facts, SeekerAmended) and not amended:
        return None
    return SeekerStep(
        sequence=after.sequence,
        kind=_KINDS[type(facts)],
        about=amended or _about(facts),
        station=after.station,
        by=facts.by,
        at=now,
    )


def amended_fields(request: AmendSeeker) -> tuple[str, ...]:
    """The fields that an amendment names, never what they said."""
    return tuple(name for name in _AMENDABLE if getattr(request, name) is not None or name in request.remove)


def _about(facts: SeekerFacts) -> tuple[str, ...]:
    match facts:
        case SeekerClosed() | SeekerErased():
            return (facts.reason.value,)
        case ConsentGiven() | ConsentWithdrawn():
            return (facts.purpose.value,)
        case SeekerTransferred():
            return (facts.from_station,)
    return ()
