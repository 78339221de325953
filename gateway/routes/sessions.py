"""Signing in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from gateway import examples
from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask, session_of
from gateway.documents import problem_responses, success_response
from gateway.operations import PREFIX, model_response
from gateway.parts import parts_of
from gateway.sessions import CurrentSession, OpenedSession
from yizhan.contracts.actor import PUBLIC
from yizhan.contracts.errors import CredentialsRefused, ServiceUnavailable, TooManyRequests
from yizhan.contracts.stations import SignIn, StationsRpc

_TAG = "sessions"


@admitted(Admission(Access.OPEN, body=SignIn))
async def open_session(
    request: Request,
    body: Annotated[SignIn, Body(openapi_examples={"example": {"value": examples.body_example(SignIn)}})],
) -> Response:
    """Gives a token for eight hours. Attempts are limited per client address and per login."""
    return model_response(await sign_in(request, body), 201, {"Location": f"{PREFIX}/sessions/current"})


async def sign_in(request: Request, body: SignIn) -> OpenedSession:
    """A new session. Raises CredentialsRefused, TooManyRequests, ServiceUnavailable, ServiceTimeout."""
    parts = parts_of(request)
    address = request.client.host if request.client else "unknown"
    await parts.sign_ins.admit(address, body.login)
    try:
        signed_in = await ask(request, StationsRpc.sign_in, body, actor=PUBLIC)
    except ServiceUnavailable:
        # Nobody looked at the password; an outage must not lock its victims out once it is over.
        await parts.sign_ins.forget(body.login)
        raise
    await parts.sign_ins.forget(body.login)
    return parts.tokens.issue(signed_in.staff)


@admitted(Admission(Access.SESSION))
async def current_session(request: Request) -> Response:
    """Says whose session the token is, and until when."""
    session = session_of(request)
    return model_response(
        CurrentSession.model_validate(
            {
                "staff_id": session.actor.id,
                "role": session.actor.role,
                "station": session.actor.station,
                "issued_at": session.issued_at,
                "expires_at": session.expires_at,
            }
        )
    )


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    router.add_api_route(
        f"{PREFIX}/sessions",
        open_session,
        methods=["POST"],
        status_code=201,
        response_model=OpenedSession,
        operation_id="openSession",
        tags=[_TAG],
        summary="Sign in",
        responses={
            **success_response(201, OpenedSession, has_location=True),
            **problem_responses(Access.OPEN, (CredentialsRefused, TooManyRequests), has_body=True, asks=True),
        },
        route_class_override=AdmittedRoute,
    )
    router.add_api_route(
        f"{PREFIX}/sessions/current",
        current_session,
        methods=["GET"],
        response_model=CurrentSession,
        operation_id="currentSession",
        tags=[_TAG],
        summary="Read the current session",
        responses={
            **success_response(200, CurrentSession),
            **problem_responses(Access.SESSION, (), has_body=False, asks=False),
        },
        route_class_override=AdmittedRoute,
    )
