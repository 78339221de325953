"""Workbooks (xlsx): read as rows, made as templates and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from services.jobs.domain.sheet import Form
from services.jobs.workbooks.writing import ReportHeads, ReportLine, report
from yizhan.contracts.imports import Fault, ImportKind, ImportRow, RowFault, RowStatus

_FOLDER = files("services.jobs.workbooks")


class Texts(BaseModel):
    """What a report says to people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file_name: str
    heads: ReportHeads
    results: dict[RowStatus, str]
    faults: dict[Fault, str]


TEXTS = Texts.model_validate_json((_FOLDER / "texts.json").read_text("utf-8"))
_FORMS: dict[ImportKind, Form] = {
    kind: Form.model_validate(json.loads((_FOLDER / f"{kind.value}.json").read_text("utf-8")))
    for kind in ImportKind
}


def form_of(kind: ImportKind) -> Form:
    """The template of a kind of import."""
    return _FORMS[kind]


def report_of(kind: ImportKind, rows: Sequence[tuple[ImportRow, Mapping[str, str]]]) -> bytes:
    """A workbook of rows with what became of them. Keeps a core busy for up to some seconds."""
    lines = [ReportLine(row.row, dict(said), TEXTS.results[row.status], _reasons(row)) for row, said in rows]
    return report(form_of(kind), lines, TEXTS.heads)


def _reasons(row: ImportRow) -> str:
    found = [f"「{one.words}」{one.instead}（{one.article}）" for one in row.findings]
    return "；".join([*map(_reason, row.faults), *found])


def _reason(fault: RowFault) -> str:
    text = TEXTS.faults[fault.code].format(row=fault.row)
    return text if fault.column is None else f"{fault.column}：{text}"
