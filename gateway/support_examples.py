"""Examples of aid, guidance, training and start-up for the API document. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import BaseModel

from yizhan.contracts import aid, guidance, skill_training, start_ups
from yizhan.contracts.files import StoredFile
from yizhan.contracts.support import ListedPerson
from yizhan.contracts.support_examples import consultation, course, opened_case, session, start_up, training

_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
_SEEKER = session.seeker_id
_CLERK = session.adviser
_STATION = session.station
_DAY = date(2026, 3, 2)
_FILE = StoredFile(
    id="7d1f0a52-3c1e-4e0b-9a57-5f3b8f5d2c61", media_type="image/jpeg", bytes=183_402, sha256="5f" * 32
)
_PEOPLE = (ListedPerson(id=_SEEKER, masked_name="王**"),)

_RULE = aid.LongWaitingRule(least_days=8, within_days=30, dismissed_for_days=30)
_DIFFICULTY = aid.Difficulty(
    id="01950010-7c00-7000-8000-000000000010",
    seeker_id=_SEEKER,
    station=_STATION,
    scope=aid.DifficultyScope.SERVICE,
    group="low_income",
    begins_on=_DAY,
    ends_on=date(2027, 3, 1),
    note="低保证在有效期内。",
    evidence=(_FILE,),
    recorded_at=_AT,
    by=_CLERK,
    sequence=1,
)
_CASE = aid.AidCase(
    **dict(opened_case),
    seeker_id=_SEEKER,
    plan="先推荐社区保洁岗位，两周后回访。",
    measures=(aid.AidMeasure.JOB_REFERRAL, aid.AidMeasure.GUIDANCE),
    next_visit_on=date(2026, 3, 16),
    by=_CLERK,
)
_VISIT = aid.AidVisit(
    id="01950011-7c00-7000-8000-000000000011",
    seeker_id=_SEEKER,
    station=_STATION,
    case_id=_CASE.id,
    visited_on=date(2026, 3, 9),
    way=aid.VisitWay.AT_HOME,
    note="愿意做保洁，下周面试。",
    by=_CLERK,
    at=_AT,
)
_SESSION = guidance.GuidanceSession(**dict(session), note="适合做砌筑工，先参加培训。", by=_CLERK)
_HELD = guidance.GuidanceResult(
    state=guidance.GuidanceStatus.HELD,
    minutes=40,
    outcome=guidance.GuidanceOutcome.REFERRED_TO_TRAINING,
    note="适合做砌筑工，先参加培训。",
)
_TRAINING = skill_training.SkillTraining(**dict(training), by=_CLERK)
_MARKED = skill_training.DayOfAttendance(day=course.begins_on, present=(training.id,), absent=())
_PLAN = course.model_dump(include=set(skill_training.CoursePlan.model_fields))
_CONSULTATION = start_ups.StartUpConsultation(
    **dict(consultation), note="想开早餐店，问创业担保贷款。", by=_CLERK
)
_START_UP = start_ups.StartUp(**dict(start_up), business="早餐店", by=_CLERK)

EXAMPLES: tuple[BaseModel, ...] = (
    aid.DifficultyGroupList(
        groups=(
            aid.DifficultyGroup(
                scope=aid.DifficultyScope.SERVICE,
                code="low_income",
                name="低收入家庭",
                basis="采购工作方案三（五）6",
                needs_file=True,
                longest_days=366,
            ),
        ),
        long_waiting=_RULE,
    ),
    aid.AidRecord(difficulties=(_DIFFICULTY,), cases=(_CASE,), visits=(_VISIT,)),
    aid.TagDifficulty(
        id=_SEEKER,
        scope=_DIFFICULTY.scope,
        group=_DIFFICULTY.group,
        ends_on=_DIFFICULTY.ends_on,
        note=_DIFFICULTY.note,
        evidence=(_FILE.id,),
    ),
    _DIFFICULTY,
    aid.WithdrawDifficulty(id=_DIFFICULTY.id, reason="家庭收入已达标。"),
    aid.OpenAidCase(
        id=_SEEKER,
        plan="先推荐社区保洁岗位，两周后回访。",
        measures=_CASE.measures,
        next_visit_on=date(2026, 3, 16),
    ),
    _CASE,
    aid.AmendAidPlan(id=_CASE.id, plan="改为推荐公益性岗位。", expected_sequence=1),
    aid.RecordAidVisit(
        id=_CASE.id, visited_on=_VISIT.visited_on, way=_VISIT.way, note="愿意做保洁，下周面试。"
    ),
    aid.CloseAidCase(id=_CASE.id, outcome=aid.AidOutcome.EMPLOYED),
    aid.AidCaseList(cases=(_CASE,), people=_PEOPLE, next=None),
    aid.LongWaitingList(
        rule=_RULE,
        proposals=(
            aid.LongWaiting(
                person=_PEOPLE[0], station=_STATION, days=11, first_on=date(2026, 2, 3), last_on=_DAY
            ),
        ),
    ),
    aid.DismissLongWaiting(id=_SEEKER),
    aid.LongWaitingDismissed(id=_SEEKER, until=date(2026, 4, 1)),
    guidance.BookGuidance(id=_SEEKER, starts_at=_AT, topic=session.topic, result=_HELD),
    _SESSION,
    guidance.FinishGuidance(id=session.id, result=_HELD),
    guidance.GuidanceList(sessions=(_SESSION,), people=_PEOPLE, next=None),
    skill_training.PlanCourse(station=_STATION, **_PLAN),
    skill_training.AmendCourse(id=course.id, expected_sequence=1, **_PLAN),
    skill_training.CancelCourse(id=course.id),
    course,
    skill_training.CourseList(courses=(skill_training.CourseRow(course=course, taken=18),), next=None),
    skill_training.CourseRecord(course=course, trainees=(_TRAINING,), people=_PEOPLE, attendance=(_MARKED,)),
    skill_training.EnrolTrainee(id=course.id, seeker_id=_SEEKER),
    skill_training.MarkAttendance(id=course.id, **dict(_MARKED)),
    _MARKED,
    skill_training.WishForTraining(id=_SEEKER, trade=course.trade),
    _TRAINING,
    skill_training.TakeTrainingStep(
        id=training.id, step=skill_training.SkillTrainingStep.APPLY_FOR_SUBSIDY, fen=90_000
    ),
    skill_training.SkillTrainingList(trainings=(_TRAINING,), people=_PEOPLE, next=None),
    skill_training.TrainingYear(
        year=2026,
        quota=20,
        stations=(
            skill_training.StationTrainees(station=_STATION, people=23, completed=19, granted_fen=1_350_000),
        ),
    ),
    start_ups.RecordConsultation(id=_SEEKER, topic=consultation.topic, note="想开早餐店，问创业担保贷款。"),
    _CONSULTATION,
    start_ups.ConsultationList(consultations=(_CONSULTATION,), people=_PEOPLE, next=None),
    start_ups.OpenStartUp(id=_SEEKER, business="早餐店"),
    _START_UP,
    start_ups.TakeStartUpStep(id=start_up.id, step=start_ups.StartUpStep.APPLY_FOR_LOAN, fen=10_000_000),
    start_ups.StartUpList(start_ups=(_START_UP,), people=_PEOPLE, next=None),
    start_ups.StartUpRecord(consultations=(_CONSULTATION,), start_ups=(_START_UP,)),
)
