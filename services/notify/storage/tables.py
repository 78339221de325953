"""The tables of services/notify. No address rests here: whoever owns it is asked when a message goes out."""

from __future__ import annotations

from sqlalchemy import MetaData

from yizhan.bus.idempotency import idempotency_table
from yizhan.bus.inbox import inbox_table
from yizhan.bus.outbox import outbox_table
from yizhan.network.projection import NetworkTables

metadata = MetaData()

network_tables = NetworkTables(metadata)
network_turn = network_tables.network_turn

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
idempotency = idempotency_table(metadata)
