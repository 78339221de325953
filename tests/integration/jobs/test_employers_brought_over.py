"""Employers that were registered before there was more to say of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from services.jobs.storage import Employers
from yizhan.contracts.employers import EmployerQuery, EmployerStatus, ReviewState
from yizhan.database import Database
from yizhan.migrations import _configuration, migrate
from yizhan.network.pages import Subtree

pytestmark = pytest.mark.integration

ID = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d0"


def test_an_employer_of_the_version_before_is_found_waits_for_review_and_has_a_history(
    tmp_path: Path,
) -> None:
    """Nobody types the register in again."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    database = Database(url)
    with database.engine.connect() as connection:
        configuration = _configuration("jobs")
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        connection.commit()
    with database.transaction() as tx:
        row = "(:id, '52273001', 'company', '谷丰物流', '91350100M000100Y44', 0, '2026-03-01 00:00:00', 1)"
        columns = "(id, station, kind, name, credit_code, credit_code_checked, registered_at, sequence)"
        tx.execute(text(f"INSERT INTO employers {columns} VALUES {row}"), {"id": ID})
    migrate("jobs", url)
    register = Employers(database)
    with database.reading() as connection:
        query = EmployerQuery(station="52273001", text="gfwl", review=ReviewState.WAITING)
        (found,), _ = register.page(connection, Subtree(None, ("52273001",)), query)
        (step,) = register.steps(connection, [ID])
    database.close()
    assert (found.id, found.status, found.trades) == (ID, EmployerStatus.ACTIVE, ())
    assert (step.step, step.sequence, step.by) == ("register", 1, "system")
