"""The network tree, staff, devices, notices, outbox and idempotency keys."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stations",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("parent", sa.String(20), nullable=True, index=True),
        sa.Column("path", sa.String(255), nullable=False, index=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("station", sa.String(20), nullable=False, index=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False, index=True),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("code_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("notices_of_station", "notices", ["station", "ended_at"])
    op.create_index("notices_due", "notices", ["ended_at", "valid_until"])
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
        "idempotency",
        sa.Column("actor_id", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("method", sa.String(80), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("reply", sa.JSON, nullable=True),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )


def downgrade() -> None:
    for table in ("idempotency", "outbox", "notices", "devices", "staff", "stations"):
        op.drop_table(table)
