"""Bad input: each kind has its code, and no service hears of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from gateway import bodies, examples
from gateway.bodies import MAX_BODY_BYTES, body_model
from gateway.operations import Operation
from gateway.routes import employers, notices, postings, stations
from tests.unit.gateway.conftest import problem
from tests.unit.gateway.fakes import FakeRpc
from yizhan.contracts.errors import RequestInvalid, RequestNotJson
from yizhan.contracts.jobs import DraftPosting

POSTINGS = "/api/v1/postings"
JSON = {"Content-Type": "application/json"}


def _draft(**changes: Any) -> dict[str, Any]:
    """A good draft, with some of its places (`terms.wage.fen`) set to something else; `...` takes one out."""
    draft = deepcopy(examples.body_example(DraftPosting))
    for place, value in changes.items():
        *path, last = place.split("__")
        target = draft
        for step in path:
            target = target[step]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return draft


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"station": ...}, "/station", "missing"),
        ({"colour": "red"}, "/colour", "extra_forbidden"),
        ({"terms__a/b~c": 1}, "/terms/a~1b~0c", "extra_forbidden"),
        ({"station": "52273"}, "/station", "string_pattern_mismatch"),
        ({"station": "522730\n"}, "/station", "string_pattern_mismatch"),
        ({"station": 522730}, "/station", "string_type"),
        ({"employer_id": None}, "/employer_id", "string_type"),
        ({"terms": []}, "/terms", "model_type"),
        ({"terms__wage__unit": ...}, "/terms/wage/unit", "missing"),
        ({"terms__wage__unit": "year"}, "/terms/wage/unit", "enum"),
        ({"terms__wage__fen": -1}, "/terms/wage/fen", "greater_than_equal"),
        ({"terms__wage__fen": 0}, "/terms/wage/fen", "greater_than_equal"),
        ({"terms__wage__fen": 10**30}, "/terms/wage/fen", "less_than_equal"),
        ({"terms__wage__fen": "28000"}, "/terms/wage/fen", "int_type"),
        ({"terms__wage__fen": 280.5}, "/terms/wage/fen", "int_type"),
        ({"terms__wage__fen": True}, "/terms/wage/fen", "int_type"),
        ({"terms__wage__max_fen": 1}, "/terms/wage", "value_error"),
        ({"terms__wage__piece_name": "车"}, "/terms/wage", "value_error"),
        ({"terms__headcount": 2001}, "/terms/headcount", "less_than_equal"),
        ({"terms__meals": "yes"}, "/terms/meals", "bool_type"),
        ({"terms__starts_at": "2026-03-02T06:00:00"}, "/terms/starts_at", "value_error"),
        ({"terms__starts_at": 1772402400}, "/terms/starts_at", "datetime_type"),
        ({"terms__starts_at": "tomorrow"}, "/terms/starts_at", "datetime_parsing"),
        ({"terms__trade": ""}, "/terms/trade", "string_too_short"),
        ({"terms__trade": "工" * 13}, "/terms/trade", "too_long"),
        ({"terms__place": "电话 138 0013 8000"}, "/terms/place", "value_error"),
        ({"terms__place": "到\u202e门口"}, "/terms/place", "value_error"),
    ],
)
async def test_a_field_that_is_wrong_is_named(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, changes: dict[str, Any], pointer: str, code: str
) -> None:
    """The fault points into the body, has pydantic's code, and nothing was asked of a service."""
    found = problem(await signed_in.post(POSTINGS, json=_draft(**changes)), 422, "request.invalid")
    assert found["errors"][0]["pointer"] == pointer
    assert found["errors"][0]["code"] == code
    assert rpc.asked == []


async def test_every_fault_is_told_at_once(signed_in: httpx.AsyncClient) -> None:
    """Two wrong fields are two faults."""
    draft = _draft(terms__headcount=0, station="x")
    found = problem(await signed_in.post(POSTINGS, json=draft), 422, "request.invalid")
    assert {fault["pointer"] for fault in found["errors"]} == {"/station", "/terms/headcount"}


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "request.not_json"),
        (b"{", 400, "request.not_json"),
        (b'{"a": 1,}', 400, "request.not_json"),
        (b"\xff\xfe", 400, "request.not_json"),
        (b"\xef\xbb\xbf{}", 400, "request.not_json"),
        (b'{"station": "\\ud800"}', 400, "request.not_json"),
        (b'{"station": "\x00"}', 400, "request.not_json"),
        (b"[" * 200_000, 400, "request.not_json"),
        (b'{"a":' * 40_000, 400, "request.not_json"),
        (b'{"station": 1' + b"0" * 5000 + b"}", 400, "request.not_json"),
        (b"null", 422, "request.invalid"),
        (b"[]", 422, "request.invalid"),
        (b'"text"', 422, "request.invalid"),
        (b"NaN", 422, "request.invalid"),
        (b'{"station": NaN, "employer_id": Infinity}', 422, "request.invalid"),
        (b'{"terms": {"wage": {"fen": 1e999}}}', 422, "request.invalid"),
        (b'{"terms": {"headcount": -Infinity}}', 422, "request.invalid"),
    ],
)
async def test_what_is_not_json_or_no_object_is_refused(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, content: bytes, status: int, code: str
) -> None:
    """Broken, too deep, not UTF-8, not an object, and JSON's would-be numbers: all refused, none a defect."""
    problem(await signed_in.post(POSTINGS, content=content, headers=JSON), status, code)
    assert rpc.asked == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "a", "image/json"])
async def test_a_body_of_another_type_is_refused(signed_in: httpx.AsyncClient, media_type: str) -> None:
    """A form is told apart from JSON by its name, not by luck."""
    content = json.dumps(_draft())
    response = await signed_in.post(POSTINGS, content=content, headers={"Content-Type": media_type})
    problem(response, 400, "request.not_json")


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"]
)
async def test_a_body_may_name_json_in_any_way(signed_in: httpx.AsyncClient, media_type: str) -> None:
    """Parameters, case and structured suffixes are JSON still."""
    content = json.dumps(_draft())
    response = await signed_in.post(POSTINGS, content=content, headers={"Content-Type": media_type})
    assert response.status_code == 201


async def test_a_password_is_not_repeated_in_a_fault(client: httpx.AsyncClient) -> None:
    """A fault tells where and what, never the value."""
    response = await client.post("/api/v1/sessions", json={"login": "", "password": "s3cret!" * 100})
    problem(response, 422, "request.invalid")
    assert "s3cret" not in response.text


async def test_a_nul_character_is_refused(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """PostgreSQL cannot keep U+0000, so that no service ever sees one."""
    found = problem(
        await client.post("/api/v1/sessions", json={"login": "a\x00", "password": "x"}),
        422,
        "request.invalid",
    )
    assert found["errors"] == [
        {"pointer": "/login", "code": "value_error", "detail": "holds control or direction characters"}
    ]
    assert rpc.asked == []


async def test_a_moment_outside_the_calendar_is_refused(signed_in: httpx.AsyncClient) -> None:
    """Year 1 east of Greenwich is before year 1 in UTC: a refusal, not an overflow."""
    draft = _draft(terms__starts_at="0001-01-01T00:00:00+14:00")
    problem(await signed_in.post(POSTINGS, json=draft), 422, "request.invalid")


async def test_a_hostile_body_earns_few_faults(signed_in: httpx.AsyncClient) -> None:
    """A thousand unknown fields with long names make a short answer."""
    response = await signed_in.post(POSTINGS, json={f"{'x' * 150}{n}": n for n in range(1000)})
    found = problem(response, 422, "request.invalid")
    assert len(found["errors"]) == 50
    assert len(response.content) < 32_000


async def test_a_large_body_is_refused_by_its_announced_size(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """5 MB with a Content-Length is refused before a byte of it is read, whoever sends it."""
    response = await client.post(POSTINGS, content=b"x" * 5_000_000, headers=JSON)
    found = problem(response, 413, "request.too_large")
    assert found["evidence"] == {"limit_bytes": MAX_BODY_BYTES}
    assert rpc.asked == []


@pytest.mark.parametrize("length", ["9" * 4000, "²", "-1", "x"])
async def test_an_absurd_content_length_is_no_defect(signed_in: httpx.AsyncClient, length: str) -> None:
    """Whatever the header says, the answer is a refusal or the body's own."""
    headers = {**JSON, "Content-Length": length.encode("utf-8")}
    response = await signed_in.post(POSTINGS, content=json.dumps(_draft()), headers=headers)  # type: ignore[arg-type]
    assert response.status_code in (201, 413)


async def test_a_large_chunked_body_is_refused_while_it_comes(signed_in: httpx.AsyncClient) -> None:
    """Without a length the reading stops at the limit, with most of the body unread."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 16 * 1024
            yield b" " * 16 * 1024

    problem(await signed_in.post(POSTINGS, content=chunks(), headers=JSON), 413, "request.too_large")
    assert sent <= MAX_BODY_BYTES + 32 * 1024


async def test_a_body_at_the_limit_is_taken(signed_in: httpx.AsyncClient) -> None:
    """The limit itself is allowed."""
    content = json.dumps(_draft()).encode()
    content += b" " * (MAX_BODY_BYTES - len(content))
    assert (await signed_in.post(POSTINGS, content=content, headers=JSON)).status_code == 201


async def test_a_body_that_does_not_come_is_not_waited_for(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender who stops in the middle is told so at the deadline."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"station":'
        await asyncio.Event().wait()

    problem(await signed_in.post(POSTINGS, content=chunks(), headers=JSON), 408, "request.too_slow")


@pytest.mark.parametrize("content", [b"", b"{}"])
async def test_a_step_without_words_needs_no_body(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, content: bytes
) -> None:
    """Publishing says all in its address; an empty object is as good as nothing."""
    posting = examples.example_of(DraftPosting)["employer_id"]
    response = await signed_in.post(f"{POSTINGS}/{posting}/publish", content=content, headers=JSON)
    assert response.status_code == 200
    assert rpc.last.method.name == "publish_posting"
    assert rpc.last.body.model_dump() == {"id": posting}


async def test_a_step_without_words_takes_no_other_words(signed_in: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """An unknown field is not ignored where no field is known."""
    posting = examples.example_of(DraftPosting)["employer_id"]
    response = await signed_in.post(f"{POSTINGS}/{posting}/publish", json={"force": True})
    assert problem(response, 422, "request.invalid")["errors"][0]["pointer"] == "/force"
    assert rpc.asked == []


async def test_a_field_of_the_address_is_not_taken_from_the_body(signed_in: httpx.AsyncClient) -> None:
    """PATCH /stations/A with code B in its body is refused: there is one place to say it."""
    response = await signed_in.patch("/api/v1/stations/522730", json={"code": "52273001"})
    assert problem(response, 422, "request.invalid")["errors"][0]["pointer"] == "/code"


@pytest.mark.parametrize(
    "operation",
    [
        operation
        for module in (stations, notices, employers, postings)
        for operation in module.OPERATIONS
        if operation.body is not None
    ],
    ids=lambda operation: operation.id,
)
def test_a_body_is_its_rpc_request_less_the_address(operation: Operation) -> None:
    """The HTTP model loses the path's fields, keeps the others as they are, and loses no validator."""
    assert operation.body is not None
    request = operation.rpc.request
    kept = set(request.model_fields) - set(operation.takes.values())
    assert set(operation.body.model_fields) == kept
    whole, derived = request.model_json_schema(), operation.body.model_json_schema()
    for name in kept:
        assert derived["properties"][name] == whole["properties"][name]
    if operation.takes:
        assert not request.__pydantic_decorators__.model_validators


def test_a_request_that_gives_nothing_away_is_used_as_it_is() -> None:
    """Where no path parameter fills a field, there is no second model."""
    assert body_model(DraftPosting, ()) is DraftPosting


@given(st.binary(max_size=300))
def test_no_bytes_are_a_defect(content: bytes) -> None:
    """Whatever comes in a body, it is parsed or refused by name."""
    request = Request({"type": "http", "headers": []})
    with contextlib.suppress(RequestInvalid, RequestNotJson):
        assert isinstance(bodies.parse_body(request, content, DraftPosting), DraftPosting)
