"""Check-in: once a day, also at desks that had no network."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.seekers.domain import checkin
from services.seekers.domain.checkin import DayBook, SetAsideReason, merge, offline_book, roll
from yizhan.contracts.checkins import (
    CheckIn,
    CheckInIdReused,
    CheckInMisplaced,
    ClockWrong,
    TicketsExhausted,
)

STATION = "522730010301"
DAY = date(2026, 3, 1)
FIVE = datetime.fromisoformat("2026-03-01T05:00:00+08:00")
EMPTY = DayBook(STATION, DAY)


def identifier(serial: int) -> str:
    return f"0195a000-0000-7000-8000-{serial:012d}"


WANG, LI, ZHAO = (identifier(serial) for serial in (901, 902, 903))


def slip(id: int, person: str, number: str, *, minutes: int = 0, day: date = DAY) -> CheckIn:
    at = FIVE + timedelta(minutes=minutes)
    return CheckIn(id=identifier(id), station=STATION, date=day, person=person, number=number, at=at)


def book(*check_ins: CheckIn) -> DayBook:
    return DayBook(STATION, DAY, frozenset(check_ins))


def numbers(check_ins: tuple[CheckIn, ...]) -> list[str]:
    return [entry.number for entry in check_ins]


def test_slips_are_numbered_as_people_come() -> None:
    """A001, A002, …"""
    after, first = checkin.check_in(EMPTY, id=identifier(1), person=WANG, now=FIVE)
    after, second = checkin.check_in(after, id=identifier(2), person=LI, now=FIVE + timedelta(minutes=1))
    assert (first.number, second.number) == ("A001", "A002")
    assert numbers(roll(after).standing) == ["A001", "A002"]


def test_checking_in_twice_gives_the_same_slip() -> None:
    """Whether the request is repeated or the person comes to the desk again."""
    after, first = checkin.check_in(EMPTY, id=identifier(1), person=WANG, now=FIVE)
    for id in (identifier(1), identifier(2)):
        again, slip_again = checkin.check_in(after, id=id, person=WANG, now=FIVE + timedelta(hours=1))
        assert again is after
        assert slip_again == first


def test_an_id_of_somebody_elses_check_in_is_refused() -> None:
    """Else one of the two would be lost."""
    after, _ = checkin.check_in(EMPTY, id=identifier(1), person=WANG, now=FIVE)
    with pytest.raises(CheckInIdReused):
        checkin.check_in(after, id=identifier(1), person=LI, now=FIVE)


def test_the_day_begins_at_midnight_of_the_county() -> None:
    """00:00 in Shanghai, which is 16:00 of the day before in Greenwich."""
    midnight = datetime.fromisoformat("2026-02-28T16:00:00+00:00")
    checkin.check_in(EMPTY, id=identifier(1), person=WANG, now=midnight)
    for moment in (midnight - timedelta(seconds=1), midnight + timedelta(days=1)):
        with pytest.raises(CheckInMisplaced):
            checkin.check_in(EMPTY, id=identifier(1), person=WANG, now=moment)


def test_a_letter_has_nine_hundred_and_ninety_nine_slips() -> None:
    """The next would not fit on a screen."""
    assert checkin.ticket_number("A", 999) == "A999"
    with pytest.raises(TicketsExhausted):
        checkin.check_in(book(slip(1, LI, "A999")), id=identifier(2), person=WANG, now=FIVE)


def test_a_number_is_not_given_out_again() -> None:
    """Neither those of slips that were set aside, nor another letter's by mistake."""
    taken = book(slip(1, LI, "A001"), slip(2, LI, "A002", minutes=1), slip(3, ZHAO, "B007"))
    assert checkin.next_number(taken) == "A003"
    assert checkin.next_number(taken, "B") == "B008"
    assert checkin.next_number(taken, "C") == "C001"


def test_an_offline_desk_hands_in_its_slips_as_they_were_printed() -> None:
    """Number and time of each stay."""
    taken = (slip(1, WANG, "B001"), slip(2, LI, "B002", minutes=3))
    sent = FIVE + timedelta(minutes=30)
    handed_in = offline_book(STATION, DAY, taken, sent_at=sent, now=sent + timedelta(minutes=4))
    assert numbers(roll(merge(EMPTY, handed_in)).standing) == ["B001", "B002"]


@pytest.mark.parametrize(
    "off_by", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=11), -timedelta(hours=8)]
)
def test_a_desk_with_a_wrong_clock_is_refused_as_a_whole(off_by: timedelta) -> None:
    """A day off, a zone off, minutes off."""
    now = FIVE + timedelta(hours=1)
    with pytest.raises(ClockWrong) as refused:
        offline_book(STATION, DAY, [slip(1, WANG, "B001")], sent_at=now + off_by, now=now)
    assert refused.value.evidence["skew_seconds"] == off_by.total_seconds()


def test_a_slip_from_the_future_is_refused() -> None:
    """The desk's clock was put back since."""
    with pytest.raises(ClockWrong):
        offline_book(STATION, DAY, [slip(1, WANG, "B001", minutes=5)], sent_at=FIVE, now=FIVE)


def test_slips_of_another_day_or_station_are_refused() -> None:
    """Also those that only claim the day."""
    now = FIVE + timedelta(hours=1)
    elsewhere = slip(1, WANG, "B001").model_copy(update={"station": "522730010302"})
    yesterday = slip(1, WANG, "B001", minutes=-24 * 60)
    for wrong in (elsewhere, yesterday, slip(1, WANG, "B001", day=DAY - timedelta(days=1))):
        with pytest.raises(CheckInMisplaced):
            offline_book(STATION, DAY, [slip(2, LI, "B002"), wrong], sent_at=now, now=now)


def test_yesterdays_book_may_still_be_handed_in() -> None:
    """A desk that was offline past midnight; the day before that is over, tomorrow has not come."""
    now = FIVE + timedelta(days=1)
    assert offline_book(STATION, DAY, [slip(1, WANG, "B001")], sent_at=now, now=now).check_ins
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=2)):
        with pytest.raises(CheckInMisplaced):
            offline_book(STATION, day, [], sent_at=now, now=now)


def test_books_of_two_days_do_not_merge() -> None:
    """Nor of two stations."""
    for other in (DayBook(STATION, DAY + timedelta(days=1)), DayBook("522730", DAY)):
        with pytest.raises(CheckInMisplaced):
            merge(EMPTY, other)


def test_a_person_at_two_desks_stands_once() -> None:
    """With the earlier slip; the other says which one counts."""
    found = roll(merge(book(slip(1, WANG, "A010", minutes=9)), book(slip(2, WANG, "B001"))))
    assert numbers(found.standing) == ["B001"]
    (aside,) = found.set_aside
    assert (aside.check_in.number, aside.reason, aside.instead) == (
        "A010",
        SetAsideReason.SAME_PERSON,
        "B001",
    )
    assert found.without_slip() == ()


def test_slips_of_one_moment_go_by_their_ids() -> None:
    """Every machine decides alike, whichever desk was heard first."""
    found = roll(book(slip(2, LI, "B001"), slip(1, WANG, "C001"), slip(3, WANG, "A001")))
    assert numbers(found.standing) == ["C001", "B001"]


def test_two_people_with_one_number_get_two_slips() -> None:
    """Two desks had the same letter: the earlier keeps it, the later gets a new one and keeps his place."""
    both = merge(
        book(slip(1, WANG, "B001", minutes=1)), book(slip(2, LI, "B001"), slip(3, ZHAO, "B002", minutes=2))
    )
    found = roll(both)
    assert [(entry.person, entry.number) for entry in found.standing] == [(LI, "B001"), (ZHAO, "B002")]
    (contested,) = found.without_slip()
    assert contested.person == WANG
    settled, new = checkin.reissue(both, contested, id=identifier(9))
    assert (new.number, new.at) == ("A001", contested.at)
    assert [entry.person for entry in roll(settled).standing] == [LI, WANG, ZHAO]
    assert roll(settled).without_slip() == ()


def test_one_id_with_two_contents_keeps_both() -> None:
    """Nobody is lost by a desk's mistake: the second gets a slip of his own."""
    both = book(slip(1, WANG, "B001"), slip(1, LI, "B002", minutes=1))
    (aside,) = roll(both).set_aside
    assert (aside.reason, aside.instead) == (SetAsideReason.ID_REUSED, None)
    settled, _ = checkin.reissue(both, *roll(both).without_slip(), id=identifier(9))
    assert {entry.person for entry in roll(settled).standing} == {WANG, LI}


def test_whoever_is_not_on_the_closed_list_is_late() -> None:
    """By arrival: a slip that an offline desk printed before closing goes by its own time."""
    on_the_list = frozenset({slip(1, WANG, "A001")})
    afterwards = DayBook(
        STATION, DAY, on_the_list | {slip(2, LI, "A002", minutes=70), slip(3, ZHAO, "B001", minutes=5)}
    )
    assert numbers(checkin.late(afterwards, drawn=on_the_list)) == ["B001", "A002"]


def test_a_desk_that_comes_back_pushes_nobody_out_of_the_draw() -> None:
    """Neither by an earlier slip of the same person, nor by an earlier slip of the same number."""
    listed = slip(1, WANG, "B001", minutes=9)
    drawn = frozenset({listed})
    for earlier in (slip(2, WANG, "C001"), slip(2, LI, "B001")):
        merged = merge(book(listed), book(earlier))
        assert roll(merged).standing == (earlier,)
        assert roll(merged, drawn=drawn).standing == (listed,)


SLIPS = st.builds(
    lambda id, person, series, ordinal, minutes: slip(
        id, identifier(900 + person), f"{series}{ordinal:03d}", minutes=minutes
    ),
    st.integers(1, 12),
    st.integers(1, 6),
    st.sampled_from("ABC"),
    st.integers(1, 4),
    st.integers(0, 5),
)
BOOKS = st.frozensets(SLIPS, max_size=8).map(lambda check_ins: DayBook(STATION, DAY, check_ins))


@given(BOOKS, BOOKS, BOOKS)
@settings(deadline=None)
def test_books_merge_in_any_order_and_any_number_of_times(one: DayBook, two: DayBook, three: DayBook) -> None:
    """Whichever desk is back first, and however often it sends, the roll is the same."""
    outcomes = {
        merge(merge(first, second), third) for first, second, third in permutations((one, two, three))
    }
    outcomes |= {merge(one, merge(two, three)), reduce(merge, (one, two, one, three, two, three, one))}
    assert len(outcomes) == 1
    assert merge(one, one) == one


@given(BOOKS)
@settings(deadline=None)
def test_a_roll_has_each_person_and_each_number_once_and_loses_nobody(found: DayBook) -> None:
    """Every check-in stands or is set aside; whoever is left without a slip gets one and then stands."""
    first = roll(found)
    assert {*first.standing, *(entry.check_in for entry in first.set_aside)} == found.check_ins
    assert len(first.standing) + len(first.set_aside) == len(found.check_ins)
    settled = found
    for serial, contested in enumerate(first.without_slip(), start=100):
        settled, _ = checkin.reissue(settled, contested, id=identifier(serial))
    standing = roll(settled).standing
    people = [entry.person for entry in standing]
    assert sorted(people) == sorted({entry.person for entry in found.check_ins})
    assert len({entry.number for entry in standing}) == len(standing)
