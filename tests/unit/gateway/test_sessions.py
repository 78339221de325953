"""Signing in, and what becomes of tokens that are not ours."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest
from limits import RateLimitItemPerMinute
from pydantic import SecretStr

from gateway.app import create_app
from gateway.rates import SignInLimiter, SignInRates
from gateway.sessions import SessionKeyTooShort, SessionTokens
from tests.unit.gateway.conftest import KEY, problem
from tests.unit.gateway.fakes import FakeRedis, FakeRpc
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import PUBLIC, Actor
from yizhan.contracts.errors import CredentialsRefused, RemoteProblem, ServiceUnavailable, TooManyRequests
from yizhan.contracts.stations import Staff
from yizhan.settings import SettingMissing, Settings

SESSIONS = "/api/v1/sessions"
CURRENT = "/api/v1/sessions/current"
GOOD = {"login": "wang.fang", "password": "a-long-passphrase"}


async def test_signing_in_gives_a_token_that_opens_doors(
    client: httpx.AsyncClient, rpc: FakeRpc, staff: Staff
) -> None:
    """The token carries the Actor to the services, for eight hours."""
    opened = await client.post(SESSIONS, json=GOOD)
    assert opened.status_code == 201
    assert opened.headers["location"] == CURRENT
    assert opened.headers["cache-control"] == "no-store"
    assert opened.json()["expires_at"] == "2026-03-01T08:00:00Z"
    assert rpc.last.actor == PUBLIC

    bearer = {"Authorization": f"bearer {opened.json()['token']}"}
    current = (await client.get(CURRENT, headers=bearer)).json()
    assert current["staff_id"] == staff.id
    await client.get("/api/v1/employers", params={"station": staff.station}, headers=bearer)
    assert rpc.last.actor == Actor(id=staff.id, role=staff.role, station=staff.station)


async def test_wrong_credentials_pass_through_with_a_challenge(
    client: httpx.AsyncClient, rpc: FakeRpc
) -> None:
    """The service's refusal reaches the caller as it is, with what HTTP asks of a 401."""
    rpc.errors["sign_in"] = RemoteProblem(CredentialsRefused("Login or password is wrong").to_problem())
    response = await client.post(SESSIONS, json=GOOD)
    problem(response, 401, "auth.credentials_refused")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_request_without_a_session_is_asked_to_sign_in(
    client: httpx.AsyncClient, rpc: FakeRpc
) -> None:
    """No header, no answer; and its body is not even parsed."""
    problem(await client.post("/api/v1/postings", content=b"{"), 401, "auth.sign_in_required")
    assert rpc.asked == []


async def test_a_session_ends_after_eight_hours(
    client: httpx.AsyncClient, bearer: dict[str, str], clock: FrozenClock
) -> None:
    """Good to the last second, and not a second longer."""
    clock.move_to("2026-03-01T15:59:59+08:00")
    assert (await client.get(CURRENT, headers=bearer)).status_code == 200
    clock.move_to("2026-03-01T16:00:00+08:00")
    problem(await client.get(CURRENT, headers=bearer), 401, "auth.session_expired")


def _claims(**changes: Any) -> dict[str, Any]:
    """Good claims, with some changed; `...` leaves one out."""
    claims = {
        "iss": "yizhan",
        "sub": "01950001-7c00-7000-8000-000000000001",
        "role": "station_staff",
        "station": "522730",
        "iat": 1772323200,
        "exp": 1772352000,
        "jti": "x",
    }
    return {name: value for name, value in (claims | changes).items() if value is not ...}


def _signed(claims: dict[str, Any], key: str = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


async def test_the_claims_of_the_next_test_are_good_but_for_one(client: httpx.AsyncClient) -> None:
    """Unchanged they open the door, so that each change is what closes it."""
    response = await client.get(CURRENT, headers={"Authorization": f"Bearer {_signed(_claims())}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "é.é.é",
        "x" * 5000,
        _signed(_claims(), key="j" * 32),
        _signed(_claims(), key=KEY * 2, algorithm="HS512"),
        jwt.encode(_claims(), None, algorithm="none"),
        _signed(_claims(iss="elsewhere")),
        *(_signed(_claims(**{name: ...})) for name in ("iss", "sub", "role", "station", "iat", "exp", "jti")),
        _signed(_claims(role="system")),
        _signed(_claims(role="public")),
        _signed(_claims(role="king")),
        _signed(_claims(role=["system"])),
        _signed(_claims(station=None)),
        _signed(_claims(station="x")),
        _signed(_claims(sub="")),
        _signed(_claims(exp="soon")),
        _signed(_claims(exp=10**30)),
        _signed(_claims(iat={})),
        _signed(_claims())[:-2],
    ],
)
async def test_a_token_that_is_not_ours_is_refused(client: httpx.AsyncClient, token: str) -> None:
    """Forged, foreign, damaged, unsigned, or of a role that nobody can sign in as."""
    headers = [(b"authorization", f"Bearer {token}".encode())]
    problem(await client.get(CURRENT, headers=headers), 401, "auth.session_invalid")


async def test_another_scheme_is_no_session(client: httpx.AsyncClient) -> None:
    """Basic credentials are not tried as anything."""
    problem(await client.get(CURRENT, headers={"Authorization": "Basic eDp4"}), 401, "auth.session_invalid")


async def test_a_bad_token_is_refused_where_the_public_may_come_in(client: httpx.AsyncClient) -> None:
    """Whoever brings a session learns that it is bad, instead of being served less in silence."""
    headers = {"Authorization": "Bearer x.y.z"}
    problem(await client.get("/api/v1/stations", headers=headers), 401, "auth.session_invalid")


def test_a_short_key_is_refused(clock: FrozenClock, rpc: FakeRpc, redis: FakeRedis) -> None:
    """31 bytes sign nothing, and without a key the gateway does not start."""
    with pytest.raises(SessionKeyTooShort):
        SessionTokens(b"k" * 31, clock)
    with pytest.raises(SessionKeyTooShort):
        create_app(Settings(session_key=SecretStr("short")), rpc, redis)
    with pytest.raises(SettingMissing):
        create_app(Settings(session_key=None), rpc, redis)


@pytest.fixture
def limiter(redis: FakeRedis) -> SignInLimiter:
    """Three attempts an address, two a login; counted in the process, since this Redis leads nowhere."""
    rates = SignInRates(RateLimitItemPerMinute(3), RateLimitItemPerMinute(2))
    return SignInLimiter.on_redis(redis, "t:", rates)


async def test_guessing_at_one_login_is_limited(limiter: SignInLimiter) -> None:
    """From however many addresses, and however the login is written."""
    await limiter.admit("192.0.2.1", "wang")
    await limiter.admit("192.0.2.2", "WANG ")
    with pytest.raises(TooManyRequests) as refused:
        await limiter.admit("192.0.2.3", "wang")
    assert 1 <= refused.value.evidence["retry_after_seconds"] <= 61


async def test_a_right_password_forgets_the_wrong_ones(limiter: SignInLimiter) -> None:
    """Only failures in a row count against a login."""
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"):
        await limiter.admit(address, "wang")
        await limiter.forget("wang")


async def test_an_address_is_limited_over_all_logins(limiter: SignInLimiter) -> None:
    """Trying many logins from one place is guessing too; a neighbour is not hindered."""
    for login in "abc":
        await limiter.admit("192.0.2.1", login)
    with pytest.raises(TooManyRequests):
        await limiter.admit("192.0.2.1", "d")
    await limiter.admit("192.0.2.2", "d")


async def test_an_ipv6_neighbourhood_counts_as_one_address(limiter: SignInLimiter) -> None:
    """Whoever has a /64 has all its addresses."""
    for number, login in enumerate("abc"):
        await limiter.admit(f"2001:db8::{number}", login)
    with pytest.raises(TooManyRequests):
        await limiter.admit("2001:db8::ffff", "d")
    await limiter.admit("2001:db8:0:1::1", "d")


async def test_ipv4_clients_of_a_dual_stack_socket_are_told_apart(limiter: SignInLimiter) -> None:
    """::ffff:192.0.2.1 is 192.0.2.1, and not its neighbour."""
    for login in "abc":
        await limiter.admit("::ffff:192.0.2.1", login)
    await limiter.admit("::ffff:192.0.2.2", "d")
    with pytest.raises(TooManyRequests):
        await limiter.admit("192.0.2.1", "e")


async def test_an_outage_does_not_count_as_guessing(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """Whoever tries until the service is back gets in, with no attempt held against him."""
    rpc.errors["sign_in"] = ServiceUnavailable("stations is away")
    for _ in range(12):
        problem(await client.post(SESSIONS, json=GOOD), 503, "service.unavailable")
    del rpc.errors["sign_in"]
    assert (await client.post(SESSIONS, json=GOOD)).status_code == 201


async def test_wrong_passwords_in_a_row_are_limited(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """Ten in five minutes by default; the eleventh is not even checked."""
    rpc.errors["sign_in"] = RemoteProblem(CredentialsRefused("Login or password is wrong").to_problem())
    for _ in range(10):
        problem(await client.post(SESSIONS, json=GOOD), 401, "auth.credentials_refused")
    problem(await client.post(SESSIONS, json=GOOD), 429, "request.too_many")
    assert len(rpc.asked) == 10


async def test_one_attempt_too_many_is_told_when_to_come_again(
    settings: Settings, rpc: FakeRpc, redis: FakeRedis, clock: FrozenClock
) -> None:
    """429 with Retry-After; the service is not asked, so that no password is checked."""
    rates = SignInRates(RateLimitItemPerMinute(1), RateLimitItemPerMinute(9))
    app = create_app(settings, rpc, redis, clock=clock, sign_in_rates=rates)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        assert (await client.post(SESSIONS, json=GOOD)).status_code == 201
        refused = await client.post(SESSIONS, json=GOOD)
    problem(refused, 429, "request.too_many")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert len(rpc.asked) == 1


async def test_a_stranger_who_guesses_is_told_when_to_come_again(
    settings: Settings, rpc: FakeRpc, redis: FakeRedis, clock: FrozenClock
) -> None:
    """Numbers of slips cannot be tried one after the other beside somebody's identity number."""
    rates = SignInRates(RateLimitItemPerMinute(9), RateLimitItemPerMinute(1))
    app = create_app(settings, rpc, redis, clock=clock, sign_in_rates=rates)
    guess = {"slip": "7MXFSS", "id_number": "522730199001010018"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        first = await client.post("/api/v1/seekers/own-record", json=guess)
        refused = await client.post("/api/v1/seekers/own-record", json=guess)
    assert first.status_code != 429
    problem(refused, 429, "request.too_many")
