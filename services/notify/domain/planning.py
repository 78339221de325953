"""Who hears what, once: one decision for each event, person and kind, however often the event comes.

A decision is also taken, and kept, when somebody is not told: then the reason is known, and the same event
that comes again does not tell him after all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.notify.domain.quiet_hours import QuietHours, next_allowed, next_time
from yizhan.contracts.base import Identifier, Message, Moment
from yizhan.contracts.notify import KindUnknown
from yizhan.contracts.stations import Clocktime

#: `worker.offered`: whom it is for, and what he hears. Without a slash, which parts a dedupe key.
KindName = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z][a-z_]*$")]
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,80}$")]

_DAY = timedelta(hours=24)


# --- the rules, as data -------------------------------------------------------------------------------


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RateCap(_Data):
    """At most `count` in any `hours`."""

    count: Annotated[int, Field(ge=1)]
    hours: Annotated[int, Field(ge=1)]


class Kind(_Data):
    """A kind of message. urgent: may come in quiet hours, and beyond the day's most. digestible: may wait for
    the person's digest. most: of this kind to one person, None for any number. kept_hours: how long after its
    event it is still of use. sample: a value for each variable that its templates may name. line: what stands
    of it in a digest. on_screen: a screen may tell it, by number, to one who waits before it."""

    kind: KindName
    urgent: bool
    stoppable: bool
    digestible: bool
    most: RateCap | None
    kept_hours: Annotated[int, Field(ge=1)]
    sample: dict[str, str]
    line: str | None
    on_screen: bool = False


class Kinds(_Data):
    """Every kind. daily_most: messages that are not urgent, of all kinds, to one person in any 24 hours."""

    daily_most: Annotated[int, Field(ge=1)]
    kinds: tuple[Kind, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Kinds:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    @model_validator(mode="after")
    def _each_kind_is_there_once(self) -> Self:
        if len({kind.kind for kind in self.kinds}) < len(self.kinds):
            raise ValueError("a kind is listed twice")
        return self

    def rule(self, name: str) -> Kind:
        """The rule of a kind. Raises KindUnknown."""
        for kind in self.kinds:
            if kind.kind == name:
                return kind
        raise KindUnknown("no such kind of message", kind=name)


# --- what is planned ----------------------------------------------------------------------------------


class Recipient(Message):
    """A person and his wishes. channels: the first that works is used. digested: kinds that he wants in his
    digest, which comes daily at `digest_at`. stopped: kinds that he does not want."""

    person: PersonId
    channels: tuple[str, ...]
    quiet_hours: QuietHours | None = None
    stopped: frozenset[KindName] = frozenset()
    digested: frozenset[KindName] = frozenset()
    digest_at: Clocktime = "18:00"

    def without(self, channel: str) -> Recipient:
        """The same, not to be told by this way."""
        if channel not in self.channels:
            return self
        return self.model_copy(update={"channels": tuple(one for one in self.channels if one != channel)})


class Occasion(Message):
    """An event, as a reason to tell people something of one kind. at: when it happened."""

    event_id: Identifier
    kind: KindName
    at: Moment


class Outcome(StrEnum):
    TELL = "tell"
    DIGEST = "digest"
    OMIT = "omit"


class Omission(StrEnum):
    STOPPED = "stopped"
    NO_CHANNEL = "no_channel"
    CAPPED = "capped"
    #: By the time at which the person may be told it is of no use.
    TOO_LATE = "too_late"


class Decision(Message):
    """What becomes of one occasion for one person. key: unique in the store, which makes it once.

    due_at: when to tell, or when the digest comes; None when omitted. expires_at: of no use from then on.
    """

    key: str
    event_id: Identifier
    person: PersonId
    kind: KindName
    urgent: bool
    outcome: Outcome
    omission: Omission | None = None
    channels: tuple[str, ...] = ()
    due_at: Moment | None = None
    expires_at: Moment


class Digest(Message):
    """What one person hears at one time in one message. keys: of the decisions in it, oldest event first."""

    key: str
    person: PersonId
    due_at: Moment
    channels: tuple[str, ...]
    keys: tuple[str, ...]


def dedupe_key(event_id: str, person: str, kind: str) -> str:
    """What makes a decision one of a kind. None of the parts holds a slash."""
    return f"{event_id}/{person}/{kind}"


def plan(
    occasion: Occasion,
    audience: Iterable[Recipient],
    decided: Iterable[Decision],
    kinds: Kinds,
    *,
    now: datetime,
) -> tuple[Decision, ...]:
    """The decisions that are new: none for a person about whom one was taken for this occasion.

    decided: earlier ones about this audience: all of this event, and those due from a day (or a kind's cap)
    ago on. The store's unique key settles what two planners decide at once. Raises KindUnknown.
    """
    kind = kinds.rule(occasion.kind)
    by_person: dict[str, list[Decision]] = {}
    for decision in decided:
        by_person.setdefault(decision.person, []).append(decision)
    planned: dict[str, Decision] = {}
    for recipient in audience:
        key = dedupe_key(occasion.event_id, recipient.person, kind.kind)
        earlier = by_person.get(recipient.person, [])
        if key in planned or any(decision.key == key for decision in earlier):
            continue
        planned[key] = _decide(key, occasion, recipient, earlier, kind, kinds.daily_most, now)
    return tuple(planned.values())


def digests_due(decisions: Iterable[Decision], *, now: datetime) -> tuple[Digest, ...]:
    """One message for each person and time from the decisions whose digest is due; a decision that is handed
    in twice is in it once."""
    due: dict[tuple[str, datetime], dict[str, Decision]] = {}
    for decision in decisions:
        if decision.outcome is Outcome.DIGEST and decision.due_at is not None and decision.due_at <= now:
            due.setdefault((decision.person, decision.due_at), {})[decision.key] = decision
    return tuple(_digest(*place, entries) for place, entries in sorted(due.items()))


def _digest(person: str, due_at: datetime, entries: dict[str, Decision]) -> Digest:
    # Identifiers sort by the time they were made.
    keys = tuple(sorted(entries))
    return Digest(
        key=f"digest/{person}/{due_at.isoformat()}",
        person=person,
        due_at=due_at,
        channels=entries[keys[-1]].channels,
        keys=keys,
    )


def _decide(
    key: str,
    occasion: Occasion,
    recipient: Recipient,
    earlier: Iterable[Decision],
    kind: Kind,
    daily_most: int,
    now: datetime,
) -> Decision:
    due_at = next_allowed(recipient.quiet_hours, now, urgent=kind.urgent)
    outcome, omission = _outcome(recipient, earlier, kind, daily_most, due_at)
    if outcome is Outcome.DIGEST:
        due_at = next_allowed(recipient.quiet_hours, next_time(recipient.digest_at, now))
    expires_at = occasion.at + timedelta(hours=kind.kept_hours)
    if outcome is not Outcome.OMIT and due_at >= expires_at:
        outcome, omission = Outcome.OMIT, Omission.TOO_LATE
    told = outcome is not Outcome.OMIT
    return Decision(
        key=key,
        event_id=occasion.event_id,
        person=recipient.person,
        kind=kind.kind,
        urgent=kind.urgent,
        outcome=outcome,
        omission=omission,
        channels=recipient.channels if told else (),
        due_at=due_at if told else None,
        expires_at=expires_at,
    )


def _outcome(
    recipient: Recipient, earlier: Iterable[Decision], kind: Kind, daily_most: int, due_at: datetime
) -> tuple[Outcome, Omission | None]:
    if kind.stoppable and kind.kind in recipient.stopped:
        return Outcome.OMIT, Omission.STOPPED
    if not recipient.channels:
        return Outcome.OMIT, Omission.NO_CHANNEL
    if kind.digestible and kind.kind in recipient.digested:
        return Outcome.DIGEST, None
    if not _is_capped(earlier, kind, daily_most, due_at):
        return Outcome.TELL, None
    return (Outcome.DIGEST, None) if kind.digestible else (Outcome.OMIT, Omission.CAPPED)


def _is_capped(earlier: Iterable[Decision], kind: Kind, daily_most: int, due_at: datetime) -> bool:
    """Whether one more at `due_at` would be too much. What quiet hours have put off counts when it comes."""
    told = [decision for decision in earlier if decision.outcome is Outcome.TELL and decision.due_at]
    if kind.most is not None:
        same = [decision for decision in told if decision.kind == kind.kind]
        if _since(same, due_at - timedelta(hours=kind.most.hours)) >= kind.most.count:
            return True
    unhurried = [decision for decision in told if not decision.urgent]
    return not kind.urgent and _since(unhurried, due_at - _DAY) >= daily_most


def _since(told: Iterable[Decision], moment: datetime) -> int:
    return sum(1 for decision in told if decision.due_at is not None and decision.due_at > moment)
