"""From the bus to the screens, on the real broker and Redis."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.board.process import BoardProcess
from services.board.session import hash_of
from services.board.state import BoardState, FoldWrite, StationUpdate, Verdict
from tests.integration.board.harness import (
    COMMUNITY,
    MARKET,
    OTHER_TOWN,
    PATIENCE_SECONDS,
    TOWN,
    County,
    kill,
    messages_in,
)
from tests.support.eventually import eventually_async
from tests.unit.board.world import NOON, issued_event, posting, posting_event, station, station_event
from yizhan.clock import county_day
from yizhan.contracts.jobs import PostingStatus
from yizhan.contracts.screen import BoardDocument, RefusalCode, ScreenHealth, document_key, health_key

pytestmark = pytest.mark.integration


async def test_a_posting_reaches_the_right_screens_and_no_other(county: County) -> None:
    """Published in 兴龙 it is on 兴龙's, the town's and the market's screens; withdrawn it goes."""
    board = await county.board()
    screens = {
        code: await county.screen(code, board.server.port) for code in (COMMUNITY, TOWN, MARKET, OTHER_TOWN)
    }
    await county.publish_posting(1, COMMUNITY)
    for code in (COMMUNITY, TOWN, MARKET):
        await screens[code].until_shows(1)
    await county.publish_posting(2, OTHER_TOWN)
    await screens[OTHER_TOWN].until_shows(2)
    assert not screens[OTHER_TOWN].shows(1)
    await county.publish_posting(1, COMMUNITY, sequence=5, status=PostingStatus.WITHDRAWN)
    await screens[MARKET].until(lambda: not screens[MARKET].shows(1))


async def test_a_fair_reaches_its_hosts_tree_and_linked_stations_and_outlives_redis(county: County) -> None:
    """Announced in the town it is above, below and at the linked town; a rebuild has it from its owner."""
    board = await county.board()
    screens = {
        code: await county.screen(code, board.server.port) for code in (COMMUNITY, TOWN, MARKET, OTHER_TOWN)
    }
    await county.announce_fair(1, TOWN, linked=(OTHER_TOWN,))
    for screen in screens.values():
        await screen.until(lambda one=screen: one.state and one.state.fairs)
        assert screen.page.held_offset == 1
    await county.flush()
    town = screens[TOWN]
    await town.until(lambda: town.page.held_offset == 0)
    assert town.state.fairs[0].companies == 6
    await county.announce_fair(1, TOWN, sequence=3, linked=(OTHER_TOWN,), ended=True)
    for screen in screens.values():
        await screen.until(lambda one=screen: one.state and not one.state.fairs)


async def test_the_document_over_http_is_what_the_screens_show(county: County) -> None:
    """A client without a websocket reads the same state at the same offset."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await county.publish_posting(1, COMMUNITY)
    await screen.until_shows(1)
    text = await county.redis.get(document_key(county.redis_prefix, TOWN))
    document = BoardDocument.model_validate_json(text)
    assert (document.epoch, document.offset) == (screen.page.epoch, screen.page.held_offset)
    assert document.state == screen.state


async def test_an_event_told_twice_is_shown_once(county: County) -> None:
    """The relay may send again; the offset does not move for it."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    told = await county.publish_posting(1, TOWN)
    await screen.until_shows(1)
    await county.tell(told)
    await county.publish_posting(2, TOWN)
    await screen.until_shows(2)
    assert screen.page.held_offset == 2


async def test_redelivery_after_disconnect_without_ack(county: County) -> None:
    """A screen that drops before acking sees the job again: it resumes from what it had drawn."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await screen.until(lambda: screen.state)
    drawn, offset = screen.state, screen.page.held_offset
    await county.publish_posting(1, TOWN)
    await screen.until_shows(1)
    await screen.close()
    screen.page.state, screen.page.held_offset = drawn, offset
    await screen.connect()
    await screen.until_shows(1)
    assert [kind for kind in screen.page.heard if kind != "heartbeat"] == ["snapshot", "delta", "delta"]


async def test_two_boards_serve_the_same_station(county: County) -> None:
    """Whichever a screen is connected to, it shows the same."""
    first, second = await county.board(), await county.board()
    here = await county.screen(TOWN, first.server.port)
    there = await county.screen(TOWN, second.server.port)
    for number in range(1, 6):
        await county.publish_posting(number, COMMUNITY)
    for screen in (here, there):
        await screen.until_shows(5)
        await screen.until(lambda screen=screen: screen.page.held_offset == 5)
    assert here.state == there.state


async def test_a_screen_resumes_at_another_board(county: County) -> None:
    """Its board leaves; the other one sends just what it missed, in the same epoch."""
    first, second = await county.board(), await county.board()
    screen = await county.screen(TOWN, first.server.port)
    await county.publish_posting(1, TOWN)
    await screen.until_shows(1)
    await county.stop_board(first)
    await screen.until(lambda: screen.closed_with == 1012)
    await county.publish_posting(2, TOWN)
    screen.port = second.server.port
    await screen.connect()
    await screen.until_shows(2)
    assert screen.page.heard.count("snapshot") == 1


async def test_the_standby_goes_on_when_the_folder_is_killed(county: County) -> None:
    """SIGKILL of the process that folds: the other one takes over in the same epoch, and nothing is lost."""
    child, _ = await county.board_child()
    await eventually_async(county.epoch, within_seconds=PATIENCE_SECONDS)
    await county.publish_posting(1, TOWN)
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await screen.until_shows(1)
    epoch = screen.page.epoch
    kill(child)
    for number in range(2, 12):
        await county.publish_posting(number, TOWN)
    for number in range(2, 12):
        await screen.until_shows(number)
    assert screen.page.epoch == epoch
    assert screen.page.held_offset == 11


async def test_a_flushed_redis_is_a_new_epoch(county: County) -> None:
    """Without any event, screens resync by themselves from the owners."""
    board = await county.board()
    await county.publish_posting(1, TOWN)
    screen = await county.screen(TOWN, board.server.port)
    await screen.until_shows(1)
    before = screen.page.epoch
    await county.flush()
    await screen.until(lambda: screen.page.epoch not in (None, before))
    assert screen.shows(1)
    await county.publish_posting(2, TOWN)
    await screen.until_shows(2)


async def test_events_during_a_rebuild_are_not_lost(county: County) -> None:
    """A posting published and one withdrawn after the export was read both come out right."""
    board = await county.board()
    await county.publish_posting(1, TOWN)
    screen = await county.screen(TOWN, board.server.port)
    await screen.until_shows(1)
    before, exports = screen.page.epoch, county.exports
    county.export_gate.clear()
    await county.flush()
    await eventually_async(lambda: county.exports > exports, within_seconds=PATIENCE_SECONDS)
    # Both services' answers are made before their gate; these are told after the stations' one.
    await county.publish_posting(2, TOWN)
    await county.publish_posting(1, TOWN, sequence=5, status=PostingStatus.WITHDRAWN)
    county.export_gate.set()
    await screen.until(lambda: screen.page.epoch != before)
    await screen.until_shows(2)
    await screen.until(lambda: not screen.shows(1))


async def test_what_was_gone_before_a_flush_stays_gone_when_it_is_told_again(county: County) -> None:
    """The owners export no tombstones; the board that lives remembers them."""
    board = await county.board()
    told = await county.publish_posting(1, TOWN)
    screen = await county.screen(TOWN, board.server.port)
    await screen.until_shows(1)
    await county.publish_posting(1, TOWN, sequence=5, status=PostingStatus.WITHDRAWN)
    await screen.until(lambda: not screen.shows(1))
    before = screen.page.epoch
    await county.flush()
    await screen.until(lambda: screen.page.epoch not in (None, before))
    await county.tell(told)
    await county.publish_posting(2, TOWN)
    await screen.until_shows(2)
    assert not screen.shows(1)


async def test_a_board_that_remembers_nothing_ignores_what_was_told_long_before_its_state(
    county: County,
) -> None:
    """An event that comes again after both the board and Redis were lost."""
    told = await county.publish_posting(1, TOWN)
    await county.publish_posting(1, TOWN, sequence=5, status=PostingStatus.WITHDRAWN)
    first = await county.board()
    await (await county.screen(TOWN, first.server.port)).until_shows_nothing()
    await county.stop_board(first)
    await county.flush()
    second = await county.board()
    screen = await county.screen(TOWN, second.server.port)
    await county.tell(told.model_copy(update={"time": datetime.now(UTC) - timedelta(minutes=10)}))
    await county.publish_posting(2, TOWN)
    await screen.until_shows(2)
    assert not screen.shows(1)


async def test_screens_keep_what_they_have_while_the_owners_are_away(county: County) -> None:
    """Redis flushed and nobody to ask: nothing is blanked, and it comes right when they are back."""
    board = await county.board()
    await county.publish_posting(1, TOWN)
    screen = await county.screen(TOWN, board.server.port)
    await screen.until_shows(1)
    before = screen.page.epoch
    county.answering = False
    await county.flush()
    await eventually_async(lambda: board.rebuilder.missing, within_seconds=PATIENCE_SECONDS)
    latecomer = await county.screen(TOWN, board.server.port)
    await latecomer.until_shows(1)
    assert (screen.page.epoch, screen.closed_with) == (before, None)
    county.answering = True
    await screen.until(lambda: screen.page.epoch != before)
    assert screen.shows(1)


@pytest.mark.parametrize("part", ["board:facts", "board:offsets", "board:devices", f"board:document:{TOWN}"])
async def test_a_lost_part_of_the_state_is_noticed(county: County, part: str) -> None:
    """One key gone is as good as all: a new epoch begins, and a new screen is right."""
    board = await county.board()
    await county.publish_posting(1, TOWN)
    witness = await county.screen(COMMUNITY, board.server.port)
    await witness.until(lambda: witness.state)

    async def folded() -> bool:
        return b'"rows":[{' in (await county.redis.get(f"{county.redis_prefix}board:document:{TOWN}") or b"")

    # A fold that is still to come would write the document anew, and nothing would be lost.
    await eventually_async(folded, within_seconds=PATIENCE_SECONDS)
    before = await county.epoch()
    await county.redis.delete(f"{county.redis_prefix}{part}")
    screen = await county.screen(TOWN, board.server.port)
    await eventually_async(_another_epoch(county, before), within_seconds=PATIENCE_SECONDS)
    await screen.until_shows(1)


def _another_epoch(county: County, before: str | None):  # type: ignore[no-untyped-def]
    async def changed() -> bool:
        return await county.epoch() not in (None, before)

    return changed


async def test_a_restarted_redis_is_not_trusted(county: County) -> None:
    """What it restores from a dump may be older than what was acked: a new epoch is built from the owners."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await screen.until(lambda: screen.state)
    before = screen.page.epoch
    await county.redis.hset(f"{county.redis_prefix}board:head", "run_id", "of-an-earlier-run")  # type: ignore[misc]
    await screen.until(lambda: screen.page.epoch != before)


async def test_sigterm_sends_screens_elsewhere_and_ends(county: County) -> None:
    """Service restart, told in the closing handshake; no process is left."""
    child, port = await county.board_child()
    screen = await county.screen(TOWN, port)
    while screen.page.refused is not None or screen.state is None:
        await screen.until(lambda: screen.state or screen.closed_with)
        if screen.state is None:
            screen.page.refused = None
            await screen.connect()
    child.terminate()
    await screen.until(lambda: screen.closed_with == 1012)
    assert await eventually_async(lambda: child.poll() == 0, within_seconds=PATIENCE_SECONDS)


async def test_two_folders_cannot_interleave(county: County) -> None:
    """Whoever claimed the state last may write; the other one is refused, and nothing of it is there."""
    await county.board()
    await eventually_async(county.epoch, within_seconds=PATIENCE_SECONDS)
    state = BoardState(county.redis, county.redis_prefix)
    epoch = await state.claim("first")
    assert epoch is not None
    await state.claim("second")
    write = FoldWrite(facts={"posting:x": "{}"}, stations={TOWN: StationUpdate(1, "{}", ["{}"])})
    assert await state.fold("first", epoch, write) is Verdict.STALE
    assert (await state.offsets())[TOWN] == 0
    assert not await county.redis.hexists(f"{county.redis_prefix}board:facts", "posting:x")  # type: ignore[misc]
    assert await state.fold("second", "f" * 16, write) is Verdict.STALE


async def test_a_write_that_would_leave_a_gap_is_refused(county: County) -> None:
    """Offsets that went back, as from an old dump, are damage: the head goes, and a rebuild follows."""
    await county.board()
    before = await eventually_async(county.epoch, within_seconds=PATIENCE_SECONDS)
    state = BoardState(county.redis, county.redis_prefix)
    epoch = await state.claim("folder")
    write = FoldWrite(facts={"posting:x": "{}"}, stations={TOWN: StationUpdate(5, "{}", ["{}"])})
    assert await state.fold("folder", epoch or "", write) is Verdict.DAMAGED
    await eventually_async(_another_epoch(county, before), within_seconds=PATIENCE_SECONDS)


async def test_a_moved_station_takes_its_postings_along(county: County) -> None:
    """The community goes to the other town, and its rows with it."""
    board = await county.board()
    old = await county.screen(TOWN, board.server.port)
    new = await county.screen(OTHER_TOWN, board.server.port)
    await county.publish_posting(1, COMMUNITY)
    await old.until_shows(1)
    await county.move(COMMUNITY, OTHER_TOWN)
    await new.until_shows(1)
    await old.until(lambda: not old.shows(1))


async def test_a_new_station_can_be_listened_to_as_soon_as_it_is_told(county: County) -> None:
    """No restart, no rebuild: a contact point opens and its screen comes up."""
    board = await county.board()
    node = station("5227300199", TOWN, name="新点")
    await county.tell(station_event(node))
    await county.publish_posting(1, node.code)
    witness = await county.screen(TOWN, board.server.port)
    await witness.until_shows(1)
    await county.tell(issued_event(77, node.code, hash_of("NEWCODE")))
    await eventually_async(lambda: board.feed.device(hash_of("NEWCODE")), within_seconds=PATIENCE_SECONDS)
    await eventually_async(lambda: board.feed.has_station(node.code), within_seconds=PATIENCE_SECONDS)
    screen = await county.screen(node.code, board.server.port, token="NEWCODE")
    await screen.until_shows(1)


async def test_a_revoked_screen_is_told_so_and_cut_off(county: County) -> None:
    """Its code is void at once, here and for any later hello; other screens stay."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    other = await county.screen(MARKET, board.server.port)
    await screen.until(lambda: screen.state)
    await county.revoke_device(TOWN)
    await screen.until(lambda: screen.closed_with == 1008)
    assert screen.page.refused is not None
    assert (screen.page.refused.code, screen.page.refused.retry) == (RefusalCode.CODE_REVOKED, False)
    again = await county.screen(TOWN, board.server.port)
    await again.until(lambda: again.page.refused)
    assert again.page.refused is not None
    assert again.page.refused.code is RefusalCode.CODE_REVOKED
    assert again.state is None
    assert other.closed_with is None


async def test_a_revocation_unheard_is_found_by_looking(county: County) -> None:
    """Pub/sub may drop the news; the table of devices tells within seconds."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await screen.until(lambda: screen.state)
    board.feed._learn = lambda *_: None  # type: ignore[method-assign]
    await county.revoke_device(TOWN)
    await screen.until(lambda: screen.closed_with == 1008)


async def test_staff_see_how_a_screen_fares(county: County) -> None:
    """What it has drawn, its size, and that it went."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await county.publish_posting(1, TOWN)
    await screen.until_shows(1)
    await screen.ack()
    await screen.say({"type": "health", "last_paint_seconds": 0.1, "width": 1920, "height": 1080})
    await screen.close()

    async def written() -> ScreenHealth | None:
        table = await county.redis.hgetall(health_key(county.redis_prefix, TOWN))  # type: ignore[misc]
        reports = [ScreenHealth.model_validate_json(value) for value in table.values()]
        return next((report for report in reports if not report.connected), None)

    report = await eventually_async(written, within_seconds=PATIENCE_SECONDS)
    assert (report.acked_offset, report.width, report.epoch) == (1, 1920, screen.page.epoch)


async def test_a_message_that_cannot_be_read_is_buried_with_its_reason(county: County) -> None:
    """It neither stops the board nor vanishes."""
    board = await county.board()
    await county.tell_bytes("jobs.posting.published.522730.522730", b"{not json", message_id="letter-of-ours")
    await county.publish_posting(1, TOWN)
    screen = await county.screen(TOWN, board.server.port)
    await screen.until_shows(1)
    async for letter in messages_in(county.broker_url, "yizhan.dead"):
        assert letter.body == b"{not json"
        assert letter.message_id == "letter-of-ours"  # people settle it by this
        assert letter.headers["x-yizhan-code"] == "event.unreadable"
        assert letter.headers["x-yizhan-queue"] == "board.fold"
        letter.ack()
        break


async def test_a_starting_board_lets_screens_in_when_it_knows_them(county: County) -> None:
    """A storm that came earlier would be turned away, and each screen would wait before it tries again."""
    await county.board()
    second = BoardProcess(county.settings())
    await second.start()
    knows_them = second.feed.ready
    second.stop()
    await second.serve()
    assert knows_them


async def test_a_backlog_is_folded_without_losing_order(county: County) -> None:
    """Hundreds of events at once: the screen ends where the facts end."""
    board = await county.board()
    screen = await county.screen(MARKET, board.server.port)
    await screen.until(lambda: screen.state)
    events = [
        posting_event(posting(number, TOWN, starts_in_hours=number, sequence=4), at=NOON)
        for number in range(1, 301)
    ]
    await county.tell_many(events)
    await screen.until(lambda: screen.state and screen.state.totals.postings == 300)
    assert screen.state is not None
    assert [row.id for row in screen.state.rows] == [told.subject for told in events[:64]]
    assert not screen.page.out_of_step


async def test_health_says_what_is_wrong(county: County) -> None:
    """Well when everything is there; a rebuild that cannot be done is named."""
    board = await county.board()
    await eventually_async(lambda: board.rebuilder.missing is None, within_seconds=PATIENCE_SECONDS)
    await eventually_async(
        lambda: not any((board._broker_fault(), board.feed.redis_fault(), board._state_fault())),
        within_seconds=PATIENCE_SECONDS,
    )
    county.answering = False
    await county.flush()
    await eventually_async(board._state_fault, within_seconds=PATIENCE_SECONDS)


async def test_a_card_that_is_dropped_leaves_every_screen_within_a_second(county: County) -> None:
    """Withdrawn or erased is all the same to a screen: it, the document and Redis have nothing of it left."""
    board = await county.board()
    screens = {code: await county.screen(code, board.server.port) for code in (COMMUNITY, TOWN, MARKET)}
    took = []
    for number in (1, 2, 3):
        await county.show_card(number, COMMUNITY)
        for screen in screens.values():
            await screen.until(lambda one=screen: one.state and one.state.cards)
        started = asyncio.get_running_loop().time()
        await county.drop_card(number, COMMUNITY)
        for screen in screens.values():
            await screen.until(lambda one=screen: one.state and not one.state.cards)
        took.append(asyncio.get_running_loop().time() - started)
    # The best of three: what a busy machine adds is not the board's.
    assert min(took) < 1, took
    document = await county.redis.get(document_key(county.redis_prefix, MARKET))
    facts = await county.redis.hgetall(f"{county.redis_prefix}board:facts")  # type: ignore[misc]
    assert "王师傅".encode() not in document + b"".join(facts.values())


async def test_queue_calls_and_draw_are_on_the_stations_own_screen_and_outlive_redis(county: County) -> None:
    """Each word of the day is one delta; a rebuild has the same of its owner; the town has none of it."""
    board = await county.board()
    screen = await county.screen(COMMUNITY, board.server.port)
    town = await county.screen(TOWN, board.server.port)
    today = county_day(datetime.now(UTC))
    await county.tell_day(COMMUNITY, today)
    await screen.until(lambda: screen.page.held_offset == 3)
    state = screen.state
    assert state is not None
    assert state.waiting is not None
    assert state.draw is not None
    assert (state.waiting.people, state.called[0].number, state.draw.seed) == (3, "A001", None)
    await county.publish_posting(1, COMMUNITY)
    await town.until_shows(1)
    assert town.page.held_offset == 1
    assert town.state is not None
    assert (town.state.waiting, town.state.called, town.state.draw) == (None, (), None)
    await county.flush()
    await screen.until(lambda: screen.page.held_offset == 0)
    assert screen.state is not None
    assert (screen.state.waiting, screen.state.called, screen.state.draw) == (
        state.waiting,
        state.called,
        state.draw,
    )


async def test_what_is_of_an_earlier_day_is_not_shown(county: County) -> None:
    """A desk that hands in yesterday's slips tells of yesterday: no screen hears of it."""
    board = await county.board()
    screen = await county.screen(COMMUNITY, board.server.port)
    await county.tell_day(COMMUNITY, county_day(datetime.now(UTC)) - timedelta(days=1))
    await county.publish_posting(1, COMMUNITY)
    await screen.until_shows(1)
    assert screen.page.held_offset == 1
    assert not any("waiting" in name.decode() for name in await county.fact_names())


async def test_a_state_of_a_board_that_kept_less_is_built_anew(county: County) -> None:
    """After an upgrade nobody tells again what the older board passed over: the owners are asked."""
    board = await county.board()
    screen = await county.screen(COMMUNITY, board.server.port)
    epoch = await county.epoch()
    await county.show_card(1, COMMUNITY)
    await screen.until(lambda: screen.state and screen.state.cards)
    await county.redis.hdel(f"{county.redis_prefix}board:head", "shape")  # type: ignore[misc]
    await screen.until(lambda: screen.page.epoch not in (None, epoch))
    assert screen.state is not None
    assert len(screen.state.cards) == 1
