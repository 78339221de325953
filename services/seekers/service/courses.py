"""Courses of skills training (技能提升), and who attends them."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import skill_training as training
from services.seekers.service.support import SupportDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.rpc import Call
from yizhan.contracts.skill_training import (
    AmendCourse,
    CancelCourse,
    Course,
    CourseAmended,
    CourseCancelled,
    CourseList,
    CoursePlanned,
    CourseQuery,
    CourseRecord,
    CourseRef,
    CourseRow,
    DayOfAttendance,
    MarkAttendance,
    PlanCourse,
    SkillTraining,
    SkillTrainingRpc,
)


class CourseDesk(SupportDesk):
    """What courses and trainings have in common."""

    def _places_taken(self, tx: Connection, course_id: str) -> int:
        """Places that are taken; the course is locked."""
        return self._support.taken(tx, [course_id], training.HOLD_A_PLACE).get(course_id, 0)

    def _training_goes_on(
        self, tx: Connection, call: Call, before: SkillTraining, after: SkillTraining
    ) -> None:
        """Save a training that was locked and tell of it, unless nothing has changed."""
        if after is not before:
            self._skill_trainings.save(tx, after)
            self._told.skill_training_stepped(tx, call, after)


class Courses(CourseDesk):
    """Planned, changed, cancelled, attended."""

    @method(SkillTrainingRpc.plan_course)
    def plan_course(self, tx: Connection, call: Call, request: PlanCourse) -> Course:
        self._open_place(tx, call.actor, request.station)
        planned = training.plan(request, id=self._fresh_id())
        self._courses.insert(tx, planned)
        self._told.course_told(tx, call, CoursePlanned, planned)
        return planned

    @method(SkillTrainingRpc.amend_course)
    def amend_course(self, tx: Connection, call: Call, request: AmendCourse) -> Course:
        current = self._own(tx, call, self._courses, request.id)
        amended = training.amend(
            current,
            request,
            taken=self._places_taken(tx, current.id),
            marked=[day.day for day in self._support.attendance(tx, current.id)],
        )
        self._courses.save(tx, amended)
        self._told.course_told(tx, call, CourseAmended, amended)
        return amended

    @method(SkillTrainingRpc.cancel_course)
    def cancel_course(self, tx: Connection, call: Call, request: CancelCourse) -> Course:
        current = self._own(tx, call, self._courses, request.id)
        cancelled = training.cancel(current)
        self._courses.save(tx, cancelled)
        self._told.course_told(tx, call, CourseCancelled, cancelled)
        today = self._today()
        for one in self._skill_trainings.of(tx, lock=True, course_id=current.id):
            self._training_goes_on(tx, call, one, training.without_course(one, today=today))
        return cancelled

    @method(SkillTrainingRpc.get_course)
    def get_course(self, tx: Connection, call: Call, request: CourseRef) -> CourseRecord:
        course = self._own(tx, call, self._courses, request.id, lock=False)
        trainees = self._skill_trainings.of(tx, course_id=course.id)
        return CourseRecord(
            course=course,
            trainees=tuple(trainees),
            people=self._support.named(tx, storage.ids_of(trainees)),
            attendance=self._support.attendance(tx, course.id),
        )

    @method(SkillTrainingRpc.list_courses)
    def list_courses(self, tx: Connection, call: Call, request: CourseQuery) -> CourseList:
        within = self._subtree(tx, call, request.station)
        page = storage.Page(request.after, request.limit)
        found, following = self._courses.page(tx, within, page, state=request.state)
        taken = self._support.taken(tx, [one.id for one in found], training.HOLD_A_PLACE)
        rows = tuple(CourseRow(course=one, taken=taken.get(one.id, 0)) for one in found)
        return CourseList(courses=rows, next=following)

    @method(SkillTrainingRpc.mark_attendance)
    def mark_attendance(self, tx: Connection, call: Call, request: MarkAttendance) -> DayOfAttendance:
        course = self._own(tx, call, self._courses, request.id)
        trainees = self._skill_trainings.of(tx, lock=True, course_id=course.id)
        training.require_markable(course, request, trainees, today=self._today())
        day = DayOfAttendance(day=request.day, present=request.present, absent=request.absent)
        self._support.mark(tx, course.id, day, by=call.actor.id, now=self.clock.now())
        attendance = self._support.attendance(tx, course.id)
        named = {*day.present, *day.absent}
        for one in trainees:
            if one.id in named:
                present = [other.day for other in attendance if one.id in other.present]
                self._training_goes_on(tx, call, one, training.marked(one, present))
        return next(other for other in attendance if other.day == day.day)
