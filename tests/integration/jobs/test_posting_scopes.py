"""Who may see and touch which rows, by role and place, judged by the newest news."""

from __future__ import annotations

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
    WAY,
    Office,
)
from yizhan.contracts.actor import PUBLIC, SYSTEM, Actor
from yizhan.contracts.employers import (
    EmployerKind,
    EmployerQuery,
    EmployerRef,
    EmployersRpc,
    RegisterEmployer,
)
from yizhan.contracts.jobs import (
    AmendPosting,
    AttachEvidence,
    ClosePosting,
    DraftPosting,
    ExportLivePostings,
    JobsRpc,
    MarkDuplicate,
    MorningQuery,
    PostingQuery,
    PostingRef,
    PostingStatus,
    PublishPosting,
    RecordTaken,
    RejectPosting,
    SubmitPosting,
    VerificationMethod,
    VerifyPosting,
    WithdrawPosting,
)

pytestmark = pytest.mark.integration


def commands(office: Office, posting_id: str, employer_id: str, station: str) -> list[tuple[Any, Any]]:
    """Every command of the contract."""
    register = RegisterEmployer(station=station, kind=EmployerKind.INDIVIDUAL, name="张家果园")
    draft = DraftPosting(station=station, employer_id=employer_id, terms=office.terms())
    verify = VerifyPosting(id=posting_id, method=VerificationMethod.DOCUMENT)
    return [
        (EmployersRpc.register_employer, register),
        (JobsRpc.draft_posting, draft),
        (JobsRpc.amend_posting, AmendPosting(id=posting_id, terms=office.terms())),
        (JobsRpc.submit_posting, SubmitPosting(id=posting_id)),
        (JobsRpc.verify_posting, verify),
        (JobsRpc.reject_posting, RejectPosting(id=posting_id, reason="不实")),
        (JobsRpc.publish_posting, PublishPosting(id=posting_id)),
        (JobsRpc.withdraw_posting, WithdrawPosting(id=posting_id, reason="停工")),
        (JobsRpc.close_posting, ClosePosting(id=posting_id, reason="做完")),
        (JobsRpc.record_taken, RecordTaken(id=posting_id, taken=1, reason="来电")),
        (JobsRpc.mark_duplicate, MarkDuplicate(id=posting_id)),
        (JobsRpc.attach_evidence, AttachEvidence(id=posting_id, file_id=posting_id)),
    ]


def test_the_list_of_commands_here_is_the_contracts() -> None:
    """A command that is added to the contract is added to the matrix."""
    named = {"draft_posting", "amend_posting", "submit_posting", "verify_posting"}
    named |= {"reject_posting", "publish_posting", "withdraw_posting", "close_posting", "record_taken"}
    # reconfirm_postings answers each of many by itself.
    named |= {"mark_duplicate", "attach_evidence", "reconfirm_postings"}
    assert named == {method.name for method in vars(JobsRpc).values() if getattr(method, "command", False)}


@pytest.mark.parametrize(
    ("actor", "station", "code"),
    [
        (OTHER_CLERK, TOWN, "auth.outside_scope"),
        (OTHER_CLERK, COMMUNITY, "auth.outside_scope"),
        (COMMUNITY_CLERK, TOWN, "auth.outside_scope"),
        (TOWN_CLERK, COUNTY, "auth.outside_scope"),
        (PUBLIC, TOWN, "auth.not_allowed"),
    ],
)
@pytest.mark.parametrize("status", WAY)
def test_every_command_on_another_stations_rows_is_refused_and_changes_nothing(
    office: Office, actor: Actor, station: str, code: str, status: PostingStatus
) -> None:
    """In whatever status the posting is; not a row and not an event more."""
    posting = office.bring_to(status, station)
    before = office.rows()
    for method, request in commands(office, posting.id, posting.employer_id, station):
        problem = office.refusal(method, request, actor)
        assert (problem.code, problem.status) == (code, 403), method.name
    assert office.rows() == before
    assert office.posting(posting.id) == posting


@pytest.mark.parametrize(
    ("actor", "station"),
    [
        (TOWN_CLERK, TOWN),
        (TOWN_CLERK, COMMUNITY),
        (COMMUNITY_CLERK, COMMUNITY),
        (ADMIN, COUNTY),
        (ADMIN, OTHER_TOWN),
        (SYSTEM, COMMUNITY),
    ],
)
def test_staff_act_at_their_station_and_everywhere_below(office: Office, actor: Actor, station: str) -> None:
    """The whole way of a posting, by one who may."""
    register = RegisterEmployer(station=station, kind=EmployerKind.INDIVIDUAL, name="张家果园")
    employer = office.ask(EmployersRpc.register_employer, register, actor)
    draft = DraftPosting(station=station, employer_id=employer.id, terms=office.terms())
    id = office.ask(JobsRpc.draft_posting, draft, actor).id
    office.ask(JobsRpc.submit_posting, SubmitPosting(id=id), actor)
    office.ask(JobsRpc.verify_posting, VerifyPosting(id=id, method=VerificationMethod.DOCUMENT), actor)
    office.ask(JobsRpc.publish_posting, PublishPosting(id=id), actor)
    assert [event.data.by for event in office.events(id)] == [actor.id] * 4


def test_the_public_sees_published_postings_and_no_others(office: Office) -> None:
    """To the public, what is not published does not exist, whatever it asks for."""
    employer = office.register_employer()
    on_the_way = [office.bring_to(status, employer=employer) for status in WAY[:-1]]
    published = office.bring_to(PostingStatus.PUBLISHED, employer=employer)
    assert office.ask(JobsRpc.get_posting, PostingRef(id=published.id), PUBLIC) == published
    for posting in on_the_way:
        problem = office.refusal(JobsRpc.get_posting, PostingRef(id=posting.id), PUBLIC)
        assert problem.code == "jobs.posting_not_found"
    for status in (None, *PostingStatus):
        query = PostingQuery(station=COUNTY, status=status)
        assert office.ask(JobsRpc.list_postings, query, PUBLIC).postings == (published,)


def test_the_public_sees_neither_employers_nor_histories(office: Office) -> None:
    """Those are the office's."""
    posting = office.bring_to(PostingStatus.PUBLISHED)
    for method, request in (
        (EmployersRpc.get_employer, EmployerRef(id=posting.employer_id)),
        (EmployersRpc.list_employers, EmployerQuery(station=TOWN)),
        (JobsRpc.posting_history, PostingRef(id=posting.id)),
        (JobsRpc.export_live_postings, ExportLivePostings()),
    ):
        assert office.refusal(method, request, PUBLIC).code == "auth.not_allowed"


def test_staff_see_their_own_scope_and_no_more(office: Office) -> None:
    """Every question about another station's rows is refused, as a command would be."""
    posting, draft = office.bring_to(PostingStatus.PUBLISHED), office.draft()
    for method, request in (
        (JobsRpc.get_posting, PostingRef(id=draft.id)),
        (JobsRpc.posting_history, PostingRef(id=posting.id)),
        (JobsRpc.posting_dossier, PostingRef(id=posting.id)),
        (JobsRpc.list_to_reconfirm, MorningQuery(station=TOWN)),
        (EmployersRpc.get_employer, EmployerRef(id=posting.employer_id)),
        (EmployersRpc.list_employers, EmployerQuery(station=COUNTY)),
    ):
        assert office.refusal(method, request, OTHER_CLERK).code == "auth.outside_scope"
    assert office.ask(JobsRpc.get_posting, PostingRef(id=posting.id), TOWN_CLERK) == posting


def test_staff_of_other_stations_see_what_anybody_sees(office: Office) -> None:
    """A published posting is no secret to those who serve the next town."""
    posting, draft = office.bring_to(PostingStatus.PUBLISHED), office.draft()
    assert office.ask(JobsRpc.get_posting, PostingRef(id=posting.id), OTHER_CLERK) == posting
    for query in (PostingQuery(station=TOWN), PostingQuery(station=TOWN, status=PostingStatus.DRAFT)):
        assert office.ask(JobsRpc.list_postings, query, OTHER_CLERK).postings == (posting,)
    listed = office.ask(JobsRpc.list_postings, PostingQuery(station=TOWN)).postings
    assert {one.id for one in listed} == {posting.id, draft.id}


def test_only_the_system_exports(office: Office) -> None:
    """Not even an administrator reads everything at once."""
    problem = office.refusal(JobsRpc.export_live_postings, ExportLivePostings(), ADMIN)
    assert problem.code == "auth.not_allowed"


def test_a_closed_account_is_refused_though_its_session_lives(office: Office) -> None:
    """From the moment that the news are heard."""
    posting = office.draft()
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN, active=False, sequence=2))
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN, active=True, sequence=1))
    before = office.rows()
    for method, request in commands(office, posting.id, posting.employer_id, TOWN):
        assert office.refusal(method, request, TOWN_CLERK).code == "auth.not_allowed"
    problem = office.refusal(JobsRpc.get_posting, PostingRef(id=posting.id), TOWN_CLERK)
    assert problem.code == "auth.not_allowed"
    assert office.rows() == before


def test_an_account_that_moved_acts_at_its_new_station(office: Office) -> None:
    """The session still names the old one."""
    here, there = office.draft(TOWN), office.draft(OTHER_TOWN)
    office.hear(office.news_of_account(TOWN_CLERK, station=OTHER_TOWN))
    assert office.refusal(JobsRpc.submit_posting, SubmitPosting(id=here.id)).code == "auth.outside_scope"
    assert office.ask(JobsRpc.submit_posting, SubmitPosting(id=there.id)).status == "submitted"
