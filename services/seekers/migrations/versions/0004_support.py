"""Aid, guidance, training and start-up of people in the register."""

import sqlalchemy as sa
from alembic import op

from yizhan.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _of_person(
        "difficulties",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("group", sa.String(32), nullable=False),
        sa.Column("begins_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        state=False,
    )
    _of_person("aid_cases")
    _of_person("aid_visits", sa.Column("case_id", sa.String(36), nullable=False), state=False)
    op.create_table(
        "long_waiting_dismissals",
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), primary_key=True),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    _of_person("guidances")
    op.create_table(
        "courses",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("station", sa.String(20), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index("courses_of_station", "courses", ["station", "id"])
    op.create_index("courses_of_station_by_state", "courses", ["station", "state", "id"])
    _of_person(
        "skill_trainings",
        sa.Column("course_id", sa.String(36), sa.ForeignKey("courses.id"), nullable=True),
        sa.Column("attended_on", sa.Date, nullable=True),
        sa.Column("completed_on", sa.Date, nullable=True),
        sa.Column("subsidy_fen", sa.Integer, nullable=True),
    )
    op.create_index("skill_trainings_of_course", "skill_trainings", ["course_id", "id"])
    op.create_index("skill_trainings_by_year", "skill_trainings", ["station", "attended_on"])
    op.create_table(
        "attendance",
        sa.Column("training_id", sa.String(36), sa.ForeignKey("skill_trainings.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("course_id", sa.String(36), nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("attendance_of_course", "attendance", ["course_id", "day"])
    _of_person("start_up_consultations", state=False)
    _of_person("start_ups")
    op.create_table("dropped_files", sa.Column("id", sa.String(36), primary_key=True))


def downgrade() -> None:
    for table in (
        "dropped_files",
        "start_ups",
        "start_up_consultations",
        "attendance",
        "skill_trainings",
        "courses",
        "guidances",
        "long_waiting_dismissals",
        "aid_visits",
        "aid_cases",
        "difficulties",
    ):
        op.drop_table(table)


def _of_person(name: str, *columns: sa.Column[object], state: bool = True) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("seeker_id", sa.String(36), sa.ForeignKey("seekers.id"), nullable=False),
        sa.Column("station", sa.String(20), nullable=False),
        *([sa.Column("state", sa.String(16), nullable=False)] if state else []),
        *columns,
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("words_sealed", sa.Text, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_index(f"{name}_of_seeker", name, ["seeker_id", "id"])
    op.create_index(f"{name}_of_station", name, ["station", "id"])
    if state:
        op.create_index(f"{name}_of_station_by_state", name, ["station", "state", "id"])
