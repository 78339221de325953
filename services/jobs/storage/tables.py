"""The tables of services/jobs."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from services.jobs.storage.search import token_table
from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.inbox import inbox_table
from yizhan.bus.outbox import outbox_table
from yizhan.database import UtcDateTime
from yizhan.network.projection import NetworkTables

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
    Column("status", String(16), nullable=False),
    Column("review_state", String(16), nullable=True),
    Column("address", String(80), nullable=True),
    Column("industry", String(20), nullable=True),
    Column("size", String(16), nullable=True),
    Column("trades", JSON, nullable=False),
    Column("verified_at", UtcDateTime, nullable=True),
    Column("verified_until", UtcDateTime, nullable=True),
    # The gravest in force; the sanctions themselves are rows of their own.
    Column("sanction", String(16), nullable=True),
    Column("merged_into", String(36), nullable=True),
    Column("sequence", Integer, nullable=False),
    Index("employers_of_station", "station", "id"),
    Index("employers_by_kind", "kind", "id"),
    Index("employers_by_status", "status", "id"),
    Index("employers_by_review", "review_state", "id"),
    Index("employers_by_sanction", "sanction", "id"),
    Index("employers_merged", "merged_into"),
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
    # The status in full; `status` is what consumers of v1 are told.
    Column("stage", String(16), nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=True),
    Column("reconfirm_by", UtcDateTime, nullable=True),
    Column("stale_at", UtcDateTime, nullable=True),
    Column("lapses_at", UtcDateTime, nullable=True),
    Column("filled_at", UtcDateTime, nullable=True),
    Column("closed_at", UtcDateTime, nullable=True),
    Column("duplicate_of", String(36), nullable=True),
    Column("countable", Boolean, nullable=False),
    Column("overflow", String(16), nullable=True),
    Column("overflow_to", JSON(none_as_null=True), nullable=True),
    Column("overflows_at", UtcDateTime, nullable=True),
    # reconfirm_by while a reconfirmation is of use; None else, so that the index holds the morning's work.
    Column("to_reconfirm_by", UtcDateTime, nullable=True),
    # Out of the terms, for what is searched by them.
    Column("fingerprint", String(64), nullable=False),
    Column("trade", String(12), nullable=False),
    Column("wage_unit", String(8), nullable=False),
    Column("wage_fen", Integer, nullable=False),
    Column("wage_most_fen", Integer, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Index("postings_of_station", "station", "id"),
    Index("postings_of_station_by_status", "station", "status", "id"),
    Index("postings_by_status", "status", "id"),
    Index("postings_due", "due_at"),
    Index("postings_of_employer", "employer_id", "status"),
    Index("postings_to_reconfirm", "to_reconfirm_by"),
    Index("postings_alike", "fingerprint"),
    # With the id: what is found by them is counted and taken without the rows.
    Index("postings_by_trade", "trade", "starts_at", "id"),
    Index("postings_by_wage", "wage_unit", "wage_most_fen", "wage_fen", "id"),
    Index("postings_of_station_by_trade", "station", "trade", "id"),
    Index("postings_on_offer", "station", "status", "trade", "id"),
    Index("postings_by_start", "starts_at", "id"),
    Index("postings_by_stage", "stage", "id"),
)

posting_tokens = token_table(metadata, "posting_tokens")

#: What the office keeps of a posting beside it, and tells nobody.
posting_dossiers = Table(
    "posting_dossiers",
    metadata,
    Column("posting_id", String(36), ForeignKey("postings.id"), primary_key=True),
    Column("lead", JSON(none_as_null=True), nullable=True),
    Column("findings", JSON, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("division", String(6), nullable=True),
    Column("valid_from", Date, nullable=False),
    Column("data", JSON, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Index("rule_versions_of_kind", "kind", "id"),
)

#: Where stations are, GCJ-02, as heard of from services/stations; None for one whose position was taken back.
station_positions = Table(
    "station_positions",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("lng", Float, nullable=True),
    Column("lat", Float, nullable=True),
    Column("sequence", Integer, nullable=False),
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
    # How the job was made sure of; on the steps `verify` and `reconfirm`.
    Column("method", String(32), nullable=True),
    Column("stage", String(16), nullable=True),
)

fairs = Table(
    "fairs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("status", String(16), nullable=False),
    Column("plan", JSON, nullable=False),
    # Out of the plan: the county's month in which it opens, and when.
    Column("month", String(7), nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("reach", JSON(none_as_null=True), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("announced_at", UtcDateTime, nullable=True),
    Column("held_at", UtcDateTime, nullable=True),
    Column("closed_at", UtcDateTime, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("warned_at", UtcDateTime, nullable=True),
    Column("cancelled_because", Text, nullable=True),
    Column("on_screens", Boolean, nullable=False),
    # When the clockwork has something to do for it; None when nothing.
    Column("due_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
    Index("fairs_of_station", "station", "id"),
    Index("fairs_of_station_by_status", "station", "status", "id"),
    Index("fairs_on_screens", "on_screens", "id"),
    Index("fairs_of_month", "month", "station"),
    Index("fairs_by_opening", "status", "opens_at"),
    Index("fairs_due", "due_at"),
)

fair_employers = Table(
    "fair_employers",
    metadata,
    Column("fair_id", String(36), ForeignKey("fairs.id"), primary_key=True),
    Column("employer_id", String(36), ForeignKey("employers.id"), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("employer_name", String(40), nullable=False),
    Column("attendance", String(16), nullable=False),
    Column("booth", Integer, nullable=True),
    Column("walk_in", Boolean, nullable=False),
    Column("posting_ids", JSON, nullable=False),
    Column("intents", Integer, nullable=True),
    # A booth has one holder, whatever the code above does; a unique key takes any number of NULLs.
    UniqueConstraint("fair_id", "booth", name="fair_employers_booth"),
)

fair_steps = Table(
    "fair_steps",
    metadata,
    Column("fair_id", String(36), ForeignKey("fairs.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("step", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("employer_id", String(36), nullable=True),
    Column("reason", Text, nullable=True),
)

imports = Table(
    "imports",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("station", String(20), nullable=False),
    Column("status", String(16), nullable=False),
    # The upload, until it was read.
    Column("file_id", String(36), nullable=True),
    Column("file_name", String(120), nullable=True),
    # Who acts, and under which request: what is done later is done in his name.
    Column("actor", JSON, nullable=False),
    Column("correlation", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("rows_until", UtcDateTime, nullable=False),
    Column("rows", Integer, nullable=True),
    Column("read", Integer, nullable=False),
    Column("good", Integer, nullable=False),
    Column("faulty", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("imported", Integer, nullable=False),
    Column("ignored", JSON, nullable=False),
    Column("refusal", String(24), nullable=True),
    Column("columns", JSON, nullable=False),
    # Whoever works at it has it until then; afterwards another may take it up.
    Column("claimed_until", UtcDateTime, nullable=True),
    Column("attempts", Integer, nullable=False),
    Index("imports_of_station", "station", "id"),
    Index("imports_by_status", "status", "id"),
    Index("imports_by_end", "rows_until"),
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", String(36), ForeignKey("imports.id"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("chosen", Boolean, nullable=False),
    # What the row says and the command that it stands for; None once it was imported.
    Column("sealed", Text, nullable=True),
    Column("faults", JSON, nullable=False),
    Column("became", String(36), nullable=True),
    Index("import_rows_by_status", "import_id", "status", "row"),
)

#: Who looks for work, as heard of from services/seekers; nothing here names anybody. Of somebody who looks no
#: more, or was erased, only the sequence is left, so that an older event does not bring him back.
workers = Table(
    "workers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("sequence", Integer, nullable=False),
    # None of all below in such a row.
    Column("station", String(20), nullable=True),
    # A bit for each weekday, the lowest for Monday.
    Column("days", Integer, nullable=True),
    # Minutes of the county's day; an end before the start is on the next day.
    Column("begins_minute", Integer, nullable=True),
    Column("ends_minute", Integer, nullable=True),
    Column("distance_km", Integer, nullable=True),
    Column("least_wage_fen", Integer, nullable=True),
    Column("least_wage_unit", String(8), nullable=True),
    Column("crew_people", Integer, nullable=True),
    Column("crew_leads", Boolean, nullable=True),
    Column("minor", Boolean, nullable=True),
    Column("retirement", String(16), nullable=True),
    Column("since", UtcDateTime, nullable=True),
    Column("priority", Integer, nullable=True),
    Index("workers_of_station", "station", "id"),
)

#: What each of them can do. trade: the word it is filed under. level: 0 for a beginner to 3.
worker_trades = Table(
    "worker_trades",
    metadata,
    Column("worker_id", String(36), ForeignKey("workers.id"), primary_key=True),
    Column("trade", String(12), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("level", Integer, nullable=False),
    # By level, then by priority: the smaller, the sooner.
    Column("rank", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    # The best of a trade at a station first, and of those who are as good the one who has looked longest.
    Index("worker_trades_best", "trade", "station", "rank", "since", "worker_id"),
)

#: Whose draws were heard of, and how far.
draws = Table(
    "draws",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sequence", Integer, nullable=False),
)

#: Numbers of a station's day. What is told of a number comes in any order: its check-in, calls and draw.
attendance = Table(
    "attendance",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("number", String(4), primary_key=True),
    Column("worker_id", String(36), nullable=True),
    Column("at", UtcDateTime, nullable=True),
    # How often it was called.
    Column("called", Integer, nullable=False),
    # Its place in the drawn order, 1 for the first; None where none is drawn.
    Column("turn", Integer, nullable=True),
    Index("attendance_of_worker", "worker_id", "day"),
    Index("attendance_of_day", "day"),
)

network_tables = NetworkTables(metadata)
network, network_turn = network_tables.network, network_tables.network_turn

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
idempotency = idempotency_table(metadata)
