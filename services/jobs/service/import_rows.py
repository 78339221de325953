"""Rows of an import as they wait in the database: sealed, each in its own place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.jobs.storage.imports import StoredRow
from yizhan.contracts.employers import RegisterEmployer
from yizhan.encryption import FieldCipher


@dataclass(frozen=True)
class Waiting:
    """What a row says, and what it stands for where it can be taken. registered_on: on paper, before."""

    said: Mapping[str, str]
    request: RegisterEmployer | None = None
    registered_on: date | None = None


class SealedRows:
    """The rows of one import."""

    def __init__(self, cipher: FieldCipher, import_id: str) -> None:
        self._cipher = cipher
        self._import_id = import_id

    def seal(self, number: int, waiting: Waiting) -> str:
        """A row's text for the database."""
        request = None if waiting.request is None else waiting.request.model_dump(mode="json")
        on = None if waiting.registered_on is None else waiting.registered_on.isoformat()
        plain = {"said": dict(waiting.said), "request": request, "registered_on": on}
        return self._cipher.seal(json.dumps(plain, ensure_ascii=False), place=self._place(number))

    def open(self, row: StoredRow) -> Waiting:
        """What a row says; nothing once that was deleted. Raises SealBroken."""
        if row.sealed is None:
            return Waiting({})
        plain = json.loads(self._cipher.open(row.sealed, place=self._place(row.told.row)))
        request, on = plain["request"], plain["registered_on"]
        return Waiting(
            plain["said"],
            None if request is None else RegisterEmployer.model_validate(request),
            None if on is None else date.fromisoformat(on),
        )

    def _place(self, number: int) -> str:
        return f"import_rows/sealed/{self._import_id}.{number}"
