"""What services/seekers says of skills training (技能提升): courses, and everybody's way through one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from yizhan.contracts.base import Identifier, Message, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.checkins import CountyDay
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import SeekerRef, Trade
from yizhan.contracts.support import ListedPerson, PageLimit, SupportFen

# --- values -------------------------------------------------------------------------------------------


class CourseStatus(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


Capacity = Annotated[int, Field(ge=1, le=500)]


class CoursePlan(Message):
    """What is taught, by whom, on which days. provider: the school or firm. capacity: places."""

    trade: Trade
    provider: PublicLine
    place: PublicLine | None = None
    begins_on: CountyDay
    ends_on: CountyDay
    capacity: Capacity


class Course(CoursePlan):
    """A course that a station has planned."""

    id: Identifier
    station: StationCode
    state: CourseStatus
    sequence: Sequence


class SkillTrainingStatus(StrEnum):
    WISHED = "wished"
    ENROLLED = "enrolled"
    #: Was there on one day at least; from then on the person counts for the year.
    ATTENDED = "attended"
    COMPLETED = "completed"
    SUBSIDY_APPLIED = "subsidy_applied"
    SUBSIDY_GRANTED = "subsidy_granted"
    SUBSIDY_REFUSED = "subsidy_refused"
    DROPPED = "dropped"
    FAILED = "failed"


class SkillTrainingFacts(Message):
    """One person's way to a skill, without words. attended_on: the first day on which he was there.
    subsidy_fen: as applied for, then as granted."""

    id: Identifier
    seeker_id: Identifier
    station: StationCode
    trade: Trade
    course_id: Identifier | None
    state: SkillTrainingStatus
    wished_on: CountyDay
    enrolled_on: CountyDay | None = None
    attended_on: CountyDay | None = None
    days_present: Annotated[int, Field(ge=0)] = 0
    completed_on: CountyDay | None = None
    subsidy_applied_on: CountyDay | None = None
    subsidy_decided_on: CountyDay | None = None
    subsidy_fen: SupportFen | None = None
    ended_on: CountyDay | None = None
    sequence: Sequence


class SkillTraining(SkillTrainingFacts):
    """The same with what was written to it. note: why it ended or a subsidy was refused."""

    note: OfficeText | None = None
    by: str

    kept_without: ClassVar[frozenset[str]] = frozenset({"note"})


class SkillTrainingStep(StrEnum):
    COMPLETE = "complete"
    FAIL = "fail"
    DROP = "drop"
    APPLY_FOR_SUBSIDY = "apply_for_subsidy"
    GRANT_SUBSIDY = "grant_subsidy"
    REFUSE_SUBSIDY = "refuse_subsidy"


#: Steps that name an amount; no other does.
STEPS_WITH_AMOUNT = (SkillTrainingStep.APPLY_FOR_SUBSIDY, SkillTrainingStep.GRANT_SUBSIDY)


class DayOfAttendance(Message):
    """Who of a course was there on a day, and who was not; by the ids of their trainings."""

    day: CountyDay
    present: tuple[Identifier, ...]
    absent: tuple[Identifier, ...]


class CourseRecord(Message):
    """A course with everybody who is or was enrolled, and its attendance by day."""

    course: Course
    trainees: tuple[SkillTraining, ...]
    people: tuple[ListedPerson, ...]
    attendance: tuple[DayOfAttendance, ...]


class StationTrainees(Message):
    """Distinct people of a station who were trained in a year. granted_fen: subsidies of these trainings."""

    station: StationCode
    people: int
    completed: int
    granted_fen: int


# --- events -------------------------------------------------------------------------------------------


class _CourseTold(Facts):
    course: Course
    by: str


class CoursePlanned(_CourseTold):
    """A course is planned, and people may be enrolled. Subject: the course's id."""

    event_type: ClassVar[str] = "seekers.course.planned.v1"


class CourseAmended(_CourseTold):
    """What was planned has changed. Subject: the course's id."""

    event_type: ClassVar[str] = "seekers.course.amended.v1"


class CourseCancelled(_CourseTold):
    """A course does not take place. Subject: the course's id."""

    event_type: ClassVar[str] = "seekers.course.cancelled.v1"


class SkillTrainingStepTaken(Facts):
    """Somebody wished for, went on in, or left a training, as its state says. Subject: the training's id."""

    event_type: ClassVar[str] = "seekers.skill_training.step_taken.v1"
    training: SkillTrainingFacts
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class PlanCourse(CoursePlan):
    station: StationCode


class AmendCourse(CoursePlan):
    """The whole plan anew."""

    id: Identifier
    expected_sequence: Sequence | None = None


class CourseRef(Message):
    id: Identifier


class CancelCourse(CourseRef):
    """Whoever was enrolled and has not attended wishes again; who has, has dropped out."""


class CourseQuery(Message):
    """Courses of a station and all below it, newest first. `after`: the last id of the page before."""

    station: StationCode
    state: CourseStatus | None = None
    after: Identifier | None = None
    limit: PageLimit = 50


class CourseRow(Message):
    """taken: places that are taken."""

    course: Course
    taken: int


class CourseList(Message):
    courses: tuple[CourseRow, ...]
    next: Identifier | None


class WishForTraining(Message):
    """id: the person's."""

    id: Identifier
    trade: Trade


class EnrolTrainee(Message):
    """id: the course's. An open wish for its trade is fulfilled by it; without one it is made here."""

    id: Identifier
    seeker_id: Identifier


class MarkAttendance(DayOfAttendance):
    """id: the course's. Marks replace what was marked for the same person and day before."""

    id: Identifier

    @model_validator(mode="after")
    def _nobody_twice(self) -> Self:
        named = (*self.present, *self.absent)
        if not named or len(set(named)) < len(named):
            raise ValueError("each is present or absent, and somebody is named")
        return self


class TakeTrainingStep(Message):
    """fen: with an application for a subsidy and with its grant. on: today where it is left out."""

    id: Identifier
    step: SkillTrainingStep
    on: CountyDay | None = None
    fen: SupportFen | None = None
    note: OfficeText | None = None

    @model_validator(mode="after")
    def _amount_where_there_is_one(self) -> Self:
        if (self.step in STEPS_WITH_AMOUNT) != (self.fen is not None):
            raise ValueError("an amount belongs to an application and to a grant")
        return self


class SkillTrainingQuery(Message):
    """Trainings of people of a station and all below it, newest first."""

    station: StationCode
    state: SkillTrainingStatus | None = None
    after: Identifier | None = None
    limit: PageLimit = 50


class SkillTrainingList(Message):
    trainings: tuple[SkillTraining, ...]
    people: tuple[ListedPerson, ...]
    next: Identifier | None


class TrainingYearQuery(Message):
    """A station and all below it."""

    year: Annotated[int, Field(ge=2000, le=2999)]
    station: StationCode


class TrainingYear(Message):
    """quota: people that each station is to have trained in the year. stations: the most people first."""

    year: int
    quota: int
    stations: tuple[StationTrainees, ...]


class SkillTrainingRpc:
    """The methods of services/seekers that are about training."""

    plan_course = Method("seekers", "plan_course", PlanCourse, Course, command=True)
    amend_course = Method("seekers", "amend_course", AmendCourse, Course, command=True)
    cancel_course = Method("seekers", "cancel_course", CancelCourse, Course, command=True)
    get_course = Method("seekers", "get_course", CourseRef, CourseRecord, command=False)
    list_courses = Method("seekers", "list_courses", CourseQuery, CourseList, command=False)
    wish_for_training = Method("seekers", "wish_for_training", WishForTraining, SkillTraining, command=True)
    enrol_trainee = Method("seekers", "enrol_trainee", EnrolTrainee, SkillTraining, command=True)
    mark_attendance = Method("seekers", "mark_attendance", MarkAttendance, DayOfAttendance, command=True)
    take_training_step = Method(
        "seekers", "take_training_step", TakeTrainingStep, SkillTraining, command=True
    )
    list_skill_trainings = Method(
        "seekers", "list_skill_trainings", SkillTrainingQuery, SkillTrainingList, command=False
    )
    trainings_of_seeker = Method(
        "seekers", "trainings_of_seeker", SeekerRef, SkillTrainingList, command=False
    )
    training_year = Method("seekers", "training_year", TrainingYearQuery, TrainingYear, command=False)


# --- errors -------------------------------------------------------------------------------------------


class CourseFull(YizhanError):
    """Every place of the course is taken; `capacity` says how many it has."""

    code = "seekers.course_full"
    status = 409


class AlreadyInTraining(YizhanError):
    """This person wishes for this trade already, or is in a course of it; `training_id` says which."""

    code = "seekers.already_in_training"
    status = 409


class AttendanceTooLow(YizhanError):
    """Too few days were attended for the course to be completed; the evidence says how many it takes."""

    code = "seekers.attendance_too_low"
    status = 409


class TraineeUnknown(YizhanError):
    """Some of those who are marked are not in this course; `trainings` says which."""

    code = "seekers.trainee_unknown"
    status = 422
