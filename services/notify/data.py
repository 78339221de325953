"""The rules of services/notify that are data: read once, from the files beside this module."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from services.notify.domain.audiences import Audiences
from services.notify.domain.delivery import RetrySchedule
from services.notify.domain.planning import Kinds
from services.notify.domain.template import Channels, Shelf, Template
from services.notify.domain.texts import Texts


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files("services.notify") / name).read_text("utf-8"))
    return data


@cache
def kinds() -> Kinds:
    """Every kind of message."""
    return Kinds.read(_read("kinds.json"))


@cache
def channels() -> Channels:
    """What each channel takes."""
    return Channels.read(_read("channels.json"))


@cache
def schedule() -> RetrySchedule:
    """What follows from each cause."""
    return RetrySchedule.read(_read("delivery.json"))


@cache
def audiences() -> Audiences:
    """What holds for whoever has chosen nothing."""
    return Audiences.read(_read("audiences.json"))


@cache
def texts() -> Texts:
    """What is said beside the templates."""
    return Texts.model_validate(_read("texts.json"))


@cache
def shelf() -> Shelf:
    """The templates that Yizhan comes with."""
    return Shelf(Template.model_validate(entry) for entry in _read("templates.json")["templates"])
