"""A small run of the trial that kills planner and courier while they tell people something."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from tests.chaos.told_once import told_once
from yizhan.migrations import migrate

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_nobody_is_told_twice_and_nobody_is_said_to_be_told_who_was_not(
    database_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However planner and courier die; what is in doubt ends as that, and staff see it."""
    monkeypatch.setenv("TOLD_ONCE_STARTED", str(int(time.time())))
    url = database_url("notify")
    migrate("notify", url)
    account = told_once(url, deliveries=400, seed=os.getpid(), kill_every=(60, 150))
    assert min(account.kills["plan"], account.kills["carry"]) >= 1
    assert account.clean, account
    assert set(account.states) <= {"sent", "failed outcome_unknown"}
    assert account.states["sent"] > 150
