"""The whole life cycle of postings: reconfirmation, headcount, duplicates, search; rules as dated data."""

import sqlalchemy as sa
from alembic import op

from services.jobs.storage.postings import columns_of_terms
from services.jobs.storage.search import tokens_of
from yizhan.contracts.jobs import PostingTerms
from yizhan.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENTS = (
    "confirmed_at",
    "reconfirm_by",
    "stale_at",
    "lapses_at",
    "filled_at",
    "closed_at",
    "to_reconfirm_by",
)
_OF_TERMS = (
    sa.Column("fingerprint", sa.String(64)),
    sa.Column("trade", sa.String(12)),
    sa.Column("wage_unit", sa.String(8)),
    sa.Column("wage_fen", sa.Integer),
    sa.Column("wage_most_fen", sa.Integer),
    sa.Column("starts_at", UtcDateTime),
)
_INDEXES = {
    "postings_to_reconfirm": ["to_reconfirm_by"],
    "postings_alike": ["fingerprint"],
    "postings_by_trade": ["trade", "starts_at"],
    "postings_by_wage": ["wage_unit", "wage_fen"],
    "postings_by_start": ["starts_at"],
    "postings_by_stage": ["stage", "id"],
}


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("posting_steps") as steps:
        steps.add_column(sa.Column("stage", sa.String(16), nullable=True))
    with op.batch_alter_table("postings") as postings:
        postings.add_column(sa.Column("stage", sa.String(16), nullable=True))
        for name in _MOMENTS:
            postings.add_column(sa.Column(name, UtcDateTime, nullable=True))
        postings.add_column(sa.Column("duplicate_of", sa.String(36), nullable=True))
        postings.add_column(sa.Column("countable", sa.Boolean, nullable=False, server_default=sa.true()))
        for column in _OF_TERMS:
            postings.add_column(sa.Column(column.name, column.type, nullable=True))
    _fill()
    with op.batch_alter_table("postings") as postings:
        postings.alter_column("stage", existing_type=sa.String(16), nullable=False)
        postings.alter_column(
            "countable", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )
        for column in _OF_TERMS:
            postings.alter_column(column.name, existing_type=column.type, nullable=False)
    for name, columns in _INDEXES.items():
        op.create_index(name, "postings", columns)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "postings")
    with op.batch_alter_table("postings") as postings:
        for name in ("stage", *_MOMENTS, "duplicate_of", "countable", *(column.name for column in _OF_TERMS)):
            postings.drop_column(name)
    with op.batch_alter_table("posting_steps") as steps:
        steps.drop_column("stage")
    for table in ("station_positions", "rule_versions", "posting_dossiers", "posting_tokens"):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "posting_tokens",
        sa.Column("token", sa.String(16), primary_key=True),
        sa.Column("station", sa.String(20), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "posting_dossiers",
        sa.Column("posting_id", sa.String(36), sa.ForeignKey("postings.id"), primary_key=True),
        sa.Column("lead", sa.JSON, nullable=True),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("checked_at", UtcDateTime, nullable=False),
        sa.Column("claims", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
    )
    op.create_table(
        "rule_versions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("division", sa.String(6), nullable=True),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("rule_versions_of_kind", "rule_versions", ["kind", "id"])
    op.create_table(
        "station_positions",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("lng", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _fill() -> None:
    """What was written before gets its stage, its columns and its tokens; none has a reconfirmation to
    keep."""
    bind = op.get_bind()
    tables = sa.MetaData()
    postings = sa.Table("postings", tables, autoload_with=bind)
    tokens = sa.Table("posting_tokens", tables, autoload_with=bind)
    read = sa.select(
        postings.c.id,
        postings.c.station,
        postings.c.employer_id,
        postings.c.employer_name,
        postings.c.status,
        sa.type_coerce(postings.c.terms, sa.JSON).label("terms"),
    )
    for row in bind.execute(read).all():
        terms = PostingTerms.model_validate(row.terms)
        values = {**columns_of_terms(row.employer_id, terms), "stage": row.status}
        values["starts_at"] = sa.type_coerce(values["starts_at"], UtcDateTime)
        bind.execute(sa.update(postings).where(postings.c.id == row.id).values(**values))
        said = tokens_of(terms.trade, terms.place, row.employer_name, prose=terms.description)
        found = [{"token": token, "station": row.station, "id": row.id} for token in sorted(said)]
        if found:
            bind.execute(sa.insert(tokens), found)
