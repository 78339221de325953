"""An integrator's life: added, amended, suspended, resumed, revoked; and what may be granted to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from yizhan.contracts.actor import Actor
from yizhan.contracts.integrators import (
    OPEN_FAMILIES,
    AddIntegrator,
    AmendIntegrator,
    Credential,
    FamilyNotOpen,
    Grants,
    Integrator,
    IntegratorAdded,
    IntegratorAmended,
    IntegratorChanged,
    IntegratorResumed,
    IntegratorRevoked,
    IntegratorStatus,
    IntegratorStepIllegal,
    IntegratorSuspended,
    PersonalGrantEnded,
    StationOutsideIntegrator,
    WebhookState,
)

_LONGEST_PERSONAL_GRANT = timedelta(days=366)

Told = IntegratorAdded | IntegratorAmended | IntegratorSuspended | IntegratorResumed | IntegratorRevoked


class Step(StrEnum):
    ADD = "add"
    AMEND = "amend"
    ROTATE = "rotate"
    SET_WEBHOOK = "set_webhook"
    WEBHOOK_GONE = "webhook_gone"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


#: From which states each step leads, beside ADD, which leads from none.
_SOURCES: Mapping[Step, tuple[IntegratorStatus, ...]] = {
    Step.AMEND: (IntegratorStatus.ACTIVE, IntegratorStatus.SUSPENDED),
    Step.ROTATE: (IntegratorStatus.ACTIVE, IntegratorStatus.SUSPENDED),
    Step.SET_WEBHOOK: (IntegratorStatus.ACTIVE, IntegratorStatus.SUSPENDED),
    Step.WEBHOOK_GONE: (IntegratorStatus.ACTIVE, IntegratorStatus.SUSPENDED),
    Step.SUSPEND: (IntegratorStatus.ACTIVE,),
    Step.RESUME: (IntegratorStatus.SUSPENDED,),
    Step.REVOKE: (IntegratorStatus.ACTIVE, IntegratorStatus.SUSPENDED),
}


@dataclass(frozen=True)
class Outcome:
    """What happened. reason: for the history; it stays in the office."""

    step: Step
    by: str
    at: datetime
    facts: Told
    reason: str | None = None


Decision = tuple[Integrator, Outcome]


def add(request: AddIntegrator, *, id: str, api_key_hint: str, now: datetime, by: Actor) -> Decision:
    """A new integrator. Raises FamilyNotOpen, PersonalGrantEnded."""
    require_grantable(request.grants, now=now)
    made = Integrator(
        id=id,
        name=request.name,
        label=request.label,
        station=request.station,
        status=IntegratorStatus.ACTIVE,
        grants=request.grants,
        api_key_hint=api_key_hint,
        created_at=now,
        sequence=1,
    )
    return made, Outcome(Step.ADD, by.id, now, IntegratorAdded(integrator=made, by=by.id))


def amend(before: Integrator, request: AmendIntegrator, *, now: datetime, by: Actor) -> Decision:
    """Raises IntegratorChanged, IntegratorStepIllegal, FamilyNotOpen, PersonalGrantEnded."""
    if request.expected_sequence not in (None, before.sequence):
        raise IntegratorChanged(
            "the integrator has changed since it was read", id=before.id, sequence=before.sequence
        )
    _require(before, Step.AMEND)
    require_grantable(request.grants, now=now)
    return _amended(before, Step.AMEND, now, by, label=request.label, grants=request.grants)


def rotate(
    before: Integrator, credential: Credential, *, api_key_hint: str | None, now: datetime, by: Actor
) -> Decision:
    """Another credential in the place of one. Raises IntegratorStepIllegal."""
    hint = before.api_key_hint if api_key_hint is None else api_key_hint
    return _amended(before, Step.ROTATE, now, by, reason=credential.value, api_key_hint=hint)


def set_webhook(before: Integrator, *, on: bool, now: datetime, by: Actor) -> Decision:
    """Events are posted to an address, or to none any more. Raises IntegratorStepIllegal."""
    state = WebhookState.ON if on else WebhookState.OFF
    return _amended(before, Step.SET_WEBHOOK, now, by, webhook=state)


def webhook_gone(before: Integrator, *, now: datetime, by: Actor) -> Decision:
    """The receiver wants no more. Raises IntegratorStepIllegal."""
    return _amended(before, Step.WEBHOOK_GONE, now, by, webhook=WebhookState.GONE)


def suspend(before: Integrator, *, reason: str, now: datetime, by: Actor) -> Decision:
    """Raises IntegratorStepIllegal."""
    after = _stepped(before, Step.SUSPEND, status=IntegratorStatus.SUSPENDED)
    return after, Outcome(Step.SUSPEND, by.id, now, IntegratorSuspended(integrator=after, by=by.id), reason)


def resume(before: Integrator, *, now: datetime, by: Actor) -> Decision:
    """Raises IntegratorStepIllegal."""
    after = _stepped(before, Step.RESUME, status=IntegratorStatus.ACTIVE)
    return after, Outcome(Step.RESUME, by.id, now, IntegratorResumed(integrator=after, by=by.id))


def revoke(before: Integrator, *, reason: str, now: datetime, by: Actor) -> Decision:
    """Raises IntegratorStepIllegal."""
    after = _stepped(before, Step.REVOKE, status=IntegratorStatus.REVOKED, webhook=WebhookState.OFF)
    return after, Outcome(Step.REVOKE, by.id, now, IntegratorRevoked(integrator=after, by=by.id), reason)


def require_grantable(grants: Grants, *, now: datetime) -> None:
    """Raises FamilyNotOpen, PersonalGrantEnded."""
    if grants.read is not None:
        closed = sorted(set(grants.read.families) - OPEN_FAMILIES)
        if closed:
            raise FamilyNotOpen(
                "events of these families never leave the house", families=closed, open=sorted(OPEN_FAMILIES)
            )
    personal = grants.personal
    if personal is not None and not now < personal.until <= now + _LONGEST_PERSONAL_GRANT:
        raise PersonalGrantEnded(
            "a grant of personal data ends in the future, within a year", until=personal.until.isoformat()
        )


def granted_stations(grants: Grants) -> tuple[str, ...]:
    """Every station that the grants name, once."""
    read = () if grants.read is None else grants.read.stations
    submit = () if grants.submit is None else grants.submit.stations
    return tuple(dict.fromkeys((*read, *submit)))


def require_within(station: str, path: tuple[str, ...]) -> None:
    """Raises StationOutsideIntegrator unless the path leads through the integrator's own station."""
    if station not in path:
        raise StationOutsideIntegrator(
            "a grant stays within the station that answers for it", station=path[-1], within=station
        )


def _amended(
    before: Integrator, step: Step, now: datetime, by: Actor, *, reason: str | None = None, **changes: object
) -> Decision:
    after = _stepped(before, step, **changes)
    return after, Outcome(step, by.id, now, IntegratorAmended(integrator=after, by=by.id), reason)


def _stepped(before: Integrator, step: Step, **changes: object) -> Integrator:
    _require(before, step)
    return before.model_copy(update={**changes, "sequence": before.sequence + 1})


def _require(before: Integrator, step: Step) -> None:
    if before.status not in _SOURCES[step]:
        raise IntegratorStepIllegal(
            f"an integrator that is {before.status} cannot {step}", id=before.id, status=before.status.value
        )
