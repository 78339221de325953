"""Everybody's way through skills training (技能提升): wish, place, completion, subsidy."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import skill_training as training
from services.seekers.service.courses import CourseDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import SeekerRef
from yizhan.contracts.skill_training import (
    EnrolTrainee,
    SkillTraining,
    SkillTrainingList,
    SkillTrainingQuery,
    SkillTrainingRpc,
    TakeTrainingStep,
    TrainingYear,
    TrainingYearQuery,
    WishForTraining,
)


class SkillTrainings(CourseDesk):
    """Steps of people, and the year's count."""

    @method(SkillTrainingRpc.wish_for_training)
    def wish_for_training(self, tx: Connection, call: Call, request: WishForTraining) -> SkillTraining:
        entry = self._supported(tx, call, request.id)
        known = self._skill_trainings.of(tx, seeker_id=entry.id)
        return self._wished(tx, call, entry.id, request.trade, known, station=entry.station)

    def _wished(
        self,
        tx: Connection,
        call: Call,
        seeker_id: str,
        trade: str,
        known: list[SkillTraining],
        *,
        station: str,
    ) -> SkillTraining:
        wished = training.wish(
            seeker_id,
            trade,
            known,
            id=self._fresh_id(),
            station=station,
            today=self._today(),
            by=call.actor.id,
        )
        self._skill_trainings.insert(tx, wished)
        self._told.skill_training_stepped(tx, call, wished)
        return wished

    @method(SkillTrainingRpc.enrol_trainee)
    def enrol_trainee(self, tx: Connection, call: Call, request: EnrolTrainee) -> SkillTraining:
        # The course first, always: two desks that enrol at once wait for each other in one order.
        course = self._own(tx, call, self._courses, request.id)
        entry = self._supported(tx, call, request.seeker_id)
        known = self._skill_trainings.of(tx, lock=True, seeker_id=entry.id)
        wished = training.wish_for(course, known) or self._wished(
            tx, call, entry.id, course.trade, known, station=course.station
        )
        taken = self._places_taken(tx, course.id)
        enrolled = training.enrol(wished, course, taken=taken, today=self._today())
        self._training_goes_on(tx, call, wished, enrolled)
        return enrolled

    @method(SkillTrainingRpc.take_training_step)
    def take_training_step(self, tx: Connection, call: Call, request: TakeTrainingStep) -> SkillTraining:
        current = self._own(tx, call, self._skill_trainings, request.id)
        id = current.course_id
        course = None if id is None else self._courses.find(tx, id)
        marked_days = 0 if id is None else len(self._support.attendance(tx, id))
        today = self._today()
        after = training.take_step(
            current,
            request,
            course,
            marked_days=marked_days,
            rule=self.training_rules.on(today),
            today=today,
        )
        self._training_goes_on(tx, call, current, after)
        return after

    @method(SkillTrainingRpc.list_skill_trainings)
    def list_skill_trainings(
        self, tx: Connection, call: Call, request: SkillTrainingQuery
    ) -> SkillTrainingList:
        within = self._subtree(tx, call, request.station)
        page = storage.Page(request.after, request.limit)
        found, following = self._skill_trainings.page(tx, within, page, state=request.state)
        named = self._support.named(tx, storage.ids_of(found))
        return SkillTrainingList(trainings=tuple(found), people=named, next=following)

    @method(SkillTrainingRpc.trainings_of_seeker)
    def trainings_of_seeker(self, tx: Connection, call: Call, request: SeekerRef) -> SkillTrainingList:
        entry = self._found(tx, call.actor, request.id)
        found = self._skill_trainings.of(tx, seeker_id=entry.id)
        named = self._support.named(tx, [entry.id])
        return SkillTrainingList(trainings=tuple(found), people=named, next=None)

    @method(SkillTrainingRpc.training_year)
    def training_year(self, tx: Connection, call: Call, request: TrainingYearQuery) -> TrainingYear:
        within = self._subtree(tx, call, request.station)
        rule = self.training_rules.on(
            min(self._today(), self._today().replace(year=request.year, month=12, day=31))
        )
        return TrainingYear(
            year=request.year,
            quota=rule.people_per_station_and_year,
            stations=self._support.year(tx, within, request.year),
        )
