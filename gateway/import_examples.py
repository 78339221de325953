"""Examples of imports for the API document."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from yizhan.contracts import imports

_MORNING = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
_STATION = "5227300101"
_FILE = "8c0e6a4b-51f2-9d37-e0a8-3b7f1c94d625"
_ID = "01951b00-7c00-7000-8000-00000000000a"

_IMPORT = imports.Import(
    id=_ID,
    kind=imports.ImportKind.EMPLOYERS,
    station=_STATION,
    status=imports.ImportStatus.READY,
    file_name="雇主台账.xlsx",
    by="01950001-7c00-7000-8000-000000000001",
    started_at=_MORNING,
    rows_until=_MORNING + timedelta(days=7),
    rows=420,
    read=420,
    good=398,
    faulty=17,
    taken=5,
    ignored=("备注",),
)
_ROW = imports.ImportRow(
    row=7,
    status=imports.RowStatus.FAULTY,
    cells={"雇主类型": "企业", "雇主名称": "兴龙建材有限公司", "统一社会信用代码": "9.15227E+17"},
    faults=(imports.RowFault(code=imports.Fault.DIGITS_LOST, column="统一社会信用代码"),),
)

EXAMPLES: tuple[BaseModel, ...] = (
    _IMPORT,
    imports.ImportList(imports=(_IMPORT,), next=None),
    imports.ImportRowList(rows=(_ROW,), next=None),
    imports.StartImport(kind=imports.ImportKind.EMPLOYERS, station=_STATION, file=_FILE),
    imports.CommitImport(id=_ID, rows=(4, 5, 6)),
    imports.ImportRef(id=_ID),
    imports.Sheet(name="雇主登记导入表.xlsx", content=base64.b64encode(b"PK").decode()),
)
