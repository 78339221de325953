"""What every route does alike: ids, keys, refusals, headers; and a session wherever it is not public."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from gateway import examples
from gateway.admission import Access, AdmittedRoute
from gateway.app import create_app
from gateway.trace import Trace
from tests.unit.gateway.conftest import KEY, problem
from tests.unit.gateway.fakes import FakeRedis, FakeRpc
from yizhan.contracts.actor import PUBLIC
from yizhan.contracts.errors import (
    InternalFault,
    OutsideScope,
    RemoteProblem,
    RequestInvalid,
    ServiceTimeout,
    ServiceUnavailable,
    YizhanError,
)
from yizhan.contracts.jobs import DraftPosting, Posting, PostingStepIllegal
from yizhan.contracts.stations import StationNotFound
from yizhan.settings import Settings

ID = "01950001-7c00-7000-8000-000000000001"
PUBLISH = f"/api/v1/postings/{ID}/publish"

#: The routes that anybody may use; all others need a session. Widening this list is a decision.
OPEN_TO_ALL = {
    ("POST", "/api/v1/slips/confirm"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/console/session"),
    ("GET", "/console"),
    ("GET", "/console/{name}"),
    ("GET", "/console/assets/{name}"),
    ("GET", "/api/v1/stations"),
    ("GET", "/api/v1/stations/{code}/premises"),
    ("GET", "/api/v1/stations/{code}/guide"),
    ("GET", "/api/v1/stations/{code}"),
    ("GET", "/api/v1/stations/{code}/board"),
    ("GET", "/api/v1/postings"),
    ("GET", "/api/v1/postings/{id}"),
    ("GET", "/api/v1/postings/search"),
    ("GET", "/api/v1/stations/{code}/day"),
    ("GET", "/api/v1/stations/{code}/draws/{date}"),
    ("GET", "/api/v1/fairs"),
    ("GET", "/api/v1/fairs/{id}"),
    ("GET", "/api/v1/consent-texts"),
    # With the number of a slip and of an identity card: who was registered reads what is kept of him.
    ("POST", "/api/v1/seekers/own-record"),
    # With the code of a slip: whoever holds it says that he came, or was paid.
    ("POST", "/api/v1/slips/confirm"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/livez"),
    ("GET", "/metrics"),
    ("GET", "/"),
    ("GET", "/index.css"),
    ("GET", "/screen/config.json"),
    ("GET", "/screen/sw.js"),
    ("GET", "/screen/assets/{name}"),
    ("GET", "/screen/{code}"),
    # With the mark of a message: whoever got it hears no more.
    ("POST", "/api/v1/message-stops"),
    ("GET", "/stop/assets/{name}"),
    ("GET", "/stop/{mark}"),
    ("GET", "/draw/assets/{name}"),
    ("GET", "/draw/{code}/{date}"),
    ("GET", "/draw/{code}/{date}/qr.svg"),
}


def _routes(app: FastAPI) -> list[tuple[str, AdmittedRoute]]:
    routes = [route for route in app.routes if isinstance(route, AdmittedRoute)]
    assert len(routes) == len(app.routes), "a route without terms of admission"
    return [(method, route) for route in routes for method in route.methods or () if method != "HEAD"]


async def test_every_route_is_public_by_decision_or_needs_a_session(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    """Without a session every other route, with any body, answers 401 and nothing else."""
    for method, route in _routes(app):
        if (method, route.path) in OPEN_TO_ALL:
            assert route.admission.access is not Access.SESSION
            continue
        address = route.path.replace("{code}", "522730").replace("{id}", ID)
        keyed = route.admission.access is Access.INTEGRATOR
        code = "auth.api_key_refused" if keyed else "auth.sign_in_required"
        problem(await client.request(method, address), 401, code)


async def test_the_public_asks_as_the_public(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """Who has not signed in is passed on as such; the service decides what he sees."""
    assert (await client.get("/api/v1/postings?station=522730")).status_code == 200
    assert rpc.last.actor == PUBLIC


async def test_a_query_reaches_the_service_typed(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """Numbers are numbers, and what is not given takes the contract's default."""
    await client.get(f"/api/v1/postings?station=522730&status=published&limit=7&after={ID}")
    assert rpc.last.body.model_dump() == {"station": "522730", "status": "published", "limit": 7, "after": ID}
    await client.get("/api/v1/postings?station=522730")
    assert rpc.last.body.model_dump() == {"station": "522730", "status": None, "limit": 50, "after": None}


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("", "query:station", "missing"),
        ("station=", "query:station", "string_pattern_mismatch"),
        ("station=522730&limit=0", "query:limit", "greater_than_equal"),
        ("station=522730&limit=201", "query:limit", "less_than_equal"),
        ("station=522730&limit=NaN", "query:limit", "int_parsing"),
        ("station=522730&limit=" + "9" * 5000, "query:limit", "int_parsing_size"),
        ("station=522730&status=gone", "query:status", "enum"),
        ("station=522730&after=1", "query:after", "string_pattern_mismatch"),
        ("station=522730&colour=red", "query:colour", "extra_forbidden"),
        ("station=522730&station=522731", "query:station", "repeated"),
        ("station=522730%00", "query:station", "string_nul"),
    ],
)
async def test_a_query_that_is_wrong_is_named(
    client: httpx.AsyncClient, rpc: FakeRpc, query: str, pointer: str, code: str
) -> None:
    """A parameter's fault is told by its name, unknown and repeated ones too."""
    found = problem(await client.get(f"/api/v1/postings?{query}"), 422, "request.invalid")
    assert (found["errors"][0]["pointer"], found["errors"][0]["code"]) == (pointer, code)
    assert rpc.asked == []


@pytest.mark.parametrize("code", ["x", "52273", "%00", "%F0%9F%92%A9", "1" * 3000, "522730%0A", "..%2f"])
async def test_a_path_parameter_that_is_wrong_is_named(client: httpx.AsyncClient, code: str) -> None:
    """Or it is no address at all, when it holds a slash."""
    response = await client.get(f"/api/v1/stations/{code}")
    if response.status_code == 404:
        problem(response, 404, "request.route_not_found")
    else:
        assert problem(response, 422, "request.invalid")["errors"][0]["pointer"] == "path:code"


@pytest.mark.parametrize(
    "path", ["/x", "/api/v1/stations/", "/api/v1//stations", "/api/v2/stations", "/screen", "/docs"]
)
async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    """404 with our code; slashes are not guessed at."""
    problem(await client.get(path), 404, "request.route_not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/stations", "GET, POST"),
        ("POST", "/api/v1/stations/522730", "GET, PATCH"),
        ("PUT", f"/api/v1/postings/{ID}", "GET, PATCH"),
        ("OPTIONS", "/api/v1/sessions", "POST"),
        ("TRACE", "/healthz", "GET"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    """405 names every method of the address, not only those of one route."""
    response = await client.request(method, path)
    problem(response, 405, "request.method_not_allowed")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (
            RemoteProblem(StationNotFound("No such station", station="1").to_problem()),
            404,
            "stations.station_not_found",
        ),
        (RemoteProblem(OutsideScope("Not yours").to_problem()), 403, "auth.outside_scope"),
        (RemoteProblem(PostingStepIllegal("It is a draft").to_problem()), 409, "jobs.posting_step_illegal"),
        (RemoteProblem(InternalFault("A defect").to_problem()), 500, "service.internal_fault"),
        (ServiceTimeout("jobs did not answer in 5 s"), 504, "service.timeout"),
        (ServiceUnavailable("jobs is away"), 503, "service.unavailable"),
        (RequestInvalid("A field is wrong"), 422, "request.invalid"),
    ],
)
async def test_a_refusal_passes_through_as_it_is(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, error: YizhanError, status: int, code: str
) -> None:
    """Status, code, detail and evidence are the service's own."""
    rpc.errors["publish_posting"] = error
    response = await signed_in.post(PUBLISH)
    assert problem(response, status, code) == error.to_problem().model_dump(mode="json")
    assert ("retry-after" in response.headers) == (status == 503)


async def test_a_defect_is_a_problem_that_names_its_correlation(
    signed_in: httpx.AsyncClient, rpc: FakeRpc
) -> None:
    """500 with the id for the logs, and not a word of the exception."""
    rpc.errors["publish_posting"] = ZeroDivisionError("secret inner matter")
    response = await signed_in.post(PUBLISH, headers={"X-Correlation-Id": "abc"})
    assert problem(response, 500, "service.internal_fault")["evidence"] == {"correlation": "abc"}
    assert "secret" not in response.text


async def test_an_idempotency_key_travels_with_the_command(
    signed_in: httpx.AsyncClient, rpc: FakeRpc
) -> None:
    """It is the service that keeps it, beside the row."""
    await signed_in.post(PUBLISH, headers={"Idempotency-Key": "8+chars!"})
    assert rpc.last.idempotency_key == "8+chars!"
    await signed_in.post(PUBLISH)
    assert rpc.last.idempotency_key is None


@pytest.mark.parametrize(
    "key", [b"", b"7chars!", b"x" * 129, b"with blank", b"tab\tinside", "钥匙钥匙".encode(), b"\xff" * 9]
)
async def test_a_malformed_idempotency_key_is_refused(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, key: bytes
) -> None:
    """8 to 128 visible ASCII characters, or the command is not done."""
    response = await signed_in.post(PUBLISH, headers=[(b"Idempotency-Key", key)])
    problem(response, 400, "request.idempotency_key_invalid")
    assert rpc.asked == []


async def test_two_idempotency_keys_are_refused(signed_in: httpx.AsyncClient) -> None:
    """Which of them would be meant?"""
    response = await signed_in.post(
        PUBLISH, headers=[("Idempotency-Key", "a" * 8), ("Idempotency-Key", "b" * 8)]
    )
    problem(response, 400, "request.idempotency_key_invalid")


#: Not GET, and no command of a service: signing in and out, queries that keep personal data out of addresses,
#: and uploads, of which nothing remains unless a command attaches them.
WITHOUT_KEY = {
    "/api/v1/sessions",
    "/api/v1/console/session",
    "/api/v1/seekers/search",
    "/api/v1/slips/read",
    "/api/v1/message-templates/preview",
    "/api/v1/seekers/look-up",
    "/api/v1/seekers/own-record",
    "/api/v1/uploads",
}


async def test_every_command_takes_an_idempotency_key(app: FastAPI, signed_in: httpx.AsyncClient) -> None:
    """Each command refuses a malformed key, before it looks at the body."""
    for method, route in _routes(app):
        if method == "GET" or route.path in WITHOUT_KEY:
            continue
        address = route.path.replace("{code}", "522730").replace("{id}", ID)
        keyed = route.admission.access is Access.INTEGRATOR
        by = {"Authorization": "Bearer an-integrators-key"} if keyed else {}
        response = await signed_in.request(method, address, headers={**by, "Idempotency-Key": "short"})
        problem(response, 400, "request.idempotency_key_invalid")


async def test_a_correlation_id_follows_the_request(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """The caller's own goes to the service and comes back, on refusals too."""
    ours = {"X-Correlation-Id": "Phone-7.a_b"}
    response = await client.get("/api/v1/stations", headers=ours)
    assert (rpc.last.correlation, response.headers["x-correlation-id"]) == ("Phone-7.a_b", "Phone-7.a_b")
    assert (await client.get("/nowhere", headers=ours)).headers["x-correlation-id"] == "Phone-7.a_b"


@pytest.mark.parametrize("bad", [b"", b"a b", b"x" * 65, "é".encode(), b"a\nb", b"a/b"])
def test_a_malformed_correlation_id_is_replaced(bad: bytes) -> None:
    """It would end up in logs and messages: only harmless characters do."""
    assert re.fullmatch(r"[0-9a-f]{32}", Trace.of_headers([(b"x-correlation-id", bad)]).correlation)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"00-x-y-01",
        b"ff-" + b"1" * 32 + b"-" + b"1" * 16 + b"-01",
        b"00-" + b"0" * 32 + b"-" + b"1" * 16 + b"-01",
    ],
)
def test_a_malformed_traceparent_is_replaced(bad: bytes) -> None:
    """A new trace begins here."""
    made = Trace.of_headers([(b"traceparent", bad)]).traceparent
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)
    assert bad.decode()[3:35] not in made or not bad


async def test_a_traceparent_is_carried_on_as_a_child(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """The same trace with a span of ours, to the service and back to the caller."""
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    response = await client.get("/api/v1/stations", headers={"traceparent": f"00-{trace}-{span}-01"})
    carried = rpc.last.traceparent
    assert carried == response.headers["traceparent"]
    assert carried is not None
    assert carried.startswith(f"00-{trace}-")
    assert span not in carried


async def test_a_new_thing_has_an_address(signed_in: httpx.AsyncClient) -> None:
    """201 with Location for what can be read by itself."""
    response = await signed_in.post("/api/v1/postings", json=examples.body_example(DraftPosting))
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/postings/{examples.example_of(Posting)['id']}"


async def test_what_a_patch_leaves_out_is_not_sent(signed_in: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """Fields left out stay as they are: none is passed on as if it were given."""
    await signed_in.patch("/api/v1/stations/522730", json={"expected_sequence": 3})
    assert rpc.last.body.model_dump(exclude_unset=True) == {"code": "522730", "expected_sequence": 3}


async def test_every_answer_has_safe_headers(client: httpx.AsyncClient) -> None:
    """Refusals and defects too."""
    for path in ("/api/v1/stations", "/nowhere", "/api/v1/employers", "/screen/522730"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


async def test_other_origins_are_let_in_only_by_name(rpc: FakeRpc, redis: FakeRedis) -> None:
    """CORS is closed but for the origins of the settings."""
    settings = Settings(session_key=SecretStr(KEY), allowed_origins=("https://portal.test",))
    app = create_app(settings, rpc, redis)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        friend = await client.get("/api/v1/stations", headers={"Origin": "https://portal.test"})
        stranger = await client.get("/api/v1/stations", headers={"Origin": "https://evil.test"})
        asks = {"Origin": "https://portal.test", "Access-Control-Request-Method": "POST"}
        preflight = await client.options("/api/v1/postings", headers=asks)
    assert friend.headers["access-control-allow-origin"] == "https://portal.test"
    assert "access-control-allow-origin" not in stranger.headers
    assert preflight.status_code == 200


async def test_requests_are_measured_by_route_not_by_address(client: httpx.AsyncClient) -> None:
    """However many stations there are, there is one series for reading one."""
    await client.get("/api/v1/stations/522730")
    await client.get("/no/such/place")
    await client.request("BREW", "/no/such/place")
    text: Any = (await client.get("/metrics")).text
    assert 'route="/api/v1/stations/{code}",status="200"' in text
    assert 'route="unmatched",status="404"' in text
    assert "522730" not in text
    assert "BREW" not in text


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_a_defect_while_signing_in_logs_no_password(
    client: httpx.AsyncClient,
    rpc: FakeRpc,
    real_logs: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    log_format: str,
) -> None:
    """A traceback tells lines, never the values that were on them."""
    rpc.errors["sign_in"] = ZeroDivisionError("broke")
    real_logs(log_format)
    response = await client.post("/api/v1/sessions", json={"login": "wang", "password": "HUNTER2-hunter2"})
    problem(response, 500, "service.internal_fault")
    written = capsys.readouterr().err
    assert "request_failed" in written
    assert "ZeroDivisionError" in written
    assert "HUNTER2" not in written
