"""Searches of postings by trade, wage and time cost the same in a large county."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: Index → its columns before, None for a new one, and now.
_INDEXES: dict[str, tuple[list[str] | None, list[str]]] = {
    "postings_by_trade": (["trade", "starts_at"], ["trade", "starts_at", "id"]),
    "postings_by_wage": (["wage_unit", "wage_fen"], ["wage_unit", "wage_most_fen", "wage_fen", "id"]),
    "postings_by_start": (["starts_at"], ["starts_at", "id"]),
    "postings_of_station_by_trade": (None, ["station", "trade", "id"]),
    "postings_on_offer": (None, ["station", "status", "trade", "id"]),
}


def upgrade() -> None:
    for name, (before, now) in _INDEXES.items():
        if before is not None:
            op.drop_index(name, "postings")
        op.create_index(name, "postings", now)


def downgrade() -> None:
    for name, (before, _) in _INDEXES.items():
        op.drop_index(name, "postings")
        if before is not None:
            op.create_index(name, "postings", before)
