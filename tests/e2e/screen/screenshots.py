"""Pictures of the page in every state, for people to look at.

python -m tests.e2e.screen.screenshots FOLDER [SCENE…]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.e2e.screen.conftest import CHROMIUM_ARGUMENTS, CHROMIUM_PATH
from tests.e2e.screen.fake_board import FakeBoard
from tests.e2e.screen.page_server import PageServer
from tests.e2e.screen.samples import (
    CODE,
    MORNING,
    STATION,
    branches,
    called,
    county,
    fair,
    job,
    longest,
    longest_day,
    with_day,
)
from yizhan.clock import FrozenClock
from yizhan.contracts.screen import PutCall, PutRow, RefusalCode, Refused, ScreenState

SIZES = {"landscape": (1920, 1080), "portrait": (1080, 1920)}


async def _picture(browser: Browser, folder: Path, name: str, state: ScreenState, at: str = MORNING) -> None:
    board = FakeBoard(FrozenClock(at), state)
    await board.start()
    pages = PageServer(lambda: {"board": board.url})
    await pages.start()
    if "revoked" in name:
        board.refusal = Refused(code=RefusalCode.CODE_REVOKED, retry=False)
    for orientation, (width, height) in SIZES.items():
        context = await browser.new_context(viewport={"width": width, "height": height})
        page = await context.new_page()
        if name.startswith(("cards", "draw")):
            await page.clock.install(time=board.clock.now())
        page.on("pageerror", lambda error: print("page error:", error))
        await page.goto(f"{pages.url}/screen/{STATION}" + ("" if "code" in name else f"#code={CODE}"))
        await page.wait_for_timeout(900)
        if "fresh" in name and orientation == "landscape":
            row = job(70, board.clock.now(), published_at=board.clock.now())
            await board.tell(PutRow(row=row))
        if name.startswith(("cards", "draw")):
            for _ in range(2 if name.startswith("cards") else 5):
                await page.clock.run_for(15_100)
                await board.beat()
        if "called" in name:
            await board.tell(PutCall(call=called(17, board.clock.now(), times=2)))
        if "cut" in name:
            await board.stop()
            await page.wait_for_timeout(3000)
        await page.wait_for_timeout(800)
        await page.screenshot(path=folder / f"{name}-{orientation}.png")
        await context.close()
        if "cut" in name:
            await board.start()
    await board.stop()
    await pages.stop()


async def main(folder: Path) -> None:
    """Write every picture into the folder."""
    wanted = sys.argv[2:]
    now = FrozenClock(MORNING).now()
    evening = "2026-11-23T19:40:00+08:00"
    scenes: dict[str, tuple[ScreenState, str]] = {
        "empty": (county(0, now), MORNING),
        "two": (county(2, now), MORNING),
        "five": (county(5, now), MORNING),
        "sixty": (county(60, now), MORNING),
        "fresh": (county(60, now), MORNING),
        "long": (longest(20, now), MORNING),
        "cut": (county(60, now), MORNING),
        "revoked": (county(5, now), MORNING),
        "code": (county(5, now), MORNING),
        "dark": (county(60, FrozenClock(evening).now()), evening),
    }
    fairs = tuple(fair(number, now) for number in range(3))
    for name in ("empty", "two", "sixty"):
        state, at = scenes[name]
        scenes[f"{name}-fairs"] = (state.model_copy(update={"fairs": fairs}), at)
    for stage in ("none", "arrival", "committed", "closed", "drawn"):
        scenes[f"day-{stage}"] = (with_day(county(60, now), now, stage=stage), MORNING)
        scenes[f"draw-{stage}"] = scenes[f"day-{stage}"]
    scenes["day-empty"] = (with_day(county(0, now), now), MORNING)
    scenes["day-five"] = (with_day(county(5, now), now), MORNING)
    scenes["day-dark"] = (
        with_day(county(60, FrozenClock(evening).now()), FrozenClock(evening).now()),
        evening,
    )
    scenes["day-cut"] = (with_day(county(60, now), now), MORNING)
    for name, count in (("cards", 20), ("cards-three", 3), ("cards-sixty", 60)):
        scenes[name] = (with_day(county(60, now), now, cards=count), MORNING)
    scenes["cards-alone"] = (with_day(county(60, now), now, stage="none"), MORNING)
    scenes["cards-dark"] = scenes["draw-dark"] = scenes["day-dark"]
    scenes["day-called"] = scenes["day-drawn"]
    for name in ("day-long", "cards-long", "draw-long"):
        scenes[name] = (longest_day(longest(20, now), now), MORNING)
    town = {"fairs": fairs[:1], "branches": branches(6)}
    scenes["town"] = (scenes["sixty"][0].model_copy(update=town), MORNING)
    scenes["town-dark"] = (scenes["dark"][0].model_copy(update=town), evening)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM_PATH, args=list(CHROMIUM_ARGUMENTS)
        )
        for name, (state, at) in scenes.items():
            if not wanted or name in wanted:
                await _picture(browser, folder, name, state, at)
        await browser.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
