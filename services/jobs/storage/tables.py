"""The tables of services/jobs."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.inbox import inbox_table
from yizhan.bus.outbox import outbox_table
from yizhan.database import UtcDateTime

metadata = MetaData()

employers = Table(
    "employers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(40), nullable=False),
    # Individuals have none; a unique key takes any number of NULLs.
    Column("credit_code", String(18), nullable=True, unique=True),
    Column("credit_code_checked", Boolean, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("sequence", Integer, nullable=False),
    Index("employers_of_station", "station", "id"),
)

postings = Table(
    "postings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("employer_id", String(36), ForeignKey("employers.id"), nullable=False),
    Column("employer_name", String(40), nullable=False),
    Column("status", String(16), nullable=False),
    Column("terms", JSON, nullable=False),
    Column("source", String(16), nullable=False),
    Column("taken", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("verified_at", UtcDateTime, nullable=True),
    Column("published_at", UtcDateTime, nullable=True),
    Column("expires_at", UtcDateTime, nullable=False),
    # expires_at while the status still ends by itself; None afterwards, so that the index holds what is due.
    Column("due_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
    Index("postings_of_station", "station", "id"),
    Index("postings_of_station_by_status", "station", "status", "id"),
    Index("postings_by_status", "status", "id"),
    Index("postings_due", "due_at"),
)

posting_steps = Table(
    "posting_steps",
    metadata,
    Column("posting_id", String(36), ForeignKey("postings.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("step", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=True),
    # How the job was verified; on the step `verify` alone.
    Column("method", String(32), nullable=True),
)

network = Table(
    "network",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("parent", String(20), nullable=True),
    # Codes from the root down, each followed by a slash, so that a subtree is one prefix.
    Column("path", Text, nullable=False),
    Column("told_path", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("sequence", Integer, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("role", String(32), nullable=False),
    Column("station", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
)

#: One row; whoever folds news holds its lock, since a station's path depends on other rows than its own.
network_turn = Table(
    "network_turn",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("taken", Integer, nullable=False),
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
idempotency = idempotency_table(metadata)
