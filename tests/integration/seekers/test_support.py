"""Aid, guidance, training and start-up, as the service keeps and tells them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.seekers.domain.draw_weights import DatedWeights
from services.seekers.storage import tables
from tests.integration.seekers.office import ADMIN, CIPHER, TOWN, TOWN_CLERK, Office
from tests.support.service_stand import OTHER_CLERK, OTHER_TOWN
from yizhan.contracts.aid import (
    AidCase,
    AidCaseQuery,
    AidMeasure,
    AidOutcome,
    AidRpc,
    AmendAidPlan,
    CloseAidCase,
    Difficulty,
    DifficultyFileRef,
    DifficultyScope,
    DismissLongWaiting,
    LongWaitingQuery,
    OpenAidCase,
    RecordAidVisit,
    TagDifficulty,
    VisitWay,
)
from yizhan.contracts.checkins import CallTicket, CheckInsRpc, QueueOrder, SetQueueOrder
from yizhan.contracts.draws import CloseDraw, DrawsRpc
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.guidance import (
    BookGuidance,
    GuidanceOutcome,
    GuidanceQuery,
    GuidanceResult,
    GuidanceRpc,
    GuidanceStatus,
    GuidanceTopic,
)
from yizhan.contracts.rpc import Nothing
from yizhan.contracts.seeker_rights import EraseSeeker, ErasureReason, SeekerRightsRpc
from yizhan.contracts.seekers import Seeker, SeekerRef, SeekersRpc, TransferSeeker
from yizhan.contracts.skill_training import (
    CancelCourse,
    Course,
    CourseQuery,
    CourseRef,
    EnrolTrainee,
    MarkAttendance,
    PlanCourse,
    SkillTraining,
    SkillTrainingQuery,
    SkillTrainingRpc,
    SkillTrainingStep,
    TakeTrainingStep,
    TrainingYearQuery,
    WishForTraining,
)
from yizhan.contracts.start_ups import (
    ConsultationQuery,
    ConsultationTopic,
    LicenceKind,
    OpenStartUp,
    RecordConsultation,
    StartUp,
    StartUpQuery,
    StartUpRpc,
    StartUpStep,
    TakeStartUpStep,
)
from yizhan.files import FileStore
from yizhan.settings import Settings

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 2)
#: What is written about somebody and may be told to nobody.
MARK = "秘密之言"


@pytest.fixture
def store(office: Office, tmp_path: Path) -> FileStore:
    """The file store that the service uses."""
    office.service.settings = Settings(data_dir=tmp_path)
    return FileStore.from_settings(office.service.settings)


def tag(office: Office, seeker: Seeker, group: str = "older", **changes: Any) -> Difficulty:
    request = TagDifficulty(
        id=seeker.id,
        scope=DifficultyScope.SERVICE,
        group=group,
        ends_on=TODAY + timedelta(days=60),
        note=MARK,
        **changes,
    )
    tagged: Difficulty = office.ask(AidRpc.tag_difficulty, request)
    return tagged


def open_case(office: Office, seeker: Seeker) -> AidCase:
    # Identifiers sort by their millisecond.
    office.clock.move_to(office.clock.now() + timedelta(milliseconds=1))
    request = OpenAidCase(id=seeker.id, plan=MARK, measures=(AidMeasure.JOB_REFERRAL,))
    opened: AidCase = office.ask(AidRpc.open_aid_case, request)
    return opened


def visit(office: Office, case: AidCase) -> AidCase:
    request = RecordAidVisit(id=case.id, visited_on=TODAY, way=VisitWay.BY_PHONE, note=MARK)
    visited: AidCase = office.ask(AidRpc.record_aid_visit, request)
    return visited


def plan(office: Office, capacity: int = 30) -> Course:
    request = PlanCourse(
        station=TOWN,
        trade="砌筑工",
        provider="中等职业学校",
        begins_on=TODAY,
        ends_on=TODAY + timedelta(days=1),
        capacity=capacity,
    )
    course: Course = office.ask(SkillTrainingRpc.plan_course, request)
    return course


def enrol(office: Office, course: Course, seeker: Seeker) -> SkillTraining:
    enrolled: SkillTraining = office.ask(
        SkillTrainingRpc.enrol_trainee, EnrolTrainee(id=course.id, seeker_id=seeker.id)
    )
    return enrolled


def attend(
    office: Office, course: Course, *present: SkillTraining, absent: tuple[SkillTraining, ...] = ()
) -> None:
    day = office.service._today()
    marks = MarkAttendance(
        id=course.id, day=day, present=[one.id for one in present], absent=[one.id for one in absent]
    )
    office.ask(SkillTrainingRpc.mark_attendance, marks)


def step(office: Office, training: SkillTraining, name: SkillTrainingStep, **given: Any) -> SkillTraining:
    request = TakeTrainingStep(id=training.id, step=name, **given)
    after: SkillTraining = office.ask(SkillTrainingRpc.take_training_step, request)
    return after


def guide(office: Office, seeker: Seeker, **changes: Any) -> Any:
    result = GuidanceResult(state=GuidanceStatus.HELD, minutes=30, outcome=GuidanceOutcome.ADVISED, note=MARK)
    given = {
        "id": seeker.id,
        "starts_at": office.clock.now(),
        "topic": GuidanceTopic.SKILLS,
        "result": result,
    }
    return office.ask(GuidanceRpc.book_guidance, BookGuidance.model_validate({**given, **changes}))


def start(office: Office, seeker: Seeker, *steps: tuple[StartUpStep, dict[str, Any]]) -> StartUp:
    case = office.ask(StartUpRpc.open_start_up, OpenStartUp(id=seeker.id, business=MARK))
    for name, given in steps:
        case = office.ask(StartUpRpc.take_start_up_step, TakeStartUpStep(id=case.id, step=name, **given))
    return case  # type: ignore[no-any-return]


# --- aid ----------------------------------------------------------------------------------------------


def test_a_difficulty_rests_on_a_file_that_its_own_station_reads(office: Office, store: FileStore) -> None:
    """Without the name that its uploader gave it; no other station sees row or file."""
    stored = store.put(b"%PDF-1.4\n%%EOF\n", media_type="application/pdf", name=f"{MARK}.pdf")
    seeker = office.register()
    difficulty = tag(office, seeker, "low_income", evidence=(stored.id,))
    ref = DifficultyFileRef(id=difficulty.id, file_id=stored.id)
    assert office.ask(AidRpc.get_difficulty_file, ref) == stored.nameless()
    assert office.ask(AidRpc.get_aid, SeekerRef(id=seeker.id)).difficulties == (difficulty,)
    for method, request in (
        (AidRpc.get_difficulty_file, ref),
        (AidRpc.get_aid, SeekerRef(id=seeker.id)),
        (AidRpc.open_aid_case, OpenAidCase(id=seeker.id, plan="x", measures=(AidMeasure.BENEFITS,))),
    ):
        assert office.refusal(method, request, OTHER_CLERK).code == "auth.outside_scope"
    wrong = DifficultyFileRef(id=difficulty.id, file_id=seeker.id)
    assert office.refusal(AidRpc.get_difficulty_file, wrong).code == "seekers.difficulty_file_not_found"


def test_a_file_that_is_not_there_proves_nothing(office: Office, store: FileStore) -> None:
    """And nothing is written."""
    seeker = office.register()
    rows = office.rows()
    with pytest.raises(RemoteProblem, match="no stored file"):
        tag(office, seeker, "low_income", evidence=("7d1f0a52-3c1e-4e0b-9a57-5f3b8f5d2c61",))
    assert office.rows() == rows


def test_a_case_is_told_without_whom_it_is_about(office: Office) -> None:
    """The pseudonym is the same for one person and leads nowhere; a tag is told to nobody at all."""
    seeker = office.register()
    before = len(office.events())
    tag(office, seeker)
    assert len(office.events()) == before
    case = visit(office, open_case(office, seeker))
    office.ask(AidRpc.amend_aid_plan, AmendAidPlan(id=case.id, plan=f"{MARK}二"))
    closed = office.ask(
        AidRpc.close_aid_case, CloseAidCase(id=case.id, outcome=AidOutcome.EMPLOYED, note=MARK)
    )
    again = open_case(office, seeker)
    told = office.events()[before:]
    assert [event.type.removeprefix("seekers.aid_case.") for event in told] == [
        "opened.v1",
        "visited.v1",
        "closed.v1",
        "opened.v1",
    ]
    assert {event.data.person for event in told} == {CIPHER.index(seeker.id, kind="aid_person")}
    everything = "".join(event.model_dump_json() for event in told)
    for word in (seeker.id, MARK, "older"):
        assert word not in everything
    assert (told[2].data.case.visits, told[2].data.case.outcome) == (1, AidOutcome.EMPLOYED)
    listed = office.ask(AidRpc.list_aid_cases, AidCaseQuery(station=TOWN))
    assert [one.id for one in listed.cases] == [again.id, closed.id]
    assert [one.masked_name for one in listed.people] == [seeker.masked_name]
    open_ones = office.ask(AidRpc.list_aid_cases, AidCaseQuery(station=TOWN, state="open"))
    assert [one.id for one in open_ones.cases] == [again.id]


def test_who_waited_long_is_proposed_by_the_rule_and_tagged_by_nobody(office: Office) -> None:
    """Days on which he was called do not count; who was tagged or looked at is not proposed again."""
    often, called, seldom, looked_at = (office.register() for _ in range(4))
    rule = office.ask(AidRpc.difficulty_groups, Nothing()).long_waiting
    for day in range(rule.least_days):
        office.at(f"2026-03-{day + 2:02d}T05:30+08:00")
        taken = [office.check_in(one) for one in (often, called, looked_at)]
        if day == 0:
            office.ask(CheckInsRpc.call_ticket, CallTicket(station=TOWN, number=taken[1].number))
            office.check_in(seldom)

    def proposed() -> list[str]:
        answer = office.ask(AidRpc.list_long_waiting, LongWaitingQuery(station=TOWN))
        return [one.person.id for one in answer.proposals]

    assert sorted(proposed()) == sorted([often.id, looked_at.id])
    answer = office.ask(AidRpc.list_long_waiting, LongWaitingQuery(station=OTHER_TOWN), OTHER_CLERK)
    assert answer.proposals == ()
    (first, *_) = office.ask(AidRpc.list_long_waiting, LongWaitingQuery(station=TOWN), ADMIN).proposals
    assert (first.days, first.first_on) == (rule.least_days, TODAY)
    office.ask(AidRpc.dismiss_long_waiting, DismissLongWaiting(id=looked_at.id))
    assert proposed() == [often.id]
    tag(office, often, "long_waiting")
    assert proposed() == []
    office.at("2026-04-20T05:30+08:00")
    assert proposed() == []


def test_the_draw_weighs_who_has_a_difficulty_in_force(office: Office) -> None:
    """By one figure for all of them, and nothing in the record says why."""
    office.service.weights = DatedWeights.read(
        {"versions": [{"in_force_from": "2026-01-01", "published": "规则", "standard": 1, "aided": 2}]}
    )
    aided, other = office.register(), office.register()
    tag(office, aided)
    office.ask(CheckInsRpc.set_queue_order, SetQueueOrder(station=TOWN, order=QueueOrder.DRAW))
    numbers = {office.check_in(one).number: weight for one, weight in ((aided, 2), (other, 1))}
    drawn = office.ask(DrawsRpc.close_draw, CloseDraw(station=TOWN))
    assert {ticket.number: ticket.weight for ticket in drawn.tickets} == numbers
    assert "older" not in drawn.model_dump_json()


# --- guidance -----------------------------------------------------------------------------------------


def test_a_session_is_told_with_its_adviser_and_outcome(office: Office) -> None:
    """Who writes it down is the adviser unless another is named, who must have an account."""
    seeker = office.register()
    held = guide(office, seeker)
    assert held.adviser == TOWN_CLERK.id
    nobody = "00000000-0000-7000-8000-0000000000ff"
    with pytest.raises(RemoteProblem) as refused:
        guide(office, seeker, adviser=nobody)
    assert refused.value.problem.code == "seekers.adviser_unknown"
    office.hear(office.news_of_account(OTHER_CLERK, station=TOWN))
    assert guide(office, seeker, adviser=OTHER_CLERK.id).adviser == OTHER_CLERK.id
    (told, _) = office.told("seekers.guidance.step_taken.v1")
    assert (told.session.outcome, MARK in told.model_dump_json()) == (GuidanceOutcome.ADVISED, False)
    listed = office.ask(GuidanceRpc.list_guidance, GuidanceQuery(station=TOWN, state="held", limit=1))
    assert (len(listed.sessions), listed.next) == (1, listed.sessions[0].id)
    assert len(office.ask(GuidanceRpc.guidance_of_seeker, SeekerRef(id=seeker.id)).sessions) == 2


# --- training -----------------------------------------------------------------------------------------


def test_from_a_wish_to_a_subsidy(office: Office) -> None:
    """Each step is told; the person counts for the year from the first day on which he was there."""
    seeker = office.register()
    wished = office.ask(SkillTrainingRpc.wish_for_training, WishForTraining(id=seeker.id, trade="砌筑工"))
    course = plan(office)
    enrolled = enrol(office, course, seeker)
    assert enrolled.id == wished.id
    year = TrainingYearQuery(year=2026, station=TOWN)
    assert office.ask(SkillTrainingRpc.training_year, year).stations == ()
    for day in (2, 3):
        office.at(f"2026-03-{day:02d}T09:00+08:00")
        attend(office, course, enrolled)
    step(office, enrolled, SkillTrainingStep.COMPLETE)
    step(office, enrolled, SkillTrainingStep.APPLY_FOR_SUBSIDY, fen=90_000)
    step(office, enrolled, SkillTrainingStep.GRANT_SUBSIDY, fen=80_000, note=MARK)
    told = [event.training for event in office.told("seekers.skill_training.step_taken.v1")]
    assert [one.state.value for one in told] == [
        "wished",
        "enrolled",
        "attended",
        "attended",
        "completed",
        "subsidy_applied",
        "subsidy_granted",
    ]
    assert [one.sequence for one in told] == list(range(1, 8))
    assert (told[-1].subsidy_fen, told[-1].days_present) == (80_000, 2)
    counted = office.ask(SkillTrainingRpc.training_year, year)
    assert counted.quota == 20
    assert [(one.station, one.people, one.completed, one.granted_fen) for one in counted.stations] == [
        (TOWN, 1, 1, 80_000)
    ]
    assert (
        office.ask(SkillTrainingRpc.training_year, TrainingYearQuery(year=2025, station=TOWN)).stations == ()
    )


def test_one_person_in_two_courses_counts_once(office: Office) -> None:
    """Distinct people, not places."""
    seeker = office.register()
    for trade in ("砌筑工", "家政"):
        request = PlanCourse(
            station=TOWN, trade=trade, provider="学校", begins_on=TODAY, ends_on=TODAY, capacity=9
        )
        course = office.ask(SkillTrainingRpc.plan_course, request)
        attend(office, course, enrol(office, course, seeker))
    (counted,) = office.ask(
        SkillTrainingRpc.training_year, TrainingYearQuery(year=2026, station=TOWN)
    ).stations
    assert counted.people == 1


def test_the_last_place_is_given_once(office: Office) -> None:
    """However many desks ask for it at the same moment."""
    course = plan(office, capacity=2)
    people = [office.register() for _ in range(5)]

    def ask(seeker: Seeker) -> str:
        try:
            enrol(office, course, seeker)
        except RemoteProblem as error:
            return error.problem.code
        return "done"

    with ThreadPoolExecutor(5) as desks:
        found = sorted(desks.map(ask, people))
    assert found == ["done"] * 2 + ["seekers.course_full"] * 3
    (row,) = office.ask(SkillTrainingRpc.list_courses, CourseQuery(station=TOWN)).courses
    assert row.taken == 2
    # Whoever found no place has left no wish behind either: his whole command was undone.
    assert (
        len(office.ask(SkillTrainingRpc.list_skill_trainings, SkillTrainingQuery(station=TOWN)).trainings)
        == 2
    )


def test_attendance_is_kept_by_day_and_may_be_corrected(office: Office) -> None:
    """The newest mark of a person and a day is the one that stands."""
    course = plan(office)
    one, two = (enrol(office, course, office.register()) for _ in range(2))
    attend(office, course, one, absent=(two,))
    attend(office, course, two, absent=(one,))
    record = office.ask(SkillTrainingRpc.get_course, CourseRef(id=course.id))
    (day,) = record.attendance
    assert (day.day, day.present, day.absent) == (TODAY, (two.id,), (one.id,))
    assert {trainee.id: trainee.state.value for trainee in record.trainees} == {
        one.id: "enrolled",
        two.id: "attended",
    }


def test_a_course_that_is_cancelled_lets_its_people_go(office: Office) -> None:
    """They wish again, and can be given another place."""
    course = plan(office)
    seeker = office.register()
    enrolled = enrol(office, course, seeker)
    office.ask(SkillTrainingRpc.cancel_course, CancelCourse(id=course.id))
    (training,) = office.ask(SkillTrainingRpc.trainings_of_seeker, SeekerRef(id=seeker.id)).trainings
    assert (training.id, training.state.value, training.course_id) == (enrolled.id, "wished", None)
    assert enrol(office, plan(office), seeker).id == enrolled.id


# --- start-ups ----------------------------------------------------------------------------------------


def test_the_ledger_of_success_and_subsidy(office: Office) -> None:
    """Consultation, licence, loan, subsidy; amounts in fen, words told to nobody."""
    seeker = office.register()
    held = RecordConsultation(id=seeker.id, topic=ConsultationTopic.LOAN, note=MARK)
    office.ask(StartUpRpc.record_consultation, held)
    case = start(
        office,
        seeker,
        (StartUpStep.LICENSE, {"licence": LicenceKind.INDIVIDUAL}),
        (StartUpStep.APPLY_FOR_SUBSIDY, {"fen": 500_000}),
        (StartUpStep.GRANT_SUBSIDY, {"fen": 500_000}),
    )
    told = office.told("seekers.start_up.step_taken.v1")
    assert [one.start_up.sequence for one in told] == [1, 2, 3, 4]
    assert told[-1].start_up.subsidy.fen == 500_000
    assert MARK not in "".join(event.model_dump_json() for event in office.events())
    listed = office.ask(StartUpRpc.list_start_ups, StartUpQuery(station=TOWN, state="licensed"))
    assert [one.id for one in listed.start_ups] == [case.id]
    assert (
        office.ask(StartUpRpc.list_consultations, ConsultationQuery(station=TOWN)).consultations[0].note
        == MARK
    )
    record = office.ask(StartUpRpc.start_up_of_seeker, SeekerRef(id=seeker.id))
    assert (len(record.consultations), record.start_ups) == (1, (case,))


# --- all of them --------------------------------------------------------------------------------------


def everything_of(office: Office, seeker: Seeker) -> None:
    """One row of each kind."""
    tag(office, seeker)
    visit(office, open_case(office, seeker))
    guide(office, seeker)
    guide(office, seeker, starts_at=office.clock.now() + timedelta(days=1), result=None)
    course = plan(office)
    attend(office, course, enrol(office, course, seeker))
    office.ask(
        StartUpRpc.record_consultation,
        RecordConsultation(id=seeker.id, topic=ConsultationTopic.PROJECT, note=MARK),
    )
    start(office, seeker, (StartUpStep.LICENSE, {"licence": LicenceKind.COMPANY, "note": MARK}))


def test_what_is_written_about_somebody_is_sealed(office: Office) -> None:
    """No word of it stands in any table, the outbox and the kept answers among them."""
    everything_of(office, office.register())
    assert MARK not in office.everything_kept()


def test_erasure_takes_the_words_and_leaves_the_counts(office: Office, store: FileStore) -> None:
    """What was under way ends and is told; tags are gone, and their files leave the store."""
    stored = store.put(b"%PDF-1.4\n%%EOF\n", media_type="application/pdf")
    seeker = office.register()
    everything_of(office, seeker)
    tag(office, seeker, "low_income", evidence=(stored.id,))
    office.ask(SeekerRightsRpc.erase_seeker, EraseSeeker(id=seeker.id, reason=ErasureReason.ASKED_FOR))
    with office.database.reading() as connection:
        for table in tables.metadata.sorted_tables:
            if "words_sealed" in table.c:
                assert set(
                    connection.execute(table.select().with_only_columns(table.c.words_sealed)).scalars()
                ) <= {None}, table.name
    assert office.rows()["difficulties"] == 0
    assert office.ask(AidRpc.list_aid_cases, AidCaseQuery(station=TOWN)).cases[0].outcome is AidOutcome.ERASED
    sessions = office.ask(GuidanceRpc.list_guidance, GuidanceQuery(station=TOWN)).sessions
    assert sorted(one.state.value for one in sessions) == ["cancelled", "held"]
    (counted,) = office.ask(
        SkillTrainingRpc.training_year, TrainingYearQuery(year=2026, station=TOWN)
    ).stations
    assert counted.people == 1
    (case,) = office.ask(StartUpRpc.list_start_ups, StartUpQuery(station=TOWN)).start_ups
    assert (case.state.value, case.licensed_on, case.business) == ("closed", TODAY, None)
    last = {event.subject: event for event in office.events()}
    assert last[case.id].data.start_up.state == "closed"
    assert office.told("seekers.aid_case.closed.v1")[0].case.outcome is AidOutcome.ERASED
    assert store.stat(stored.id) is not None
    with office.database.transaction() as tx:
        type(office.service).let_files_go.__wrapped__(office.service, tx)
    assert store.stat(stored.id) is None
    assert office.rows()["dropped_files"] == 0
    request = BookGuidance(id=seeker.id, starts_at=office.clock.now(), topic=GuidanceTopic.SKILLS)
    assert office.refusal(GuidanceRpc.book_guidance, request).code == "seekers.seeker_step_illegal"


def test_who_moves_takes_his_support_along_and_leaves_the_old_rows_alone(office: Office) -> None:
    """The new station reads what was done and adds to it; it cannot change the old one's rows."""
    number = office.application().id_number
    seeker = office.register(id_number=number)
    tag(office, seeker)
    case = open_case(office, seeker)
    move = TransferSeeker(station=OTHER_TOWN, id_number=number, person_present=True)
    office.ask(SeekersRpc.transfer_seeker, move, OTHER_CLERK)
    assert office.ask(AidRpc.get_aid, SeekerRef(id=seeker.id), OTHER_CLERK).cases == (case,)
    close = CloseAidCase(id=case.id, outcome=AidOutcome.LEFT)
    assert office.refusal(AidRpc.close_aid_case, close, OTHER_CLERK).code == "auth.outside_scope"
    assert office.ask(AidRpc.close_aid_case, close, TOWN_CLERK).closed_on == TODAY
    opened = office.ask(
        AidRpc.open_aid_case,
        OpenAidCase(id=seeker.id, plan="接着帮", measures=(AidMeasure.TRAINING,)),
        OTHER_CLERK,
    )
    assert opened.station == OTHER_TOWN


def test_unknown_rows_are_not_found(office: Office) -> None:
    """By one code, whichever kind they would be of."""
    nowhere = "00000000-0000-7000-8000-0000000000ff"
    for method, request in (
        (AidRpc.close_aid_case, CloseAidCase(id=nowhere, outcome=AidOutcome.LEFT)),
        (SkillTrainingRpc.get_course, CourseRef(id=nowhere)),
        (SkillTrainingRpc.take_training_step, TakeTrainingStep(id=nowhere, step=SkillTrainingStep.DROP)),
        (StartUpRpc.take_start_up_step, TakeStartUpStep(id=nowhere, step=StartUpStep.CLOSE)),
    ):
        assert office.refusal(method, request).code == "seekers.support_not_found"
