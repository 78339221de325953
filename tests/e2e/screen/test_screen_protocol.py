"""The page's side of the screen protocol, in a real browser against a board that says what a test wants."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.page_server import PageServer
from tests.e2e.screen.samples import CODE, STATION, county, job, notice
from tests.e2e.screen.tv import Television
from tests.support.eventually import eventually_async
from yizhan.contracts.screen import (
    SILENCE_SECONDS,
    DropNotice,
    DropRow,
    PutNotice,
    PutRow,
    RefusalCode,
    SetTotals,
    Totals,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_first_hello_names_station_code_and_no_offset(tv: Television, board: FakeBoard) -> None:
    """A box with an empty memory asks for everything."""
    await tv.switch_on()
    await tv.comes_live()
    hello = board.hellos[0]
    assert (hello.station, hello.token, hello.epoch, hello.offset) == (STATION, CODE, None, None)


async def test_code_is_wiped_from_the_address_and_remembered(tv: Television, board: FakeBoard) -> None:
    """Nobody can read the code off the address bar, and the box connects again without it."""
    page = await tv.switch_on()
    await tv.comes_live()
    assert "code" not in page.url
    await tv.switch_off()
    await tv.switch_on(code=None)
    await tv.comes_live()
    assert board.hellos[-1].token == CODE


async def test_published_posting_is_drawn_at_once_and_acked(tv: Television, board: FakeBoard) -> None:
    """A new row stands on the page that is being shown, whichever page it belongs to, tinted and marked."""
    await tv.switch_on()
    await tv.comes_live()
    # The last of all rows: its own page would come round after more than a minute.
    row = job(74, board.clock.now(), published_at=board.clock.now())
    await board.tell(PutRow(row=row), SetTotals(totals=Totals(postings=61, hands=500)))
    await eventually_async(lambda: tv.shows(row.id), within_seconds=10)
    assert await tv.page.get_attribute(f"[data-row='{row.id}']", "data-fresh") == "yes"
    assert await tv.text(".totals") == "在招 61 个岗位 · 还差 500 人"
    await eventually_async(lambda: any(ack.offset == 1 for ack in board.acks))
    assert {ack.epoch for ack in board.acks} == {board.epoch}


async def test_new_row_loses_its_tint_after_half_a_minute(tv: Television, board: FakeBoard) -> None:
    """The tint says new, so it must not stay."""
    board.state = county(3, board.clock.now())
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    row = job(4, board.clock.now(), published_at=board.clock.now())
    await board.tell(PutRow(row=row))
    mark = f"[data-row='{row.id}']"
    await eventually_async(lambda: tv.shows(row.id))
    assert await page.get_attribute(mark, "data-fresh") == "yes"
    await page.clock.run_for(20_000)
    assert await page.get_attribute(mark, "data-fresh") == "yes"
    await board.beat()
    await page.clock.run_for(12_000)
    assert await page.get_attribute(mark, "data-fresh") == "no"


async def test_withdrawn_posting_goes(tv: Television, board: FakeBoard) -> None:
    """A dropped row leaves the page."""
    await tv.switch_on()
    await tv.comes_live()
    gone = board.state.rows[0].id
    assert await tv.shows(gone)
    await board.tell(DropRow(id=gone))
    await eventually_async(tv.is_live)
    assert not await tv.shows(gone)


async def test_notice_comes_and_goes(tv: Television, board: FakeBoard) -> None:
    """A notice shows while it stands, and the rows take its place when it is gone."""
    board.state = county(60, board.clock.now()).model_copy(update={"notices": ()})
    await tv.switch_on()
    await tv.comes_live()
    without = len(await tv.rows())
    line = notice(1, board.clock.now(), "明天上午停电，服务台照常服务")
    await board.tell(PutNotice(notice=line))
    await eventually_async(lambda: tv.page.is_visible(".strip"))
    assert await tv.text(".strip-text") == line.text
    assert len(await tv.rows()) < without
    await board.tell(DropNotice(id=line.id))
    await eventually_async(lambda: tv.page.is_hidden(".strip"))
    assert len(await tv.rows()) == without


async def test_resumes_after_a_cut_socket_where_it_was(tv: Television, board: FakeBoard) -> None:
    """What happened while the socket was down arrives as deltas, with no snapshot."""
    await tv.switch_on()
    await tv.comes_live()
    gone = board.state.rows[0].id
    board.change_unheard(DropRow(id=gone))
    board.cut()
    await eventually_async(lambda: len(board.hellos) == 2, within_seconds=15)
    await tv.comes_live()
    assert (board.hellos[-1].epoch, board.hellos[-1].offset) == (board.epoch, 0)
    assert not await tv.shows(gone)


async def test_gap_in_offsets_is_answered_with_a_new_hello(tv: Television, board: FakeBoard) -> None:
    """A delta that is not the next one is not applied; the page asks again from where it is."""
    await tv.switch_on()
    await tv.comes_live()
    first, second = board.state.rows[0].id, board.state.rows[1].id
    board.change_unheard(DropRow(id=first))
    await board.tell(DropRow(id=second))
    await eventually_async(lambda: len(board.hellos) == 2)
    assert board.hellos[-1].offset == 0
    await tv.comes_live()
    assert not await tv.shows(first)
    assert not await tv.shows(second)


async def test_heartbeat_of_another_offset_is_answered_with_a_new_hello(
    tv: Television, board: FakeBoard
) -> None:
    """A lost last delta is found out by the next heartbeat."""
    await tv.switch_on()
    await tv.comes_live()
    board.change_unheard(DropRow(id=board.state.rows[0].id))
    await board.beat()
    await eventually_async(lambda: len(board.hellos) == 2)
    await tv.comes_live()


async def test_another_epoch_replaces_everything(tv: Television, board: FakeBoard) -> None:
    """After a rebuilt board the page shows the new state and nothing of the old."""
    await tv.switch_on()
    await tv.comes_live()
    old = set(await tv.rows())
    board.begin_epoch(
        "fedcba9876543210",
        county(0, board.clock.now()).model_copy(update={"rows": (job(7, board.clock.now()),)}),
    )
    board.cut()
    await eventually_async(lambda: tv.page.get_attribute("#screen[data-epoch='fedcba9876543210']", "id"))
    assert await tv.rows() == [job(7, board.clock.now()).id]
    assert old - set(await tv.rows())


async def test_silent_socket_is_dropped(tv: Television, board: FakeBoard) -> None:
    """A half-open link looks alive to the browser; the page lets go of it after SILENCE_SECONDS."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    await page.clock.run_for((SILENCE_SECONDS - 5) * 1000)
    assert len(board.hellos) == 1
    await page.clock.run_for(10_000)
    await eventually_async(lambda: len(board.hellos) >= 2)


async def test_board_that_never_answers_hello_is_left_and_tried_again(
    tv: Television, board: FakeBoard
) -> None:
    """An accepted connection without a word is not a live screen."""
    board.mute = True
    page = await tv.switch_on(box_time=board.clock.now())
    await eventually_async(lambda: len(board.hellos) == 1)
    await page.clock.run_for((SILENCE_SECONDS + 3) * 1000)
    await eventually_async(lambda: len(board.hellos) >= 2)
    board.mute = False
    await page.clock.run_for((SILENCE_SECONDS + 25) * 1000)
    await tv.comes_live()


async def test_comes_back_by_itself_after_a_dead_board(tv: Television, board: FakeBoard) -> None:
    """A board that was away for long is found again without anybody's help."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    await board.stop()
    for _ in range(20):
        await page.clock.run_for(10_000)
    assert await tv.attribute("link") == "cut"
    await board.start()
    board.clock.move_to(board.clock.now() + timedelta(seconds=200))

    async def is_back() -> bool:
        # In steps: a box whose clock leaps gives up a connection that the network has had no time for.
        await page.clock.run_for(1_000)
        return await tv.is_live()

    await eventually_async(is_back, within_seconds=30)
    assert await tv.page.is_visible(".totals")


async def test_board_that_moved_is_found_by_its_new_address(
    tv: Television, board: FakeBoard, pages: PageServer
) -> None:
    """The address is asked for again when connecting fails."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    await board.stop()
    board.port = 0
    await board.start()
    for _ in range(4):
        await page.clock.run_for(20_000)
    await tv.comes_live()


async def test_health_is_told_every_minute(tv: Television, board: FakeBoard) -> None:
    """Size, position and when it last painted, so that a frozen picture is known to staff."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    for _ in range(7):
        await board.beat()
        await page.clock.run_for(10_000)
    await eventually_async(lambda: len(board.healths) >= 2)
    health = board.healths[-1]
    assert (health.width, health.height) == (1920, 1080)
    assert (health.epoch, health.offset) == (board.epoch, board.offset)
    assert health.last_paint_seconds < 5


async def test_stopped_painting_reloads_the_page(tv: Television, board: FakeBoard) -> None:
    """A page whose animation frames never come is started afresh."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    starts: list[str] = []
    page.on("domcontentloaded", lambda loaded: starts.append(loaded.url))
    await page.clock.run_for(70_000)
    assert starts == []
    await page.evaluate("window.requestAnimationFrame = function () {};")
    await page.clock.run_for(55_000)
    assert starts == []
    await page.clock.run_for(10_000)
    await eventually_async(lambda: starts)
    await tv.comes_live()


async def test_revoked_code_stops_all_data_and_is_forgotten(tv: Television, board: FakeBoard) -> None:
    """The screen says that it is out of use, shows nothing, and remembers neither code nor state."""
    page = await tv.switch_on()
    await tv.comes_live()
    await eventually_async(lambda: page.evaluate("Object.keys(localStorage).join().indexOf('.state') > 0"))
    trade = board.state.rows[0].trade
    assert trade in await tv.text("body")
    await board.refuse(RefusalCode.CODE_REVOKED, retry=False)
    await eventually_async(lambda: page.is_visible(".message"))
    assert "本屏幕已停用" in await tv.text("body")
    assert "请联系驿站工作人员" in await tv.text("body")
    assert trade not in await tv.text("body")
    kept = await page.evaluate("Object.keys(localStorage).map(k => k.split('.').pop()).sort()")
    assert kept == ["board"]


async def test_revoked_screen_shows_nothing_after_it_is_switched_on_again(
    tv: Television, board: FakeBoard
) -> None:
    """No data of the old days comes back from the box's memory."""
    await tv.switch_on()
    await tv.comes_live()
    await board.refuse(RefusalCode.CODE_REVOKED, retry=False)
    await eventually_async(lambda: tv.page.is_visible(".message"))
    await tv.switch_off()
    await tv.switch_on(code=None)
    assert await tv.attribute("mode") == "code"
    assert board.state.rows[0].trade not in await tv.text("body")


async def test_code_that_is_not_known_yet_shows_nothing_and_is_tried_again(
    tv: Television, board: FakeBoard
) -> None:
    """A code issued this very minute needs no second visit."""
    await tv.switch_on()
    await tv.comes_live()
    await board.refuse(RefusalCode.CODE_REFUSED, retry=True)
    await eventually_async(lambda: tv.page.is_visible(".message"))
    assert await tv.page.is_hidden(".list")
    board.refusal = None
    await tv.comes_live()
    assert await tv.rows()


async def test_unknown_station_is_said_and_tried_again(tv: Television, board: FakeBoard) -> None:
    """A mistyped address is told as such; a station that comes into being is shown."""
    await board.refuse(RefusalCode.UNKNOWN_STATION, retry=True)
    page = await tv.switch_on(box_time=board.clock.now())
    await eventually_async(lambda: page.is_visible(".message"))
    assert f"没有编号为 {STATION} 的驿站" in await tv.text(".message")
    board.refusal = None
    await page.clock.run_for(125_000)
    await tv.comes_live()


@pytest.mark.parametrize("code", [RefusalCode.NOT_READY, RefusalCode.UNKNOWN_STATION])
async def test_board_that_is_not_ready_keeps_the_rows_and_is_tried_again(
    tv: Television, board: FakeBoard, code: RefusalCode
) -> None:
    """A board that is being rebuilt, or has lost sight of the station, costs a screen nothing."""
    board.state = county(5, board.clock.now())  # one page, which does not turn meanwhile
    await tv.switch_on()
    await tv.comes_live()
    rows = await tv.rows()
    await board.refuse(code, retry=True)
    await eventually_async(lambda: len(board.hellos) >= 2, within_seconds=15)
    assert await tv.rows() == rows
    board.refusal = None
    await tv.comes_live()


async def test_unknown_messages_and_changes_of_a_newer_board_are_passed_over(
    tv: Television, board: FakeBoard
) -> None:
    """A page that has not been renewed yet shows what it understands."""
    await tv.switch_on()
    await tv.comes_live()
    gone = board.state.rows[0].id
    newer = {
        "type": "delta",
        "epoch": board.epoch,
        "offset": 1,
        "at": board.clock.now().isoformat(),
        "changes": [{"op": "put_crew", "crew": {}}, {"op": "drop_row", "id": gone}],
    }
    for connection in board.connections:
        await connection.send('{"type": "weather", "text": "晴"}')
        await connection.send(json.dumps(newer))
    await eventually_async(lambda: tv.page.query_selector("#screen[data-offset='1']"))
    assert not await tv.shows(gone)
    assert len(board.hellos) == 1
