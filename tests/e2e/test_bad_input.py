"""What people and programs send wrongly: each gets its code, and nothing is half-done."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.api import TERMS, Clerk, soon
from tests.support import http
from tests.support.system import RunningSystem

pytestmark = pytest.mark.e2e

STATION, OTHER_TOWN = "52273001", "52273002"


@pytest.fixture(scope="module")
def admin(running_system: RunningSystem) -> Iterator[Clerk]:
    with running_system.client() as client:
        yield Clerk(client)


@pytest.fixture(scope="module")
def employer(admin: Clerk) -> str:
    return admin.employer(STATION)


@pytest.fixture
def neighbour(admin: Clerk, running_system: RunningSystem) -> Iterator[Clerk]:
    """A clerk of the next town."""
    login, password = f"clerk-{secrets.token_hex(4)}", secrets.token_hex(8)
    body = {
        "login": login,
        "name": "邻镇",
        "role": "station_staff",
        "password": password,
    }
    admin.post(f"/stations/{OTHER_TOWN}/staff", body)
    with http.client(f"{running_system.gateway_url}/api/v1") as client:
        signed_in = Clerk(client).post("/sessions", {"login": login, "password": password})
        client.headers["authorization"] = f"Bearer {signed_in['token']}"
        yield Clerk(client)


def postings(admin: Clerk, employer: str) -> list[str]:
    """Of this employer: the system is shared, and others' commands may still be under way."""
    listed = admin.client.get("/postings", params={"station": STATION, "limit": 200}).json()
    return [posting["id"] for posting in listed["postings"] if posting["employer_id"] == employer]


def draft(employer: str, **terms: Any) -> dict[str, Any]:
    return {
        "station": STATION,
        "employer_id": employer,
        "source": "phone",
        "terms": {**TERMS, "starts_at": soon(), **terms},
    }


@pytest.mark.parametrize(
    ("terms", "status", "code", "pointer"),
    [
        ({"wage": {"fen": 20000}}, 422, "request.invalid", "/terms/wage/unit"),
        ({"wage": {"fen": -1, "unit": "day"}}, 422, "request.invalid", "/terms/wage/fen"),
        ({"wage": {"fen": 10**15, "unit": "day"}}, 422, "request.invalid", "/terms/wage/fen"),
        ({"wage": {"fen": 20000.5, "unit": "day"}}, 422, "request.invalid", "/terms/wage/fen"),
        ({"wage": {"fen": 9_999_999, "unit": "hour"}}, 422, "jobs.wage_out_of_range", None),
        ({"headcount": -3}, 422, "request.invalid", "/terms/headcount"),
        ({"headcount": 10**9}, 422, "request.invalid", "/terms/headcount"),
        ({"starts_at": soon(120), "ends_at": soon(60)}, 422, "jobs.ends_before_start", None),
        ({"starts_at": soon(-600)}, 422, "jobs.period_out_of_range", None),
        ({"starts_at": "2031-01-01T08:00:00+08:00"}, 422, "jobs.period_out_of_range", None),
        ({"starts_at": "明天"}, 422, "request.invalid", "/terms/starts_at"),
        ({"starts_at": "2026-12-01T06:00:00"}, 422, "request.invalid", "/terms/starts_at"),
        ({"place": "找老王13800138000"}, 422, "request.invalid", "/terms/place"),
        ({"trade": ""}, 422, "request.invalid", "/terms/trade"),
        ({"colour": "red"}, 422, "request.invalid", "/terms/colour"),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    admin: Clerk, employer: str, terms: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    """With the field that is at fault, and no posting."""
    before = postings(admin, employer)
    body = draft(employer, **terms)
    answer = admin.client.post("/postings", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"].startswith("application/problem+json")
    if pointer:
        assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert postings(admin, employer) == before


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "request.not_json"),
        (b"\xff\xfe", 400, "request.not_json"),
        (b'{"station": NaN}', 422, "request.invalid"),
        (b"[" * 100_000, 400, "request.not_json"),
        (b'{"pad": "' + b"x" * 5_000_000 + b'"}', 413, "request.too_large"),
        (b"[]", 422, "request.invalid"),
        (b"{}", 422, "request.invalid"),
    ],
)
def test_a_body_that_is_none_is_refused(admin: Clerk, content: bytes, status: int, code: str) -> None:
    """Cut off, too large, too deep, or of another shape."""
    answer = admin.client.post("/postings", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_unknown_things_are_not_found(admin: Clerk, employer: str) -> None:
    """A station, a posting, an employer, an address, a method."""
    nowhere = "01890000-0000-7000-8000-000000000000"
    unknown_station = {**draft(employer), "station": "52273088"}
    found = [
        admin.client.post("/postings", json=unknown_station),
        admin.client.post("/postings", json=draft(nowhere)),
        admin.client.get(f"/postings/{nowhere}"),
        admin.client.get("/stations/52273088"),
        admin.client.get("/stations/52273088/board"),
        admin.client.get("/nowhere"),
        admin.client.put("/postings"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in found] == [
        (404, "jobs.unknown_station"),
        (404, "jobs.employer_not_found"),
        (404, "jobs.posting_not_found"),
        (404, "stations.station_not_found"),
        (404, "stations.station_not_found"),
        (404, "request.route_not_found"),
        (405, "request.method_not_allowed"),
    ]


def test_an_illegal_step_changes_nothing(admin: Clerk, employer: str) -> None:
    """Publishing what nobody verified, and taking back a draft."""
    posting = admin.draft(STATION, employer)
    for step, body in (("publish", {}), ("verify", {"method": "phone_call"}), ("withdraw", {"reason": "x"})):
        answer = admin.client.post(f"/postings/{posting['id']}/{step}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "jobs.posting_step_illegal")
    after = admin.client.get(f"/postings/{posting['id']}").json()
    assert (after["status"], after["sequence"]) == ("draft", posting["sequence"])


def test_another_stations_posting_is_out_of_reach(admin: Clerk, neighbour: Clerk, employer: str) -> None:
    """To read as a draft and to change in any way."""
    posting = admin.draft(STATION, employer)
    path = f"/postings/{posting['id']}"
    answers = [
        neighbour.client.post(f"{path}/submit", json={}),
        neighbour.client.patch(path, json={"terms": posting["terms"]}),
        neighbour.client.post("/postings", json=draft(employer)),
        neighbour.client.post("/employers", json={"station": STATION, "kind": "individual", "name": "王家"}),
        neighbour.client.post(f"/stations/{STATION}/devices", json={"label": "屏"}),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}, [answer.text for answer in answers]
    assert admin.client.get(path).json()["sequence"] == posting["sequence"]


def test_a_session_that_is_forged_damaged_or_absent_is_refused(
    admin: Clerk, running_system: RunningSystem
) -> None:
    """Each with its own code."""
    token = admin.client.headers["authorization"].removeprefix("Bearer ")
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    risen = (
        base64.urlsafe_b64encode(json.dumps({**claims, "station": "100000"}).encode()).rstrip(b"=").decode()
    )
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    cases = [
        (f"{head}.{risen}.{signature}", "auth.session_invalid"),
        (f"{unsigned}.{payload}.", "auth.session_invalid"),
        ("gibberish", "auth.session_invalid"),
        (None, "auth.sign_in_required"),
    ]
    body = {"station": STATION, "kind": "individual", "name": "王家"}
    with http.client(f"{running_system.gateway_url}/api/v1") as client:
        for given, code in cases:
            headers = {"authorization": f"Bearer {given}"} if given else {}
            answer = client.post("/employers", json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_one_key_is_good_for_one_request(admin: Clerk, employer: str) -> None:
    """The same request again gets the same answer; another one is refused."""
    headers = {"idempotency-key": secrets.token_hex(12)}
    body = draft(employer)
    first = admin.client.post("/postings", json=body, headers=headers)
    before = postings(admin, employer)
    again = admin.client.post("/postings", json=body, headers=headers)
    other = admin.client.post("/postings", json=draft(employer, headcount=9), headers=headers)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "request.idempotency_key_reused")
    short = admin.client.post("/postings", json=body, headers={"idempotency-key": "x"})
    assert (short.status_code, short.json()["code"]) == (400, "request.idempotency_key_invalid")
    assert postings(admin, employer) == before
