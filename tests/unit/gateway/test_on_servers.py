"""The gateway on a real Redis and a real broker."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from limits import RateLimitItemPerMinute
from redis.asyncio import Redis

from gateway.process import redis_client
from gateway.rates import SignInLimiter, SignInRates
from tests.support import http
from tests.support.eventually import eventually
from yizhan.bus import topology
from yizhan.contracts.errors import TooManyRequests
from yizhan.contracts.subscriptions import SUBSCRIPTIONS

pytestmark = pytest.mark.integration


async def test_gateways_share_their_counts(redis_url: str, redis_prefix: str) -> None:
    """An attempt at one gateway counts at another, and a login cannot be read in Redis."""
    rates = SignInRates(RateLimitItemPerMinute(9), RateLimitItemPerMinute(2))
    clients: list[Redis] = [redis_client(redis_url) for _ in range(2)]
    try:
        first, second = (SignInLimiter.on_redis(client, redis_prefix, rates) for client in clients)
        await first.admit("192.0.2.1", "wang.fang")
        await second.admit("192.0.2.1", "wang.fang")
        with pytest.raises(TooManyRequests):
            await first.admit("192.0.2.1", "wang.fang")
        await second.forget("wang.fang")
        await first.admit("192.0.2.1", "wang.fang")
        keys = [key async for key in clients[0].scan_iter(f"{redis_prefix}*")]
        assert keys
        assert not any(b"wang" in key for key in keys)
    finally:
        for client in clients:
            await client.aclose()


@pytest.fixture
def gateway(
    broker_url: str, redis_url: str, redis_prefix: str, tmp_path: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`yizhan gateway` on a free port: its address and its process."""
    asyncio.run(topology.declare(broker_url, SUBSCRIPTIONS))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "YIZHAN_BROKER_URL": broker_url,
        "YIZHAN_REDIS_URL": redis_url,
        "YIZHAN_REDIS_PREFIX": redis_prefix,
        "YIZHAN_GATEWAY_PORT": str(port),
        "YIZHAN_SESSION_KEY": "k" * 32,
        "YIZHAN_PEERS": "",
    }
    with (tmp_path / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yizhan", "gateway"], env=environment, stdout=log, stderr=log
        )
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()
            process.wait()


def _checks(address: str) -> dict[str, str]:
    """What /healthz tells; nothing while the process does not listen yet."""
    try:
        return http.get(f"{address}/healthz").json()["checks"]  # type: ignore[no-any-return]
    except httpx.TransportError:
        return {}


def test_the_process_serves_and_ends_cleanly(gateway: tuple[str, subprocess.Popen[bytes]]) -> None:
    """Well with its servers; an absent service is a 503 at once; SIGTERM ends it with code 0."""
    address, process = gateway
    eventually(lambda: _checks(address) == {"broker": "ok", "redis": "ok"}, within_seconds=60)
    answer = http.get(f"{address}/api/v1/stations/522730")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    process.terminate()
    assert process.wait(timeout=30) == 0
