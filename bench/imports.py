"""Imports: what it costs to take 3,800 employers of a sheet of 5,000 rows in, and how long the write
transaction lasts, for which SQLite lets no other write."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bench.figures import Figure, alone
from bench.ground import postgres_database
from tests.integration.jobs.import_desk import ImportDesk
from tests.integration.jobs.office import Office
from tests.support.employer_sheets import employer_sheet
from yizhan.clock import FrozenClock
from yizhan.database import Database
from yizhan.migrations import migrate

NAME = "imports"
ROWS = 5_000


async def run() -> list[Figure]:
    """SQLite always, PostgreSQL where there is a server."""
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        figures = _taken("SQLite", f"sqlite:///{folder}/jobs.db", Path(folder))
    with postgres_database() as url, tempfile.TemporaryDirectory(prefix="yizhan-bench-") as folder:
        if url is not None:
            figures += _taken("PostgreSQL", url, Path(folder))
    return figures


class _TimedDatabase(Database):
    """longest: processor seconds of the longest write transaction."""

    longest = 0.0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as tx:
            began = time.process_time()
            yield tx
            self.longest = max(self.longest, time.process_time() - began)


def _taken(kind: str, url: str, folder: Path) -> list[Figure]:
    migrate("jobs", url)
    database = _TimedDatabase(url)
    office = Office(database, FrozenClock("2026-03-02T05:30+08:00"))
    office.found_county()
    desk = ImportDesk(office, folder)
    read: Any = desk.read(employer_sheet(ROWS).content)
    database.longest = 0.0
    began = time.process_time()
    done = desk.commit(read.id)
    spent = time.process_time() - began
    database.close()
    if done.imported != read.good:
        raise RuntimeError(f"{done.imported} of {read.good} rows came in")
    return [
        alone(NAME, f"CPU to take {done.imported:,} employers in, {kind}", "s", spent, at_most=2.5),
        alone(NAME, f"of it while nobody else may write, {kind}", "s", database.longest, at_most=1.3),
    ]
