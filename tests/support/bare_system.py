"""A system of its own with an empty county, for tests that leave it unlike they found it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import pytest

from tests.support import http
from tests.support.eventually import eventually
from tests.support.network import OPENABLE, opened, shows_open, takes_postings
from tests.support.system import RunningSystem, remove_traces, start_system
from yizhan.cli.bootstrap import found_county
from yizhan.cli.data_directory import DataDirectory
from yizhan.contracts.stations import Bootstrap, StationFacts
from yizhan.settings import Settings

#: A county that no other test knows.
COUNTY = "522731"
ADMIN = {"login": "admin", "password": "a-county-of-its-own"}


@dataclass
class BareSystem:
    """A running copy without the demo: one county market and its administrator. Logs are JSON, at debug."""

    running: RunningSystem

    @property
    def url(self) -> str:
        """http://127.0.0.1:<port>"""
        return self.running.gateway_url

    @property
    def settings(self) -> Settings:
        """What the copy's processes are told."""
        told = DataDirectory(self.running.data).recall("environment") or {}
        return Settings.from_environment({**os.environ, **told})

    @cached_property
    def admin_token(self) -> str:
        """A session of the county's administrator."""
        return self.sign_in(**ADMIN)

    def sign_in(self, login: str, password: str) -> str:
        """A session's token."""
        with self.client() as client:
            answer = client.post("/sessions", json={"login": login, "password": password})
            answer.raise_for_status()
            return str(answer.json()["token"])

    @contextmanager
    def client(self, token: str | None = None) -> Iterator[httpx.Client]:
        """A client rooted at /api/v1, with a session or as the public."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        with http.client(f"{self.url}/api/v1", headers=headers, timeout=20.0) as client:
            yield client

    def new_town(self) -> str:
        """The code of a new town station that is open, as services/jobs and the board know."""
        with self.client(self.admin_token) as client:
            taken = {station["code"] for station in client.get("/stations").json()["stations"]}
            code = next(code for number in range(10, 100) if (code := f"{COUNTY}{number}") not in taken)
            facts = {"name_plate": "某镇零工驿站", "short_name": "某镇", **OPENABLE}
            body = {"code": code, "kind": "town_station", "parent": COUNTY, "facts": facts}
            client.post("/stations", json=body).raise_for_status()
            opened(client, code)
            eventually(lambda: takes_postings(client, code), within_seconds=30)
            eventually(lambda: shows_open(client, code), within_seconds=30)
            return code

    def log_lines(self, process: str) -> list[dict[str, Any]]:
        """What a process has said, line by line; what is no JSON is left out."""
        lines = []
        for line in self.running.log(process).splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return [line for line in lines if isinstance(line, dict)]


@pytest.fixture(scope="session")
def bare_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareSystem]:
    """Shared by the tests of a run that ask for it; it may hold what earlier ones left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIZHAN_LOG_FORMAT", "json")
        patch.setenv("YIZHAN_LOG_LEVEL", "debug")
        running = start_system(tmp_path_factory.mktemp("bare") / "data", "--no-demo")
    try:
        running.wait_until_ready()
        system = BareSystem(running)
        _found_county(system)
        yield system
    finally:
        remove_traces(running)


def _found_county(system: BareSystem) -> None:
    request = Bootstrap(
        division=COUNTY,
        facts=StationFacts(name_plate="试验县零工市场", short_name="县市场"),
        login=ADMIN["login"],
        name="管理员",
        password=ADMIN["password"],
    )
    asyncio.run(found_county(system.settings, request))
    with system.client() as client:
        # The board draws it, and services/jobs has heard of it.
        eventually(lambda: client.get(f"/stations/{COUNTY}/board").status_code == 200, within_seconds=30)
        eventually(
            lambda: client.get("/postings", params={"station": COUNTY}).status_code == 200, within_seconds=30
        )
