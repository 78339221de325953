"""Postings on the screens and off them: hands, reconfirmations, duplicates, the law, search, all at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.jobs.domain.posting import TRANSITIONS, Step
from tests.integration.jobs.office import (
    ADMIN,
    COMMUNITY,
    COUNTY,
    OTHER_CLERK,
    OTHER_TOWN,
    TOWN,
    TOWN_CLERK,
    Office,
)
from yizhan.contracts.actor import PUBLIC, SYSTEM
from yizhan.contracts.compliance import (
    AddRuleVersion,
    CheckText,
    ClaimException,
    ComplianceRpc,
    DecideException,
    FindingsOf,
    ReadSpeech,
    RuleKind,
    RuleQuery,
)
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.jobs import (
    AmendPosting,
    AttachEvidence,
    ClosePosting,
    DraftPosting,
    EvidenceRef,
    JobsRpc,
    Lead,
    MarkDuplicate,
    MorningQuery,
    Posting,
    PostingRef,
    PostingSearch,
    PostingStage,
    PostingStatus,
    PublishPosting,
    ReconfirmPostings,
    RecordTaken,
    RejectPosting,
    Shift,
    SubmitPosting,
    VerificationMethod,
    VerifyPosting,
    Wage,
    WageUnit,
    WithdrawPosting,
)
from yizhan.contracts.premises import Datum, Position, PremisesAmended, StationPremises
from yizhan.files import FileStore
from yizhan.settings import Settings

pytestmark = pytest.mark.integration

LAST_TYPE = "jobs.posting."


def take(office: Office, id: str, taken: int) -> Posting:
    posting: Posting = office.ask(JobsRpc.record_taken, RecordTaken(id=id, taken=taken, reason="来电"))
    return posting


def told(office: Office, id: str) -> list[str]:
    return [event.type.removeprefix(LAST_TYPE).removesuffix(".v1") for event in office.events(id)]


def found(office: Office, actor: Any = TOWN_CLERK, *, station: str = TOWN, **wanted: Any) -> list[str]:
    answer = office.ask(JobsRpc.search_postings, PostingSearch(station=station, **wanted), actor)
    return [posting.id for posting in answer.postings]


# --- hands --------------------------------------------------------------------------------------------


def test_a_posting_that_is_full_leaves_the_screens_and_comes_back(office: Office) -> None:
    """Some hands, all hands, one drops out; never more than it wants."""
    id = office.bring_to(PostingStatus.PUBLISHED, headcount=3).id
    assert (take(office, id, 1).stage, office.posting(id).missing) == (PostingStage.PARTLY_FILLED, 2)
    full = take(office, id, 3)
    assert (full.status, full.stage, full.filled_at) == ("withdrawn", "filled", office.clock.now())
    problem = office.refusal(JobsRpc.record_taken, RecordTaken(id=id, taken=4, reason="来电"))
    assert (problem.code, problem.evidence["headcount"]) == ("jobs.posting_overfilled", 3)
    back = take(office, id, 2)
    assert (back.status, back.stage, back.filled_at) == ("published", "partly_filled", None)
    assert told(office, id)[-3:] == ["taken", "filled", "reopened"]


def test_a_filled_posting_closes_when_its_time_comes_and_another_expires(office: Office) -> None:
    """What found its hands was a success, and its record says so."""
    full, short = (office.bring_to(PostingStatus.PUBLISHED, headcount=2).id for _ in range(2))
    take(office, full, 2)
    take(office, short, 1)
    office.clock.move_to(office.clock.now() + timedelta(hours=6))
    office.service.do_what_is_due()
    assert [office.posting(id).stage for id in (full, short)] == ["closed", "expired"]
    assert office.posting(full).closed_at == office.clock.now()


def test_the_office_closes_a_posting_and_others_hear_only_a_code(office: Office) -> None:
    """What the office wrote stays in the office."""
    id = office.bring_to(PostingStatus.PUBLISHED).id
    closed = office.ask(JobsRpc.close_posting, ClosePosting(id=id, reason="张老板说不用来了"))
    assert (closed.status, closed.stage) == ("withdrawn", "closed")
    rejected = office.bring_to(PostingStatus.SUBMITTED).id
    office.ask(JobsRpc.reject_posting, RejectPosting(id=rejected, reason="张老板电话不通"))
    events = [office.events(each)[-1] for each in (id, rejected)]
    assert [(event.data.reason, event.data.reason_code) for event in events] == [
        (None, "done"),
        (None, "other"),
    ]
    assert "张老板" not in "".join(event.model_dump_json() for event in office.events())


# --- reconfirmation -----------------------------------------------------------------------------------


def test_a_posting_that_nobody_asks_after_is_marked_then_gone_then_back(office: Office) -> None:
    """A day, another day, and a telephone call."""
    id = office.bring_to(PostingStatus.PUBLISHED, starts_at=office.clock.now() + timedelta(days=9)).id
    office.clock.move_to(office.clock.now() + timedelta(hours=23, minutes=59))
    office.service.do_what_is_due()
    assert office.posting(id).stale_at is None
    office.clock.move_to(office.clock.now() + timedelta(minutes=1))
    office.service.do_what_is_due()
    assert (office.posting(id).stale_at, office.posting(id).status) == (office.clock.now(), "published")
    office.clock.move_to(office.clock.now() + timedelta(hours=24))
    office.service.do_what_is_due()
    assert (office.posting(id).stage, office.posting(id).status) == ("lapsed", "withdrawn")
    [answer] = office.ask(JobsRpc.reconfirm_postings, ReconfirmPostings(ids=(id,))).answers
    assert (answer.posting.status, answer.posting.stale_at) == ("published", None)
    assert answer.posting.confirmed_at == office.clock.now()
    assert told(office, id)[-3:] == ["marked_stale", "lapsed", "reconfirmed"]
    steps = office.ask(JobsRpc.posting_history, PostingRef(id=id)).steps
    assert (steps[-1].method, steps[-1].stage) == (VerificationMethod.PHONE_CALL, PostingStage.PUBLISHED)


def test_the_morning_list_has_the_soonest_start_first(office: Office) -> None:
    """Those that would be marked today, in the order in which people need them."""
    late, soon = (
        office.bring_to(PostingStatus.PUBLISHED, starts_at=office.clock.now() + timedelta(days=days)).id
        for days in (5, 3)
    )
    query = MorningQuery(station=TOWN)
    assert office.ask(JobsRpc.list_to_reconfirm, query).total == 0
    office.clock.move_to(office.clock.now() + timedelta(hours=20))
    listed = office.ask(JobsRpc.list_to_reconfirm, query)
    assert ([one.id for one in listed.postings], listed.total) == ([soon, late], 2)
    office.ask(JobsRpc.reconfirm_postings, ReconfirmPostings(ids=(soon,)))
    assert [one.id for one in office.ask(JobsRpc.list_to_reconfirm, query).postings] == [late]


def test_each_of_many_reconfirmations_is_answered(office: Office) -> None:
    """One that is refused holds up no other."""
    good = office.bring_to(PostingStatus.PUBLISHED).id
    draft, theirs = office.draft().id, office.bring_to(PostingStatus.PUBLISHED, OTHER_TOWN).id
    answers = office.ask(JobsRpc.reconfirm_postings, ReconfirmPostings(ids=(theirs, good, draft))).answers
    assert [answer.id for answer in answers] == [theirs, good, draft]
    assert [answer.code for answer in answers] == [
        "auth.outside_scope",
        None,
        "jobs.posting_step_illegal",
    ]


# --- duplicates ---------------------------------------------------------------------------------------


def test_a_clone_is_found_marked_and_not_counted(office: Office) -> None:
    """The same employer, words, place and time; one that nearly says so is shown, and left to people."""
    employer = office.register_employer()
    first, clone, near = (
        office.draft(employer=employer, description=text)
        for text in ("装卸家具，自带手套，包午饭", "装卸家具 自带手套 包午饭", "装卸家具，自带手套，包晚饭")
    )
    answers = [office.ask(JobsRpc.submit_posting, SubmitPosting(id=each.id)) for each in (first, clone, near)]
    assert [(one.duplicate_of, one.countable) for one in answers] == [
        (None, True),
        (first.id, False),
        (None, True),
    ]
    assert [(like.exact, like.posting_id) for like in answers[1].like] == [(True, first.id)]
    assert {like.posting_id for like in answers[2].like} == {first.id, clone.id}
    marked = office.ask(JobsRpc.mark_duplicate, MarkDuplicate(id=near.id, duplicate_of=clone.id))
    assert (marked.duplicate_of, marked.countable) == (first.id, False)
    circle = office.refusal(JobsRpc.mark_duplicate, MarkDuplicate(id=first.id, duplicate_of=clone.id))
    assert circle.code == "jobs.duplicate_of_itself"
    assert office.ask(JobsRpc.mark_duplicate, MarkDuplicate(id=near.id)).countable


# --- the law ------------------------------------------------------------------------------------------


def test_an_unlawful_posting_is_found_at_once_and_refused_at_submission(office: Office) -> None:
    """The words, the article, lawful wording; and what was mended goes on."""
    draft = DraftPosting(
        station=TOWN, employer_id=office.register_employer().id, terms=office.terms(description="限男性")
    )
    answer = office.ask(JobsRpc.draft_posting, draft)
    assert [(one.rule, one.severity) for one in answer.findings] == [("sex", "refuse")]
    problem = office.refusal(JobsRpc.submit_posting, SubmitPosting(id=answer.id))
    assert (problem.code, problem.status) == ("jobs.posting_unlawful", 422)
    assert problem.evidence["findings"][0]["words"] == "限男性"
    kept = office.ask(ComplianceRpc.posting_findings, FindingsOf(id=answer.id))
    assert kept.findings == answer.findings
    mended = office.ask(JobsRpc.amend_posting, AmendPosting(id=answer.id, terms=office.terms()))
    assert mended.findings == ()
    assert office.ask(JobsRpc.submit_posting, SubmitPosting(id=answer.id)).status == "submitted"


def test_an_exception_holds_once_the_county_has_accepted_it(office: Office) -> None:
    """Claimed by the station, decided by the county, undone when the terms change."""
    id = office.draft(description="限男性").id
    claim = ClaimException(id=id, rule="sex", evidence="井下作业，见批复")
    assert office.ask(ComplianceRpc.claim_exception, claim).claims[0].state == "claimed"
    assert office.refusal(JobsRpc.submit_posting, SubmitPosting(id=id)).code == "jobs.posting_unlawful"
    decide = DecideException(id=id, rule="sex", accept=True)
    assert office.refusal(ComplianceRpc.decide_exception, decide).code == "auth.not_allowed"
    accepted = office.ask(ComplianceRpc.decide_exception, decide, ADMIN)
    assert [(one.severity, one.excepted) for one in accepted.findings] == [("warn", True)]
    amend = AmendPosting(id=id, terms=office.terms(description="限男性，包吃"))
    assert office.ask(JobsRpc.amend_posting, amend).findings[0].severity == "refuse"
    office.ask(ComplianceRpc.decide_exception, decide, ADMIN)
    assert office.ask(JobsRpc.submit_posting, SubmitPosting(id=id)).status == "submitted"
    no_law = ClaimException(id=id, rule="held_id", evidence="统一保管")
    assert office.refusal(ComplianceRpc.claim_exception, no_law).code == "jobs.exception_not_allowed"


def test_rules_are_dated_and_an_administrator_adds_to_them(office: Office) -> None:
    """In force from their day on; what cannot be read is refused and changes nothing."""
    data = json.loads((files("services.jobs") / "limits.json").read_text("utf-8"))
    data["versions"][0]["wage_fen"]["day"]["least"] = 19_000
    add = AddRuleVersion(
        kind=RuleKind.POSTING_LIMITS, valid_from=date(2026, 3, 3), data=data, reason="县局通知"
    )
    assert office.refusal(ComplianceRpc.add_rule_version, add).code == "auth.not_allowed"
    office.ask(ComplianceRpc.add_rule_version, add, ADMIN)
    wage = Wage(fen=18_000, unit=WageUnit.DAY)
    employer = office.register_employer()
    office.draft(employer=employer, wage=wage)
    office.clock.move_to(office.clock.now() + timedelta(days=1))
    draft = DraftPosting(station=TOWN, employer_id=employer.id, terms=office.terms(wage=wage))
    assert office.refusal(JobsRpc.draft_posting, draft).code == "jobs.wage_out_of_range"
    for kind in (RuleKind.POSTING_LIMITS, RuleKind.WORDING, RuleKind.WAGE_FLOORS):
        broken = add.model_copy(update={"kind": kind, "data": {"rules": 1}})
        assert office.refusal(ComplianceRpc.add_rule_version, broken, ADMIN).code == "jobs.rules_unreadable"
    listed = office.ask(ComplianceRpc.list_rule_versions, RuleQuery(kind=RuleKind.POSTING_LIMITS), ADMIN)
    assert [(one.by, one.reason) for one in listed.versions] == [(ADMIN.id, "县局通知"), ("system", None)]


def test_a_text_is_checked_and_speech_is_understood_without_saving(office: Office) -> None:
    """Before anything is written down; nothing is invented."""
    before = office.rows()
    verdict = office.ask(ComplianceRpc.check_text, CheckText(station=TOWN, text="押金200元，扣身份证"))
    assert verdict.verdict == "refuse"
    said = ReadSpeech(station=TOWN, text="明早六点要两个小工，老农贸市场集合，包午饭，180一天，日结")
    draft = office.ask(ComplianceRpc.read_speech, said)
    assert (draft.date, draft.time.hour, draft.headcount) == (date(2026, 3, 3), 6, 2)
    assert (draft.wage_fen, draft.wage_unit, draft.settlement, draft.lodging) == (18000, "day", "daily", None)
    vague = office.ask(ComplianceRpc.read_speech, ReadSpeech(station=TOWN, text="要人"))
    assert {"wage_fen", "place", "date"} <= set(vague.missing)
    assert office.rows() == before


# --- the dossier --------------------------------------------------------------------------------------


def test_the_lead_and_the_evidence_stay_in_the_office(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the dossier, for staff of the station; in no event."""
    settings = Settings(data_dir=tmp_path)
    monkeypatch.setattr(office.service, "settings", settings, raising=False)
    upload = FileStore.from_settings(settings).put(b"%PDF-1.4", media_type="application/pdf", name="李四.pdf")
    draft = DraftPosting(
        station=TOWN,
        employer_id=office.register_employer().id,
        terms=office.terms(),
        lead=Lead(told="李四在门口说的"),
    )
    id = office.ask(JobsRpc.draft_posting, draft).id
    attach = AttachEvidence(id=id, file_id=upload.id)
    assert office.ask(JobsRpc.attach_evidence, attach) == office.ask(JobsRpc.attach_evidence, attach)
    dossier = office.ask(JobsRpc.posting_dossier, PostingRef(id=id))
    assert (dossier.lead.told, [one.file.sha256 for one in dossier.evidence]) == (
        "李四在门口说的",
        [upload.sha256],
    )
    shown = EvidenceRef(id=id, file_id=upload.id)
    assert office.ask(JobsRpc.posting_evidence, shown).id == upload.id
    assert office.refusal(JobsRpc.posting_evidence, shown, OTHER_CLERK).code == "auth.outside_scope"
    assert "李四" not in "".join(event.model_dump_json() for event in office.events())
    nothing = AttachEvidence(id=id, file_id=id)
    assert office.refusal(JobsRpc.attach_evidence, nothing).code == "files.file_not_found"


def test_a_shift_lies_within_the_job(office: Office) -> None:
    """On one of its days, with no more hands than it wants."""
    shift = Shift(day=date(2026, 3, 2), begins="18:00", ends="02:00", hands=2)
    posting = office.draft(shifts=(shift,), hours_per_day=8)
    assert office.posting(posting.id).terms.shifts == (shift,)
    for broken in ({"day": date(2026, 3, 1)}, {"hands": 9}):
        terms = office.terms(shifts=(shift.model_copy(update=broken),))
        draft = DraftPosting(station=TOWN, employer_id=posting.employer_id, terms=terms)
        assert office.refusal(JobsRpc.draft_posting, draft).code == "jobs.shift_out_of_period"


# --- search -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["搬运", "搬", "byg", "BANYUN", "banyungong", "１８号 搬运", "兴龙 byg"])
def test_a_posting_is_found_by_words_characters_and_pinyin(office: Office, text: str) -> None:
    """However it is typed; and not by what it does not say."""
    sought = office.bring_to(PostingStatus.PUBLISHED, place="兴龙社区18号").id
    other = office.draft(trade="保洁", place="醒狮镇政府").id
    assert found(office, text=text) == [sought]
    assert found(office, text="bj") == [other]
    assert found(office, text="搬运 保洁") == found(office, text="？？") == []


def test_a_search_narrows_by_trade_wage_time_stage_and_place(office: Office) -> None:
    """Each by itself and all together."""
    start = office.clock.now() + timedelta(days=2)
    wage = Wage(fen=20_000, max_fen=26_000, unit=WageUnit.DAY)
    one = office.bring_to(PostingStatus.PUBLISHED, COMMUNITY, wage=wage, starts_at=start).id
    office.clock.move_to(office.clock.now() + timedelta(seconds=1))
    two = office.draft(trade="保洁", wage=Wage(fen=2_500, unit=WageUnit.HOUR)).id
    assert found(office) == [two, one]
    assert found(office, trade="保洁") == found(office, stage="draft") == [two]
    assert found(office, station=COMMUNITY) == found(office, PUBLIC) == found(office, OTHER_CLERK) == [one]
    assert found(office, wage_unit="day", wage_from_fen=25_000, wage_to_fen=30_000) == [one]
    assert found(office, wage_unit="day", wage_from_fen=27_000) == []
    assert found(office, starts_from=start, starts_before=start + timedelta(hours=1)) == [one]
    assert found(office, text="搬运", trade="搬运工", wage_unit="day", status="published") == [one]
    problem = office.refusal(JobsRpc.search_postings, PostingSearch(station=TOWN, wage_from_fen=1))
    assert (problem.code, problem.evidence["missing"]) == ("jobs.search_incomplete", "wage_unit")


def test_a_search_finds_what_is_near(office: Office) -> None:
    """By the position of the station, as its owner last told."""
    far = office.draft(TOWN).id
    office.clock.move_to(office.clock.now() + timedelta(seconds=1))
    near = office.draft(COMMUNITY).id
    for code, lat in ((TOWN, 26.60), (COMMUNITY, 26.45)):
        hear_position(office, code, lat)
    point: dict[str, Any] = {"lng": 106.97, "lat": 26.45}
    assert found(office, **point, within_metres=1_000) == [near]
    assert found(office, **point, within_metres=50_000) == [near, far]
    assert found(office, **point, within_metres=1_000, text="搬运") == [near]


def hear_position(office: Office, code: str, lat: float) -> None:
    position = Position(lng=106.97, lat=lat, datum=Datum.GCJ02)
    premises = StationPremises(code=code, position=position, sequence=1)
    facts = PremisesAmended(premises=premises, by=ADMIN.id)
    office.hear(office.event(facts, f"{code}/premises", 1, code))


def test_pages_of_a_search_join_without_gap_or_repetition(office: Office) -> None:
    """Newest first, to the end."""
    employer = office.register_employer()
    ids = [office.draft(station, employer=employer).id for station in (TOWN, COMMUNITY) * 4]
    pages, after = [], None
    while True:
        wanted = PostingSearch(station=COUNTY, text="搬运", limit=3, after=after)
        page = office.ask(JobsRpc.search_postings, wanted, ADMIN)
        pages += [posting.id for posting in page.postings]
        after = page.next
        if after is None:
            break
    assert pages == sorted(ids, reverse=True)


def test_an_amended_posting_is_found_by_what_it_says_now(office: Office) -> None:
    """And no longer by what it said."""
    id = office.draft().id
    office.ask(JobsRpc.amend_posting, AmendPosting(id=id, terms=office.terms(trade="采茶")))
    assert (found(office, text="搬运"), found(office, text="cc")) == ([], [id])


# --- all at once --------------------------------------------------------------------------------------


def test_fifty_at_once_leave_one_legal_history(office: Office) -> None:
    """Verifications, edits, withdrawals and the rest of one posting, from fifty threads: what was done is a
    path through the state machine, and row, history and events say the same."""
    posting = office.bring_to(PostingStatus.SUBMITTED)
    id = posting.id
    commands: list[tuple[Any, Any]] = [
        (JobsRpc.verify_posting, VerifyPosting(id=id, method=VerificationMethod.PHONE_CALL)),
        (JobsRpc.reject_posting, RejectPosting(id=id, reason="电话不通")),
        (JobsRpc.amend_posting, AmendPosting(id=id, terms=office.terms(headcount=5))),
        (JobsRpc.submit_posting, SubmitPosting(id=id)),
        (JobsRpc.publish_posting, PublishPosting(id=id)),
        (JobsRpc.record_taken, RecordTaken(id=id, taken=3, reason="来电")),
        (JobsRpc.record_taken, RecordTaken(id=id, taken=1, reason="来电")),
        (JobsRpc.reconfirm_postings, ReconfirmPostings(ids=(id,))),
        (JobsRpc.close_posting, ClosePosting(id=id, reason="做完")),
        (JobsRpc.withdraw_posting, WithdrawPosting(id=id, reason="停工")),
    ]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda command: attempt(office, *command), commands * 5))
    assert set(answers) <= {"done", "jobs.posting_step_illegal", "jobs.posting_overfilled"}
    assert_legal(office, id)


def attempt(office: Office, method: Any, request: Any) -> str:
    try:
        office.ask(method, request, SYSTEM)
    except RemoteProblem as error:
        return error.problem.code
    return "done"


def assert_legal(office: Office, id: str) -> None:
    steps = office.ask(JobsRpc.posting_history, PostingRef(id=id), SYSTEM).steps
    assert [step.sequence for step in steps] == list(range(1, len(steps) + 1))
    for before, step in pairwise(steps):
        transition = TRANSITIONS[Step(step.step)]
        assert before.stage in transition.sources
        assert transition.target in (None, step.stage)
    events = office.events(id)
    assert [(event.sequence, event.data.posting.stage) for event in events] == [
        (step.sequence, step.stage) for step in steps
    ]
    last = office.posting(id)
    assert (last, last.taken <= last.terms.headcount) == (events[-1].data.posting, True)
