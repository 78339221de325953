"""Who asks, and asking a service in his name."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from fastapi import Request
from pydantic import BaseModel

from gateway import trace
from gateway.console_cookie import cookie_session
from gateway.parts import parts_of
from gateway.sessions import Session
from gateway.trace import Trace
from yizhan.contracts.actor import PUBLIC, Actor, Role
from yizhan.contracts.errors import (
    IdempotencyKeyInvalid,
    SessionInvalid,
    SignInRequired,
)
from yizhan.contracts.integrators import ApiKeyRefused, CheckApiKey, IntegratorsRpc
from yizhan.contracts.rpc import Method

A = TypeVar("A", bound=BaseModel)

_MAX_KEY_CHARACTERS = 200

IDEMPOTENCY_KEY_PATTERN = r"^[\x21-\x7e]{8,128}$"

#: Where admission leaves the Actor of an integrator whose key was found good.
INTEGRATOR_KEY = "yizhan.integrator"
#: Where admission leaves the verified Session in an ASGI scope; absent for the public.
SESSION_KEY = "yizhan.session"


def verified_session(request: Request) -> Session | None:
    """The session that a request carries, or None. Raises SessionInvalid, SessionExpired, CsrfRefused.

    A Bearer token goes before a console's cookie.
    """
    header = request.headers.get("authorization", "").strip()
    if not header:
        return cookie_session(request)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise SessionInvalid("Authorization takes a Bearer token")
    return parts_of(request).tokens.read(token.strip())


def session_of(request: Request) -> Session:
    """The session that admission verified. Raises SignInRequired when there is none."""
    session = cast(Session | None, request.scope.get(SESSION_KEY))
    if session is None:
        raise SignInRequired("Sign in first: POST /api/v1/sessions")
    return session


def actor_of(request: Request) -> Actor:
    """The Actor that a request is made by: its key's or its session's, else the public."""
    integrator = cast(Actor | None, request.scope.get(INTEGRATOR_KEY))
    if integrator is not None:
        return integrator
    session = cast(Session | None, request.scope.get(SESSION_KEY))
    return session.actor if session is not None else PUBLIC


async def admit_integrator(request: Request) -> None:
    """Find out whose API key a request brings. Raises ApiKeyRefused, TooManyRequests.

    services/notify is asked each time: a key that was rotated or revoked is void at once.
    """
    scheme, _, key = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(key.strip()) <= _MAX_KEY_CHARACTERS:
        raise ApiKeyRefused("Authorization takes a Bearer API key")
    found = await ask(request, IntegratorsRpc.check_api_key, CheckApiKey(key=key.strip()), actor=PUBLIC)
    await parts_of(request).integrators.admit(found.id)
    request.scope[INTEGRATOR_KEY] = Actor(id=found.id, role=Role.INTEGRATOR)


def idempotency_key_of(request: Request) -> str | None:
    """The request's Idempotency-Key, or None. Raises IdempotencyKeyInvalid for a malformed one."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    key = keys[0]
    if (
        len(keys) > 1
        or not 8 <= len(key) <= 128
        or not all("\x21" <= character <= "\x7e" for character in key)
    ):
        raise IdempotencyKeyInvalid(
            "An Idempotency-Key has 8 to 128 visible ASCII characters, and is given once"
        )
    return key


async def ask(
    request: Request,
    method: Method[Any, A],
    body: BaseModel,
    *,
    actor: Actor | None = None,
    idempotency_key: str | None = None,
) -> A:
    """Ask a service in the name of a request's caller. Raises what Rpc.call raises."""
    ids: Trace = request.scope[trace.SCOPE_KEY]
    return await parts_of(request).rpc.call(
        method,
        body,
        actor=actor or actor_of(request),
        correlation=ids.correlation,
        traceparent=ids.traceparent,
        idempotency_key=idempotency_key,
    )
