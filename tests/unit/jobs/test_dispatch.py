"""A dispatch's life, its slip, its list and its pay, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import product
from json import loads
from typing import Any

import pytest

from services.jobs.domain import dispatch as life
from services.jobs.domain import dispatch_binding as binding
from services.jobs.domain import dispatch_pay as pay
from services.jobs.domain import dispatch_slip as slips
from services.jobs.domain import offer_list, posting_overflow, posting_upkeep
from services.jobs.domain.dispatch import SOURCES, Step, Turn
from services.jobs.domain.dispatch_rules import DatedDispatchRules, DispatchRules
from services.jobs.domain.punctuality import punctuality
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.dispatches import (
    AcceptanceMeans,
    AcceptanceNotHisOwn,
    CandidateTwice,
    ConfirmationMeans,
    ConfirmedAlready,
    CrewIncomplete,
    Dispatch,
    DispatchReason,
    DispatchStatus,
    DispatchStep,
    DispatchStepIllegal,
    HandsTaken,
    OfferExpired,
    OfferList,
    OfferSource,
    OffersRefused,
    PayDisagrees,
    PayMethod,
    RatedAlready,
    Side,
    SlipForeign,
    SlipSpent,
    SlipUnreadable,
    SlipVoid,
    StartOffers,
    TakenBelowDispatches,
    WorkerBusy,
)
from yizhan.contracts.examples import posting as _EXAMPLE
from yizhan.contracts.jobs import OverflowReach, Posting, PostingStage, PostingStatus, PostingStepIllegal

NOW = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
RULES: DispatchRules = DatedDispatchRules.read(
    loads((files("services.jobs") / "dispatch.json").read_text("utf-8"))
).on(NOW.date())
CLERK = Actor(id="00000000-0000-7000-8000-000000000002", role=Role.STATION_STAFF, station="52273001")
BOTH = (Side.WORKER, Side.EMPLOYER)
STARTS_AT = NOW + timedelta(minutes=90)
ENDS_AT = STARTS_AT + timedelta(hours=8)


def worker(number: int) -> str:
    return f"00000000-0000-7000-8000-1000000000{number:02d}"


def posting(**changes: Any) -> Posting:
    terms = _EXAMPLE.terms.model_copy(update={"starts_at": STARTS_AT, "ends_at": ENDS_AT, "headcount": 3})
    given = {"terms": terms, "stage": PostingStage.PUBLISHED, "expires_at": ENDS_AT, **changes}
    return _EXAMPLE.model_copy(update=given)


def offered(number: int = 1, **turn: Any) -> Dispatch:
    whose = Turn(worker(number), "52273001", OfferSource.DRAW, "A012", **turn)
    id = f"00000000-0000-7000-8000-2000000000{number:02d}"
    return life.offer(posting(), whose, id=id, now=NOW, by=CLERK, rules=RULES)[0]


def accepted(number: int = 1) -> Dispatch:
    return life.accept(offered(number), means=AcceptanceMeans.SIGNATURE, ticket=None, now=NOW, by=CLERK)[0]


def sent(number: int = 1) -> Dispatch:
    return life.send(accepted(number), now=NOW, by=CLERK)[0]


def arrived(number: int = 1) -> Dispatch:
    return life.confirm_arrival(
        sent(number), sides=BOTH, means=ConfirmationMeans.SLIP, now=STARTS_AT, by=CLERK
    )[0]


def worked(number: int = 1) -> Dispatch:
    return pay.finish(arrived(number), now=ENDS_AT, by=CLERK, rules=RULES)[0]


def pay_said(dispatch: Dispatch, *sides: Side, fen: int = 20_000, now: datetime = ENDS_AT) -> life.Decision:
    return pay.confirm_pay(
        dispatch,
        sides=sides,
        means=ConfirmationMeans.SIGNATURE,
        fen=fen,
        method=PayMethod.CASH,
        now=now,
        by=CLERK,
    )


# --- the way ------------------------------------------------------------------------------------------


def test_a_dispatch_goes_from_an_offer_to_pay_and_each_step_is_told() -> None:
    """Six steps, six versions, six events."""
    paid, outcome = pay_said(worked(), *BOTH)
    assert (paid.status, paid.sequence, paid.on_time) == (DispatchStatus.PAID, 6, True)
    assert (outcome.step, outcome.facts.event_type) == (Step.CONFIRM_PAY, "jobs.dispatch.paid.v1")
    assert paid.pay is not None
    assert (paid.pay.fen, [one.side for one in paid.pay.confirmations]) == (20_000, list(BOTH))


STEPS: dict[Step, Any] = {
    Step.ACCEPT: lambda d: life.accept(d, means=AcceptanceMeans.SIGNATURE, ticket=None, now=NOW, by=CLERK),
    Step.DECLINE: lambda d: life.decline(d, now=NOW, by=CLERK, reason=None),
    Step.EXPIRE: lambda d: life.expire(d, now=ENDS_AT),
    Step.SEND: lambda d: life.send(d, now=NOW, by=CLERK),
    Step.CONFIRM_ARRIVAL: lambda d: life.confirm_arrival(
        d, sides=BOTH, means=ConfirmationMeans.SLIP, now=NOW, by=CLERK
    ),
    Step.NO_SHOW: lambda d: life.no_show(d, now=ENDS_AT, by=CLERK, reason="没来"),
    Step.CANCEL: lambda d: life.cancel(d, now=NOW, by=CLERK, code=DispatchReason.OTHER),
    Step.FINISH: lambda d: pay.finish(d, now=ENDS_AT, by=CLERK, rules=RULES),
    Step.REMIND: lambda d: pay.remind(d, now=ENDS_AT),
    Step.CONFIRM_PAY: lambda d: pay_said(d, *BOTH),
    Step.GIVE_UP: lambda d: pay.give_up(d, (), now=ENDS_AT),
    Step.RATE: lambda d: pay.rate(d, by_side=Side.WORKER, stars=5, note=None, now=NOW, by=CLERK),
}


@pytest.mark.parametrize(("status", "step"), list(product(DispatchStatus, STEPS)))
def test_a_step_is_taken_where_it_is_legal_and_refused_everywhere_else(
    status: DispatchStatus, step: Step
) -> None:
    """The table is the whole of it; a refusal names what may be done instead."""
    dispatch = offered().model_copy(update={"status": status})
    if status in SOURCES[step]:
        after, outcome = STEPS[step](dispatch)
        assert (after.sequence, outcome.step) == (dispatch.sequence + 1, step)
        return
    with pytest.raises(DispatchStepIllegal) as refused:
        STEPS[step](dispatch)
    assert step.value not in refused.value.evidence["allowed"]


# --- offers and what binds ----------------------------------------------------------------------------


def test_only_his_own_word_binds_a_worker() -> None:
    """His signature, his number of the day, his own session; nobody's else."""
    by_slip = life.accept(offered(), means=AcceptanceMeans.SLIP, ticket="A012", now=NOW, by=CLERK)[0]
    assert by_slip.acceptance is not None
    assert by_slip.acceptance.means is AcceptanceMeans.SLIP
    himself = CLERK.model_copy(update={"id": worker(1)})
    life.accept(offered(), means=AcceptanceMeans.PHONE, ticket=None, now=NOW, by=himself)
    for means, ticket in (
        (AcceptanceMeans.SLIP, "A013"),
        (AcceptanceMeans.SLIP, None),
        (AcceptanceMeans.PHONE, "A012"),
    ):
        with pytest.raises(AcceptanceNotHisOwn):
            life.accept(offered(), means=means, ticket=ticket, now=NOW, by=CLERK)


def test_an_offer_ends_at_its_minute() -> None:
    """Nobody is bound by what he says later; the clock ends it then, and not before."""
    late = offered().offer_expires_at
    assert late == NOW + timedelta(minutes=10)
    with pytest.raises(OfferExpired):
        life.accept(offered(), means=AcceptanceMeans.SIGNATURE, ticket=None, now=late, by=CLERK)
    with pytest.raises(DispatchStepIllegal):
        life.expire(offered(), now=late - timedelta(seconds=1))
    assert life.expire(offered(), now=late)[0].reason_code is DispatchReason.NOT_ANSWERED


def test_nobody_is_bound_twice_for_the_same_time() -> None:
    """One that begins when the other ends is another job of the same day."""
    mine = offered()
    for starts, busy in ((STARTS_AT + timedelta(hours=7), True), (ENDS_AT, False)):
        other = accepted(2).model_copy(update={"starts_at": starts, "ends_at": starts + timedelta(hours=4)})
        if busy:
            with pytest.raises(WorkerBusy) as refused:
                binding.require_free(mine, [other])
            assert refused.value.evidence["dispatch_id"] == other.id
        else:
            binding.require_free(mine, [other])
    binding.require_free(mine, [offered(2)])


def test_places_are_the_lowest_free_ones_up_to_the_headcount() -> None:
    """A place that came free is given again; past the last one there is none."""
    assert binding.free_seats({1, 3}, posting(), 1) == (2,)
    with pytest.raises(HandsTaken):
        binding.free_seats({1, 3}, posting(), 2)


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        (PostingStage.FILLED, HandsTaken),
        (PostingStage.WITHDRAWN, OffersRefused),
        (PostingStage.LAPSED, OffersRefused),
    ],
)
def test_a_posting_that_takes_nobody_is_not_offered(stage: PostingStage, error: type[Exception]) -> None:
    """Full, taken back, or not made sure of."""
    with pytest.raises(error):
        binding.require_hands_missing(posting(stage=stage, taken=3), 1)


def test_hands_told_by_word_of_mouth_come_on_top_of_dispatches() -> None:
    """The posting's figure cannot fall below those that are bound here."""
    binding.require_above_dispatches("p", 2, 2)
    with pytest.raises(TakenBelowDispatches):
        binding.require_above_dispatches("p", 1, 2)


def test_a_crew_is_whole_or_nothing() -> None:
    """Each of its members, and nobody else."""
    crew = [offered(1), offered(2)]
    binding.require_whole_crew("c", crew, [one.id for one in crew])
    for ids in ([crew[0].id], [*(one.id for one in crew), worker(9)], []):
        with pytest.raises(CrewIncomplete):
            binding.require_whole_crew("c", crew, ids)


def test_asking_for_the_same_person_again_and_again_is_flagged() -> None:
    """By the times that the rules give."""
    assert not offered(by_name_times=RULES.by_name_times - 1).by_name_recurs
    assert offered(by_name_times=RULES.by_name_times).by_name_recurs


def test_nobody_is_a_no_show_before_the_start_or_when_a_side_says_that_he_came() -> None:
    """His own word stands against the employer's; people settle that, not the clock."""
    with pytest.raises(DispatchStepIllegal):
        life.no_show(sent(), now=STARTS_AT - timedelta(seconds=1), by=CLERK, reason="没来")
    said = life.confirm_arrival(
        sent(), sides=(Side.WORKER,), means=ConfirmationMeans.PHONE_CALL, now=STARTS_AT, by=CLERK
    )[0]
    assert said.status is DispatchStatus.DISPATCHED
    with pytest.raises(DispatchStepIllegal):
        life.no_show(said, now=ENDS_AT, by=CLERK, reason="没来")
    both, _ = life.confirm_arrival(said, sides=BOTH, means=ConfirmationMeans.SLIP, now=STARTS_AT, by=CLERK)
    assert (both.status, len(both.arrival)) == (DispatchStatus.ARRIVED, 2)


# --- the list -----------------------------------------------------------------------------------------


def listed(*candidates: tuple[str, ...]) -> OfferList:
    request = StartOffers(posting_id=_EXAMPLE.id, candidates=candidates, source=OfferSource.DRAW)
    return offer_list.start(posting(), request, now=NOW, by=CLERK)


def test_the_next_in_order_is_whoever_may_while_hands_are_wanted() -> None:
    """Who cannot is passed over for good."""
    offers = listed(*((worker(number),) for number in (1, 2, 3, 4)))
    offers, chosen = offer_list.turns(offers, wanted=2, may=lambda one: one != (worker(1),))
    assert (chosen, offers.passed) == (((worker(2),), (worker(3),)), 3)
    offers, chosen = offer_list.turns(offers, wanted=5, may=lambda one: True)
    assert (chosen, offers.passed) == (((worker(4),),), 4)
    assert offer_list.turns(offers, wanted=5, may=lambda one: True)[1] == ()


def test_nobody_overtakes_a_crew_that_waits_for_room() -> None:
    """All of it or none, and its turn stays its turn."""
    crew = (worker(1), worker(2), worker(3))
    offers = listed(crew, (worker(4),))
    waiting, chosen = offer_list.turns(offers, wanted=2, may=lambda one: True)
    assert (chosen, waiting.passed) == ((), 0)
    assert offer_list.turns(waiting, wanted=4, may=lambda one: True)[1] == (crew, (worker(4),))
    assert offer_list.turns(offer_list.stopped(offers), wanted=4, may=lambda one: True)[1] == ()


def test_a_list_names_nobody_twice() -> None:
    """Also not in two crews."""
    with pytest.raises(CandidateTwice):
        listed((worker(1), worker(2)), (worker(2),))


# --- the slip -----------------------------------------------------------------------------------------

DIGEST = "a3" * 32


def test_a_slip_is_read_back_and_an_altered_one_is_not() -> None:
    """One character of mark or number is enough."""
    code = slips.code_of("0123ABCD", slips.SlipStep.PAY, DIGEST)
    number, step, mark = slips.read(code)
    assert (number, step) == ("0123ABCD", slips.SlipStep.PAY)
    slips.require_genuine(mark, DIGEST)
    with pytest.raises(SlipUnreadable):
        slips.require_genuine(mark[:-1] + ("0" if mark[-1] != "0" else "1"), DIGEST)
    with pytest.raises(SlipUnreadable):
        slips.require_genuine(mark, "a4" + DIGEST[2:])


def test_each_step_of_a_slip_is_taken_once_and_for_its_own_dispatch() -> None:
    """Replayed, another's, replaced: each by its code."""
    dispatch = sent()
    slip = slips.Slip("0123ABCD", dispatch.id, NOW, CLERK.id)
    took = slips.take(slip, slips.SlipStep.ARRIVAL, dispatch, meant=dispatch.id, now=STARTS_AT)
    assert took.arrival_at == STARTS_AT
    with pytest.raises(SlipSpent):
        slips.take(took, slips.SlipStep.ARRIVAL, dispatch, meant=None, now=ENDS_AT)
    assert slips.take(took, slips.SlipStep.PAY, dispatch, meant=None, now=ENDS_AT).pay_at == ENDS_AT
    with pytest.raises(SlipForeign):
        slips.take(slip, slips.SlipStep.PAY, dispatch, meant=offered(2).id, now=NOW)
    with pytest.raises(SlipVoid):
        slips.take(replace(slip, voided_at=NOW), slips.SlipStep.PAY, dispatch, meant=None, now=NOW)


# --- pay ----------------------------------------------------------------------------------------------


def test_pay_is_settled_when_both_sides_say_the_same() -> None:
    """One side's word is kept; another sum is refused, the same word twice too."""
    said, outcome = pay_said(worked(), Side.EMPLOYER)
    assert (said.status, outcome.facts.event_type) == ("worked", "jobs.dispatch.confirmed.v1")
    with pytest.raises(ConfirmedAlready):
        pay_said(said, Side.EMPLOYER)
    with pytest.raises(PayDisagrees) as refused:
        pay_said(said, Side.WORKER, fen=18_000)
    assert refused.value.evidence["fen"] == 20_000
    assert pay_said(said, Side.WORKER)[0].status is DispatchStatus.PAID


def test_missed_pay_is_reminded_of_then_unpaid_with_its_evidence_then_paid_late() -> None:
    """The clock does it by itself; what the office wrote is not evidence for others."""
    dispatch = worked()
    promised = dispatch.pay_promised_at
    assert promised == ENDS_AT + timedelta(hours=2)
    assert pay.what_is_due(dispatch, (), now=promised - timedelta(seconds=1), rules=RULES) is None
    reminded, outcome = pay.what_is_due(dispatch, (), now=promised, rules=RULES) or pytest.fail(
        "nothing is due"
    )
    assert outcome.facts.event_type == "jobs.dispatch.pay_reminded.v1"
    later = promised + timedelta(hours=24)
    step = DispatchStep(
        sequence=4, step="cancel", status=DispatchStatus.ARRIVED, by="x", at=NOW, reason="张老板"
    )
    unpaid, outcome = pay.what_is_due(reminded, (step,), now=later, rules=RULES) or pytest.fail(
        "nothing is due"
    )
    assert (unpaid.status, unpaid.on_time) == (DispatchStatus.UNPAID, False)
    assert "张老板" not in outcome.facts.model_dump_json()
    late, _ = pay_said(unpaid, *BOTH, now=later)
    assert (late.status, late.on_time) == (DispatchStatus.PAID, False)


def test_work_that_ends_early_frees_the_worker_for_another_job() -> None:
    """His time is his again from that moment."""
    early = STARTS_AT + timedelta(hours=3)
    done = pay.finish(arrived(), now=early, by=CLERK, rules=RULES)[0]
    assert (done.worked_at, done.ends_at) == (early, early)
    next_job = offered(2).model_copy(update={"starts_at": early, "ends_at": ENDS_AT})
    binding.require_free(next_job, [done])


def test_each_side_rates_once() -> None:
    """And only afterwards, which the table says."""
    rated = pay.rate(worked(), by_side=Side.WORKER, stars=4, note="热情", now=ENDS_AT, by=CLERK)[0]
    with pytest.raises(RatedAlready):
        pay.rate(rated, by_side=Side.WORKER, stars=1, note=None, now=ENDS_AT, by=CLERK)
    both = pay.rate(rated, by_side=Side.EMPLOYER, stars=5, note=None, now=ENDS_AT, by=CLERK)
    assert len(both[0].ratings) == 2
    assert "热情" not in both[1].facts.model_dump_json()


def test_few_dispatches_tell_no_share() -> None:
    """It would be one person's story."""
    few = punctuality(_EXAMPLE.employer_id, on_time=4, counted=4, stars=20, rated=4, rules=RULES)
    assert (few.counted, few.share, few.stars) == (4, None, None)
    enough = punctuality(_EXAMPLE.employer_id, on_time=4, counted=5, stars=20, rated=5, rules=RULES)
    assert (enough.share, enough.stars) == (0.8, 4.0)


# --- overflow -----------------------------------------------------------------------------------------


def test_a_job_that_misses_hands_overflows_to_neighbours_then_to_the_county() -> None:
    """At its own minutes; each once."""
    due = RULES.neighbours_at(posting().terms)
    short = posting(overflows_at=due, stage=PostingStage.PARTLY_FILLED, taken=1)
    assert posting_upkeep.due_at(short) == due
    assert not posting_upkeep.overflows_now(short, now=due - timedelta(seconds=1))
    assert posting_upkeep.overflows_now(short, now=due)
    near, outcome = posting_overflow.overflow(short, ["52273003", "52273002"], now=due, rules=RULES)
    assert (near.overflow, near.overflow_to) == (OverflowReach.NEIGHBOURS, ("52273002", "52273003"))
    assert outcome.facts.event_type == "jobs.posting.overflowed.v1"
    assert posting_overflow.reaches(near, "52273002")
    assert not posting_overflow.reaches(near, "52273009")
    then = near.overflows_at
    assert then == RULES.county_at(short.terms)
    far, _ = posting_overflow.overflow(near, ["52273002"], now=then, rules=RULES)
    assert (far.overflow, far.overflows_at) == (OverflowReach.COUNTY, None)
    assert posting_overflow.reaches(far, "52273009")


def test_a_full_posting_does_not_overflow() -> None:
    """Nobody is missing."""
    full = posting(
        stage=PostingStage.FILLED,
        status=PostingStatus.WITHDRAWN,
        taken=3,
        overflows_at=STARTS_AT - timedelta(hours=1),
    )
    assert not posting_upkeep.overflows_now(full, now=STARTS_AT)
    with pytest.raises(PostingStepIllegal):
        posting_overflow.overflow(full, (), now=NOW, rules=RULES)


def test_a_short_notice_asks_the_county_at_once() -> None:
    """There is no time to ask the neighbours first; where there are none, there is nobody else."""
    for now, beside in ((STARTS_AT - timedelta(minutes=20), ["52273002"]), (NOW, [])):
        far, _ = posting_overflow.overflow(posting(), beside, now=now, rules=RULES)
        assert far.overflow is OverflowReach.COUNTY


def test_the_neighbours_are_asked_before_the_county() -> None:
    """Rules that say otherwise are no rules."""
    data = RULES.model_dump(mode="json") | {"county_minutes_before": 90}
    with pytest.raises(ValueError, match="before the county"):
        DispatchRules.model_validate(data)
