"""The application: routes, envelope, and the parts that the routes share."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Response
from redis.asyncio import Redis
from starlette.middleware.cors import CORSMiddleware

from gateway import openapi, problems
from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.envelope import Envelope
from gateway.live import LiveNews
from gateway.parts import Parts
from gateway.ports import Link, Rpc
from gateway.rates import IntegratorLimiter, SignInLimiter, SignInRates, UploadLimiter
from gateway.routes import (
    board,
    checkins,
    compliance,
    console,
    devices,
    dispatches,
    draw_pages,
    draws,
    employers,
    facilities,
    fairs,
    guides,
    health,
    imports,
    index,
    integrations,
    integrators,
    live,
    matching,
    messages,
    notices,
    postings,
    premises,
    sanctions,
    screens,
    seekers,
    sessions,
    staff,
    stages,
    stations,
    stop_page,
    support,
    training,
    uploads,
)
from gateway.sessions import SessionTokens
from gateway.sweeping import swept
from gateway.wellness import CHECK_SECONDS, Check, Wellness, broker_check, peer_check, redis_check
from yizhan.clock import Clock, SystemClock
from yizhan.files import FileStore
from yizhan.settings import SettingMissing, Settings

#: The board is read most, and routes are tried in order.
_RESOURCES = (
    board,
    sessions,
    console,
    stations,
    stages,
    premises,
    facilities,
    guides,
    training,
    staff,
    devices,
    notices,
    employers,
    sanctions,
    postings,
    compliance,
    dispatches,
    fairs,
    seekers,
    checkins,
    draws,
    support,
    draw_pages,
    screens,
    messages,
    uploads,
    imports,
    live,
    integrators,
    integrations,
    matching,
    health,
    stop_page,
    index,
)


def create_app(
    settings: Settings,
    rpc: Rpc,
    redis: Redis,
    *,
    link: Link | None = None,
    clock: Clock | None = None,
    news: LiveNews | None = None,
    sign_in_rates: SignInRates | None = None,
) -> FastAPI:
    """The gateway as an ASGI application.

    rpc and redis are started and closed by the caller. link: the broker connection that /healthz watches;
    None leaves it out. news: what consoles follow; None for one that hears nothing. Raises SettingMissing
    without a session key, SessionKeyTooShort for a short one.
    """
    # Peers are on the machine or in the cluster: a proxy of the environment must not get in between.
    peers = httpx.AsyncClient(timeout=CHECK_SECONDS, trust_env=False) if settings.peers else None
    parts = make_parts(
        settings, rpc, redis, link=link, peers=peers, clock=clock, news=news, sign_in_rates=sign_in_rates
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with swept(parts.files, parts.clock):
            yield
        if peers is not None:
            await peers.aclose()

    app = routed_app(lifespan)
    app.state.parts = parts
    _add_middleware(app, settings.allowed_origins)
    return app


def make_parts(
    settings: Settings,
    rpc: Rpc,
    redis: Redis,
    *,
    link: Link | None = None,
    peers: httpx.AsyncClient | None = None,
    clock: Clock | None = None,
    news: LiveNews | None = None,
    sign_in_rates: SignInRates | None = None,
) -> Parts:
    """What an application's routes share. Raises SettingMissing, SessionKeyTooShort."""
    if settings.session_key is None:
        raise SettingMissing("the gateway needs YIZHAN_SESSION_KEY or YIZHAN_SESSION_KEY_FILE")
    key = settings.session_key.get_secret_value().encode("utf-8")
    clock = clock or SystemClock()
    return Parts(
        settings=settings,
        rpc=rpc,
        redis=redis,
        tokens=SessionTokens(key, clock),
        sign_ins=SignInLimiter.on_redis(redis, settings.redis_prefix, sign_in_rates),
        uploads=UploadLimiter.on_redis(redis, settings.redis_prefix),
        integrators=IntegratorLimiter.on_redis(
            redis, settings.redis_prefix, settings.integrator_requests_per_minute
        ),
        files=FileStore.from_settings(settings),
        wellness=Wellness(_checks(settings, redis, link, peers)),
        clock=clock,
        live=news or LiveNews(),
    )


def routed_app(lifespan: object = None) -> FastAPI:
    """All routes with nothing behind them: enough for the API document."""
    app = FastAPI(
        title="Yizhan",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        lifespan=lifespan,  # type: ignore[arg-type]
    )
    for resource in _RESOURCES:
        resource.add_to(app.router)
    _add_document_route(app)
    problems.install(app)
    return app


def _add_document_route(app: FastAPI) -> None:
    made: list[bytes] = []

    @admitted(Admission(Access.OPEN))
    async def read_document() -> Response:
        if not made:
            made.append(json.dumps(openapi.build(app), ensure_ascii=False).encode())
        return Response(made[0], headers={"Cache-Control": "no-cache"}, media_type="application/json")

    app.router.add_api_route(
        openapi.PATH,
        read_document,
        methods=["GET"],
        include_in_schema=False,
        route_class_override=AdmittedRoute,
    )


def _checks(
    settings: Settings, redis: Redis, link: Link | None, peers: httpx.AsyncClient | None
) -> dict[str, Check]:
    checks: dict[str, Check] = {"broker": broker_check(link)} if link is not None else {}
    checks["redis"] = redis_check(redis)
    if peers is not None:
        checks |= {name: peer_check(peers, url) for name, url in settings.peers.items()}
    return checks


def _add_middleware(app: FastAPI, allowed_origins: tuple[str, ...]) -> None:
    """CORS only for the origins that were named; the envelope last, since the last added is the outermost."""
    if allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allowed_origins),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-None-Match",
                "X-File-Name",
                "X-Correlation-Id",
            ],
            expose_headers=["ETag", "Location", "Retry-After", "X-Correlation-Id"],
            max_age=600,
        )
    app.add_middleware(Envelope)
