"""Generated requests against the whole system: whatever is sent, the answer is as the document says.

schemathesis makes, from the API document, good and bad values of every parameter and body. The seed is
fixed, so a finding can be found again. Left out is its check that good data is taken: what the document's
JSON Schemas allow is more than what is taken, since the rule for public texts (no run of seven digits),
the checksum of a credit code and the order of two moments cannot be said in JSON Schema; and a board that
is not drawn yet is a rightful 503.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from gateway import openapi
from tests.contract import network_requests
from tests.e2e.api import Clerk, soon
from tests.support.bare_system import BareSystem

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

SEED = 20260301
EXAMPLES_PER_OPERATION = 6

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
]


def _schema() -> Any:
    config = SchemathesisConfig(
        seed=SEED,
        projects=ProjectsConfig(
            default=ProjectConfig(
                generation=GenerationConfig(deterministic=True, max_examples=EXAMPLES_PER_OPERATION),
            )
        ),
    )
    # A stream is no answer that ends.
    found = schemathesis.openapi.from_dict(openapi.document(), config=config)
    return found.exclude(operation_id="readLive")


SCHEMA = _schema()


class Rows:
    """Something real for every kind of address, so that generated commands find their rows."""

    def __init__(self, clerk: Clerk, town: str) -> None:
        self.town = town
        self.clerk = clerk
        login = f"clerk-{secrets.token_hex(4)}"
        account = {
            "login": login,
            "name": "小王",
            "role": "station_staff",
            "password": "kL9-" + secrets.token_hex(8),
        }
        notice = {"text": "明早六点开市", "valid_until": soon(24 * 60)}
        draft = clerk.draft(town)["id"]
        self._ids = {
            "staff": clerk.post(f"/stations/{town}/staff", account)["id"],
            "devices": clerk.post(f"/stations/{town}/devices", {"label": "大厅"})["device"]["id"],
            "notices": clerk.post(f"/stations/{town}/notices", notice)["id"],
            "employers": clerk.employer(town),
            "postings": draft,
            "facilities": network_requests.facility(self),
            "service-items": network_requests.item(self),
            "trainings": network_requests.recorded(self),
            "rectifications": network_requests.rectification(self),
        }

    def new_code(self) -> str:
        """A station code below the town that nobody has."""
        return f"{self.town}99"

    def staff(self) -> str:
        """The id of the town's account."""
        return str(self.clerk.client.get(f"/stations/{self.town}/staff").json()["staff"][0]["id"])

    def fill(self, case: Case) -> None:
        """Put real ids and the town's code in place of generated ones, in good requests."""
        given = case.path_parameters or {}
        kind = case.path.removeprefix("/api/v1/").split("/")[0]
        if "id" in given:
            given["id"] = self._ids[kind]
        if "code" in given:
            given["code"] = self.town


@pytest.fixture(scope="module")
def rows(bare_system: BareSystem) -> Iterator[Rows]:
    with bare_system.client(bare_system.admin_token) as client:
        yield Rows(Clerk(client), bare_system.new_town())


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@SCHEMA.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_an_administrator_sends_is_answered_as_documented(
    case: Case, bare_system: BareSystem, rows: Rows, session: requests.Session
) -> None:
    """Status, headers and body are the document's; what is not good is refused; nothing breaks."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        rows.fill(case)
    case.call_and_validate(
        base_url=bare_system.url,
        session=session,
        headers={"authorization": f"Bearer {bare_system.admin_token}"},
        checks=CHECKS,
    )


@SCHEMA.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_a_stranger_sends_is_answered_as_documented(
    case: Case, bare_system: BareSystem, rows: Rows, session: requests.Session
) -> None:
    """Without a session, or with a made-up one: refused as documented, and nothing but reading is done."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        rows.fill(case)
    answer = case.call_and_validate(base_url=bare_system.url, session=session, checks=CHECKS)
    if case.method != "GET":
        assert answer.status_code >= 400


def test_no_defect_was_logged(bare_system: BareSystem) -> None:
    """What a defect of ours is answered with is documented too; the log tells them apart."""
    defects = [
        line
        for process in (
            "gateway",
            "stations",
            "jobs",
            "seekers",
            "notify",
            "courier",
            "relay",
            "board",
            "outlet",
        )
        for line in bare_system.log_lines(process)
        if line.get("level") in ("error", "critical")
    ]
    assert defects == []
