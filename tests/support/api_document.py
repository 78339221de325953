"""The API's document as it is committed; `./run check` and tests/unit/cli see to it that it is fresh.

To make it anew takes some seconds, which every process that collects tests would spend.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.support.system import ROOT


@cache
def api_document() -> dict[str, Any]:
    """docs/openapi.json."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    return found
