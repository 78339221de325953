"""The parts of the API document that routes share: answers, problems, the Idempotency-Key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from gateway import examples
from gateway.admission import Access
from gateway.callers import IDEMPOTENCY_KEY_PATTERN
from gateway.problems import MEDIA_TYPE
from yizhan.contracts.errors import (
    CsrfRefused,
    InternalFault,
    NotAllowed,
    OutsideScope,
    RequestInvalid,
    RequestNotJson,
    RequestTooLarge,
    RequestTooSlow,
    ServiceTimeout,
    ServiceUnavailable,
    SessionExpired,
    SessionInvalid,
    SignInRequired,
    TooManyRequests,
    YizhanError,
)
from yizhan.contracts.integrators import ApiKeyRefused

Responses = dict[int | str, dict[str, Any]]

IDEMPOTENCY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Makes the command safe to repeat: the same key with the same body is answered with the first "
        "answer, with another body it is refused as `request.idempotency_key_reused`."
    ),
    "schema": {"type": "string", "minLength": 8, "maxLength": 128, "pattern": IDEMPOTENCY_KEY_PATTERN},
    "example": "2026-03-03-posting-0001",
}

_TRACE_HEADERS: dict[str, Any] = {
    "X-Correlation-Id": {
        "description": "The id that finds this request in the logs; the caller's own where it sent one.",
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_LOCATION = {"Location": {"description": "The new thing's address.", "schema": {"type": "string"}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}

_DESCRIPTIONS = {200: "Done.", 201: "Made."}


def success_response(
    status: int,
    model: type[BaseModel],
    *,
    has_location: bool = False,
    example: dict[str, Any] | None = None,
) -> Responses:
    """What a route answers when all goes well. `example`: None takes the model's own."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "headers": {**_TRACE_HEADERS, **(_LOCATION if has_location else {})},
            "content": {"application/json": {"example": example or examples.example_of(model)}},
        }
    }


def problem_responses(
    access: Access,
    errors: Iterable[type[YizhanError]],
    *,
    has_body: bool,
    asks: bool,
    changes: bool = False,
) -> Responses:
    """All that a route may refuse with, by status; one example per code.

    has_body: it reads a body. asks: it asks a service, which may be away or refuse the caller. changes: it is
    no GET, and a console's session must bring its CSRF token.
    """
    classes: list[type[YizhanError]] = [RequestTooLarge, RequestInvalid]
    if access is Access.INTEGRATOR:
        classes += [ApiKeyRefused, TooManyRequests, NotAllowed]
    elif access is not Access.OPEN:
        classes += [SessionInvalid, SessionExpired]
    if access is Access.SESSION:
        classes += [SignInRequired, NotAllowed, OutsideScope]
    if changes and access in (Access.SESSION, Access.OPTIONAL):
        classes.append(CsrfRefused)
    if has_body:
        classes += [RequestNotJson, RequestTooSlow]
    if asks:
        classes += [ServiceUnavailable, ServiceTimeout]
    classes += [*errors, InternalFault]
    by_status: dict[int, dict[str, type[YizhanError]]] = defaultdict(dict)
    for cls in classes:
        by_status[cls.status][cls.code] = cls
    return {status: _problem_response(status, found) for status, found in sorted(by_status.items())}


def _problem_response(status: int, errors: dict[str, type[YizhanError]]) -> dict[str, Any]:
    headers = dict(_TRACE_HEADERS)
    if status == 401:
        headers |= _CHALLENGE
    if status in (429, 503):
        headers |= _RETRY_AFTER
    return {
        "description": "\n\n".join(f"`{code}`: {cls.title()}." for code, cls in errors.items()),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in errors},
            }
        },
    }
