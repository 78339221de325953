"""What goes wrong at the desk: each gets its code over HTTP, and no number is repeated."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.e2e.console.today import in_days
from tests.support.system import RunningSystem
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.identifiers import new_identifier

pytestmark = pytest.mark.e2e

STATION, OTHER_TOWN = "52273005", "52273006"


@pytest.fixture(scope="module")
def clerk(running_system: RunningSystem) -> Iterator[Clerk]:
    with running_system.client() as client:
        yield Clerk(client)


def number(birth: str | None = None) -> str:
    """An identity number that holds, but for its birth date where one is given."""
    born = birth or f"19800{secrets.randbelow(9) + 1}1{secrets.randbelow(9)}"
    body = f"522730{born}{secrets.randbelow(1000):03d}"
    return body + check_character(body)


def born_tomorrow(*, years_ago: int = 0) -> str:
    tomorrow = in_days(1)
    return number(f"{tomorrow.replace(year=tomorrow.year - years_ago):%Y%m%d}")


def application(id_number: str, station: str = STATION) -> dict[str, Any]:
    return {
        "station": station,
        "id_number": id_number,
        "name": "欧阳霂骉",
        "wishes": {"trades": [{"trade": "搬运工"}]},
        "consents": ["id_number"],
    }


def registered(clerk: Clerk) -> list[str]:
    listed = clerk.client.get("/seekers", params={"station": STATION, "limit": 200}).json()
    return [one["id"] for one in listed["seekers"]]


def wrong_check(good: str) -> str:
    return good[:17] + ("0" if good[17] != "0" else "1")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: wrong_check(number()), "seekers.identity_check_character_wrong"),
        (lambda: number("19900231"), "seekers.birth_date_impossible"),
        (born_tomorrow, "seekers.birth_date_impossible"),
        (lambda: born_tomorrow(years_ago=16), "seekers.under_sixteen"),
        (lambda: "12345", "seekers.identity_number_malformed"),
    ],
    ids=["check character", "31 February", "born tomorrow", "sixteen tomorrow", "too short"],
)
def test_a_number_that_cannot_be_is_refused(clerk: Clerk, make: Callable[[], str], code: str) -> None:
    """With its code, without repeating it, and nobody is registered."""
    id_number = make()
    before = registered(clerk)
    answer = clerk.client.post("/seekers", json=application(id_number))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert id_number not in answer.text
    assert registered(clerk) == before


def test_the_same_person_at_two_stations_is_found(clerk: Clerk) -> None:
    """Whoever may see both learns who it is."""
    id_number = number()
    first = clerk.post("/seekers", application(id_number))
    again = clerk.client.post("/seekers", json=application(id_number, OTHER_TOWN))
    assert (again.status_code, again.json()["code"]) == (409, "seekers.seeker_exists")
    assert again.json()["evidence"]["seeker_id"] == first["id"]
    assert id_number not in again.text


def test_a_photo_of_twenty_megabytes_is_refused(clerk: Clerk) -> None:
    """As too large, before it is looked into."""
    photo = b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024)
    answer = clerk.client.post("/uploads", content=photo, headers={"content-type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_a_slip_that_is_replayed_stands_once(clerk: Clerk) -> None:
    """Sent twice, read twice, or replaced meanwhile; its check-in's id is good for nobody else."""
    seeker, other = (clerk.post("/seekers", application(number())) for _ in range(2))
    path = f"/stations/{STATION}/check-ins"
    taken = {"id": new_identifier(datetime.now(UTC)), "channel": "slip", "slip": seeker["slip"]}
    first = clerk.post(path, taken)
    for replayed in (taken, {**taken, "id": new_identifier(datetime.now(UTC))}):
        again = clerk.post(path, replayed)
        assert (again["number"], again["first"]) == (first["number"], False)
    foreign = clerk.client.post(path, json={**taken, "slip": other["slip"]})
    assert (foreign.status_code, foreign.json()["code"]) == (409, "seekers.check_in_id_reused")
    clerk.post(f"/seekers/{seeker['id']}/slip", {})
    void = clerk.client.post(path, json={**taken, "id": new_identifier(datetime.now(UTC))})
    assert (void.status_code, void.json()["code"]) == (404, "seekers.slip_unknown")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_desk_whose_clock_is_a_day_off_hands_nothing_in(clerk: Clerk, days: int) -> None:
    """It is told by how much, and may send again once it is right."""
    seeker = clerk.post("/seekers", application(number()))
    sent_at = datetime.now(UTC) + timedelta(days=days)
    day: date = sent_at.astimezone(COUNTY_ZONE).date()
    entry = {
        "id": new_identifier(sent_at),
        "number": f"B{secrets.randbelow(900) + 100}",
        "at": sent_at.isoformat(),
        "slip": seeker["slip"],
    }
    body = {"date": str(day), "sent_at": sent_at.isoformat(), "check_ins": [entry]}
    answer = clerk.client.post(f"/stations/{STATION}/check-ins/merge", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "seekers.clock_wrong"), answer.text
    assert abs(answer.json()["evidence"]["skew_seconds"]) > 80_000
