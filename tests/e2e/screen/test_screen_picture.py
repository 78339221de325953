"""What the picture looks like: rows a page, sizes that can be read from afar, nothing that runs over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.page_server import PageServer
from tests.e2e.screen.samples import (
    STATION,
    branches,
    county,
    fair,
    job,
    longest,
    state_of,
    station_card,
)
from tests.e2e.screen.tv import LANDSCAPE, PORTRAIT, Television
from yizhan.contracts.jobs import Settlement, Wage, WageUnit
from yizhan.contracts.screen import DropFair, PutBranch, PutFair, PutRow

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

#: Elements whose text must stay inside them; an ellipsis after the lines that there are is allowed.
_HOLDERS = (
    ".plate, .clock, .date, .bar, .link-text, .trade, .wage, .missing, .checked, .where, .start, .strip-text,"
    " .slogan, .line-number, .footer, .header, .branch-sums, .fair-when, .fair-companies"
)

#: Every text's own box against its holder's and the panel's, in pixels; line boxes may stand out by a hair.
_OVERFLOWS = """
selector => Array.from(document.querySelectorAll(selector)).filter(e => e.offsetParent !== null).map(e => {
  const inner = document.createRange();
  inner.selectNodeContents(e);
  const text = inner.getBoundingClientRect();
  const box = e.getBoundingClientRect();
  return {
    what: e.className, text: e.textContent,
    across: e.scrollWidth - e.clientWidth,
    left: text.width ? box.left - text.left : 0,
    right: text.width ? text.right - box.right : 0,
    off: text.width ? Math.max(-text.left, text.right - innerWidth, text.bottom - innerHeight) : 0
  };
}).filter(m => m.across > 1 || m.left > 1 || m.right > 1 || m.off > 1)
"""

_SIZES = """
() => Array.from(document.querySelectorAll('.row[data-row]')).map(row => ({
  height: row.getBoundingClientRect().height,
  type: ['.trade-name', '.amount', '.missing-number', '.place', '.start'].map(
    s => parseFloat(getComputedStyle(row.querySelector(s)).fontSize))
}))
"""

#: What stands in a row: its texts as drawn, that is after an ellipsis.
_TEXTS = (
    ".trade-name, .amount, .unit, .settlement, .missing-word, .missing-number, .checked, .place, .perk,"
    " .from, .start-day, .start-time"
)

#: Per row: how far a text reaches out of it, and how much two texts cover each other, in pixels.
_COLLISIONS = """
selector => Array.from(document.querySelectorAll('.row[data-row]')).map(row => {
  const floor = row.getBoundingClientRect();
  const boxes = Array.from(row.querySelectorAll(selector)).map(e => e.getBoundingClientRect())
    .filter(b => b.width);
  const out = Math.max(...boxes.map(b => Math.max(b.bottom - floor.bottom, floor.top - b.top)));
  let shared = 0;
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    shared = Math.max(shared, Math.min(across, down));
  }));
  return {out, shared};
})
"""


@pytest.mark.parametrize(("size", "least", "most"), [(LANDSCAPE, 6, 8), (PORTRAIT, 7, 10)])
async def test_full_page_can_be_read_from_afar(
    tv: Television, board: FakeBoard, size: tuple[int, int], least: int, most: int
) -> None:
    """Six to eight rows across, more upright; rows of 64 px and more, main texts of 40 px and more."""
    page = await tv.switch_on(size=size)
    await tv.comes_live()
    rows: list[dict[str, Any]] = await page.evaluate(_SIZES)
    assert least <= len(rows) <= most
    assert min(row["height"] for row in rows) >= 64
    assert min(size for row in rows for size in row["type"]) >= 40


async def test_portrait_shows_more_rows_than_landscape(tv: Television, board: FakeBoard) -> None:
    """A panel that stands upright is used to its height."""
    page = await tv.switch_on(size=LANDSCAPE)
    await tv.comes_live()
    landscape = len(await tv.rows())
    await page.set_viewport_size({"width": PORTRAIT[0], "height": PORTRAIT[1]})
    await page.wait_for_selector("html[data-orientation='portrait']")
    assert len(await tv.rows()) > landscape


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT, (1366, 768), (1280, 720), (1024, 768), (2560, 1080)])
@pytest.mark.parametrize("count", [0, 3, 20])
async def test_the_longest_texts_stay_in_their_places(
    tv: Television, board: FakeBoard, size: tuple[int, int], count: int
) -> None:
    """Every text as long as its contract allows: nothing runs over an edge or into its neighbour."""
    board.state = longest(count, board.clock.now())
    page = await tv.switch_on(size=size)
    await tv.comes_live()
    assert await page.evaluate(_OVERFLOWS, _HOLDERS) == []
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    # A line box is a little taller than what is drawn in it.
    for row in await page.evaluate(_COLLISIONS, _TEXTS):
        assert row["out"] <= 3
        assert row["shared"] <= 5


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
async def test_ordinary_texts_and_the_badge_stay_in_their_places(
    tv: Television, board: FakeBoard, size: tuple[int, int]
) -> None:
    """Also while cut off for half a day, when the badge is at its longest."""
    page = await tv.switch_on(size=size, box_time=board.clock.now())
    await tv.comes_live()
    assert await page.evaluate(_OVERFLOWS, _HOLDERS) == []
    await board.stop()
    await page.clock.run_for(3_000)
    await page.clock.fast_forward(20 * 3_600_000)
    await page.clock.run_for(3_000)
    assert await tv.text(".link-text") == "网络中断 · 显示的是 11月23日 08:12 的信息（20 小时前）"
    assert await page.evaluate(_OVERFLOWS, _HOLDERS) == []


async def test_pages_turn_after_fifteen_seconds_and_every_row_has_its_turn(
    tv: Television, board: FakeBoard
) -> None:
    """A page stands still for 15 s; a full round shows each posting once; nothing scrolls."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    assert (await tv.text(".page")).startswith("第 1 / ")
    first = await tv.rows()
    seen = list(first)
    # The box's clock goes on by itself too, however long the steps before this one took.
    await page.clock.run_for(8_000)
    assert await tv.rows() == first
    pages = int((await tv.text(".page")).split("/")[1].split()[0])
    for turn in range(2, pages + 1):
        await board.beat()
        await page.clock.run_for(15_000 if turn > 2 else 9_000)
        seen += await tv.rows()
        assert (await tv.text(".page")).startswith(f"第 {turn} / ")
    assert sorted(seen) == sorted(row.id for row in board.state.rows)
    await board.beat()
    await page.clock.run_for(15_000)
    assert await tv.rows() == first


async def test_rows_that_come_on_earlier_pages_leave_the_reader_where_he_is(
    tv: Television, board: FakeBoard
) -> None:
    """Paging hangs on the row at the page's head, not on a number."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    await page.clock.run_for(17_000)
    before = await tv.rows()
    now = board.clock.now()
    old = now - timedelta(days=2)
    await board.tell(
        PutRow(row=job(80, now, starts_at=now, expires_at=now + timedelta(hours=5), published_at=old))
    )
    await tv.comes_live()
    assert before[0] in await tv.rows()


async def test_row_says_wage_missing_place_perks_station_and_start(tv: Television, board: FakeBoard) -> None:
    """The words of one row, as a worker reads them."""
    now = board.clock.now()
    board.state = state_of(
        [
            job(
                0,
                now,
                wage=Wage(fen=18000, max_fen=22000, unit=WageUnit.DAY),
                settlement=Settlement.WEEKLY,
                missing=3,
                meals=True,
                lodging=True,
                transport=True,
                station="5227300102",
                from_station="谷脚驿站",
            )
        ]
    )
    await tv.switch_on()
    await tv.comes_live()
    assert await tv.text(".trade-name") == "搬运工"
    assert (await tv.text(".wage")).split() == ["180–220", "元/天", "周结"]
    assert "".join((await tv.text(".missing")).split()) == "还差3人"
    assert await tv.text(".place") == "老农贸市场门口集合"
    assert "".join((await tv.text(".meta")).split()) == "包吃住接送谷脚驿站"
    assert "".join((await tv.text(".start")).split()) == "今天09:00"


async def test_row_says_when_it_was_verified(tv: Television, board: FakeBoard) -> None:
    """How long ago, on the server's clock; one that waits to be made sure of says that instead."""
    now = board.clock.now()
    board.state = state_of(
        [
            job(0, now, verified_at=now - timedelta(hours=3, minutes=5), stale=False),
            job(1, now, verified_at=now - timedelta(hours=25), stale=True),
            job(2, now, verified_at=None, stale=False),
        ]
    )
    page = await tv.switch_on()
    await tv.comes_live()
    texts = await page.evaluate(
        "Array.from(document.querySelectorAll('.row[data-row] .checked')).map(e => e.textContent)"
    )
    assert texts == ["3小时前核实", "待重新核实", ""]


async def test_filled_jobs_say_so_until_they_leave(tv: Television, board: FakeBoard) -> None:
    """With nobody missing the row says 已招满; the number is otherwise the largest thing beside the wage."""
    now = board.clock.now()
    board.state = state_of([job(0, now, missing=0)])
    await tv.switch_on()
    await tv.comes_live()
    assert "".join((await tv.text(".missing")).split()) == "已招满"
    await board.tell(PutRow(row=job(0, now, missing=2, sequence=5)))
    await tv.comes_live()
    assert "".join((await tv.text(".missing")).split()) == "还差2人"


async def test_fairs_take_turns_with_notices_on_a_full_board(tv: Television, board: FakeBoard) -> None:
    """Title, day, hours, place and how many companies; each for fifteen seconds."""
    now = board.clock.now()
    board.state = county(60, now).model_copy(update={"fairs": (fair(0, now),)})
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    seen = {}
    for _ in range(3):
        seen[await tv.text(".strip-label")] = await tv.text(".strip-text")
        await board.beat()
        await page.clock.run_for(15_000)
    assert seen["招聘会"] == (
        "11月25日 星期三 09:00–13:00 · 冠山街道春季零工专场招聘会 · 老农贸市场广场 · 18 家企业"
    )
    assert set(seen) == {"招聘会", "通知"}
    assert await page.is_hidden(".fairs")


@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
async def test_fairs_have_a_pane_of_their_own_while_there_is_room(
    tv: Television, board: FakeBoard, count: int, size: tuple[int, int]
) -> None:
    """With few jobs or none; one that is told comes, one that is called off goes."""
    now = board.clock.now()
    board.state = county(count, now)
    page = await tv.switch_on(size=size)
    await tv.comes_live()
    assert await page.is_hidden(".fairs")
    await board.tell(PutFair(fair=fair(0, now)))
    await page.wait_for_selector(".fair")
    assert await tv.text(".fair-title") == "冠山街道春季零工专场招聘会"
    assert "".join((await tv.text(".fair-when")).split()) == "11月25日星期三09:00–13:00"
    assert await tv.text(".fair-companies") == "18 家企业"
    assert len(await tv.rows()) == count
    assert await page.evaluate(_OVERFLOWS, _HOLDERS) == []
    await board.tell(DropFair(id=fair(0, now).id))
    await page.wait_for_selector(".fair", state="detached")
    assert await page.is_hidden(".fairs")


async def test_a_fair_whose_time_is_over_leaves_by_itself(tv: Television, board: FakeBoard) -> None:
    """On the server's clock, also when nobody tells the screen."""
    now = board.clock.now()
    opens_at = now - timedelta(minutes=10)
    soon_over = fair(0, now, opens_at=opens_at, closes_at=now + timedelta(seconds=20))
    board.state = county(0, now).model_copy(update={"fairs": (soon_over,)})
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    assert await tv.text(".fair-day") == "正在举行"
    await page.clock.run_for(22_000)
    assert await page.is_hidden(".fairs")


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
async def test_towns_see_the_sums_of_their_stations(
    tv: Television, board: FakeBoard, size: tuple[int, int]
) -> None:
    """Most postings first, in one glance; the rows stay as large as they have to be."""
    now = board.clock.now()
    board.state = county(60, now).model_copy(update={"branches": branches(6)})
    page = await tv.switch_on(size=size)
    await tv.comes_live()
    names = "Array.from(document.querySelectorAll('.branch-name')).map(e => e.textContent)"
    assert (await page.evaluate(names))[:2] == ["冠山街道", "龙山镇"]
    assert await tv.text(".branch-sums") == "60岗 188人"
    cut = "Array.from(document.querySelectorAll('.branch-name')).filter(e => e.scrollWidth > e.clientWidth)"
    assert await page.evaluate(f"{cut}.length") == 0
    rows: list[dict[str, Any]] = await page.evaluate(_SIZES)
    assert len(rows) >= 6
    assert min(row["height"] for row in rows) >= 64
    assert min(size for row in rows for size in row["type"]) >= 40
    last = branches(1)[0].model_copy(update={"station": "52273002", "postings": 99})
    await board.tell(PutBranch(branch=last))
    await tv.comes_live()
    assert (await page.evaluate(names))[0] == "冠山街道"
    assert await page.evaluate(f"{names}.length") == 6
    assert await tv.text(".branch-sums") == "99岗 188人"


async def test_own_station_is_not_named_in_its_rows(tv: Television, board: FakeBoard) -> None:
    """Only a row of another station says where to ask."""
    board.state = state_of([job(0, board.clock.now(), meals=False)])
    await tv.switch_on()
    await tv.comes_live()
    assert await tv.page.is_hidden(".from")


async def test_empty_board_tells_where_to_ask(tv: Television, board: FakeBoard) -> None:
    """No postings is a state of its own: dignified, with the hotline in large type."""
    board.state = county(0, board.clock.now())
    page = await tv.switch_on()
    await tv.comes_live()
    assert "暂时没有在招的零工岗位" in await tv.text(".hero")
    assert await tv.text(".hero-number") == "0854-000 0000"
    assert await page.is_visible(".hero")
    assert await page.is_hidden(".list")


@pytest.mark.parametrize("count", [0, 2, 60])
async def test_hotline_and_complaint_line_are_always_there(
    tv: Television, board: FakeBoard, count: int
) -> None:
    """Also when a station has none of its own: then the service desk is named."""
    board.state = county(count, board.clock.now())
    await tv.switch_on()
    await tv.comes_live()
    assert "0854-000 0000" in await tv.text(".hotline")
    assert "0854-000 0001" in await tv.text(".complaint")


async def test_station_without_lines_names_its_desk(tv: Television, board: FakeBoard) -> None:
    """Nothing is left blank where a number is missing."""
    board.state = state_of(
        [], card=station_card(hotline=None, complaint_line=None, slogans=(), opening_hours=None)
    )
    await tv.switch_on()
    await tv.comes_live()
    assert "请问服务台" in await tv.text(".hotline")
    assert "请问服务台" in await tv.text(".complaint")
    assert await tv.text(".slogan") == "找零工 用零工 就来零工市场"


async def test_suspended_station_says_so(tv: Television, board: FakeBoard) -> None:
    """A station that is closed for the time being tells it on its notice line."""
    board.state = state_of([], card=station_card().model_copy(update={"open": False}))
    await tv.switch_on()
    await tv.comes_live()
    assert "暂停服务" in await tv.text(".strip-text")


async def test_code_can_be_typed_with_a_remotes_arrows(tv: Television, board: FakeBoard) -> None:
    """Arrows move, OK types; O is taken for 0 and l for 1; with twenty signs the board comes."""
    page = await tv.switch_on(code=None)
    assert await tv.attribute("mode") == "code"
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert await tv.text(".entry-box") == "9"
    await page.keyboard.press("Backspace")
    await page.keyboard.type("7k3m9-qx2vb-4t8n6-rhdwe")
    assert await tv.text(".entry-status") == "已输满 20 位，请按“连接”"
    await page.keyboard.press("Enter")
    await tv.comes_live()
    assert board.hellos[0].token == "7K3M9QX2VB4T8N6RHDWE"
    assert await tv.model("model.cleanCode('oO-il u')") == "0011"


async def test_every_key_can_be_reached_with_arrows(tv: Television) -> None:
    """From any key the last line can be reached, and the first again."""
    page = await tv.switch_on(code=None)
    for _ in range(6):
        await page.keyboard.press("ArrowDown")
    reached = []
    for _ in range(3):
        reached.append(await page.evaluate("document.activeElement.textContent"))
        await page.keyboard.press("ArrowRight")
    assert reached == ["删除", "清空", "连接"]
    for _ in range(6):
        await page.keyboard.press("ArrowUp")
    assert await page.evaluate("document.activeElement.textContent") in "01234567"


async def test_nothing_is_asked_of_other_hosts(tv: Television, pages: PageServer) -> None:
    """Fonts, scripts and pictures all come from the station's own server."""
    page = await tv.switch_on()
    await tv.comes_live()
    assert {url.split("/screen/")[0] for url in tv.requests} == {pages.url}
    assert await page.get_attribute("html", "lang") == "zh-CN"
    assert f"/screen/{STATION}" in pages.requests
