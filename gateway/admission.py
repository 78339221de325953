"""What is checked before a route's function runs: size, session, key, query names, body; in this order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from gateway.bodies import optional, parse_body, read_body, refuse_announced_size
from gateway.callers import (
    SESSION_KEY,
    admit_integrator,
    idempotency_key_of,
    session_of,
    verified_session,
)
from yizhan.contracts.errors import FieldFault, RequestInvalid

F = TypeVar("F", bound=Callable[..., Any])


class Access(Enum):
    """Who may come in. Whether he may do it there is decided by the service that owns the rows."""

    SESSION = "session"
    #: Another system, by its API key; a session does not help.
    INTEGRATOR = "integrator"
    #: Anybody; a session that is brought along is verified and passed on.
    OPTIONAL = "optional"
    #: Anybody; a session is not looked at.
    OPEN = "open"


@dataclass(frozen=True)
class Admission:
    """A route's terms. `body`: the model of its body, None when it takes none. `query`: the names it takes;
    None lets any pass unread, as a page does whose address people and monitors decorate. reads_body: the
    route reads its body itself, within bounds of its own, once the caller is known.
    """

    access: Access
    body: type[BaseModel] | None = None
    query: frozenset[str] | None = frozenset()
    command: bool = False
    reads_body: bool = False


def admitted(admission: Admission) -> Callable[[F], F]:
    """Mark a route's function with its terms; every route has some."""

    def mark(function: F) -> F:
        function.admission = admission  # type: ignore[attr-defined]
        return function

    return mark


class AdmittedRoute(APIRoute):
    """A route that admits before FastAPI looks at the request: no stranger's body is parsed."""

    @property
    def admission(self) -> Admission:
        """The terms of this route."""
        found: Admission = self.endpoint.admission  # type: ignore[attr-defined]
        return found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        admission = self.admission

        async def admit_and_handle(request: Request) -> Response:
            return await handle(await _admit(request, admission))

        return admit_and_handle


class _ReadRequest(Request):
    """A request whose body has been read and checked; FastAPI is handed the model instead of raw JSON."""

    def __init__(self, request: Request, raw: bytes, parsed: BaseModel | None) -> None:
        super().__init__(request.scope, request.receive)
        self._raw = raw
        self._parsed = parsed

    async def body(self) -> bytes:
        return self._raw

    async def json(self) -> Any:
        return self._parsed


async def _admit(request: Request, admission: Admission) -> Request:
    if not admission.reads_body:
        refuse_announced_size(request)
    if admission.access is Access.INTEGRATOR:
        await admit_integrator(request)
    elif admission.access is not Access.OPEN:
        _admit_caller(request, admission.access)
    if admission.command:
        idempotency_key_of(request)
    if admission.query is not None and request.scope["query_string"]:
        _refuse_unknown_query(request, admission.query)
    if admission.body is None:
        return request
    raw = await read_body(request)
    if not raw and optional(admission.body):
        return _ReadRequest(request, b"", None)
    return _ReadRequest(request, raw, parse_body(request, raw, admission.body))


def _admit_caller(request: Request, access: Access) -> None:
    session = verified_session(request)
    if session is not None:
        request.scope[SESSION_KEY] = session
    elif access is Access.SESSION:
        session_of(request)


def _refuse_unknown_query(request: Request, known: frozenset[str]) -> None:
    faults: list[FieldFault] = []
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in known:
            faults.append(_query_fault(name, "extra_forbidden", "no such parameter"))
        elif name in seen:
            faults.append(_query_fault(name, "repeated", "given more than once"))
        elif "\x00" in value:
            faults.append(_query_fault(name, "string_nul", "holds the character U+0000"))
        seen.add(name)
    if faults:
        raise RequestInvalid(f"{faults[0].pointer}: {faults[0].detail}", faults=tuple(faults[:50]))


def _query_fault(name: str, code: str, detail: str) -> FieldFault:
    return FieldFault(pointer=f"query:{name[:80]}", code=code, detail=detail)
