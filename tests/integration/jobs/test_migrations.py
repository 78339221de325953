"""The schema that the migrations make is the one that the code means, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.jobs.storage import tables
from yizhan.database import Database
from yizhan.migrations import ReferencesBroken, migrate, pending, scripts

pytestmark = pytest.mark.integration


@pytest.fixture
def url(database_url: Callable[[str], str]) -> str:
    return database_url("jobs")


def test_migrating_from_empty_leaves_nothing_pending_and_twice_is_as_good_as_once(url: str) -> None:
    """A deploy runs it every time."""
    migrate("jobs", url)
    migrate("jobs", url)
    assert pending("jobs", url) == []


def test_a_new_file_lacks_every_script(tmp_path: Path) -> None:
    """What the doctor shows before the first deploy."""
    assert pending("jobs", f"sqlite:///{tmp_path / 'new.db'}") == [
        "0001",
        "0002",
        "0003",
        "0004",
        "0005",
        "0006",
        "0007",
        "0008",
        "0009",
    ]


def test_the_migrated_schema_is_the_one_the_code_means(url: str) -> None:
    """Tables, columns, types, keys and indices; alembic finds nothing to add or remove."""
    migrate("jobs", url)
    database = Database(url)
    try:
        with database.reading() as connection:
            options = {
                "version_table": "alembic_version_jobs",
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name in tables.metadata.tables,
            }
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, tables.metadata) == []
    finally:
        database.close()


def test_a_file_whose_references_a_script_broke_stays_as_it_was(tmp_path: Path) -> None:
    """Foreign keys are looked after once, at the end; a script that failed leaves nothing half-done."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    with pytest.raises(ReferencesBroken):
        _break_references(url)
    assert pending("jobs", url)[0] == "0001"


def _break_references(url: str) -> None:
    columns = '(posting_id, sequence, step, status, "by", at)'
    with scripts("jobs", url) as configuration:
        command.upgrade(configuration, "0001")
        connection = configuration.attributes["connection"]
        connection.exec_driver_sql(
            f"INSERT INTO posting_steps {columns} VALUES ('none', 1, 'draft', 'draft', 'x', '2026-03-01')"
        )
