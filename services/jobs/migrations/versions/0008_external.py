"""Postings that other systems send, and who may send them."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "integrators",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("stations", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "external_postings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("integrator_id", sa.String(36), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("posting_id", sa.String(36), sa.ForeignKey("postings.id"), nullable=True),
        sa.Column("version", sa.BigInteger, nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("answer", sa.JSON, nullable=True),
        sa.Column("received", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    named = ["integrator_id", "external_id"]
    op.create_index("external_postings_of", "external_postings", named, unique=True)
    op.create_index("external_postings_as", "external_postings", ["posting_id"])


def downgrade() -> None:
    op.drop_table("external_postings")
    op.drop_table("integrators")
