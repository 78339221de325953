"""Facts become what every screen shows, whatever their order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.board.facts import Fact, FactKind, from_json, to_json
from services.board.projection import Projection
from services.board.telling import fact_of
from services.board.view import EMPTY_STATE, apply_changes, difference
from tests.unit.board.world import (
    COMMUNITY,
    MARKET,
    NOON,
    OTHER_TOWN,
    TODAY,
    TOWN,
    called_event,
    card_id,
    draw_event,
    dropped_event,
    event,
    fact,
    fair,
    fair_event,
    fair_id,
    issued_event,
    known_stations,
    message_event,
    message_id,
    naive_state,
    notice,
    notice_event,
    notice_id,
    posting,
    posting_event,
    posting_id,
    revoked_event,
    seeker_card,
    shown_event,
    station,
    station_event,
    ticket,
    waiting_event,
)
from yizhan.contracts.fairs import FairStatus
from yizhan.contracts.jobs import OverflowReach, PostingDrafted, PostingFilled, PostingReopened, PostingStatus
from yizhan.contracts.screen import (
    CALL_LIMIT,
    CARD_LIMIT,
    FAIR_LIMIT,
    MESSAGE_LIMIT,
    OVERRIDE_LIMIT,
    ROW_LIMIT,
    BoardDocument,
    DropCard,
    DropFair,
    DropRow,
    PutBranch,
    PutCall,
    PutCard,
    PutFair,
    PutRow,
    ScreenState,
    SetDraw,
    SetTotals,
    SetWaiting,
)
from yizhan.contracts.stations import NoticeReach

CODES = [MARKET, TOWN, COMMUNITY, OTHER_TOWN, "5227300102", "522730010101"]


def network() -> list[Fact]:
    return [
        fact(station_event(station(MARKET, None, name="市场"))),
        fact(station_event(station(TOWN, MARKET, name="冠山"))),
        fact(station_event(station(COMMUNITY, TOWN, name="兴龙"))),
        fact(station_event(station(OTHER_TOWN, MARKET, name="龙山"))),
    ]


def published(number: int, at: str, **details: object) -> Fact:
    return fact(posting_event(posting(number, at, **details)))  # type: ignore[arg-type]


def row_ids(state: ScreenState) -> list[str]:
    return [row.id for row in state.rows]


def test_a_posting_shows_at_its_station_and_at_every_one_above() -> None:
    """兴龙's posting is on 兴龙's, the town's and the market's screens, and not on another town's."""
    projection = Projection.of(network())
    applied = projection.apply(published(1, COMMUNITY))
    assert applied is not None
    assert set(applied.changes) == {COMMUNITY, TOWN, MARKET}
    assert row_ids(projection.views[MARKET].state()) == [posting_id(1)]
    assert projection.views[OTHER_TOWN].state().rows == ()
    assert projection.views[MARKET].state().rows[0].from_station == "兴龙"


@pytest.mark.parametrize("status", [PostingStatus.WITHDRAWN, PostingStatus.EXPIRED])
def test_a_posting_that_ends_leaves_every_screen(status: PostingStatus) -> None:
    """Withdrawn or expired, the row is dropped wherever it was."""
    projection = Projection.of([*network(), published(1, COMMUNITY)])
    applied = projection.apply(published(1, COMMUNITY, sequence=5, status=status))
    assert applied is not None
    assert applied.changes[TOWN][0] == DropRow(id=posting_id(1))
    assert all(not view.state().rows for view in projection.views.values())


def test_a_filled_posting_leaves_and_comes_back_when_it_is_reopened() -> None:
    """Whatever the event is called: a posting is on the screens while its status is published."""
    projection = Projection.of([*network(), published(1, TOWN, headcount=3, taken=2)])
    filled = posting(1, TOWN, sequence=5, headcount=3, taken=3, status=PostingStatus.WITHDRAWN)
    reopened = posting(1, TOWN, sequence=6, headcount=3, taken=2)
    for facts, shown in ((PostingFilled, []), (PostingReopened, [1])):
        one = filled if facts is PostingFilled else reopened
        told = event(facts(posting=one, by="test"), subject=one.id, sequence=one.sequence, station=TOWN)
        projection.apply(fact(told))
        assert [row.missing for row in projection.views[MARKET].state().rows] == shown


def test_a_posting_that_never_was_on_a_screen_leaves_no_trace() -> None:
    """Drafts, submissions and rejections are heard, and are nothing to screens."""
    draft = posting(1, TOWN, sequence=1, status=PostingStatus.DRAFT).model_copy(update={"published_at": None})
    drafted = event(PostingDrafted(posting=draft, by="test"), subject=draft.id, sequence=1, station=TOWN)
    assert fact_of(drafted) is None


def test_an_older_event_changes_nothing() -> None:
    """A withdrawal is not undone by the publication that comes late."""
    projection = Projection.of(network())
    projection.apply(published(1, TOWN, sequence=5, status=PostingStatus.WITHDRAWN))
    assert projection.apply(published(1, TOWN, sequence=4)) is None
    assert projection.views[TOWN].state().rows == ()


def test_a_posting_told_before_its_station_appears_with_it() -> None:
    """Services do not wait for each other."""
    projection = Projection.of(network()[:2])
    assert projection.apply(published(1, COMMUNITY)).changes == {}  # type: ignore[union-attr]
    applied = projection.apply(network()[2])
    assert applied is not None
    assert row_ids(apply_changes(EMPTY_STATE, applied.changes[COMMUNITY])) == [posting_id(1)]
    assert row_ids(projection.views[MARKET].state()) == [posting_id(1)]


def test_a_station_that_moves_takes_its_subtree_along() -> None:
    """The community goes to another town: the old one loses its postings, the new one has them."""
    projection = Projection.of([*network(), published(1, COMMUNITY)])
    subtree = fact(notice_event(notice(1, OTHER_TOWN, reach=NoticeReach.SUBTREE)))
    projection.apply(subtree)
    projection.apply(fact(station_event(station(COMMUNITY, OTHER_TOWN, sequence=2, name="兴龙"))))
    assert projection.views[TOWN].state().rows == ()
    assert row_ids(projection.views[OTHER_TOWN].state()) == [posting_id(1)]
    assert [line.id for line in projection.views[COMMUNITY].state().notices] == [notice_id(1)]


def test_a_renamed_station_renames_its_rows_everywhere() -> None:
    """Where to ask is told with the station's name of today."""
    projection = Projection.of([*network(), published(1, COMMUNITY)])
    applied = projection.apply(fact(station_event(station(COMMUNITY, TOWN, sequence=2, name="新兴"))))
    assert applied is not None
    put = applied.changes[MARKET][0]
    assert isinstance(put, PutRow)
    assert put.row.from_station == "新兴"


def test_notices_reach_their_own_station_or_all_below() -> None:
    """A notice of the town with reach `subtree` shows in the community, one without does not."""
    projection = Projection.of(network())
    projection.apply(fact(notice_event(notice(1, TOWN))))
    projection.apply(fact(notice_event(notice(2, TOWN, reach=NoticeReach.SUBTREE))))
    assert [line.id for line in projection.views[TOWN].state().notices] == [notice_id(1), notice_id(2)]
    assert [line.id for line in projection.views[COMMUNITY].state().notices] == [notice_id(2)]
    assert projection.views[MARKET].state().notices == ()
    projection.apply(fact(notice_event(notice(2, TOWN, sequence=2, ended=True))))
    assert projection.views[COMMUNITY].state().notices == ()


def fair_ids(state: ScreenState) -> list[str]:
    return [card.id for card in state.fairs]


def test_a_fair_shows_in_its_hosts_tree_and_at_linked_stations() -> None:
    """The town's fair: on its own screens, those above and below it, and the linked town's."""
    projection = Projection.of(network())
    applied = projection.apply(fact(fair_event(fair(1, TOWN))))
    assert applied is not None
    assert set(applied.changes) == {MARKET, TOWN, COMMUNITY}
    linked = projection.apply(fact(fair_event(fair(1, TOWN, sequence=3, linked=(OTHER_TOWN,)))))
    assert linked is not None
    assert fair_ids(projection.views[OTHER_TOWN].state()) == [fair_id(1)]
    card = projection.views[OTHER_TOWN].state().fairs[0]
    assert (card.from_station, card.companies) == ("冠山", 6)


@pytest.mark.parametrize(
    "over",
    [
        {"status": FairStatus.CANCELLED},
        {"status": FairStatus.CLOSED},
        {"status": FairStatus.HELD, "ended": True},
    ],
    ids=["cancelled", "closed", "ended"],
)
def test_a_fair_that_is_over_leaves_every_screen(over: dict[str, object]) -> None:
    """One change for each station that showed it, and none for the others."""
    projection = Projection.of([*network(), fact(fair_event(fair(1, COMMUNITY)))])
    applied = projection.apply(fact(fair_event(fair(1, COMMUNITY, sequence=3, **over))))  # type: ignore[arg-type]
    assert applied is not None
    assert applied.changes == {code: [DropFair(id=fair_id(1))] for code in (COMMUNITY, TOWN, MARKET)}
    assert not any(view.state().fairs for view in projection.views.values())


def test_a_plan_is_nothing_to_screens() -> None:
    """Until it is announced there is nothing to show, to remember or to take away."""
    plan = fair(1, TOWN, sequence=1, status=FairStatus.PLANNED).model_copy(update={"announced_at": None})
    assert fact_of(fair_event(plan)) is None


@pytest.mark.parametrize("linked", [0, 40])
def test_a_change_of_a_fair_is_one_change_for_each_station_that_shows_it(linked: int) -> None:
    """However many there are, and none for any other."""
    codes = [f"52273002{number:02d}" for number in range(1, linked + 1)]
    stations = [fact(station_event(station(code, OTHER_TOWN))) for code in codes]
    projection = Projection.of([*network(), *stations])
    projection.apply(fact(fair_event(fair(1, TOWN, linked=tuple(codes)))))
    applied = projection.apply(fact(fair_event(fair(1, TOWN, sequence=3, linked=tuple(codes), confirmed=7))))
    assert applied is not None
    assert set(applied.changes) == {MARKET, TOWN, COMMUNITY, *codes}
    assert all([change.op for change in changes] == ["put_fair"] for changes in applied.changes.values())


def test_fairs_beyond_the_limit_wait_for_their_turn() -> None:
    """The soonest are shown; one that ends lets the next one in."""
    fairs = [fact(fair_event(fair(n, TOWN, opens_in_days=n + 1))) for n in range(FAIR_LIMIT + 1)]
    projection = Projection.of([*network(), *fairs])
    assert fair_ids(projection.views[TOWN].state()) == [fair_id(n) for n in range(FAIR_LIMIT)]
    applied = projection.apply(fact(fair_event(fair(0, TOWN, sequence=3, ended=True))))
    assert applied is not None
    dropped, moved_up = applied.changes[TOWN]
    assert dropped == DropFair(id=fair_id(0))
    assert isinstance(moved_up, PutFair)
    assert moved_up.fair.id == fair_id(FAIR_LIMIT)


def test_towns_and_the_county_sum_up_what_is_below_them() -> None:
    """Most postings first; a station without any is not named; a community sums up nothing."""
    projection = Projection.of(
        [
            *network(),
            published(1, COMMUNITY, headcount=3),
            published(2, TOWN, headcount=2),
            published(3, OTHER_TOWN, headcount=9),
        ]
    )
    market = projection.views[MARKET].state().branches
    assert [(one.short_name, one.postings, one.hands) for one in market] == [("冠山", 2, 5), ("龙山", 1, 9)]
    town = projection.views[TOWN].state().branches
    assert [(one.short_name, one.postings, one.hands) for one in town] == [("兴龙", 1, 3)]
    assert projection.views[COMMUNITY].state().branches == ()
    applied = projection.apply(published(3, OTHER_TOWN, sequence=5, status=PostingStatus.WITHDRAWN))
    assert applied is not None
    assert [change.op for change in applied.changes[MARKET]] == ["drop_row", "set_totals", "drop_branch"]


def test_hands_that_are_taken_change_the_sums_above() -> None:
    """One is bound: the row says so, and so do both sums."""
    projection = Projection.of([*network(), published(1, COMMUNITY, headcount=3)])
    applied = projection.apply(published(1, COMMUNITY, sequence=5, headcount=3, taken=1))
    assert applied is not None
    sums = [change for change in applied.changes[MARKET] if isinstance(change, PutBranch)]
    assert [(one.branch.short_name, one.branch.hands) for one in sums] == [("冠山", 2)]
    assert projection.views[TOWN].state().rows[0].missing == 2


def test_a_row_says_when_it_was_verified_and_when_that_is_too_long_ago() -> None:
    """What the owner says of it, and no more."""
    projection = Projection.of([*network(), published(1, TOWN), published(2, TOWN, stale=True)])
    first, second = projection.views[TOWN].state().rows
    assert (first.verified_at, first.stale) == (NOON - timedelta(hours=2), False)
    assert second.stale


def test_a_job_that_overflows_is_on_the_neighbours_screens_then_on_the_countys() -> None:
    """There it is one more row, and no part of the county's sum for that station; filled, it leaves."""
    facts = network()
    projection = Projection.of(facts)

    def told(sequence: int, **more: object) -> None:
        facts.append(published(1, COMMUNITY, sequence=sequence, **more))
        projection.apply(facts[-1])
        assert_all_views_are(projection, facts)

    told(1)
    assert row_ids(projection.views[OTHER_TOWN].state()) == []
    told(2, overflow=OverflowReach.NEIGHBOURS, overflow_to=(OTHER_TOWN,))
    [row] = projection.views[OTHER_TOWN].state().rows
    assert (row.overflow, row.station, row.from_station) == ("neighbours", COMMUNITY, "兴龙")
    sums = {one.station: one.postings for one in projection.views[MARKET].state().branches}
    assert sums == {TOWN: 1}
    told(3, overflow=OverflowReach.COUNTY)
    assert all(row_ids(view.state()) == [posting_id(1)] for view in projection.views.values())
    gone = posting(1, COMMUNITY, sequence=4, status=PostingStatus.WITHDRAWN)
    facts.append(fact(posting_event(gone)))
    projection.apply(facts[-1])
    assert all(row_ids(view.state()) == [] for view in projection.views.values())


def test_rows_beyond_the_limit_count_and_move_up() -> None:
    """The 65th posting is only counted, until an earlier one leaves."""
    count = ROW_LIMIT + 3
    projection = Projection.of(
        [*network(), *(published(number, TOWN, starts_in_hours=number + 1) for number in range(count))]
    )
    applied = projection.apply(published(0, TOWN, sequence=5, status=PostingStatus.WITHDRAWN))
    assert applied is not None
    dropped, moved_up, totals = applied.changes[TOWN]
    assert dropped == DropRow(id=posting_id(0))
    assert isinstance(moved_up, PutRow)
    assert moved_up.row.id == posting_id(ROW_LIMIT)
    assert isinstance(totals, SetTotals)
    assert totals.totals.postings == count - 1


def test_a_sooner_posting_pushes_the_last_row_out() -> None:
    """The window holds the soonest; whoever falls out is told to leave."""
    projection = Projection.of(
        [*network(), *(published(number, TOWN, starts_in_hours=number + 2) for number in range(ROW_LIMIT))]
    )
    applied = projection.apply(published(999, TOWN, starts_in_hours=1))
    assert applied is not None
    assert [change.op for change in applied.changes[TOWN]] == ["put_row", "drop_row", "set_totals"]
    assert DropRow(id=posting_id(ROW_LIMIT - 1)) in applied.changes[TOWN]


@pytest.mark.parametrize("live", [100, 1_000, 10_000])
def test_an_event_touches_no_more_rows_in_a_large_county(live: int) -> None:
    """A change beyond the window is one of totals and one of sums, however many postings there are."""
    projection = Projection.of(
        [*network(), *(published(number, COMMUNITY, starts_in_hours=number + 1) for number in range(live))]
    )
    applied = projection.apply(published(live + 1, COMMUNITY, starts_in_hours=live + 1))
    assert applied is not None
    assert {code: [change.op for change in changes] for code, changes in applied.changes.items()} == {
        COMMUNITY: ["set_totals"],
        TOWN: ["set_totals", "put_branch"],
        MARKET: ["set_totals", "put_branch"],
    }
    assert projection.views[MARKET].state().totals.postings == live + 1


def test_a_void_device_keeps_its_code_as_void() -> None:
    """A revoked screen that comes back is told so, and not that its code is unknown."""
    projection = Projection.of(network())
    projection.apply(fact(issued_event(1, TOWN, "ab" * 32)))
    applied = projection.apply(fact(revoked_event(1, TOWN)))
    assert applied is not None
    assert applied.fact.gone_at == NOON
    assert applied.fact.body is not None
    assert not applied.fact.purgeable(NOON + timedelta(days=30))


def test_tombstones_are_purged_after_a_day() -> None:
    """They outlive every late event, and no more."""
    projection = Projection.of(network())
    projection.apply(published(1, TOWN, sequence=5, status=PostingStatus.WITHDRAWN))
    assert projection.purgeable(NOON + timedelta(hours=23)) == []
    keys = projection.purgeable(NOON + timedelta(hours=25))
    projection.purge(keys)
    assert keys == [(FactKind.POSTING, posting_id(1))]
    assert (FactKind.POSTING, posting_id(1)) not in projection.facts


@pytest.mark.parametrize(
    "kept",
    [
        published(1, TOWN),
        published(1, TOWN, status=PostingStatus.WITHDRAWN),
        fact(station_event(station(TOWN, MARKET))),
        fact(notice_event(notice(1, TOWN))),
        fact(issued_event(1, TOWN, "cd" * 32)),
        fact(fair_event(fair(1, TOWN, linked=(OTHER_TOWN,)))),
        fact(fair_event(fair(1, TOWN, ended=True))),
        fact(shown_event(seeker_card(1, TOWN))),
        fact(dropped_event(1, TOWN)),
        fact(waiting_event(TOWN)),
        fact(called_event(7, TOWN)),
        fact(draw_event(TOWN, sequence=5)),
    ],
    ids=lambda one: f"{one.kind}-{'gone' if one.body is None else 'live'}",
)
def test_a_fact_is_kept_as_it_was(kept: Fact) -> None:
    """What is written to Redis reads back equal."""
    assert from_json(f"{kept.kind}:{kept.id}", to_json(kept)) == kept


def test_a_kept_fact_names_no_employer() -> None:
    """The board holds no more than screens need."""
    assert "某某公司" not in to_json(published(1, TOWN))


# --- people who look for work, and the days of stations ----------------------------------------------------


def shown_card(number: int, at: str, **details: object) -> Fact:
    return fact(shown_event(seeker_card(number, at, **details)))  # type: ignore[arg-type]


def test_a_card_shows_at_its_station_and_above_and_leaves_every_screen_at_once() -> None:
    """One change and the count for each station that shows it, and none for the others."""
    projection = Projection.of(network())
    applied = projection.apply(shown_card(1, COMMUNITY))
    assert applied is not None
    assert set(applied.changes) == {COMMUNITY, TOWN, MARKET}
    put, totals = applied.changes[MARKET]
    assert isinstance(put, PutCard)
    assert (put.card.called, put.card.from_station) == ("王师傅", "兴龙")
    assert isinstance(totals, SetTotals)
    assert totals.totals.cards == 1
    dropped = projection.apply(fact(dropped_event(1, COMMUNITY)))
    assert dropped is not None
    assert {code: changes[0] for code, changes in dropped.changes.items()} == {
        code: DropCard(id=card_id(1)) for code in (COMMUNITY, TOWN, MARKET)
    }
    assert not any(view.state().cards for view in projection.views.values())
    assert projection.apply(shown_card(1, COMMUNITY)) is None


def test_a_dropped_card_is_not_remembered() -> None:
    """What is kept of it is that it went."""
    projection = Projection.of([*network(), shown_card(1, COMMUNITY)])
    projection.apply(fact(dropped_event(1, COMMUNITY)))
    assert "王师傅" not in "".join(to_json(one) for one in projection.facts.values())


@pytest.mark.parametrize("live", [100, 3_000])
def test_a_card_costs_the_same_however_many_there_are(live: int) -> None:
    """The newest stand in the window; one that comes pushes one out, one that goes lets one in."""
    projection = Projection.of([*network(), *(shown_card(number, COMMUNITY) for number in range(live))])
    applied = projection.apply(shown_card(live, COMMUNITY))
    assert applied is not None
    ops = ["drop_card", "put_card", "set_totals"]
    assert {code: [one.op for one in changes] for code, changes in applied.changes.items()} == dict.fromkeys(
        (COMMUNITY, TOWN, MARKET), ops
    )
    state = projection.views[MARKET].state()
    assert [card.id for card in state.cards] == [card_id(live - n) for n in range(CARD_LIMIT)]
    assert state.totals.cards == live + 1
    beyond = projection.apply(fact(dropped_event(1, COMMUNITY)))
    assert beyond is not None
    assert [one.op for one in beyond.changes[MARKET]] == ["set_totals"]


def test_a_station_that_moves_or_is_renamed_takes_its_cards_along() -> None:
    """They are asked for at the station's name of today."""
    projection = Projection.of([*network(), shown_card(1, COMMUNITY)])
    projection.apply(fact(station_event(station(COMMUNITY, OTHER_TOWN, sequence=2, name="新兴"))))
    assert projection.views[TOWN].state().cards == ()
    assert [card.from_station for card in projection.views[OTHER_TOWN].state().cards] == ["新兴"]


def test_the_queue_is_on_the_stations_own_screens_alone() -> None:
    """One change for a check-in, one for a call; nothing at the town or the county."""
    projection = Projection.of(network())
    applied = projection.apply(fact(waiting_event(COMMUNITY, people=3)))
    called = projection.apply(fact(called_event(1, COMMUNITY)))
    assert applied is not None
    assert called is not None
    ((code, (set_waiting,)),) = applied.changes.items()
    assert code == COMMUNITY
    assert isinstance(set_waiting, SetWaiting)
    assert set_waiting.waiting is not None
    assert set_waiting.waiting.people == 3
    assert {code: [one.op for one in changes] for code, changes in called.changes.items()} == {
        COMMUNITY: ["put_call"]
    }


def test_a_number_called_again_is_the_last_call() -> None:
    """It is told again and stands first; what falls out of the window is told to leave."""
    calls = [
        fact(called_event(number, TOWN, at=NOON + timedelta(seconds=number)))
        for number in range(1, CALL_LIMIT + 2)
    ]
    projection = Projection.of([*network(), *calls])
    assert projection.views[TOWN].state().called[0].number == ticket(CALL_LIMIT + 1)
    again = projection.apply(fact(called_event(1, TOWN, times=2, at=NOON + timedelta(minutes=5))))
    assert again is not None
    assert [change.op for change in again.changes[TOWN]] == ["drop_call", "put_call"]
    first = projection.views[TOWN].state().called[0]
    assert (first.number, first.times) == (ticket(1), 2)
    assert len(projection.views[TOWN].state().called) == CALL_LIMIT


def test_the_draw_shows_its_commitment_then_its_list_then_its_seed_and_each_change_by_hand() -> None:
    """Counts and hashes; the reasons of the newest changes, and not who made them."""
    projection = Projection.of(network())
    seen = []
    for sequence in (1, 2, 3, 4 + OVERRIDE_LIMIT):
        applied = projection.apply(fact(draw_event(TOWN, sequence=sequence)))
        assert applied is not None
        (told,) = applied.changes[TOWN]
        assert isinstance(told, SetDraw)
        assert told.draw is not None
        seen.append(
            (told.draw.tickets, told.draw.seed is not None, told.draw.overridden, len(told.draw.overrides))
        )
    assert seen == [(0, False, 0, 0), (2, False, 0, 0), (2, True, 0, 0), (2, True, 7, OVERRIDE_LIMIT)]
    assert "staff" not in projection.views[TOWN].document("0" * 16, 1)


def test_a_new_day_takes_the_place_of_the_one_before() -> None:
    """Yesterday's calls go with the first word of today; a late word of yesterday changes nothing."""
    yesterday = TODAY - timedelta(days=1)
    projection = Projection.of([*network(), fact(called_event(5, TOWN, day=yesterday))])
    applied = projection.apply(fact(draw_event(TOWN)))
    assert applied is not None
    assert [change.op for change in applied.changes[TOWN]] == ["drop_call", "set_draw"]
    late = projection.apply(fact(waiting_event(TOWN, day=yesterday)))
    assert late is not None
    assert late.changes == {}
    assert projection.views[TOWN].state().waiting is None


def test_the_end_of_the_day_clears_the_screens() -> None:
    """Everything of the day goes, from the facts too; what is of today stays."""
    projection = Projection.of(
        [
            *network(),
            fact(waiting_event(TOWN)),
            fact(called_event(1, TOWN)),
            fact(draw_event(TOWN)),
            fact(called_event(1, COMMUNITY, day=TODAY + timedelta(days=1))),
            shown_card(1, TOWN),
        ]
    )
    assert projection.end_days(TODAY).changes == {}
    ended = projection.end_days(TODAY + timedelta(days=1))
    assert {code: sorted(one.op for one in changes) for code, changes in ended.changes.items()} == {
        TOWN: ["drop_call", "set_draw", "set_waiting"]
    }
    assert {kind for kind, _ in ended.keys} == {FactKind.WAITING, FactKind.CALL, FactKind.DRAW}
    assert not any(one.day == TODAY for one in projection.facts.values())
    state = projection.views[TOWN].state()
    assert (state.waiting, state.called, state.draw, len(state.cards)) == (None, (), None, 1)
    assert len(projection.views[COMMUNITY].state().called) == 1


def test_a_message_by_number_shows_at_its_own_station_alone() -> None:
    """Not above it, not below it; the newest six, and nothing of whom it is for."""
    projection = Projection.of(network())
    for number in range(1, MESSAGE_LIMIT + 2):
        at = NOON + timedelta(seconds=number)
        applied = projection.apply(fact(message_event(number, TOWN, at=at)))
        assert applied is not None
        assert set(applied.changes) == {TOWN}
    assert [change.op for change in applied.changes[TOWN]] == ["drop_message", "put_message"]
    shown = projection.views[TOWN].state().messages
    assert [one.id for one in shown] == [message_id(number) for number in range(MESSAGE_LIMIT + 1, 1, -1)]
    assert set(type(shown[0]).model_fields) == {"id", "date", "number", "text", "at", "until"}


def test_a_day_told_before_its_station_appears_with_it() -> None:
    """Services do not wait for each other."""
    projection = Projection()
    projection.apply(fact(called_event(1, MARKET)))
    projection.apply(shown_card(1, MARKET))
    applied = projection.apply(network()[0])
    assert applied is not None
    put_card, put_call = [one for one in applied.changes[MARKET] if isinstance(one, PutCard | PutCall)]
    assert isinstance(put_card, PutCard)
    assert isinstance(put_call, PutCall)


# --- in any order ------------------------------------------------------------------------------------------

_numbers = st.integers(1, 6)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts of a small county: stations that come and move; postings, notices, fairs, cards and days of
    stations that come, change and go."""
    facts: list[Fact] = []
    sequences: dict[tuple[str, int], int] = {}

    def next_sequence(kind: str, number: int) -> int:
        sequences[kind, number] = sequences.get((kind, number), 0) + 1
        return sequences[kind, number]

    for _ in range(draw(st.integers(1, 40))):
        match draw(st.sampled_from(["station", "posting", "posting", "notice", "fair", "card", "day"])):
            case "station":
                place = draw(st.integers(0, len(CODES) - 1))
                others = [None, *(code for code in CODES if code != CODES[place])]
                node = station(
                    CODES[place],
                    draw(st.sampled_from(others)),
                    sequence=next_sequence("station", place),
                    name=draw(st.sampled_from(["甲站", "乙站"])),
                    is_open=draw(st.booleans()),
                )
                facts.append(fact(station_event(node)))
            case "posting":
                number = draw(_numbers)
                one = posting(
                    number,
                    draw(st.sampled_from(CODES)),
                    sequence=next_sequence("posting", number),
                    status=draw(st.sampled_from([PostingStatus.PUBLISHED] * 2 + [PostingStatus.WITHDRAWN])),
                    starts_in_hours=draw(st.integers(0, 2)),
                    taken=draw(st.integers(0, 4)),
                    overflow=draw(st.sampled_from([None, *OverflowReach])),
                    overflow_to=tuple(draw(st.sets(st.sampled_from(CODES), max_size=2))),
                )
                facts.append(fact(posting_event(one)))
            case "card":
                number = draw(_numbers)
                sequence = next_sequence("card", number)
                place_of_card = draw(st.sampled_from(CODES))
                told = (
                    shown_event(seeker_card(number, place_of_card, sequence=sequence))
                    if draw(st.integers(0, 2))
                    else dropped_event(number, place_of_card, sequence=sequence)
                )
                facts.append(fact(told))
            case "day":
                code = draw(st.sampled_from(CODES))
                day = TODAY + timedelta(days=draw(st.integers(-1, 0)))
                what = draw(st.sampled_from(["waiting", "call", "draw", "message"]))
                number = draw(st.integers(1, 3))
                if what == "message":
                    told_by_number = message_event(next_sequence("message", 0), code, day=day)
                    facts.append(fact(told_by_number))
                    continue
                step = next_sequence(f"{what}{code}{day}", number if what == "call" else 0)
                at = NOON + timedelta(seconds=draw(st.integers(0, 3)))
                if what == "waiting":
                    facts.append(fact(waiting_event(code, sequence=step, people=number, day=day)))
                elif what == "call":
                    facts.append(fact(called_event(number, code, times=step, day=day, at=at)))
                else:
                    facts.append(fact(draw_event(code, sequence=step, day=day)))
            case "fair":
                number = draw(_numbers)
                statuses = [FairStatus.ANNOUNCED, FairStatus.HELD, FairStatus.CANCELLED]
                one_fair = fair(
                    number,
                    draw(st.sampled_from(CODES)),
                    sequence=next_sequence("fair", number),
                    status=draw(st.sampled_from(statuses)),
                    linked=tuple(draw(st.sets(st.sampled_from(CODES), max_size=2))),
                    confirmed=draw(st.integers(0, 2)),
                    opens_in_days=draw(st.integers(1, 3)),
                )
                facts.append(fact(fair_event(one_fair)))
            case _:
                number = draw(_numbers)
                line = notice(
                    number,
                    draw(st.sampled_from(CODES)),
                    sequence=next_sequence("notice", number),
                    reach=draw(st.sampled_from(NoticeReach)),
                    ended=draw(st.sampled_from([False, False, True])),
                )
                facts.append(fact(notice_event(line)))
    return facts


def assert_all_views_are(projection: Projection, facts: list[Fact]) -> None:
    assert set(projection.views) == known_stations(facts)
    for code, view in projection.views.items():
        assert view.state() == naive_state(facts, code)


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_incremental_view_is_the_one_worked_out_from_scratch(facts: list[Fact]) -> None:
    """After every fact, every view is as its definition says, and so is a copy that heard the changes."""
    projection = Projection()
    copies: dict[str, ScreenState] = {}
    for place, one in enumerate(facts):
        applied = projection.apply(one)
        assert applied is not None
        for code, changes in applied.changes.items():
            copies[code] = apply_changes(copies.get(code, EMPTY_STATE), changes)
        assert_all_views_are(projection, facts[: place + 1])
        assert copies == {code: view.state() for code, view in projection.views.items()}


@settings(max_examples=50, deadline=None)
@given(histories().flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
def test_events_in_any_order_converge(pair: tuple[list[Fact], list[Fact]]) -> None:
    """Shuffled, doubled and late facts end in the same views."""
    facts, shuffled = pair
    projection = Projection()
    for one in [*shuffled, *shuffled[::2]]:
        projection.apply(one)
    assert_all_views_are(projection, facts)


@settings(max_examples=50, deadline=None)
@given(histories())
def test_loading_at_once_is_the_same_as_one_by_one(facts: list[Fact]) -> None:
    """A folder that takes over shows what the one before it showed."""
    assert_all_views_are(Projection.of(facts), facts)


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_document_reads_back_as_the_state(facts: list[Fact]) -> None:
    """The JSON that is put together by hand is what pydantic would have written."""
    for view in Projection.of(facts).views.values():
        text = view.document("0123456789abcdef", 7)
        document = BoardDocument.model_validate_json(text)
        assert document.state == view.state()
        assert document.model_dump_json() == text


@settings(max_examples=60, deadline=None)
@given(histories(), histories())
def test_the_difference_makes_one_state_into_the_other(before: list[Fact], after: list[Fact]) -> None:
    """Whatever two states are, the changes between them lead from one to the other."""
    old = [view.state() for view in Projection.of(before).views.values()] or [EMPTY_STATE]
    new = [view.state() for view in Projection.of(after).views.values()] or [EMPTY_STATE]
    assert apply_changes(old[0], difference(old[0], new[0])) == new[0]


def test_the_window_property_holds_for_a_crowded_station() -> None:
    """With more postings than rows, random comings and goings keep a copy equal to the view."""
    import random

    chance = random.Random(7)
    projection = Projection.of(network())
    copies = {code: view.state() for code, view in projection.views.items()}
    sequences: dict[int, int] = {}
    facts = network()
    for _ in range(600):
        number = chance.randrange(100)
        sequences[number] = sequences.get(number, 0) + 1
        one = published(
            number,
            chance.choice([TOWN, COMMUNITY, OTHER_TOWN]),
            sequence=sequences[number],
            status=chance.choice([PostingStatus.PUBLISHED] * 5 + [PostingStatus.WITHDRAWN]),
            starts_in_hours=chance.randrange(40),
            taken=chance.randrange(3),
        )
        facts.append(one)
        applied = projection.apply(one)
        assert applied is not None
        for code, changes in applied.changes.items():
            copies[code] = apply_changes(copies[code], changes)
            assert len(copies[code].rows) <= ROW_LIMIT
        assert copies == {code: view.state() for code, view in projection.views.items()}
    assert len(copies[MARKET].rows) == ROW_LIMIT
    assert_all_views_are(projection, facts)
