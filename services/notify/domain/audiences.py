"""Recipients and their wishes: what holds for each audience, and what somebody has chosen instead. Pure."""

from __future__ import annotations

from typing import Any

from services.notify.domain.planning import KindName, Kinds, Recipient
from services.notify.domain.quiet_hours import QuietHours
from yizhan.contracts.base import Message
from yizhan.contracts.stations import Clocktime


class Preferences(Message):
    """What one person wants. channels: in the order in which they are tried."""

    channels: tuple[str, ...]
    quiet_hours: QuietHours | None = None
    stopped: frozenset[KindName] = frozenset()
    digested: frozenset[KindName] = frozenset()
    digest_at: Clocktime = "18:00"

    def recipient(self, person: str) -> Recipient:
        """The person with these wishes."""
        return Recipient.model_construct(person=person, **dict(self))

    def without_all(self, kinds: Kinds) -> Preferences:
        """Nothing any more that may be stopped."""
        return self.model_copy(
            update={"stopped": frozenset(kind.kind for kind in kinds.kinds if kind.stoppable)}
        )


class Audiences(Message):
    """What holds for whoever has chosen nothing, by what stands before the colon of his id."""

    audiences: dict[str, Preferences]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Audiences:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def preferences(self, person: str) -> Preferences:
        """What holds for a person; an outlet's channel is the last part of its id (`outlet:5227…:mail:1`)."""
        parts = person.split(":")
        found = self.audiences[parts[0]]
        return found if parts[0] != "outlet" else found.model_copy(update={"channels": (parts[2],)})

    def recipient(self, person: str) -> Recipient:
        """A person who has chosen nothing."""
        return self.preferences(person).recipient(person)
