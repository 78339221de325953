"""A posting's life: every legal step does what it says, every illegal one is refused with its evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.jobs.domain import posting as life
from services.jobs.domain.limits import DatedLimits, Limits
from services.jobs.domain.posting import Decision, Step
from yizhan.contracts.actor import SYSTEM, Actor, Role
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    AmendPosting,
    DraftPosting,
    Posting,
    PostingAmended,
    PostingChanged,
    PostingDrafted,
    PostingExpired,
    PostingPublished,
    PostingRejected,
    PostingSource,
    PostingStatus,
    PostingStepIllegal,
    PostingSubmitted,
    PostingTerms,
    PostingVerified,
    PostingWithdrawn,
    Settlement,
    VerificationMethod,
    Wage,
    WageOutOfRange,
    WageUnit,
)

NOW = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
START = NOW + timedelta(hours=6)
CLERK = Actor(id="clerk-1", role=Role.STATION_STAFF, station="522730")
LIMITS: Limits = DatedLimits.read(
    {
        "versions": [
            {
                "in_force_from": "2026-01-01",
                "wage_fen": {
                    unit: {"least": 100, "most": 100_000} for unit in ("hour", "day", "piece", "month")
                },
                "period": {"start_grace_minutes": 15, "starts_within_days": 366, "lasts_at_most_days": 366},
            }
        ]
    }
).on(NOW.date())

ILLEGAL = [
    (status, step)
    for status in PostingStatus
    for step in Step
    if step is not Step.DRAFT and status not in life.TRANSITIONS[step].sources
]
LEGAL = [(status, step) for step, way in life.TRANSITIONS.items() for status in sorted(way.sources)]


def terms(**changes: object) -> PostingTerms:
    given: dict[str, object] = {
        "trade": "搬运工",
        "wage": Wage(fen=20_000, unit=WageUnit.DAY),
        "settlement": Settlement.DAILY,
        "headcount": 3,
        "place": "醒狮镇兴龙社区",
        "starts_at": START,
    }
    return PostingTerms.model_validate({**given, **changes})


def drafted(**changes: object) -> Posting:
    request = DraftPosting(
        station="52273001",
        employer_id=new_identifier(NOW),
        terms=terms(**changes),
        source=PostingSource.VISIT,
    )
    return life.draft(request, "龙里某建材店", id=new_identifier(NOW), now=NOW, by=CLERK, limits=LIMITS)[0]


def posting_that_is(status: PostingStatus) -> Posting:
    return drafted().model_copy(update={"status": status, "sequence": 7})


def take(step: Step, posting: Posting, *, now: datetime = NOW) -> Decision:
    match step:
        case Step.AMEND:
            request = AmendPosting(id=posting.id, terms=terms(headcount=9))
            return life.amend(posting, request, now=now, by=CLERK, limits=LIMITS)
        case Step.SUBMIT:
            return life.submit(posting, now=now, by=CLERK)
        case Step.VERIFY:
            method = VerificationMethod.SITE_VISIT
            return life.verify(posting, now=now, by=CLERK, method=method, note="看过现场")
        case Step.REJECT:
            return life.reject(posting, now=now, by=CLERK, reason="电话打不通")
        case Step.PUBLISH:
            return life.publish(posting, now=now, by=CLERK)
        case Step.WITHDRAW:
            return life.withdraw(posting, now=now, by=CLERK, reason="雨天停工")
        case _:
            return life.expire(posting, now=now)


def at(step: Step) -> datetime:
    """A moment at which time does not forbid the step."""
    return START if step is Step.EXPIRE else NOW


def test_the_table_says_what_the_domain_page_says() -> None:
    """The state machine, written a second time on purpose."""
    assert {
        step.value: (sorted(way.sources), way.target.value) for step, way in life.TRANSITIONS.items()
    } == {
        "draft": ([], "draft"),
        "amend": (["draft", "rejected"], "draft"),
        "submit": (["draft"], "submitted"),
        "verify": (["submitted"], "verified"),
        "reject": (["submitted"], "rejected"),
        "publish": (["verified"], "published"),
        "withdraw": (["published", "submitted", "verified"], "withdrawn"),
        "expire": (["draft", "published", "submitted", "verified"], "expired"),
    }


def test_a_draft_starts_at_sequence_one_and_leaves_at_its_start() -> None:
    """A new posting is a draft whose employer, source and moment are kept."""
    request = DraftPosting(
        station="52273001", employer_id=new_identifier(NOW), terms=terms(), source=PostingSource.PHONE
    )
    posting, outcome = life.draft(
        request, "龙里某建材店", id=new_identifier(NOW), now=NOW, by=CLERK, limits=LIMITS
    )
    assert (posting.status, posting.sequence, posting.taken) == (PostingStatus.DRAFT, 1, 0)
    assert (posting.employer_name, posting.source) == ("龙里某建材店", PostingSource.PHONE)
    assert (posting.created_at, posting.expires_at) == (NOW, START)
    assert (posting.verified_at, posting.published_at) == (None, None)
    assert outcome.facts == PostingDrafted(posting=posting, by="clerk-1")


@pytest.mark.parametrize(("status", "step"), LEGAL)
def test_a_legal_step_leads_to_its_status_one_sequence_on(status: PostingStatus, step: Step) -> None:
    """Each row of the table, taken."""
    before = posting_that_is(status)
    after, outcome = take(step, before, now=at(step))
    assert after.status is life.TRANSITIONS[step].target
    assert after.sequence == before.sequence + 1
    assert (outcome.step, outcome.at) == (step, at(step))
    assert outcome.by == ("system" if step is Step.EXPIRE else "clerk-1")
    assert outcome.facts.posting == after  # type: ignore[attr-defined]


@pytest.mark.parametrize(("status", "step"), ILLEGAL)
def test_an_illegal_step_is_refused_with_its_evidence(status: PostingStatus, step: Step) -> None:
    """Whatever is not in the table is an error with its code, never ignored."""
    posting = posting_that_is(status)
    with pytest.raises(PostingStepIllegal) as refusal:
        take(step, posting, now=at(step))
    evidence = refusal.value.evidence
    assert (evidence["posting_id"], evidence["status"], evidence["step"]) == (posting.id, status, step)
    assert step not in evidence["allowed"]


def test_a_refusal_names_the_steps_that_are_allowed() -> None:
    """Whoever is refused is told what he may do instead."""
    with pytest.raises(PostingStepIllegal) as refusal:
        take(Step.PUBLISH, posting_that_is(PostingStatus.SUBMITTED))
    assert refusal.value.evidence["allowed"] == ["verify", "reject", "withdraw"]


@pytest.mark.parametrize(
    ("step", "status"),
    [
        (Step.SUBMIT, PostingStatus.DRAFT),
        (Step.VERIFY, PostingStatus.SUBMITTED),
        (Step.PUBLISH, PostingStatus.VERIFIED),
    ],
)
def test_nothing_moves_towards_the_screens_once_its_time_has_come(step: Step, status: PostingStatus) -> None:
    """The clockwork may be seconds late; nobody can use those seconds."""
    take(step, posting_that_is(status), now=START - timedelta(microseconds=1))
    with pytest.raises(PostingStepIllegal) as refusal:
        take(step, posting_that_is(status), now=START)
    assert "expire" in refusal.value.evidence["allowed"]


def test_a_posting_may_still_be_withdrawn_when_its_time_has_come() -> None:
    """Taking something off a screen is never too late."""
    after, _ = take(Step.WITHDRAW, posting_that_is(PostingStatus.PUBLISHED), now=START)
    assert after.status is PostingStatus.WITHDRAWN


def test_a_posting_does_not_expire_before_its_time() -> None:
    """A microsecond too early is too early."""
    with pytest.raises(PostingStepIllegal):
        take(Step.EXPIRE, posting_that_is(PostingStatus.PUBLISHED), now=START - timedelta(microseconds=1))


def test_verifying_records_method_moment_and_note() -> None:
    """Who, how, when; the note stays in the office."""
    after, outcome = take(Step.VERIFY, posting_that_is(PostingStatus.SUBMITTED))
    assert after.verified_at == NOW
    assert (outcome.method, outcome.reason) == (VerificationMethod.SITE_VISIT, "看过现场")
    assert outcome.facts == PostingVerified(posting=after, by="clerk-1", method=VerificationMethod.SITE_VISIT)


def test_publishing_records_its_moment() -> None:
    """The screens and the ledger ask since when."""
    after, outcome = take(Step.PUBLISH, posting_that_is(PostingStatus.VERIFIED))
    assert after.published_at == NOW
    assert outcome.facts == PostingPublished(posting=after, by="clerk-1")


@pytest.mark.parametrize(
    ("step", "status", "facts", "reason"),
    [
        (Step.REJECT, PostingStatus.SUBMITTED, PostingRejected, "电话打不通"),
        (Step.WITHDRAW, PostingStatus.PUBLISHED, PostingWithdrawn, "雨天停工"),
    ],
)
def test_a_refusal_and_a_withdrawal_carry_their_reason(
    step: Step, status: PostingStatus, facts: type[PostingRejected | PostingWithdrawn], reason: str
) -> None:
    """The reason is in the history and in the event."""
    after, outcome = take(step, posting_that_is(status))
    assert outcome.reason == reason
    assert outcome.facts == facts(posting=after, by="clerk-1", reason=reason)


def test_submitting_and_expiring_tell_their_facts() -> None:
    """The two steps that need no word of explanation."""
    submitted, outcome = take(Step.SUBMIT, posting_that_is(PostingStatus.DRAFT))
    assert outcome.facts == PostingSubmitted(posting=submitted, by="clerk-1")
    expired, outcome = take(Step.EXPIRE, posting_that_is(PostingStatus.DRAFT), now=START)
    assert outcome.facts == PostingExpired(posting=expired, by=SYSTEM.id)


def test_amending_replaces_the_terms_and_the_moment_it_leaves() -> None:
    """A rejected posting that is mended is a draft again, and its end follows its new terms."""
    before = posting_that_is(PostingStatus.REJECTED)
    later = START + timedelta(days=3)
    request = AmendPosting(id=before.id, terms=terms(ends_at=later), expected_sequence=7)
    after, outcome = life.amend(before, request, now=NOW, by=CLERK, limits=LIMITS)
    assert (after.status, after.terms, after.expires_at) == (PostingStatus.DRAFT, request.terms, later)
    assert outcome.facts == PostingAmended(posting=after, by="clerk-1")


def test_amending_what_has_changed_since_is_refused() -> None:
    """Two clerks with the same form open: the second is told, not obeyed."""
    before = posting_that_is(PostingStatus.DRAFT)
    request = AmendPosting(id=before.id, terms=terms(), expected_sequence=6)
    with pytest.raises(PostingChanged) as refusal:
        life.amend(before, request, now=NOW, by=CLERK, limits=LIMITS)
    assert (refusal.value.evidence["sequence"], refusal.value.evidence["expected_sequence"]) == (7, 6)


def test_amending_obeys_the_rules_of_a_new_posting() -> None:
    """No way round a limit through an amendment."""
    before = posting_that_is(PostingStatus.DRAFT)
    request = AmendPosting(id=before.id, terms=terms(wage=Wage(fen=99, unit=WageUnit.DAY)))
    with pytest.raises(WageOutOfRange):
        life.amend(before, request, now=NOW, by=CLERK, limits=LIMITS)


def test_only_what_still_ends_by_itself_is_due() -> None:
    """The clockwork's index holds these and no others."""
    due = {status for status in PostingStatus if life.due_at(posting_that_is(status)) is not None}
    assert due == life.EXPIRING
    assert life.due_at(posting_that_is(PostingStatus.PUBLISHED)) == START
