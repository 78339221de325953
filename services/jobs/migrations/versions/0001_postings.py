"""Employers, postings and their history, the network as heard of, outbox, inbox and idempotency keys."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_employers()
    _create_postings()
    _create_network()
    _create_messages()


def downgrade() -> None:
    for table in (
        "idempotency",
        "inbox",
        "outbox",
        "network_turn",
        "staff",
        "network",
        "posting_steps",
        "postings",
        "employers",
    ):
        op.drop_table(table)


def _create_employers() -> None:
    op.create_table(
        "employers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=True, unique=True),
        sa.Column("credit_code_checked", sa.Boolean, nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("employers_of_station", "employers", ["station", "id"])


def _create_postings() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("employer_id", sa.String(36), sa.ForeignKey("employers.id"), nullable=False),
        sa.Column("employer_name", sa.String(40), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("verified_at", UtcDateTime, nullable=True),
        sa.Column("published_at", UtcDateTime, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("postings_of_station", "postings", ["station", "id"])
    op.create_index("postings_of_station_by_status", "postings", ["station", "status", "id"])
    op.create_index("postings_by_status", "postings", ["status", "id"])
    op.create_index("postings_due", "postings", ["due_at"])
    op.create_table(
        "posting_steps",
        sa.Column("posting_id", sa.String(36), sa.ForeignKey("postings.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("method", sa.String(32), nullable=True),
    )


def _create_network() -> None:
    op.create_table(
        "network",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("parent", sa.String(20), nullable=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("told_path", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    turn = op.create_table(
        "network_turn",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("taken", sa.Integer, nullable=False),
    )
    op.bulk_insert(turn, [{"id": 1, "taken": 0}])


def _create_messages() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("event_id", sa.String(36), nullable=False, unique=True),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("routing_key", sa.String(255), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=True),
    )
    op.create_index("outbox_unsent", "outbox", ["sent_at", "id"])
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("handler", sa.String(80), primary_key=True),
        sa.Column("handled_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor_id", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("method", sa.String(80), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("reply", sa.JSON, nullable=True),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
