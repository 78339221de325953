"""The register: entries, review, verification, closing, search and history, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.jobs.domain.credit_code import check_character_holds
from tests.integration.jobs.employers import BAD_CODE, GOOD_CODE, register
from tests.integration.jobs.office import ADMIN, COMMUNITY, OTHER_CLERK, TOWN, Office
from yizhan.contracts.employers import (
    AmendEmployer,
    CloseEmployer,
    Employer,
    EmployerEvidenceRef,
    EmployerKind,
    EmployerQuery,
    EmployerRef,
    EmployersRpc,
    EmployerStatus,
    EmployerVerificationMethod,
    ReopenEmployer,
    ReviewEmployer,
    ReviewState,
    SanctionKind,
    VerifyEmployer,
)
from yizhan.contracts.files import PDF
from yizhan.contracts.jobs import DraftPosting, JobsRpc, PostingStatus
from yizhan.contracts.sanctions import SanctionEmployer, SanctionsRpc
from yizhan.files import FileStore
from yizhan.settings import Settings

pytestmark = pytest.mark.integration


def amended(employer: Employer, **changes: Any) -> AmendEmployer:
    kept = {name: getattr(employer, name) for name in ("name", "credit_code", "address", "industry", "size")}
    return AmendEmployer(
        **{
            "id": employer.id,
            "expected_sequence": employer.sequence,
            "trades": employer.trades,
            **kept,
            **changes,
        }
    )


def listed(office: Office, **query: Any) -> list[str]:
    request = EmployerQuery(**{"station": TOWN, **query})
    return [employer.name for employer in office.ask(EmployersRpc.list_employers, request).employers]


def test_an_entry_is_amended_whole_and_only_as_it_was_read(office: Office) -> None:
    """Two clerks at once: the second one is told that his copy is old."""
    employer = register(office, code=GOOD_CODE, address="冠山街道", trades=("搬运工",))
    request = amended(employer, name="谷丰物流", address=None)
    after = office.ask(EmployersRpc.amend_employer, request)
    assert (after.name, after.address, after.trades, after.sequence) == ("谷丰物流", None, ("搬运工",), 2)
    assert office.ask(EmployersRpc.get_employer, EmployerRef(id=employer.id)) == after
    problem = office.refusal(EmployersRpc.amend_employer, request)
    assert (problem.code, problem.evidence["sequence"]) == ("jobs.employer_changed_meanwhile", 2)
    assert [event.type for event in office.events(employer.id)] == [
        "jobs.employer.registered.v1",
        "jobs.employer.amended.v1",
    ]


def test_a_code_that_another_company_has_is_refused_in_an_amendment_too(office: Office) -> None:
    """And the transaction goes on living: nothing of it is half done."""
    first = register(office, code=GOOD_CODE)
    second = register(office, "别家", BAD_CODE)
    before = office.rows()
    problem = office.refusal(EmployersRpc.amend_employer, amended(second, credit_code=GOOD_CODE))
    assert problem.code == "jobs.employer_exists"
    assert problem.evidence == {"credit_code": GOOD_CODE, "employer_id": first.id}
    assert office.rows() == before


def test_a_code_that_fails_waits_for_a_persons_word(office: Office) -> None:
    """Found genuine it is done with; found false it keeps the employer from posting until it is amended."""
    employer = register(office, code=BAD_CODE)
    assert (employer.review_state, employer.credit_code_checked) == (ReviewState.WAITING, False)
    assert listed(office, review=ReviewState.WAITING) == [employer.name]
    request = ReviewEmployer(id=employer.id, genuine=True, note="执照原件看过")
    assert office.ask(EmployersRpc.review_employer, request).review_state is ReviewState.CONFIRMED
    assert listed(office, review=ReviewState.WAITING) == []
    posting = office.bring_to(PostingStatus.PUBLISHED, employer=employer)
    refused = office.ask(EmployersRpc.review_employer, request.model_copy(update={"genuine": False}))
    assert refused.review_state is ReviewState.REFUSED
    assert office.posting(posting.id).status is PostingStatus.WITHDRAWN
    draft = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms())
    problem = office.refusal(JobsRpc.draft_posting, draft)
    assert problem.evidence == {"employer_id": employer.id, "standing": "credit_code_refused"}
    put_right = office.ask(EmployersRpc.amend_employer, amended(refused, credit_code=GOOD_CODE))
    assert (put_right.review_state, put_right.credit_code_checked) == (None, True)
    assert office.ask(JobsRpc.draft_posting, draft).employer_id == employer.id


def test_what_needs_no_review_gets_none(office: Office) -> None:
    """A person has no code to judge."""
    request = ReviewEmployer(id=register(office).id, genuine=True, note="没有")
    assert office.refusal(EmployersRpc.review_employer, request).code == "jobs.employer_step_illegal"


def test_a_verification_keeps_its_evidence(office: Office, tmp_path: Path) -> None:
    """The file is kept, told to who may see it, and to nobody else."""
    office.service.settings = Settings(data_dir=tmp_path)
    store = FileStore.from_settings(office.service.settings)
    photo = store.put(b"%PDF-1.4", media_type=PDF, name="执照.pdf")
    employer = register(office, code=GOOD_CODE)
    until = office.clock.now() + timedelta(days=180)
    request = VerifyEmployer(
        id=employer.id,
        method=EmployerVerificationMethod.SITE_VISIT,
        note="去过工地",
        evidence=(photo.id, photo.id),
        valid_until=until,
    )
    verified = office.ask(EmployersRpc.verify_employer, request)
    assert (verified.verified_at, verified.verified_until) == (office.clock.now(), until)
    ref = EmployerEvidenceRef(id=employer.id, file_id=photo.id)
    assert office.ask(EmployersRpc.employer_evidence, ref) == photo
    assert office.refusal(EmployersRpc.employer_evidence, ref, OTHER_CLERK).code == "auth.outside_scope"
    assert store.sweep(office.clock.now() + timedelta(days=9999)) == 0
    record = office.ask(SanctionsRpc.employer_record, EmployerRef(id=employer.id))
    (kept,) = record.verifications
    assert (kept.method, kept.note, kept.evidence) == (request.method, "去过工地", (photo,))
    event = office.events(employer.id)[-1]
    assert event.type == "jobs.employer.verified.v1"
    assert "去过工地" not in event.model_dump_json()
    moved = office.ask(EmployersRpc.amend_employer, amended(verified, credit_code=BAD_CODE))
    assert (moved.verified_at, moved.verified_until) == (None, None)


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_verification_ends_in_time(office: Office, days: int) -> None:
    """It is made anew within the time that the rules have it."""
    employer = register(office)
    method = EmployerVerificationMethod.PHONE_CALL
    until = office.clock.now() + timedelta(days=days)
    request = VerifyEmployer(id=employer.id, method=method, valid_until=until)
    problem = office.refusal(EmployersRpc.verify_employer, request)
    assert (problem.code, problem.evidence["longest_days"]) == ("jobs.verification_period_out_of_range", 366)


def test_evidence_that_is_not_in_the_store_is_refused(office: Office, tmp_path: Path) -> None:
    """A row never names a file that is not there."""
    office.service.settings = Settings(data_dir=tmp_path)
    employer = register(office)
    before = office.rows()
    request = VerifyEmployer(
        id=employer.id,
        method=EmployerVerificationMethod.DOCUMENT,
        evidence=(employer.id,),
        valid_until=office.clock.now() + timedelta(days=1),
    )
    assert office.refusal(EmployersRpc.verify_employer, request).code == "files.file_not_found"
    assert office.rows() == before


def test_a_closed_employer_posts_nothing_until_it_opens_again(office: Office) -> None:
    """What was running is withdrawn, at every station."""
    employer = register(office)
    postings = [
        office.bring_to(PostingStatus.PUBLISHED, station, employer=employer) for station in (TOWN, COMMUNITY)
    ]
    close = CloseEmployer(id=employer.id, reason="不再用工")
    assert office.ask(EmployersRpc.close_employer, close).status is EmployerStatus.CLOSED
    assert {office.posting(posting.id).status for posting in postings} == {PostingStatus.WITHDRAWN}
    draft = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms())
    assert office.refusal(JobsRpc.draft_posting, draft).code == "jobs.employer_may_not_post"
    assert office.refusal(EmployersRpc.close_employer, close).code == "jobs.employer_step_illegal"
    office.ask(EmployersRpc.reopen_employer, ReopenEmployer(id=employer.id, reason="又开工了"))
    office.ask(JobsRpc.draft_posting, draft)


def test_history_tells_who_did_what_when_and_why(office: Office) -> None:
    """The oldest first; each step has its sequence."""
    employer = register(office, code=BAD_CODE)
    office.clock.move_to(office.clock.now() + timedelta(minutes=5))
    office.ask(EmployersRpc.review_employer, ReviewEmployer(id=employer.id, genuine=True, note="看过原件"))
    steps = office.ask(EmployersRpc.employer_history, EmployerRef(id=employer.id)).steps
    assert [(step.step, step.sequence, step.by, step.reason, step.detail) for step in steps] == [
        ("register", 1, ADMIN.id, None, None),
        ("review", 2, "00000000-0000-7000-8000-000000000002", "看过原件", "confirmed"),
    ]
    assert steps[1].at - steps[0].at == timedelta(minutes=5)


def test_employers_are_found_by_characters_pinyin_and_code(office: Office) -> None:
    """By initials above all: a clerk types byg, not 搬运工."""
    register(office, "龙里谷丰物流", GOOD_CODE)
    register(office, "兴龙搬运工程队", station=COMMUNITY)
    for text in ("谷丰", "gf", "gfwl", "gufeng", "谷", "91350100", "M000100Y43"):
        assert listed(office, text=text) == ["龙里谷丰物流"], text
    assert listed(office, text="byg") == ["兴龙搬运工程队"]
    assert listed(office, text="龙") == ["兴龙搬运工程队", "龙里谷丰物流"]
    assert listed(office, text="茶") == listed(office, text="%") == []


def test_a_new_name_is_found_and_the_old_one_is_not(office: Office) -> None:
    """Search follows the register."""
    employer = register(office, "龙里谷丰物流")
    office.ask(EmployersRpc.amend_employer, amended(employer, name="醒狮砖厂"))
    assert listed(office, text="zc") == ["醒狮砖厂"]
    assert listed(office, text="gf") == []


def test_lists_are_filtered_by_kind_state_and_sanction(office: Office) -> None:
    """Also together, and page by page."""
    company, person = register(office, "龙里建材", GOOD_CODE), register(office, "老街王家")
    office.ask(EmployersRpc.close_employer, CloseEmployer(id=person.id, reason="不再用工"))
    warn = SanctionEmployer(id=company.id, kind=SanctionKind.WARNED, reason="拖欠一次")
    office.ask(SanctionsRpc.sanction_employer, warn)
    assert listed(office, kind=EmployerKind.COMPANY) == ["龙里建材"]
    assert listed(office, status=EmployerStatus.CLOSED) == ["老街王家"]
    assert listed(office, sanction=SanctionKind.WARNED) == ["龙里建材"]
    assert listed(office, sanction=SanctionKind.WARNED, text="jc", kind=EmployerKind.COMPANY) == ["龙里建材"]
    assert listed(office, sanction=SanctionKind.SUSPENDED) == []
    page = office.ask(EmployersRpc.list_employers, EmployerQuery(station=TOWN, limit=1))
    assert [employer.id for employer in page.employers] == [person.id]
    rest = office.ask(EmployersRpc.list_employers, EmployerQuery(station=TOWN, limit=1, after=page.next))
    assert ([employer.id for employer in rest.employers], rest.next) == ([company.id], None)


def test_the_codes_of_these_tests_are_what_they_are_called() -> None:
    """One is the standard's own."""
    assert check_character_holds(GOOD_CODE)
    assert not check_character_holds(BAD_CODE)
