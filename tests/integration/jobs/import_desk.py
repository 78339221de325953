"""A clerk who imports, and the clockwork that does the work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.integration.jobs.office import TOWN, Office
from yizhan.contracts.files import XLSX
from yizhan.contracts.imports import (
    CommitImport,
    Import,
    ImportKind,
    ImportRef,
    ImportRow,
    ImportRowQuery,
    ImportsRpc,
    RowStatus,
    StartImport,
)
from yizhan.encryption import FieldCipher
from yizhan.files import FileStore
from yizhan.settings import Settings

KEYS = {"one": b"k" * 16}


class ImportDesk:
    """A clerk with spreadsheets of one kind."""

    def __init__(self, office: Office, folder: Path, kind: ImportKind = ImportKind.EMPLOYERS) -> None:
        self.office = office
        self.kind = kind
        office.service.settings = Settings(data_dir=folder)
        office.service.cipher = FieldCipher(KEYS, current="one", index_key=b"i" * 32)
        self.store = FileStore.from_settings(office.service.settings)

    def start(self, content: bytes, *, media_type: str = XLSX) -> Import:
        stored = self.store.put(content, media_type=media_type, name="台账.xlsx")
        request = StartImport(kind=self.kind, station=TOWN, file=stored.id)
        started: Import = self.office.ask(ImportsRpc.start_import, request)
        return started

    def work(self) -> None:
        """Let the clockwork do all that is to be done."""
        while self.office.service.work_on_imports() == 0.0:
            pass

    def read(self, content: bytes) -> Import:
        started = self.start(content)
        self.work()
        return self.get(started.id)

    def get(self, id: str) -> Import:
        found: Import = self.office.ask(ImportsRpc.get_import, ImportRef(id=id))
        return found

    def rows(self, id: str, status: RowStatus | None = None) -> list[ImportRow]:
        """All rows, page by page."""
        rows: list[ImportRow] = []
        after: int | None = 0
        while after is not None:
            page = self.office.ask(
                ImportsRpc.list_import_rows, ImportRowQuery(id=id, status=status, after=after, limit=200)
            )
            rows += page.rows
            after = page.next
        return rows

    def commit(self, id: str, *rows: int) -> Import:
        self.office.ask(ImportsRpc.commit_import, CommitImport(id=id, rows=rows or None))
        self.work()
        return self.get(id)

    def later(self, passed: timedelta) -> None:
        self.office.clock.move_to(self.office.clock.now() + passed)

    def registered(self) -> list[Any]:
        return [event for event in self.office.events() if event.type == "jobs.employer.registered.v1"]

    def values(self, table: Any) -> str:
        """All that a table holds, as text."""
        with self.office.database.reading() as connection:
            return repr(connection.execute(select(table)).all())
