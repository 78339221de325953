"""Imports of spreadsheets and their rows."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("file_id", sa.String(36), nullable=True),
        sa.Column("file_name", sa.String(120), nullable=True),
        sa.Column("actor", sa.JSON, nullable=False),
        sa.Column("correlation", sa.String(64), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("rows_until", UtcDateTime, nullable=False),
        sa.Column("rows", sa.Integer, nullable=True),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("good", sa.Integer, nullable=False),
        sa.Column("faulty", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("imported", sa.Integer, nullable=False),
        sa.Column("ignored", sa.JSON, nullable=False),
        sa.Column("refusal", sa.String(24), nullable=True),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.Column("claimed_until", UtcDateTime, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("imports_of_station", "imports", ["station", "id"])
    op.create_index("imports_by_status", "imports", ["status", "id"])
    op.create_index("imports_by_end", "imports", ["rows_until"])
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.String(36), sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("chosen", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.Text, nullable=True),
        sa.Column("faults", sa.JSON, nullable=False),
        sa.Column("became", sa.String(36), nullable=True),
    )
    op.create_index("import_rows_by_status", "import_rows", ["import_id", "status", "row"])


def downgrade() -> None:
    op.drop_table("import_rows")
    op.drop_table("imports")
