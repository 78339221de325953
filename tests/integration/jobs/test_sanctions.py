"""Sanctions: what they stop, how they end, and that nothing slips past one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.jobs.employers import register
from tests.integration.jobs.office import ADMIN, COMMUNITY, OTHER_TOWN, TOWN, TOWN_CLERK, Office
from yizhan.contracts.employers import Employer, EmployerRef, EmployersRpc, SanctionKind
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.jobs import (
    DraftPosting,
    JobsRpc,
    PostingRef,
    PostingStatus,
    PublishPosting,
    SubmitPosting,
)
from yizhan.contracts.sanctions import (
    AppealDecision,
    AppealSanction,
    DecideAppeal,
    LiftSanction,
    Sanction,
    SanctionEmployer,
    SanctionEnd,
    SanctionQuery,
    SanctionsRpc,
)

pytestmark = pytest.mark.integration

WHY = "两次拖欠工钱"


def impose(
    office: Office, employer: Employer, kind: SanctionKind = SanctionKind.SUSPENDED, **given: Any
) -> Sanction:
    request = SanctionEmployer(id=employer.id, kind=kind, reason=WHY, **given)
    sanction: Sanction = office.ask(SanctionsRpc.sanction_employer, request, ADMIN)
    return sanction


def standing(office: Office, employer: Employer) -> SanctionKind | None:
    found: Employer = office.ask(EmployersRpc.get_employer, EmployerRef(id=employer.id), ADMIN)
    return found.sanction


@pytest.mark.parametrize("kind", [SanctionKind.SUSPENDED, SanctionKind.BLACKLISTED])
def test_nothing_is_posted_under_a_sanction_and_what_was_comes_down(
    office: Office, kind: SanctionKind
) -> None:
    """At every station of the county; drafts stay drafts, and go no further."""
    employer = register(office)
    live = [
        office.bring_to(PostingStatus.PUBLISHED, station, employer=employer)
        for station in (TOWN, COMMUNITY, OTHER_TOWN)
    ]
    waiting = office.bring_to(PostingStatus.VERIFIED, employer=employer)
    draft = office.draft(employer=employer)
    others = office.bring_to(PostingStatus.PUBLISHED)
    impose(office, employer, kind)
    assert {office.posting(posting.id).status for posting in (*live, waiting)} == {PostingStatus.WITHDRAWN}
    assert office.posting(draft.id).status is PostingStatus.DRAFT
    assert office.posting(others.id).status is PostingStatus.PUBLISHED
    for posting in live:
        event = office.events(posting.id)[-1]
        assert event.type == "jobs.posting.withdrawn.v1"
        step = office.ask(JobsRpc.posting_history, PostingRef(id=posting.id), ADMIN).steps[-1]
        assert (step.step, step.by, step.reason) == ("withdraw", ADMIN.id, "雇主暂停招用")
    new = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms())
    for problem in (
        office.refusal(JobsRpc.draft_posting, new),
        office.refusal(JobsRpc.submit_posting, SubmitPosting(id=draft.id)),
    ):
        assert problem.code == "jobs.employer_may_not_post"
        assert problem.evidence == {"employer_id": employer.id, "standing": kind.value}


def test_why_stays_in_the_office(office: Office) -> None:
    """No event of the employer or of its postings says it."""
    employer = register(office)
    office.bring_to(PostingStatus.PUBLISHED, employer=employer)
    sanction = impose(office, employer)
    office.ask(SanctionsRpc.appeal_sanction, AppealSanction(id=sanction.id, text="工钱已经结清"))
    lift = DecideAppeal(id=sanction.id, decision=AppealDecision.LIFTED, reason="核对过回单")
    office.ask(SanctionsRpc.decide_appeal, lift, ADMIN)
    told = "".join(event.model_dump_json() for event in office.events())
    assert not [secret for secret in (WHY, "结清", "回单", "王家砂石厂", "谷丰") if secret in told]


def test_a_warning_stops_nothing(office: Office) -> None:
    """It stands in the record."""
    employer = register(office)
    posting = office.bring_to(PostingStatus.PUBLISHED, employer=employer)
    impose(office, employer, SanctionKind.WARNED)
    assert office.posting(posting.id).status is PostingStatus.PUBLISHED
    office.bring_to(PostingStatus.PUBLISHED, employer=employer)
    record = office.ask(SanctionsRpc.employer_record, EmployerRef(id=employer.id))
    assert [(one.kind, one.reason) for one in record.sanctions] == [(SanctionKind.WARNED, WHY)]
    assert record.postings == {"published": 2}


def test_a_sanction_ends_by_itself_when_its_time_is_over(office: Office) -> None:
    """To the second, once, with an event; another one stays in force."""
    employer = register(office)
    ends_at = office.clock.now() + timedelta(days=30)
    impose(office, employer, SanctionKind.WARNED)
    sanction = impose(office, employer, ends_at=ends_at)
    office.clock.move_to(ends_at - timedelta(seconds=1))
    assert office.service.end_due_sanctions() == pytest.approx(1.0)
    assert standing(office, employer) is SanctionKind.SUSPENDED
    office.clock.move_to(ends_at)
    office.service.end_due_sanctions()
    office.service.end_due_sanctions()
    assert standing(office, employer) is SanctionKind.WARNED
    ended = [event for event in office.events(employer.id) if event.type == "jobs.employer.sanction_ended.v1"]
    assert [(event.data.sanction_id, event.data.end, event.data.by) for event in ended] == [
        (sanction.id, SanctionEnd.RAN_OUT, "system")
    ]
    office.bring_to(PostingStatus.PUBLISHED, employer=employer)


def test_an_appeal_is_lodged_once_and_decided_by_the_county(office: Office) -> None:
    """It waits in the county's list; upheld, the sanction stays."""
    employer = register(office)
    sanction = impose(office, employer)
    appeal = AppealSanction(id=sanction.id, text="工钱已经结清")
    lodged = office.ask(SanctionsRpc.appeal_sanction, appeal)
    assert lodged.appeal is not None
    assert (lodged.appeal.text, lodged.appeal.lodged_by) == ("工钱已经结清", TOWN_CLERK.id)
    assert office.refusal(SanctionsRpc.appeal_sanction, appeal).code == "jobs.sanction_step_illegal"
    waiting = SanctionQuery(station=TOWN, appealed=True)
    assert [one.id for one in office.ask(SanctionsRpc.list_sanctions, waiting).sanctions] == [sanction.id]
    decide = DecideAppeal(id=sanction.id, decision=AppealDecision.UPHELD, reason="没有回单")
    assert office.refusal(SanctionsRpc.decide_appeal, decide).code == "auth.not_allowed"
    upheld = office.ask(SanctionsRpc.decide_appeal, decide, ADMIN)
    assert (upheld.ended_at, upheld.appeal.decision, upheld.appeal.decision_reason) == (
        None,
        AppealDecision.UPHELD,
        "没有回单",
    )
    assert office.ask(SanctionsRpc.list_sanctions, waiting).sanctions == ()
    assert office.refusal(SanctionsRpc.decide_appeal, decide, ADMIN).code == "jobs.sanction_step_illegal"
    assert standing(office, employer) is SanctionKind.SUSPENDED


def test_an_appeal_that_is_granted_ends_the_sanction(office: Office) -> None:
    """The employer posts again at once."""
    employer = register(office)
    sanction = impose(office, employer)
    office.ask(SanctionsRpc.appeal_sanction, AppealSanction(id=sanction.id, text="工钱已经结清"))
    decide = DecideAppeal(id=sanction.id, decision=AppealDecision.LIFTED, reason="核对过回单")
    ended = office.ask(SanctionsRpc.decide_appeal, decide, ADMIN)
    assert (ended.end, ended.ended_by) == (SanctionEnd.APPEAL_GRANTED, ADMIN.id)
    office.bring_to(PostingStatus.PUBLISHED, employer=employer)


def test_only_the_county_blacklists_and_lifts(office: Office) -> None:
    """A station's staff suspend; what binds the county, or undoes, is the county's."""
    employer = register(office)
    blacklist = SanctionEmployer(id=employer.id, kind=SanctionKind.BLACKLISTED, reason=WHY)
    assert office.refusal(SanctionsRpc.sanction_employer, blacklist).code == "auth.not_allowed"
    suspend = blacklist.model_copy(update={"kind": SanctionKind.SUSPENDED})
    sanction = office.ask(SanctionsRpc.sanction_employer, suspend)
    lift = LiftSanction(id=sanction.id, reason="整改完成")
    assert office.refusal(SanctionsRpc.lift_sanction, lift).code == "auth.not_allowed"
    assert office.ask(SanctionsRpc.lift_sanction, lift, ADMIN).end is SanctionEnd.LIFTED
    assert office.refusal(SanctionsRpc.lift_sanction, lift, ADMIN).code == "jobs.sanction_step_illegal"
    assert standing(office, employer) is None


def test_a_sanction_does_not_end_before_it_begins(office: Office) -> None:
    """A slip of the finger in the year."""
    request = SanctionEmployer(
        id=register(office).id, kind=SanctionKind.WARNED, reason=WHY, ends_at=office.clock.now()
    )
    assert office.refusal(SanctionsRpc.sanction_employer, request).code == "jobs.sanction_ends_in_the_past"


def test_a_sanction_while_postings_are_published_leaves_none_of_them_on_a_screen(office: Office) -> None:
    """Whichever comes first: refused, or taken down; and each posting's last event says so."""
    employer = register(office)
    postings = [office.bring_to(PostingStatus.VERIFIED, employer=employer) for _ in range(8)]
    twins = [Office(office.database, office.clock) for _ in range(9)]

    def publish(number: int) -> str:
        try:
            twins[number].ask(JobsRpc.publish_posting, PublishPosting(id=postings[number].id), ADMIN)
        except RemoteProblem as refusal:
            return refusal.problem.code
        return "published"

    with ThreadPoolExecutor(9) as pool:
        publishing = [pool.submit(publish, number) for number in range(4)]
        sanctioning = pool.submit(impose, twins[8], employer)
        publishing += [pool.submit(publish, number) for number in range(4, 8)]
        answers = {each.result(timeout=60) for each in publishing}
        sanctioning.result(timeout=60)
    assert answers <= {"published", "jobs.employer_may_not_post", "jobs.posting_step_illegal"}
    for posting in postings:
        assert office.posting(posting.id).status is PostingStatus.WITHDRAWN
        assert office.events(posting.id)[-1].type == "jobs.posting.withdrawn.v1"
