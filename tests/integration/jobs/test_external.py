"""Postings that other systems send: by their own identifier, checked, answered, quarantined."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.jobs.office import ADMIN, COMMUNITY, OTHER_TOWN, TOWN, TOWN_CLERK, Office
from tests.support.service_stand import COUNTY
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import FieldFault
from yizhan.contracts.external_postings import (
    ExternalEmployer,
    ExternalPosting,
    ExternalPostingAccepted,
    ExternalPostingRef,
    ExternalPostingRefused,
    ExternalPostingsRpc,
    Outcome,
    RefuseExternal,
    SubmitExternalPosting,
    WithdrawExternalPosting,
)
from yizhan.contracts.integrator_examples import integrator
from yizhan.contracts.integrators import (
    Grants,
    IntegratorAmended,
    IntegratorStatus,
    SubmitGrant,
)
from yizhan.contracts.jobs import (
    JobsRpc,
    PostingSource,
    PostingStatus,
    PublishPosting,
    RejectPosting,
    VerificationMethod,
    VerifyPosting,
)
from yizhan.contracts.subscriptions import JOBS_INTEGRATORS

pytestmark = pytest.mark.integration

SITE = Actor(id=integrator.id, role=Role.INTEGRATOR)
COMPANY = ExternalEmployer(name="龙里县谷丰物流", credit_code="91350100M000100Y43")


@pytest.fixture
def site(office: Office) -> Office:
    """The service, which has heard that the site may send postings for the town."""
    hear(office)
    return office


def hear(office: Office, *, sequence: int = 1, status: IntegratorStatus = IntegratorStatus.ACTIVE) -> None:
    told = integrator.model_copy(
        update={
            "sequence": sequence,
            "status": status,
            "grants": Grants(submit=SubmitGrant(stations=(TOWN,))),
        }
    )
    event = office.event(IntegratorAmended(integrator=told, by=ADMIN.id), told.id, sequence, COUNTY)
    office.hear(event, JOBS_INTEGRATORS)


def submit(office: Office, external_id: str = "ZP-1", **changes: Any) -> ExternalPosting:
    terms = changes.pop("terms", {})
    given = {"external_id": external_id, "station": TOWN, "employer": COMPANY, "terms": office.terms(**terms)}
    request = SubmitExternalPosting.model_validate({**given, **changes})
    answer: ExternalPosting = office.ask(ExternalPostingsRpc.submit, request, SITE)
    return answer


def answers(office: Office) -> list[ExternalPosting]:
    """As events tell of them."""
    return [
        event.data.answer
        for event in office.events()
        if isinstance(event.data, ExternalPostingAccepted | ExternalPostingRefused)
    ]


def test_a_posting_waits_for_staff_and_its_sender_is_answered_by_an_event(site: Office) -> None:
    """Submitted, with its source; nothing of it is on a screen before somebody has made sure of it."""
    answer = submit(site)
    assert (answer.outcome, answer.posting_status) == (Outcome.ACCEPTED, PostingStatus.SUBMITTED)
    posting = site.posting(str(answer.posting_id))
    assert (posting.status, posting.source) == (PostingStatus.SUBMITTED, PostingSource.INTEGRATOR)
    assert posting.employer_name == COMPANY.name
    assert answers(site) == [answer]
    publish = PublishPosting(id=posting.id)
    assert site.refusal(JobsRpc.publish_posting, publish, ADMIN).code == "jobs.posting_step_illegal"


def test_the_same_again_changes_nothing_and_an_older_version_is_passed_over(site: Office) -> None:
    """At least once on their side too."""
    first = submit(site, version=5)
    assert submit(site, version=5).outcome is Outcome.UNCHANGED
    assert submit(site, version=4, terms={"headcount": 9}).outcome is Outcome.OUTDATED
    assert site.posting(str(first.posting_id)).terms.headcount == 3
    assert [one.received for one in answers(site)] == [1, 2, 3]


def test_what_staff_have_verified_is_not_changed_under_their_hands(site: Office) -> None:
    """The new version waits as a posting of its own, and the old one is off the screens."""
    first = submit(site)
    id = str(first.posting_id)
    verify = VerifyPosting(id=id, method=VerificationMethod.PHONE_CALL)
    site.ask(JobsRpc.verify_posting, verify, ADMIN)
    site.ask(JobsRpc.publish_posting, PublishPosting(id=id), ADMIN)
    second = submit(site, terms={"headcount": 7})
    assert second.posting_id != id
    assert second.posting_status is PostingStatus.SUBMITTED
    assert site.posting(id).status is PostingStatus.WITHDRAWN


def test_a_rejected_posting_is_mended_in_place(site: Office) -> None:
    """The sender corrects what staff objected to."""
    first = submit(site)
    reject = RejectPosting(id=str(first.posting_id), reason="电话打不通")
    site.ask(JobsRpc.reject_posting, reject, TOWN_CLERK)
    second = submit(site, terms={"headcount": 7})
    assert (second.posting_id, second.posting_status) == (first.posting_id, PostingStatus.SUBMITTED)


def test_the_law_is_applied_and_said(site: Office) -> None:
    """Refused with the article and lawful wording; what was sent before stands, and no company is left."""
    before = site.rows()
    answer = submit(site, terms={"description": "限男性，身体好"})
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "jobs.posting_unlawful")
    assert answer.findings
    assert answer.findings[0].article
    assert answers(site) == [answer]
    after = site.rows()
    assert {name for name in after if after[name] != before[name]} == {"external_postings", "outbox"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"station": OTHER_TOWN}, "jobs.station_not_granted"),
        ({"station": "52273099"}, "jobs.unknown_station"),
    ],
)
def test_another_station_is_refused(site: Office, changes: dict[str, Any], code: str) -> None:
    """The service that owns the postings decides, by the tree as it knows it."""
    answer = submit(site, **changes)
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, code)


def test_below_the_granted_station_is_granted_too(site: Office) -> None:
    """A town's grant reaches its communities."""
    assert submit(site, station=COMMUNITY).outcome is Outcome.ACCEPTED


def test_what_cannot_be_is_refused_and_told(site: Office) -> None:
    """A start that is past; the sender hears which rule it broke."""
    answer = submit(site, terms={"starts_at": site.clock.now() - timedelta(days=1)})
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "jobs.period_out_of_range")


def test_a_withdrawn_posting_is_off_and_may_come_back(site: Office) -> None:
    """Sent once more it is a posting of its own."""
    first = submit(site)
    withdraw = WithdrawExternalPosting(external_id="ZP-1")
    gone = site.ask(ExternalPostingsRpc.withdraw, withdraw, SITE)
    assert (gone.outcome, gone.posting_status) == (Outcome.ACCEPTED, PostingStatus.WITHDRAWN)
    again = submit(site)
    assert again.outcome is Outcome.ACCEPTED
    assert again.posting_id != first.posting_id
    unknown = site.ask(ExternalPostingsRpc.withdraw, WithdrawExternalPosting(external_id="ZP-9"), SITE)
    assert (unknown.outcome, unknown.code) == (Outcome.REFUSED, "jobs.external_posting_not_found")


def test_a_message_that_is_no_posting_is_refused_by_an_event(site: Office) -> None:
    """By the broker nobody hears an HTTP status."""
    fault = FieldFault(pointer="/data/terms", code="missing", detail="Field required")
    request = RefuseExternal(external_id="msg-1", code="request.invalid", detail="no", faults=(fault,))
    answer = site.ask(ExternalPostingsRpc.refuse, request, SITE)
    assert (answer.outcome, answer.faults) == (Outcome.REFUSED, (fault,))
    state = site.ask(ExternalPostingsRpc.read, ExternalPostingRef(external_id="msg-1"), SITE)
    assert state.last == answer


def test_a_suspended_sender_is_refused_at_once_and_nobody_else_may_send(site: Office) -> None:
    """What was heard of it outweighs its key; staff and the public are no integrators."""
    hear(site, sequence=2, status=IntegratorStatus.SUSPENDED)
    request = SubmitExternalPosting(external_id="ZP-1", station=TOWN, employer=COMPANY, terms=site.terms())
    assert site.refusal(ExternalPostingsRpc.submit, request, SITE).code == "jobs.integrator_unknown"
    assert site.refusal(ExternalPostingsRpc.submit, request, ADMIN).code == "auth.not_allowed"


def test_an_integrator_is_no_staff(site: Office) -> None:
    """It reads no draft and takes no step of staff's."""
    answer = submit(site)
    verify = VerifyPosting(id=str(answer.posting_id), method=VerificationMethod.PHONE_CALL)
    assert site.refusal(JobsRpc.verify_posting, verify, SITE).code == "auth.not_allowed"
