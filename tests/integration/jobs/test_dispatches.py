"""Who goes where, and is paid: each step and refusal on both databases, and what a crowd does at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.jobs.domain import offer_list
from services.jobs.storage.dispatch_tables import dispatches
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
from tests.integration.jobs.people import (
    accept,
    all_of,
    bound,
    by_slip,
    check_in,
    code_of,
    newcomer,
    newcomers,
    of,
    offer,
    paid_with,
    send,
    signed,
)
from yizhan.contracts.actor import PUBLIC
from yizhan.contracts.dispatches import (
    AcceptanceMeans,
    AcceptCrew,
    AcceptDispatch,
    CancelDispatch,
    ConfirmArrival,
    ConfirmationMeans,
    ConfirmPay,
    CrewMemberAccepts,
    DeclineDispatch,
    DispatchesRpc,
    DispatchQuery,
    DispatchReason,
    DispatchRef,
    DispatchStatus,
    FinishDispatch,
    IssueSlip,
    OfferSource,
    PayMethod,
    PunctualityOf,
    QueueQuery,
    RateDispatch,
    ReadSlip,
    RecordNoShow,
    SendDispatch,
    Side,
    StartOffers,
    StopOffers,
)
from yizhan.contracts.employers import EmployerRef, SanctionKind
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.jobs import (
    ClosePosting,
    JobsRpc,
    OverflowReach,
    Posting,
    PostingRef,
    PostingStatus,
    RecordTaken,
    WithdrawPosting,
)
from yizhan.contracts.rpc import Call
from yizhan.contracts.sanctions import SanctionEmployer, SanctionsRpc

pytestmark = pytest.mark.integration


def published(office: Office, station: str = TOWN, **terms: Any) -> Posting:
    ends = {"ends_at": terms.get("starts_at", office.clock.now() + timedelta(hours=6)) + timedelta(hours=4)}
    return office.bring_to(PostingStatus.PUBLISHED, station, **{**ends, **terms})


def the_clock_comes_to(office: Office, **later: float) -> None:
    office.clock.move_to(office.clock.now() + timedelta(**later))
    office.service.do_what_dispatches_are_due()
    office.service.do_what_is_due()


def told(office: Office, id: str) -> list[str]:
    return [event.type.split(".")[2] for event in office.events(id)]


# --- the way ------------------------------------------------------------------------------------------


def test_from_an_offer_to_pay_each_step_is_a_row_a_line_and_an_event(office: Office) -> None:
    """By two codes on paper; nobody in it has a telephone. The posting's figures follow."""
    posting = published(office, headcount=2)
    someone = newcomer(office)
    check_in(office, someone, "A007")
    [offered] = offer(office, posting.id, someone, source=OfferSource.DRAW)
    assert (offered.ticket, office.posting(posting.id).missing) == ("A007", 2)
    took = AcceptDispatch(id=offered.id, means=AcceptanceMeans.SLIP, ticket="A007")
    office.ask(DispatchesRpc.accept_dispatch, took)
    assert (office.posting(posting.id).stage, office.posting(posting.id).missing) == ("partly_filled", 1)
    slip = send(office, offered.id, TOWN_CLERK)
    office.clock.move_to(posting.terms.starts_at)
    office.ask(DispatchesRpc.confirm_by_slip, by_slip(slip.arrival_code), PUBLIC)
    the_clock_comes_to(office, hours=4)
    assert of(office, offered.id).status is DispatchStatus.WORKED
    paid = office.ask(DispatchesRpc.confirm_by_slip, paid_with(slip.pay_code), PUBLIC)
    assert (paid.status, paid.on_time, paid.pay.fen) == ("paid", True, 20_000)
    steps = office.ask(DispatchesRpc.dispatch_history, DispatchRef(id=offered.id)).steps
    assert [step.step for step in steps] == [
        "offer",
        "accept",
        "send",
        "confirm_arrival",
        "finish",
        "confirm_pay",
    ]
    assert told(office, offered.id) == ["offered", "accepted", "sent", "arrived", "worked", "paid"]
    assert [event.sequence for event in office.events(offered.id)] == [1, 2, 3, 4, 5, 6]


def test_several_short_jobs_a_day_are_several_dispatches(office: Office) -> None:
    """One that begins when the other ends, or earlier where the work was done sooner."""
    start = office.clock.now() + timedelta(hours=2)
    someone = newcomer(office)
    first = bound(office, published(office, starts_at=start).id, someone)
    bound(office, published(office, starts_at=start + timedelta(hours=4)).id, someone)
    overlapping = published(office, starts_at=start + timedelta(hours=2), ends_at=start + timedelta(hours=4))
    assert offer(office, overlapping.id, someone) == []
    slip = send(office, first.id)
    office.ask(DispatchesRpc.confirm_by_slip, by_slip(slip.arrival_code))
    office.clock.move_to(start + timedelta(hours=2))
    office.ask(DispatchesRpc.finish_dispatch, FinishDispatch(id=first.id))
    assert [one.worker_id for one in offer(office, overlapping.id, someone)] == [someone]


# --- bad input ----------------------------------------------------------------------------------------


def test_an_offer_that_has_expired_is_not_accepted(office: Office) -> None:
    """Neither before the clock has ended it nor after."""
    [offered] = offer(office, published(office).id, newcomer(office))
    office.clock.move_to(offered.offer_expires_at)
    assert code_of(office, DispatchesRpc.accept_dispatch, signed(offered.id)) == "jobs.offer_expired"
    the_clock_comes_to(office, seconds=1)
    assert of(office, offered.id).status is DispatchStatus.EXPIRED
    assert code_of(office, DispatchesRpc.accept_dispatch, signed(offered.id)) == "jobs.dispatch_step_illegal"


def test_an_employer_or_a_clerk_cannot_bind_a_worker(office: Office) -> None:
    """Another's number of the day, none at all, or a session that is not his."""
    someone = newcomer(office)
    check_in(office, someone, "A007")
    [offered] = offer(office, published(office).id, someone)
    for means, ticket in ((AcceptanceMeans.SLIP, "A008"), (AcceptanceMeans.PHONE, None)):
        took = AcceptDispatch(id=offered.id, means=means, ticket=ticket)
        assert code_of(office, DispatchesRpc.accept_dispatch, took) == "jobs.acceptance_not_his_own"


def test_a_slip_that_was_altered_replayed_replaced_or_is_anothers_is_refused(office: Office) -> None:
    """Each by its code, and nothing changes by it."""
    posting = published(office, headcount=2)
    one, other = (bound(office, posting.id, each) for each in newcomers(office, 2))
    slip, theirs = send(office, one.id), send(office, other.id)
    arrive = DispatchesRpc.confirm_by_slip
    last = slip.arrival_code[-1]
    altered = slip.arrival_code[:-1] + ("0" if last != "0" else "1")
    swapped = slip.arrival_code[:4] + theirs.number + slip.arrival_code[12:]
    as_pay = slip.arrival_code.replace(".A.", ".P.")
    assert office.ask(DispatchesRpc.read_slip, ReadSlip(code=slip.pay_code)).id == one.id
    assert code_of(office, DispatchesRpc.read_slip, ReadSlip(code=altered)) == "jobs.slip_altered"
    for code in (altered, swapped, as_pay):
        assert code_of(office, arrive, paid_with(code), PUBLIC) == "jobs.slip_altered"
    foreign = by_slip(theirs.arrival_code, id=one.id)
    assert code_of(office, arrive, foreign) == "jobs.slip_foreign"
    assert code_of(office, arrive, by_slip(slip.arrival_code), OTHER_CLERK) == "auth.outside_scope"
    office.ask(arrive, by_slip(slip.arrival_code), PUBLIC)
    assert code_of(office, arrive, by_slip(slip.arrival_code), PUBLIC) == "jobs.slip_spent"
    assert code_of(office, arrive, by_slip(slip.pay_code), PUBLIC) == "jobs.pay_not_told"
    anew = office.ask(DispatchesRpc.issue_slip, IssueSlip(id=one.id, anew=True))
    assert anew.number != slip.number
    assert code_of(office, arrive, paid_with(slip.pay_code), PUBLIC) == "jobs.slip_void"
    assert office.ask(arrive, paid_with(anew.pay_code), PUBLIC).status == "paid"
    assert code_of(office, arrive, paid_with(anew.pay_code), PUBLIC) == "jobs.slip_spent"
    assert of(office, other.id).status is DispatchStatus.DISPATCHED


def test_anothers_pay_is_not_confirmed(office: Office) -> None:
    """With his own slip for another's dispatch, by a foreign clerk, or with another sum than was said."""
    posting = published(office, headcount=2)
    one, other = (bound(office, posting.id, each) for each in newcomers(office, 2))
    slips = [send(office, each.id) for each in (one, other)]
    for slip in slips:
        office.ask(DispatchesRpc.confirm_by_slip, by_slip(slip.arrival_code))
    stolen = paid_with(slips[0].pay_code, id=other.id)
    assert code_of(office, DispatchesRpc.confirm_by_slip, stolen) == "jobs.slip_foreign"
    said = {"means": ConfirmationMeans.PHONE_CALL, "method": PayMethod.CASH}
    word = ConfirmPay(id=other.id, side=Side.EMPLOYER, fen=20_000, **said)
    assert code_of(office, DispatchesRpc.confirm_pay, word, OTHER_CLERK) == "auth.outside_scope"
    assert office.ask(DispatchesRpc.confirm_pay, word).status == "worked"
    less = ConfirmPay(id=other.id, side=Side.WORKER, fen=15_000, **said)
    assert code_of(office, DispatchesRpc.confirm_pay, less) == "jobs.pay_disagrees"
    assert code_of(office, DispatchesRpc.confirm_pay, word) == "jobs.confirmed_already"
    agreed = ConfirmPay(id=other.id, side=Side.WORKER, fen=20_000, **said)
    assert office.ask(DispatchesRpc.confirm_pay, agreed).status == "paid"


def test_a_worker_is_not_sent_from_two_stations_at_once(office: Office) -> None:
    """He said yes to both before either knew; the second is told no."""
    someone = newcomer(office)
    offers = [offer(office, published(office, station).id, someone)[0] for station in (TOWN, OTHER_TOWN)]
    accept(office, offers[0].id)
    busy = office.refusal(DispatchesRpc.accept_dispatch, signed(offers[1].id), OTHER_CLERK)
    assert (busy.code, busy.evidence["dispatch_id"]) == ("jobs.worker_busy", offers[0].id)
    the_clock_comes_to(office, seconds=1)
    gone = of(office, offers[1].id)
    assert (gone.status, gone.reason_code) == ("cancelled", "took_another")


def test_nobody_is_dispatched_to_a_posting_that_was_withdrawn(office: Office) -> None:
    """Nobody new is offered it; who was, or had taken it, is free again."""
    posting = published(office, headcount=2)
    one, other, third = newcomers(office, 3)
    taken = bound(office, posting.id, one)
    [open_offer] = offer(office, posting.id, other)
    office.ask(JobsRpc.withdraw_posting, WithdrawPosting(id=posting.id, reason="停工"))
    for each in (taken, open_offer):
        assert (of(office, each.id).status, of(office, each.id).reason_code) == ("cancelled", "job_ended")
    assert code_of(office, DispatchesRpc.send_dispatch, SendDispatch(id=taken.id)) == (
        "jobs.dispatch_step_illegal"
    )
    assert code_of(office, DispatchesRpc.accept_dispatch, signed(open_offer.id)) == (
        "jobs.dispatch_step_illegal"
    )
    refused = StartOffers(posting_id=posting.id, candidates=((third,),), source=OfferSource.BY_HAND)
    assert code_of(office, DispatchesRpc.start_offers, refused) == "jobs.offers_refused"
    assert bound(office, published(office).id, one).status is DispatchStatus.ACCEPTED


def test_staff_act_at_their_own_station_only(office: Office) -> None:
    """Reading too."""
    posting = published(office)
    taken = bound(office, posting.id, newcomer(office))
    request = StartOffers(
        posting_id=posting.id, candidates=((newcomer(office),),), source=OfferSource.BY_HAND
    )
    for method, asked in (
        (DispatchesRpc.start_offers, request),
        (DispatchesRpc.get_dispatch, DispatchRef(id=taken.id)),
        (DispatchesRpc.send_dispatch, SendDispatch(id=taken.id)),
        (DispatchesRpc.cancel_dispatch, CancelDispatch(id=taken.id, reason="x")),
    ):
        assert code_of(office, method, asked, OTHER_CLERK) == "auth.outside_scope"
    nobody = StartOffers(posting_id=posting.id, candidates=((posting.id,),), source=OfferSource.BY_HAND)
    assert code_of(office, DispatchesRpc.start_offers, nobody) == "jobs.worker_not_found"


# --- the list -----------------------------------------------------------------------------------------


def test_the_next_in_order_is_offered_by_itself(office: Office) -> None:
    """When one declines, does not answer, drops out or does not come; as many as hands are missing."""
    posting = published(office, headcount=2)
    people = newcomers(office, 6)

    def asked() -> list[str]:
        found = {one.worker_id for one in all_of(office, posting_id=posting.id, status="offered")}
        return sorted(found, key=people.index)

    first, second = offer(office, posting.id, *people)
    assert asked() == people[:2]
    office.ask(DispatchesRpc.decline_dispatch, DeclineDispatch(id=first.id, reason="太远"))
    assert asked() == people[1:3]
    accept(office, second.id)
    the_clock_comes_to(office, minutes=10)
    assert asked() == people[3:4]
    full = accept(office, all_of(office, posting_id=posting.id, status="offered")[0].id)
    assert (asked(), office.posting(posting.id).stage) == ([], "filled")
    cancel = CancelDispatch(id=second.id, reason="家里有事", reason_code=DispatchReason.WORKER_CANCELLED)
    office.ask(DispatchesRpc.cancel_dispatch, cancel)
    assert (asked(), office.posting(posting.id).stage) == (people[4:5], "partly_filled")
    office.clock.move_to(posting.terms.starts_at)
    office.service.do_what_dispatches_are_due()
    office.ask(DispatchesRpc.record_no_show, RecordNoShow(id=full.id, reason="没有来"))
    assert of(office, full.id).status is DispatchStatus.NO_SHOW
    assert (asked()[-1:], office.posting(posting.id).taken) == (people[5:6], 0)


def test_nobody_under_eighteen_is_offered_work_that_is_closed_to_him(office: Office) -> None:
    """Whoever put him on the list; the next one's turn comes instead."""
    minor, adult = newcomer(office, minor=True), newcomer(office)
    open_to_all, closed = published(office), published(office, trade="矿工", description="井下采煤")
    assert [one.worker_id for one in offer(office, open_to_all.id, minor)] == [minor]
    assert [one.worker_id for one in offer(office, closed.id, minor, adult)] == [adult]


def test_somebody_may_be_put_behind_those_who_wait(office: Office) -> None:
    """Without it a new list takes the place of the old one; the offer that is open stands either way."""
    posting = published(office, headcount=1)
    first, second, third, fourth = newcomers(office, 4)
    [open_offer] = offer(office, posting.id, first, second)
    behind = StartOffers(
        posting_id=posting.id, candidates=((third,),), source=OfferSource.BY_HAND, behind=True
    )
    listed = office.ask(DispatchesRpc.start_offers, behind).list
    assert (listed.candidates, listed.passed) == (((first,), (second,), (third,)), 1)
    replaced = office.ask(DispatchesRpc.start_offers, behind.model_copy(update={"behind": False}))
    assert (replaced.list.candidates, [one.id for one in replaced.offers]) == (((third,),), [open_offer.id])
    again = behind.model_copy(update={"candidates": ((third,), (fourth,))})
    assert code_of(office, DispatchesRpc.start_offers, again) == "jobs.candidate_twice"


def test_a_list_that_is_stopped_offers_nobody_more(office: Office) -> None:
    """What is open stands."""
    posting = published(office, headcount=1)
    [first] = offer(office, posting.id, *newcomers(office, 2))
    office.ask(DispatchesRpc.stop_offers, StopOffers(posting_id=posting.id))
    office.ask(DispatchesRpc.decline_dispatch, DeclineDispatch(id=first.id))
    assert all_of(office, posting_id=posting.id, status="offered") == []


def test_a_crew_goes_as_one_or_not_at_all(office: Office) -> None:
    """Offered, accepted and cancelled together, each by his own word."""
    posting = published(office, headcount=3)
    crew, single = tuple(newcomers(office, 3)), newcomer(office)
    offers = offer(office, posting.id, crew, single)
    [crew_id] = {one.crew_id for one in offers}
    assert [one.worker_id for one in offers] == list(crew)
    alone = code_of(office, DispatchesRpc.accept_dispatch, signed(offers[0].id))
    assert alone == "jobs.crew_incomplete"

    def words(*of_them: Any, means: AcceptanceMeans = AcceptanceMeans.SIGNATURE) -> AcceptCrew:
        members = tuple(CrewMemberAccepts(id=one.id, means=means) for one in of_them)
        return AcceptCrew(crew_id=str(crew_id), members=members)

    assert code_of(office, DispatchesRpc.accept_crew, words(*offers[:2])) == "jobs.crew_incomplete"
    by_phone = words(*offers, means=AcceptanceMeans.PHONE)
    assert code_of(office, DispatchesRpc.accept_crew, by_phone) == "jobs.acceptance_not_his_own"
    assert office.posting(posting.id).taken == 0
    office.ask(DispatchesRpc.accept_crew, words(*offers))
    assert office.posting(posting.id).stage == "filled"
    office.ask(DispatchesRpc.cancel_dispatch, CancelDispatch(id=offers[1].id, reason="工头病了"))
    assert office.posting(posting.id).taken == 0
    reasons = [of(office, one.id).reason_code for one in offers]
    assert reasons == ["crew_broken", "other", "crew_broken"]
    [last] = all_of(office, posting_id=posting.id, status="offered")
    assert last.worker_id == single


def test_asking_for_one_person_by_name_again_and_again_is_flagged(office: Office) -> None:
    """It may be an arrangement that the network does not serve."""
    employer = office.register_employer()
    someone = newcomer(office)
    for times in (1, 2, 3):
        start = office.clock.now() + timedelta(days=times)
        posting = published(office, employer=employer, starts_at=start)
        [asked] = offer(office, posting.id, someone, source=OfferSource.BY_NAME)
        assert (asked.by_name_times, asked.by_name_recurs) == (times, times == 3)
    assert [one.id for one in all_of(office, by_name=True)] == [asked.id]


def test_the_queue_tells_whose_turn_it_is_and_what_each_has(office: Office) -> None:
    """By number, with the offers of the day; whoever looks for no work is not in it."""
    one, other = newcomers(office, 2)
    for number, worker in (("A001", other), ("A002", one), ("A003", "019cab4e-0000-7000-8000-000000000001")):
        check_in(office, worker, number)
        office.clock.move_to(office.clock.now() + timedelta(seconds=1))
    taken = bound(office, published(office).id, one)
    queue = office.ask(DispatchesRpc.dispatch_queue, QueueQuery(station=TOWN))
    assert [(each.number, each.worker_id) for each in queue.workers] == [("A001", other), ("A002", one)]
    assert [[each.id for each in worker.dispatches] for worker in queue.workers] == [[], [taken.id]]
    assert not queue.drawn


# --- the posting and its people -----------------------------------------------------------------------


def test_hands_of_both_kinds_are_one_figure(office: Office) -> None:
    """What the employer found himself comes on top, and together they are never more than are wanted."""
    posting = published(office, headcount=3)
    taken = bound(office, posting.id, newcomer(office))
    below = RecordTaken(id=posting.id, taken=0, reason="来电")
    refused = office.refusal(JobsRpc.record_taken, below)
    assert (refused.code, refused.evidence["bound"]) == ("jobs.taken_below_dispatches", 1)
    office.ask(JobsRpc.record_taken, RecordTaken(id=posting.id, taken=2, reason="老板自己找了一个"))
    one, other = newcomers(office, 2)
    [offered] = offer(office, posting.id, one, other)
    accept(office, offered.id)
    assert (offered.worker_id, office.posting(posting.id).stage) == (one, "filled")
    office.ask(DispatchesRpc.cancel_dispatch, CancelDispatch(id=taken.id, reason="家里有事"))
    assert office.posting(posting.id).taken == 2
    assert [each.worker_id for each in all_of(office, status="offered")] == [other]


def test_when_the_clock_ends_a_posting_its_people_go_on(office: Office) -> None:
    """Only offers end with it; who was sent is expected."""
    posting = office.bring_to(PostingStatus.PUBLISHED, headcount=2)
    sent = bound(office, posting.id, newcomer(office))
    send(office, sent.id)
    offer(office, posting.id, newcomer(office))
    the_clock_comes_to(office, hours=6)
    assert office.posting(posting.id).stage == "expired"
    assert of(office, sent.id).status is DispatchStatus.DISPATCHED
    assert all_of(office, posting_id=posting.id, status="offered") == []


def test_closing_a_posting_and_barring_an_employer_release_who_is_not_there(office: Office) -> None:
    """Who is at work stays, and will be paid."""
    employer = office.register_employer()
    closed, barred = (published(office, employer=employer, headcount=3) for _ in range(2))
    ids = [bound(office, each.id, newcomer(office)).id for each in (closed, barred, barred)]
    slip = send(office, ids[2])
    office.ask(DispatchesRpc.confirm_by_slip, by_slip(slip.arrival_code))
    office.ask(JobsRpc.close_posting, ClosePosting(id=closed.id, reason="不做了"))
    sanction = SanctionEmployer(id=employer.id, kind=SanctionKind.SUSPENDED, reason="拖欠")
    office.ask(SanctionsRpc.sanction_employer, sanction, ADMIN)
    states = [(of(office, id).status, of(office, id).reason_code) for id in ids]
    assert states == [("cancelled", "job_ended"), ("cancelled", "employer_barred"), ("arrived", None)]


# --- pay ----------------------------------------------------------------------------------------------


def test_pay_that_is_missed_is_reminded_of_and_then_unpaid_with_its_evidence(office: Office) -> None:
    """By the clock; an event that the desk makes a case of. Paid late, it is paid, and counts as late."""
    posting = published(office)
    taken = bound(office, posting.id, newcomer(office))
    slip = send(office, taken.id)
    office.clock.move_to(posting.terms.starts_at)
    office.ask(DispatchesRpc.confirm_by_slip, by_slip(slip.arrival_code))
    the_clock_comes_to(office, hours=4)
    assert [one.id for one in all_of(office, unsettled=True)] == [taken.id]
    the_clock_comes_to(office, hours=2)
    assert told(office, taken.id)[-1] == "pay_reminded"
    the_clock_comes_to(office, hours=24)
    missed = office.events(taken.id)[-1]
    assert (missed.type, missed.data.dispatch.status) == ("jobs.dispatch.unpaid.v1", "unpaid")
    evidence = missed.data.evidence
    assert [one.side for one in evidence.arrival] == ["worker", "employer"]
    assert [step.step for step in evidence.steps][-2:] == ["finish", "remind"]
    late = office.ask(DispatchesRpc.confirm_by_slip, paid_with(slip.pay_code))
    assert (late.status, late.on_time) == ("paid", False)


def test_an_employers_punctuality_shows_when_enough_stand_behind_it(office: Office) -> None:
    """In its record, and to every station; the workers' stars beside."""
    employer = office.register_employer()
    posting = published(office, employer=employer, headcount=5)
    slips = [send(office, bound(office, posting.id, each).id) for each in newcomers(office, 5)]
    office.clock.move_to(posting.terms.starts_at)
    for number, slip in enumerate(slips):
        office.ask(DispatchesRpc.confirm_by_slip, by_slip(slip.arrival_code))
        if number < 4:
            office.ask(DispatchesRpc.confirm_by_slip, paid_with(slip.pay_code))
            rating = RateDispatch(id=slip.dispatch.id, by_side=Side.WORKER, stars=4, note="饭好")
            office.ask(DispatchesRpc.rate_dispatch, rating)
            assert code_of(office, DispatchesRpc.rate_dispatch, rating) == "jobs.rated_already"
    asked = PunctualityOf(employer_id=employer.id)
    few = office.ask(DispatchesRpc.punctuality, asked, OTHER_CLERK)
    assert (few.counted, few.share, few.rated, few.stars) == (4, None, 4, None)
    the_clock_comes_to(office, hours=4)
    the_clock_comes_to(office, hours=2)
    enough = office.ask(SanctionsRpc.employer_record, EmployerRef(id=employer.id)).punctuality
    assert (enough.counted, enough.share) == (5, 0.8)
    assert "饭好" not in "".join(event.model_dump_json() for event in office.events())


def test_both_sides_say_that_he_came(office: Office) -> None:
    """One by telephone, the other at the desk; then nobody can say that he did not."""
    posting = published(office)
    taken = bound(office, posting.id, newcomer(office))
    send(office, taken.id)
    office.clock.move_to(posting.terms.starts_at)
    said = ConfirmArrival(id=taken.id, side=Side.EMPLOYER, means=ConfirmationMeans.PHONE_CALL)
    assert office.ask(DispatchesRpc.confirm_arrival, said).status == "dispatched"
    no_show = RecordNoShow(id=taken.id, reason="x")
    assert code_of(office, DispatchesRpc.record_no_show, no_show) == "jobs.dispatch_step_illegal"
    his = ConfirmArrival(id=taken.id, side=Side.WORKER, means=ConfirmationMeans.SIGNATURE)
    assert office.ask(DispatchesRpc.confirm_arrival, his).status == "arrived"
    assert told(office, taken.id)[-2:] == ["confirmed", "arrived"]


# --- overflow -----------------------------------------------------------------------------------------


def test_a_job_that_misses_hands_overflows_and_the_neighbour_sends_its_own(office: Office) -> None:
    """An hour before the start to the stations beside, half an hour before to the county."""
    posting = published(office, headcount=2)
    someone = newcomer(office, OTHER_TOWN)
    theirs = StartOffers(
        posting_id=posting.id, candidates=((someone,),), source=OfferSource.ARRIVAL, desk=OTHER_TOWN
    )
    assert code_of(office, DispatchesRpc.start_offers, theirs, OTHER_CLERK) == "auth.outside_scope"
    the_clock_comes_to(office, hours=5)
    spilt = office.posting(posting.id)
    assert (spilt.overflow, spilt.overflow_to) == (OverflowReach.NEIGHBOURS, (OTHER_TOWN,))
    assert office.events(posting.id)[-1].type == "jobs.posting.overflowed.v1"
    [offered] = office.ask(DispatchesRpc.start_offers, theirs, OTHER_CLERK).offers
    taken = accept(office, offered.id, OTHER_CLERK)
    assert (taken.station, taken.desk, office.posting(posting.id).missing) == (TOWN, OTHER_TOWN, 1)
    query = DispatchQuery(station=OTHER_TOWN, desk=True)
    assert [one.id for one in office.ask(DispatchesRpc.list_dispatches, query, OTHER_CLERK).dispatches] == [
        taken.id
    ]
    send(office, taken.id, OTHER_CLERK)
    assert of(office, taken.id).status is DispatchStatus.DISPATCHED
    the_clock_comes_to(office, minutes=30)
    assert office.posting(posting.id).overflow is OverflowReach.COUNTY
    office.ask(JobsRpc.record_taken, RecordTaken(id=posting.id, taken=2, reason="老板自己找了一个"))
    seen = office.ask(JobsRpc.get_posting, PostingRef(id=posting.id), OTHER_CLERK)
    assert (seen.stage, code_of(office, JobsRpc.get_posting, PostingRef(id=posting.id), PUBLIC)) == (
        "filled",
        "jobs.posting_not_found",
    )
    office.ask(JobsRpc.record_taken, RecordTaken(id=posting.id, taken=1, reason="又不来了"))
    deeper = StartOffers(
        posting_id=posting.id, candidates=((newcomer(office),),), source=OfferSource.BY_HAND, desk=COMMUNITY
    )
    office.ask(DispatchesRpc.start_offers, deeper, TOWN_CLERK)


# --- all at once --------------------------------------------------------------------------------------


def attempt(office: Office, id: str) -> str:
    try:
        office.ask(DispatchesRpc.accept_dispatch, signed(id), ADMIN)
    except RemoteProblem as error:
        return error.problem.code
    return "accepted"


def test_however_many_accept_at_once_headcount_is_never_over_filled(office: Office) -> None:
    """Twenty lists of four stations on one posting of five hands, all accepted at the same moment."""
    posting = published(office, headcount=5)
    everybody = newcomers(office, 20)
    with office.database.transaction() as tx:
        for worker in everybody:
            given_by_hand(office, tx, posting, worker)
    ids = [one.id for one in all_of(office, posting_id=posting.id, status="offered")]
    assert len(ids) == 20
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda id: attempt(office, id), ids))
    assert answers.count("accepted") == 5
    assert set(answers) <= {"accepted", "jobs.dispatch_step_illegal"}
    full = office.posting(posting.id)
    assert (full.taken, full.stage) == (5, "filled")
    with office.database.reading() as connection:
        seats = connection.execute(text("SELECT seat FROM dispatches WHERE seat IS NOT NULL")).scalars()
        assert sorted(seats) == [1, 2, 3, 4, 5]


def given_by_hand(office: Office, tx: Any, posting: Posting, worker: str) -> None:
    """An offer more than a list would make: its own rule keeps as many open as hands are missing."""
    request = StartOffers(posting_id=posting.id, candidates=((worker,),), source=OfferSource.BY_HAND)
    offers = offer_list.start(posting, request, now=office.clock.now(), by=ADMIN)
    office.service._offer(tx, Call(actor=ADMIN, correlation="c-1"), posting, offers, (worker,))


def test_however_many_jobs_one_accepts_at_once_he_has_one_at_a_time(office: Office) -> None:
    """Ten postings of three stations at the same hours, all accepted at the same moment."""
    someone = newcomer(office)
    postings = [published(office, (TOWN, OTHER_TOWN, COMMUNITY)[number % 3]) for number in range(10)]
    ids = [offer(office, each.id, someone)[0].id for each in postings]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda id: attempt(office, id), ids))
    assert sorted(set(answers)) == ["accepted", "jobs.worker_busy"]
    assert answers.count("accepted") == 1
    assert sum(office.posting(each.id).taken for each in postings) == 1


def test_accepting_cancelling_and_withdrawing_at_once_leave_one_true_figure(office: Office) -> None:
    """Whatever came first: places held, the posting's figure and the events say the same."""
    posting = published(office, headcount=4)
    people = newcomers(office, 12)
    offers = offer(office, posting.id, *people)
    ids = [one.id for one in offers]

    def act(number: int) -> str:
        id = ids[number % len(ids)]
        method, request = (
            (DispatchesRpc.accept_dispatch, signed(id)),
            (DispatchesRpc.decline_dispatch, DeclineDispatch(id=id)),
            (DispatchesRpc.cancel_dispatch, CancelDispatch(id=id, reason="有事")),
            (JobsRpc.record_taken, RecordTaken(id=posting.id, taken=number % 5, reason="来电")),
        )[number // len(ids) % 4]
        try:
            office.ask(method, request, ADMIN)
        except RemoteProblem as error:
            return error.problem.code
        return "done"

    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(act, range(48)))
    assert answers <= {
        "done",
        "jobs.dispatch_step_illegal",
        "jobs.hands_taken",
        "jobs.taken_below_dispatches",
        "jobs.posting_overfilled",
    }
    after = office.posting(posting.id)
    binding = [one for one in all_of(office, posting_id=posting.id) if one.status == "accepted"]
    assert len(binding) <= after.taken <= 4
    for one in all_of(office, posting_id=posting.id):
        assert office.events(one.id)[-1].data.dispatch == one


def test_the_database_itself_refuses_a_second_holder_and_a_second_job(office: Office) -> None:
    """Whatever the code above does."""
    someone, other = newcomers(office, 2)
    posting = published(office, headcount=2)
    first = bound(office, posting.id, someone)
    [second] = offer(office, posting.id, other)
    [elsewhere] = offer(office, published(office).id, newcomer(office))
    for id, values, said in (
        (second.id, {"seat": 1}, "seat"),
        (elsewhere.id, {"seat": 1, "worker_id": someone}, "no_overlap"),
        (second.id, {"seat": 0}, "seat_counts"),
    ):
        statement = dispatches.update().where(dispatches.c.id == id).values(**values)
        with pytest.raises(IntegrityError) as refused, office.database.transaction() as tx:
            tx.execute(statement)
        assert re.search(said, str(refused.value.orig))
    assert of(office, first.id).status is DispatchStatus.ACCEPTED


def test_what_is_told_of_a_dispatch_names_nobody(office: Office) -> None:
    """The worker is the register's id; what the office wrote stays there."""
    posting = published(office)
    taken = bound(office, posting.id, newcomer(office))
    office.ask(DispatchesRpc.cancel_dispatch, CancelDispatch(id=taken.id, reason="李四的老婆病了"))
    assert "李四" not in "".join(event.model_dump_json() for event in office.events())
    steps = office.ask(DispatchesRpc.dispatch_history, DispatchRef(id=taken.id)).steps
    assert steps[-1].reason == "李四的老婆病了"
    assert all_of(office, station=COUNTY)[0].id == taken.id
