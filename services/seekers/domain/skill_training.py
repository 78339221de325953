"""Skills training (技能提升): courses, and everybody's way from a wish to a subsidy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.seekers.domain.dated import in_force
from services.seekers.domain.support import happened_on, illegal, require_unchanged
from yizhan.contracts.skill_training import (
    AlreadyInTraining,
    AmendCourse,
    AttendanceTooLow,
    Course,
    CourseFull,
    CoursePlan,
    CourseStatus,
    DayOfAttendance,
    PlanCourse,
    SkillTraining,
    SkillTrainingStatus,
    SkillTrainingStep,
    TakeTrainingStep,
    TraineeUnknown,
)
from yizhan.contracts.support import SupportDayInvalid

_S, _Step = SkillTrainingStatus, SkillTrainingStep

#: Longer than any course; a date that was mistyped is more.
_LONGEST_COURSE = timedelta(days=366)

#: Who has a place in a course.
HOLD_A_PLACE = frozenset(_S) - {_S.WISHED, _S.DROPPED}
#: Whose wish for a trade is not settled yet.
UNDER_WAY = frozenset({_S.WISHED, _S.ENROLLED, _S.ATTENDED})

#: From where to where each step leads.
STEPS: dict[SkillTrainingStep, tuple[frozenset[SkillTrainingStatus], SkillTrainingStatus]] = {
    _Step.COMPLETE: (frozenset({_S.ATTENDED}), _S.COMPLETED),
    _Step.FAIL: (frozenset({_S.ATTENDED}), _S.FAILED),
    _Step.DROP: (frozenset({_S.WISHED, _S.ENROLLED, _S.ATTENDED}), _S.DROPPED),
    _Step.APPLY_FOR_SUBSIDY: (frozenset({_S.COMPLETED, _S.SUBSIDY_REFUSED}), _S.SUBSIDY_APPLIED),
    _Step.GRANT_SUBSIDY: (frozenset({_S.SUBSIDY_APPLIED}), _S.SUBSIDY_GRANTED),
    _Step.REFUSE_SUBSIDY: (frozenset({_S.SUBSIDY_APPLIED}), _S.SUBSIDY_REFUSED),
}


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainingRule(_Data):
    """In force from a day until the next one's. least_attendance_percent: of the days that were marked."""

    in_force_from: date
    source: Annotated[str, Field(min_length=1)]
    people_per_station_and_year: Annotated[int, Field(ge=0)]
    least_attendance_percent: Annotated[int, Field(ge=0, le=100)]


class TrainingRules(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[TrainingRule, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> TrainingRules:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> TrainingRule:
        """The version in force on a day."""
        return in_force(self.versions, day)


# --- courses ------------------------------------------------------------------------------------------


def plan(request: PlanCourse, *, id: str) -> Course:
    """A new course. Raises SupportDayInvalid."""
    _require_days(request)
    return Course(id=id, state=CourseStatus.PLANNED, sequence=1, **request.model_dump())


def amend(current: Course, request: AmendCourse, *, taken: int, marked: Collection[date]) -> Course:
    """The course by its new plan. taken: places that are taken; marked: days of attendance.

    Raises SupportStepIllegal, SupportChanged, SupportDayInvalid, CourseFull.
    """
    require_planned(current, "amend")
    require_unchanged(current, request.expected_sequence)
    _require_days(request)
    if any(not request.begins_on <= day <= request.ends_on for day in marked):
        raise SupportDayInvalid(
            "attendance was marked outside these days",
            earliest=min(marked).isoformat(),
            latest=max(marked).isoformat(),
        )
    if taken > request.capacity:
        raise CourseFull("more places are taken", capacity=request.capacity, taken=taken)
    changed = request.model_dump(include=set(CoursePlan.model_fields))
    return current.model_copy(update={**changed, "sequence": current.sequence + 1})


def cancel(current: Course) -> Course:
    """The course that does not take place. Raises SupportStepIllegal."""
    require_planned(current, "cancel")
    return current.model_copy(update={"state": CourseStatus.CANCELLED, "sequence": current.sequence + 1})


def without_course(current: SkillTraining, *, today: date) -> SkillTraining:
    """A place in a course that was cancelled: who has not attended wishes again, who has, has dropped out."""
    if current.state is _S.ENROLLED:
        return _next(current, state=_S.WISHED, course_id=None, enrolled_on=None)
    if current.state is _S.ATTENDED:
        return _next(current, state=_S.DROPPED, ended_on=today)
    return current


def require_planned(course: Course, step: str) -> None:
    """Raises SupportStepIllegal for a course that was cancelled."""
    if course.state is not CourseStatus.PLANNED:
        raise illegal(course, step)


# --- wishes and places --------------------------------------------------------------------------------


def wish(
    seeker_id: str, trade: str, known: Iterable[SkillTraining], *, id: str, station: str, today: date, by: str
) -> SkillTraining:
    """A new wish. known: the person's other trainings. Raises AlreadyInTraining."""
    for one in known:
        if one.trade == trade and one.state in UNDER_WAY:
            raise AlreadyInTraining("this person is on the way to this trade", training_id=one.id)
    return SkillTraining(
        id=id,
        seeker_id=seeker_id,
        station=station,
        trade=trade,
        course_id=None,
        state=_S.WISHED,
        wished_on=today,
        by=by,
        sequence=1,
    )


def wish_for(course: Course, known: Iterable[SkillTraining]) -> SkillTraining | None:
    """The wish that a place here fulfils, if any. Raises AlreadyInTraining for who is in one of its trade."""
    for one in known:
        if one.trade == course.trade and one.state in UNDER_WAY - {_S.WISHED}:
            raise AlreadyInTraining("this person is in a course of this trade", training_id=one.id)
    return next((one for one in known if one.trade == course.trade and one.state is _S.WISHED), None)


def enrol(wished: SkillTraining, course: Course, *, taken: int, today: date) -> SkillTraining:
    """The training with a place. taken: places that others have. Raises SupportStepIllegal, CourseFull,
    SupportDayInvalid once the course is over."""
    require_planned(course, "enrol")
    if course.ends_on < today:
        raise SupportDayInvalid("this course is over", latest=course.ends_on.isoformat())
    if taken >= course.capacity:
        raise CourseFull("every place is taken", capacity=course.capacity, taken=taken)
    return _next(wished, state=_S.ENROLLED, course_id=course.id, station=course.station, enrolled_on=today)


# --- attendance ---------------------------------------------------------------------------------------


def require_markable(
    course: Course, day: DayOfAttendance, trainees: Iterable[SkillTraining], *, today: date
) -> None:
    """Raises SupportStepIllegal, SupportDayInvalid, TraineeUnknown where attendance cannot be marked so."""
    require_planned(course, "mark_attendance")
    happened_on(day.day, today=min(today, course.ends_on), since=course.begins_on)
    markable = {one.id for one in trainees if one.state in (_S.ENROLLED, _S.ATTENDED)}
    unknown = sorted({*day.present, *day.absent} - markable)
    if unknown:
        raise TraineeUnknown("these are not on the way in this course", trainings=unknown)


def marked(current: SkillTraining, days_present: Collection[date]) -> SkillTraining:
    """The training by all the days on which somebody was there; the same object where nothing follows."""
    attended_on = min(days_present, default=None)
    if (current.days_present, current.attended_on) == (len(days_present), attended_on):
        return current
    state = _S.ATTENDED if days_present else _S.ENROLLED
    return _next(current, state=state, days_present=len(days_present), attended_on=attended_on)


# --- steps --------------------------------------------------------------------------------------------


def take_step(
    current: SkillTraining,
    request: TakeTrainingStep,
    course: Course | None,
    *,
    marked_days: int,
    rule: TrainingRule,
    today: date,
) -> SkillTraining:
    """The training after a step. course: its own; marked_days: days of it on which attendance was marked.

    Raises SupportStepIllegal, SupportDayInvalid, AttendanceTooLow.
    """
    step = request.step
    before, state = STEPS[step]
    if current.state not in before:
        raise illegal(current, step.value)
    day = happened_on(request.on, today=today, since=_last_day(current))
    if step is _Step.COMPLETE:
        _require_completed(current, course, marked_days, rule, day)
    return _next(current, state=state, note=request.note or current.note, **_of_step(step, day, request.fen))


def forget(current: SkillTraining, *, today: date) -> SkillTraining:
    """The training without its words; one that was under way has dropped out."""
    changes: dict[str, object] = {"note": None}
    if current.state in UNDER_WAY:
        changes |= {"state": _S.DROPPED, "ended_on": today}
    return _next(current, **changes)


def _of_step(step: SkillTrainingStep, day: date, fen: int | None) -> dict[str, object]:
    """The fields that a step writes its day and amount to."""
    if step is _Step.COMPLETE:
        return {"completed_on": day}
    if step in (_Step.FAIL, _Step.DROP):
        return {"ended_on": day}
    if step is _Step.APPLY_FOR_SUBSIDY:
        return {"subsidy_applied_on": day, "subsidy_decided_on": None, "subsidy_fen": fen}
    return {"subsidy_decided_on": day, **({} if fen is None else {"subsidy_fen": fen})}


def _require_completed(
    current: SkillTraining, course: Course | None, marked_days: int, rule: TrainingRule, day: date
) -> None:
    if course is None or day < course.ends_on:
        raise SupportDayInvalid(
            "the course is not over",
            day=day.isoformat(),
            earliest=None if course is None else course.ends_on.isoformat(),
        )
    # Rounded up: four days of five at 80 %.
    least = -(-marked_days * rule.least_attendance_percent // 100)
    if current.days_present < least:
        raise AttendanceTooLow(
            "too few days were attended",
            days_present=current.days_present,
            least_days=least,
            percent=rule.least_attendance_percent,
        )


def _last_day(current: SkillTraining) -> date:
    days = (
        current.wished_on,
        current.enrolled_on,
        current.attended_on,
        current.completed_on,
        current.subsidy_applied_on,
        current.subsidy_decided_on,
    )
    return max(day for day in days if day is not None)


def _require_days(course: CoursePlan) -> None:
    if not course.begins_on <= course.ends_on <= course.begins_on + _LONGEST_COURSE:
        raise SupportDayInvalid(
            "a course ends after it begins, within a year",
            begins_on=course.begins_on.isoformat(),
            ends_on=course.ends_on.isoformat(),
        )


def _next(current: SkillTraining, **changes: object) -> SkillTraining:
    return current.model_copy(update={**changes, "sequence": current.sequence + 1})
