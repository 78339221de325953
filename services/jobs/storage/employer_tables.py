"""What is kept of employers beside the register's rows."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from services.jobs.storage.search import token_table
from services.jobs.storage.tables import metadata
from yizhan.database import UtcDateTime

employer_tokens = token_table(metadata, "employer_tokens")

employer_steps = Table(
    "employer_steps",
    metadata,
    Column("employer_id", String(36), ForeignKey("employers.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("step", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=True),
    Column("detail", String(40), nullable=True),
)

employer_contacts = Table(
    "employer_contacts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("employer_id", String(36), ForeignKey("employers.id"), nullable=False),
    # Sealed for `employer_contacts/<column>/<id>`; phone_index is the number's keyed hash.
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("phone_index", String(64), nullable=False),
    Column("role", String(20), nullable=True),
    Column("added_at", UtcDateTime, nullable=False),
    Index("employer_contacts_of", "employer_id", "id"),
)

contact_reads = Table(
    "contact_reads",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("employer_id", String(36), ForeignKey("employers.id"), nullable=False),
    # No key: the record outlives the contact.
    Column("contact_id", String(36), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("purpose", Text, nullable=False),
    Index("contact_reads_of", "employer_id", "id"),
)

employer_verifications = Table(
    "employer_verifications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("employer_id", String(36), ForeignKey("employers.id"), nullable=False),
    Column("method", String(16), nullable=False),
    Column("note", Text, nullable=True),
    Column("evidence", JSON, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Index("employer_verifications_of", "employer_id", "id"),
)

employer_sanctions = Table(
    "employer_sanctions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("employer_id", String(36), ForeignKey("employers.id"), nullable=False),
    Column("station", String(20), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("end", String(16), nullable=True),
    Column("ended_by", String(80), nullable=True),
    Column("end_reason", Text, nullable=True),
    Column("appeal", JSON(none_as_null=True), nullable=True),
    Column("running", Boolean, nullable=False),
    Column("appeal_waits", Boolean, nullable=False),
    # ends_at while it is in force; None afterwards, so that the index holds what is due.
    Column("due_at", UtcDateTime, nullable=True),
    Index("employer_sanctions_of", "employer_id", "id"),
    Index("employer_sanctions_of_station", "station", "running", "id"),
    Index("employer_sanctions_appealed", "station", "appeal_waits", "id"),
    Index("employer_sanctions_due", "due_at"),
)

employer_traits = Table(
    "employer_traits",
    metadata,
    Column("reason", String(16), primary_key=True),
    Column("trait", String(64), primary_key=True),
    Column("employer_id", String(36), ForeignKey("employers.id"), primary_key=True),
    Index("employer_traits_of", "employer_id"),
)

employer_pairs = Table(
    "employer_pairs",
    metadata,
    Column("id", String(36), primary_key=True),
    # The lowest station that both lie at or below: who covers it covers both.
    Column("station", String(20), nullable=False),
    Column("one_id", String(36), ForeignKey("employers.id"), nullable=False),
    Column("other_id", String(36), ForeignKey("employers.id"), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("waiting", Boolean, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("dismissed_by", String(80), nullable=True),
    Column("dismissed_at", UtcDateTime, nullable=True),
    Column("dismissed_because", Text, nullable=True),
    UniqueConstraint("one_id", "other_id"),
    Index("employer_pairs_of_station", "station", "waiting", "id"),
    Index("employer_pairs_of_other", "other_id"),
)
