"""Doubles in the register: found, dismissed, merged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.jobs.employers import BAD_CODE, GOOD_CODE, register
from tests.integration.jobs.office import ADMIN, COUNTY, OTHER_TOWN, TOWN, Office
from yizhan.contracts.employer_duplicates import (
    DismissDuplicate,
    DuplicateQuery,
    DuplicateReason,
    EmployerDuplicatesRpc,
    EmployerPair,
    MergeEmployers,
)
from yizhan.contracts.employers import (
    AddEmployerContact,
    AmendEmployer,
    CloseEmployer,
    Employer,
    EmployerRef,
    EmployersRpc,
    EmployerStatus,
    NewContact,
    SanctionKind,
)
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.jobs import DraftPosting, JobsRpc, PostingStatus
from yizhan.contracts.sanctions import LiftSanction, SanctionEmployer, SanctionsRpc

pytestmark = pytest.mark.integration

PHONE = "13812341234"


def pairs(office: Office, station: str = TOWN) -> tuple[EmployerPair, ...]:
    found: tuple[EmployerPair, ...] = office.ask(
        EmployerDuplicatesRpc.list_employer_duplicates, DuplicateQuery(station=station), ADMIN
    ).pairs
    return found


def merge(office: Office, kept: Employer, merged: Employer) -> Employer:
    request = MergeEmployers(id=kept.id, merged=merged.id, reason="同一家")
    whole: Employer = office.ask(EmployerDuplicatesRpc.merge_employers, request, ADMIN)
    return whole


def refused(office: Office, kept: Employer, merged: Employer, **asking: Any) -> dict[str, Any]:
    request = MergeEmployers(id=kept.id, merged=merged.id, reason="同一家")
    problem = office.refusal(EmployerDuplicatesRpc.merge_employers, request, **asking)
    return {"code": problem.code, **problem.evidence}


def suspend(office: Office, employer: Employer, kind: SanctionKind = SanctionKind.SUSPENDED) -> str:
    request = SanctionEmployer(id=employer.id, kind=kind, reason="拖欠工钱")
    return str(office.ask(SanctionsRpc.sanction_employer, request, ADMIN).id)


def read(office: Office, id: str) -> Employer:
    employer: Employer = office.ask(EmployersRpc.get_employer, EmployerRef(id=id), ADMIN)
    return employer


def test_doubles_are_found_by_name_code_and_phone(office: Office) -> None:
    """Each pair once, with all its reasons."""
    contact = NewContact(name="王大山", phone="0854-5630000")
    one = register(office, "龙里谷丰物流有限公司", GOOD_CODE, contacts=(contact,))
    same = contact.model_copy(update={"phone": "08545630000"})
    other = register(office, "龙里 谷丰物流（集团）", "91350100M000I00Y4X", contacts=(same,))
    register(office, "别家", "91350100MA00100Y43")
    (pair,) = pairs(office)
    assert {pair.one.id, pair.other.id} == {one.id, other.id}
    assert set(pair.reasons) == {DuplicateReason.NAME, DuplicateReason.CREDIT_CODE, DuplicateReason.PHONE}


def test_a_pair_follows_what_the_register_says(office: Office) -> None:
    """Found when a phone is added, gone when the names and numbers differ again."""
    one = register(office, "老街王家", contacts=(NewContact(name="王大山", phone=PHONE),))
    other = register(office, "双桥李家")
    assert pairs(office) == ()
    add = AddEmployerContact(id=other.id, name="王大山", phone=PHONE)
    contact = office.ask(EmployersRpc.add_employer_contact, add)
    assert [pair.reasons for pair in pairs(office)] == [(DuplicateReason.PHONE,)]
    office.ask(EmployersRpc.amend_employer, AmendEmployer(id=other.id, expected_sequence=2, name=" 老街王家"))
    assert [set(pair.reasons) for pair in pairs(office)] == [{DuplicateReason.NAME, DuplicateReason.PHONE}]
    office.ask(EmployersRpc.amend_employer, AmendEmployer(id=other.id, expected_sequence=3, name="双桥李家"))
    changed = {"id": other.id, "contact_id": contact.id, "name": "李四", "phone": "13900000000"}
    method = EmployersRpc.amend_employer_contact
    office.ask(method, method.request.model_validate(changed))
    assert pairs(office) == ()
    assert one.sequence == 1


def test_a_pair_of_two_towns_is_the_countys(office: Office) -> None:
    """Nobody is shown an entry that is not his; nobody else could merge it."""
    register(office, "老街王家")
    register(office, "老街王家", station=OTHER_TOWN)
    assert len(pairs(office, COUNTY)) == 1
    assert pairs(office, TOWN) == pairs(office, OTHER_TOWN) == ()


def test_what_was_dismissed_is_not_shown_again(office: Office) -> None:
    """Also when one of the two is written anew."""
    register(office, "老街王家")
    other = register(office, "老街王家")
    (pair,) = pairs(office)
    dismiss = DismissDuplicate(id=pair.id, reason="两家人")
    office.ask(EmployerDuplicatesRpc.dismiss_employer_duplicate, dismiss)
    office.ask(EmployersRpc.amend_employer, AmendEmployer(id=other.id, expected_sequence=1, name="老街 王家"))
    assert pairs(office) == ()
    problem = office.refusal(EmployerDuplicatesRpc.dismiss_employer_duplicate, dismiss)
    assert problem.code == "jobs.employer_pair_not_found"


def test_two_entries_become_one(office: Office) -> None:
    """The merged id goes on to mean the kept one, whose record has what both did."""
    kept = register(office, "谷丰物流", GOOD_CODE)
    merged = register(office, "谷丰物流", contacts=(NewContact(name="王大山", phone=PHONE),))
    posting = office.bring_to(PostingStatus.PUBLISHED, employer=merged)
    whole = merge(office, kept, merged)
    assert (whole.id, whole.sequence, whole.status) == (kept.id, 2, EmployerStatus.ACTIVE)
    assert read(office, merged.id) == read(office, kept.id) == whole
    assert office.posting(posting.id).status is PostingStatus.PUBLISHED
    draft = DraftPosting(station=TOWN, employer_id=merged.id, terms=office.terms())
    assert office.ask(JobsRpc.draft_posting, draft).employer_id == kept.id
    record = office.ask(SanctionsRpc.employer_record, EmployerRef(id=merged.id))
    assert record.postings == {"published": 1, "draft": 1}
    contacts = office.ask(EmployersRpc.list_employer_contacts, EmployerRef(id=kept.id)).contacts
    assert [contact.phone for contact in contacts] == ["138****1234"]
    steps = office.ask(EmployersRpc.employer_history, EmployerRef(id=kept.id)).steps
    assert sorted((step.employer_id, step.step) for step in steps) == sorted(
        (id, step) for id in (kept.id, merged.id) for step in ("register", "merge")
    )
    assert pairs(office) == ()
    (event,) = [event for event in office.events(kept.id) if event.type == "jobs.employer.merged.v1"]
    assert (event.data.merged.merged_into, event.data.merged.status) == (kept.id, EmployerStatus.MERGED)
    assert event.data.merged.name == "个人雇主"
    assert office.events(merged.id)[-1].data.employer.merged_into == kept.id


def test_merges_follow_one_another(office: Office) -> None:
    """The first of three means the last."""
    first, second, third = (register(office, f"老街{name}家") for name in "王李赵")
    merge(office, second, first)
    merge(office, third, second)
    assert read(office, first.id).id == third.id
    assert refused(office, third, first, actor=ADMIN)["why"] == "merged_before"


def test_a_sanction_of_either_holds_for_both(office: Office) -> None:
    """A fresh entry is no way around one; lifted, the one that is left posts again."""
    kept, merged = register(office), register(office)
    posting = office.bring_to(PostingStatus.PUBLISHED, employer=kept)
    sanction = suspend(office, merged)
    assert merge(office, kept, merged).sanction is SanctionKind.SUSPENDED
    assert office.posting(posting.id).status is PostingStatus.WITHDRAWN
    office.ask(SanctionsRpc.lift_sanction, LiftSanction(id=sanction, reason="整改完成"), ADMIN)
    assert read(office, kept.id).sanction is None


def test_under_different_sanctions_two_stay_two(office: Office) -> None:
    """A person ends one of them first."""
    kept, merged = register(office), register(office)
    suspend(office, kept)
    suspend(office, merged, SanctionKind.BLACKLISTED)
    before = office.rows()
    assert refused(office, kept, merged, actor=ADMIN)["why"] == "sanctions_differ"
    assert office.rows() == before


def test_what_cannot_be_one_is_refused(office: Office) -> None:
    """An entry and itself, into a closed one, and what is not the caller's."""
    kept, other, foreign = register(office), register(office), register(office, station=OTHER_TOWN)
    assert refused(office, kept, kept)["why"] == "one_entry"
    assert refused(office, kept, foreign)["code"] == "auth.outside_scope"
    office.ask(EmployersRpc.close_employer, CloseEmployer(id=kept.id, reason="不再用工"))
    assert refused(office, kept, other)["why"] == "kept_is_closed"
    assert merge(office, other, kept).id == other.id


def test_two_merges_at_once_end_in_one_entry(office: Office) -> None:
    """Each into the other: one is done, the other refused, and nobody waits for ever."""
    for _ in range(5):
        one, other = register(office, code=None), register(office, code=None)
        twins = [Office(office.database, office.clock) for _ in range(2)]

        def attempt(number: int, ends: tuple[Employer, Employer], twins: list[Office] = twins) -> str:
            try:
                return merge(twins[number], *ends).id
            except RemoteProblem as refusal:
                return refusal.problem.code

        with ThreadPoolExecutor(2) as pool:
            ends = ((one, other), (other, one))
            answers = [pool.submit(attempt, number, ends[number]) for number in range(2)]
            found = {answer.result(timeout=60) for answer in answers}
        kept = read(office, one.id)
        assert found == {kept.id, "jobs.merge_refused"}
        assert read(office, other.id) == kept


def test_a_code_that_fails_is_a_double_of_the_one_it_was_meant_to_be() -> None:
    """The two of these tests differ in the check character alone."""
    assert GOOD_CODE[:-1] == BAD_CODE[:-1]
