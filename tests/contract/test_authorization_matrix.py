"""Who may do what: every operation of the API document as every kind of caller, on the whole system.

authorization_matrix.json holds the decision for each cell: the status, and for a refusal its code. A new
operation fails here until it is decided there and can be asked here (REQUESTS). The rows that are asked
for belong to one town station. "other_staff" are the next town's, "other_county_admin" administers
another county, "closed" had his account closed while his session lives on, "expired" has an
administrator's session of yesterday.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.app import routed_app
from gateway.sessions import SessionTokens
from tests.contract.ground import Ground, account, today
from tests.contract.operation_requests import DOCUMENT, OPERATIONS, REQUESTS, outcome, send
from tests.e2e.api import Clerk
from tests.support.bare_system import COUNTY, BareSystem
from tests.support.eventually import eventually
from yizhan.cli.bootstrap import found_county
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Role
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.stations import Bootstrap, Staff, StationFacts

MATRIX: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "authorization_matrix.json").read_text(encoding="utf-8")
)
CALLERS = ("public", "own_staff", "other_staff", "county_admin", "other_county_admin", "closed", "expired")

#: Open to anybody and no part of the API document: pages, and what monitors ask.
PAGES = {
    "/",
    "/index.css",
    "/console",
    "/console/{name}",
    "/console/assets/{name}",
    "/livez",
    "/metrics",
    "/api/v1/openapi.json",
    "/screen/config.json",
    "/screen/sw.js",
    "/screen/assets/{name}",
    "/screen/{code}",
    "/draw/assets/{name}",
    "/draw/{code}/{date}",
    "/draw/{code}/{date}/qr.svg",
    "/stop/assets/{name}",
    "/stop/{mark}",
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
        eventually(
            lambda: clients["closed"].get("/seekers", params=query).status_code == 403, within_seconds=30
        )
        eventually(
            lambda: clients["closed"].get("/deliveries", params=query).status_code == 403, within_seconds=30
        )
        series = {"date": today(), "desk": new_identifier(datetime.now(UTC))}
        path = f"/stations/{town}/check-ins/series"
        eventually(lambda: admin.post(path, json=series).is_success, within_seconds=30)
        made = Ground(bare_system, town, clerk, clients, clerk.employer(town))
        yield made
        made.kept.close()


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


def refusals(ground: Ground, case: str, refused: list[str]) -> tuple[dict[str, str], list[str]]:
    """How those callers are answered, and which tables are not as before then.

    That nothing at all was written in between is the quick way to know. Where something was, it is
    looked at: several times, each with rows of its own, since clockwork (an offer that expires, a lease)
    may have its moment in between. A refusal that leaves a trace leaves one every time.
    """
    for turn in range(5):
        asked = REQUESTS[case](ground)
        ground.kept.rest()
        marks, before = ground.kept.marks(), ground.kept.rows() if turn else {}
        found = {who: outcome(send(ground.clients[who], case, asked)) for who in refused}
        if ground.kept.marks() == marks:
            return found, []
        after = ground.kept.rows() if turn else {}
        changed = [name for name in after if after[name] != before[name]]
        if turn and not changed:
            return found, []
    return found, changed


@pytest.mark.integration
@pytest.mark.parametrize("case", sorted(REQUESTS))
def test_every_caller_is_answered_as_decided(ground: Ground, case: str) -> None:
    """And a command that is refused changes nothing: no row, no event, no kept answer."""
    decided = MATRIX[case]
    refused = [who for who in CALLERS if not decided[who].startswith("2")]
    found, changed = refusals(ground, case, refused)
    assert found == {who: decided[who] for who in refused}
    assert not changed
    for who in CALLERS:
        if who not in refused:
            # A row for each: a step that was taken cannot be taken again.
            answer = send(ground.clients[who], case, REQUESTS[case](ground))
            found[who] = outcome(answer)
    assert found == decided
    if case in ("startImport", "commitImport", "cancelImport"):
        ground.kept.settle()
