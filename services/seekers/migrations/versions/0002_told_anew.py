"""The day on which others are told of somebody anew. Everybody active is, once: of what finds him work."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seekers", sa.Column("tell_anew_on", sa.Date, nullable=True))
    op.create_index("seekers_to_tell_anew", "seekers", ["tell_anew_on", "id"])
    op.execute("UPDATE seekers SET tell_anew_on = '1970-01-01' WHERE status = 'active'")


def downgrade() -> None:
    op.drop_index("seekers_to_tell_anew", "seekers")
    op.drop_column("seekers", "tell_anew_on")
