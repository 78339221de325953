"""When a screen counts as away, so that staff hear of it. Pure.

It is away once nobody has heard of it for so long while its station was open: the time before the doors
opened does not count, nor does the time in which nobody watched. A screen that never came is none yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.board.events import derived_id
from services.board.session import KnownDevice
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.screen import ScreenHealth, StationCard
from yizhan.contracts.screen_outages import OutageEnd, ScreenOutage

#: A screen that is well tells of itself every 40 s.
LIT_WITHIN = timedelta(seconds=60)


def is_lit(report: ScreenHealth, now: datetime) -> bool:
    """Whether a screen is there. A board process that died could not write that its screens are gone: what
    was not seen lately is away."""
    return report.connected and now - report.seen_at <= LIT_WITHIN


class OutageRules(BaseModel):
    """offline_minutes: away for so long, a screen is told of. look_seconds: between looks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offline_minutes: Annotated[float, Field(gt=0)]
    look_seconds: Annotated[float, Field(gt=0)]


@dataclass(frozen=True, slots=True)
class Ended:
    outage: ScreenOutage
    reason: OutageEnd


def ended(
    told: Mapping[str, ScreenOutage],
    devices: Mapping[str, KnownDevice],
    reports: Mapping[str, ScreenHealth],
    *,
    now: datetime,
) -> list[Ended]:
    """Which outages that were told are over. told, devices, reports: by device."""
    found = []
    for id, outage in told.items():
        device, report = devices.get(id), reports.get(id)
        if device is None or device.void:
            found.append(Ended(outage, OutageEnd.REVOKED))
        elif report is not None and is_lit(report, now):
            found.append(Ended(outage, OutageEnd.BACK))
    return found


def away(
    told: Mapping[str, ScreenOutage],
    devices: Mapping[str, KnownDevice],
    reports: Mapping[str, ScreenHealth],
    *,
    watched_since: datetime,
    now: datetime,
    rules: OutageRules,
) -> list[ScreenOutage]:
    """Screens that are away for long enough and were not told of, their stations being open or not."""
    return [
        ScreenOutage(
            id=derived_id(id, report.seen_at.isoformat()),
            device_id=id,
            station=device.station,
            label=device.label,
            since=report.seen_at,
        )
        for id, device in devices.items()
        if not device.void
        and id not in told
        and (report := reports.get(id)) is not None
        and not is_lit(report, now)
        and _is_long(max(report.seen_at, watched_since), now, rules)
    ]


def concerns(outage: ScreenOutage, card: StationCard | None, *, now: datetime, rules: OutageRules) -> bool:
    """Whether staff are there to look: the station is open, and its hours of the day began so long ago that
    the screen had time to come on."""
    if card is None or not card.open:
        return False
    hours = card.facts.opening_hours
    if hours is None:
        return True
    local = now.astimezone(COUNTY_ZONE)
    opened = datetime.combine(local.date(), time.fromisoformat(hours.opens), COUNTY_ZONE)
    if not hours.opens <= f"{local:%H:%M}" < hours.closes:
        return False
    return _is_long(max(outage.since, opened), now, rules)


def _is_long(since: datetime, now: datetime, rules: OutageRules) -> bool:
    return now - since >= timedelta(minutes=rules.offline_minutes)
