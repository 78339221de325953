"""The staff's console: the session that its browser keeps, and the built files of its page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from gateway import console_cookie, examples
from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask, session_of
from gateway.console_files import ConsoleFiles
from gateway.documents import problem_responses, success_response
from gateway.files import add_pages
from gateway.operations import PREFIX, model_response
from gateway.routes.sessions import sign_in
from gateway.sessions import ClosedConsoleSession, ConsoleSession
from yizhan.contracts.errors import (
    CredentialsRefused,
    CsrfRefused,
    NotAllowed,
    RemoteProblem,
    SessionInvalid,
    TooManyRequests,
)
from yizhan.contracts.stations import SignIn, Staff, StationNotFound, StationRef, StationsRpc

_TAG = "sessions"
_ADDRESS = f"{PREFIX}/console/session"
_FILES = ConsoleFiles(Path(__file__).parent.parent / "pages" / "console")


@admitted(Admission(Access.OPEN, body=SignIn))
async def open_console_session(
    request: Request,
    body: Annotated[SignIn, Body(openapi_examples={"example": {"value": examples.body_example(SignIn)}})],
) -> Response:
    """Sets an httpOnly cookie for eight hours and tells the CSRF token that belongs to it."""
    console_cookie.refuse_other_sites(request)
    opened = await sign_in(request, body)
    session = ConsoleSession(
        staff=opened.staff,
        expires_at=opened.expires_at,
        csrf_token=console_cookie.csrf_token(request, opened.token),
    )
    response = model_response(session, 201, {"Location": _ADDRESS})
    console_cookie.keep(request, response, opened)
    return response


@admitted(Admission(Access.SESSION))
async def read_console_session(request: Request) -> Response:
    """Whose session the browser holds, as his account stands now, and the CSRF token again."""
    session = session_of(request)
    return model_response(
        ConsoleSession(
            staff=await _account(request),
            expires_at=session.expires_at,
            csrf_token=console_cookie.csrf_token(request, session.token),
        )
    )


async def _account(request: Request) -> Staff:
    """The caller's own account. Raises SessionInvalid when it is closed."""
    actor = session_of(request).actor
    assert actor.station is not None
    try:
        listed = await ask(request, StationsRpc.list_staff, StationRef(code=actor.station))
    except RemoteProblem as refused:
        if refused.problem.status != NotAllowed.status:
            raise
        raise SessionInvalid("The account is closed") from None
    found = next((one for one in listed.staff if one.id == actor.id and one.active), None)
    if found is None:
        raise SessionInvalid("The account is closed")
    return found


@admitted(Admission(Access.SESSION))
async def close_console_session(request: Request) -> Response:
    """Signs out: the browser forgets the cookie."""
    response = model_response(ClosedConsoleSession(closed=True))
    console_cookie.drop(request, response)
    return response


@admitted(Admission(Access.OPEN, query=None))
async def console_page(request: Request) -> Response:
    return _FILES.page(request)


@admitted(Admission(Access.OPEN, query=None))
async def console_file(request: Request, name: str) -> Response:
    return _FILES.file(request, name)


@admitted(Admission(Access.OPEN, query=None))
async def console_asset(request: Request, name: str) -> Response:
    return _FILES.asset(request, name)


def add_to(router: APIRouter) -> None:
    """Make the routes; those of the page are no API and stay out of its document."""
    router.add_api_route(
        _ADDRESS,
        open_console_session,
        methods=["POST"],
        status_code=201,
        response_model=ConsoleSession,
        operation_id="openConsoleSession",
        tags=[_TAG],
        summary="Sign in by a browser",
        responses={
            **success_response(201, ConsoleSession, has_location=True),
            **problem_responses(
                Access.OPEN, (CredentialsRefused, CsrfRefused, TooManyRequests), has_body=True, asks=True
            ),
        },
        route_class_override=AdmittedRoute,
    )
    router.add_api_route(
        _ADDRESS,
        read_console_session,
        methods=["GET"],
        response_model=ConsoleSession,
        operation_id="readConsoleSession",
        tags=[_TAG],
        summary="Read a browser's session",
        responses={
            **success_response(200, ConsoleSession),
            **problem_responses(Access.SESSION, (StationNotFound,), has_body=False, asks=True),
        },
        route_class_override=AdmittedRoute,
    )
    router.add_api_route(
        _ADDRESS,
        close_console_session,
        methods=["DELETE"],
        response_model=ClosedConsoleSession,
        operation_id="closeConsoleSession",
        tags=[_TAG],
        summary="Sign out of a browser",
        responses={
            **success_response(200, ClosedConsoleSession),
            **problem_responses(Access.SESSION, (), has_body=False, asks=False, changes=True),
        },
        route_class_override=AdmittedRoute,
    )
    add_pages(
        router,
        (
            ("/console", console_page),
            ("/console/{name}", console_file),
            ("/console/assets/{name}", console_asset),
        ),
    )
