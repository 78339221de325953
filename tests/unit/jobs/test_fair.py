"""A fair's life as pure decisions: what is legal when, who gets which booth, what counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.jobs.domain import fair as life
from services.jobs.domain import fair_attendance as attendance
from services.jobs.domain.fair import SOURCES, Step
from services.jobs.domain.fair_rules import DatedFairRules, FairRules, counts_for_its_month, month_of
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.fairs import (
    AmendFair,
    Attendance,
    BoothsFull,
    BoothsInUse,
    BoothTaken,
    BoothUnknown,
    Fair,
    FairChanged,
    FairEmployerNotListed,
    FairEmployerStepIllegal,
    FairPeriodInvalid,
    FairPlan,
    FairStatus,
    FairStepIllegal,
    PlanFair,
    ReachSource,
    RecordFairReach,
)

NOW = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
DAY = datetime.fromisoformat("2026-03-21T09:00:00+08:00")
CLERK = Actor(id="clerk", role=Role.STATION_STAFF, station="52273001")
RULES = FairRules.model_validate(
    {
        "in_force_from": "2024-01-01",
        "warn_days_before": 7,
        "least_employers": 5,
        "opens_within_days": 366,
        "lasts_at_most_days": 7,
    }
)
ID = "0195aaaa-7c00-7000-8000-000000000001"


def employer(number: int) -> str:
    return f"0195bbbb-7c00-7000-8000-{number:012x}"


def plan(**changes: Any) -> FairPlan:
    given = {
        "title": "春季专场招聘会",
        "place": "老农贸市场广场",
        "opens_at": DAY,
        "closes_at": DAY + timedelta(hours=4),
        "booths": 3,
    }
    return FairPlan.model_validate({**given, **changes})


def planned(**changes: Any) -> Fair:
    request = PlanFair(station="52273001", plan=plan(**changes))
    return life.plan(request, id=ID, now=NOW, by=CLERK, rules=RULES)[0]


def with_confirmed(fair: Fair, count: int) -> Fair:
    for number in range(count):
        fair = attendance.invite(fair, {employer(number): "某某公司"}, now=NOW, by=CLERK)[0]
        fair = attendance.confirm(fair, employer(number), booth=None, now=NOW, by=CLERK)[0]
    return fair


def held(count: int = 0, **changes: Any) -> Fair:
    fair = life.announce(with_confirmed(planned(**changes), count), now=NOW, by=CLERK)[0]
    return life.hold(fair, now=DAY, by=CLERK)[0]


def in_status(status: FairStatus) -> Fair:
    return planned().model_copy(update={"status": status})


def take(fair: Fair, step: Step) -> None:
    """Try a step at a moment when only the status may stand in its way."""
    known = fair.employers[0].employer_id if fair.employers else employer(99)
    reach = RecordFairReach(id=fair.id, people=10, source=ReachSource.HEAD_COUNT)
    amended = AmendFair(id=fair.id, plan=plan(title="改期的招聘会"))
    after = DAY + timedelta(hours=5)
    tries: dict[Step, Any] = {
        Step.AMEND: lambda: life.amend(fair, amended, now=NOW, by=CLERK, rules=RULES),
        Step.ANNOUNCE: lambda: life.announce(fair, now=NOW, by=CLERK),
        Step.HOLD: lambda: life.hold(fair, now=DAY, by=CLERK),
        Step.CLOSE: lambda: life.close(fair, now=DAY, by=CLERK),
        Step.CANCEL: lambda: life.cancel(fair, now=NOW, by=CLERK, reason="暴雨"),
        Step.END: lambda: life.end(fair, now=after),
        Step.WARN: lambda: life.warn(fair, now=DAY, rules=RULES),
        Step.REACH: lambda: life.record_reach(fair, reach, now=DAY, by=CLERK),
        Step.INVITE: lambda: attendance.invite(fair, {employer(50): "某某公司"}, now=NOW, by=CLERK),
        Step.CONFIRM: lambda: attendance.confirm(fair, known, booth=None, now=NOW, by=CLERK),
        Step.DECLINE: lambda: attendance.decline(fair, known, now=NOW, by=CLERK),
        Step.CHECK_IN: lambda: attendance.check_in(fair, known, "", booth=None, now=DAY, by=CLERK),
        Step.POSTINGS: lambda: attendance.bring(fair, known, (), now=NOW, by=CLERK),
        Step.INTENTS: lambda: attendance.intend(fair, known, 3, now=DAY, by=CLERK),
    }
    tries[step]()


@pytest.mark.parametrize("status", FairStatus)
@pytest.mark.parametrize("step", [step for step in Step if step is not Step.PLAN])
def test_every_step_is_legal_in_its_statuses_and_refused_in_all_others(
    step: Step, status: FairStatus
) -> None:
    """The table of steps is what the decisions do, cell by cell."""
    fair = in_status(status)
    attended = Attendance.CAME if step is Step.INTENTS else Attendance.INVITED
    listed = attendance.invite(planned(), {employer(1): "某某公司"}, now=NOW, by=CLERK)[0].employers
    fair = fair.model_copy(
        update={"employers": tuple(one.model_copy(update={"attendance": attended}) for one in listed)}
    )
    if status in SOURCES[step]:
        take(fair, step)
    else:
        with pytest.raises(FairStepIllegal) as refusal:
            take(fair, step)
        assert refusal.value.evidence["status"] == status.value


@pytest.mark.parametrize(
    "changes",
    [
        {"opens_at": NOW - timedelta(hours=1)},
        {"closes_at": DAY - timedelta(minutes=1)},
        {"closes_at": DAY},
        {"closes_at": DAY + timedelta(days=8)},
        {"opens_at": DAY + timedelta(days=400), "closes_at": DAY + timedelta(days=401)},
    ],
)
def test_a_fair_of_the_past_or_without_end_is_refused(changes: dict[str, Any]) -> None:
    """It opens in the future, closes after it opens, and lasts a few days."""
    with pytest.raises(FairPeriodInvalid):
        planned(**changes)


def test_a_fair_is_not_opened_before_its_day() -> None:
    """In the night before it is too early; at the day's first moment it is not."""
    fair = life.announce(planned(), now=NOW, by=CLERK)[0]
    midnight = datetime.fromisoformat("2026-03-21T00:00:00+08:00")
    with pytest.raises(FairStepIllegal):
        life.hold(fair, now=midnight - timedelta(seconds=1), by=CLERK)
    assert life.hold(fair, now=midnight, by=CLERK)[0].status is FairStatus.HELD


def test_a_plan_read_before_another_change_is_refused() -> None:
    """Whoever amends says what he has read."""
    request = AmendFair(id=ID, plan=plan(), expected_sequence=7)
    with pytest.raises(FairChanged):
        life.amend(planned(), request, now=NOW, by=CLERK, rules=RULES)


def test_booths_go_from_the_lowest_up_each_to_one_employer() -> None:
    """Until none is left; what is given back is given again."""
    fair = with_confirmed(planned(), 3)
    assert [one.booth for one in fair.employers] == [1, 2, 3]
    invited = attendance.invite(fair, {employer(9): "某某公司"}, now=NOW, by=CLERK)[0]
    with pytest.raises(BoothsFull):
        attendance.confirm(invited, employer(9), booth=None, now=NOW, by=CLERK)
    with pytest.raises(BoothTaken):
        attendance.confirm(invited, employer(9), booth=2, now=NOW, by=CLERK)
    with pytest.raises(BoothUnknown):
        attendance.confirm(invited, employer(9), booth=4, now=NOW, by=CLERK)
    freed = attendance.decline(invited, employer(1), now=NOW, by=CLERK)[0]
    given = attendance.confirm(freed, employer(9), booth=None, now=NOW, by=CLERK)[0]
    assert given.employers[-1].booth == 2


def test_booths_that_are_given_away_cannot_be_planned_away() -> None:
    """The plan may grow, and shrink down to the highest booth that is held."""
    fair = with_confirmed(planned(), 2)
    with pytest.raises(BoothsInUse):
        life.amend(fair, AmendFair(id=ID, plan=plan(booths=1)), now=NOW, by=CLERK, rules=RULES)
    request = AmendFair(id=ID, plan=plan(booths=2))
    assert life.amend(fair, request, now=NOW, by=CLERK, rules=RULES)[0].plan.booths == 2


def test_who_walks_in_is_let_in_and_marked() -> None:
    """An employer that nobody invited gets a booth if there is one."""
    fair = attendance.check_in(held(), employer(7), "某某公司", booth=None, now=DAY, by=CLERK)[0]
    (one,) = fair.employers
    assert (one.attendance, one.walk_in, one.booth) == (Attendance.CAME, True, 1)
    with pytest.raises(FairEmployerStepIllegal):
        attendance.check_in(fair, employer(7), "某某公司", booth=None, now=DAY, by=CLERK)


def test_who_confirmed_keeps_the_booth_at_the_door_and_is_absent_when_not_seen() -> None:
    """At closing, only those that came have come."""
    fair = attendance.check_in(held(2), employer(1), "", booth=None, now=DAY, by=CLERK)[0]
    assert fair.employers[1].booth == 2
    closed = life.close(fair, now=DAY, by=CLERK)[0]
    assert [one.attendance for one in closed.employers] == [Attendance.ABSENT, Attendance.CAME]
    assert (closed.counts.came, closed.counts.absent, closed.counts.confirmed) == (1, 1, 0)


def test_a_check_in_made_by_mistake_is_taken_back() -> None:
    """It no longer counts, nor do its figures."""
    fair = attendance.check_in(held(1), employer(0), "", booth=None, now=DAY, by=CLERK)[0]
    fair = attendance.intend(fair, employer(0), 4, now=DAY, by=CLERK)[0]
    fair = attendance.decline(fair, employer(0), now=DAY, by=CLERK)[0]
    assert (fair.counts.came, fair.counts.intents, fair.employers[0].booth) == (0, 0, None)


def test_an_employer_that_is_not_on_the_list_cannot_be_confirmed() -> None:
    """Invite first; and none is invited twice."""
    fair = with_confirmed(planned(), 1)
    with pytest.raises(FairEmployerNotListed):
        attendance.confirm(fair, employer(5), booth=None, now=NOW, by=CLERK)
    with pytest.raises(FairEmployerStepIllegal):
        attendance.invite(fair, {employer(0): "某某公司"}, now=NOW, by=CLERK)


def test_a_warning_is_due_on_the_morning_seven_days_before() -> None:
    """While too few have confirmed, and not once they have; never twice for one date."""
    fair = planned(booths=10)
    due = datetime.fromisoformat("2026-03-14T00:00:00+08:00")
    assert life.next_due(fair, RULES) == due
    assert not life.is_to_be_warned_of(fair, RULES, now=due - timedelta(seconds=1))
    warned, outcome = life.warn(fair, now=due, rules=RULES)
    assert (outcome.facts.event_type, warned.warned_at) == ("jobs.fair.fell_short.v1", due)
    assert life.next_due(warned, RULES) is None
    with pytest.raises(FairStepIllegal):
        life.warn(warned, now=due, rules=RULES)
    assert life.next_due(with_confirmed(fair, 5), RULES) is None


def test_a_fair_that_is_put_off_is_warned_of_anew() -> None:
    """A new date is a new deadline."""
    warned = life.warn(planned(), now=DAY - timedelta(days=5), rules=RULES)[0]
    later = plan(opens_at=DAY + timedelta(days=30), closes_at=DAY + timedelta(days=30, hours=4))
    request = AmendFair(id=ID, plan=later)
    after = life.amend(warned, request, now=DAY - timedelta(days=4), by=CLERK, rules=RULES)[0]
    assert after.warned_at is None
    sooner = AmendFair(id=ID, plan=plan(place="县零工市场"))
    assert life.amend(warned, sooner, now=DAY - timedelta(days=4), by=CLERK, rules=RULES)[0].warned_at


def test_the_time_of_a_fair_ends_once_it_is_on_the_screens() -> None:
    """A plan that nobody announced is on none."""
    assert life.next_due(with_confirmed(planned(booths=9), 5), RULES) is None
    fair = held(3)
    assert life.next_due(fair, RULES) == fair.plan.closes_at
    ended = life.end(fair, now=fair.plan.closes_at)[0]
    assert (ended.ended_at, life.is_on_screens(ended), ended.status) == (
        fair.plan.closes_at,
        False,
        FairStatus.HELD,
    )
    with pytest.raises(FairStepIllegal):
        life.end(ended, now=fair.plan.closes_at)


@pytest.mark.parametrize(
    ("status", "came", "counts"),
    [("closed", 5, True), ("held", 5, True), ("closed", 4, False), ("cancelled", 9, False)],
)
def test_a_fair_counts_with_as_many_employers_as_the_rules_ask(status: str, came: int, counts: bool) -> None:
    """Those that came, not those that promised."""
    assert counts_for_its_month(FairStatus(status), came, RULES) is counts


def test_rules_are_those_of_the_opening_day() -> None:
    """A fair planned before a change of rules is held to those of its day; its month is the county's."""
    newer = RULES.model_copy(update={"in_force_from": DAY.date(), "least_employers": 8})
    dated = DatedFairRules(versions=(newer, RULES))
    assert dated.of(plan()).least_employers == 8
    before = plan(opens_at=DAY - timedelta(days=1))
    assert dated.of(before).least_employers == 5
    midnight = datetime.fromisoformat("2026-03-31T16:30:00+00:00")
    assert month_of(plan(opens_at=midnight, closes_at=midnight + timedelta(hours=1))) == "2026-04"


def test_the_public_reads_who_is_expected_and_no_more() -> None:
    """Not who declined, not how many hires are intended."""
    fair = attendance.check_in(held(2), employer(0), "", booth=None, now=DAY, by=CLERK)[0]
    fair = attendance.intend(fair, employer(0), 4, now=DAY, by=CLERK)[0]
    fair = attendance.invite(fair, {employer(8): "某某公司"}, now=DAY, by=CLERK)[0]
    shown = life.in_public(fair)
    assert [one.employer_id for one in shown.employers] == [employer(0), employer(1)]
    assert (shown.counts.intents, shown.counts.invited, shown.reach) == (0, 0, None)
