"""The tables of services/stations."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.outbox import outbox_table
from yizhan.database import UtcDateTime

metadata = MetaData()

stations = Table(
    "stations",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("parent", String(20), nullable=True, index=True),
    # Codes from the root down, each followed by a slash, so that a subtree is one prefix.
    Column("path", String(255), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(40), nullable=False),
    Column("role", String(32), nullable=False),
    Column("station", String(20), nullable=False, index=True),
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("sequence", Integer, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False, index=True),
    Column("label", String(40), nullable=False),
    Column("code_sha256", String(64), nullable=False, unique=True),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("reach", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
    Index("notices_of_station", "station", "ended_at"),
    Index("notices_due", "ended_at", "valid_until"),
)

station_steps = Table(
    "station_steps",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("step", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=True),
    Column("due_on", Date, nullable=True),
    Index("station_steps_of_station", "station", "sequence", unique=True),
)

rectifications = Table(
    "rectifications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("step_id", String(36), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("mended_at", UtcDateTime, nullable=True),
    Column("mended_by", String(80), nullable=True),
    Column("note", Text, nullable=True),
    Index("rectifications_of_station", "station", "mended_at"),
    Index("rectifications_due", "mended_at", "due_on"),
)

premises = Table(
    "premises",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("area_sqm", Float, nullable=True),
    Column("functions", JSON, nullable=False),
    Column("lng", Float, nullable=True),
    Column("lat", Float, nullable=True),
    Column("datum", String(8), nullable=True),
    Column("sequence", Integer, nullable=False),
)

map_listings = Table(
    "map_listings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("map", String(16), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(80), nullable=False),
    Column("url", String(500), nullable=True),
    Column("note", Text, nullable=True),
    Index("map_listings_of_station", "station", "id"),
    Index("map_listings_of_map", "station", "map", "sequence", unique=True),
)

facilities = Table(
    "facilities",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("label", String(40), nullable=False),
    Column("count", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("inspected_on", Date, nullable=True),
    Column("due_on", Date, nullable=True),
    Column("photos", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
    Index("facilities_of_station", "station", "id"),
    Index("facilities_due", "due_on"),
)

facility_inspections = Table(
    "facility_inspections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("facility", String(36), nullable=False),
    Column("inspected_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=True),
    Index("facility_inspections_of_facility", "facility", "id"),
)

service_items = Table(
    "service_items",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("reach", String(16), nullable=False),
    Column("name", String(40), nullable=False),
    Column("materials", JSON, nullable=False),
    Column("limit_days", Integer, nullable=True),
    Column("basis", Text, nullable=True),
    Column("active", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Index("service_items_of_station", "station", "active"),
)

#: What a station shows of its own; one without a row shows what is above it.
guides = Table(
    "guides",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("flow", JSON, nullable=False),
    Column("posts", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
)

trainings = Table(
    "trainings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("topic", String(40), nullable=False),
    Column("held_on", Date, nullable=False),
    Column("hours", Float, nullable=False),
    Column("staff", JSON, nullable=False),
    Column("certificate", Text, nullable=True),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("by", String(80), nullable=False),
    Column("withdrawn_at", UtcDateTime, nullable=True),
    Column("withdrawn_because", Text, nullable=True),
    Column("sequence", Integer, nullable=False),
    Index("trainings_of_station", "station", "id"),
)

#: Who took part, for looking up; the training itself keeps the list.
training_staff = Table(
    "training_staff",
    metadata,
    Column("training", String(36), primary_key=True),
    Column("staff", String(36), primary_key=True),
    Index("trainings_of_staff", "staff", "training"),
)

outbox = outbox_table(metadata)
idempotency = idempotency_table(metadata)
