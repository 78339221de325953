"""People and their wishes, what is told and by which way, templates, letters, publications."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_station_names()
    _create_people()
    _create_wishes()
    _create_preferences()
    _create_stop_marks()
    _create_tickets()
    _create_postings()
    _create_occasions()
    _create_decisions()
    _create_deliveries()
    _create_templates()
    _create_letters()
    _create_publications()


def downgrade() -> None:
    for table in (
        "publications",
        "letters",
        "templates",
        "deliveries",
        "decisions",
        "occasions",
        "postings",
        "tickets",
        "stop_marks",
        "preferences",
        "wishes",
        "people",
        "station_names",
    ):
        op.drop_table(table)


def _create_station_names() -> None:
    op.create_table(
        "station_names",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("name", sa.String(12), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("person", sa.String(80), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _create_wishes() -> None:
    op.create_table(
        "wishes",
        sa.Column("person", sa.String(80), primary_key=True),
        sa.Column("trade", sa.String(12), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
    )
    op.create_index("wishes_of_trade", "wishes", ["trade", "station", "person"])


def _create_preferences() -> None:
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(80), primary_key=True),
        sa.Column("channels", sa.JSON, nullable=False),
        sa.Column("quiet_hours", sa.JSON, nullable=True),
        sa.Column("stopped", sa.JSON, nullable=False),
        sa.Column("digested", sa.JSON, nullable=False),
        sa.Column("digest_at", sa.String(5), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
    )


def _create_stop_marks() -> None:
    op.create_table(
        "stop_marks",
        sa.Column("mark", sa.String(16), primary_key=True),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("check_in_id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("number", sa.String(4), nullable=False),
    )
    op.create_index("tickets_of_day", "tickets", ["station", "day", "number"])


def _create_postings() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("posting", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("postings_of_station", "postings", ["station", "id"])


def _create_occasions() -> None:
    op.create_table(
        "occasions",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
    )
    op.create_index("occasions_by_time", "occasions", ["at"])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("omission", sa.String(16), nullable=True),
        sa.Column("channels", sa.JSON, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("in_digest", sa.String(160), nullable=True),
    )
    op.create_index("decisions_of_person", "decisions", ["person", "due_at"])
    op.create_index("decisions_for_digest", "decisions", ["outcome", "in_digest", "due_at"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("told_key", sa.String(160), nullable=False),
        sa.Column("occasion", sa.String(36), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("next_channels", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("receipt", sa.String(200), nullable=True),
        sa.Column("cause", sa.String(24), nullable=True),
        sa.Column("history", sa.JSON, nullable=False),
        sa.Column("template_version", sa.Integer, nullable=True),
        sa.Column("attempt", sa.String(36), nullable=True),
        sa.Column("leased_until", UtcDateTime, nullable=True),
    )
    op.create_index("deliveries_due", "deliveries", ["state", "due_at"])
    op.create_index("deliveries_leased", "deliveries", ["state", "leased_until"])
    op.create_index("deliveries_of_station", "deliveries", ["station", "id"])
    op.create_index("deliveries_of_station_by_state", "deliveries", ["station", "state", "id"])
    op.create_index("deliveries_of_told", "deliveries", ["told_key"])


def _create_templates() -> None:
    op.create_table(
        "templates",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("signature", sa.String(40), nullable=False),
        sa.Column("written_by", sa.String(80), nullable=False),
        sa.Column("written_at", UtcDateTime, nullable=False),
    )


def _create_letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("body", sa.String(1000), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("read_at", UtcDateTime, nullable=True),
    )
    op.create_index("letters_of_person", "letters", ["person", "id"])


def _create_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("posting_id", sa.String(36), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("trade", sa.String(12), nullable=False),
        sa.Column("link", sa.String(500), nullable=True),
        sa.Column("note", sa.String(80), nullable=True),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(80), nullable=False),
    )
    op.create_index("publications_of_station", "publications", ["station", "id"])
    op.create_index("publications_of_posting", "publications", ["posting_id", "id"])
