"""Who is put in which group, for how long, on what proof; and what a case may do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest

from services.seekers.domain import aid
from services.seekers.domain.draw_weights import DatedWeights
from yizhan.contracts.aid import (
    AidCase,
    AidCaseRunning,
    AidCaseStatus,
    AidMeasure,
    AidNeedsDifficulty,
    AidOutcome,
    AmendAidPlan,
    CloseAidCase,
    Difficulty,
    DifficultyGroupUnknown,
    DifficultyInForce,
    DifficultyProofMissing,
    DifficultyScope,
    OpenAidCase,
    RecordAidVisit,
    TagDifficulty,
    VisitWay,
)
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.support import SupportChanged, SupportDayInvalid, SupportStepIllegal

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLERK = "00000000-0000-7000-8000-000000000002"
PERSON = "00000000-0000-7000-8000-0000000000aa"
PROOF = "7d1f0a52-3c1e-4e0b-9a57-5f3b8f5d2c61"
RULES = aid.DatedDifficulties.read(
    json.loads((files("services.seekers") / "difficulty.json").read_text("utf-8"))
).on(TODAY)


def request(group: str = "older", days: int = 90, **changes: Any) -> TagDifficulty:
    given = {
        "id": PERSON,
        "scope": DifficultyScope.SERVICE,
        "group": group,
        "ends_on": TODAY + timedelta(days=days),
    }
    return TagDifficulty.model_validate({**given, **changes})


def tagged(asked: TagDifficulty, *known: Difficulty) -> Difficulty:
    group = RULES.group(asked.scope, asked.group)
    begins_on = aid.require_taggable(asked, group, known, today=TODAY)
    return aid.tag(asked, begins_on, (), id=PROOF, station="52273001", now=NOW, by=CLERK)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (request("nobility"), DifficultyGroupUnknown),
        (request("minimum_allowance"), DifficultyGroupUnknown),
        (request("low_income"), DifficultyProofMissing),
        (request(days=-1), SupportDayInvalid),
        (request(days=3660), SupportDayInvalid),
        (request("long_waiting", days=90), SupportDayInvalid),
        (request(begins_on=TODAY + timedelta(days=1)), SupportDayInvalid),
    ],
)
def test_a_tag_that_cannot_be_is_refused(asked: TagDifficulty, error: type[YizhanError]) -> None:
    """Of no group, of the other field's group, without its proof, ended, too long, or to come."""
    with pytest.raises(error):
        tagged(asked)


def test_the_two_fields_are_apart() -> None:
    """The station's tag does not stand for the authority's category, nor in its way."""
    service = tagged(request("disabled", evidence=(PROOF,)))
    with pytest.raises(DifficultyInForce):
        tagged(request("disabled", evidence=(PROOF,)), service)
    statutory = request("disabled", evidence=(PROOF,), scope=DifficultyScope.STATUTORY)
    assert tagged(statutory, service).scope is DifficultyScope.STATUTORY


def test_a_tag_holds_from_its_first_to_its_last_day() -> None:
    """Both included, and no longer once it was withdrawn."""
    one = tagged(request(days=10, begins_on=TODAY - timedelta(days=1)))
    held = [day for day in range(-3, 13) if aid.in_force(one, TODAY + timedelta(days=day))]
    assert held == list(range(-1, 11))
    withdrawn = aid.withdraw(one, "搬走了", now=NOW, today=TODAY)
    assert not aid.in_force(withdrawn, TODAY)
    with pytest.raises(SupportStepIllegal):
        aid.withdraw(withdrawn, "搬走了", now=NOW, today=TODAY)
    with pytest.raises(SupportStepIllegal):
        aid.withdraw(one, "搬走了", now=NOW, today=one.ends_on + timedelta(days=1))


def opened(*difficulties: Difficulty, cases: tuple[AidCase, ...] = ()) -> AidCase:
    asked = OpenAidCase(id=PERSON, plan="推荐保洁", measures=(AidMeasure.JOB_REFERRAL,))
    return aid.open_case(asked, difficulties, cases, id=PROOF, station="52273001", today=TODAY, by=CLERK)


def visited(case: AidCase, **changes: Any) -> AidCase:
    given = {"id": case.id, "visited_on": TODAY, "way": VisitWay.AT_HOME, "note": "在家"}
    asked = RecordAidVisit.model_validate({**given, **changes})
    return aid.visit(case, asked, id=PROOF, now=NOW, today=TODAY, by=CLERK)[0]


def test_aid_is_for_whom_a_difficulty_is_in_force() -> None:
    """And one case at a time."""
    difficulty = tagged(request())
    with pytest.raises(AidNeedsDifficulty):
        opened()
    with pytest.raises(AidNeedsDifficulty):
        opened(aid.withdraw(difficulty, "不符", now=NOW, today=TODAY))
    case = opened(difficulty)
    with pytest.raises(AidCaseRunning):
        opened(difficulty, cases=(case,))
    closed = aid.close_case(case, CloseAidCase(id=case.id, outcome=AidOutcome.EMPLOYED), today=TODAY)
    assert opened(difficulty, cases=(closed,)).state is AidCaseStatus.OPEN


def test_a_case_goes_from_plan_over_visits_to_its_outcome() -> None:
    """A visit moves the date of the next; nothing follows an outcome."""
    case = opened(tagged(request()))
    amend = AmendAidPlan(id=case.id, next_visit_on=TODAY, expected_sequence=1)
    case = aid.amend_plan(case, amend, today=TODAY)
    assert (case.plan, case.next_visit_on) == ("推荐保洁", TODAY)
    with pytest.raises(SupportChanged):
        aid.amend_plan(case, amend, today=TODAY)
    case = visited(case, next_visit_on=TODAY + timedelta(days=14))
    assert (case.visits, case.last_visit_on, case.next_visit_on) == (1, TODAY, TODAY + timedelta(days=14))
    closed = aid.close_case(case, CloseAidCase(id=case.id, outcome=AidOutcome.GIG_WORK), today=TODAY)
    assert (closed.closed_on, closed.next_visit_on, closed.sequence) == (TODAY, None, 4)
    for step in (
        lambda: visited(closed),
        lambda: aid.amend_plan(closed, AmendAidPlan(id=closed.id), today=TODAY),
        lambda: aid.close_case(closed, CloseAidCase(id=closed.id, outcome=AidOutcome.LEFT), today=TODAY),
        lambda: aid.close_case(case, CloseAidCase(id=case.id, outcome=AidOutcome.ERASED), today=TODAY),
    ):
        with pytest.raises(SupportStepIllegal):
            step()


@pytest.mark.parametrize(
    "changes",
    [{"visited_on": TODAY + timedelta(days=1)}, {"visited_on": TODAY - timedelta(days=1)}],
)
def test_a_visit_is_not_to_come_and_not_before_its_case(changes: dict[str, Any]) -> None:
    """Nor is the next one past."""
    case = opened(tagged(request()))
    with pytest.raises(SupportDayInvalid):
        visited(case, **changes)
    with pytest.raises(SupportDayInvalid):
        visited(case, next_visit_on=TODAY - timedelta(days=1))


def test_one_weight_stands_for_all_difficulties() -> None:
    """It does not tell which; and who has none keeps the standard one."""
    weights = DatedWeights.read(
        {"versions": [{"in_force_from": "2026-01-01", "published": "规则", "standard": 1, "aided": 3}]}
    ).on(TODAY)
    assert (weights.of(aided=True), weights.of(aided=False)) == (3, 1)
