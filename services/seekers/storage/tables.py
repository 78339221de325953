"""The tables of services/seekers. Whatever names somebody is sealed, or its look-up by a keyed hash."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.inbox import inbox_table
from yizhan.bus.outbox import outbox_table
from yizhan.database import UtcDateTime
from yizhan.network.projection import NetworkTables

metadata = MetaData()

seekers = Table(
    "seekers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("status", String(16), nullable=False),
    Column("masked_name", String(8), nullable=False),
    Column("masked_id_number", String(8), nullable=True),
    Column("masked_phone", String(8), nullable=True),
    Column("masked_relative_phone", String(8), nullable=True),
    Column("name_sealed", Text, nullable=True),
    Column("id_number_sealed", Text, nullable=True),
    Column("phone_sealed", Text, nullable=True),
    Column("relative_phone_sealed", Text, nullable=True),
    # HMACs; the one of the identity number finds a person across all stations.
    Column("name_index", String(64), nullable=True),
    Column("id_number_index", String(64), nullable=True, unique=True),
    Column("phone_index", String(64), nullable=True, index=True),
    Column("relative_phone_index", String(64), nullable=True, index=True),
    Column("sex", String(8), nullable=True),
    Column("birth", Date, nullable=True),
    Column("slip", String(6), nullable=True, unique=True),
    Column("wishes", JSON, nullable=True),
    # The first trade, which counts of who waits go by.
    Column("trade", String(12), nullable=True),
    Column("consents", JSON, nullable=False),
    Column("called_by", String(8), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("sequence", Integer, nullable=False),
    # When others are told of an active entry though nobody has changed it: what the law makes of an age.
    Column("tell_anew_on", Date, nullable=True),
    Index("seekers_to_tell_anew", "tell_anew_on", "id"),
    Index("seekers_of_station", "station", "id"),
    Index("seekers_of_station_by_status", "station", "status", "id"),
    Index("seekers_of_station_by_masked_name", "station", "masked_name", "id"),
    Index("seekers_of_station_by_name", "station", "name_index", "id"),
)

#: Who is active by the trades that he looks for. id: the seeker's.
seeker_trades = Table(
    "seeker_trades",
    metadata,
    Column("id", String(36), ForeignKey("seekers.id"), primary_key=True),
    Column("trade", String(12), primary_key=True),
    Column("station", String(20), nullable=False),
    Index("seeker_trades_of_station", "station", "trade", "id"),
)

consents = Table(
    "consents",
    metadata,
    Column("seeker_id", String(36), ForeignKey("seekers.id"), primary_key=True),
    Column("purpose", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("wording", Integer, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("given_by", String(80), nullable=False),
    Column("withdrawn_at", UtcDateTime, nullable=True),
    Column("withdrawn_by", String(80), nullable=True),
)

clear_readings = Table(
    "clear_readings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("seeker_id", String(36), ForeignKey("seekers.id"), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("station", String(20), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("clear_readings_of_seeker", "seeker_id", "id"),
)

#: What was done with an entry, and never what it said; kept when the person is erased.
seeker_steps = Table(
    "seeker_steps",
    metadata,
    Column("seeker_id", String(36), ForeignKey("seekers.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("about", JSON, nullable=False),
    Column("station", String(20), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Cards that are on the screens, and those that were: what a dropped one said is forgotten.
cards = Table(
    "cards",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("seeker_id", String(36), ForeignKey("seekers.id"), nullable=False),
    Column("station", String(20), nullable=False),
    Column("card", JSON, nullable=True),
    Column("live", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Index("cards_of_seeker", "seeker_id", "live"),
    Index("cards_live", "live", "id"),
)

#: The last number that a station gave to somebody who does not want his surname on a screen.
card_numbers = Table(
    "card_numbers",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("last", Integer, nullable=False),
)

queue_orders = Table(
    "queue_orders",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("queue_order", String(8), nullable=False),
    Column("sequence", Integer, nullable=False),
)

#: A station's day; whoever changes anything of it holds this row's lock.
days = Table(
    "days",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("queue_order", String(8), nullable=False),
    Column("sequence", Integer, nullable=False),
)

#: A set that only grows: a check-in that contradicts another is kept beside it.
check_ins = Table(
    "check_ins",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("seeker_id", String(36), ForeignKey("seekers.id"), primary_key=True),
    Column("number", String(4), primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("channel", String(8), nullable=True),
    Column("taken_by", String(80), nullable=False),
    # On the closed list of the day's draw.
    Column("drawn", Boolean, nullable=False),
    Index("check_ins_of_day", "station", "day"),
    Index("check_ins_of_seeker", "seeker_id", "day"),
)

calls = Table(
    "calls",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("number", String(4), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(80), nullable=False),
)

series = Table(
    "series",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("letter", String(1), primary_key=True),
    Column("desk", String(36), nullable=False),
    UniqueConstraint("station", "day", "desk", name="series_of_desk"),
)

draws = Table(
    "draws",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("record", JSON, nullable=False),
    Column("seed_sealed", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
)

street_taps = Table(
    "street_taps",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("day", Date, nullable=False),
    Column("trade", String(12), nullable=False),
    Column("people", Integer, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("street_taps_of_day", "station", "day"),
)

street_days = Table(
    "street_days",
    metadata,
    Column("station", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sequence", Integer, nullable=False),
)

network_tables = NetworkTables(metadata)
network_turn = network_tables.network_turn

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
idempotency = idempotency_table(metadata)
