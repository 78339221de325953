"""Events as consumers read them.

A process meets few of the catalogue's families, and a family's models take up to a tenth of a second to make:
its module is imported when the first of its events comes, unless the process knows it already.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from yizhan.contracts.envelope import Event, Facts, family_of

#: Family → the modules here that define its events. As the catalogue has them, which a test makes sure of.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "board.screen_message": ("screen_messages",),
    "board.screen_outage": ("screen_outages",),
    "jobs.dispatch": ("dispatches",),
    "jobs.employer": ("employers", "sanctions", "employer_duplicates"),
    "jobs.employer_contact": ("employers",),
    "jobs.external_posting": ("external_postings",),
    "jobs.fair": ("fairs",),
    "jobs.posting": ("jobs",),
    "notify.integrator": ("integrators",),
    "notify.letter": ("letters",),
    "notify.publication": ("publications",),
    "notify.replay": ("integrators",),
    "notify.screen_message": ("screen_messages",),
    "seekers.aid_case": ("aid",),
    "seekers.card": ("seeker_cards",),
    "seekers.check_in": ("checkins",),
    "seekers.clear_reading": ("seeker_rights",),
    "seekers.consent": ("seeker_rights",),
    "seekers.course": ("skill_training",),
    "seekers.draw": ("draws",),
    "seekers.guidance": ("guidance",),
    "seekers.queue_order": ("checkins",),
    "seekers.seeker": ("seekers", "seeker_rights"),
    "seekers.skill_training": ("skill_training",),
    "seekers.start_up": ("start_ups",),
    "seekers.start_up_consultation": ("start_ups",),
    "seekers.street": ("seeker_cards",),
    "seekers.ticket": ("checkins",),
    "seekers.waiting": ("checkins",),
    "stations.facility": ("facilities",),
    "stations.map_listing": ("premises",),
    "stations.notice": ("stations",),
    "stations.premises": ("premises",),
    "stations.rectification": ("stages",),
    "stations.screen_device": ("stations",),
    "stations.service_item": ("guides",),
    "stations.staff_account": ("stations",),
    "stations.station": ("stations",),
    "stations.station_step": ("stages",),
    "stations.training": ("training",),
}


class EventUnreadable(Exception):
    """The bytes are no event of the catalogue: not JSON, an unknown type, or facts that do not fit.

    Retrying cannot mend it; it belongs in the dead letters.
    """


def read_event(body: bytes) -> Event[Any]:
    """An event as a consumer reads it: tolerant of added fields. Raises EventUnreadable."""
    try:
        raw = json.loads(body)
        facts = facts_of(str(raw["type"]))
        return Event[facts].tolerant(raw)  # type: ignore[valid-type]
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise EventUnreadable(f"{type(error).__name__}: {error}") from error


@cache
def facts_of(event_type: str) -> type[Facts]:
    """The class of an event type's facts. Raises KeyError for a type that is not in the catalogue."""
    modules = FAMILIES[family_of(event_type)]
    for module in modules:
        for found in vars(import_module(f"yizhan.contracts.{module}")).values():
            if isinstance(found, type) and issubclass(found, Facts) and found.event_type == event_type:
                return found
    raise KeyError(event_type)
