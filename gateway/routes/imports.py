"""Spreadsheets on their way into a register."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses
from gateway.files_out import attachment
from gateway.operations import PREFIX, Operation
from yizhan.contracts.base import Identifier
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import XLSX, FileNotFound, FileStoreUnavailable, FileTypeRefused
from yizhan.contracts.imports import (
    ImportKind,
    ImportNotFound,
    ImportRef,
    ImportRowNotGood,
    ImportRowsGone,
    ImportsRpc,
    ImportStepIllegal,
    Sheet,
    TemplateRef,
)
from yizhan.contracts.jobs import UnknownStation

_TAG = "imports"

OPERATIONS = (
    Operation(
        "listImports",
        "GET",
        "/imports",
        ImportsRpc.list_imports,
        _TAG,
        "List imports",
        problems=(UnknownStation,),
    ),
    Operation(
        "startImport",
        "POST",
        "/imports",
        ImportsRpc.start_import,
        _TAG,
        "Start an import",
        "The workbook was uploaded before. It is read row by row in the background; `read` of `rows` tells "
        "how far. Nothing enters the register before rows are committed.",
        status=201,
        location="/imports/{id}",
        problems=(UnknownStation, FileNotFound, FileTypeRefused, FileStoreUnavailable),
    ),
    Operation(
        "getImport",
        "GET",
        "/imports/{id}",
        ImportsRpc.get_import,
        _TAG,
        "Read an import",
        "Where it stands, and how many rows are good, faulty, taken and imported.",
        takes={"id": "id"},
        problems=(ImportNotFound,),
    ),
    Operation(
        "listImportRows",
        "GET",
        "/imports/{id}/rows",
        ImportsRpc.list_import_rows,
        _TAG,
        "List an import's rows",
        takes={"id": "id"},
        problems=(ImportNotFound, ImportRowsGone),
    ),
    Operation(
        "commitImport",
        "POST",
        "/imports/{id}/commit",
        ImportsRpc.commit_import,
        _TAG,
        "Take rows into the register",
        "All good rows, or those chosen; in the background and in one transaction, each with an event of its "
        "own. A row that the register has by then is marked as taken.",
        takes={"id": "id"},
        problems=(ImportNotFound, ImportStepIllegal, ImportRowNotGood),
    ),
    Operation(
        "cancelImport",
        "POST",
        "/imports/{id}/cancel",
        ImportsRpc.cancel_import,
        _TAG,
        "Give up an import",
        "Its rows are deleted; what was imported stays.",
        takes={"id": "id"},
        problems=(ImportNotFound, ImportStepIllegal),
    ),
)


@admitted(Admission(Access.SESSION))
async def import_template(request: Request, kind: Annotated[ImportKind, Path()]) -> Response:
    """An empty workbook to fill in."""
    return _download(await ask(request, ImportsRpc.import_template, TemplateRef(kind=kind)))


@admitted(Admission(Access.SESSION))
async def import_report(request: Request, id: Annotated[Identifier, Path()]) -> Response:
    """The rows that were not taken, as they were, each with its reasons."""
    return _download(await ask(request, ImportsRpc.import_report, ImportRef(id=id)))


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
    _add_download(
        router, "/import-templates/{kind}", import_template, "importTemplate", "Download a template", ()
    )
    _add_download(
        router,
        "/imports/{id}/report",
        import_report,
        "importReport",
        "Download an import's report",
        (ImportNotFound, ImportStepIllegal, ImportRowsGone),
    )


def _download(sheet: Sheet) -> Response:
    return attachment(sheet.bytes, XLSX, sheet.name)


def _add_download(
    router: APIRouter,
    path: str,
    endpoint: Any,
    id: str,
    summary: str,
    problems: tuple[type[YizhanError], ...],
) -> None:
    workbook = {
        "description": "The workbook.",
        "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
    }
    router.add_api_route(
        PREFIX + path,
        endpoint,
        methods=["GET"],
        operation_id=id,
        tags=[_TAG],
        summary=summary,
        response_class=Response,
        responses={200: workbook, **problem_responses(Access.SESSION, problems, has_body=False, asks=True)},
        route_class_override=AdmittedRoute,
    )
