"""Who looks for work and who waits for it today, as heard of from services/seekers."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_workers()
    _create_worker_trades()
    op.create_table(
        "draws",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    _create_attendance()


def downgrade() -> None:
    for table in ("attendance", "draws", "worker_trades", "workers"):
        op.drop_table(table)


def _create_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("station", sa.String(20), nullable=True),
        sa.Column("days", sa.Integer, nullable=True),
        sa.Column("begins_minute", sa.Integer, nullable=True),
        sa.Column("ends_minute", sa.Integer, nullable=True),
        sa.Column("distance_km", sa.Integer, nullable=True),
        sa.Column("least_wage_fen", sa.Integer, nullable=True),
        sa.Column("least_wage_unit", sa.String(8), nullable=True),
        sa.Column("crew_people", sa.Integer, nullable=True),
        sa.Column("crew_leads", sa.Boolean, nullable=True),
        sa.Column("minor", sa.Boolean, nullable=True),
        sa.Column("retirement", sa.String(16), nullable=True),
        sa.Column("since", UtcDateTime, nullable=True),
        sa.Column("priority", sa.Integer, nullable=True),
    )
    op.create_index("workers_of_station", "workers", ["station", "id"])


def _create_worker_trades() -> None:
    op.create_table(
        "worker_trades",
        sa.Column("worker_id", sa.String(36), sa.ForeignKey("workers.id"), primary_key=True),
        sa.Column("trade", sa.String(12), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_index("worker_trades_best", "worker_trades", ["trade", "station", "rank", "since", "worker_id"])


def _create_attendance() -> None:
    op.create_table(
        "attendance",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.String(4), primary_key=True),
        sa.Column("worker_id", sa.String(36), nullable=True),
        sa.Column("at", UtcDateTime, nullable=True),
        sa.Column("called", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=True),
    )
    op.create_index("attendance_of_worker", "attendance", ["worker_id", "day"])
    op.create_index("attendance_of_day", "attendance", ["day"])
