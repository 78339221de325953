"""The tables about what other systems send: who may, and what became of it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from services.jobs.storage.tables import metadata
from yizhan.database import UtcDateTime

#: As services/notify tells of them. stations: those they may send postings for.
integrators = Table(
    "integrators",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("station", String(20), nullable=False),
    Column("stations", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
)

#: One row for each pair of a sender and its own identifier. answer: to its last message.
external_postings = Table(
    "external_postings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("integrator_id", String(36), nullable=False),
    Column("external_id", String(64), nullable=False),
    Column("posting_id", String(36), ForeignKey("postings.id"), nullable=True),
    Column("version", BigInteger, nullable=True),
    Column("digest", String(64), nullable=True),
    Column("answer", JSON, nullable=True),
    Column("received", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("external_postings_of", "integrator_id", "external_id", unique=True),
    Index("external_postings_as", "posting_id"),
)
