"""The steps of an entry of the register. What was done before this is not known and not made up."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seeker_steps",
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("seeker_steps")
