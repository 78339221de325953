"""The schema that the migrations make is the one that the code means, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.notify.storage import tables
from yizhan.database import Database

pytestmark = pytest.mark.integration


def test_the_migrated_schema_is_the_one_the_code_means(notify_database: Database) -> None:
    """Tables, columns, types, keys and indices; alembic finds nothing to add or remove."""
    with notify_database.reading() as connection:
        options = {
            "version_table": "alembic_version_notify",
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in tables.metadata.tables,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
