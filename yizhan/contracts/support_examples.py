"""Lifelike examples of what services/seekers tells of support. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

from yizhan.contracts import aid, guidance, skill_training, start_ups
from yizhan.contracts.envelope import Facts

_CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
_SEEKER = "019ca714-2b10-7e01-9c44-6a1c0d5e7f31"
_CASE = "019ca715-1000-7a10-8b20-1c2d3e4f5a60"
_SESSION = "019ca715-2000-7b11-8c21-2d3e4f5a6b71"
_COURSE = "019ca715-3000-7c12-8d22-3e4f5a6b7c82"
_TRAINING = "019ca715-4000-7d13-8e23-4f5a6b7c8d93"
_CONSULTATION = "019ca715-5000-7e14-8f24-5a6b7c8d9ea4"
_START_UP = "019ca715-6000-7f15-9025-6b7c8d9eafb5"
_STATION = "5227300103"
_DAY = date(2026, 3, 2)

Told = tuple[Facts, str, int, str]

opened_case = aid.AidCaseFacts(
    id=_CASE,
    station=_STATION,
    state=aid.AidCaseStatus.OPEN,
    opened_on=_DAY,
    visits=0,
    last_visit_on=None,
    closed_on=None,
    outcome=None,
    sequence=1,
)
_VISITED = opened_case.model_copy(update={"visits": 1, "last_visit_on": date(2026, 3, 9), "sequence": 2})
_CLOSED = _VISITED.model_copy(
    update={
        "state": aid.AidCaseStatus.CLOSED,
        "closed_on": date(2026, 4, 1),
        "outcome": aid.AidOutcome.EMPLOYED,
        "sequence": 3,
    }
)
_PERSON = "5a" * 32

session = guidance.GuidanceFacts(
    id=_SESSION,
    seeker_id=_SEEKER,
    station=_STATION,
    state=guidance.GuidanceStatus.HELD,
    starts_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
    adviser=_CLERK,
    topic=guidance.GuidanceTopic.JOB_CHOICE,
    minutes=40,
    outcome=guidance.GuidanceOutcome.REFERRED_TO_TRAINING,
    sequence=1,
)

course = skill_training.Course(
    id=_COURSE,
    station=_STATION,
    state=skill_training.CourseStatus.PLANNED,
    trade="砌筑工",
    provider="龙里县中等职业学校",
    place="实训楼一楼",
    begins_on=date(2026, 3, 16),
    ends_on=date(2026, 3, 20),
    capacity=30,
    sequence=1,
)

training = skill_training.SkillTrainingFacts(
    id=_TRAINING,
    seeker_id=_SEEKER,
    station=_STATION,
    trade=course.trade,
    course_id=_COURSE,
    state=skill_training.SkillTrainingStatus.SUBSIDY_GRANTED,
    wished_on=_DAY,
    enrolled_on=date(2026, 3, 10),
    attended_on=date(2026, 3, 16),
    days_present=5,
    completed_on=date(2026, 3, 20),
    subsidy_applied_on=date(2026, 3, 25),
    subsidy_decided_on=date(2026, 4, 20),
    subsidy_fen=90_000,
    sequence=10,
)

consultation = start_ups.ConsultationFacts(
    id=_CONSULTATION,
    seeker_id=_SEEKER,
    station=_STATION,
    held_on=_DAY,
    topic=start_ups.ConsultationTopic.LOAN,
)

start_up = start_ups.StartUpFacts(
    id=_START_UP,
    seeker_id=_SEEKER,
    station=_STATION,
    state=start_ups.StartUpStatus.LICENSED,
    opened_on=_DAY,
    licence=start_ups.LicenceKind.INDIVIDUAL,
    licensed_on=date(2026, 3, 30),
    loan=start_ups.Money(state=start_ups.MoneyStatus.GRANTED, fen=10_000_000, on=date(2026, 4, 15)),
    subsidy=start_ups.Money(state=start_ups.MoneyStatus.APPLIED, fen=500_000, on=date(2026, 5, 6)),
    sequence=5,
)

FACTS: tuple[Told, ...] = (
    (aid.AidCaseOpened(case=opened_case, person=_PERSON, by=_CLERK), _CASE, 1, _STATION),
    (aid.AidCaseVisited(case=_VISITED, person=_PERSON, by=_CLERK), _CASE, 2, _STATION),
    (aid.AidCaseClosed(case=_CLOSED, person=_PERSON, by=_CLERK), _CASE, 3, _STATION),
    (guidance.GuidanceStepTaken(session=session, by=_CLERK), _SESSION, 1, _STATION),
    (skill_training.CoursePlanned(course=course, by=_CLERK), _COURSE, 1, _STATION),
    (
        skill_training.CourseAmended(
            course=course.model_copy(update={"capacity": 35, "sequence": 2}), by=_CLERK
        ),
        _COURSE,
        2,
        _STATION,
    ),
    (
        skill_training.CourseCancelled(
            course=course.model_copy(update={"state": skill_training.CourseStatus.CANCELLED, "sequence": 3}),
            by=_CLERK,
        ),
        _COURSE,
        3,
        _STATION,
    ),
    (skill_training.SkillTrainingStepTaken(training=training, by=_CLERK), _TRAINING, 10, _STATION),
    (start_ups.StartUpConsulted(consultation=consultation, by=_CLERK), _CONSULTATION, 1, _STATION),
    (start_ups.StartUpStepTaken(start_up=start_up, by=_CLERK), _START_UP, 5, _STATION),
)
