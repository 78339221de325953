"""The screen's second pane and the day on it: people who look for work, the queue, calls, the draw."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.samples import (
    STATION,
    called,
    county,
    job,
    longest,
    longest_day,
    lot,
    slip,
    told,
    waiting,
    with_day,
    worker,
)
from tests.e2e.screen.tv import LANDSCAPE, PORTRAIT, Television
from yizhan.clock import county_day
from yizhan.contracts.screen import DropCard, PutCall, PutCard, PutMessage, PutRow, SetDraw, SetWaiting

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

#: Texts of the day, each of which must stay inside its own holder and clear of the others.
_TEXTS = (
    ".now-label, .now-number, .now-say, .day-title, .next-number, .next-say, .waiting-title, .trade-count,"
    " .told-who, .told-text, .lot-stage, .lot .hash-group, .worker-called,"
    " .worker-age, .worker-days, .worker-trades, .worker-from,"
    " .step, .draw-say, .proof-title, .proof .hash-group, .override, .draw-scan"
)

#: What is seen of them: texts that reach out of the panel, the pane or each other, in pixels.
_COLLISIONS = """
selector => {
  const seen = e => e.offsetParent !== null && getComputedStyle(e).visibility === 'visible';
  const pane = Array.from(document.querySelectorAll('.pane')).filter(seen)[0];
  const found = [];
  [document.querySelector('.day'), pane].filter(Boolean).forEach(holder => {
    const floor = holder.getBoundingClientRect();
    const boxes = Array.from(holder.querySelectorAll(selector)).filter(seen)
      .map(e => ({e: e, b: e.getBoundingClientRect(), clip: e.parentElement.getBoundingClientRect()}))
      .filter(({b, clip}) => b.width && b.top < clip.bottom - 4);
    boxes.forEach(({e, b}) => {
      const out = Math.max(b.bottom - floor.bottom, b.right - floor.right, floor.left - b.left);
      if (out > 3) { found.push([e.className, e.textContent, 'out', out]); }
    });
    boxes.forEach(({e, b}, i) => boxes.slice(i + 1).forEach(({e: f, b: c}) => {
      if (e.contains(f) || f.contains(e)) { return; }
      const across = Math.min(b.right, c.right) - Math.max(b.left, c.left);
      const down = Math.min(b.bottom, c.bottom) - Math.max(b.top, c.top);
      if (Math.min(across, down) > 6) { found.push([e.className, f.className, 'over', across, down]); }
    }));
  });
  return found;
}
"""


async def test_the_days_numbers_stand_beside_the_jobs(tv: Television, board: FakeBoard) -> None:
    """Who is called, who is next, how many wait for what, and the commitment in full."""
    now = board.clock.now()
    board.state = with_day(county(60, now), now)
    page = await tv.switch_on()
    await tv.comes_live()
    assert await page.get_by_test_id("called-number").inner_text() == "A017"
    numbers = "Array.from(document.querySelectorAll('.next-number')).map(e => e.dataset.number)"
    assert (await page.evaluate(numbers))[:3] == ["A016", "A004", "A029"]
    assert await page.get_by_test_id("waiting-people").inner_text() == "23"
    assert "小工 8" in await page.get_by_test_id("waiting-trades").inner_text()
    commitment = page.get_by_test_id("draw-commitment")
    assert "".join((await commitment.inner_text()).split()) == lot(now).commitment
    assert await page.get_attribute(".lot-qr img", "src") == f"/draw/{STATION}/2026-11-23/qr.svg"
    await page.wait_for_selector(".lot-qr[data-has='yes']")


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
@pytest.mark.parametrize("stage", ["arrival", "committed", "drawn", "longest"])
async def test_nothing_of_the_day_overlaps(
    tv: Television, board: FakeBoard, size: tuple[int, int], stage: str
) -> None:
    """In every pane, with ordinary texts and with texts as long as their contracts allow."""
    now = board.clock.now()
    board.state = (
        longest_day(longest(20, now), now)
        if stage == "longest"
        else with_day(county(60, now), now, stage=stage)
    )
    page = await tv.switch_on(size=size, box_time=now)
    await tv.comes_live()
    shown = set()
    for _ in range(6):
        shown.add(await tv.attribute("show"))
        assert await page.evaluate(_COLLISIONS, _TEXTS) == []
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await page.clock.run_for(15_100)
        await board.beat()
    assert shown == ({"jobs", "cards"} if stage == "arrival" else {"jobs", "cards", "draw"})


async def test_a_called_number_fills_the_screen_for_a_while(tv: Television, board: FakeBoard) -> None:
    """Each in its turn, also one that is called again; then the board is back, and shows who was called."""
    now = board.clock.now()
    board.state = with_day(county(60, now), now)
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    assert await page.is_hidden(".call")
    await board.tell(PutCall(call=called(4, now)))
    await board.tell(PutCall(call=called(5, now, times=2)))
    await tv.comes_live()
    assert await page.is_visible(".call")
    assert await tv.text(".call-number") == "A004"
    await page.clock.run_for(11_000)
    assert await tv.text(".call-number") == "A005"
    await page.clock.run_for(11_000)
    assert await page.is_hidden(".call")
    assert await page.get_by_test_id("called-number").inner_text() in ("A004", "A005")


async def test_a_message_stands_by_its_number_until_its_time_is_over(
    tv: Television, board: FakeBoard
) -> None:
    """Beside who is called; several take turns; one whose number is called has been heard."""
    now = board.clock.now()
    board.state = with_day(county(60, now), now)
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    told_now = page.get_by_test_id("number-message")
    assert await told_now.is_hidden()
    await board.tell(PutMessage(message=told(21, now, text="快轮到您了，请到服务台旁等候")))
    await tv.comes_live()
    assert await told_now.inner_text() == "A021 号请注意\n快轮到您了，请到服务台旁等候"
    await board.tell(PutMessage(message=told(22, now, minutes=1)))
    await tv.comes_live()
    seen = set()

    async def passes(seconds: int) -> None:
        """Time, for the box and for the board alike."""
        await page.clock.run_for(seconds * 1000)
        board.clock.move_to(board.clock.now() + timedelta(seconds=seconds))
        await board.beat()

    for _ in range(4):
        await passes(8)
        seen.add(await tv.text(".told-number"))
    assert seen == {"A021", "A022"}
    await passes(60)
    assert await tv.text(".told-number") == "A021"
    await board.tell(PutCall(call=called(21, now + timedelta(minutes=2))))
    await tv.comes_live()
    await passes(25)
    assert await told_now.is_hidden()


async def test_an_old_call_that_is_told_late_is_not_shown_large(tv: Television, board: FakeBoard) -> None:
    """A screen that was cut off shows who was called, and does not call them all again."""
    now = board.clock.now()
    board.state = with_day(county(5, now), now)
    page = await tv.switch_on()
    await tv.comes_live()
    await board.tell(PutCall(call=called(4, now - timedelta(minutes=6))))
    await tv.comes_live()
    assert await page.is_hidden(".call")


_SPOKEN = """
window.spoken = [];
const fake = {
  speaking: false, speak: one => window.spoken.push(one.text), cancel: () => window.spoken.push('cancelled')
};
Object.defineProperty(window, 'speechSynthesis', {value: fake});
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""


@pytest.mark.parametrize(
    ("setting", "heard"),
    [
        ("on", ["新岗位", "cancelled", "请 A 零 零 四 号，到服务台。", "请 A 零 零 四 号，到服务台。"]),
        ("calls", ["请 A 零 零 四 号，到服务台。", "请 A 零 零 四 号，到服务台。"]),
        ("off", []),
    ],
)
async def test_calls_and_new_jobs_are_read_aloud_as_the_screens_address_says(
    tv: Television, board: FakeBoard, setting: str, heard: list[str]
) -> None:
    """A call breaks into a job and is read twice; of jobs in a row one is read; the box remembers."""
    now = board.clock.now()
    board.state = with_day(county(5, now), now)
    page = await tv.switch_on(box_time=now)
    await page.context.add_init_script(_SPOKEN)
    await page.goto(f"{page.url}?voice={setting}")
    await tv.comes_live()
    await page.goto(page.url.split("?")[0])
    await tv.comes_live()
    await board.tell(PutRow(row=job(70, now, published_at=now)))
    await board.tell(PutRow(row=job(71, now, published_at=now)))
    await board.tell(PutCall(call=called(4, now)))
    await tv.comes_live()
    spoken: list[str] = await page.evaluate("window.spoken")
    assert [text[:3] if text.startswith("新岗位") else text for text in spoken] == heard


async def test_a_new_job_takes_the_place_of_another_pane(tv: Television, board: FakeBoard) -> None:
    """It is seen at once, whoever has his turn."""
    now = board.clock.now()
    board.state = with_day(county(5, now), now, stage="none")
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    await page.clock.run_for(16_000)
    assert await tv.attribute("show") == "cards"
    await board.tell(PutRow(row=job(70, now, published_at=now)))
    await tv.comes_live()
    assert await tv.attribute("show") == "jobs"
    assert await tv.shows(job(70, now).id)


async def test_a_card_that_is_dropped_is_gone_from_the_page_at_once(tv: Television, board: FakeBoard) -> None:
    """From what is shown and from the document; one that comes stands first."""
    now = board.clock.now()
    board.state = with_day(county(5, now), now, cards=3, stage="none")
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    await page.clock.run_for(16_000)
    cards = "Array.from(document.querySelectorAll('[data-testid=worker-card]')).map(e => e.dataset.card)"
    assert await page.evaluate(cards) == [worker(number).id for number in (2, 1, 0)]
    assert (await tv.text(".worker")).split() == ["0017号", "20–29岁", "周末有空", "保洁", "湾滩河驿站"]
    await board.tell(DropCard(id=worker(2).id), PutCard(card=worker(10)))
    await tv.comes_live()
    assert await page.evaluate(cards) == [worker(number).id for number in (10, 1, 0)]
    assert "0017号" not in await page.content()


async def test_cards_are_not_shown_while_the_board_is_away(tv: Television, board: FakeBoard) -> None:
    """A screen that hears nothing cannot know who has withdrawn; jobs and the day stay, with their age."""
    now = board.clock.now()
    board.state = with_day(county(5, now), now, cards=3)
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    await board.stop()
    shown = set()
    for turn in range(12):
        await page.clock.run_for(15_000)
        shown.add(await tv.attribute("show"))
        if turn > 4:
            assert await page.query_selector(".worker") is None
    assert shown >= {"jobs", "draw"}
    assert await page.get_by_test_id("called-number").inner_text() == "A017"


async def test_the_day_leaves_the_screen_at_midnight(tv: Television, board: FakeBoard) -> None:
    """On the server's clock, also when nobody tells the screen; the jobs have their full width again."""
    late = board.clock.now().replace(hour=15, minute=59, second=50)
    board.clock.move_to(late)
    board.state = with_day(county(60, late), late)
    page = await tv.switch_on(box_time=late)
    await tv.comes_live()
    assert await page.is_visible(".day")
    await page.clock.run_for(12_000)
    assert await page.is_hidden(".day")
    assert await page.get_by_test_id("called-number").inner_text() == ""
    assert lot(late).commitment not in await page.content()


async def test_the_draw_is_followed_from_the_commitment_to_the_seed(tv: Television, board: FakeBoard) -> None:
    """Before closing the commitment alone; then the list's digest; then the seed and every change by hand."""
    now = board.clock.now()
    board.state = with_day(county(5, now), now, cards=0, stage="committed")
    page = await tv.switch_on(box_time=now)
    await tv.comes_live()
    await page.clock.run_for(16_000)
    assert await tv.attribute("show") == "draw"
    drawn = lot(now, overridden=1)
    assert drawn.seed is not None

    async def value(test_id: str) -> str | None:
        return await page.get_by_test_id(test_id).get_attribute("data-value")

    assert (await value("draw-commitment"), await value("draw-seed")) == (drawn.commitment, "")
    assert await page.get_by_test_id("draw-stage").text_content() == "承诺已公布"
    await board.tell(SetDraw(draw=lot(now, drawn=False)))
    await tv.comes_live()
    assert (await value("draw-digest"), await value("draw-seed")) == (drawn.tickets_sha256, "")
    assert await tv.text(".now-label") == "签到已截止"
    await board.tell(SetDraw(draw=drawn), SetWaiting(waiting=waiting(county_day(now), people=9)))
    await tv.comes_live()
    assert await value("draw-seed") == drawn.seed
    assert await tv.text(".now-label") == "等待叫号"
    assert slip(7) in await page.get_by_test_id("draw-overrides").inner_text()
    assert "腿脚不便" in await page.get_by_test_id("draw-overrides").inner_text()


async def test_a_screen_without_seekers_is_as_it_was(tv: Television, board: FakeBoard) -> None:
    """No panel, no other pane, the rows at their full width."""
    page = await tv.switch_on(box_time=board.clock.now())
    await tv.comes_live()
    width = await page.evaluate("document.querySelector('.list').clientWidth / innerWidth")
    assert width > 0.99
    await page.clock.run_for(20_000)
    assert (await tv.attribute("show"), await tv.attribute("day")) == ("jobs", "no")
