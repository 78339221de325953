"""Generated requests against the whole system: whatever is sent, the answer is as the document says.

schemathesis makes, from the API document, good and bad values of every parameter and body. The seed is
fixed, so a finding can be found again. Left out is its check that good data is taken: what the document's
JSON Schemas allow is more than what is taken, since the rule for public texts (no run of seven digits),
the checksum of a credit code and the order of two moments cannot be said in JSON Schema; and a board that
is not drawn yet is a rightful 503.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode, HookContext
from schemathesis.checks import not_a_server_error
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.contract import dispatch_requests, integrator_requests, network_requests, support_requests
from tests.contract.ground import Ground
from tests.e2e.api import Clerk
from tests.support.api_document import api_document
from tests.support.bare_system import BareSystem

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SEED = 20260301
#: What takes some minutes is done in CI alone.
IN_CI = os.environ.get("CI") == "true"
EXAMPLES_PER_OPERATION = 3 if IN_CI else 1
#: What is one less than the longest, or one more than the least, is taken where those are.
_WITHIN_BOUNDS = {CoverageScenario.NEAR_BOUNDARY_LENGTH_STRING, CoverageScenario.NEAR_BOUNDARY_NUMBER}
#: Where the tool, which tries the constants that it finds in this repository, may know a password.
_SIGN_IN = ("/sessions", "/console/session")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
]


def _documented(phases: PhasesConfig, examples: int) -> Any:
    generation = GenerationConfig(deterministic=True, max_examples=examples)
    project = ProjectConfig(generation=generation, phases=phases)
    config = SchemathesisConfig(seed=SEED, projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(api_document(), config=config)


class OneOfAKind:
    """Lets one bad case of each kind through for a field, an operation's method, and the key of all commands.

    The tool sends six wrong types where one is refused by the same line as the next, and to every command ten
    bad keys that never come as far as the command: nine thousand of its sixteen thousand requests.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, ...]] = set()

    def lets(self, case: Case) -> bool:
        """Whether it is new, or nothing that this is about."""
        meta = case.meta
        if meta is None or not isinstance(meta.phase.data, CoveragePhaseData):
            return True
        if meta.generation.mode is not GenerationMode.NEGATIVE:
            return meta.phase.data.scenario not in _WITHIN_BOUNDS
        kind = self._kind(case, meta.phase.data)
        if kind in self._seen:
            return False
        self._seen.add(kind)
        return True

    @staticmethod
    def _kind(case: Case, sent: CoveragePhaseData) -> tuple[str, ...]:
        if sent.scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
            return ("method", case.operation.path)
        where = (str(sent.parameter), str(sent.location), sent.description)
        return where if sent.parameter == "Idempotency-Key" else (case.operation.label, *where)


@pytest.fixture(scope="module")
def for_administrators() -> Any:
    """The API's operations; in CI with a case for every bound of every field, which takes some minutes."""
    schema = _documented(PhasesConfig(coverage=CoveragePhaseConfig(enabled=IN_CI)), EXAMPLES_PER_OPERATION)
    once = OneOfAKind()

    @schema.hook
    def filter_case(context: HookContext, case: Case) -> bool:
        return once.lets(case)

    return schema


@pytest.fixture(scope="module")
def for_strangers() -> Any:
    """One of each: who has no session is turned away before any field is looked at."""
    return _documented(PhasesConfig(coverage=CoveragePhaseConfig(enabled=False)), examples=1)


#: A server or a service that was not to be had in time.
_COME_AGAIN = {503, 504}
#: No answer that ends.
_STREAM = {"operation_id": "readLive"}

#: Read where the tests run, and not by every process that collects tests: it takes long.
ADMINISTRATORS = schemathesis.pytest.from_fixture("for_administrators").exclude(**_STREAM)
STRANGERS = schemathesis.pytest.from_fixture("for_strangers").exclude(**_STREAM)


@pytest.fixture(autouse=True)
def node_id(request: pytest.FixtureRequest) -> None:
    """Where schemathesis notes the operation that it is at; pytest has kept it elsewhere since 9.2."""
    request.node._nodeid = request.node.nodeid


def checks_of(case: Case) -> list[Any]:
    """The checks of a case. An address such as /postings/search is one of /postings/{id} too, whose other
    methods are answered there."""
    met = {path for path, pattern in _PATTERNS.items() if pattern.fullmatch(case.operation.path)}
    return [check for check in CHECKS if check is not unsupported_method or met == {case.operation.path}]


#: Path → what its addresses look like.
_PATTERNS = {
    path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in api_document()["paths"]
}


class Rows:
    """Something real for the kinds of address that most commands have, so that they find their rows."""

    def __init__(self, ground: Ground) -> None:
        self._town = ground.town
        self._ids = {
            "staff": ground.staff(),
            "devices": ground.device(),
            "notices": ground.notice(),
            "employers": ground.employer,
            "sanctions": ground.sanction(),
            "postings": ground.posting(),
            "fairs": ground.planned_fair(),
            "dispatches": dispatch_requests.offered(ground),
            "facilities": network_requests.facility(ground),
            "service-items": network_requests.item(ground),
            "trainings": network_requests.recorded(ground),
            "rectifications": network_requests.rectification(ground),
            "seekers": ground.seeker()["id"],
            "courses": support_requests.course(ground)["id"],
            "aid-cases": support_requests.case(ground)["id"],
            "guidance": support_requests.booked(ground)["id"],
            "start-ups": support_requests.start_up(ground)["id"],
            "integrators": integrator_requests.integrator(ground),
        }

    def fill(self, case: Case) -> None:
        """Put real ids and the town's code in place of generated ones, in good requests."""
        given = case.path_parameters or {}
        kind = case.path.removeprefix("/api/v1/").split("/")[0]
        if "id" in given and kind in self._ids:
            given["id"] = self._ids[kind]
        if "code" in given:
            given["code"] = self._town


@pytest.fixture(scope="module")
def rows(bare_system: BareSystem) -> Iterator[Rows]:
    with bare_system.client(bare_system.admin_token) as client:
        clerk, town = Clerk(client), bare_system.new_town()
        yield Rows(Ground(bare_system, town, clerk, {"county_admin": client}, clerk.employer(town)))


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


def answer_of(case: Case, checks: list[Any], **how: Any) -> Any:
    """The answer, which the checks have passed. Whoever is told to come again, as on a busy machine at times,
    does so once."""
    answer = case.call(**how)
    if answer.status_code in _COME_AGAIN:
        answer = case.call(**how)
    case.validate_response(answer, checks=checks)
    return answer


@ADMINISTRATORS.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_an_administrator_sends_is_answered_as_documented(
    case: Case, bare_system: BareSystem, rows: Rows, session: requests.Session
) -> None:
    """Status, headers and body are the document's; what is not good is refused; nothing breaks."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        rows.fill(case)
    answer_of(
        case,
        checks_of(case),
        base_url=bare_system.url,
        session=session,
        headers={"authorization": f"Bearer {bare_system.admin_token}"},
    )


@pytest.mark.skipif(not IN_CI, reason="CI's; the authorization matrix asks every operation as the public too")
@STRANGERS.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_a_stranger_sends_is_answered_as_documented(
    case: Case, bare_system: BareSystem, rows: Rows, session: requests.Session
) -> None:
    """Without a session, or with a made-up one: refused as documented, and nothing but reading is done."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        rows.fill(case)
    answer = answer_of(case, CHECKS, base_url=bare_system.url, session=session)
    if case.method != "GET" and not case.path.endswith(_SIGN_IN):
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
