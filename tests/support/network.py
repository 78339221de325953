"""Everything that a planned station needs before it opens, as a clerk of the county enters it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from yizhan.clock import COUNTY_ZONE

OPENING_HOURS = {"opens": "06:30", "closes": "18:00"}
HOTLINE = "0854-5550100"

#: What a station of any kind is added with so that its facts do not keep it closed.
OPENABLE = {"hotline": HOTLINE, "opening_hours": OPENING_HOURS}


def premises() -> dict[str, Any]:
    """The body of an amendment: room enough, and all functions."""
    functions = ["reception", "registration", "consultation", "matching", "publishing", "waiting"]
    return {"area_sqm": 36.5, "functions": functions}


def facilities(today: date) -> list[dict[str, Any]]:
    """A name plate, and exits and fire equipment inspected yesterday."""
    dates = {
        "inspected_on": (today - timedelta(days=1)).isoformat(),
        "due_on": (today + timedelta(days=180)).isoformat(),
    }
    return [
        {"kind": "name_plate", "label": "门牌标识"},
        {"kind": "exit", "label": "安全出口", **dates},
        {"kind": "fire_equipment", "label": "干粉灭火器", "count": 2, **dates},
    ]


def _today() -> date:
    return datetime.now(COUNTY_ZONE).date()


def opening(code: str, *, with_staff: bool = True) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Verb, path and body of each request that leads a planned station with OPENABLE facts to its opening."""
    station = f"/stations/{code}"
    if with_staff:
        account = {
            "login": f"host-{secrets.token_hex(5)}",
            "name": "小何",
            "role": "station_staff",
            "password": f"Qz7-{secrets.token_hex(8)}",
        }
        yield "POST", f"{station}/staff", account
    yield (
        "POST",
        f"{station}/service-items",
        {"name": "求职登记", "materials": ["居民身份证"], "limit_days": 0},
    )
    yield "PATCH", f"{station}/premises", premises()
    yield "POST", f"{station}/facilities", {"facilities": facilities(_today())}
    yield "POST", f"{station}/inspect", {"reason": "现场查看，符合要求"}
    yield "POST", f"{station}/open", {}


def opened(client: httpx.Client, code: str, *, with_staff: bool = True) -> None:
    """Open a planned station. client: signed in as the county's administrator, rooted at /api/v1.

    The other services hear of it a moment later.
    """
    for verb, path, body in opening(code, with_staff=with_staff):
        answer = client.request(verb, path, json=body, headers={"idempotency-key": secrets.token_hex(12)})
        assert answer.is_success, f"{verb} {path}: {answer.text}"


def takes_postings(client: httpx.Client, code: str) -> bool:
    """Whether services/jobs has heard that a station is open: a draft fails for its employer alone."""
    body = {
        "station": code,
        "employer_id": "00000000-0000-7000-8000-000000000000",
        "source": "phone",
        "terms": {
            "trade": "搬运工",
            "wage": {"fen": 20000, "unit": "day"},
            "settlement": "daily",
            "headcount": 1,
            "place": "集合点",
            "starts_at": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        },
    }
    answer = client.post("/postings", json=body, headers={"idempotency-key": secrets.token_hex(12)})
    return bool(answer.json()["code"] == "jobs.employer_not_found")


def shows_open(client: httpx.Client, code: str) -> bool:
    """Whether the station's board says that it is open."""
    answer = client.get(f"/stations/{code}/board")
    return answer.is_success and bool(answer.json()["state"]["station"]["open"])
