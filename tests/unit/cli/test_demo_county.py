"""The demo county: lawful, lifelike, and always ahead of the clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jobs.domain import credit_code
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.demo import Trickle
from yizhan.cli.demo_county import county, draft_of, mark_of, shown_screens, start_of
from yizhan.contracts.actor import Role
from yizhan.contracts.employers import RegisterEmployer
from yizhan.contracts.jobs import DraftPosting, VerifyPosting
from yizhan.contracts.stations import AddStaff, AddStation, Bootstrap, PostNotice, StationKind
from yizhan.settings import DEMO_PASSWORD

ANY_ID = "019a0000-0000-7000-8000-000000000000"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_the_network_is_the_plans() -> None:
    """One county market, six towns, community stations (兴龙 among them) and contact points."""
    stations = [AddStation.model_validate(station) for station in county()["stations"]]
    kinds = [station.kind for station in stations]
    towns = {station.facts.short_name for station in stations if station.kind is StationKind.TOWN_STATION}
    assert towns == {"冠山街道", "龙山镇", "醒狮镇", "谷脚镇", "湾滩河镇", "洗马镇"}
    assert kinds.count(StationKind.COMMUNITY_STATION) >= 6
    assert kinds.count(StationKind.CONTACT_POINT) >= 4
    plates = {station.facts.name_plate for station in stations}
    assert "龙里县冠山街道兴龙社区零工驿站" in plates


def test_every_station_comes_after_its_parent() -> None:
    """The list can be loaded from top to bottom."""
    known = {county()["county"]["division"]}
    for station in county()["stations"]:
        assert station["parent"] in known
        assert station["code"] not in known
        known.add(station["code"])


def test_the_plans_slogans_are_all_shown() -> None:
    """The county market rotates each of the six that the plan gives."""
    assert set(county()["county"]["facts"]["slogans"]) == {
        "零工小市场 就业大民生",
        "公益零工小市场 助力就业大民生",
        "家门口就业 服务暖民心",
        "找零工 用零工 就来零工市场",
        "找零工 打零工 学技能 享政策 就来零工市场",
        "“小零工”撬动“大民生”",
    }


def test_the_first_account_is_the_countys_administrator() -> None:
    """It founds the county; the others are staff of their stations."""
    first, *others = county()["staff"]
    Bootstrap(
        division=county()["county"]["division"],
        facts=county()["county"]["facts"],
        login=first["login"],
        name=first["name"],
        password=DEMO_PASSWORD,
    )
    assert first["role"] == Role.COUNTY_ADMIN
    for member in others:
        assert AddStaff.model_validate({**member, "password": DEMO_PASSWORD}).role is Role.STATION_STAFF


def test_every_employer_is_registered_as_the_law_has_it() -> None:
    """Companies with a valid GB 32100 code of this county, individuals without one."""
    codes = []
    for employer in county()["employers"]:
        request = RegisterEmployer.model_validate({k: v for k, v in employer.items() if k != "key"})
        if request.credit_code is not None:
            assert credit_code.check_character_holds(request.credit_code)
            assert request.credit_code[2:8] == "522730"
            codes.append(request.credit_code)
    assert len(codes) == len(set(codes)) >= 10


def test_every_posting_fits_the_contract_and_names_what_exists() -> None:
    """Its employer and its station are in the data set, and no two are the same job."""
    stations = {county()["county"]["division"], *(station["code"] for station in county()["stations"])}
    employers = {employer["key"] for employer in county()["employers"]}
    for job in county()["postings"]:
        DraftPosting.model_validate(draft_of(job, ANY_ID, NOW))
        VerifyPosting(id=ANY_ID, method=job["verification"])
        assert job["employer"] in employers
        assert job["station"] in stations
    marks = [mark_of(job) for job in county()["postings"]]
    assert len(marks) == len(set(marks))


def test_there_are_some_sixty_postings_and_more_for_the_trickle() -> None:
    """Every town has some; the trickle finds absent ones to publish."""
    assert 55 <= county()["live_postings"] < len(county()["postings"])
    towns = {job["station"][:8] for job in county()["postings"]}
    assert towns >= {f"522730{number:02}" for number in range(1, 7)}


def test_every_notice_fits_the_contract() -> None:
    """Public text, with an end within a year."""
    for notice in county()["notices"]:
        assert 0 < notice["valid_days"] <= 365
        PostNotice(
            station=notice["station"],
            reach=notice["reach"],
            text=notice["text"],
            valid_until=NOW + timedelta(days=notice["valid_days"]),
        )


def test_the_screens_shown_first_exist() -> None:
    """Each has a station to its code."""
    stations = {county()["county"]["division"], *(station["code"] for station in county()["stations"])}
    assert {code for code, _ in shown_screens()} <= stations


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)))
def test_every_job_starts_ahead_of_any_moment(moment: datetime) -> None:
    """Whenever the demo is loaded, no job has begun, and none is further off than two weeks."""
    for job in county()["postings"]:
        starts_at = start_of(job, moment)
        assert timedelta(minutes=59) < starts_at - moment < timedelta(days=14)
        assert (starts_at + timedelta(hours=8)).strftime("%H:%M") == job["at"]


class FakeApi:
    """Keeps published postings like the real thing."""

    def __init__(self) -> None:
        self.live: dict[str, dict[str, Any]] = {}
        self.drafts: dict[str, dict[str, Any]] = {}
        self.keys: set[str] = set()

    def sign_in(self, login: str, password: str) -> None:
        assert (login, password) == (county()["staff"][0]["login"], DEMO_PASSWORD)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        assert path == "/postings"
        return {"postings": list(self.live.values()), "next": None}

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str) -> dict[str, Any]:
        assert key not in self.keys
        self.keys.add(key)
        if path == "/postings":
            assert body is not None
            posting = {
                "id": f"{len(self.drafts)}",
                "employer_id": body["employer_id"],
                "terms": body["terms"],
            }
            self.drafts[posting["id"]] = posting
            return posting
        _, _, id, step = path.split("/")
        if step == "publish":
            self.live[id] = self.drafts[id]
        if step == "withdraw":
            del self.live[id]
        return {}


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path)
    directory.remember("demo", {"employers": {employer["key"]: ANY_ID for employer in county()["employers"]}})
    return directory


@pytest.mark.parametrize("seed", range(5))
def test_the_trickle_never_grows_and_never_doubles(data: DataDirectory, seed: int) -> None:
    """After any number of changes some sixty jobs are live, each once."""
    api = FakeApi()
    trickle = Trickle(api, data, random.Random(seed))  # type: ignore[arg-type]
    for _ in range(300):
        trickle.change()
        marks = [mark_of(posting["terms"]) for posting in api.live.values()]
        assert len(marks) == len(set(marks))
        assert len(marks) <= county()["live_postings"] + 4
    assert len(api.live) >= county()["live_postings"] - 5


def test_the_trickle_leaves_alone_what_others_published(data: DataDirectory) -> None:
    """A newcomer's first posting must not vanish before his eyes."""
    api = FakeApi()
    job = county()["postings"][0]
    terms = {"trade": "搬运工", "place": "老农贸市场门口集合"}
    api.live["by hand"] = {"id": "by hand", "employer_id": ANY_ID, "terms": terms}
    others = {"trade": job["trade"], "place": job["place"]}
    api.live["another employer's"] = {"id": "another employer's", "employer_id": "other", "terms": others}
    trickle = Trickle(api, data, random.Random(1))  # type: ignore[arg-type]
    for _ in range(300):
        trickle.change()
    assert {"by hand", "another employer's"} <= set(api.live)


def test_the_trickle_fills_an_empty_county(data: DataDirectory) -> None:
    """It only publishes until the screens are full again."""
    api = FakeApi()
    trickle = Trickle(api, data, random.Random(1))  # type: ignore[arg-type]
    for count in range(1, 40):
        trickle.change()
        assert len(api.live) == count
