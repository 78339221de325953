"""The county that these tests speak with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.board.harness import County


@pytest.fixture
async def county(broker_url: str, redis_url: str, redis_prefix: str) -> AsyncIterator[County]:
    """The owners on the bus; no board yet."""
    county = County(broker_url, redis_url, redis_prefix)
    await county.start()
    yield county
    await county.stop()
