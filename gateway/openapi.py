"""The API document: what FastAPI reads off the routes, completed with what all of them share."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

import yizhan
from gateway import console_cookie
from gateway.admission import Access, AdmittedRoute
from gateway.problems import MEDIA_TYPE
from yizhan.contracts.errors import Problem, all_errors

PATH = "/api/v1/openapi.json"

_DESCRIPTION = """\
The HTTP interface of a county's gig-work network (零工市场 + 驿站 + 联络点).

**Sessions.** `POST /api/v1/sessions` gives a token for eight hours; send it as
`Authorization: Bearer <token>`. A browser may keep the session in an httpOnly cookie instead
(`POST /api/v1/console/session`); it then sends `X-CSRF-Token` with every POST, PATCH and DELETE. What the
caller may do, and where, the service decides that owns the rows.

**Refusals** are `application/problem+json` (RFC 9457) with a stable `code`. In `errors`, a `pointer` is a
JSON pointer into the body; `path:<name>` and `query:<name>` stand for parameters.

**Repeating.** Every command takes an `Idempotency-Key`: sent again with the same key and body it is answered
as the first time and done once. After a 503 or 504, repeat with the same key.

**Ids.** `X-Correlation-Id` (1 to 64 characters of `A-Z a-z 0-9 . _ -`) and `traceparent` are taken over, or
made, and returned.

**Limits.** A body has at most 256 KiB and 15 seconds to arrive.
"""

_TAGS = [
    {"name": "sessions", "description": "Signing in."},
    {"name": "stations", "description": "The network tree."},
    {"name": "stages", "description": "A station's life, from its plan to the end of its licence."},
    {"name": "premises", "description": "Area, functions, position; the maps that list a station."},
    {"name": "facilities", "description": "Equipment, exits, fire equipment: inspected, due, photographed."},
    {"name": "guides", "description": "What a station tells its visitors: services, flow, organisation."},
    {"name": "training", "description": "What staff were trained in."},
    {"name": "board", "description": "What a station's screens show, for clients without a websocket."},
    {"name": "staff", "description": "Staff accounts."},
    {"name": "devices", "description": "Screens and the codes by which they connect."},
    {"name": "notices", "description": "Texts for the screens between two moments."},
    {"name": "employers", "description": "The employers' register."},
    {"name": "postings", "description": "Jobs, from a draft to the screens and off them."},
    {"name": "compliance", "description": "What the law says of a posting, the rules, and spoken postings."},
    {"name": "dispatches", "description": "Who is offered a job, takes it, is sent, comes and is paid."},
    {"name": "live", "description": "What happens, for pages that follow it."},
    {"name": "fairs", "description": "Job fairs, the employers at them and what came of them."},
    {"name": "imports", "description": "Spreadsheets on their way into a register."},
    {"name": "seekers", "description": "Who looks for work, and what each has a right to."},
    {"name": "check-ins", "description": "A station's day: who came, who waits, who is called."},
    {"name": "matching", "description": "Who suits which job, why, and by what weights."},
    {"name": "draws", "description": "The draw that anyone can check."},
    {"name": "aid", "description": "Aid for those who find it hard to find work; for staff alone."},
    {"name": "guidance", "description": "One adviser with one person."},
    {"name": "courses", "description": "Skills training, from a wish to a subsidy."},
    {
        "name": "start-ups",
        "description": "Businesses of their own: consultations, licences, loans, subsidies.",
    },
    {
        "name": "messages",
        "description": "Who is told what by which way, in which words, and what became of it.",
    },
    {"name": "publications", "description": "Postings put up outside, and their receipts."},
    {"name": "files", "description": "Photos, evidence and spreadsheets."},
    {"name": "integrators", "description": "Other systems of the county: what each may read and send."},
    {"name": "integrations", "description": "What other systems call, with an API key of their own."},
    {"name": "health", "description": "Is the system well?"},
]


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document, made without any server."""
    from gateway.app import routed_app

    return build(routed_app())


def build(app: FastAPI) -> dict[str, Any]:
    """The document of an application's routes."""
    made = get_openapi(
        title="Yizhan 零工驿站",
        version=yizhan.__version__,
        summary="Postings, stations, screens.",
        description=_DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
        separate_input_output_schemas=False,
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, problem = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas |= problem["$defs"]
    components["schemas"] = dict(sorted(schemas.items()))
    components["examples"] = _problem_examples(made["paths"])
    components["securitySchemes"] = {
        "session": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A staff session.",
        },
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "An integrator's API key, `yzk_…`, as it was told when the integrator was added.",
        },
        "console": {
            "type": "apiKey",
            "in": "cookie",
            "name": console_cookie.NAME,
            "description": "The same session in a browser; commands by it need `X-CSRF-Token`.",
        },
    }
    for route in app.routes:
        if isinstance(route, AdmittedRoute) and route.include_in_schema:
            _complete(made["paths"][route.path], route)
    return made


def _problem_examples(paths: dict[str, Any]) -> dict[str, Any]:
    """One example per code that some route may answer; the routes' problems refer to them."""
    used = {
        code
        for path in paths.values()
        for operation in path.values()
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
    }
    return {
        code: {"value": error(error.title()).to_problem().model_dump(mode="json")}
        for code, error in all_errors().items()
        if code in used
    }


def _complete(path: dict[str, Any], route: AdmittedRoute) -> None:
    """Who may come in, whole examples, and that a body which may be left out may still not be null."""
    wanted: dict[Access, list[dict[str, list[str]]]] = {
        Access.SESSION: [{"session": []}, {"console": []}],
        Access.OPTIONAL: [{}, {"session": []}, {"console": []}],
        Access.OPEN: [],
        Access.INTEGRATOR: [{"apiKey": []}],
    }
    for method in route.methods or ():
        operation = path[method.lower()]
        operation["security"] = wanted[route.admission.access]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["schema"] = content["schema"].get("anyOf", [content["schema"]])[0]
        for status, answer in route.responses.items():
            # FastAPI drops what is null from its document; in an example a null says something.
            example = answer.get("content", {}).get("application/json", {}).get("example")
            if example is not None:
                operation["responses"][str(status)]["content"]["application/json"]["example"] = example
