"""Is it alive, is it well, what has it counted."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway import examples
from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.documents import problem_responses, success_response
from gateway.operations import model_response
from gateway.parts import parts_of
from gateway.wellness import WellnessReport


@admitted(Admission(Access.OPEN, query=None))
async def read_health(request: Request) -> Response:
    """200 only when every process and server behind the gateway is well; else 503 and what is not."""
    report = await parts_of(request).wellness.report()
    return model_response(report, 200 if report.status == "well" else 503)


@admitted(Admission(Access.OPEN, query=None))
async def read_liveness() -> Response:
    return Response("alive\n", media_type="text/plain")


@admitted(Admission(Access.OPEN, query=None))
async def read_metrics() -> Response:
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    unwell = examples.example_of(WellnessReport) | {"status": "unwell"}
    unwell["checks"] = {**unwell["checks"], "jobs": "connection refused"}
    router.add_api_route(
        "/healthz",
        read_health,
        methods=["GET"],
        response_model=WellnessReport,
        operation_id="readHealth",
        tags=["health"],
        summary="Is the system well?",
        responses={
            **success_response(200, WellnessReport),
            **problem_responses(Access.OPEN, (), has_body=False, asks=False),
            503: {
                "model": WellnessReport,
                "description": "Something behind the gateway is not well.",
                "content": {"application/json": {"example": unwell}},
            },
        },
        route_class_override=AdmittedRoute,
    )
    for path, endpoint in (("/livez", read_liveness), ("/metrics", read_metrics)):
        router.add_api_route(
            path, endpoint, methods=["GET"], include_in_schema=False, route_class_override=AdmittedRoute
        )
