"""A station's day: check-ins, desks without network, the draw, calls."""

from __future__ import annotations

import importlib.util
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.seekers.office import Office
from tests.support.service_stand import ADMIN, OTHER_CLERK, OTHER_TOWN, TOWN, TOWN_CLERK
from yizhan.contracts.actor import PUBLIC, SYSTEM, Actor
from yizhan.contracts.checkins import (
    CallNext,
    CallTicket,
    CheckInChannel,
    CheckInsRpc,
    DayQuery,
    MergeCheckIns,
    MergedCheckIns,
    OfflineCheckIn,
    QueueOrder,
    ReserveSeries,
    SetAsideReason,
    SetQueueOrder,
    StationDay,
    TakeCheckIn,
)
from yizhan.contracts.draws import (
    AnnounceDraw,
    CloseDraw,
    Draw,
    DrawRef,
    DrawsRpc,
    OverrideDraw,
    RevealDraw,
)
from yizhan.contracts.rolls import DayRoll, RollsRpc
from yizhan.contracts.seekers import CloseReason, CloseSeeker, ReplaceSlip, Seeker, SeekersRpc
from yizhan.contracts.station_days import ExportDays, LiveDays, StationDaysRpc

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 2)
SCRIPT = Path(__file__).parents[3] / "examples" / "verify_draw.py"


def day(office: Office, station: str = TOWN) -> StationDay:
    answer: StationDay = office.ask(CheckInsRpc.get_day, DayQuery(station=station), PUBLIC)
    return answer


def draw_by_lot(office: Office) -> None:
    office.ask(CheckInsRpc.set_queue_order, SetQueueOrder(station=TOWN, order=QueueOrder.DRAW))


def offline(
    office: Office, seeker: Seeker, number: str, at: datetime | None = None, *, id: str | None = None
) -> OfflineCheckIn:
    moment = at or office.clock.now()
    return OfflineCheckIn(id=id or office.new_id(), number=number, at=moment, slip=seeker.slip)


def hand_in(office: Office, *entries: OfflineCheckIn, sent_at: datetime | None = None) -> MergedCheckIns:
    request = MergeCheckIns(
        station=TOWN, date=TODAY, sent_at=sent_at or office.clock.now(), check_ins=entries
    )
    merged: MergedCheckIns = office.ask(CheckInsRpc.merge_check_ins, request)
    return merged


def faults_of(draw: Draw) -> Any:
    """What the stand-alone script finds wrong with a public record."""
    spec = importlib.util.spec_from_file_location("verify_draw", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.fault(draw.model_dump(mode="json"))


# --- check-in -----------------------------------------------------------------------------------------


def test_people_are_numbered_as_they_come(office: Office) -> None:
    """And the board hears who waits, by trade and number."""
    first, second = office.arrive(2)
    assert (first.number, second.number) == ("A001", "A002")
    waiting = office.told("seekers.waiting.changed.v1")[-1].waiting
    assert (waiting.checked_in, waiting.people, waiting.next) == (2, 2, ("A001", "A002"))
    assert [(one.trade, one.people) for one in waiting.by_trade] == [("搬运工", 2)]
    assert day(office).waiting == waiting


def test_a_slip_that_is_shown_again_gives_the_same_number(office: Office) -> None:
    """Once a day and station, whatever the channel and however often; at another station it counts anew."""
    seeker = office.register()
    first = office.check_in(seeker)
    again = office.check_in(seeker)
    by_desk = office.ask(
        CheckInsRpc.take_check_in,
        TakeCheckIn(station=TOWN, id=office.new_id(), channel=CheckInChannel.DESK, seeker_id=seeker.id),
    )
    assert (first.first, again.first, by_desk.first) == (True, False, False)
    assert first.number == again.number == by_desk.number
    assert len(office.told("seekers.check_in.taken.v1")) == 1
    assert office.check_in(seeker, OTHER_TOWN).first
    office.at("2026-03-03T05:30+08:00")
    assert office.check_in(seeker).first


def test_a_request_that_is_sent_twice_is_taken_once(office: Office) -> None:
    """By the desk's own id; for another person, or on another day, the id is refused."""
    seeker, other = office.register(), office.register()
    id = office.new_id()
    assert office.check_in(seeker, id=id).first
    assert not office.check_in(seeker, id=id).first
    reused = TakeCheckIn(station=TOWN, id=id, channel=CheckInChannel.SLIP, slip=other.slip)
    assert office.refusal(CheckInsRpc.take_check_in, reused).code == "seekers.check_in_id_reused"
    office.at("2026-03-03T05:30+08:00")
    tomorrow = reused.model_copy(update={"slip": seeker.slip})
    assert office.refusal(CheckInsRpc.take_check_in, tomorrow).code == "seekers.check_in_id_reused"


def test_only_people_of_the_register_check_in(office: Office) -> None:
    """Not with a slip that nobody has, that was replaced, or whose owner looks for no work any more."""
    seeker = office.register()
    take = TakeCheckIn(station=TOWN, id=office.new_id(), channel=CheckInChannel.QR, slip="000000")
    assert office.refusal(CheckInsRpc.take_check_in, take).code == "seekers.slip_unknown"
    new = office.ask(SeekersRpc.replace_slip, ReplaceSlip(id=seeker.id))
    replayed = take.model_copy(update={"slip": seeker.slip})
    assert office.refusal(CheckInsRpc.take_check_in, replayed).code == "seekers.slip_unknown"
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=seeker.id, reason=CloseReason.FOUND_WORK))
    closed = take.model_copy(update={"slip": new.slip})
    assert office.refusal(CheckInsRpc.take_check_in, closed).code == "seekers.seeker_step_illegal"


def test_a_desk_reaches_its_own_people_by_id_and_others_by_their_slip(office: Office) -> None:
    """The slip is what a person brings; an id is what the register holds."""
    seeker = office.register(TOWN)
    take = TakeCheckIn(
        station=OTHER_TOWN, id=office.new_id(), channel=CheckInChannel.DESK, seeker_id=seeker.id
    )
    assert office.refusal(CheckInsRpc.take_check_in, take, OTHER_CLERK).code == "auth.outside_scope"
    by_slip = take.model_copy(update={"slip": seeker.slip, "seeker_id": None})
    assert office.ask(CheckInsRpc.take_check_in, by_slip, OTHER_CLERK).number == "A001"


# --- desks without network ----------------------------------------------------------------------------


def test_a_desk_has_one_letter_a_day(office: Office) -> None:
    """Another desk has another, and a letter is given for today and tomorrow only."""
    desk, other = office.new_id(), office.new_id()

    def letter(of: str, day: date) -> str:
        request = ReserveSeries(station=TOWN, date=day, desk=of)
        return str(office.ask(CheckInsRpc.reserve_series, request).letter)

    assert [letter(desk, TODAY), letter(other, TODAY), letter(desk, TODAY)] == ["B", "C", "B"]
    assert letter(other, TODAY + timedelta(days=1)) == "B"
    late = ReserveSeries(station=TOWN, date=TODAY - timedelta(days=1), desk=desk)
    assert office.refusal(CheckInsRpc.reserve_series, late).code == "seekers.check_in_misplaced"


def test_what_was_taken_offline_merges_once(office: Office) -> None:
    """In any order and as often as it is sent, beside what was taken meanwhile."""
    seekers = [office.register() for _ in range(4)]
    office.check_in(seekers[0])
    entries = [offline(office, seeker, f"B00{n}") for n, seeker in enumerate(seekers[1:], start=1)]
    first = hand_in(office, *entries)
    assert set(first.standing) == {entry.id for entry in entries}
    rows = office.rows()
    assert hand_in(office, *reversed(entries)) == first
    assert hand_in(office, *entries[:1]).standing == (entries[0].id,)
    assert office.rows() == rows
    assert set(day(office).waiting.next) == {"A001", "B001", "B002", "B003"}


def test_one_person_stands_once_and_one_number_for_one_person(office: Office) -> None:
    """Who checked in twice keeps the earlier; where two desks gave one number, one person gets another."""
    seeker, other, third = (office.register() for _ in range(3))
    early = office.clock.now()
    office.clock.move_to(early + timedelta(minutes=5))
    office.check_in(seeker)
    twice = offline(office, seeker, "B001", early)
    merged = hand_in(office, twice, offline(office, other, "B002", early))
    assert twice.id in merged.standing
    assert set(day(office).waiting.next) == {"B001", "B002"}
    contested = offline(office, third, "B002", early + timedelta(minutes=1))
    (aside,) = hand_in(office, contested).set_aside
    assert (aside.reason, aside.instead) == (SetAsideReason.NUMBER_TAKEN, "A002")
    assert hand_in(office, contested).set_aside == (aside,)
    assert set(day(office).waiting.next) == {"B001", "B002", "A002"}


def test_who_is_not_known_is_told_and_the_others_are_taken(office: Office) -> None:
    """A slip mistyped at five in the morning holds up nobody else."""
    good = offline(office, office.register(), "B001")
    bad = OfflineCheckIn(id=office.new_id(), number="B002", at=office.clock.now(), slip="000000")
    merged = hand_in(office, good, bad)
    assert merged.standing == (good.id,)
    assert [(one.id, one.reason) for one in merged.set_aside] == [(bad.id, SetAsideReason.UNKNOWN_PERSON)]


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1), timedelta(hours=-8)])
def test_a_desk_whose_clock_is_off_is_told_so(office: Office, off: timedelta) -> None:
    """All or nothing: no time of such a desk can be believed."""
    entry = offline(office, office.register(), "B001")
    rows = office.rows()
    request = MergeCheckIns(station=TOWN, date=TODAY, sent_at=office.clock.now() + off, check_ins=(entry,))
    problem = office.refusal(CheckInsRpc.merge_check_ins, request)
    assert problem.code == "seekers.clock_wrong"
    assert problem.evidence == {"skew_seconds": off.total_seconds()}
    assert office.rows() == rows


# --- calls and the draw -------------------------------------------------------------------------------


def test_numbers_are_called_in_turn_and_again(office: Office) -> None:
    """Events tell each call with how often; names occur nowhere."""
    office.arrive(2)

    def called() -> str:
        return str(office.ask(CheckInsRpc.call_next, CallNext(station=TOWN)).number)

    assert [called(), called()] == ["A001", "A002"]
    assert office.refusal(CheckInsRpc.call_next, CallNext(station=TOWN)).code == "seekers.nobody_waits"
    again = office.ask(CheckInsRpc.call_ticket, CallTicket(station=TOWN, number="A001"))
    assert again.times == 2
    unknown = CallTicket(station=TOWN, number="A009")
    assert office.refusal(CheckInsRpc.call_ticket, unknown).code == "seekers.ticket_unknown"
    told = [(facts.called.number, facts.called.times) for facts in office.told("seekers.ticket.called.v1")]
    assert told == [("A001", 1), ("A002", 1), ("A001", 2)]
    assert day(office).waiting.people == 0


def test_a_draw_is_told_in_its_stages_and_holds(office: Office) -> None:
    """The commitment before, the list at closing, the seed after; late ones behind; the script agrees."""
    draw_by_lot(office)
    office.arrive(5)
    (committed,) = office.told("seekers.draw.committed.v1")
    ref = DrawRef(station=TOWN, date=TODAY)
    before: Draw = office.ask(DrawsRpc.get_draw, ref, PUBLIC)
    assert before == committed.draw
    assert (before.seed, before.tickets) == (None, ())
    assert office.refusal(CheckInsRpc.call_next, CallNext(station=TOWN)).code == "seekers.draw_step_illegal"
    assert office.refusal(DrawsRpc.reveal_draw, RevealDraw(station=TOWN)).code == "seekers.draw_step_illegal"
    closed: Draw = office.ask(DrawsRpc.close_draw, CloseDraw(station=TOWN))
    assert (closed.seed, len(closed.tickets)) == (None, 5)
    assert closed.commitment == before.commitment
    (late,) = office.arrive(1)
    assert late.late
    revealed: Draw = office.ask(DrawsRpc.reveal_draw, RevealDraw(station=TOWN))
    assert revealed.queue == (*revealed.order, late.number)
    assert faults_of(revealed) is None
    assert office.ask(CheckInsRpc.call_next, CallNext(station=TOWN)).number == revealed.order[0]
    kinds = [event.type.split(".")[2] for event in office.events(f"{TOWN}:{TODAY}") if ".draw." in event.type]
    assert kinds == ["committed", "closed", "amended", "revealed"]


def test_a_change_by_hand_has_a_reason_that_everybody_reads(office: Office) -> None:
    """The record still holds, and the next number is the one that was put first."""
    draw_by_lot(office)
    office.arrive(3)
    office.ask(DrawsRpc.close_draw, CloseDraw(station=TOWN))
    revealed: Draw = office.ask(DrawsRpc.reveal_draw, RevealDraw(station=TOWN))
    last = revealed.queue[-1]
    request = OverrideDraw(station=TOWN, ticket=last, position=1, reason="家里有病人，大家同意先走")
    changed: Draw = office.ask(DrawsRpc.override_draw, request)
    assert changed.queue[0] == last
    assert changed.overrides[0].reason == request.reason
    assert faults_of(changed) is None
    assert office.ask(CheckInsRpc.call_next, CallNext(station=TOWN)).number == last
    stranger = request.model_copy(update={"ticket": "Z001"})
    assert office.refusal(DrawsRpc.override_draw, stranger).code == "seekers.override_invalid"


def test_steps_that_are_repeated_change_nothing(office: Office) -> None:
    """Announced, closed or revealed twice: the same record, and no event more."""
    for method, request in (
        (DrawsRpc.announce_draw, AnnounceDraw(station=TOWN)),
        (DrawsRpc.close_draw, CloseDraw(station=TOWN)),
        (DrawsRpc.reveal_draw, RevealDraw(station=TOWN)),
    ):
        first = office.ask(method, request)
        rows = office.rows()
        assert office.ask(method, request) == first
        assert office.rows() == rows


def test_a_desk_that_comes_back_after_closing_pushes_nobody_out(office: Office) -> None:
    """What it took earlier stands behind the list, by the time on the slip, even with a drawn number."""
    draw_by_lot(office)
    early = office.clock.now()
    office.clock.move_to(early + timedelta(minutes=10))
    drawn = hand_in(office, *(offline(office, office.register(), f"B00{n}") for n in (1, 2)))
    office.ask(DrawsRpc.close_draw, CloseDraw(station=TOWN))
    revealed: Draw = office.ask(DrawsRpc.reveal_draw, RevealDraw(station=TOWN))
    merged = hand_in(
        office,
        offline(office, office.register(), "B001", early),
        offline(office, office.register(), "C001", early + timedelta(minutes=1)),
    )
    after: Draw = office.ask(DrawsRpc.get_draw, DrawRef(station=TOWN, date=TODAY), PUBLIC)
    assert len(drawn.standing) == 2
    assert after.order == revealed.order
    assert {entry.number for entry in after.late} == {"C001", "A001"}
    assert merged.set_aside[0].instead == "A001"
    assert faults_of(after) is None


def test_a_station_that_calls_by_arrival_has_no_draw(office: Office) -> None:
    """Once the day has begun; the setting is for days that begin."""
    office.arrive(1)
    announce = AnnounceDraw(station=TOWN)
    assert office.refusal(DrawsRpc.announce_draw, announce).code == "seekers.draw_step_illegal"
    draw_by_lot(office)
    assert day(office).waiting.order is QueueOrder.ARRIVAL
    ref = DrawRef(station=TOWN, date=TODAY)
    assert office.refusal(DrawsRpc.get_draw, ref, PUBLIC).code == "seekers.draw_not_found"
    office.at("2026-03-03T05:30+08:00")
    office.arrive(1)
    assert day(office).waiting.order is QueueOrder.DRAW


def test_the_seed_stands_nowhere_in_clear_before_it_is_told(office: Office) -> None:
    """Neither in the rows nor in the events: what is sealed opens to the service alone."""
    draw_by_lot(office)
    office.arrive(2)
    closed = office.ask(DrawsRpc.close_draw, CloseDraw(station=TOWN))
    kept = office.everything_kept()
    revealed: Draw = office.ask(DrawsRpc.reveal_draw, RevealDraw(station=TOWN))
    assert closed.commitment in kept
    assert str(revealed.seed) not in kept


def test_a_closed_station_checks_nobody_in(office: Office) -> None:
    """Until it is open again."""
    seeker = office.register()
    from yizhan.contracts.stations import StationStatus

    office.hear(
        office.news_of_station(
            TOWN, parent="522730", path=["522730", TOWN], sequence=9, status=StationStatus.SUSPENDED
        )
    )
    take = TakeCheckIn(station=TOWN, id=office.new_id(), channel=CheckInChannel.QR, slip=seeker.slip)
    assert office.refusal(CheckInsRpc.take_check_in, take, ADMIN).code == "seekers.station_not_open"


# --- the desk's own view ------------------------------------------------------------------------------


def read_roll(office: Office, actor: Actor = TOWN_CLERK) -> DayRoll:
    answer: DayRoll = office.ask(RollsRpc.read_roll, DayQuery(station=TOWN), actor)
    return answer


def test_the_desk_sees_for_whom_a_number_stands(office: Office) -> None:
    """Masked, with what was called and who came after the list was closed."""
    draw_by_lot(office)
    first = office.register()
    office.check_in(first)
    office.arrive(1)
    office.ask(DrawsRpc.close_draw, CloseDraw(station=TOWN))
    office.ask(DrawsRpc.reveal_draw, RevealDraw(station=TOWN))
    office.arrive(1)
    office.ask(CheckInsRpc.call_ticket, CallTicket(station=TOWN, number="A002"))
    seen = read_roll(office)
    assert [(one.number, one.late, one.called) for one in seen.tickets] == [
        ("A001", False, 0),
        ("A002", False, 1),
        ("A003", True, 0),
    ]
    whose = seen.tickets[0]
    assert (whose.seeker_id, whose.masked_name, whose.slip, whose.trade) == (
        first.id,
        "王**",
        first.slip,
        "搬运工",
    )
    assert (seen.order, seen.usual_order) == (QueueOrder.DRAW, QueueOrder.DRAW)


def test_the_desk_learns_nothing_of_another_stations_people(office: Office) -> None:
    """Somebody from elsewhere has a number and a trade here; those below the county's market it knows."""
    stranger = office.register(OTHER_TOWN)
    office.check_in(stranger)
    (told,) = read_roll(office).tickets
    assert (told.number, told.trade) == ("A001", "搬运工")
    assert (told.seeker_id, told.masked_name, told.slip) == (None, None, None)
    (known,) = read_roll(office, ADMIN).tickets
    assert known.seeker_id == stranger.id
    assert office.refusal(RollsRpc.read_roll, DayQuery(station=TOWN), OTHER_CLERK).status == 403
    assert office.refusal(RollsRpc.read_roll, DayQuery(station=TOWN), PUBLIC).status == 403


def test_the_roll_keeps_what_was_set_aside(office: Office) -> None:
    """With the number that stands instead, so that a desk can print it again."""
    seeker = office.register()
    office.check_in(seeker)
    later = office.clock.now() + timedelta(seconds=1)
    office.clock.move_to(later)
    hand_in(office, offline(office, seeker, "B001"))
    (aside,) = read_roll(office).set_aside
    assert (aside.number, aside.reason, aside.instead) == ("B001", SetAsideReason.SAME_PERSON, "A001")


def test_a_rebuild_of_the_screens_gets_every_station_that_has_begun_its_day(office: Office) -> None:
    """Page by page, each as new as its newest events; for the system alone."""
    draw_by_lot(office)
    first, second = office.show(), office.show(OTHER_TOWN)
    office.check_in(first)
    office.check_in(second, OTHER_TOWN)
    called = office.ask(CheckInsRpc.call_next, CallNext(station=OTHER_TOWN), ADMIN)
    page: LiveDays = office.ask(StationDaysRpc.export_days, ExportDays(limit=1), SYSTEM)
    rest: LiveDays = office.ask(StationDaysRpc.export_days, ExportDays(after=page.next), SYSTEM)
    days = {one.station: one for one in (*page.days, *rest.days)}
    assert (page.date, len(page.days), rest.next, set(days)) == (TODAY, 1, None, {TOWN, OTHER_TOWN})
    told = {
        (one.data.waiting.station, one.sequence): one
        for one in office.events()
        if one.type == "seekers.waiting.changed.v1"
    }
    for code, one in days.items():
        assert one.waiting == told[code, one.waiting_sequence].data.waiting
        assert (code, one.waiting_sequence + 1) not in told
    drawn = days[TOWN].draw
    assert drawn is not None
    assert drawn.commitment == office.told("seekers.draw.committed.v1")[0].draw.commitment
    assert (days[TOWN].draw_sequence, days[OTHER_TOWN].draw) == (1, None)
    assert days[OTHER_TOWN].called == (called,)
    assert office.refusal(StationDaysRpc.export_days, ExportDays(), ADMIN).code == "auth.not_allowed"
