"""The network as heard of, and messages."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_network()
    _create_messages()


def downgrade() -> None:
    for table in ("idempotency", "inbox", "outbox", "network_turn", "staff", "network"):
        op.drop_table(table)


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
