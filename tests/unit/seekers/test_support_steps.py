"""Guidance, training and start-ups: every step from every state is either legal or refused by its code."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from services.seekers.domain import guidance, skill_training, start_up
from services.seekers.domain.support import told
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.guidance import (
    BookGuidance,
    GuidanceOutcome,
    GuidanceResult,
    GuidanceSession,
    GuidanceStatus,
    GuidanceTopic,
)
from yizhan.contracts.skill_training import (
    AlreadyInTraining,
    AmendCourse,
    AttendanceTooLow,
    Course,
    CourseFull,
    CoursePlan,
    CourseStatus,
    DayOfAttendance,
    SkillTraining,
    SkillTrainingFacts,
    SkillTrainingStatus,
    SkillTrainingStep,
    TakeTrainingStep,
    TraineeUnknown,
)
from yizhan.contracts.start_ups import (
    LicenceKind,
    MoneyStatus,
    OpenStartUp,
    StartUp,
    StartUpStatus,
    StartUpStep,
    TakeStartUpStep,
)
from yizhan.contracts.support import SupportDayInvalid, SupportStepIllegal

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
CLERK = "00000000-0000-7000-8000-000000000002"
PERSON = "00000000-0000-7000-8000-0000000000aa"
ID = "00000000-0000-7000-8000-0000000000bb"
STATION = "52273001"
RULE = skill_training.TrainingRules.read(
    json.loads((files("services.seekers") / "training_rules.json").read_text("utf-8"))
).on(TODAY)

COURSE = Course(
    id=ID,
    station=STATION,
    state=CourseStatus.PLANNED,
    trade="砌筑工",
    provider="中等职业学校",
    begins_on=date(2026, 3, 16),
    ends_on=TODAY,
    capacity=2,
    sequence=1,
)


# --- guidance -----------------------------------------------------------------------------------------


def booked(starts_at: datetime = NOW - timedelta(hours=1), **changes: Any) -> GuidanceSession:
    asked = BookGuidance(id=PERSON, starts_at=starts_at, topic=GuidanceTopic.SKILLS, **changes)
    return guidance.book(asked, id=ID, station=STATION, adviser=CLERK, now=NOW, by=CLERK)


HELD = GuidanceResult(state=GuidanceStatus.HELD, minutes=30, outcome=GuidanceOutcome.ADVISED, note="谈过")


def test_a_session_has_one_result() -> None:
    """And one that is entered afterwards has it at once."""
    held = guidance.finish(booked(), HELD, now=NOW)
    assert (held.state, held.minutes, held.sequence) == (GuidanceStatus.HELD, 30, 2)
    with pytest.raises(SupportStepIllegal):
        guidance.finish(held, GuidanceResult(state=GuidanceStatus.CANCELLED), now=NOW)
    late = booked(result=HELD)
    assert (late.state, late.sequence) == (GuidanceStatus.HELD, 1)


def test_what_is_to_come_can_only_be_cancelled() -> None:
    """Not held or missed ahead of its time."""
    tomorrow = booked(NOW + timedelta(days=1))
    with pytest.raises(SupportDayInvalid):
        guidance.finish(tomorrow, HELD, now=NOW)
    cancelled = guidance.finish(tomorrow, GuidanceResult(state=GuidanceStatus.CANCELLED), now=NOW)
    assert cancelled.state is GuidanceStatus.CANCELLED


@pytest.mark.parametrize("days", [-32, 93])
def test_a_session_long_ago_or_far_ahead_is_a_slip_of_the_pen(days: int) -> None:
    """It is refused."""
    with pytest.raises(SupportDayInvalid):
        booked(NOW + timedelta(days=days))


@pytest.mark.parametrize(
    "given",
    [
        {"state": "booked"},
        {"state": "held"},
        {"state": "missed", "minutes": 5},
        {"state": "held", "minutes": 5},
    ],
)
def test_minutes_and_outcome_belong_to_what_was_held(given: dict[str, Any]) -> None:
    """To all of it, and to nothing else."""
    with pytest.raises(ValidationError):
        GuidanceResult.model_validate(given)


# --- training -----------------------------------------------------------------------------------------


def trainee(state: SkillTrainingStatus, **changes: Any) -> SkillTraining:
    given: dict[str, Any] = {
        "id": ID,
        "seeker_id": PERSON,
        "station": STATION,
        "trade": COURSE.trade,
        "course_id": None if state is SkillTrainingStatus.WISHED else COURSE.id,
        "state": state,
        "wished_on": date(2026, 3, 1),
        "days_present": 4,
        "by": CLERK,
        "sequence": 1,
    }
    return SkillTraining.model_validate({**given, **changes})


def step(current: SkillTraining, name: SkillTrainingStep, marked_days: int = 5) -> SkillTraining:
    amount = (
        90_000 if name in (SkillTrainingStep.APPLY_FOR_SUBSIDY, SkillTrainingStep.GRANT_SUBSIDY) else None
    )
    asked = TakeTrainingStep(id=current.id, step=name, fen=amount)
    return skill_training.take_step(current, asked, COURSE, marked_days=marked_days, rule=RULE, today=TODAY)


LEGAL = {
    ("wished", "drop"): "dropped",
    ("enrolled", "drop"): "dropped",
    ("attended", "drop"): "dropped",
    ("attended", "fail"): "failed",
    ("attended", "complete"): "completed",
    ("completed", "apply_for_subsidy"): "subsidy_applied",
    ("subsidy_refused", "apply_for_subsidy"): "subsidy_applied",
    ("subsidy_applied", "grant_subsidy"): "subsidy_granted",
    ("subsidy_applied", "refuse_subsidy"): "subsidy_refused",
}


@pytest.mark.parametrize("state", SkillTrainingStatus)
def test_every_step_of_a_training_is_legal_or_refused(state: SkillTrainingStatus) -> None:
    """All pairs of a state and a step."""
    for name in SkillTrainingStep:
        to = LEGAL.get((state.value, name.value))
        if to is None:
            with pytest.raises(SupportStepIllegal):
                step(trainee(state), name)
        else:
            after = step(trainee(state), name)
            assert (after.state.value, after.sequence) == (to, 2)


def test_four_days_of_five_are_enough_and_three_are_not() -> None:
    """The share is data; and a course is completed once it is over."""
    attended = trainee(SkillTrainingStatus.ATTENDED)
    assert step(attended, SkillTrainingStep.COMPLETE).completed_on == TODAY
    with pytest.raises(AttendanceTooLow) as refused:
        step(trainee(SkillTrainingStatus.ATTENDED, days_present=3), SkillTrainingStep.COMPLETE)
    assert refused.value.evidence["least_days"] == 4
    early = TakeTrainingStep(id=ID, step=SkillTrainingStep.COMPLETE, on=date(2026, 3, 19))
    with pytest.raises(SupportDayInvalid):
        skill_training.take_step(attended, early, COURSE, marked_days=5, rule=RULE, today=TODAY)


@pytest.mark.parametrize(
    ("name", "fen"), [("apply_for_subsidy", None), ("complete", 5), ("grant_subsidy", 0)]
)
def test_amounts_stand_where_they_belong(name: str, fen: int | None) -> None:
    """With an application and a grant, in fen, above nothing."""
    with pytest.raises(ValidationError):
        TakeTrainingStep.model_validate({"id": ID, "step": name, "fen": fen})


def test_places_are_given_until_none_is_left() -> None:
    """To who wishes; to nobody twice, and not once the course is over or cancelled."""
    wished = trainee(SkillTrainingStatus.WISHED, days_present=0)
    enrolled = skill_training.enrol(wished, COURSE, taken=1, today=TODAY)
    assert (enrolled.state, enrolled.course_id, enrolled.enrolled_on) == ("enrolled", COURSE.id, TODAY)
    cancelled = skill_training.cancel(COURSE)
    refusals: list[tuple[type[YizhanError], Any]] = [
        (CourseFull, lambda: skill_training.enrol(wished, COURSE, taken=2, today=TODAY)),
        (SupportDayInvalid, lambda: skill_training.enrol(wished, COURSE, taken=0, today=date(2026, 3, 21))),
        (SupportStepIllegal, lambda: skill_training.enrol(wished, cancelled, taken=0, today=TODAY)),
        (AlreadyInTraining, lambda: skill_training.wish_for(COURSE, [enrolled])),
        (SupportStepIllegal, lambda: skill_training.cancel(cancelled)),
    ]
    for error, act in refusals:
        with pytest.raises(error):
            act()
    assert skill_training.wish_for(COURSE, [wished]) is wished
    assert skill_training.wish_for(COURSE, [trainee(SkillTrainingStatus.DROPPED)]) is None


def test_a_plan_keeps_room_for_who_is_in_it() -> None:
    """Neither its places nor its days can be cut below what has come of them."""
    plan = COURSE.model_dump(include=set(CoursePlan.model_fields))

    def amended(taken: int = 0, marked: tuple[date, ...] = (), **changes: Any) -> Course:
        asked = AmendCourse.model_validate({"id": COURSE.id, **plan, **changes})
        return skill_training.amend(COURSE, asked, taken=taken, marked=marked)

    assert amended(capacity=5).capacity == 5
    with pytest.raises(CourseFull):
        amended(taken=2, capacity=1)
    with pytest.raises(SupportDayInvalid):
        amended(marked=(COURSE.begins_on,), begins_on=date(2026, 3, 17))
    with pytest.raises(SupportDayInvalid):
        amended(ends_on=date(2026, 3, 15))


def test_attendance_is_marked_for_who_is_in_the_course_on_its_days() -> None:
    """Not for others, not outside its days, not ahead."""
    enrolled = trainee(SkillTrainingStatus.ENROLLED, days_present=0)
    day = DayOfAttendance(day=COURSE.begins_on, present=(enrolled.id,), absent=())
    skill_training.require_markable(COURSE, day, [enrolled], today=TODAY)
    with pytest.raises(TraineeUnknown):
        skill_training.require_markable(COURSE, day, [trainee(SkillTrainingStatus.DROPPED)], today=TODAY)
    for other in (date(2026, 3, 15), date(2026, 3, 21)):
        with pytest.raises(SupportDayInvalid):
            skill_training.require_markable(
                COURSE, day.model_copy(update={"day": other}), [enrolled], today=date(2026, 4, 1)
            )
    with pytest.raises(SupportDayInvalid):
        skill_training.require_markable(COURSE, day, [enrolled], today=date(2026, 3, 15))


def test_attendance_corrected_to_none_is_a_place_again() -> None:
    """And the day that counts is the first of those that stand."""
    enrolled = trainee(SkillTrainingStatus.ENROLLED, days_present=0)
    attended = skill_training.marked(enrolled, [date(2026, 3, 18), date(2026, 3, 17)])
    assert (attended.state, attended.attended_on, attended.days_present) == ("attended", date(2026, 3, 17), 2)
    back = skill_training.marked(attended, [])
    assert (back.state, back.attended_on) == ("enrolled", None)
    assert skill_training.marked(enrolled, []) is enrolled


def test_who_loses_his_course_wishes_again_or_has_dropped_out() -> None:
    """As he had attended or not; who is through with it, stays so."""
    cases = {"enrolled": "wished", "attended": "dropped", "completed": "completed"}
    for before, after in cases.items():
        one = trainee(SkillTrainingStatus(before))
        assert skill_training.without_course(one, today=TODAY).state == after


def test_events_tell_no_words() -> None:
    """What is written to a row stays in it."""
    noted = trainee(SkillTrainingStatus.FAILED, note="家里有事")
    assert "家里有事" not in told(SkillTrainingFacts, noted).model_dump_json()


# --- start-ups ----------------------------------------------------------------------------------------


def case() -> StartUp:
    return start_up.open_case(
        OpenStartUp(id=PERSON, business="早餐店"), id=ID, station=STATION, today=date(2026, 3, 1), by=CLERK
    )


def go_on(current: StartUp, *steps: StartUpStep, on: date = TODAY) -> StartUp:
    for name in steps:
        amount = 500_000 if name.value.startswith(("apply", "grant")) else None
        licence = LicenceKind.INDIVIDUAL if name is StartUpStep.LICENSE else None
        asked = TakeStartUpStep(id=current.id, step=name, fen=amount, licence=licence, on=on)
        current = start_up.take_step(current, asked, today=TODAY)
    return current


_S = StartUpStep


def test_a_business_gets_its_licence_loan_and_subsidy() -> None:
    """The loan may come first; a refused application may be made again."""
    done = go_on(
        case(),
        _S.APPLY_FOR_LOAN,
        _S.REFUSE_LOAN,
        _S.APPLY_FOR_LOAN,
        _S.GRANT_LOAN,
        _S.LICENSE,
        _S.APPLY_FOR_SUBSIDY,
        _S.GRANT_SUBSIDY,
        _S.CLOSE,
    )
    assert (done.state, done.loan.state, done.subsidy.state) == (
        StartUpStatus.CLOSED,
        MoneyStatus.GRANTED,
        MoneyStatus.GRANTED,
    )
    assert (done.licensed_on, done.subsidy.fen, done.sequence) == (TODAY, 500_000, 9)


def test_what_was_applied_for_is_decided_after_the_end_too() -> None:
    """But nothing new is applied for."""
    closed = go_on(case(), _S.APPLY_FOR_LOAN, _S.CLOSE)
    assert go_on(closed, _S.GRANT_LOAN).loan.state is MoneyStatus.GRANTED
    with pytest.raises(SupportStepIllegal):
        go_on(closed, _S.REFUSE_LOAN, _S.APPLY_FOR_LOAN)


@pytest.mark.parametrize(
    "steps",
    [
        (_S.GRANT_LOAN,),
        (_S.REFUSE_LOAN,),
        (_S.APPLY_FOR_SUBSIDY,),
        (_S.LICENSE, _S.LICENSE),
        (_S.APPLY_FOR_LOAN, _S.APPLY_FOR_LOAN),
        (_S.LICENSE, _S.GRANT_SUBSIDY),
        (_S.CLOSE, _S.CLOSE),
        (_S.CLOSE, _S.LICENSE),
        (_S.CLOSE, _S.APPLY_FOR_LOAN),
    ],
)
def test_a_step_out_of_its_order_is_refused(steps: tuple[StartUpStep, ...]) -> None:
    """Money not asked for is not given, and a subsidy is for a business with its licence."""
    with pytest.raises(SupportStepIllegal):
        go_on(case(), *steps)


@pytest.mark.parametrize("on", [date(2026, 2, 28), date(2026, 3, 21)])
def test_a_step_is_not_before_its_case_and_not_to_come(on: date) -> None:
    """By the calendar of the county."""
    with pytest.raises(SupportDayInvalid):
        go_on(case(), _S.LICENSE, on=on)
