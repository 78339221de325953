"""A screen left alone: cut off, switched on with no network, with a wrong clock. It stays honest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.page_server import PageServer
from tests.e2e.screen.samples import MORNING, STATION, county, fair, job, state_of
from tests.e2e.screen.tv import Television
from tests.support.eventually import eventually_async
from yizhan.clock import FrozenClock

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def _watch_and_switch_off(tv: Television, board: FakeBoard, box_time: datetime) -> list[str]:
    """Let the box see the board once and remember it, then cut everything. Returns the rows that stood."""
    page = await tv.switch_on(box_time=box_time)
    await tv.comes_live()
    await eventually_async(
        lambda: page.evaluate("navigator.serviceWorker.controller !== null"), within_seconds=20
    )
    await page.clock.run_for(2000)
    rows = await tv.rows()
    await tv.switch_off()
    await board.stop()
    return rows


async def _is_cut_off(tv: Television) -> bool:
    """Whether the page has heard of it: from another process than the one that moves its clock."""
    return await tv.attribute("link") != "live"


async def test_cut_off_screen_says_so_and_how_old_it_is(tv: Television, board: FakeBoard) -> None:
    """Within seconds of the cut the badge is there, and it counts the minutes."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    assert "更新于 08:12" in await tv.text(".link")
    await board.stop()
    await eventually_async(lambda: _is_cut_off(tv), within_seconds=10)
    await page.clock.run_for(5_000)
    assert await tv.text(".link-text") == "网络中断 · 显示的是 08:12 的信息（不到 1 分钟前）"
    await page.clock.run_for(37 * 60_000)
    assert await tv.text(".link-text") == "网络中断 · 显示的是 08:12 的信息（37 分钟前）"
    assert await tv.text(".clock") == "08:49"


async def test_cold_start_without_network_shows_the_last_state_and_its_age(
    tv: Television, board: FakeBoard, pages: PageServer
) -> None:
    """Neither page server nor board answer, and still the rows stand, dated."""
    start = board.clock.now()
    rows = await _watch_and_switch_off(tv, board, start)
    await pages.stop()
    page = await tv.switch_on(code=None, box_time=start + timedelta(minutes=40))
    assert await tv.rows() == rows
    await page.clock.run_for(5_000)
    assert await tv.text(".link-text") == "网络中断 · 显示的是 11月23日 08:12 的信息（约 40 分钟前）"
    assert "龙里县冠山街道兴龙社区零工驿站" in await tv.text(".header")
    # Today and tomorrow are not said on the strength of the box's own clock.
    assert await tv.text(".start") == "11月23日09:00"


async def test_cold_start_with_a_clock_that_fell_back_claims_no_age(
    tv: Television, board: FakeBoard, pages: PageServer
) -> None:
    """A box without a battery wakes in the past: the state's own time is shown, and no age and no clock."""
    start = board.clock.now()
    rows = await _watch_and_switch_off(tv, board, start)
    await pages.stop()
    page = await tv.switch_on(code=None, box_time=datetime.fromisoformat("2018-01-01T00:00:00+08:00"))
    await page.clock.run_for(5_000)
    assert await tv.rows() == rows
    assert await tv.text(".link-text") == "网络中断 · 显示的是 11月23日 08:12 的信息"
    assert await tv.text(".clock") == "--:--"


async def test_cold_start_comes_live_when_the_network_returns(
    tv: Television, board: FakeBoard, pages: PageServer
) -> None:
    """From the last state on disk to the present, resuming where the box was."""
    start = board.clock.now()
    await _watch_and_switch_off(tv, board, start)
    await pages.stop()
    page = await tv.switch_on(code=None, box_time=start + timedelta(minutes=40))
    await board.start()
    board.clock.move_to(start + timedelta(minutes=41))
    await page.clock.run_for(25_000)
    await tv.comes_live()
    assert board.hellos[-1].epoch == board.epoch
    assert await tv.text(".clock") == "08:53"


async def test_last_state_is_painted_before_anything_is_asked_of_the_network(
    tv: Television, board: FakeBoard, pages: PageServer
) -> None:
    """The rows stand when the page's scripts have run, though its server and board are silent."""
    start = board.clock.now()
    rows = await _watch_and_switch_off(tv, board, start)
    await pages.stop()
    await tv.switch_on(code=None, box_time=start + timedelta(minutes=1))
    assert await tv.rows() == rows


async def test_first_start_without_a_board_says_what_it_waits_for(tv: Television, board: FakeBoard) -> None:
    """Never blank: a box that has never seen a state says so and says that it is cut off."""
    await board.stop()
    page = await tv.switch_on(box_time=board.clock.now())
    await page.clock.run_for(5_000)
    assert await tv.text(".link-text") == "网络中断 · 正在重新连接"
    assert "正在准备岗位信息" in await tv.text(".hero")


async def test_unreadable_memory_is_thrown_away(tv: Television, board: FakeBoard) -> None:
    """What another release or a broken disk left behind does not keep the page from working."""
    page = await tv.switch_on()
    await tv.comes_live()
    await page.evaluate(
        f"localStorage.setItem('yizhan.screen.{STATION}.state',"
        ' \'{"version": 1, "epoch": "x", "offset": 3, "state": {"rows": 7}}\')'
    )
    await page.evaluate(
        f"localStorage.setItem('yizhan.screen.{STATION}.contact', '{{\"server_ms\":1,\"wall_ms\":1}}')"
    )
    await page.evaluate("window.addEventListener('pagehide', e => e.stopImmediatePropagation(), true)")
    await page.close(run_before_unload=False)
    await tv.switch_on(code=None)
    await tv.comes_live()
    assert await tv.rows()


async def test_what_an_older_page_saved_is_shown_and_a_whole_state_asked_for(
    tv: Television, board: FakeBoard
) -> None:
    """It passed over changes that it did not know, so that to resume where it was would leave them out."""
    page = await tv.switch_on()
    await tv.comes_live()
    saved = f"localStorage['yizhan.screen.{STATION}.state']"
    await page.wait_for_function(f"() => {saved}")
    await tv.switch_off()
    await page.context.add_init_script(
        f"const held = JSON.parse({saved}); held.version = 1;"
        f" delete held.state.fairs; delete held.state.branches; {saved} = JSON.stringify(held);"
    )
    now = board.clock.now()
    board.state = board.state.model_copy(update={"fairs": (fair(0, now),)})
    await tv.switch_on(code=None)
    await tv.comes_live()
    assert (board.hellos[-1].epoch, board.hellos[-1].offset) == (None, None)
    assert "招聘会" in await tv.text(".strip-label")


@pytest.mark.parametrize("days_off", [-1, 1])
async def test_row_leaves_at_its_time_on_the_servers_clock(
    tv: Television, board: FakeBoard, days_off: int
) -> None:
    """The box's clock is a day off, in either direction; the row still goes when the server says so."""
    now = board.clock.now()
    leaving = job(0, now, expires_at=now + timedelta(seconds=20))
    staying = job(1, now)
    board.state = state_of([leaving, staying])
    page = await tv.switch_on(box_time=now + timedelta(days=days_off))
    await tv.comes_live()
    assert await tv.rows() == [leaving.id, staying.id]
    await page.clock.run_for(10_000)
    assert await tv.rows() == [leaving.id, staying.id]
    await page.clock.run_for(12_000)
    assert await tv.rows() == [staying.id]
    assert await tv.text(".totals") == "在招 1 个岗位 · 还差 2 人"


async def test_row_leaves_at_its_time_while_cut_off(tv: Television, board: FakeBoard) -> None:
    """Nobody is sent to a job that has begun, network or not."""
    board.state = county(3, board.clock.now())
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    first = board.state.rows[0]
    await board.stop()
    await page.clock.run_for(40 * 60_000)
    assert await tv.shows(first.id)
    await page.clock.run_for(10 * 60_000)
    assert not await tv.shows(first.id)


async def test_clock_shows_the_servers_time_in_the_countys_zone(tv: Television, board: FakeBoard) -> None:
    """A box set to another zone and another day shows the county's time all the same."""
    await tv.switch_on(box_time=datetime.fromisoformat("2031-05-05T03:00:00+00:00"), zone="America/New_York")
    await tv.comes_live()
    assert await tv.text(".clock") == "08:12"
    assert await tv.text(".date") == "11月23日\n星期一"


@pytest.mark.parametrize(
    ("at", "theme"),
    [
        ("2026-11-23T08:12:00+08:00", "light"),
        ("2026-11-23T18:59:00+08:00", "light"),
        ("2026-11-23T19:00:00+08:00", "dark"),
        ("2026-11-23T03:00:00+08:00", "dark"),
    ],
)
async def test_screen_is_dark_in_the_evening_and_outside_opening_hours(
    tv: Television, board: FakeBoard, at: str, theme: str
) -> None:
    """By the server's time of day."""
    board.clock.move_to(at)
    board.state = county(5, board.clock.now())
    await tv.switch_on()
    await tv.comes_live()
    assert await tv.page.get_attribute("html", "data-theme") == theme


async def test_closed_hours_are_said(tv: Television, board: FakeBoard) -> None:
    """Outside opening hours the screen says when somebody will be there."""
    board.clock.move_to("2026-11-23T21:30:00+08:00")
    await tv.switch_on()
    await tv.comes_live()
    assert await tv.text(".slogan") == "现在休息 · 服务时间 05:30–20:00"


async def test_picture_shifts_by_a_few_pixels_each_hour(tv: Television, board: FakeBoard) -> None:
    """Nothing burns into the panel, and no edge is bared."""
    await tv.switch_on()
    hour = 3_600_000
    start = FrozenClock(MORNING).now().timestamp() * 1000
    shifts = [await tv.model("model.shift(given[0])", start + step * hour) for step in range(9)]
    assert len({(shift["x"], shift["y"]) for shift in shifts}) == 9
    assert all(abs(shift["x"]) <= 4 and abs(shift["y"]) <= 4 for shift in shifts)
