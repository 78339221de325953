"""The tables of support. What was written freely about somebody is sealed, and gone once it is erased."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from services.seekers.storage.tables import metadata
from yizhan.database import UtcDateTime


def _of_person(name: str, *columns: Column[object] | Index, state: bool = True) -> Table:
    """A table whose rows are about somebody in the register, and belong to the station that made them.

    record: the rest of the row's model as JSON. words_sealed: its free text, as JSON.
    """
    return Table(
        name,
        metadata,
        Column("id", String(36), primary_key=True),
        Column("seeker_id", String(36), ForeignKey("seekers.id"), nullable=False),
        Column("station", String(20), nullable=False),
        *([Column("state", String(16), nullable=False)] if state else []),
        *columns,
        Column("record", JSON, nullable=False),
        Column("words_sealed", Text, nullable=True),
        Column("sequence", Integer, nullable=False),
        Index(f"{name}_of_seeker", "seeker_id", "id"),
        Index(f"{name}_of_station", "station", "id"),
        *([Index(f"{name}_of_station_by_state", "station", "state", "id")] if state else []),
    )


difficulties = _of_person(
    "difficulties",
    Column("scope", String(16), nullable=False),
    Column("group", String(32), nullable=False),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("withdrawn_at", UtcDateTime, nullable=True),
    state=False,
)

aid_cases = _of_person("aid_cases")

aid_visits = _of_person("aid_visits", Column("case_id", String(36), nullable=False), state=False)

long_waiting_dismissals = Table(
    "long_waiting_dismissals",
    metadata,
    Column("seeker_id", String(36), ForeignKey("seekers.id"), primary_key=True),
    Column("until", Date, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

guidances = _of_person("guidances")

courses = Table(
    "courses",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("station", String(20), nullable=False),
    Column("state", String(16), nullable=False),
    Column("record", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
    Index("courses_of_station", "station", "id"),
    Index("courses_of_station_by_state", "station", "state", "id"),
)

skill_trainings = _of_person(
    "skill_trainings",
    Column("course_id", String(36), ForeignKey("courses.id"), nullable=True),
    Column("attended_on", Date, nullable=True),
    Column("completed_on", Date, nullable=True),
    Column("subsidy_fen", Integer, nullable=True),
    Index("skill_trainings_of_course", "course_id", "id"),
    Index("skill_trainings_by_year", "station", "attended_on"),
)

attendance = Table(
    "attendance",
    metadata,
    Column("training_id", String(36), ForeignKey("skill_trainings.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("course_id", String(36), nullable=False),
    Column("present", Boolean, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("attendance_of_course", "course_id", "day"),
)

start_up_consultations = _of_person("start_up_consultations", state=False)

start_ups = _of_person("start_ups")

#: Files of people who were erased, until the store has let them go.
dropped_files = Table("dropped_files", metadata, Column("id", String(36), primary_key=True))
