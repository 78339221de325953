"""Who may do what: every operation of the API document as every kind of caller, on the whole system.

authorization_matrix.json holds the decision for each cell: the status, and for a refusal its code. A new
operation fails here until it is decided there and can be asked here (REQUESTS). The rows that are asked
for belong to one town station. "other_staff" are the next town's, "other_county_admin" administers
another county, "closed" had his account closed while his session lives on, "expired" has an
administrator's session of yesterday.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData, func, select

from gateway import openapi
from gateway.app import routed_app
from gateway.sessions import SessionTokens
from tests.e2e.api import TERMS, Clerk, soon
from tests.support.bare_system import ADMIN, COUNTY, BareSystem
from tests.support.eventually import eventually
from yizhan.cli.bootstrap import found_county
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Role
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.stations import Bootstrap, Staff, StationFacts
from yizhan.database import Database
from yizhan.settings import DATABASE_OWNERS

DOCUMENT = openapi.document()
OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (verb.upper(), path)
    for path, verbs in DOCUMENT["paths"].items()
    for verb, operation in verbs.items()
}
MATRIX: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "authorization_matrix.json").read_text(encoding="utf-8")
)
CALLERS = ("public", "own_staff", "other_staff", "county_admin", "other_county_admin", "closed", "expired")

#: Open to anybody and no part of the API document: pages, and what monitors ask.
PAGES = {
    "/",
    "/index.css",
    "/livez",
    "/metrics",
    "/api/v1/openapi.json",
    "/screen/config.json",
    "/screen/sw.js",
    "/screen/assets/{name}",
    "/screen/{code}",
}


def test_every_operation_is_decided() -> None:
    """For every caller, and nothing is decided that is no operation any more."""
    assert {case.partition(":")[0] for case in MATRIX} == set(OPERATIONS)
    assert set(MATRIX) == set(REQUESTS)
    for case, cells in MATRIX.items():
        assert set(cells) == set(CALLERS), case


def test_what_is_outside_the_document_is_known_to_be_open() -> None:
    """A page or probe that is added is decided here."""
    served = {route.path for route in routed_app().routes}  # type: ignore[attr-defined]
    assert served == PAGES | set(DOCUMENT["paths"])


@dataclass
class Ground:
    """A town with rows, its neighbour, and a client for each kind of caller."""

    system: BareSystem
    town: str
    clerk: Clerk
    clients: dict[str, httpx.Client]
    employer: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def staff(self) -> str:
        """The id of a new account of the town."""
        return str(self.clerk.post(f"/stations/{self.town}/staff", account()[0])["id"])

    def device(self) -> str:
        issued = self.clerk.post(f"/stations/{self.town}/devices", {"label": "大厅"})
        return str(issued["device"]["id"])

    def notice(self) -> str:
        body = {"text": "明早六点开市", "valid_until": soon(24 * 60)}
        return str(self.clerk.post(f"/stations/{self.town}/notices", body)["id"])

    def posting(self, *steps: str) -> str:
        """The id of a new posting of the town, taken so far."""
        id = str(self.clerk.draft(self.town, self.employer)["id"])
        bodies = {"verify": {"method": "phone_call"}}
        for step in steps:
            self.clerk.post(f"/postings/{id}/{step}", bodies.get(step, {}))
        return id

    def new_code(self) -> str:
        """A station code below the town that nobody has."""
        return f"{self.town}{next(self.numbers):02d}"

    def rows(self) -> dict[str, Any]:
        """All that the services keep, save what is on its way between them."""
        kept: dict[str, Any] = {}
        for service in DATABASE_OWNERS:
            database = Database(self.system.settings.database_url(service))
            try:
                with database.reading() as connection:
                    tables = MetaData()
                    tables.reflect(bind=connection)
                    for table in tables.sorted_tables:
                        if table.name == "outbox":
                            count = connection.execute(select(func.count()).select_from(table)).scalar_one()
                            kept[f"{service}.outbox"] = count
                        elif not {table.name, f"{service}.{table.name}"} & _ON_THE_WAY:
                            found = connection.execute(select(table)).all()
                            kept[f"{service}.{table.name}"] = sorted(map(repr, found))
            finally:
                database.close()
        return kept


#: What services/jobs hears by event, and what records the hearing: it settles a moment later.
_ON_THE_WAY = {"inbox", "jobs.network", "jobs.staff", "jobs.network_turn"}


def account() -> tuple[dict[str, str], str, str]:
    """The body of a new account, its login and its password."""
    login, password = f"clerk-{secrets.token_hex(5)}", f"Qz7-{secrets.token_hex(8)}"
    body = {"login": login, "name": "小王", "role": "station_staff", "password": password}
    return body, login, password


@dataclass(frozen=True)
class Asked:
    """One request, under /api/v1 unless the operation's path is elsewhere."""

    address: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


def _terms() -> dict[str, Any]:
    return {**TERMS, "starts_at": soon()}


#: How each operation is asked of the town's rows; each call makes a row of its own. After a colon: what it is
#: asked to do, where that makes a difference.
REQUESTS: dict[str, Callable[[Ground], Asked]] = {
    "readHealth": lambda _: Asked(),
    "readBoard": lambda on: Asked({"code": on.town}),
    "openSession": lambda on: Asked(body=dict(ADMIN)),
    "currentSession": lambda _: Asked(),
    "listStations": lambda _: Asked(),
    "addStation": lambda on: Asked(
        body={
            "code": on.new_code(),
            "kind": "community_station",
            "parent": on.town,
            "facts": {"name_plate": "某社区零工驿站", "short_name": "某社区"},
        }
    ),
    "getStation": lambda on: Asked({"code": on.town}),
    "amendStation": lambda on: Asked(
        {"code": on.town},
        body={"facts": {"name_plate": "某镇零工驿站", "short_name": f"某镇{next(on.numbers)}"}},
    ),
    "amendStation:status": lambda on: Asked({"code": on.town}, body={"status": "open"}),
    "listStaff": lambda on: Asked({"code": on.town}),
    "addStaff": lambda on: Asked({"code": on.town}, body=account()[0]),
    "closeStaff": lambda on: Asked({"id": on.staff()}),
    "listDevices": lambda on: Asked({"code": on.town}),
    "issueDevice": lambda on: Asked({"code": on.town}, body={"label": "大厅"}),
    "revokeDevice": lambda on: Asked({"id": on.device()}),
    "listScreens": lambda on: Asked({"code": on.town}),
    "listNotices": lambda on: Asked({"code": on.town}),
    "postNotice": lambda on: Asked(
        {"code": on.town}, body={"text": "明早六点开市", "valid_until": soon(24 * 60)}
    ),
    "endNotice": lambda on: Asked({"id": on.notice()}),
    "listEmployers": lambda on: Asked(query={"station": on.town}),
    "registerEmployer": lambda on: Asked(
        body={"station": on.town, "kind": "individual", "name": f"老街{secrets.token_hex(3)}家"}
    ),
    "getEmployer": lambda on: Asked({"id": on.employer}),
    "listPostings": lambda on: Asked(query={"station": on.town}),
    "draftPosting": lambda on: Asked(
        body={"station": on.town, "employer_id": on.employer, "source": "phone", "terms": _terms()}
    ),
    "getPosting": lambda on: Asked({"id": on.posting()}),
    "getPosting:published": lambda on: Asked({"id": on.posting("submit", "verify", "publish")}),
    "listPostings:drafts": lambda on: Asked(query={"station": on.town, "status": "draft"}),
    "amendPosting": lambda on: Asked({"id": on.posting()}, body={"terms": _terms()}),
    "submitPosting": lambda on: Asked({"id": on.posting()}, body={}),
    "verifyPosting": lambda on: Asked({"id": on.posting("submit")}, body={"method": "phone_call"}),
    "rejectPosting": lambda on: Asked({"id": on.posting("submit")}, body={"reason": "电话三次无人接听"}),
    "publishPosting": lambda on: Asked({"id": on.posting("submit", "verify")}, body={}),
    "withdrawPosting": lambda on: Asked(
        {"id": on.posting("submit", "verify", "publish")}, body={"reason": "活已经干完"}
    ),
    "postingHistory": lambda on: Asked({"id": on.posting()}),
}


def send(client: httpx.Client, case: str, asked: Asked) -> httpx.Response:
    """Ask, as the owner of the client."""
    verb, path = OPERATIONS[case.partition(":")[0]]
    address = path.format_map(asked.address)
    url = (
        address.removeprefix("/api/v1")
        if address.startswith("/api/v1")
        else str(client.base_url.copy_with(path=address))
    )
    headers = {"idempotency-key": secrets.token_hex(12)} if verb != "GET" else {}
    return client.request(verb, url, params=asked.query, json=asked.body, headers=headers)


def outcome(answer: httpx.Response) -> str:
    """A cell as the matrix writes it: `200`, or `403 auth.outside_scope`."""
    if answer.is_success:
        return str(answer.status_code)
    return f"{answer.status_code} {answer.json().get('code', answer.text)}"


@pytest.fixture(scope="module")
def ground(bare_system: BareSystem) -> Iterator[Ground]:
    with ExitStack() as stack:
        admin = stack.enter_context(bare_system.client(bare_system.admin_token))
        clerk = Clerk(admin)
        town, other_town = bare_system.new_town(), bare_system.new_town()
        own, _ = _staff_token(bare_system, clerk, town)
        other, _ = _staff_token(bare_system, clerk, other_town)
        closed, closed_id = _staff_token(bare_system, clerk, town)
        tokens = {
            "public": None,
            "own_staff": own,
            "other_staff": other,
            "county_admin": bare_system.admin_token,
            "other_county_admin": _other_county_token(bare_system),
            "closed": closed,
            "expired": _expired_token(bare_system),
        }
        clients = {who: stack.enter_context(bare_system.client(token)) for who, token in tokens.items()}
        admin.delete(f"/staff/{closed_id}").raise_for_status()
        query = {"station": town}
        eventually(
            lambda: clients["closed"].get("/postings", params=query).status_code == 403, within_seconds=30
        )
        yield Ground(bare_system, town, clerk, clients, clerk.employer(town))


def _staff_token(system: BareSystem, clerk: Clerk, station: str) -> tuple[str, str]:
    """A session of a new account, and the account's id."""
    body, login, password = account()
    id = clerk.post(f"/stations/{station}/staff", body)["id"]
    return system.sign_in(login, password), id


def _other_county_token(system: BareSystem) -> str:
    division = f"5299{secrets.randbelow(90) + 10}"
    login, password = f"chief-{secrets.token_hex(4)}", f"Qz7-{secrets.token_hex(8)}"
    facts = StationFacts(name_plate="邻县零工市场", short_name="邻县")
    request = Bootstrap(division=division, facts=facts, login=login, name="邻县", password=password)
    asyncio.run(found_county(system.settings, request))
    return system.sign_in(login, password)


def _expired_token(system: BareSystem) -> str:
    key = system.settings.session_key
    assert key is not None
    yesterday = FrozenClock((datetime.now(UTC) - timedelta(days=1)).isoformat())
    admin = Staff(
        id=new_identifier(yesterday.now()),
        login="admin",
        name="管理员",
        role=Role.COUNTY_ADMIN,
        station=COUNTY,
        active=True,
        sequence=1,
    )
    return SessionTokens(key.get_secret_value().encode(), yesterday).issue(admin).token


@pytest.mark.integration
@pytest.mark.parametrize("case", sorted(REQUESTS))
def test_every_caller_is_answered_as_decided(ground: Ground, case: str) -> None:
    """And a command that is refused changes nothing: no row, no event, no kept answer."""
    decided = MATRIX[case]
    refused = [who for who in CALLERS if not decided[who].startswith("2")]
    asked = REQUESTS[case](ground)
    before = ground.rows()
    found = {who: outcome(send(ground.clients[who], case, asked)) for who in refused}
    assert found == {who: decided[who] for who in refused}
    assert ground.rows() == before
    for who in CALLERS:
        if who not in refused:
            # A row for each: a step that was taken cannot be taken again.
            answer = send(ground.clients[who], case, REQUESTS[case](ground))
            found[who] = outcome(answer)
    assert found == decided
