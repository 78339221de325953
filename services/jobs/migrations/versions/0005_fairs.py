"""Fairs, the employers at them and their history."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_fairs()
    _create_fair_employers()
    _create_fair_steps()


def downgrade() -> None:
    for table in ("fair_steps", "fair_employers", "fairs"):
        op.drop_table(table)


def _create_fairs() -> None:
    op.create_table(
        "fairs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("opens_at", UtcDateTime, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("reach", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("announced_at", UtcDateTime, nullable=True),
        sa.Column("held_at", UtcDateTime, nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("warned_at", UtcDateTime, nullable=True),
        sa.Column("cancelled_because", sa.Text, nullable=True),
        sa.Column("on_screens", sa.Boolean, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("fairs_of_station", "fairs", ["station", "id"])
    op.create_index("fairs_of_station_by_status", "fairs", ["station", "status", "id"])
    op.create_index("fairs_on_screens", "fairs", ["on_screens", "id"])
    op.create_index("fairs_of_month", "fairs", ["month", "station"])
    op.create_index("fairs_by_opening", "fairs", ["status", "opens_at"])
    op.create_index("fairs_due", "fairs", ["due_at"])


def _create_fair_employers() -> None:
    op.create_table(
        "fair_employers",
        sa.Column("fair_id", sa.String(36), sa.ForeignKey("fairs.id"), primary_key=True),
        sa.Column("employer_id", sa.String(36), sa.ForeignKey("employers.id"), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("employer_name", sa.String(40), nullable=False),
        sa.Column("attendance", sa.String(16), nullable=False),
        sa.Column("booth", sa.Integer, nullable=True),
        sa.Column("walk_in", sa.Boolean, nullable=False),
        sa.Column("posting_ids", sa.JSON, nullable=False),
        sa.Column("intents", sa.Integer, nullable=True),
        sa.UniqueConstraint("fair_id", "booth", name="fair_employers_booth"),
    )


def _create_fair_steps() -> None:
    op.create_table(
        "fair_steps",
        sa.Column("fair_id", sa.String(36), sa.ForeignKey("fairs.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("employer_id", sa.String(36), nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
    )
