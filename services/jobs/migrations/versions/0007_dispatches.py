"""Dispatches with their history and slips, the lists of offers, and postings that overflow."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Nobody is bound to two jobs at once, whatever the code above does. Each database says it in its own way.
_NO_OVERLAP = {
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        """
        ALTER TABLE dispatches ADD CONSTRAINT dispatches_no_overlap EXCLUDE USING gist (
            worker_id WITH =, tstzrange(starts_at, ends_at) WITH &&
        ) WHERE (seat IS NOT NULL)
        """,
    ),
    # Moments are texts of one length there, so that they compare as they are.
    "sqlite": (
        """
        CREATE TRIGGER dispatches_no_overlap BEFORE UPDATE OF seat, starts_at, ends_at ON dispatches
        WHEN NEW.seat IS NOT NULL AND EXISTS (
            SELECT 1 FROM dispatches AS other
            WHERE other.worker_id = NEW.worker_id AND other.id <> NEW.id AND other.seat IS NOT NULL
              AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
        )
        BEGIN SELECT RAISE(ABORT, 'dispatches_no_overlap'); END
        """,
    ),
}


def upgrade() -> None:
    op.add_column("postings", sa.Column("overflow", sa.String(16), nullable=True))
    op.add_column("postings", sa.Column("overflow_to", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("postings", sa.Column("overflows_at", UtcDateTime, nullable=True))
    _create_dispatches()
    _create_dispatch_steps()
    _create_dispatch_slips()
    _create_offer_lists()
    for statement in _NO_OVERLAP[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for table in ("offer_lists", "dispatch_slips", "dispatch_steps", "dispatches"):
        op.drop_table(table)
    for name in ("overflow", "overflow_to", "overflows_at"):
        op.drop_column("postings", name)


def _create_dispatches() -> None:
    op.create_table(
        "dispatches",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("posting_id", sa.String(36), sa.ForeignKey("postings.id"), nullable=False),
        sa.Column("employer_id", sa.String(36), sa.ForeignKey("employers.id"), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("desk", sa.String(20), nullable=False),
        sa.Column("worker_id", sa.String(36), nullable=False),
        sa.Column("crew_id", sa.String(36), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("seat", sa.Integer, nullable=True),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("offered_at", UtcDateTime, nullable=False),
        sa.Column("by_name", sa.Boolean, nullable=False),
        sa.Column("by_name_recurs", sa.Boolean, nullable=False),
        sa.Column("promised_at", UtcDateTime, nullable=True),
        sa.Column("on_time", sa.Boolean, nullable=True),
        sa.Column("stars", sa.Integer, nullable=True),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.UniqueConstraint("posting_id", "seat", name="dispatches_seat"),
        sa.CheckConstraint("seat >= 1", name="dispatches_seat_counts"),
    )
    for name, columns in (
        ("dispatches_of_station", ["station", "id"]),
        ("dispatches_of_station_by_status", ["station", "status", "id"]),
        ("dispatches_of_desk", ["desk", "id"]),
        ("dispatches_of_posting", ["posting_id", "id"]),
        ("dispatches_of_worker", ["worker_id", "starts_at"]),
        ("dispatches_of_crew", ["crew_id"]),
        ("dispatches_of_employer", ["employer_id", "promised_at"]),
        ("dispatches_by_name", ["employer_id", "worker_id", "by_name"]),
        ("dispatches_by_status", ["status", "id"]),
        ("dispatches_due", ["due_at"]),
    ):
        op.create_index(name, "dispatches", columns)


def _create_dispatch_steps() -> None:
    op.create_table(
        "dispatch_steps",
        sa.Column("dispatch_id", sa.String(36), sa.ForeignKey("dispatches.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("means", sa.String(16), nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
    )


def _create_dispatch_slips() -> None:
    op.create_table(
        "dispatch_slips",
        sa.Column("number", sa.String(8), primary_key=True),
        sa.Column("dispatch_id", sa.String(36), sa.ForeignKey("dispatches.id"), nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("issued_by", sa.String(80), nullable=False),
        sa.Column("arrival_at", UtcDateTime, nullable=True),
        sa.Column("pay_at", UtcDateTime, nullable=True),
        sa.Column("voided_at", UtcDateTime, nullable=True),
    )
    op.create_index("dispatch_slips_of_dispatch", "dispatch_slips", ["dispatch_id"])


def _create_offer_lists() -> None:
    op.create_table(
        "offer_lists",
        sa.Column("posting_id", sa.String(36), sa.ForeignKey("postings.id"), primary_key=True),
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("running", sa.Boolean, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
    )
