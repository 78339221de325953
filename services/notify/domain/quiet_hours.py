"""Quiet hours: when a person is not to be disturbed, in Asia/Shanghai, also across midnight."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Self

from pydantic import model_validator

from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.base import Message
from yizhan.contracts.stations import Clocktime


class QuietHours(Message):
    """Every day from `begins` up to, and without, `ends`; across midnight when `ends` is the earlier."""

    begins: Clocktime
    ends: Clocktime

    @model_validator(mode="after")
    def _they_last(self) -> Self:
        # Whether 07:00 to 07:00 is always or never is anybody's guess.
        if self.begins == self.ends:
            raise ValueError("quiet hours end at another time than they begin")
        return self

    def hold(self, moment: datetime) -> bool:
        """Whether it is quiet at an aware moment."""
        at = f"{moment.astimezone(COUNTY_ZONE):%H:%M}"
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


def next_allowed(hours: QuietHours | None, moment: datetime, *, urgent: bool = False) -> datetime:
    """The first moment from `moment` on at which a person may be told: `moment` itself unless it is quiet.

    hours: None for nobody's. urgent: a kind that may wake people, such as an offer that starts within hours.
    """
    if urgent or hours is None or not hours.hold(moment):
        return moment
    return next_time(hours.ends, moment)


def next_time(clocktime: Clocktime, after: datetime) -> datetime:
    """The next moment after `after` at which clocks in the county show `clocktime`, in UTC."""
    local = after.astimezone(COUNTY_ZONE)
    at = datetime.combine(local.date(), time.fromisoformat(clocktime), COUNTY_ZONE)
    if at <= local:
        at += timedelta(days=1)
    return at.astimezone(UTC)
