"""The register, consents, cards, the day with its check-ins and draw, the network as heard of, messages."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_seekers()
    _create_seeker_trades()
    _create_consents()
    _create_clear_readings()
    _create_cards()
    _create_card_numbers()
    _create_queue_orders()
    _create_days()
    _create_check_ins()
    _create_calls()
    _create_series()
    _create_draws()
    _create_street_taps()
    _create_street_days()
    _create_network()
    _create_messages()


def downgrade() -> None:
    for table in (
        "idempotency",
        "inbox",
        "outbox",
        "network_turn",
        "staff",
        "network",
        "street_days",
        "street_taps",
        "draws",
        "series",
        "calls",
        "check_ins",
        "days",
        "queue_orders",
        "card_numbers",
        "cards",
        "clear_readings",
        "consents",
        "seeker_trades",
        "seekers",
    ):
        op.drop_table(table)


def _create_seekers() -> None:
    op.create_table(
        "seekers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("masked_name", sa.String(8), nullable=False),
        sa.Column("masked_id_number", sa.String(8), nullable=True),
        sa.Column("masked_phone", sa.String(8), nullable=True),
        sa.Column("masked_relative_phone", sa.String(8), nullable=True),
        sa.Column("name_sealed", sa.Text, nullable=True),
        sa.Column("id_number_sealed", sa.Text, nullable=True),
        sa.Column("phone_sealed", sa.Text, nullable=True),
        sa.Column("relative_phone_sealed", sa.Text, nullable=True),
        sa.Column("name_index", sa.String(64), nullable=True),
        sa.Column("id_number_index", sa.String(64), nullable=True, unique=True),
        sa.Column("phone_index", sa.String(64), nullable=True, index=True),
        sa.Column("relative_phone_index", sa.String(64), nullable=True, index=True),
        sa.Column("sex", sa.String(8), nullable=True),
        sa.Column("birth", sa.Date, nullable=True),
        sa.Column("slip", sa.String(6), nullable=True, unique=True),
        sa.Column("wishes", sa.JSON, nullable=True),
        sa.Column("trade", sa.String(12), nullable=True),
        sa.Column("consents", sa.JSON, nullable=False),
        sa.Column("called_by", sa.String(8), nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("seekers_of_station", "seekers", ["station", "id"])
    op.create_index("seekers_of_station_by_status", "seekers", ["station", "status", "id"])
    op.create_index("seekers_of_station_by_masked_name", "seekers", ["station", "masked_name", "id"])
    op.create_index("seekers_of_station_by_name", "seekers", ["station", "name_index", "id"])


def _create_seeker_trades() -> None:
    op.create_table(
        "seeker_trades",
        sa.Column("id", sa.String(36), sa.ForeignKey("seekers.id"), primary_key=True),
        sa.Column("trade", sa.String(12), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
    )
    op.create_index("seeker_trades_of_station", "seeker_trades", ["station", "trade", "id"])


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), primary_key=True),
        sa.Column("purpose", sa.String(16), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("wording", sa.Integer, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("given_by", sa.String(80), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.Column("withdrawn_by", sa.String(80), nullable=True),
    )


def _create_clear_readings() -> None:
    op.create_table(
        "clear_readings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("clear_readings_of_seeker", "clear_readings", ["seeker_id", "id"])


def _create_cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("card", sa.JSON, nullable=True),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("cards_of_seeker", "cards", ["seeker_id", "live"])
    op.create_index("cards_live", "cards", ["live", "id"])


def _create_card_numbers() -> None:
    op.create_table(
        "card_numbers",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )


def _create_queue_orders() -> None:
    op.create_table(
        "queue_orders",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("queue_order", sa.String(8), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _create_days() -> None:
    op.create_table(
        "days",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("queue_order", sa.String(8), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _create_check_ins() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), primary_key=True),
        sa.Column("number", sa.String(4), primary_key=True),
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("channel", sa.String(8), nullable=True),
        sa.Column("taken_by", sa.String(80), nullable=False),
        sa.Column("drawn", sa.Boolean, nullable=False),
    )
    op.create_index("check_ins_of_day", "check_ins", ["station", "day"])
    op.create_index("check_ins_of_seeker", "check_ins", ["seeker_id", "day"])


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.String(4), primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
    )


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("letter", sa.String(1), primary_key=True),
        sa.Column("desk", sa.String(36), nullable=False),
        sa.UniqueConstraint("station", "day", "desk", name="series_of_desk"),
    )


def _create_draws() -> None:
    op.create_table(
        "draws",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("seed_sealed", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _create_street_taps() -> None:
    op.create_table(
        "street_taps",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("trade", sa.String(12), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("street_taps_of_day", "street_taps", ["station", "day"])


def _create_street_days() -> None:
    op.create_table(
        "street_days",
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _create_network() -> None:
    op.create_table(
        "network",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("parent", sa.String(20), nullable=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("told_path", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    turn = op.create_table(
        "network_turn",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("taken", sa.Integer, nullable=False),
    )
    op.bulk_insert(turn, [{"id": 1, "taken": 0}])


def _create_messages() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("event_id", sa.String(36), nullable=False, unique=True),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("routing_key", sa.String(255), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=True),
    )
    op.create_index("outbox_unsent", "outbox", ["sent_at", "id"])
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("handler", sa.String(80), primary_key=True),
        sa.Column("handled_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor_id", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("method", sa.String(80), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("reply", sa.JSON, nullable=True),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
