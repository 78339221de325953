"""A webhook delivery's tries: when the next one is, and what a receiver's answer means.

As Standard Webhooks has it: 2xx is sent, 410 means no more, anything else is tried again over days, also a
redirect, which is never followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

_GONE = 410


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """retry_seconds: from each failure to the next try. jitter: share by which a pause may be longer.

    give_up_days: after which a delivery fails, however often it was tried. answer_seconds: the longest wait
    for an answer. parallel: requests to one receiver at once.
    failures_before_pause: failures in a row after which a receiver gets one probe at a time, and
    probe_seconds: the pause between probes, so that it is noticed when it is back.
    """

    retry_seconds: tuple[float, ...]
    jitter: float
    give_up_days: float
    answer_seconds: float
    parallel: int
    failures_before_pause: int
    probe_seconds: float

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        return cls(**{**given, "retry_seconds": tuple(given["retry_seconds"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. status: None when nothing did; fault: why there is none, in a few words."""

    status: int | None
    fault: str | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        return self.status == _GONE


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    at: datetime


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The last try failed."""


@dataclass(frozen=True, slots=True)
class ReceiverGone:
    """The receiver wants nothing more."""


Verdict = Sent | TryAgain | Exhausted | ReceiverGone


def judge(
    answer: Answer,
    *,
    attempts: int,
    created_at: datetime,
    now: datetime,
    chance: float,
    rules: WebhookRules,
) -> Verdict:
    """What an answer means. attempts: how many there were, with this one. chance: 0 up to 1, for jitter."""
    if answer.taken:
        return Sent()
    if answer.gone:
        return ReceiverGone()
    too_old = now - created_at >= timedelta(days=rules.give_up_days)
    if too_old or attempts > len(rules.retry_seconds):
        return Exhausted()
    pause_seconds = rules.retry_seconds[attempts - 1] * (1 + rules.jitter * chance)
    return TryAgain(now + timedelta(seconds=pause_seconds))


@dataclass(frozen=True, slots=True)
class Health:
    """How a receiver gets on: failures in a row, and until when it is left alone."""

    failures: int = 0
    paused_until: datetime | None = None

    def after(self, answer: Answer, *, now: datetime, rules: WebhookRules) -> Health:
        if answer.taken:
            return Health()
        failures = self.failures + 1
        if failures < rules.failures_before_pause:
            return Health(failures)
        return Health(failures, now + timedelta(seconds=rules.probe_seconds))

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    @property
    def on_probation(self) -> bool:
        """Only one delivery at a time is tried, until one is taken."""
        return self.paused_until is not None
