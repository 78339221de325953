"""Request bodies: read within bounds, parsed strictly, checked against the contract."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ValidationError, create_model

from gateway.problems import invalid_request
from yizhan.contracts.base import Message
from yizhan.contracts.errors import (
    FieldFault,
    RequestInvalid,
    RequestNotJson,
    RequestTooLarge,
    RequestTooSlow,
)

MAX_BODY_BYTES = 256 * 1024
#: How long a body may take to arrive whole; 256 KiB in this time is 17 KiB/s.
BODY_SECONDS = 15.0


@cache
def body_model(model: type[BaseModel], without: tuple[str, ...]) -> type[BaseModel]:
    """The HTTP body of an RPC request: the same fields, less those that the address gives already."""
    if not without:
        return model
    kept: dict[str, Any] = {
        name: (field.annotation, field) for name, field in model.model_fields.items() if name not in without
    }
    derived: type[BaseModel] = create_model(
        f"{model.__name__}Body", __base__=Message, __doc__=model.__doc__, **kept
    )
    return derived


def optional(model: type[BaseModel]) -> bool:
    """Whether a request may come without a body: when there is nothing to say in it."""
    return not model.model_fields


async def read_body(
    request: Request, *, seconds: float | None = None, limit_bytes: int = MAX_BODY_BYTES
) -> bytes:
    """The whole body. Raises RequestTooLarge as soon as that is known, RequestTooSlow at the deadline."""
    refuse_announced_size(request, limit_bytes)
    limit_seconds = BODY_SECONDS if seconds is None else seconds
    body = bytearray()
    try:
        async with asyncio.timeout(limit_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise _too_large(limit_bytes)
    except TimeoutError:
        raise RequestTooSlow("The body did not arrive in time", limit_seconds=limit_seconds) from None
    return bytes(body)


def refuse_announced_size(request: Request, limit_bytes: int = MAX_BODY_BYTES) -> None:
    """Raise RequestTooLarge on a Content-Length past the limit, before anything else is looked at."""
    announced = request.headers.get("content-length", "")
    # More digits than any honest length has would be refused by int() itself on newer Pythons.
    if announced.isascii() and announced.isdigit() and (len(announced) > 15 or int(announced) > limit_bytes):
        raise _too_large(limit_bytes)


def parse_body(request: Request, raw: bytes, model: type[BaseModel]) -> BaseModel:
    """A body as the contract's model: strict JSON types, no field unknown, nothing a database cannot hold."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise RequestNotJson("The Content-Type must be application/json")
    try:
        parsed = model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _refusal(error) from None
    except OverflowError:
        raise RequestInvalid("A moment or a number is outside any calendar") from None
    _refuse_nul(raw, parsed)
    return parsed


def _refusal(error: ValidationError) -> RequestNotJson | RequestInvalid:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return RequestNotJson(errors[0]["msg"][:300])
    return invalid_request(errors, within="body")


def _refuse_nul(raw: bytes, parsed: BaseModel) -> None:
    """PostgreSQL cannot keep U+0000, and no text that a person types holds one."""
    if b"\\u0000" not in raw:
        return
    faults = tuple(_nul_faults(parsed.model_dump(mode="json"), ""))
    if faults:
        raise RequestInvalid(f"{faults[0].pointer}: {faults[0].detail}", faults=faults)


def _nul_faults(value: Any, pointer: str) -> list[FieldFault]:
    if isinstance(value, dict):
        return [fault for key, inner in value.items() for fault in _nul_faults(inner, f"{pointer}/{key}")]
    if isinstance(value, list):
        return [
            fault for index, inner in enumerate(value) for fault in _nul_faults(inner, f"{pointer}/{index}")
        ]
    if isinstance(value, str) and "\x00" in value:
        return [FieldFault(pointer=pointer, code="string_nul", detail="holds the character U+0000")]
    return []


def _too_large(limit_bytes: int) -> RequestTooLarge:
    return RequestTooLarge(f"A body has at most {limit_bytes} bytes", limit_bytes=limit_bytes)
