"""Fairs on both databases: rows, history and events together, whoever comes at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.integration.jobs.office import (
    ADMIN,
    COMMUNITY,
    COMMUNITY_CLERK,
    COUNTY,
    OTHER_CLERK,
    OTHER_TOWN,
    TOWN,
    TOWN_CLERK,
    Office,
)
from yizhan.contracts.actor import PUBLIC, SYSTEM
from yizhan.contracts.employers import Employer
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.fairs import (
    AmendFair,
    AnnounceFair,
    BringPostings,
    CancelFair,
    CheckInFairEmployer,
    CloseFair,
    ConfirmFairEmployer,
    ExportLiveFairs,
    Fair,
    FairMonthQuery,
    FairPlan,
    FairQuery,
    FairRef,
    FairsRpc,
    HoldFair,
    InviteToFair,
    PlanFair,
    ReachSource,
    RecordFairIntents,
    RecordFairReach,
    ShortFairQuery,
)
from yizhan.contracts.identifiers import new_identifier

pytestmark = pytest.mark.integration

DAY = datetime.fromisoformat("2026-03-21T09:00:00+08:00")


def plan(**changes: Any) -> FairPlan:
    given = {
        "title": "春季专场招聘会",
        "place": "老农贸市场广场",
        "opens_at": DAY,
        "closes_at": DAY + timedelta(hours=4),
        "linked": (OTHER_TOWN,),
        "booths": 12,
    }
    return FairPlan.model_validate({**given, **changes})


def planned(office: Office, station: str = TOWN, **changes: Any) -> Fair:
    fair: Fair = office.ask(FairsRpc.plan_fair, PlanFair(station=station, plan=plan(**changes)), ADMIN)
    return fair


def announced(office: Office, station: str = TOWN, **changes: Any) -> Fair:
    id = planned(office, station, **changes).id
    fair: Fair = office.ask(FairsRpc.announce_fair, AnnounceFair(id=id), ADMIN)
    return fair


def employers(office: Office, number: int) -> list[Employer]:
    return [office.register_employer() for _ in range(number)]


def invite_and_confirm(office: Office, fair: Fair, number: int) -> list[Employer]:
    coming = employers(office, number)
    ids = tuple(one.id for one in coming)
    office.ask(FairsRpc.invite_to_fair, InviteToFair(id=fair.id, employer_ids=ids))
    for id in ids:
        office.ask(FairsRpc.confirm_fair_employer, ConfirmFairEmployer(id=fair.id, employer_id=id))
    return coming


def read(office: Office, id: str) -> Fair:
    fair: Fair = office.ask(FairsRpc.get_fair, FairRef(id=id), ADMIN)
    return fair


def test_a_fair_goes_its_whole_way_with_every_step_on_record(office: Office) -> None:
    """From the plan to the figures: one row, a line of history and an event for each step."""
    fair = announced(office)
    first, second = invite_and_confirm(office, fair, 2)
    posting = office.draft(employer=first)
    brought = BringPostings(id=fair.id, employer_id=first.id, posting_ids=(posting.id,))
    office.ask(FairsRpc.bring_postings, brought)
    office.clock.move_to(DAY)
    office.ask(FairsRpc.hold_fair, HoldFair(id=fair.id))
    for one in (first, office.register_employer()):
        office.ask(FairsRpc.check_in_fair_employer, CheckInFairEmployer(id=fair.id, employer_id=one.id))
    intents = RecordFairIntents(id=fair.id, employer_id=first.id, intents=6)
    office.ask(FairsRpc.record_fair_intents, intents)
    reach = RecordFairReach(id=fair.id, people=240, source=ReachSource.SIGN_IN_SHEET)
    office.ask(FairsRpc.record_fair_reach, reach)
    closed = office.ask(FairsRpc.close_fair, CloseFair(id=fair.id))
    assert read(office, fair.id) == closed
    assert closed.counts.model_dump() == {
        "invited": 0,
        "confirmed": 0,
        "declined": 0,
        "came": 2,
        "absent": 1,
        "postings": 1,
        "intents": 6,
    }
    assert [(one.employer_id, one.attendance) for one in closed.employers][:2] == [
        (first.id, "came"),
        (second.id, "absent"),
    ]
    assert closed.employers[2].walk_in
    steps = office.ask(FairsRpc.fair_history, FairRef(id=fair.id)).steps
    assert [step.step for step in steps] == [
        *("plan", "announce", "invite", "confirm", "confirm", "postings", "hold"),
        *("check_in", "check_in", "intents", "reach", "close"),
    ]
    events = office.events(fair.id)
    assert [event.sequence for event in events] == list(range(1, 13))
    assert events[-1].type == "jobs.fair.closed.v1"
    assert events[-1].data.fair == closed
    assert all("王家" not in event.model_dump_json() for event in events)


def test_a_refused_step_leaves_no_trace(office: Office) -> None:
    """No row, no line, no event."""
    fair = planned(office)
    before = office.rows()
    problem = office.refusal(FairsRpc.hold_fair, HoldFair(id=fair.id))
    assert (problem.code, problem.evidence["status"]) == ("jobs.fair_step_illegal", "planned")
    unknown = ConfirmFairEmployer(id=fair.id, employer_id=new_identifier(office.clock.now()))
    assert office.refusal(FairsRpc.confirm_fair_employer, unknown).code == "jobs.fair_employer_not_listed"
    stranger = InviteToFair(id=fair.id, employer_ids=(unknown.employer_id,))
    assert office.refusal(FairsRpc.invite_to_fair, stranger).code == "jobs.employer_not_found"
    assert office.rows() == before
    assert read(office, fair.id) == fair


def test_links_lead_to_stations_of_the_county_only(office: Office) -> None:
    """Another town may be linked, a station that is not there may not."""
    request = PlanFair(station=TOWN, plan=plan(linked=(OTHER_TOWN, "52999901")))
    problem = office.refusal(FairsRpc.plan_fair, request)
    assert (problem.code, problem.evidence["stations"]) == ("jobs.fair_link_unknown", ["52999901"])


def test_an_employer_brings_postings_of_its_own_only(office: Office) -> None:
    """Neither another's nor one that is not there."""
    fair = announced(office)
    (one,) = invite_and_confirm(office, fair, 1)
    foreign = office.draft()
    request = BringPostings(id=fair.id, employer_id=one.id, posting_ids=(foreign.id,))
    problem = office.refusal(FairsRpc.bring_postings, request)
    assert (problem.code, problem.evidence["posting_ids"]) == ("jobs.fair_posting_foreign", [foreign.id])


def test_the_last_booth_is_given_once(office: Office) -> None:
    """However many employers confirm at the same time."""
    fair = planned(office, booths=4)
    ids = tuple(one.id for one in employers(office, 12))
    office.ask(FairsRpc.invite_to_fair, InviteToFair(id=fair.id, employer_ids=ids))

    def confirm(id: str) -> str:
        try:
            office.ask(FairsRpc.confirm_fair_employer, ConfirmFairEmployer(id=fair.id, employer_id=id))
        except RemoteProblem as error:
            return error.problem.code
        return "given"

    with ThreadPoolExecutor(12) as pool:
        answers = sorted(pool.map(confirm, ids))
    assert answers == ["given"] * 4 + ["jobs.booths_full"] * 8
    after = read(office, fair.id)
    assert sorted(one.booth for one in after.employers if one.booth) == [1, 2, 3, 4]
    assert [event.sequence for event in office.events(fair.id)] == list(range(1, 7))


def test_too_few_confirmations_are_warned_of_once_seven_days_before(office: Office) -> None:
    """By the clockwork, on the morning; the list holds the fair until enough have confirmed."""
    fair = announced(office)
    enough = announced(office)
    invite_and_confirm(office, enough, 5)
    invite_and_confirm(office, fair, 4)
    office.clock.move_to(datetime.fromisoformat("2026-03-13T23:59:00+08:00"))
    office.service.see_to_fairs()
    query = ShortFairQuery(station=COUNTY)
    assert office.ask(FairsRpc.short_fairs, query, ADMIN).fairs == ()
    office.clock.move_to("2026-03-14T00:00:00+08:00")
    for _ in range(3):
        office.service.see_to_fairs()
    warnings = [event for event in office.events() if event.type == "jobs.fair.fell_short.v1"]
    assert [(event.subject, event.data.confirmed, event.data.least) for event in warnings] == [
        (fair.id, 4, 5)
    ]
    (short,) = office.ask(FairsRpc.short_fairs, query, ADMIN).fairs
    assert (short.fair.id, short.missing) == (fair.id, 1)
    assert office.ask(FairsRpc.short_fairs, ShortFairQuery(station=OTHER_TOWN), ADMIN).fairs == ()
    invite_and_confirm(office, fair, 1)
    assert office.ask(FairsRpc.short_fairs, query, ADMIN).fairs == ()


def test_the_clockwork_sleeps_until_something_is_due(office: Office) -> None:
    """It never spins on a fair that it can do nothing for."""
    fair = planned(office, booths=2)
    assert office.service.see_to_fairs() > 1
    office.clock.move_to(DAY + timedelta(days=1))
    pauses = [office.service.see_to_fairs() for _ in range(3)]
    assert pauses[-1] > 1
    assert read(office, fair.id).status == "planned"


def test_a_fair_leaves_the_screens_when_its_time_is_over(office: Office) -> None:
    """By the clockwork; staff may still enter what came of it and close it."""
    fair = announced(office)
    office.clock.move_to(DAY + timedelta(hours=4))
    while office.service.see_to_fairs() < 1:
        continue
    assert office.events(fair.id)[-1].type == "jobs.fair.ended.v1"
    assert office.ask(FairsRpc.export_live_fairs, ExportLiveFairs(), SYSTEM).fairs == ()
    office.ask(FairsRpc.hold_fair, HoldFair(id=fair.id))
    assert office.ask(FairsRpc.close_fair, CloseFair(id=fair.id)).status == "closed"


def test_a_month_is_counted_with_the_rows_behind_it(office: Office) -> None:
    """A fair counts with five employers that came; the others are listed beside it."""
    fairs = [announced(office), announced(office, COMMUNITY), announced(office, OTHER_TOWN)]
    office.clock.move_to(DAY)
    for fair, number in zip(fairs, (5, 4, 5), strict=True):
        office.ask(FairsRpc.hold_fair, HoldFair(id=fair.id), ADMIN)
        for one in employers(office, number):
            request = CheckInFairEmployer(id=fair.id, employer_id=one.id)
            office.ask(FairsRpc.check_in_fair_employer, request, ADMIN)
    month = office.ask(FairsRpc.fair_month, FairMonthQuery(station=TOWN, month="2026-03"))
    assert month.counted == 1
    assert {row.fair.id: row.counts for row in month.fairs} == {fairs[0].id: True, fairs[1].id: False}
    county = office.ask(FairsRpc.fair_month, FairMonthQuery(station=COUNTY, month="2026-03"), ADMIN)
    assert (county.counted, len(county.fairs)) == (2, 3)
    assert office.ask(FairsRpc.fair_month, FairMonthQuery(station=TOWN, month="2026-04")).fairs == ()


def test_the_public_finds_announced_fairs_and_no_others(office: Office) -> None:
    """A plan and a cancelled fair do not exist to it; who declined is nobody's business."""
    plans = planned(office)
    shown = announced(office, COMMUNITY)
    invite_and_confirm(office, shown, 1)
    invited = InviteToFair(id=shown.id, employer_ids=(office.register_employer().id,))
    office.ask(FairsRpc.invite_to_fair, invited)
    gone = announced(office)
    office.ask(FairsRpc.cancel_fair, CancelFair(id=gone.id, reason="暴雨红色预警"))
    listed = office.ask(FairsRpc.list_fairs, FairQuery(station=COUNTY, status="planned"), PUBLIC)
    assert [fair.id for fair in listed.fairs] == [shown.id]
    assert (listed.fairs[0].counts.invited, listed.fairs[0].counts.confirmed) == (0, 1)
    assert len(office.ask(FairsRpc.get_fair, FairRef(id=shown.id), PUBLIC).employers) == 1
    for id in (plans.id, gone.id):
        assert office.refusal(FairsRpc.get_fair, FairRef(id=id), PUBLIC).code == "jobs.fair_not_found"


def test_staff_do_not_act_elsewhere(office: Office) -> None:
    """Another town's clerk neither reads nor changes a fair; one linked to it does not own it."""
    fair = announced(office)
    for method, request in (
        (FairsRpc.get_fair, FairRef(id=fair.id)),
        (FairsRpc.fair_history, FairRef(id=fair.id)),
        (FairsRpc.cancel_fair, CancelFair(id=fair.id, reason="下雨")),
        (FairsRpc.amend_fair, AmendFair(id=fair.id, plan=plan())),
        (FairsRpc.plan_fair, PlanFair(station=TOWN, plan=plan())),
        (FairsRpc.short_fairs, ShortFairQuery(station=TOWN)),
        (FairsRpc.fair_month, FairMonthQuery(station=TOWN, month="2026-03")),
    ):
        for actor in (OTHER_CLERK, COMMUNITY_CLERK):
            assert office.refusal(method, request, actor).code == "auth.outside_scope"
    assert office.refusal(FairsRpc.export_live_fairs, ExportLiveFairs(), ADMIN).code == "auth.not_allowed"


def test_lists_and_exports_come_in_pages(office: Office) -> None:
    """Newest first for people, by id for a rebuild, nothing twice and nothing left out."""
    ids = [announced(office).id for _ in range(5)]
    seen: list[str] = []
    after = None
    for _ in count():
        page = office.ask(FairsRpc.list_fairs, FairQuery(station=TOWN, after=after, limit=2), TOWN_CLERK)
        seen += [fair.id for fair in page.fairs]
        after = page.next
        if after is None:
            break
    assert seen == sorted(ids, reverse=True)
    first = office.ask(FairsRpc.export_live_fairs, ExportLiveFairs(limit=3), SYSTEM)
    rest = office.ask(FairsRpc.export_live_fairs, ExportLiveFairs(limit=3, after=first.next), SYSTEM)
    assert [fair.id for fair in (*first.fairs, *rest.fairs)] == sorted(ids)
    assert rest.next is None


def test_a_repeated_command_is_answered_alike(office: Office) -> None:
    """The same key, the same fair; another key, another fair."""
    request = PlanFair(station=TOWN, plan=plan())
    first = office.ask(FairsRpc.plan_fair, request, key="fair-plan-0001")
    assert office.ask(FairsRpc.plan_fair, request, key="fair-plan-0001") == first
    assert office.rows()["fairs"] == 1
