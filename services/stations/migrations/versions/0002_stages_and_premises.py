"""Stages with their history, premises, facilities, guides, trainings; older stations keep their state."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stations", sa.Column("stage", sa.String(16), nullable=True))
    op.execute("UPDATE stations SET stage = CASE WHEN status = 'open' THEN 'open' ELSE 'suspended' END")
    with op.batch_alter_table("stations") as stations:
        stations.alter_column("stage", existing_type=sa.String(16), nullable=False)
    _stages()
    _premises()
    _facilities()
    _guides()
    _trainings()


def _stages() -> None:
    op.create_table(
        "station_steps",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("due_on", sa.Date, nullable=True),
    )
    op.create_index("station_steps_of_station", "station_steps", ["station", "sequence"], unique=True)
    op.create_table(
        "rectifications",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("step_id", sa.String(36), nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("mended_at", UtcDateTime, nullable=True),
        sa.Column("mended_by", sa.String(80), nullable=True),
        sa.Column("note", sa.Text, nullable=True),
    )
    op.create_index("rectifications_of_station", "rectifications", ["station", "mended_at"])
    op.create_index("rectifications_due", "rectifications", ["mended_at", "due_on"])


def _premises() -> None:
    op.create_table(
        "premises",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("area_sqm", sa.Float, nullable=True),
        sa.Column("functions", sa.JSON, nullable=False),
        sa.Column("lng", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("datum", sa.String(8), nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "map_listings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("map", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=True),
        sa.Column("note", sa.Text, nullable=True),
    )
    op.create_index("map_listings_of_station", "map_listings", ["station", "id"])
    op.create_index("map_listings_of_map", "map_listings", ["station", "map", "sequence"], unique=True)


def _facilities() -> None:
    op.create_table(
        "facilities",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("inspected_on", sa.Date, nullable=True),
        sa.Column("due_on", sa.Date, nullable=True),
        sa.Column("photos", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("facilities_of_station", "facilities", ["station", "id"])
    op.create_index("facilities_due", "facilities", ["due_on"])
    op.create_table(
        "facility_inspections",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("facility", sa.String(36), nullable=False),
        sa.Column("inspected_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("note", sa.Text, nullable=True),
    )
    op.create_index("facility_inspections_of_facility", "facility_inspections", ["facility", "id"])


def _guides() -> None:
    op.create_table(
        "service_items",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("materials", sa.JSON, nullable=False),
        sa.Column("limit_days", sa.Integer, nullable=True),
        sa.Column("basis", sa.Text, nullable=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("service_items_of_station", "service_items", ["station", "active"])
    op.create_table(
        "guides",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("flow", sa.JSON, nullable=False),
        sa.Column("posts", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("hours", sa.Float, nullable=False),
        sa.Column("staff", sa.JSON, nullable=False),
        sa.Column("certificate", sa.Text, nullable=True),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.Column("withdrawn_because", sa.Text, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("trainings_of_station", "trainings", ["station", "id"])
    op.create_table(
        "training_staff",
        sa.Column("training", sa.String(36), primary_key=True),
        sa.Column("staff", sa.String(36), primary_key=True),
    )
    op.create_index("trainings_of_staff", "training_staff", ["staff", "training"])


def downgrade() -> None:
    for table in (
        "training_staff",
        "trainings",
        "guides",
        "service_items",
        "facility_inspections",
        "facilities",
        "map_listings",
        "premises",
        "rectifications",
        "station_steps",
    ):
        op.drop_table(table)
    with op.batch_alter_table("stations") as stations:
        stations.drop_column("stage")
