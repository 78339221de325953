"""Every refusal as application/problem+json (RFC 9457), whoever refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from yizhan.contracts.errors import (
    FieldFault,
    MethodNotAllowed,
    Problem,
    RequestInvalid,
    RouteNotFound,
    YizhanError,
)

MEDIA_TYPE = "application/problem+json"

#: Told when an error names no time of its own; a restart of a process behind takes about so long.
RETRY_AFTER_SECONDS = 2

#: A hostile body can earn a fault per element; nobody reads more than these.
MAX_FAULTS = 50
_MAX_POINTER_CHARACTERS = 200
_VALUE_ERROR = re.compile(r"^(Value|Assertion) error, ")


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem with the headers that its status asks for."""
    extra = dict(headers or {})
    if problem.status == 401:
        extra.setdefault("WWW-Authenticate", 'Bearer realm="yizhan"')
    if problem.status in (429, 503):
        extra.setdefault("Retry-After", str(_retry_after_seconds(problem)))
    return Response(
        problem.model_dump_json().encode(), status_code=problem.status, headers=extra, media_type=MEDIA_TYPE
    )


def _retry_after_seconds(problem: Problem) -> int:
    told = problem.evidence.get("retry_after_seconds")
    return max(1, int(told)) if isinstance(told, int | float) else RETRY_AFTER_SECONDS


def invalid_request(errors: Iterable[Mapping[str, Any]], *, within: str = "") -> RequestInvalid:
    """pydantic's errors as one RequestInvalid. `within`: "body" when their places are relative to the body.

    A fault's pointer is RFC 6901 into the body; for what is not in the body it is `path:<name>` or
    `query:<name>`, which no JSON pointer can be. The offending value is never repeated: it may be a password.
    """
    found = [
        FieldFault(
            pointer=_pointer(((within,) if within else ()) + tuple(error["loc"])),
            code=str(error["type"]),
            detail=_VALUE_ERROR.sub("", str(error["msg"]))[:300],
        )
        for error in errors
    ]
    if len(found) == 1:
        detail = f"{found[0].pointer or 'the body'}: {found[0].detail}"
    else:
        detail = f"{len(found)} fields are not as they should be"
    return RequestInvalid(detail, faults=tuple(found[:MAX_FAULTS]))


def _pointer(place: Sequence[str | int]) -> str:
    if place and place[0] in ("path", "query", "header"):
        return ":".join(str(part) for part in place)[:_MAX_POINTER_CHARACTERS]
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in place[1:])
    return "".join(f"/{part}" for part in parts)[:_MAX_POINTER_CHARACTERS]


def install(app: FastAPI) -> None:
    """Answer with problems whatever goes wrong inside the routes; the envelope answers for what is left."""
    app.add_exception_handler(YizhanError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, YizhanError)
    return problem_response(error.to_problem())


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(invalid_request(error.errors()).to_problem())


async def _http(request: Request, error: Exception) -> Response:
    """The router's own refusals. It knows only 404 and 405; anything else would be a defect."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = ", ".join(sorted(methods_of(request.app, request.url.path)))
        refusal = MethodNotAllowed(f"This address takes {allowed}", allowed=allowed)
        return problem_response(refusal.to_problem(), {"Allow": allowed})
    if error.status_code == 404:
        return problem_response(RouteNotFound("There is nothing at this address").to_problem())
    raise error


def methods_of(app: FastAPI, path: str) -> set[str]:
    """All methods that some route takes at this path; the router itself names its first match's only."""
    return {
        method
        for route in app.routes
        if isinstance(route, Route) and route.path_regex.match(path)
        for method in route.methods or ()
    }
