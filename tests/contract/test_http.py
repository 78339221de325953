"""The HTTP interface against the contracts: calls exist, routes are documented, examples are good."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI

from gateway import examples, openapi
from gateway.admission import Access, AdmittedRoute
from gateway.app import routed_app
from gateway.operations import Operation
from gateway.problems import MEDIA_TYPE
from gateway.routes import (
    checkins,
    compliance,
    devices,
    dispatches,
    draws,
    employers,
    facilities,
    fairs,
    guides,
    imports,
    integrations,
    integrators,
    matching,
    messages,
    notices,
    postings,
    premises,
    sanctions,
    seekers,
    staff,
    stages,
    stations,
    support,
    training,
)
from yizhan.contracts.aid import AidRpc
from yizhan.contracts.catalog import METHODS
from yizhan.contracts.dispatches import DispatchesRpc
from yizhan.contracts.employers import EmployersRpc
from yizhan.contracts.errors import Problem, all_errors
from yizhan.contracts.external_postings import ExternalPostingsRpc
from yizhan.contracts.facilities import FacilitiesRpc
from yizhan.contracts.fairs import FairsRpc
from yizhan.contracts.imports import ImportsRpc
from yizhan.contracts.integrators import IntegratorsRpc
from yizhan.contracts.jobs import JobsRpc
from yizhan.contracts.seeker_cards import SeekerCardsRpc
from yizhan.contracts.seeker_rights import SeekerRightsRpc
from yizhan.contracts.seekers import SeekersRpc
from yizhan.contracts.station_days import StationDaysRpc
from yizhan.contracts.stations import StationsRpc
from yizhan.contracts.templates import TemplatesRpc

OPERATIONS: tuple[Operation, ...] = tuple(
    operation
    for module in (
        stations,
        training,
        guides,
        facilities,
        premises,
        stages,
        staff,
        devices,
        notices,
        employers,
        sanctions,
        imports,
        fairs,
        postings,
        compliance,
        dispatches,
        matching,
        seekers,
        checkins,
        draws,
        messages,
        support,
        integrations,
        integrators,
    )
    for operation in module.OPERATIONS
)

#: Methods that are no operation of their own: of a hand-written route, the command line or the board.
NOT_OPERATIONS = {
    StationsRpc.sign_in,
    StationsRpc.bootstrap,
    StationsRpc.export_network,
    JobsRpc.export_live_postings,
    JobsRpc.posting_evidence,
    FairsRpc.export_live_fairs,
    SeekerCardsRpc.export_live_cards,
    StationDaysRpc.export_days,
    EmployersRpc.employer_evidence,
    FacilitiesRpc.get_facility_photo,
    ImportsRpc.import_template,
    ImportsRpc.import_report,
    SeekerRightsRpc.phones_for_messages,
    EmployersRpc.employer_phones_for_messages,
    AidRpc.get_difficulty_file,
    ExternalPostingsRpc.refuse,
    IntegratorsRpc.find,
    IntegratorsRpc.check_api_key,
    IntegratorsRpc.broker_users,
    IntegratorsRpc.broker_users_applied,
}

#: Queries by POST: what they ask with says who somebody is, and belongs in no address.
POSTED_QUERIES = {
    DispatchesRpc.read_slip,
    SeekersRpc.search_seekers,
    SeekersRpc.look_up_person,
    SeekerRightsRpc.own_record,
    TemplatesRpc.preview_template,
}

#: Signing in is no command: a token is not kept to be given out twice. An upload that came twice is two
#: files, one of which nothing is attached to.
NO_COMMANDS = {
    "/api/v1/sessions",
    "/api/v1/console/session",
    "/api/v1/uploads",
    *(f"/api/v1{one.path}" for one in OPERATIONS if one.rpc in POSTED_QUERIES),
}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return routed_app()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def _documented(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_call_of_the_gateway_is_in_the_catalogue(operation: Operation) -> None:
    """The method is the catalogue's own, with its request and response; path parameters fill its fields."""
    listed = [
        method
        for method in METHODS
        if (method.service, method.name) == (operation.rpc.service, operation.rpc.name)
    ]
    assert len(listed) == 1
    assert listed[0].request is operation.rpc.request
    assert listed[0].response is operation.rpc.response
    assert listed[0].command == operation.rpc.command
    assert operation.rpc.command == (operation.verb != "GET" and operation.rpc not in POSTED_QUERIES)
    assert set(operation.takes) == set(re.findall(r"{(\w+)}", operation.path))
    assert set(operation.takes.values()) <= set(operation.rpc.request.model_fields)


def test_every_method_of_the_services_is_reached_or_left_out_by_decision() -> None:
    """A new RPC without a route fails here."""
    reached = [operation.rpc for operation in OPERATIONS]
    assert len(reached) == len(set(reached))
    assert set(METHODS) == set(reached) | NOT_OPERATIONS


def test_every_refusal_that_a_route_documents_is_in_the_tree(document: dict[str, Any]) -> None:
    """Its example is a good Problem with the code and status of its class."""
    errors = all_errors()
    for code, example in document["components"]["examples"].items():
        problem = Problem.model_validate(example["value"])
        assert (problem.code, problem.status) == (code, errors[code].status)


def test_the_document_is_openapi_with_sound_schemas(document: dict[str, Any]) -> None:
    """3.1, serializable; every reference leads somewhere, and every schema is JSON Schema 2020-12."""
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        found: Any = document
        for part in reference.split("/"):
            found = found[part]
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate(schema)
        assert schema.get("type") in ("object", "string"), name
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(document["components"]["schemas"])


def test_schemathesis_reads_the_document(document: dict[str, Any]) -> None:
    """The tool that is run against the gateway finds every operation."""
    import schemathesis

    loaded = schemathesis.openapi.from_dict(document)
    found = {operation.ok().label for operation in loaded.get_all_operations()}
    assert found == {f"{method.upper()} {path}" for path, method, _ in _documented(document)}


def test_every_route_is_documented(app: FastAPI, document: dict[str, Any]) -> None:
    """Everything under /api/v1 but the document itself."""
    served = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, AdmittedRoute)
        for method in route.methods or ()
        if route.path.startswith("/api/v1/") and route.path != openapi.PATH
    }
    assert served == {(path, method) for path, method, _ in _documented(document) if path != "/healthz"}


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    """An id of its own, a summary, a description, one tag that is described."""
    operations = _documented(document)
    assert len({operation["operationId"] for _, _, operation in operations}) == len(operations)
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in operations:
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"])
        assert operation["summary"]
        assert operation["description"], operation["operationId"]
        assert set(operation["tags"]) <= tags


def test_every_operation_has_a_success_and_its_problems(app: FastAPI, document: dict[str, Any]) -> None:
    """One success with schema and good example; problems in their type; 401 where a session is needed."""
    access = {
        (route.path, method.lower()): route.admission.access
        for route in app.routes
        if isinstance(route, AdmittedRoute)
        for method in route.methods or ()
    }
    for path, method, operation in _documented(document):
        answers = operation["responses"]
        successes = [answers[status] for status in answers if status.startswith("2")]
        assert len(successes) == 1
        said = successes[0]["content"]
        if "application/json" in said:
            assert {"schema", "example"} <= said["application/json"].keys()
        else:
            assert said, f"{method} {path} answers nothing"
        assert {"413", "422", "500"} <= answers.keys()
        for status, answer in answers.items():
            content = answer.get("content", {})
            if status >= "4" and MEDIA_TYPE in content:
                assert content[MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}
        needs_session = access[path, method] is Access.SESSION
        assert needs_session == (operation["security"] == [{"session": []}, {"console": []}])
        if needs_session:
            assert {"401"} <= answers.keys()


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    """Bodies and answers alike, so that a reader can copy them."""
    for _, _, operation in _documented(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                _fits(document, content["schema"], example["value"])
        for answer in operation["responses"].values():
            content = answer.get("content", {}).get("application/json")
            if content is not None:
                _fits(document, content["schema"], content["example"])


def _fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    jsonschema_rs.validate({**schema, "components": document["components"]}, value)


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.body is not None], ids=lambda one: one.id
)
def test_every_example_body_is_taken(operation: Operation) -> None:
    """By the very model that refuses bad ones."""
    assert operation.body is not None
    operation.body.model_validate_json(json.dumps(examples.body_example(operation.body)), strict=True)


def test_commands_and_only_commands_document_the_idempotency_key(document: dict[str, Any]) -> None:
    """A query needs none, by whatever verb."""
    for path, method, operation in _documented(document):
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        command = method != "get" and path not in NO_COMMANDS
        assert ("Idempotency-Key" in named) == command
