"""Commands on postings: rows, history and events together, or none of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.jobs.domain.posting import TRANSITIONS, Step
from tests.integration.jobs.office import ADMIN, COMMUNITY, COUNTY, TOWN, TOWN_CLERK, Office
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    AmendPosting,
    DraftPosting,
    JobsRpc,
    PostingRef,
    PostingStatus,
    PublishPosting,
    RejectPosting,
    SubmitPosting,
    VerificationMethod,
    VerifyPosting,
    WageUnit,
    WithdrawPosting,
)
from yizhan.contracts.stations import StationStatus

pytestmark = pytest.mark.integration


def test_a_drafted_posting_is_kept_with_its_history_and_its_event(office: Office) -> None:
    """One row, one line, one event, all at sequence one."""
    employer = office.register_employer()
    request = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms(headcount=12))
    drafted = office.ask(JobsRpc.draft_posting, request, TOWN_CLERK)
    assert office.posting(drafted.id).model_dump() == drafted.model_dump(exclude={"findings", "like"})
    assert (drafted.status, drafted.terms, drafted.employer_name) == ("draft", request.terms, "个人雇主")
    (step,) = office.ask(JobsRpc.posting_history, PostingRef(id=drafted.id)).steps
    assert (step.sequence, step.step, step.status, step.by) == (1, "draft", "draft", TOWN_CLERK.id)
    (event,) = office.events(drafted.id)
    assert (event.type, event.sequence) == ("jobs.posting.drafted.v1", 1)
    assert (event.station, event.division) == (TOWN, COUNTY)
    assert (event.correlation, event.traceparent is not None) == ("c-1", True)
    assert event.data.posting == office.posting(drafted.id)


def test_a_posting_goes_its_whole_way_with_every_step_on_record(office: Office) -> None:
    """Rejected once, mended, published, withdrawn: who, when, why, and one event each."""
    posting = office.draft()
    id = posting.id
    steps: list[tuple[Any, Any]] = [
        (JobsRpc.submit_posting, SubmitPosting(id=id)),
        (JobsRpc.reject_posting, RejectPosting(id=id, reason="电话打不通")),
        (JobsRpc.amend_posting, AmendPosting(id=id, terms=office.terms(headcount=5), expected_sequence=3)),
        (JobsRpc.submit_posting, SubmitPosting(id=id)),
        (JobsRpc.verify_posting, VerifyPosting(id=id, method=VerificationMethod.SITE_VISIT, note="看过现场")),
        (JobsRpc.publish_posting, PublishPosting(id=id)),
        (JobsRpc.withdraw_posting, WithdrawPosting(id=id, reason="雨天停工")),
    ]
    for method, request in steps:
        office.ask(method, request)
        posting = office.posting(id)
    assert (posting.status, posting.sequence, posting.terms.headcount) == ("withdrawn", 8, 5)
    assert posting.verified_at == posting.published_at == office.clock.now()
    history = office.ask(JobsRpc.posting_history, PostingRef(id=id)).steps
    assert [(step.sequence, step.step, step.reason) for step in history] == [
        (1, "draft", None),
        (2, "submit", None),
        (3, "reject", "电话打不通"),
        (4, "amend", None),
        (5, "submit", None),
        (6, "verify", "看过现场"),
        (7, "publish", None),
        (8, "withdraw", "雨天停工"),
    ]
    events = office.events(id)
    assert [event.sequence for event in events] == list(range(1, 9))
    assert [event.data.posting.status for event in events] == [step.status for step in history]
    assert "看过现场" not in "".join(event.model_dump_json() for event in events)


def test_a_step_that_is_refused_leaves_nothing_behind(office: Office) -> None:
    """Neither row, nor line, nor event."""
    posting = office.draft()
    before = office.rows()
    problem = office.refusal(JobsRpc.publish_posting, PublishPosting(id=posting.id))
    assert (problem.code, problem.status) == ("jobs.posting_step_illegal", 409)
    assert problem.evidence["posting_id"] == posting.id
    assert problem.evidence["allowed"] == ["amend", "submit", "mark_duplicate"]
    assert (office.rows(), office.posting(posting.id)) == (before, posting)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"starts_at": timedelta(days=2), "ends_at": timedelta(days=1)}, "jobs.ends_before_start"),
        ({"starts_at": timedelta(days=-1)}, "jobs.period_out_of_range"),
        ({"starts_at": timedelta(days=500)}, "jobs.period_out_of_range"),
        ({"wage": {"fen": 10_000_000, "unit": WageUnit.HOUR}}, "jobs.wage_out_of_range"),
    ],
)
def test_terms_that_nobody_would_take_are_refused(office: Office, terms: dict[str, Any], code: str) -> None:
    """Each with its own code, and nothing half-done."""
    employer = office.register_employer()
    now = office.clock.now()
    moments = {name: now + value if isinstance(value, timedelta) else value for name, value in terms.items()}
    request = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms(**moments))
    before = office.rows()
    assert office.refusal(JobsRpc.draft_posting, request).code == code
    assert office.rows() == before


def test_what_does_not_exist_is_said_to_be_missing(office: Office) -> None:
    """Station, employer and posting each have their code."""
    nobody = new_identifier(office.clock.now())
    draft = DraftPosting(station=TOWN, employer_id=nobody, terms=office.terms())
    assert office.refusal(JobsRpc.draft_posting, draft).code == "jobs.employer_not_found"
    elsewhere = draft.model_copy(update={"station": "52273099"})
    assert office.refusal(JobsRpc.draft_posting, elsewhere, ADMIN).code == "jobs.unknown_station"
    assert office.refusal(JobsRpc.submit_posting, SubmitPosting(id=nobody)).code == "jobs.posting_not_found"


def test_a_suspended_station_takes_and_publishes_nothing_but_may_withdraw(office: Office) -> None:
    """What hangs there can be taken down; nothing new goes up."""
    published = office.bring_to(PostingStatus.PUBLISHED, COMMUNITY)
    verified = office.bring_to(PostingStatus.VERIFIED, COMMUNITY)
    path = [COUNTY, TOWN, COMMUNITY]
    suspended = office.news_of_station(
        COMMUNITY, parent=TOWN, path=path, sequence=2, status=StationStatus.SUSPENDED
    )
    office.hear(suspended)
    draft = DraftPosting(station=COMMUNITY, employer_id=published.employer_id, terms=office.terms())
    assert office.refusal(JobsRpc.draft_posting, draft).code == "jobs.station_not_open"
    problem = office.refusal(JobsRpc.publish_posting, PublishPosting(id=verified.id))
    assert problem.code == "jobs.station_not_open"
    withdrawn = office.ask(JobsRpc.withdraw_posting, WithdrawPosting(id=published.id, reason="停业"))
    assert withdrawn.status == "withdrawn"


def test_a_command_that_comes_again_with_its_key_is_done_once(office: Office) -> None:
    """A retry after a lost reply gets the first reply, also when the posting has moved on since."""
    employer = office.register_employer()
    request = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms())
    first = office.ask(JobsRpc.draft_posting, request, key="key-00000001")
    office.ask(JobsRpc.submit_posting, SubmitPosting(id=first.id))
    before = office.rows()
    assert office.ask(JobsRpc.draft_posting, request, key="key-00000001") == first
    assert office.rows() == before


def test_a_key_that_comes_with_another_body_is_refused(office: Office) -> None:
    """A client's mistake is told, not guessed at."""
    employer = office.register_employer()
    request = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms())
    office.ask(JobsRpc.draft_posting, request, key="key-00000001")
    other = request.model_copy(update={"terms": office.terms(headcount=4)})
    before = office.rows()
    with pytest.raises(RemoteProblem) as refusal:
        office.ask(JobsRpc.draft_posting, other, key="key-00000001")
    assert refusal.value.problem.code == "request.idempotency_key_reused"
    assert office.rows() == before


def test_the_same_key_from_twenty_threads_makes_one_posting(office: Office) -> None:
    """A double click, many times over."""
    employer = office.register_employer()
    request = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms())
    with ThreadPoolExecutor(20) as pool:
        asked = [
            pool.submit(office.ask, JobsRpc.draft_posting, request, key="key-00000001") for _ in range(20)
        ]
        answers = [one.result() for one in asked]
    assert len({answer.id for answer in answers}) == 1
    assert office.rows()["postings"] == 1
    assert len(office.events(answers[0].id)) == 1


def test_twenty_threads_on_one_posting_leave_one_legal_history(office: Office) -> None:
    """Verify, publish and withdraw at once: some are refused, and what was done is legal."""
    posting = office.bring_to(PostingStatus.SUBMITTED)
    verify = VerifyPosting(id=posting.id, method=VerificationMethod.PHONE_CALL)
    commands: list[tuple[Any, Any]] = [
        (JobsRpc.verify_posting, verify),
        (JobsRpc.publish_posting, PublishPosting(id=posting.id)),
        (JobsRpc.publish_posting, PublishPosting(id=posting.id)),
        (JobsRpc.withdraw_posting, WithdrawPosting(id=posting.id, reason="雨天停工")),
    ] * 5

    def attempt(command: tuple[Any, Any]) -> str:
        try:
            office.ask(*command, SYSTEM)
        except RemoteProblem as error:
            return error.problem.code
        return "done"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(attempt, commands))
    history = office.ask(JobsRpc.posting_history, PostingRef(id=posting.id), ADMIN).steps
    assert set(outcomes) <= {"done", "jobs.posting_step_illegal"}
    assert outcomes.count("done") == len(history) - 2
    assert [step.sequence for step in history] == list(range(1, len(history) + 1))
    for before, after in pairwise(history):
        way = TRANSITIONS[Step(after.step)]
        assert before.stage in way.sources
        assert after.stage is way.target
    assert history[-1].status == "withdrawn", "five withdrawals came; one of them was legal"
    events = office.events(posting.id)
    assert [event.data.posting.status for event in events] == [step.status for step in history]
    assert [event.sequence for event in events] == [step.sequence for step in history]
