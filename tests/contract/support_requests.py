"""How operations on aid, guidance, training and start-ups are asked of a town."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.contract.network_requests import Request, day
from tests.e2e.api import Clerk


class SupportingTown(Protocol):
    """What is asked of: a town station, an administrator's clerk, and somebody new in its register."""

    town: str
    clerk: Clerk

    def seeker(self) -> dict[str, Any]: ...

    def upload(self) -> str: ...


MADE = dict[str, Any]
PLAN = {"plan": "推荐保洁岗位", "measures": ["job_referral"]}
HELD = {"state": "held", "minutes": 30, "outcome": "advised"}


# Days are those of the asking: tests are collected long before they run, and midnight may lie in between.
def plan_of_course() -> MADE:
    """A course of today."""
    return {
        "trade": "砌筑工",
        "provider": "中等职业学校",
        "begins_on": day(),
        "ends_on": day(),
        "capacity": 30,
    }


def tag() -> MADE:
    return {"scope": "service", "group": "older", "ends_on": day(60)}


def visit() -> MADE:
    return {"visited_on": day(), "way": "by_phone", "note": "已联系"}


def person(on: SupportingTown) -> dict[str, str]:
    """Somebody, as an address names him."""
    return {"id": str(on.seeker()["id"])}


def made(on: SupportingTown, path: str, body: MADE, *, of: str | None = None) -> dict[str, str]:
    """A new row of a person, as an address names it."""
    seeker_id = of or person(on)["id"]
    return {"id": str(on.clerk.post(f"/seekers/{seeker_id}/{path}", body)["id"])}


def proven(on: SupportingTown) -> dict[str, str]:
    """A proof of a difficulty, as an address names it."""
    file_id = on.upload()
    return {**made(on, "difficulties", {**tag(), "evidence": [file_id]}), "file_id": file_id}


def difficult(on: SupportingTown) -> str:
    """The id of somebody with a difficulty."""
    id = person(on)["id"]
    on.clerk.post(f"/seekers/{id}/difficulties", tag())
    return id


def case(on: SupportingTown) -> dict[str, str]:
    return made(on, "aid-cases", PLAN, of=difficult(on))


def booked(on: SupportingTown) -> dict[str, str]:
    return made(on, "guidance", {"starts_at": f"{day()}T00:00:00+08:00", "topic": "skills"})


def course(on: SupportingTown) -> dict[str, str]:
    return {"id": str(on.clerk.post("/courses", {"station": on.town, **plan_of_course()})["id"])}


def enrolled(on: SupportingTown) -> tuple[str, str]:
    """The ids of a course and of somebody's training in it."""
    id = course(on)["id"]
    training = on.clerk.post(f"/courses/{id}/trainees", {"seeker_id": person(on)["id"]})
    return id, str(training["id"])


def attendance(on: SupportingTown) -> Request:
    id, training = enrolled(on)
    return {"id": id}, {"day": day(), "present": [training], "absent": []}


def start_up(on: SupportingTown) -> dict[str, str]:
    return made(on, "start-ups", {"business": "早餐店"})


SUPPORT_REQUESTS: dict[str, Callable[[Any], Request]] = {
    "listDifficultyGroups": lambda _: ({}, None),
    "readAid": lambda on: (person(on), None),
    "tagDifficulty": lambda on: (person(on), tag()),
    "withdrawDifficulty": lambda on: (made(on, "difficulties", tag()), {"reason": "不再符合"}),
    "readDifficultyFile": lambda on: (proven(on), None),
    "openAidCase": lambda on: ({"id": difficult(on)}, PLAN),
    "amendAidPlan": lambda on: (case(on), {"plan": "改为公益性岗位"}),
    "recordAidVisit": lambda on: (case(on), visit()),
    "closeAidCase": lambda on: (case(on), {"outcome": "employed"}),
    "dismissLongWaiting": lambda on: (person(on), {}),
    "bookGuidance": lambda on: (person(on), {"starts_at": f"{day(1)}T09:00:00+08:00", "topic": "skills"}),
    "listGuidanceOfSeeker": lambda on: (person(on), None),
    "finishGuidance": lambda on: (booked(on), {"result": HELD}),
    "planCourse": lambda on: ({}, {"station": on.town, **plan_of_course()}),
    "readCourse": lambda on: (course(on), None),
    "amendCourse": lambda on: (course(on), {**plan_of_course(), "capacity": 40}),
    "cancelCourse": lambda on: (course(on), {}),
    "enrolTrainee": lambda on: (course(on), {"seeker_id": person(on)["id"]}),
    "markAttendance": attendance,
    "wishForTraining": lambda on: (person(on), {"trade": "家政"}),
    "listTrainingsOfSeeker": lambda on: (person(on), None),
    "takeTrainingStep": lambda on: ({"id": enrolled(on)[1]}, {"step": "drop"}),
    "recordConsultation": lambda on: (person(on), {"topic": "loan"}),
    "openStartUp": lambda on: (person(on), {"business": "早餐店"}),
    "readStartUp": lambda on: (person(on), None),
    "takeStartUpStep": lambda on: (start_up(on), {"step": "close"}),
}

#: What is asked of a station by query.
SUPPORT_LISTS = (
    "listAidCases",
    "listLongWaiting",
    "listGuidance",
    "listCourses",
    "listSkillTrainings",
    "listConsultations",
    "listStartUps",
)
