"""Integrators, what waits for their webhooks, what they asked to hear again, what was disclosed to them."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _registry()
    _use()
    _webhooks()
    op.create_table(
        "disclosures",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("integrator_id", sa.String(36), nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("event_type", sa.String(120), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("disclosures_listed", "disclosures", ["integrator_id", "id"])
    op.create_table(
        "replays",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("integrator_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("from_offset", sa.BigInteger, nullable=True),
        sa.Column("from_time", UtcDateTime, nullable=True),
        sa.Column("families", sa.JSON, nullable=False),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
    )
    op.create_index("replays_of", "replays", ["integrator_id", "id"])
    op.create_table(
        "outlet_lease",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("holder", sa.String(36), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )


def _registry() -> None:
    op.create_table(
        "integrators",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(30), nullable=False, unique=True),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("station", sa.String(20), nullable=False, index=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("grants", sa.JSON, nullable=False),
        sa.Column("webhook", sa.String(8), nullable=False),
        sa.Column("webhook_url", sa.String(500), nullable=True),
        sa.Column("webhook_secret", sa.Text, nullable=False),
        sa.Column("api_key_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("api_key_hint", sa.String(16), nullable=False),
        sa.Column("broker_password_hash", sa.String(120), nullable=False),
        sa.Column("broker_state", sa.String(64), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "integrator_steps",
        sa.Column("integrator_id", sa.String(36), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
    )


def _use() -> None:
    op.create_table(
        "integrator_days",
        sa.Column("integrator_id", sa.String(36), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("out", sa.Integer, nullable=False),
        sa.Column("in", sa.Integer, nullable=False),
    )
    op.create_table(
        "integrator_queues",
        sa.Column("integrator_id", sa.String(36), primary_key=True),
        sa.Column("queued", sa.Integer, nullable=False),
        sa.Column("consumers", sa.Integer, nullable=False),
        sa.Column("measured_at", UtcDateTime, nullable=False),
    )


def _webhooks() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("integrator_id", sa.String(36), nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("event_type", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("fault", sa.String(120), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True),
    )
    table = "webhook_deliveries"
    op.create_index("webhook_deliveries_once", table, ["integrator_id", "event_id"], unique=True)
    op.create_index("webhook_deliveries_due", table, ["integrator_id", "state", "due_at", "position"])
    op.create_index("webhook_deliveries_of_subject", table, ["integrator_id", "subject", "state", "position"])
    op.create_index("webhook_deliveries_listed", table, ["integrator_id", "state", "id"])


def downgrade() -> None:
    for table in (
        "outlet_lease",
        "replays",
        "disclosures",
        "webhook_deliveries",
        "integrator_queues",
        "integrator_days",
        "integrator_steps",
        "integrators",
    ):
        op.drop_table(table)
