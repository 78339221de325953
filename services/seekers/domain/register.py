"""An entry of the register (求职登记台账): how it begins, changes, ends, and what others may know of it.

What names somebody is not in here: sealed fields go past these decisions, which see the masked forms alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.seekers.domain.identity import (
    IdentityNumber,
    age_on,
    is_minor_worker,
    of_age_on,
    require_working_age,
)
from services.seekers.domain.public_name import masked_name
from services.seekers.domain.retirement import RetirementRules
from yizhan.clock import county_day
from yizhan.contracts.actor import Actor
from yizhan.contracts.seeker_rights import (
    ConsentGiven,
    ConsentWithdrawn,
    ErasureReason,
    SeekerErased,
)
from yizhan.contracts.seekers import (
    AmendSeeker,
    Availability,
    CalledBy,
    CloseReason,
    ConsentMissing,
    ConsentPurpose,
    RegisterSeeker,
    Seeker,
    SeekerAmended,
    SeekerChanged,
    SeekerClosed,
    SeekerFacts,
    SeekerRegistered,
    SeekerReopened,
    SeekerState,
    SeekerStatus,
    SeekerStepIllegal,
    SeekerTransferred,
    Sex,
    Wishes,
)

#: Crockford's base 32 has no I, L, O or U, so that a slip can be read out and typed.
_SLIP_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SLIP_LENGTH = 6
_SHOWN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the register as decisions need it. birth, sex, slip: None once the person was erased."""

    id: str
    station: str
    status: SeekerStatus
    masked_name: str
    masked_id_number: str | None
    masked_phone: str | None
    masked_relative_phone: str | None
    sex: Sex | None
    birth: date | None
    slip: str | None
    wishes: Wishes | None
    consents: frozenset[ConsentPurpose]
    called_by: CalledBy
    registered_at: datetime
    ended_at: datetime | None
    sequence: int


Decision = tuple[Entry, SeekerFacts]


def new_slip(random_below: Callable[[int], int]) -> str:
    """A slip's number. random_below(n): a cryptographically random int in [0, n)."""
    return "".join(_SLIP_ALPHABET[random_below(len(_SLIP_ALPHABET))] for _ in range(_SLIP_LENGTH))


def masked_number(number: str | None) -> str | None:
    """A number's last four digits behind stars that do not tell its length."""
    return None if number is None else f"****{number[-_SHOWN_DIGITS:]}"


# --- steps --------------------------------------------------------------------------------------------


def register(
    request: RegisterSeeker, identity: IdentityNumber, *, id: str, slip: str, now: datetime, by: Actor
) -> Decision:
    """A new entry. Whether the person is in the register already, only the register can tell.

    Raises UnderSixteen, ConsentMissing.
    """
    require_working_age(identity.birth, today=county_day(now))
    if ConsentPurpose.ID_NUMBER not in request.consents:
        raise ConsentMissing(
            "an identity number is kept with its owner's consent only", purpose=ConsentPurpose.ID_NUMBER.value
        )
    entry = Entry(
        id=id,
        station=request.station,
        status=SeekerStatus.ACTIVE,
        masked_name=masked_name(request.name),
        masked_id_number=masked_number(identity.text),
        masked_phone=masked_number(request.phone),
        masked_relative_phone=masked_number(request.relative_phone),
        sex=identity.sex,
        birth=identity.birth,
        slip=slip,
        wishes=request.wishes,
        consents=frozenset(request.consents),
        called_by=request.called_by,
        registered_at=now,
        ended_at=None,
        sequence=1,
    )
    return entry, SeekerRegistered(seeker=told(entry), by=by.id)


def amend(current: Entry, request: AmendSeeker, *, by: Actor) -> Decision:
    """The entry with what the request names. Raises SeekerStepIllegal, SeekerChanged."""
    _require(current, SeekerStatus.ACTIVE)
    if request.expected_sequence not in (None, current.sequence):
        raise SeekerChanged(
            "the row has changed since it was read", seeker_id=current.id, sequence=current.sequence
        )
    after = _next(
        current,
        masked_name=current.masked_name if request.name is None else masked_name(request.name),
        masked_phone=_amended(current.masked_phone, request.phone, "phone" in request.remove),
        masked_relative_phone=_amended(
            current.masked_relative_phone, request.relative_phone, "relative_phone" in request.remove
        ),
        wishes=request.wishes or current.wishes,
    )
    return after, SeekerAmended(seeker=told(after), by=by.id)


def close(current: Entry, reason: CloseReason, *, now: datetime, by: Actor) -> Decision:
    """The entry of somebody who looks for no work any more. Raises SeekerStepIllegal."""
    _require(current, SeekerStatus.ACTIVE)
    after = _next(current, status=SeekerStatus.CLOSED, ended_at=now)
    return after, SeekerClosed(seeker=told(after), by=by.id, reason=reason)


def reopen(current: Entry, *, by: Actor) -> Decision:
    """The entry of somebody who looks for work again. Raises SeekerStepIllegal."""
    _require(current, SeekerStatus.CLOSED)
    after = _next(current, status=SeekerStatus.ACTIVE, ended_at=None)
    return after, SeekerReopened(seeker=told(after), by=by.id)


def replace_slip(current: Entry, slip: str, *, by: Actor) -> Decision:
    """The entry with a new slip. Raises SeekerStepIllegal."""
    _require(current, SeekerStatus.ACTIVE)
    after = _next(current, slip=slip)
    return after, SeekerAmended(seeker=told(after), by=by.id)


def transfer(current: Entry, station: str, *, by: Actor) -> Decision:
    """The entry in another station's register, open again if it was closed.

    Raises SeekerStepIllegal where it is in that register already.
    """
    if current.station == station:
        raise SeekerStepIllegal(
            "this person is in this station's register", seeker_id=current.id, status=current.status.value
        )
    after = _next(current, station=station, status=SeekerStatus.ACTIVE, ended_at=None)
    return after, SeekerTransferred(seeker=told(after), by=by.id, from_station=current.station)


def give_consent(
    current: Entry,
    purpose: ConsentPurpose,
    *,
    version: int,
    wording: int,
    called_by: CalledBy,
    by: Actor,
) -> Decision:
    """The entry with a consent in force.

    Raises SeekerStepIllegal, and ConsentMissing where an identity number that was let go would have to come
    back: that takes a new registration.
    """
    _require(current, SeekerStatus.ACTIVE)
    if purpose is ConsentPurpose.ID_NUMBER and purpose not in current.consents:
        raise ConsentMissing("the identity number is kept no more: register anew", purpose=purpose.value)
    shown = called_by if purpose is ConsentPurpose.PUBLIC_DISPLAY else current.called_by
    after = _next(current, consents=current.consents | {purpose}, called_by=shown)
    facts = ConsentGiven(seeker=told(after), by=by.id, purpose=purpose, version=version, wording=wording)
    return after, facts


def withdraw_consent(current: Entry, purpose: ConsentPurpose, *, version: int, by: Actor) -> Decision:
    """The entry without a consent; without the one to keep it, the identity number goes at once.

    Raises SeekerStepIllegal, ConsentMissing where there is none to withdraw.
    """
    if current.status is SeekerStatus.ERASED:
        raise _illegal(current)
    if purpose not in current.consents:
        raise ConsentMissing("there is no such consent to withdraw", purpose=purpose.value)
    kept = None if purpose is ConsentPurpose.ID_NUMBER else current.masked_id_number
    after = _next(current, consents=current.consents - {purpose}, masked_id_number=kept)
    return after, ConsentWithdrawn(seeker=told(after), by=by.id, purpose=purpose, version=version)


def erase(current: Entry, reason: ErasureReason, *, now: datetime, by: Actor) -> Decision:
    """The row without the person: station, days and trades stay for the counts. Raises SeekerStepIllegal."""
    if current.status is SeekerStatus.ERASED:
        raise _illegal(current)
    wishes = current.wishes
    after = _next(
        current,
        status=SeekerStatus.ERASED,
        masked_name="",
        masked_id_number=None,
        masked_phone=None,
        masked_relative_phone=None,
        sex=None,
        birth=None,
        slip=None,
        wishes=None if wishes is None else Wishes(trades=wishes.trades),
        consents=frozenset(),
        ended_at=current.ended_at or now,
    )
    return after, SeekerErased(seeker=told(after), by=by.id, reason=reason)


# --- what is said of an entry -------------------------------------------------------------------------


def told(entry: Entry) -> SeekerState:
    """What other services may know."""
    wishes = entry.wishes
    return SeekerState(
        seeker_id=entry.id,
        station=entry.station,
        status=entry.status,
        trades=() if wishes is None else tuple(skill.trade for skill in wishes.trades),
        training=() if wishes is None else wishes.training,
        start_up=wishes is not None and wishes.start_up,
        consents=_sorted(entry.consents),
    )


def available(entry: Entry, *, today: date, rules: RetirementRules, priority: int = 0) -> Availability | None:
    """What is needed to find work for somebody; None where he looks for none."""
    wishes, birth, sex = entry.wishes, entry.birth, entry.sex
    if entry.status is not SeekerStatus.ACTIVE or wishes is None or birth is None or sex is None:
        return None
    return Availability(
        skills=wishes.trades,
        days=wishes.days,
        hours=wishes.hours,
        distance_km=wishes.distance_km,
        least_wage=wishes.least_wage,
        crew=wishes.crew,
        minor=is_minor_worker(birth, today=today),
        retirement=rules.standing(birth, sex, today=today),
        since=entry.registered_at,
        priority=priority,
    )


def with_availability(
    facts: SeekerFacts, entry: Entry, *, today: date, rules: RetirementRules, priority: int
) -> SeekerFacts:
    """The facts of a step, with what is needed to find work for whom they are about."""
    work = available(entry, today=today, rules=rules, priority=priority)
    return facts.model_copy(update={"seeker": facts.seeker.model_copy(update={"available": work})})


def told_anew_on(
    entry: Entry, *, today: date, rules: RetirementRules, aid_changes_on: date | None = None
) -> date | None:
    """The next day on which what others are told of somebody changes by itself: by what the law makes of his
    age, or because aid ends."""
    if entry.birth is None or entry.sex is None:
        return None
    days = [of_age_on(entry.birth), *rules.reached_on(entry.birth, entry.sex, today=today)]
    if aid_changes_on is not None:
        days.append(aid_changes_on)
    return min((day for day in days if day > today), default=None)


def tell_anew(current: Entry, *, by: Actor) -> Decision:
    """The entry as it is, for those who were told of it on an earlier day. Raises SeekerStepIllegal."""
    _require(current, SeekerStatus.ACTIVE)
    after = _next(current)
    return after, SeekerAmended(seeker=told(after), by=by.id)


def shown(entry: Entry, *, today: date, rules: RetirementRules) -> Seeker:
    """What the desk sees."""
    birth, sex = entry.birth, entry.sex
    return Seeker(
        id=entry.id,
        station=entry.station,
        status=entry.status,
        masked_name=entry.masked_name,
        masked_id_number=entry.masked_id_number,
        masked_phone=entry.masked_phone,
        masked_relative_phone=entry.masked_relative_phone,
        sex=sex,
        age=None if birth is None else age_on(birth, today),
        minor=birth is not None and is_minor_worker(birth, today=today),
        retirement=None if birth is None or sex is None else rules.standing(birth, sex, today=today),
        slip=entry.slip,
        wishes=entry.wishes,
        consents=_sorted(entry.consents),
        called_by=entry.called_by,
        registered_at=entry.registered_at,
        ended_at=entry.ended_at,
        sequence=entry.sequence,
    )


def require_active(entry: Entry) -> None:
    """Raises SeekerStepIllegal for whom the register does not hold as looking for work."""
    _require(entry, SeekerStatus.ACTIVE)


def _sorted(consents: Iterable[ConsentPurpose]) -> tuple[ConsentPurpose, ...]:
    return tuple(sorted(consents))


def _amended(masked: str | None, given: str | None, removed: bool) -> str | None:
    if removed:
        return None
    return masked if given is None else masked_number(given)


def _require(entry: Entry, status: SeekerStatus) -> None:
    if entry.status is not status:
        raise _illegal(entry)


def _illegal(entry: Entry) -> SeekerStepIllegal:
    return SeekerStepIllegal(
        f"this cannot be done to a row that is {entry.status.value}",
        seeker_id=entry.id,
        status=entry.status.value,
    )


def _next(current: Entry, **changes: object) -> Entry:
    return replace(current, sequence=current.sequence + 1, **changes)  # type: ignore[arg-type]
