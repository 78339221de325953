"""The history of an entry of the register: what was done with it, by whom. Never what it said."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, Sequence, StationCode
from yizhan.contracts.rpc import Method


class SeekerStepKind(StrEnum):
    REGISTERED = "registered"
    AMENDED = "amended"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CLOSED = "closed"
    REOPENED = "reopened"
    TRANSFERRED = "transferred"
    ERASED = "erased"


class SeekerStep(Message):
    """One step. sequence: the entry's after it. station: whose register it was in after it.

    about: for an amendment the fields that changed, for a consent its purpose, for closing and erasing the
    reason, for a transfer the station before; codes only.
    """

    sequence: Sequence
    kind: SeekerStepKind
    about: tuple[str, ...] = ()
    station: StationCode
    by: str
    at: Moment


class SeekerStepQuery(Message):
    """Newest first. `before`: the last sequence of the page before."""

    id: Identifier
    before: Sequence | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SeekerStepList(Message):
    steps: tuple[SeekerStep, ...]
    next: Sequence | None


class SeekerStepsRpc:
    """The methods of services/seekers that tell an entry's history."""

    list_seeker_steps = Method("seekers", "list_seeker_steps", SeekerStepQuery, SeekerStepList, command=False)
