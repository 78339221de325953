"""The page's pure functions against the reference and against the words that people read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser, Page

from services.board.view import apply_changes
from tests.e2e.screen.fake_board import dump
from tests.e2e.screen.page_server import PAGES
from tests.e2e.screen.samples import (
    MORNING,
    branches,
    called,
    county,
    fair,
    job,
    lot,
    notice,
    slip,
    station_card,
    told,
    waiting,
    with_day,
    worker,
)
from yizhan.clock import FrozenClock, county_day
from yizhan.contracts.screen import (
    Change,
    Delta,
    DropBranch,
    DropCall,
    DropCard,
    DropFair,
    DropMessage,
    DropNotice,
    DropRow,
    PutBranch,
    PutCall,
    PutCard,
    PutFair,
    PutMessage,
    PutNotice,
    PutRow,
    ScreenState,
    SetDraw,
    SetStation,
    SetTotals,
    SetWaiting,
    Totals,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

_NOW = FrozenClock(MORNING).now()


@pytest_asyncio.fixture(loop_scope="session")
async def script(browser: Browser) -> Page:
    """The script on a page of its own: its functions and nothing that happens."""
    context = await browser.new_context()
    page = await context.new_page()
    for name in ("texts.zh-CN.js", "day.js", "screen.js"):
        await page.add_script_tag(path=PAGES / name)
    return page


async def _ask(script: Page, expression: str, *arguments: Any) -> Any:
    return await script.evaluate(
        f"given => {{ const model = YizhanScreen.model; const texts = YIZHAN_TEXTS; return {expression}; }}",
        list(arguments),
    )


_jitter = st.integers(0, 3).map(lambda step: timedelta(microseconds=step))
_rows = st.builds(
    lambda number, jitter: job(number, _NOW, starts_at=_NOW + timedelta(hours=number % 3) + jitter),
    st.integers(0, 9),
    _jitter,
)
_lines = st.builds(lambda number: notice(number, _NOW, f"第{number}条"), st.integers(0, 4))
_fairs = st.builds(
    lambda number, days: fair(number, _NOW, opens_at=_NOW + timedelta(days=days)),
    st.integers(0, 4),
    st.integers(1, 3),
)
_branches = st.builds(
    lambda number, postings: branches(6)[number].model_copy(update={"postings": postings}),
    st.integers(0, 5),
    st.integers(1, 4),
)
_changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda row: PutRow(row=row), _rows),
    st.builds(lambda row: DropRow(id=row.id), _rows),
    st.builds(lambda line: PutNotice(notice=line), _lines),
    st.builds(lambda line: DropNotice(id=line.id), _lines),
    st.builds(
        lambda name: SetStation(station=name and station_card(short_name=name)),
        st.sampled_from([None, "甲", "乙"]),
    ),
    st.builds(lambda card: PutFair(fair=card), _fairs),
    st.builds(lambda card: DropFair(id=card.id), _fairs),
    st.builds(lambda branch: PutBranch(branch=branch), _branches),
    st.builds(lambda branch: DropBranch(station=branch.station), _branches),
    st.builds(lambda hands: SetTotals(totals=Totals(postings=hands, hands=hands)), st.integers(0, 99)),
    st.builds(lambda number: PutCard(card=worker(number)), st.integers(0, 5)),
    st.builds(lambda number: DropCard(id=worker(number).id), st.integers(0, 5)),
    st.builds(lambda number, jitter: PutCall(call=called(number, _NOW + jitter)), st.integers(1, 4), _jitter),
    st.builds(lambda number: DropCall(number=slip(number)), st.integers(1, 4)),
    st.builds(
        lambda number, jitter: PutMessage(message=told(number, _NOW, at=_NOW + jitter)),
        st.integers(1, 4),
        _jitter,
    ),
    st.builds(lambda number: DropMessage(id=told(number, _NOW).id), st.integers(1, 4)),
    st.builds(
        lambda people: SetWaiting(waiting=people and waiting(county_day(_NOW), people=people)),
        st.sampled_from([None, 7, 30]),
    ),
    st.builds(lambda drawn: SetDraw(draw=lot(_NOW, drawn=drawn)), st.booleans()),
    st.just(SetDraw(draw=None)),
)


async def test_changes_do_to_the_page_what_they_do_to_the_reference(script: Page) -> None:
    """Two hundred random histories, folded in Python and in the browser: the same state."""
    cases: list[tuple[ScreenState, list[Change]]] = []

    @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 5), st.lists(_changes, max_size=12))
    def collect(count: int, changes: list[Change]) -> None:
        state = county(count, _NOW)
        cases.append((with_day(state, _NOW, cards=count) if count % 2 else state, changes))

    collect()
    folded = await _ask(
        script,
        "given[0].map(([state, changes]) => model.applyChanges(state, changes))",
        [
            [
                dump(state),
                json.loads(
                    Delta(epoch="0" * 16, offset=1, at=_NOW, changes=tuple(changes)).model_dump_json()
                )["changes"],
            ]
            for state, changes in cases
        ],
    )
    for (state, changes), after in zip(cases, folded, strict=True):
        assert ScreenState.model_validate(after) == apply_changes(state, changes)


@pytest.mark.parametrize(
    ("wage", "amount", "unit"),
    [
        ({"fen": 18000, "unit": "day"}, "180", "元/天"),
        ({"fen": 2250, "unit": "hour"}, "22.5", "元/小时"),
        ({"fen": 120, "unit": "piece", "piece_name": "斤"}, "1.2", "元/斤"),
        ({"fen": 18000, "max_fen": 22000, "unit": "day", "piece_name": None}, "180–220", "元/天"),
        ({"fen": 320000, "max_fen": None, "unit": "month"}, "3200", "元/月"),
        ({"fen": 1, "unit": "piece", "piece_name": "棵"}, "0.01", "元/棵"),
    ],
)
async def test_wage_is_worded_with_its_unit(
    script: Page, wage: dict[str, Any], amount: str, unit: str
) -> None:
    """Fen become yuan without noughts that say nothing."""
    assert await _ask(script, "model.wageText(given[0], texts)", wage) == {"amount": amount, "unit": unit}


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2026-11-23T07:00:00+08:00", "今天 07:00"),
        ("2026-11-24T06:00:00+08:00", "明天 06:00"),
        ("2026-11-25T06:00:00+08:00", "11月25日 "),
        ("2026-11-22T23:59:00+08:00", "已开工 "),
        ("2026-11-23T23:59:59.999999+08:00", "今天 23:59"),
        ("2026-11-23T16:00:00Z", "明天 00:00"),
    ],
)
async def test_start_is_worded_by_the_countys_days(script: Page, start: str, words: str) -> None:
    """A day begins at midnight in the county."""
    told = await _ask(
        script, "model.startText(model.instant(given[0]), given[1], true, texts)", start, _milliseconds(_NOW)
    )
    assert f"{told['day']} {told['time']}" == words


async def test_stale_heartbeat_does_not_set_the_clock_back(script: Page) -> None:
    """A message that waited in a queue is outvoted; a real correction, told twice, is taken."""
    answer = await _ask(
        script,
        """(() => {
          let clock = model.clockFromServer(null, 1000000, 0);
          clock = model.clockFromServer(clock, 1001000, 21000);
          const held = model.timeAt(clock, 21000);
          clock = model.clockFromServer(clock, 1011000, 31000);
          return [held, model.timeAt(clock, 31000)];
        })()""",
    )
    assert answer == [1021000, 1011000]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1, 2, 3, 4, 5, 6, 7], "天天有空"),
        ([6, 7], "周末有空"),
        ([1, 2, 3, 4, 5], "周一至周五"),
        ([5, 6, 7], "周五至周日"),
        ([1, 3, 6], "周一、三、六"),
        ([2, 4], "周二、四"),
        ([1, 3, 5, 7], "周一三五日"),
        ([3], "周三"),
        ([1, 2], "周一、二"),
    ],
)
async def test_free_days_are_worded_as_people_say_them(script: Page, days: list[int], words: str) -> None:
    """Short enough to be read from afar."""
    assert await _ask(script, "model.day.daysText(given[0], texts)", days) == words


@pytest.mark.parametrize(
    ("has", "shown"),
    [
        ({"jobPages": 4}, "jobs jobs jobs jobs jobs jobs jobs"),
        ({"jobPages": 4, "cards": True, "draw": True}, "jobs cards jobs jobs draw jobs jobs"),
        ({"jobPages": 4, "draw": True}, "jobs draw jobs jobs draw jobs jobs"),
        ({"jobPages": 1, "cards": True, "draw": True}, "cards jobs draw jobs cards jobs draw"),
    ],
)
async def test_panes_take_turns_and_jobs_have_two_pages_to_one(
    script: Page, has: dict[str, Any], shown: str
) -> None:
    """From the first page of jobs on; nothing that is not there gets a turn."""
    told = await _ask(
        script,
        """(() => { let turn = model.day.firstTurn(); const shown = [];
          for (let n = 0; n < 7; n += 1) {
            turn = model.day.following(turn, given[0]);
            shown.push(turn.show);
          }
          return shown.join(' '); })()""",
        has,
    )
    assert told == shown


async def test_a_call_is_spoken_digit_by_digit(script: Page) -> None:
    """As it is called out at the desk."""
    assert await _ask(script, "model.day.spokenCall('A017', texts)") == "请 A 零 一 七 号，到服务台。"
    row = dump(county(1, _NOW))["rows"][0]
    job_text = await _ask(
        script, "model.day.spokenJob(given[0], model.wageText(given[0].wage, texts), texts)", row
    )
    assert job_text == "新岗位。搬运工，200元一天，还差3人，老农贸市场门口集合。"


async def test_retries_are_jittered_quick_at_first_and_capped(script: Page) -> None:
    """The first ones within a second each, none later than 20 seconds, for ever."""
    longest = await _ask(script, "[0, 4, 5, 6, 9, 50, 5000].map(n => model.retryDelay(n, 0.999999))")
    assert longest[0] == longest[1] < 1000 < longest[2] < 2000 < longest[3] < 4000
    assert 19_000 < longest[4] <= 20_000
    assert longest[4] == longest[5] == longest[6] <= 20_000
    assert await _ask(script, "model.retryDelay(9, 0)") == 0


async def test_many_new_rows_never_push_the_page_out(script: Page) -> None:
    """At most a third of a page is given to new rows of other pages, newest first; each stands once."""
    rows = [dump(county(40, _NOW))["rows"]]
    page = await _ask(
        script, "model.arrange(given[0], given[0].slice(-9).map(r => r.id).reverse(), 7, null)", rows[0]
    )
    ids = [row["id"] for row in page["rows"]]
    assert ids[:2] == [rows[0][-1]["id"], rows[0][-2]["id"]]
    assert ids[2:] == [row["id"] for row in rows[0][:5]]
    assert len(set(ids)) == 7


def _milliseconds(moment: datetime) -> float:
    return moment.astimezone(UTC).timestamp() * 1000
