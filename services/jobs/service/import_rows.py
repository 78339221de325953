"""Rows of an import as they wait in the database: sealed, each in its own place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.jobs.storage.imports import StoredRow
from yizhan.contracts.compliance import Finding
from yizhan.encryption import FieldCipher


@dataclass(frozen=True)
class Waiting:
    """What a row says, and the command that it stands for where it can be taken, as JSON. findings: what the
    law says of it."""

    said: Mapping[str, str]
    request: Mapping[str, Any] | None = None
    findings: tuple[Finding, ...] = ()


class SealedRows:
    """The rows of one import."""

    def __init__(self, cipher: FieldCipher, import_id: str) -> None:
        self._cipher = cipher
        self._import_id = import_id

    def seal(self, number: int, waiting: Waiting) -> str:
        """A row's text for the database."""
        findings = [finding.model_dump(mode="json") for finding in waiting.findings]
        plain = {"said": dict(waiting.said), "request": waiting.request, "findings": findings}
        return self._cipher.seal(json.dumps(plain, ensure_ascii=False), place=self._place(number))

    def open(self, row: StoredRow) -> Waiting:
        """What a row says; nothing once that was deleted. Raises SealBroken."""
        if row.sealed is None:
            return Waiting({})
        plain = json.loads(self._cipher.open(row.sealed, place=self._place(row.told.row)))
        findings = tuple(Finding.model_validate(one) for one in plain.get("findings", ()))
        return Waiting(plain["said"], plain["request"], findings)

    def _place(self, number: int) -> str:
        return f"import_rows/sealed/{self._import_id}.{number}"
