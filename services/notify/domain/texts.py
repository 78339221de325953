"""What services/notify says to people by itself, beside its templates: texts.json, as it is read.

Braces name what is filled in: of a kit and a poster the values of `kit.values`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from yizhan.contracts.jobs import Settlement


class Topic(StrEnum):
    """What a fact of a job is about."""

    TRADE = "trade"
    PAY = "pay"
    EXTRAS = "extras"
    MISSING = "missing"
    PLACE = "place"
    STARTS = "starts"
    HOURS = "hours"
    DESCRIPTION = "description"
    EMPLOYER = "employer"
    APPLY = "apply"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FactText(_Data):
    """How one fact is told."""

    topic: Topic
    label: str
    text: str


class KitTexts(_Data):
    """A posting put up outside. facts: in the order in which they are told."""

    settlements: dict[Settlement, str]
    extras: dict[Literal["meals", "lodging", "transport"], str]
    between_extras: str
    facts: tuple[FactText, ...]
    line: str
    title: str
    short_title: str
    details: str
    warning: str

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.settlements) != set(Settlement) or {fact.topic for fact in self.facts} != set(Topic):
            raise ValueError("every settlement and every topic has a text")
        return self


class PosterTexts(_Data):
    """What a poster says beside the facts."""

    head: str
    seal: str
    wanted: str
    scan: str
    apply: str
    warning: str


class MessageTexts(_Data):
    """What is put together in a message: a digest's lines, and how to stop where there is no address."""

    between_lines: str
    more_lines: str
    stop_at_the_station: str


class Texts(_Data):
    """All of it."""

    kit: KitTexts
    poster: PosterTexts
    message: MessageTexts
