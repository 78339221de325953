"""Contacts, verification, sanctions, merges and records of employers; search in the register."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INDICES = (
    ("employers_by_kind", "employers", ["kind", "id"]),
    ("employers_by_status", "employers", ["status", "id"]),
    ("employers_by_review", "employers", ["review_state", "id"]),
    ("employers_by_sanction", "employers", ["sanction", "id"]),
    ("employers_merged", "employers", ["merged_into"]),
    ("postings_of_employer", "postings", ["employer_id", "status"]),
)


def upgrade() -> None:
    for column in _columns():
        op.add_column("employers", column)
    for name, table, columns in _INDICES:
        op.create_index(name, table, columns)
    _create_history()
    _create_contacts()
    _create_sanctions()
    _create_search_and_pairs()
    _bring_over()


def downgrade() -> None:
    for table in (
        "employer_pairs",
        "employer_traits",
        "employer_tokens",
        "employer_sanctions",
        "employer_verifications",
        "contact_reads",
        "employer_contacts",
        "employer_steps",
    ):
        op.drop_table(table)
    for name, table, _ in _INDICES:
        op.drop_index(name, table)
    for column in _columns():
        op.drop_column("employers", column.name)


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("status", sa.String(16), nullable=False, server_default="active"),
        sa.Column("review_state", sa.String(16), nullable=True),
        sa.Column("address", sa.String(80), nullable=True),
        sa.Column("industry", sa.String(20), nullable=True),
        sa.Column("size", sa.String(16), nullable=True),
        sa.Column("trades", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("verified_at", UtcDateTime, nullable=True),
        sa.Column("verified_until", UtcDateTime, nullable=True),
        sa.Column("sanction", sa.String(16), nullable=True),
        sa.Column("merged_into", sa.String(36), nullable=True),
    )


def _create_history() -> None:
    op.create_table(
        "employer_steps",
        _employer_id(primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("detail", sa.String(40), nullable=True),
    )
    op.create_table(
        "employer_verifications",
        sa.Column("id", sa.String(36), primary_key=True),
        _employer_id(),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=True),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime, nullable=False),
    )
    op.create_index("employer_verifications_of", "employer_verifications", ["employer_id", "id"])


def _create_contacts() -> None:
    op.create_table(
        "employer_contacts",
        sa.Column("id", sa.String(36), primary_key=True),
        _employer_id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("phone_index", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=True),
        sa.Column("added_at", UtcDateTime, nullable=False),
    )
    op.create_index("employer_contacts_of", "employer_contacts", ["employer_id", "id"])
    op.create_table(
        "contact_reads",
        sa.Column("id", sa.String(36), primary_key=True),
        _employer_id(),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
    )
    op.create_index("contact_reads_of", "contact_reads", ["employer_id", "id"])


def _create_sanctions() -> None:
    op.create_table(
        "employer_sanctions",
        sa.Column("id", sa.String(36), primary_key=True),
        _employer_id(),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("end", sa.String(16), nullable=True),
        sa.Column("ended_by", sa.String(80), nullable=True),
        sa.Column("end_reason", sa.Text, nullable=True),
        sa.Column("appeal", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("running", sa.Boolean, nullable=False),
        sa.Column("appeal_waits", sa.Boolean, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
    )
    op.create_index("employer_sanctions_of", "employer_sanctions", ["employer_id", "id"])
    op.create_index("employer_sanctions_of_station", "employer_sanctions", ["station", "running", "id"])
    op.create_index("employer_sanctions_appealed", "employer_sanctions", ["station", "appeal_waits", "id"])
    op.create_index("employer_sanctions_due", "employer_sanctions", ["due_at"])


def _create_search_and_pairs() -> None:
    op.create_table(
        "employer_tokens",
        sa.Column("token", sa.String(16), primary_key=True),
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "employer_traits",
        sa.Column("reason", sa.String(16), primary_key=True),
        sa.Column("trait", sa.String(64), primary_key=True),
        _employer_id(primary_key=True),
    )
    op.create_index("employer_traits_of", "employer_traits", ["employer_id"])
    op.create_table(
        "employer_pairs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("one_id", sa.String(36), sa.ForeignKey("employers.id"), nullable=False),
        sa.Column("other_id", sa.String(36), sa.ForeignKey("employers.id"), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("waiting", sa.Boolean, nullable=False),
        sa.Column("found_at", UtcDateTime, nullable=False),
        sa.Column("dismissed_by", sa.String(80), nullable=True),
        sa.Column("dismissed_at", UtcDateTime, nullable=True),
        sa.Column("dismissed_because", sa.Text, nullable=True),
        sa.UniqueConstraint("one_id", "other_id"),
    )
    op.create_index("employer_pairs_of_station", "employer_pairs", ["station", "waiting", "id"])
    op.create_index("employer_pairs_of_other", "employer_pairs", ["other_id"])


def _employer_id(*, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("employers.id")
    return sa.Column("employer_id", sa.String(36), key, primary_key=primary_key, nullable=False)


def _bring_over() -> None:
    """Employers of the version before: what waits for review, a first line of history, and search.

    Doubles among them are found when either is written next.
    """
    # What is searched by is made by the code that searches, so that the two agree.
    from services.jobs.storage.employers import searched_by

    op.execute(
        "UPDATE employers SET review_state = 'waiting' WHERE kind = 'company' AND NOT credit_code_checked"
    )
    op.execute(
        'INSERT INTO employer_steps (employer_id, sequence, step, "by", at) '
        "SELECT id, sequence, 'register', 'system', registered_at FROM employers"
    )
    connection = op.get_bind()
    tokens = sa.table("employer_tokens", sa.column("token"), sa.column("station"), sa.column("id"))
    rows = connection.execute(sa.text("SELECT id, station, name, credit_code FROM employers")).all()
    for row in rows:
        found = searched_by(row.name, row.credit_code)
        op.bulk_insert(
            tokens, [{"token": one, "station": row.station, "id": row.id} for one in sorted(found)]
        )
