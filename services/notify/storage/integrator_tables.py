"""The tables about integrators: who they are, what waits for webhooks, what is asked to be heard again."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Date, Index, Integer, String, Table, Text

from services.notify.storage.tables import metadata
from yizhan.database import UtcDateTime

#: broker_state: what the broker was last told, as a digest; None before the first.
integrators = Table(
    "integrators",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(30), nullable=False, unique=True),
    Column("label", String(40), nullable=False),
    Column("station", String(20), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("grants", JSON, nullable=False),
    Column("webhook", String(8), nullable=False),
    Column("webhook_url", String(500), nullable=True),
    Column("webhook_secret", Text, nullable=False),
    Column("api_key_sha256", String(64), nullable=False, unique=True),
    Column("api_key_hint", String(16), nullable=False),
    Column("broker_password_hash", String(120), nullable=False),
    Column("broker_state", String(64), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sequence", Integer, nullable=False),
)

integrator_steps = Table(
    "integrator_steps",
    metadata,
    Column("integrator_id", String(36), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("step", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=True),
)

#: What was handed over and taken in, by the county's day.
integrator_days = Table(
    "integrator_days",
    metadata,
    Column("integrator_id", String(36), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("out", Integer, nullable=False),
    Column("in", Integer, nullable=False),
)

#: What was last seen of its live queue.
integrator_queues = Table(
    "integrator_queues",
    metadata,
    Column("integrator_id", String(36), primary_key=True),
    Column("queued", Integer, nullable=False),
    Column("consumers", Integer, nullable=False),
    Column("measured_at", UtcDateTime, nullable=False),
)

#: position: the order in which events came to the gate. due_at: when it is tried next; None once it is
#: settled.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("integrator_id", String(36), nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("event_type", String(120), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=True),
    Column("status", Integer, nullable=True),
    Column("fault", String(120), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime, nullable=True),
    Index("webhook_deliveries_once", "integrator_id", "event_id", unique=True),
    Index("webhook_deliveries_due", "integrator_id", "state", "due_at", "position"),
    Index("webhook_deliveries_of_subject", "integrator_id", "subject", "state", "position"),
    Index("webhook_deliveries_listed", "integrator_id", "state", "id"),
)

#: One row: which process works for webhooks and replays, until when.
outlet_lease = Table(
    "outlet_lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(36), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("integrator_id", String(36), nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("event_type", String(120), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("disclosures_listed", "integrator_id", "id"),
)

replays = Table(
    "replays",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("integrator_id", String(36), nullable=False),
    Column("state", String(8), nullable=False, index=True),
    Column("from_offset", BigInteger, nullable=True),
    Column("from_time", UtcDateTime, nullable=True),
    Column("families", JSON, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("events", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    Index("replays_of", "integrator_id", "id"),
)
