"""Aid, guidance, training and start-up of people in the register."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses
from gateway.files_out import stored_file_response
from gateway.operations import PREFIX, Operation
from yizhan.contracts.aid import (
    AidCaseRunning,
    AidNeedsDifficulty,
    AidRpc,
    DifficultyFileNotFound,
    DifficultyFileRef,
    DifficultyGroupUnknown,
    DifficultyInForce,
    DifficultyProofMissing,
)
from yizhan.contracts.base import Identifier
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import ENDINGS, FileId, FileNotFound, FileStoreUnavailable
from yizhan.contracts.guidance import AdviserUnknown, GuidanceRpc
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import (
    SeekerNotFound,
    SeekerStationClosed,
    SeekerStationUnknown,
    SeekerStepIllegal,
)
from yizhan.contracts.skill_training import (
    AlreadyInTraining,
    AttendanceTooLow,
    CourseFull,
    SkillTrainingRpc,
    TraineeUnknown,
)
from yizhan.contracts.start_ups import StartUpRpc
from yizhan.contracts.support import SupportChanged, SupportDayInvalid, SupportNotFound, SupportStepIllegal

Problems = tuple[type[YizhanError], ...]

_STEP: Problems = (SupportNotFound, SupportStepIllegal, SupportDayInvalid)


def _list(id: str, path: str, rpc: Method[Any, Any], tag: str, summary: str, **takes: str) -> Operation:
    """Rows of a station and all below it."""
    return Operation(id, "GET", path, rpc, tag, summary, takes=takes, problems=(SeekerStationUnknown,))


def _of_person(id: str, path: str, rpc: Method[Any, Any], tag: str, summary: str) -> Operation:
    """A person's rows."""
    return Operation(
        id,
        "GET",
        f"/seekers/{{id}}/{path}",
        rpc,
        tag,
        summary,
        takes={"id": "id"},
        problems=(SeekerNotFound,),
    )


def _for_person(
    id: str, path: str, rpc: Method[Any, Any], tag: str, summary: str, *problems: type[YizhanError]
) -> Operation:
    """A new row for a person."""
    return Operation(
        id,
        "POST",
        f"/seekers/{{id}}/{path}",
        rpc,
        tag,
        summary,
        takes={"id": "id"},
        status=201,
        problems=(SeekerNotFound, SeekerStepIllegal, *problems),
    )


def _step(
    id: str, path: str, rpc: Method[Any, Any], tag: str, summary: str, *problems: type[YizhanError]
) -> Operation:
    """A change of one row."""
    verb = "PATCH" if path.endswith("{id}") else "POST"
    return Operation(id, verb, path, rpc, tag, summary, takes={"id": "id"}, problems=(*_STEP, *problems))


AID = (
    Operation(
        "listDifficultyGroups",
        "GET",
        "/difficulty-groups",
        AidRpc.difficulty_groups,
        "aid",
        "List the groups of difficulties",
        "In force today, with the rule by which long waiting is proposed.",
    ),
    _of_person("readAid", "aid", AidRpc.get_aid, "aid", "Read somebody's difficulties and cases"),
    _for_person(
        "tagDifficulty",
        "difficulties",
        AidRpc.tag_difficulty,
        "aid",
        "Put somebody in a group",
        DifficultyGroupUnknown,
        DifficultyInForce,
        DifficultyProofMissing,
        SupportDayInvalid,
        FileNotFound,
        FileStoreUnavailable,
    ),
    _step(
        "withdrawDifficulty",
        "/difficulties/{id}/withdraw",
        AidRpc.withdraw_difficulty,
        "aid",
        "Take somebody out of a group",
    ),
    _for_person(
        "openAidCase",
        "aid-cases",
        AidRpc.open_aid_case,
        "aid",
        "Make a plan for somebody",
        AidNeedsDifficulty,
        AidCaseRunning,
        SupportDayInvalid,
    ),
    _step("amendAidPlan", "/aid-cases/{id}", AidRpc.amend_aid_plan, "aid", "Change a plan", SupportChanged),
    _step("recordAidVisit", "/aid-cases/{id}/visits", AidRpc.record_aid_visit, "aid", "Write a visit down"),
    _step("closeAidCase", "/aid-cases/{id}/close", AidRpc.close_aid_case, "aid", "Close a case"),
    _list("listAidCases", "/aid-cases", AidRpc.list_aid_cases, "aid", "List cases of aid"),
    _list(
        "listLongWaiting",
        "/long-waiting",
        AidRpc.list_long_waiting,
        "aid",
        "List who is proposed as waiting long",
    ),
    Operation(
        "dismissLongWaiting",
        "POST",
        "/seekers/{id}/long-waiting/dismiss",
        AidRpc.dismiss_long_waiting,
        "aid",
        "Propose somebody no more for a while",
        takes={"id": "id"},
        problems=(SeekerNotFound, SeekerStepIllegal),
    ),
)

GUIDANCE = (
    _for_person(
        "bookGuidance",
        "guidance",
        GuidanceRpc.book_guidance,
        "guidance",
        "Book a session, or enter one that is over",
        AdviserUnknown,
        SupportDayInvalid,
    ),
    _of_person(
        "listGuidanceOfSeeker",
        "guidance",
        GuidanceRpc.guidance_of_seeker,
        "guidance",
        "List somebody's sessions",
    ),
    _step(
        "finishGuidance",
        "/guidance/{id}/result",
        GuidanceRpc.finish_guidance,
        "guidance",
        "Write a result down",
    ),
    _list("listGuidance", "/guidance", GuidanceRpc.list_guidance, "guidance", "List sessions"),
)

TRAINING = (
    _list("listCourses", "/courses", SkillTrainingRpc.list_courses, "courses", "List courses"),
    Operation(
        "planCourse",
        "POST",
        "/courses",
        SkillTrainingRpc.plan_course,
        "courses",
        "Plan a course",
        status=201,
        location="/courses/{id}",
        problems=(SeekerStationUnknown, SeekerStationClosed, SupportDayInvalid),
    ),
    Operation(
        "readCourse",
        "GET",
        "/courses/{id}",
        SkillTrainingRpc.get_course,
        "courses",
        "Read a course",
        "With everybody in it, and its attendance.",
        takes={"id": "id"},
        problems=(SupportNotFound,),
    ),
    _step(
        "amendCourse",
        "/courses/{id}",
        SkillTrainingRpc.amend_course,
        "courses",
        "Change a course",
        SupportChanged,
        CourseFull,
    ),
    _step(
        "cancelCourse", "/courses/{id}/cancel", SkillTrainingRpc.cancel_course, "courses", "Cancel a course"
    ),
    _step(
        "enrolTrainee",
        "/courses/{id}/trainees",
        SkillTrainingRpc.enrol_trainee,
        "courses",
        "Give somebody a place",
        CourseFull,
        AlreadyInTraining,
        SeekerNotFound,
        SeekerStepIllegal,
    ),
    _step(
        "markAttendance",
        "/courses/{id}/attendance",
        SkillTrainingRpc.mark_attendance,
        "courses",
        "Mark who was there",
        TraineeUnknown,
    ),
    _for_person(
        "wishForTraining",
        "skill-trainings",
        SkillTrainingRpc.wish_for_training,
        "courses",
        "Write down a wish for training",
        AlreadyInTraining,
    ),
    _of_person(
        "listTrainingsOfSeeker",
        "skill-trainings",
        SkillTrainingRpc.trainings_of_seeker,
        "courses",
        "List somebody's trainings",
    ),
    _list(
        "listSkillTrainings",
        "/skill-trainings",
        SkillTrainingRpc.list_skill_trainings,
        "courses",
        "List trainings",
    ),
    _step(
        "takeTrainingStep",
        "/skill-trainings/{id}/steps",
        SkillTrainingRpc.take_training_step,
        "courses",
        "Go on in a training",
        AttendanceTooLow,
    ),
    _list(
        "readTrainingYear",
        "/training-years/{year}",
        SkillTrainingRpc.training_year,
        "courses",
        "Count who was trained in a year",
        year="year",
    ),
)

START_UP = (
    _for_person(
        "recordConsultation",
        "start-up-consultations",
        StartUpRpc.record_consultation,
        "start-ups",
        "Write a consultation down",
        SupportDayInvalid,
    ),
    _for_person("openStartUp", "start-ups", StartUpRpc.open_start_up, "start-ups", "Open a case"),
    _of_person(
        "readStartUp", "start-up", StartUpRpc.start_up_of_seeker, "start-ups", "Read somebody's start-ups"
    ),
    _list(
        "listConsultations",
        "/start-up-consultations",
        StartUpRpc.list_consultations,
        "start-ups",
        "List consultations",
    ),
    _list("listStartUps", "/start-ups", StartUpRpc.list_start_ups, "start-ups", "List cases"),
    _step(
        "takeStartUpStep",
        "/start-ups/{id}/steps",
        StartUpRpc.take_start_up_step,
        "start-ups",
        "Go on in a case",
    ),
)

OPERATIONS = (*AID, *GUIDANCE, *TRAINING, *START_UP)


@admitted(Admission(Access.SESSION))
async def read_proof(
    request: Request, id: Annotated[Identifier, Path()], file_id: Annotated[FileId, Path()]
) -> Response:
    """The file itself, for staff of the station that tagged the person."""
    stored = await ask(request, AidRpc.get_difficulty_file, DifficultyFileRef(id=id, file_id=file_id))
    return await stored_file_response(request, stored)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
    router.add_api_route(
        f"{PREFIX}/difficulties/{{id}}/evidence/{{file_id}}",
        read_proof,
        methods=["GET"],
        response_class=Response,
        operation_id="readDifficultyFile",
        tags=["aid"],
        summary="See a proof",
        responses=_proof_responses(),
        route_class_override=AdmittedRoute,
    )


def _proof_responses() -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    problems = (SupportNotFound, DifficultyFileNotFound, FileNotFound, FileStoreUnavailable)
    return {
        200: {"description": "The file.", "content": dict.fromkeys(sorted(ENDINGS), binary)},
        304: {"description": "The browser has it."},
        **problem_responses(Access.SESSION, problems, has_body=False, asks=True),
    }
