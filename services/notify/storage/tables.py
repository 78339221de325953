"""The tables of services/notify. No address rests here: whoever owns it is asked when a message goes out."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Index, Integer, MetaData, String, Table

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.inbox import inbox_table
from yizhan.bus.outbox import outbox_table
from yizhan.database import UtcDateTime
from yizhan.network.projection import NetworkTables

metadata = MetaData()

network_tables = NetworkTables(metadata)
network_turn = network_tables.network_turn

#: What a station is called in a message.
station_names = Table(
    "station_names",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("name", String(12), nullable=False),
    Column("sequence", Integer, nullable=False),
)

#: Workers as heard of. active: looks for work, and has agreed to messages.
people = Table(
    "people",
    metadata,
    Column("person", String(80), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
)

#: The trades that an active one looks for.
wishes = Table(
    "wishes",
    metadata,
    Column("person", String(80), primary_key=True),
    Column("trade", String(12), primary_key=True),
    Column("station", String(20), nullable=False),
    Index("wishes_of_trade", "trade", "station", "person"),
)

#: What somebody has chosen for himself; without a row the audience's defaults hold.
preferences = Table(
    "preferences",
    metadata,
    Column("person", String(80), primary_key=True),
    Column("channels", JSON, nullable=False),
    Column("quiet_hours", JSON, nullable=True),
    Column("stopped", JSON, nullable=False),
    Column("digested", JSON, nullable=False),
    Column("digest_at", String(5), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

#: A keyed mark of a person that a message carries, by which he stops them without signing in.
stop_marks = Table(
    "stop_marks",
    metadata,
    Column("mark", String(16), primary_key=True),
    Column("person", String(80), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

#: Who has which number today; forgotten with the day.
tickets = Table(
    "tickets",
    metadata,
    Column("check_in_id", String(36), primary_key=True),
    Column("person", String(80), nullable=False),
    Column("station", String(20), nullable=False),
    Column("day", Date, nullable=False),
    Column("number", String(4), nullable=False),
    Index("tickets_of_day", "station", "day", "number"),
)

#: Postings as heard of, whole, for what is published of them elsewhere.
postings = Table(
    "postings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("status", String(16), nullable=False),
    Column("posting", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
    Index("postings_of_station", "station", "id"),
)

#: Reasons to tell somebody something: an event by its id, and a kind.
occasions = Table(
    "occasions",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("values", JSON, nullable=False),
    Index("occasions_by_time", "at"),
)

#: What became of an occasion for a person, once. in_digest: the key of the digest that it went into.
decisions = Table(
    "decisions",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("event_id", String(36), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("person", String(80), nullable=False),
    Column("station", String(20), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("omission", String(16), nullable=True),
    Column("channels", JSON, nullable=False),
    Column("due_at", UtcDateTime, nullable=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("in_digest", String(160), nullable=True),
    Index("decisions_of_person", "person", "due_at"),
    Index("decisions_for_digest", "outcome", "in_digest", "due_at"),
)

#: One message on its way by one channel. occasion: the event's id, None for a digest. next_channels: tried in
#: their order when this one cannot reach the person. attempt: of the one under way; leased_until: when it is
#: taken for broken.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("told_key", String(160), nullable=False),
    Column("occasion", String(36), nullable=True),
    Column("kind", String(40), nullable=False),
    Column("person", String(80), nullable=False),
    Column("station", String(20), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("next_channels", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=True),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("receipt", String(200), nullable=True),
    Column("cause", String(24), nullable=True),
    Column("history", JSON, nullable=False),
    Column("template_version", Integer, nullable=True),
    Column("attempt", String(36), nullable=True),
    Column("leased_until", UtcDateTime, nullable=True),
    Index("deliveries_due", "state", "due_at"),
    Index("deliveries_leased", "state", "leased_until"),
    Index("deliveries_of_station", "station", "id"),
    Index("deliveries_of_station_by_state", "station", "state", "id"),
    Index("deliveries_of_told", "told_key"),
)

#: Templates that somebody wrote; those that Yizhan comes with are version 1 of each place.
templates = Table(
    "templates",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("fields", JSON, nullable=False),
    Column("signature", String(40), nullable=False),
    Column("written_by", String(80), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
)

#: What a person finds in the console.
letters = Table(
    "letters",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", String(80), nullable=False),
    Column("station", String(20), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("title", String(80), nullable=False),
    Column("body", String(1000), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime, nullable=True),
    Index("letters_of_person", "person", "id"),
)

#: Where a posting was published outside, and its receipt.
publications = Table(
    "publications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("posting_id", String(36), nullable=False),
    Column("station", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("trade", String(12), nullable=False),
    Column("link", String(500), nullable=True),
    Column("note", String(80), nullable=True),
    Column("published_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", String(80), nullable=False),
    Index("publications_of_station", "station", "id"),
    Index("publications_of_posting", "posting_id", "id"),
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
idempotency = idempotency_table(metadata)
