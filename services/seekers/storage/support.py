"""Aid, guidance, training and start-up: the kinds of their rows, and what is asked across them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import (
    Connection,
    Date,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
)

from services.seekers.storage.records import Kind
from services.seekers.storage.support_tables import (
    aid_cases,
    aid_visits,
    attendance,
    courses,
    difficulties,
    dropped_files,
    guidances,
    long_waiting_dismissals,
    skill_trainings,
    start_up_consultations,
    start_ups,
)
from services.seekers.storage.tables import calls, check_ins, seekers
from yizhan.contracts.aid import AidCase, AidVisit, Difficulty, LongWaiting, LongWaitingRule
from yizhan.contracts.guidance import GuidanceSession
from yizhan.contracts.seekers import SeekerStatus
from yizhan.contracts.skill_training import Course, DayOfAttendance, SkillTraining, StationTrainees
from yizhan.contracts.start_ups import StartUp, StartUpConsultation
from yizhan.contracts.support import ListedPerson
from yizhan.database import Database
from yizhan.network.pages import Subtree

DIFFICULTIES = Kind(difficulties, Difficulty, "note", "withdrawn_because")
AID_CASES = Kind(aid_cases, AidCase, "plan", "closing_note")
AID_VISITS = Kind(aid_visits, AidVisit, "note")
GUIDANCES = Kind(guidances, GuidanceSession, "note")
COURSES = Kind(courses, Course)
SKILL_TRAININGS = Kind(skill_trainings, SkillTraining, "note")
CONSULTATIONS = Kind(start_up_consultations, StartUpConsultation, "note")
START_UPS = Kind(start_ups, StartUp, "business", "note")

_in_force = and_(
    difficulties.c.withdrawn_at.is_(None),
    difficulties.c.begins_on <= bindparam("day", type_=Date),
    difficulties.c.ends_on >= bindparam("day", type_=Date),
)
_AIDED = select(difficulties.c.seeker_id).where(
    difficulties.c.seeker_id.in_(bindparam("people", expanding=True)), _in_force
)
_LAST_AIDED = select(func.min(difficulties.c.ends_on)).where(
    difficulties.c.seeker_id == bindparam("person"), _in_force
)
_NAMES = select(seekers.c.id, seekers.c.masked_name).where(seekers.c.id.in_(bindparam("ids", expanding=True)))

_days_waited = func.count(check_ins.c.day.distinct())
#: Days on which somebody checked in at one of the stations and was not called.
_LONG_WAITING = (
    select(
        seekers.c.id,
        seekers.c.masked_name,
        seekers.c.station,
        _days_waited.label("days"),
        func.min(check_ins.c.day).label("first_on"),
        func.max(check_ins.c.day).label("last_on"),
    )
    .select_from(
        check_ins.join(seekers, seekers.c.id == check_ins.c.seeker_id).outerjoin(
            calls,
            and_(
                calls.c.station == check_ins.c.station,
                calls.c.day == check_ins.c.day,
                calls.c.number == check_ins.c.number,
            ),
        )
    )
    .where(
        check_ins.c.station.in_(bindparam("stations", expanding=True)),
        check_ins.c.day > bindparam("since", type_=Date),
        calls.c.number.is_(None),
        seekers.c.station.in_(bindparam("stations", expanding=True)),
        seekers.c.status == SeekerStatus.ACTIVE.value,
        ~exists().where(
            difficulties.c.seeker_id == seekers.c.id,
            difficulties.c.group == bindparam("group", type_=String),
            _in_force,
        ),
        ~exists().where(
            long_waiting_dismissals.c.seeker_id == seekers.c.id,
            long_waiting_dismissals.c.until >= bindparam("day", type_=Date),
        ),
    )
    .group_by(seekers.c.id, seekers.c.masked_name, seekers.c.station)
    .having(_days_waited >= bindparam("least"))
    .order_by(_days_waited.desc(), seekers.c.id)
    .limit(bindparam("limit"))
)

_PLACES = (
    select(skill_trainings.c.course_id, func.count())
    .where(
        skill_trainings.c.course_id.in_(bindparam("courses", expanding=True)),
        skill_trainings.c.state.in_(bindparam("states", expanding=True)),
    )
    .group_by(skill_trainings.c.course_id)
)
_ATTENDANCE = (
    select(attendance.c.day, attendance.c.training_id, attendance.c.present)
    .where(attendance.c.course_id == bindparam("course"))
    .order_by(attendance.c.day, attendance.c.training_id)
)
_YEAR = (
    select(
        skill_trainings.c.station,
        func.count(skill_trainings.c.seeker_id.distinct()),
        func.count(skill_trainings.c.completed_on),
        func.coalesce(
            func.sum(
                case(
                    (skill_trainings.c.state == "subsidy_granted", skill_trainings.c.subsidy_fen),
                    else_=0,
                )
            ),
            0,
        ),
    )
    .where(
        skill_trainings.c.station.in_(bindparam("stations", expanding=True)),
        skill_trainings.c.attended_on.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
    )
    .group_by(skill_trainings.c.station)
    .order_by(func.count(skill_trainings.c.seeker_id.distinct()).desc(), skill_trainings.c.station)
)


class Support:
    """What no single kind of rows can answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(self, tx: Connection, people: Iterable[str]) -> tuple[ListedPerson, ...]:
        """Whom the rows of a list are about, each once."""
        ids = sorted(set(people))
        if not ids:
            return ()
        return tuple(ListedPerson(id=row[0], masked_name=row[1]) for row in tx.execute(_NAMES, {"ids": ids}))

    # --- aid ---------------------------------------------------------------------------------------------

    def aided(self, tx: Connection, people: Iterable[str], day: date) -> frozenset[str]:
        """Who of these has a difficulty in force on a day."""
        ids = sorted(set(people))
        return frozenset(tx.execute(_AIDED, {"people": ids, "day": day}).scalars()) if ids else frozenset()

    def aid_changes_on(self, tx: Connection, person: str, day: date) -> date | None:
        """The day after the one on which the first of somebody's difficulties ends, of those in force."""
        last: date | None = tx.execute(_LAST_AIDED, {"person": person, "day": day}).scalar()
        return None if last is None else last + timedelta(days=1)

    def long_waiting(
        self,
        tx: Connection,
        within: Subtree,
        rule: LongWaitingRule,
        *,
        group: str,
        today: date,
        since: date,
        limit: int,
    ) -> tuple[LongWaiting, ...]:
        """Whom the rule proposes. since: the day before the first that counts."""
        values = {
            "stations": within.every,
            "since": since,
            "day": today,
            "group": group,
            "least": rule.least_days,
            "limit": limit,
        }
        return tuple(
            LongWaiting(
                person=ListedPerson(id=row.id, masked_name=row.masked_name),
                station=row.station,
                days=row.days,
                first_on=row.first_on,
                last_on=row.last_on,
            )
            for row in tx.execute(_LONG_WAITING, values)
        )

    def dismiss(self, tx: Connection, id: str, *, until: date, by: str, now: datetime) -> None:
        """Propose somebody no more until a day has passed."""
        row = {"seeker_id": id, "until": until, "by": by, "at": now}
        self._database.upsert(tx, long_waiting_dismissals, row, key=["seeker_id"])

    def forget_difficulties(self, tx: Connection, id: str) -> None:
        """Delete what somebody was tagged with, and remember the files to be let go."""
        for row in tx.execute(DIFFICULTIES.by["seeker_id"], {"value": id}).mappings():
            for stored in row["record"]["evidence"]:
                self._database.insert_ignore(tx, dropped_files, {"id": stored["id"]})
        tx.execute(delete(difficulties).where(difficulties.c.seeker_id == id))
        tx.execute(delete(long_waiting_dismissals).where(long_waiting_dismissals.c.seeker_id == id))

    def dropped_files(self, tx: Connection) -> list[str]:
        """Files to be let go, some at a time."""
        return list(tx.execute(select(dropped_files.c.id).limit(50)).scalars())

    def let_go(self, tx: Connection, file_id: str) -> None:
        """The store has a file no more."""
        tx.execute(delete(dropped_files).where(dropped_files.c.id == file_id))

    # --- training ----------------------------------------------------------------------------------------

    def taken(self, tx: Connection, course_ids: Iterable[str], states: Iterable[str]) -> dict[str, int]:
        """Places that are taken, by course; a course where none is, is absent."""
        values = {"courses": sorted(set(course_ids)), "states": sorted(states)}
        return {row[0]: row[1] for row in tx.execute(_PLACES, values)} if values["courses"] else {}

    def mark(self, tx: Connection, course: str, day: DayOfAttendance, *, by: str, now: datetime) -> None:
        """Write who was there and who was not."""
        for present, ids in ((True, day.present), (False, day.absent)):
            for id in ids:
                row = {
                    "training_id": id,
                    "day": day.day,
                    "course_id": course,
                    "present": present,
                    "by": by,
                    "at": now,
                }
                self._database.upsert(tx, attendance, row, key=["training_id", "day"])

    def attendance(self, tx: Connection, course: str) -> tuple[DayOfAttendance, ...]:
        """A course's days of attendance, in their order."""
        days: dict[date, tuple[list[str], list[str]]] = {}
        for row in tx.execute(_ATTENDANCE, {"course": course}):
            present, absent = days.setdefault(row.day, ([], []))
            (present if row.present else absent).append(row.training_id)
        return tuple(
            DayOfAttendance(day=day, present=tuple(present), absent=tuple(absent))
            for day, (present, absent) in days.items()
        )

    def year(self, tx: Connection, within: Subtree, year: int) -> tuple[StationTrainees, ...]:
        """Who was trained in a year, by station."""
        values = {"stations": within.every, "first": date(year, 1, 1), "last": date(year, 12, 31)}
        return tuple(
            StationTrainees(station=row[0], people=row[1], completed=row[2], granted_fen=int(row[3]))
            for row in tx.execute(_YEAR, values)
        )
