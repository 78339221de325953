"""Dispatches, their history, their slips, and the lists by which postings are offered."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from services.jobs.storage.tables import metadata
from yizhan.database import UtcDateTime

dispatches = Table(
    "dispatches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("posting_id", String(36), ForeignKey("postings.id"), nullable=False),
    Column("employer_id", String(36), ForeignKey("employers.id"), nullable=False),
    Column("station", String(20), nullable=False),
    Column("desk", String(20), nullable=False),
    # No foreign key: a worker is what was heard of him, and whoever writes his news would wait for this row.
    Column("worker_id", String(36), nullable=False),
    Column("crew_id", String(36), nullable=True),
    Column("status", String(16), nullable=False),
    # The place at the posting that he is bound to, 1 to its headcount; None while he is not. A place
    # has one holder, and by a constraint of each database's own nobody holds two that overlap.
    Column("seat", Integer, nullable=True),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("offered_at", UtcDateTime, nullable=False),
    Column("by_name", Boolean, nullable=False),
    Column("by_name_recurs", Boolean, nullable=False),
    # What the employer's punctuality is counted by.
    Column("promised_at", UtcDateTime, nullable=True),
    Column("on_time", Boolean, nullable=True),
    Column("stars", Integer, nullable=True),
    # When the clockwork has something to do for it; None when nothing.
    Column("due_at", UtcDateTime, nullable=True),
    # The dispatch whole; the columns above are what it is searched by.
    Column("record", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
    UniqueConstraint("posting_id", "seat", name="dispatches_seat"),
    CheckConstraint("seat >= 1", name="dispatches_seat_counts"),
    Index("dispatches_of_station", "station", "id"),
    Index("dispatches_of_station_by_status", "station", "status", "id"),
    Index("dispatches_of_desk", "desk", "id"),
    Index("dispatches_of_posting", "posting_id", "id"),
    Index("dispatches_of_worker", "worker_id", "starts_at"),
    Index("dispatches_of_crew", "crew_id"),
    Index("dispatches_of_employer", "employer_id", "promised_at"),
    Index("dispatches_by_name", "employer_id", "worker_id", "by_name"),
    Index("dispatches_by_status", "status", "id"),
    Index("dispatches_due", "due_at"),
)

dispatch_steps = Table(
    "dispatch_steps",
    metadata,
    Column("dispatch_id", String(36), ForeignKey("dispatches.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("step", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("means", String(16), nullable=True),
    Column("reason", Text, nullable=True),
)

dispatch_slips = Table(
    "dispatch_slips",
    metadata,
    Column("number", String(8), primary_key=True),
    Column("dispatch_id", String(36), ForeignKey("dispatches.id"), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("issued_by", String(80), nullable=False),
    Column("arrival_at", UtcDateTime, nullable=True),
    Column("pay_at", UtcDateTime, nullable=True),
    Column("voided_at", UtcDateTime, nullable=True),
    Index("dispatch_slips_of_dispatch", "dispatch_id"),
)

offer_lists = Table(
    "offer_lists",
    metadata,
    Column("posting_id", String(36), ForeignKey("postings.id"), primary_key=True),
    # The station that offers.
    Column("station", String(20), primary_key=True),
    Column("source", String(16), nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("by", String(80), nullable=False),
)
