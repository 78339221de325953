"""A posting's life: every legal step does what it says, every illegal one is refused with its evidence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from services.jobs.domain import posting as life
from services.jobs.domain import posting_hands as hands
from services.jobs.domain import posting_overflow
from services.jobs.domain import posting_upkeep as upkeep
from services.jobs.domain.dispatch_rules import DatedDispatchRules, DispatchRules
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
    PostingStage,
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
                "reconfirmation": {"marked_after_hours": 24, "lapses_after_hours": 48},
                "duplicates": {"near_percent": 80, "looked_back_days": 30},
            }
        ]
    }
).on(NOW.date())
DISPATCH_RULES: DispatchRules = DatedDispatchRules.read(
    json.loads((files("services.jobs") / "dispatch.json").read_text(encoding="utf-8"))
).on(NOW.date())

#: Steps that nobody takes but the clock.
CLOCKWORK = (Step.MARK_STALE, Step.LAPSE, Step.EXPIRE, Step.OVERFLOW)

ILLEGAL = [
    (stage, step)
    for stage in PostingStage
    for step in Step
    if step is not Step.DRAFT and stage not in life.TRANSITIONS[step].sources
]
LEGAL = [(stage, step) for step, way in life.TRANSITIONS.items() for stage in sorted(way.sources)]


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


def posting_that_is(stage: PostingStage | PostingStatus) -> Posting:
    return drafted().model_copy(update=told_as(PostingStage(stage.value)))


def told_as(stage: PostingStage) -> dict[str, object]:
    """What a posting in this stage says of itself."""
    status = PostingStatus.PUBLISHED if stage in life.ON_SCREENS else PostingStatus.WITHDRAWN
    if stage.value in list(PostingStatus):
        status = PostingStatus(stage.value)
    taken = {PostingStage.PARTLY_FILLED: 1, PostingStage.FILLED: 3}.get(stage, 0)
    return {"stage": stage, "status": status, "taken": taken, "sequence": 7}


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
            return life.publish(posting, now=now, by=CLERK, limits=LIMITS)
        case Step.WITHDRAW:
            return life.withdraw(posting, now=now, by=CLERK, reason="雨天停工")
        case Step.TAKE:
            return hands.record_taken(posting, taken=2, now=now, by=CLERK)
        case Step.RECONFIRM:
            method = VerificationMethod.PHONE_CALL
            return upkeep.reconfirm(posting, now=now, by=CLERK, method=method, limits=LIMITS)
        case Step.MARK_STALE | Step.LAPSE:
            return clockwork(step, posting, now)
        case Step.MARK_DUPLICATE:
            return upkeep.mark_duplicate(posting, of=drafted(), now=now, by=CLERK)
        case Step.OVERFLOW:
            return posting_overflow.overflow(posting, (), now=now, rules=DISPATCH_RULES)
        case Step.CLOSE:
            return life.close(posting, now=now, by=CLERK, reason="活干完了")
        case _:
            return life.expire(posting, now=now)


def clockwork(step: Step, posting: Posting, now: datetime) -> Decision:
    """What the clock does to a posting whose deadline is now; where it does nothing, the step is illegal."""
    stale_at = now if step is Step.LAPSE else None
    deadlines = {"reconfirm_by": now, "lapses_at": now, "stale_at": stale_at}
    decision = upkeep.what_is_due(posting.model_copy(update=deadlines), now=now)
    if decision is None or decision[1].step is not step:
        life.require_legal(posting, step, now)
        raise AssertionError(f"{step} is legal, and the clock did not do it")
    return decision


def at(step: Step) -> datetime:
    """A moment at which time does not forbid the step."""
    return START if step is Step.EXPIRE else NOW


def test_the_table_says_what_the_domain_page_says() -> None:
    """The state machine, written a second time on purpose."""
    live = ["filled", "lapsed", "partly_filled", "published"]
    assert {
        step.value: (sorted(way.sources), way.target and way.target.value)
        for step, way in life.TRANSITIONS.items()
    } == {
        "draft": ([], "draft"),
        "amend": (["draft", "rejected"], "draft"),
        "submit": (["draft"], "submitted"),
        "verify": (["submitted"], "verified"),
        "reject": (["submitted"], "rejected"),
        "publish": (["verified"], "published"),
        "take": (live, None),
        "reconfirm": (live, None),
        "mark_stale": (["partly_filled", "published"], None),
        "overflow": (["partly_filled", "published"], None),
        "lapse": (["partly_filled", "published"], "lapsed"),
        "mark_duplicate": (sorted(PostingStage), None),
        "withdraw": (sorted([*live, "submitted", "verified"]), "withdrawn"),
        "close": (live, "closed"),
        "expire": (["draft", "lapsed", "partly_filled", "published", "submitted", "verified"], "expired"),
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


@pytest.mark.parametrize(("stage", "step"), LEGAL)
def test_a_legal_step_leads_to_its_stage_one_sequence_on(stage: PostingStage, step: Step) -> None:
    """Each row of the table, taken."""
    before = posting_that_is(stage)
    after, outcome = take(step, before, now=at(step))
    target = life.TRANSITIONS[step].target
    assert target is None or after.stage is target
    assert after.sequence == before.sequence + 1
    assert (outcome.step, outcome.at) == (step, at(step))
    assert outcome.by == ("system" if step in CLOCKWORK else "clerk-1")
    assert outcome.facts.posting == after  # type: ignore[attr-defined]


@pytest.mark.parametrize(("stage", "step"), LEGAL)
def test_a_posting_is_published_to_others_while_it_is_on_the_screens(stage: PostingStage, step: Step) -> None:
    """Whoever knows no stages goes by the status and shows nothing that is gone."""
    after, _ = take(step, posting_that_is(stage), now=at(step))
    assert (after.status is PostingStatus.PUBLISHED) == (after.stage in life.ON_SCREENS)


@pytest.mark.parametrize(("stage", "step"), ILLEGAL)
def test_an_illegal_step_is_refused_with_its_evidence(stage: PostingStage, step: Step) -> None:
    """Whatever is not in the table is an error with its code, never ignored."""
    posting = posting_that_is(stage)
    with pytest.raises(PostingStepIllegal) as refusal:
        take(step, posting, now=at(step))
    evidence = refusal.value.evidence
    assert (evidence["posting_id"], evidence["stage"], evidence["step"]) == (posting.id, stage, step)
    assert step not in evidence["allowed"]


def test_a_refusal_names_the_steps_that_are_allowed() -> None:
    """Whoever is refused is told what he may do instead."""
    with pytest.raises(PostingStepIllegal) as refusal:
        take(Step.PUBLISH, posting_that_is(PostingStatus.SUBMITTED))
    assert refusal.value.evidence["allowed"] == [
        "verify",
        "reject",
        "mark_duplicate",
        "withdraw",
    ]


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
def test_a_refusal_and_a_withdrawal_keep_their_reason_in_the_office(
    step: Step, status: PostingStatus, facts: type[PostingRejected | PostingWithdrawn], reason: str
) -> None:
    """The reason is in the history; others hear a code."""
    after, outcome = take(step, posting_that_is(status))
    assert outcome.reason == reason
    assert outcome.facts == facts(posting=after, by="clerk-1", reason_code="other")


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
    due = {stage for stage in PostingStage if upkeep.due_at(posting_that_is(stage)) is not None}
    assert due == life.ENDING
    assert upkeep.due_at(posting_that_is(PostingStage.PUBLISHED)) == START
