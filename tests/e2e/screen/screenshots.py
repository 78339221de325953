"""Pictures of the pages in every state, for people to look at.

python -m tests.e2e.screen.screenshots FOLDER [SCENE…]
python -m tests.e2e.screen.screenshots --documents     those that stand in docs/images
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.async_api import Browser

from tests.e2e.chromium import chromium
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
from tests.e2e.screen.test_draw_page import PHONE, ROOT, SECURE, VECTORS, Phone
from yizhan.clock import FrozenClock
from yizhan.contracts.screen import PutCall, PutRow, RefusalCode, Refused, ScreenState

#: What stands in the documents, by scene and size.
DOCUMENTED = {
    "day-fresh-landscape": "screen-landscape",
    "day-drawn-portrait": "screen-portrait",
    "cards-landscape": "screen-cards",
    "draw-drawn-landscape": "screen-draw",
    "draw-page": "draw-page",
}

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


async def _draw_page(browser: Browser, folder: Path) -> None:
    """The draw on a phone, in daylight and at night, and one that does not hold."""
    records = {path.stem: json.loads(path.read_text()) for path in VECTORS}
    pictures = {
        "": ("weighted", "light"),
        "-dark": ("weighted", "dark"),
        "-wrong": ("tampered_order", "light"),
    }
    for name, (record, scheme) in pictures.items():
        context = await browser.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
        phone = Phone(await context.new_page())
        await context.route("**/*", phone.serve)
        await phone.open(records[record], SECURE)
        await phone.page.screenshot(path=folder / f"draw-page{name}.png")
        await context.close()


async def main(folder: Path, wanted: Collection[str]) -> None:
    """Write pictures into the folder; of all scenes where none is named."""
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
    scenes["day-fresh"] = scenes["day-called"] = scenes["day-drawn"]
    for name in ("day-long", "cards-long", "draw-long"):
        scenes[name] = (longest_day(longest(20, now), now), MORNING)
    town = {"fairs": fairs[:1], "branches": branches(6)}
    scenes["town"] = (scenes["sixty"][0].model_copy(update=town), MORNING)
    scenes["town-dark"] = (scenes["dark"][0].model_copy(update=town), evening)
    async with chromium() as browser:
        for name, (state, at) in scenes.items():
            if not wanted or name in wanted:
                await _picture(browser, folder, name, state, at)
        if not wanted or "draw-page" in wanted:
            await _draw_page(browser, folder)


async def documents() -> None:
    """Write anew what stands in the documents."""
    with TemporaryDirectory() as folder:
        scenes = {"draw-page", *(name.rpartition("-")[0] for name in DOCUMENTED)}
        await main(Path(folder), scenes)
        for name, document in DOCUMENTED.items():
            # A palette of 128 colours is enough for flat pages, and a third of the bytes.
            with Image.open(Path(folder) / f"{name}.png") as picture:
                small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
            small.save(ROOT / "docs" / "images" / f"{document}.png", optimize=True)


if __name__ == "__main__":
    if sys.argv[1] == "--documents":
        asyncio.run(documents())
    else:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
