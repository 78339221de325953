"""Logs as a process sets them up, for the length of one test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from yizhan.logs import set_up_logs


@pytest.fixture
def real_logs() -> Iterator[Callable[[str], None]]:
    """`real_logs("json")` sets up a process's logs on the captured standard error; undone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda log_format: set_up_logs("tested", log_format=log_format)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
