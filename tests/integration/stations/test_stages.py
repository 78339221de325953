"""A station's life on both databases: steps, their history, what stands in the way, what is due."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel

from services.stations.domain.stage import allowed
from tests.integration.stations.office import CLERK, NEIGHBOUR, Office
from yizhan.contracts.actor import PUBLIC
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.facilities import AmendFacility, FacilitiesRpc, FacilityState
from yizhan.contracts.rpc import Method
from yizhan.contracts.stages import (
    DueList,
    DueQuery,
    InspectStation,
    MendRectification,
    OpenStation,
    RectifyStation,
    RevokeStation,
    StagesRpc,
    StationHistory,
    StationStep,
    StationStepKind,
    StationStepQuery,
    SuspendStation,
)
from yizhan.contracts.stations import (
    StaffRef,
    Station,
    StationKind,
    StationRef,
    StationsRpc,
    StationStage,
    StationStatus,
)

pytestmark = pytest.mark.integration

TOWN, COMMUNITY = "52273001", "5227300103"
TODAY = date(2026, 3, 2)


def history(office: Office, code: str = TOWN) -> list[StationStep]:
    """Oldest first."""
    found: StationHistory = office.ask(StagesRpc.station_history, StationStepQuery(code=code))
    return list(reversed(found.steps))


def rectify(code: str = TOWN, *items: str, days: int = 14) -> RectifyStation:
    return RectifyStation(
        code=code,
        reason="现场查看，安全出口不畅通",
        due_on=TODAY + timedelta(days=days),
        items=items or ("清理安全出口",),
    )


def test_a_station_begins_as_planned_and_says_so(office: Office) -> None:
    """The county market is open from its founding."""
    town: Station = office.ask(StationsRpc.get_station, StationRef(code=TOWN))
    assert (town.stage, town.status) == (StationStage.PLANNED, StationStatus.SUSPENDED)
    assert [(step.step, step.by) for step in history(office)] == [(StationStepKind.PLAN, "admin")]
    county = office.ask(StationsRpc.get_station, StationRef(code="522730"))
    assert county.stage is StationStage.OPEN
    assert [step.step for step in history(office, "522730")] == [StationStepKind.OPEN]


def test_opening_is_refused_with_everything_that_is_missing(office: Office) -> None:
    """In one answer, the same that readiness gives beforehand, and nothing has changed."""
    office.ask(StagesRpc.inspect_station, InspectStation(code=TOWN, reason="毛坯房"))
    before, told = office.rows(), len(office.events())
    with pytest.raises(RemoteProblem) as refused:
        office.ask(StagesRpc.open_station, OpenStation(code=TOWN))
    problem = refused.value.problem
    assert (problem.code, problem.status) == ("stations.not_ready", 409)
    listed = [thing["code"] for thing in problem.evidence["missing"]]
    assert listed == office.missing(TOWN)
    assert {"area.too_small", "active_staff.too_few", "service_items.too_few", "hotline.absent"} < set(listed)
    assert {"exit.absent", "fire_equipment.absent", "name_plate.absent"} < set(listed)
    assert problem.evidence["missing"][0] == {
        "code": "area.too_small",
        "required": 20.0,
        "found": None,
        "facilities": [],
        "rectifications": [],
        "functions": [],
    }
    assert problem.evidence["rules_from"] == "2025-03-12"
    assert (office.rows(), len(office.events())) == (before, told)


def test_a_station_opens_when_nothing_is_missing(office: Office) -> None:
    """Its new stage is told with the station, the step by itself and without its reason."""
    office.inspected(TOWN)
    assert office.missing(TOWN) == []
    opened: Station = office.ask(StagesRpc.open_station, OpenStation(code=TOWN, reason="联系人老王"))
    assert (opened.stage, opened.status) == (StationStage.OPEN, StationStatus.OPEN)
    amended, step = office.events()[-2:]
    assert (amended.type, amended.data.station) == ("stations.station.amended.v1", opened)
    assert (step.type, step.data.step) == ("stations.station_step.taken.v1", StationStepKind.OPEN)
    assert "老王" not in amended.model_dump_json() + step.model_dump_json()
    last = history(office)[-1]
    assert (last.stage, last.reason, last.by) == (StationStage.OPEN, "联系人老王", "admin")


def test_what_is_missing_comes_back_when_it_goes_missing(office: Office) -> None:
    """A closed account, a broken extinguisher, an inspection that ran out: seen before the next opening."""
    office.opened(TOWN)
    assert office.missing(TOWN) == []
    (host,) = [one for one in office.ask(StationsRpc.list_staff, StationRef(code=TOWN)).staff if one.active]
    office.ask(StationsRpc.close_staff, StaffRef(id=host.id))
    _, exit_, extinguisher = office.facilities(TOWN)
    broken = AmendFacility(id=extinguisher.id, state=FacilityState.FAULTY)
    office.ask(FacilitiesRpc.amend_facility, broken, CLERK)
    assert office.missing(TOWN) == ["active_staff.too_few", "fire_equipment.faulty"]
    removed = AmendFacility(id=extinguisher.id, state=FacilityState.REMOVED)
    office.ask(FacilitiesRpc.amend_facility, removed, CLERK)
    office.clock.move_to("2027-03-02T05:30+08:00")
    assert office.missing(TOWN) == ["active_staff.too_few", "exit.overdue", "fire_equipment.overdue"]
    office.ask(StagesRpc.suspend_station, SuspendStation(code=TOWN, reason="无人值守"))
    assert office.refusal(StagesRpc.open_station, OpenStation(code=TOWN)) == "stations.not_ready"
    assert exit_.due_on is not None


def test_a_station_that_is_rectifying_opens_when_all_is_mended(office: Office) -> None:
    """The station says what is mended; the county opens."""
    office.opened(TOWN)
    closed: Station = office.ask(StagesRpc.rectify_station, rectify(TOWN, "清理安全出口", "更换门牌"))
    assert (closed.stage, closed.status) == (StationStage.RECTIFYING, StationStatus.SUSPENDED)
    assert office.events()[-1].data.rectifications == 2
    step = history(office)[-1]
    assert step.due_on == TODAY + timedelta(days=14)
    for thing in step.rectifications:
        assert office.missing(TOWN) == ["rectifications.unfinished"]
        mended = office.ask(StagesRpc.mend_rectification, MendRectification(id=thing.id, note="已办"), CLERK)
        assert mended.mended_by == "clerk"
    assert office.missing(TOWN) == []
    assert office.ask(StagesRpc.open_station, OpenStation(code=TOWN)).stage is StationStage.OPEN
    assert all(thing.mended_at for step in history(office) for thing in step.rectifications)


def test_nobody_revokes_what_others_stand_under(office: Office) -> None:
    """The lowest first; then nothing new comes under it."""
    revoke = RevokeStation(code=TOWN, reason="未在期限内整改到位")
    with pytest.raises(RemoteProblem) as refused:
        office.ask(StagesRpc.revoke_station, revoke)
    assert refused.value.problem.code == "stations.has_others_below"
    assert refused.value.problem.evidence["below"] == [COMMUNITY]
    office.ask(StagesRpc.revoke_station, revoke.model_copy(update={"code": COMMUNITY}))
    assert office.ask(StagesRpc.revoke_station, revoke).stage is StationStage.REVOKED
    assert office.refusal(StagesRpc.revoke_station, revoke) == "stations.step_illegal"
    with pytest.raises(RemoteProblem, match="revoked"):
        office.add("5227300104", StationKind.COMMUNITY_STATION, TOWN)


def test_a_history_is_paged(office: Office) -> None:
    """Newest first, nothing twice."""
    office.opened(TOWN)
    for _ in range(3):
        office.ask(StagesRpc.suspend_station, SuspendStation(code=TOWN, reason="停水"))
        office.ask(StagesRpc.open_station, OpenStation(code=TOWN))
    seen: list[StationStep] = []
    after: int | None = None
    while True:
        page = office.ask(StagesRpc.station_history, StationStepQuery(code=TOWN, after=after, limit=4))
        seen += page.steps
        if page.next is None:
            break
        after = page.next
    assert [step.id for step in seen] == [step.id for step in reversed(history(office))]
    assert len(seen) == 9


STEPS: tuple[tuple[Method[Any, Any], BaseModel], ...] = (
    (StagesRpc.inspect_station, InspectStation(code=TOWN, reason="复查")),
    (StagesRpc.rectify_station, rectify()),
    (StagesRpc.open_station, OpenStation(code=TOWN)),
    (StagesRpc.suspend_station, SuspendStation(code=TOWN, reason="停水")),
)


def test_steps_at_once_end_in_one_legal_history(office: Office) -> None:
    """However many press buttons together: a chain of legal steps, each told once, in order."""
    office.opened(TOWN)
    chance = random.Random(7)
    tried = [chance.choice(STEPS) for _ in range(24)]

    def attempt(step: tuple[Method[Any, Any], BaseModel]) -> str:
        try:
            office.ask(*step)
        except RemoteProblem as error:
            return error.problem.code
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, tried))
    assert set(outcomes) <= {"taken", "stations.step_illegal", "stations.not_ready"}
    town: Station = office.ask(StationsRpc.get_station, StationRef(code=TOWN))
    steps = history(office)
    assert len(steps) == 3 + outcomes.count("taken")
    assert steps[-1].stage is town.stage
    for before, after in pairwise(steps):
        assert after.step in allowed(town.model_copy(update={"stage": before.stage}))
    told = [event for event in office.events() if event.subject == TOWN]
    assert [event.sequence for event in told] == list(range(1, town.sequence + 1))
    assert [event.data.station.stage for event in told if event.sequence >= 3] == [
        step.stage for step in steps[1:]
    ]


def test_one_of_two_openings_at_once_is_refused(office: Office) -> None:
    """It is open already."""
    office.inspected(TOWN)

    def attempt(_: int) -> str | None:
        try:
            office.ask(StagesRpc.open_station, OpenStation(code=TOWN))
        except RemoteProblem as error:
            return error.problem.code
        return None

    with ThreadPoolExecutor(5) as pool:
        outcomes = list(pool.map(attempt, range(5)))
    assert sorted(outcomes, key=str) == [None] + ["stations.step_illegal"] * 4


def test_the_county_decides_and_the_station_mends(office: Office) -> None:
    """A station's own staff take no step; neighbours and the public do not even mend or look."""
    office.opened(TOWN)
    office.ask(StagesRpc.rectify_station, rectify())
    thing = history(office)[-1].rectifications[0]
    before, told = office.rows(), len(office.events())
    revoke = (StagesRpc.revoke_station, RevokeStation(code=TOWN, reason="停办"))
    for method, request in (*STEPS, revoke):
        for actor in (CLERK, NEIGHBOUR, PUBLIC):
            assert office.refusal(method, request, actor) == "auth.not_allowed"
    looks: list[tuple[Method[Any, Any], BaseModel]] = [
        (StagesRpc.mend_rectification, MendRectification(id=thing.id)),
        (StagesRpc.station_history, StationStepQuery(code=TOWN)),
        (StagesRpc.station_readiness, StationRef(code=TOWN)),
        (StagesRpc.list_due, DueQuery(station=TOWN)),
    ]
    for method, request in looks:
        assert office.refusal(method, request, NEIGHBOUR) == "auth.outside_scope"
        assert office.refusal(method, request, PUBLIC) == "auth.not_allowed"
    assert (office.rows(), len(office.events())) == (before, told)


def test_what_is_due_is_listed_across_the_scope(office: Office) -> None:
    """The longest overdue first, in pages; neither what is far off, nor removed, mended or revoked."""
    for code in (TOWN, COMMUNITY, "52273002"):
        office.facilities(code)
    office.opened(COMMUNITY)
    office.ask(StagesRpc.rectify_station, rectify(COMMUNITY, "清理", "粉刷", days=10))
    done, open_ = history(office, COMMUNITY)[-1].rectifications
    office.ask(StagesRpc.mend_rectification, MendRectification(id=done.id))

    def due(station: str, **asked: Any) -> DueList:
        found: DueList = office.ask(StagesRpc.list_due, DueQuery(station=station, **asked))
        return found

    assert [(one.id, one.overdue) for one in due(TOWN).due] == [(open_.id, False)]
    assert due(TOWN, within_days=9).due == ()
    office.clock.move_to("2026-08-28T05:30+08:00")
    whole = due("522730")
    days = [one.due_on for one in whole.due]
    assert days == sorted(days)
    assert [(one.kind, one.overdue, one.station_name) for one in whole.due[:1]] == [
        ("rectification", True, "零工市场")
    ]
    # Exit and fire equipment of each, the community station's twice.
    assert len(whole.due) == 1 + 2 * 4
    assert {one.station for one in due(TOWN).due} == {TOWN, COMMUNITY}
    pages: list[str] = []
    after: str | None = None
    while True:
        page = due("522730", limit=2, after=after)
        pages += [one.id for one in page.due]
        if page.next is None:
            break
        after = page.next
    assert pages == [one.id for one in whole.due]
    office.ask(StagesRpc.revoke_station, RevokeStation(code="52273002", reason="停办"))
    assert {one.station for one in due("522730").due} == {TOWN, COMMUNITY}


def test_a_made_up_cursor_is_refused(office: Office) -> None:
    """It names no day."""
    query = DueQuery(station=TOWN, after="2026-02-31:00000000-0000-7000-8000-000000000000")
    assert office.refusal(StagesRpc.list_due, query) == "request.invalid"
