"""One gateway with nothing real behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from gateway import examples
from gateway.app import create_app, make_parts
from gateway.sessions import SessionTokens
from tests.unit.gateway.fakes import FakeLink, FakeRedis, FakeRpc
from yizhan.clock import FrozenClock
from yizhan.contracts.stations import Staff
from yizhan.settings import Settings

KEY = "k" * 32


@pytest.fixture
def settings() -> Settings:
    return Settings(session_key=SecretStr(KEY), redis_prefix="t:", board_port=8701)


@pytest.fixture
def rpc() -> FakeRpc:
    return FakeRpc()


@pytest.fixture
def redis() -> FakeRedis:
    return FakeRedis()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock("2026-03-01T08:00+08:00")


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def staff() -> Staff:
    return Staff.model_validate(examples.example_of(Staff))


@pytest.fixture(scope="session")
def routed() -> FastAPI:
    """The routes, built once: that takes longer than most of these tests."""
    return create_app(Settings(session_key=SecretStr(KEY)), FakeRpc(), FakeRedis())


@pytest.fixture
def app(
    routed: FastAPI, settings: Settings, rpc: FakeRpc, redis: FakeRedis, link: FakeLink, clock: FrozenClock
) -> FastAPI:
    routed.state.parts = make_parts(settings, rpc, redis, link=link, clock=clock)
    return routed


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not signed in."""
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://yizhan.test:8600") as made:
        yield made


@pytest.fixture
def bearer(clock: FrozenClock, staff: Staff) -> dict[str, str]:
    """The header of a signed-in member of the staff."""
    return {"Authorization": f"Bearer {SessionTokens(KEY.encode(), clock).issue(staff).token}"}


@pytest.fixture
async def signed_in(client: httpx.AsyncClient, bearer: dict[str, str]) -> httpx.AsyncClient:
    client.headers.update(bearer)
    return client


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Assert that an answer is this problem, in its media type, and return it."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    found: dict[str, Any] = response.json()
    assert (response.status_code, found["code"]) == (status, code), found
    assert found["status"] == status
    assert found["type"] == f"urn:yizhan:problem:{code}"
    return found
