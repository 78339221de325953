"""What the benches measure with still speaks as the system does; what they measure is theirs to say."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from bench.echo import echo
from bench.ground import Ground
from bench.growth import GrownCounty
from yizhan.cli.servers import Servers

pytestmark = pytest.mark.integration


@pytest.fixture
def place(servers: Servers, redis_prefix: str, tmp_path: Path) -> Ground:
    return Ground(servers.broker.url, servers.redis.url, redis_prefix, tmp_path)


async def test_the_bare_echo_answers(place: Ground) -> None:
    """Beside it stand post-to-screen and the gateway's creates."""
    async with echo(place) as (client, _, _):
        await client.call({"said": "早"})


async def test_a_grown_county_is_folded_and_sent(place: Ground) -> None:
    """Events become the state that a new screen is served."""
    redis = Redis.from_url(place.redis_url)
    county = GrownCounty(place, redis, 20)
    await county.start()
    await county.fold(2)
    await county.send_snapshots(1)
    await county.stop()
    await redis.aclose()
    assert len(county.event_costs) == len(county.snapshot_costs) == 1
