"""One HTTP operation per RPC method, as data: the route, its documents and its call follow from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ValidationError

from gateway import examples
from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.bodies import body_model, optional
from gateway.callers import ask, idempotency_key_of
from gateway.documents import IDEMPOTENCY_PARAMETER, problem_responses, success_response
from gateway.parts import parts_of
from gateway.problems import invalid_request
from yizhan.contracts.errors import IdempotencyKeyInvalid, IdempotencyKeyReused, TooManyRequests, YizhanError
from yizhan.contracts.rpc import Method

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Operation:
    """An operation that is one RPC.

    path: under /api/v1. takes: path parameter → field of the RPC request that it fills. What is left of the
    request is the body of a command, or the query of a query; a query that is a POST takes a body, since what
    it asks by may not stand in an address. location: the new thing's address, with fields
    of the answer in braces. problems: the service's refusals beyond those that every route knows.
    guessed: a field of the body by which a stranger proves who he is; attempts are limited per address and
    per value of it, as attempts to sign in are.
    """

    id: str
    verb: str
    path: str
    rpc: Method[Any, Any]
    tag: str
    summary: str
    description: str = ""
    takes: Mapping[str, str] = field(default_factory=dict)
    access: Access = Access.SESSION
    status: int = 200
    location: str | None = None
    problems: tuple[type[YizhanError], ...] = ()
    guessed: str | None = None

    @property
    def rest(self) -> dict[str, Any]:
        """The fields of the RPC request that the address does not give."""
        filled = set(self.takes.values())
        return {name: info for name, info in self.rpc.request.model_fields.items() if name not in filled}

    @property
    def body(self) -> type[BaseModel] | None:
        """The model of the body; there is none with GET, nor with DELETE, whose address says all."""
        if self.verb in ("GET", "DELETE"):
            return None
        request: type[BaseModel] = self.rpc.request
        return body_model(request, tuple(self.takes.values()))

    @property
    def admission(self) -> Admission:
        query = frozenset(self.rest) if self.verb == "GET" else frozenset()
        return Admission(self.access, self.body, query, self.rpc.command)

    def add_to(self, router: APIRouter) -> None:
        """Make the route."""
        shared: tuple[type[YizhanError], ...] = ()
        if self.rpc.command:
            shared += (IdempotencyKeyInvalid, IdempotencyKeyReused)
        if self.guessed is not None:
            shared += (TooManyRequests,)
        router.add_api_route(
            PREFIX + self.path,
            self._endpoint(),
            methods=[self.verb],
            status_code=self.status,
            response_model=self.rpc.response,
            operation_id=self.id,
            tags=[self.tag],
            summary=self.summary,
            description=self.description or (inspect.getdoc(self.rpc.request) or ""),
            responses={
                **success_response(self.status, self.rpc.response, has_location=self.location is not None),
                **problem_responses(
                    self.access,
                    (*shared, *self.problems),
                    has_body=self.body is not None,
                    asks=True,
                    changes=self.rpc.command,
                ),
            },
            openapi_extra={"parameters": [IDEMPOTENCY_PARAMETER]} if self.rpc.command else None,
            route_class_override=AdmittedRoute,
        )

    def _endpoint(self) -> Callable[..., Coroutine[Any, Any, Response]]:
        @admitted(self.admission)
        async def endpoint(request: Request, **given: Any) -> Response:
            asked = self._request(given)
            if self.guessed is not None:
                address = request.client.host if request.client else "unknown"
                await parts_of(request).sign_ins.admit(address, getattr(asked, self.guessed))
            answer: BaseModel = await ask(
                request,
                self.rpc,
                asked,
                idempotency_key=idempotency_key_of(request) if self.rpc.command else None,
            )
            return self._response(answer)

        endpoint.__name__ = self.id
        endpoint.__signature__ = self._signature()  # type: ignore[attr-defined]
        return endpoint

    def _signature(self) -> inspect.Signature:
        """What FastAPI reads: the request, path parameters, and the body or the query parameters."""
        parameters = [_parameter("request", Request)]
        for name, filled in self.takes.items():
            info = self.rpc.request.model_fields[filled]
            parameters.append(_parameter(name, Annotated[info.rebuild_annotation(), Path()]))
        if self.body is not None:
            parameters.append(_body_parameter(self.body))
        elif self.verb == "GET":
            for name, info in self.rest.items():
                default = inspect.Parameter.empty if info.is_required() else info.default
                parameters.append(_parameter(name, Annotated[info.rebuild_annotation(), Query()], default))
        return inspect.Signature(parameters)

    def _request(self, given: dict[str, Any]) -> BaseModel:
        """The RPC request from what FastAPI gives: path parameters, then the body's or the query's fields."""
        fields = {filled: given[name] for name, filled in self.takes.items()}
        body: BaseModel | None = given.get("body") if self.body is not None else None
        if body is not None:
            fields |= {name: getattr(body, name) for name in body.model_fields_set}
        elif self.verb == "GET":
            fields |= {name: given[name] for name in self.rest if given[name] is not None}
        try:
            request: BaseModel = self.rpc.request.model_validate(fields)
        except ValidationError as error:
            raise invalid_request(error.errors(include_url=False), within="body") from None
        return request

    def _response(self, answer: BaseModel) -> Response:
        headers = {"Location": PREFIX + self.location.format_map(dict(answer))} if self.location else None
        return model_response(answer, self.status, headers)


def model_response(
    answer: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A contract's model as JSON; it was validated when it came in and is not validated again."""
    return Response(
        answer.model_dump_json().encode(), status_code=status, headers=headers, media_type="application/json"
    )


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _body_parameter(model: type[BaseModel]) -> inspect.Parameter:
    openapi_examples: Any = {"example": {"value": examples.body_example(model)}}
    if optional(model):
        return _parameter("body", Annotated[model | None, Body(openapi_examples=openapi_examples)], None)
    return _parameter("body", Annotated[model, Body(openapi_examples=openapi_examples)])
