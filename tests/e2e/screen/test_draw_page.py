"""The public page of a draw works the order out again on the phone, as the stand-alone script does."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from services.seekers.domain import draw
from tests.e2e.screen.samples import station_card
from tests.e2e.screen.test_screen_es5 import newer_than_es5
from tests.support.eventually import eventually_async
from yizhan.contracts.draws import Draw, WeightedTicket

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "gateway" / "pages" / "draw"
VECTORS = sorted((ROOT / "tests" / "data" / "draw").glob("*.json"))
PHONE = {"width": 390, "height": 844}

#: WebCrypto is there in the one, as over https; over plain http the page reckons by itself.
SECURE, PLAIN = "http://localhost", "http://yizhan.test"


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("verify_draw", ROOT / "examples" / "verify_draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()


def said_by_the_script(record: dict[str, Any]) -> str | None:
    """What examples/verify_draw.py finds wrong with a record; None when it holds."""
    try:
        fault: str | None = SCRIPT.fault(record)
    except Exception as error:
        return f"读不到一份完整的抽签记录（{type(error).__name__}）"
    return fault


class Phone:
    """A phone with the page open. record: what the station publishes; None: it drew nothing."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.record: dict[str, Any] | None = None
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def serve(self, route: Route) -> None:
        path = route.request.url.split("/", 3)[3]
        if path.startswith("draw/assets/"):
            await route.fulfill(path=PAGES / path.rsplit("/", 1)[1])
        elif path.startswith("draw/"):
            await route.fulfill(path=PAGES / "index.html")
        elif path.startswith("api/v1/stations/") and "/draws/" in path and self.record is not None:
            await route.fulfill(json=self.record)
        elif path.startswith("api/v1/stations/") and "/draws/" not in path:
            await route.fulfill(json=station_card().model_dump(mode="json"))
        else:
            await route.fulfill(status=404, json={"code": "seekers.draw_not_found"})

    async def open(self, record: dict[str, Any] | None, origin: str) -> None:
        """Scan the code on the screen."""
        self.record = record
        station, day = (record or {}).get("station", "5227300101"), (record or {}).get("date", "2026-03-01")
        await self.page.goto(f"{origin}/draw/{station}/{day}")
        await eventually_async(self._has_reckoned, within_seconds=15)

    async def _has_reckoned(self) -> bool:
        return await self.state() != "loading"

    async def state(self) -> str | None:
        return await self.page.get_attribute("#draw", "data-state")

    async def numbers(self) -> list[str]:
        """The queue as it stands on the page."""
        found: list[str] = await self.page.eval_on_selector_all(
            ".ticket", "items => items.map(item => item.dataset.number)"
        )
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[Phone]:
    context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    held = Phone(await context.new_page())
    await context.route("**/*", held.serve)
    yield held
    await context.close()
    assert held.errors == []


def record_of(stage: str) -> dict[str, Any]:
    """A test vector as it stood at an earlier stage."""
    record: dict[str, Any] = json.loads((VECTORS[0].parent / "weighted.json").read_text())
    record |= {"seed": None, "order": [], "overrides": [], "queue": []}
    if stage == "committed":
        record |= {"closed_at": None, "tickets": [], "tickets_sha256": None, "late": []}
    return record


@pytest.mark.parametrize("script", sorted(PAGES.glob("*.js")), ids=lambda path: path.name)
def test_the_scripts_are_es5(script: Path) -> None:
    """A phone may be as old as a screen's box."""
    assert newer_than_es5(script.read_text()) == []


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("origin", [SECURE, PLAIN], ids=["webcrypto", "own arithmetic"])
async def test_the_page_and_the_script_agree_on_every_test_vector(phone: Phone, origin: str) -> None:
    """The same verdict for the same reason, and what holds is shown in the same order."""
    for vector in VECTORS:
        record = json.loads(vector.read_text())
        expected = said_by_the_script(record)
        await phone.open(record, origin)
        assert await phone.page.evaluate("Boolean(window.crypto && crypto.subtle)") is (origin == SECURE)
        says = await phone.page.inner_text(".verdict-say")
        if expected is None:
            assert (vector.name, await phone.state()) == (vector.name, "sound")
            assert await phone.numbers() == record["queue"]
        else:
            assert (vector.name, await phone.state()) == (vector.name, "wrong")
            assert says.startswith(expected.split("（")[0])


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="session")
async def test_the_pages_arithmetic_is_the_services_own(phone: Phone) -> None:
    """Draws of all sizes by chance, worked out in both ways in the browser."""
    chance = random.Random(6)
    records = [_by_chance(chance, count) for count in (1, 2, 7, 60, 999)]
    await phone.open(records[0], SECURE)
    for way in ("null", "crypto.subtle"):
        outcomes = await phone.page.evaluate(
            f"records => Promise.all(records.map(one => YizhanVerify({way}).check(one)))", records
        )
        assert [one["fault"] for one in outcomes] == [None] * len(records)
        assert [one["order"] for one in outcomes] == [record["order"] for record in records]


def _by_chance(chance: random.Random, count: int) -> dict[str, Any]:
    seed = chance.randbytes(32)
    tickets = [
        WeightedTicket(number=f"A{number:03d}", weight=chance.choice([1, 1, 3, 1000]))
        for number in range(1, count + 1)
    ]
    chance.shuffle(tickets)
    now = datetime(2026, 2, 28, 22, tzinfo=UTC)
    announced: Draw = draw.announce("522730010301", date(2026, 3, 1), seed)
    record: dict[str, Any] = draw.reveal(draw.close(announced, tickets, now=now), seed).model_dump(
        mode="json"
    )
    return record


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_says_what_stands_and_why(phone: Phone) -> None:
    """Name and day, each number with its place and weight, who was late, every change with its reason."""
    record = json.loads((VECTORS[0].parent / "weighted.json").read_text())
    await phone.open(record, SECURE)
    page = phone.page
    assert await page.inner_text(".verdict-title") == "核对无误"
    await page.locator(".head", has_text="兴龙社区零工驿站").wait_for()
    head = (await page.inner_text(".head")).split("\n")
    assert [line for line in head if line] == ["阳光派工", "龙里县冠山街道兴龙社区零工驿站", "2026年3月1日"]
    text = await page.inner_text("#draw")
    assert all(change["reason"] in text for change in record["overrides"])
    assert record["overrides"][0]["by"] not in text
    for test_id, field in (("commitment", "commitment"), ("digest", "tickets_sha256"), ("seed", "seed")):
        assert await page.get_by_test_id(test_id).inner_text() == record[field]
    number = record["queue"][2]
    await page.get_by_label("查我的号").fill(number.lower())
    assert await page.inner_text(".mine-place") == f"{number} 排在第 3 位"
    await page.get_by_label("查我的号").fill("Z999")
    assert await page.inner_text(".mine-place") == "名单里没有 Z999"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = "Array.from(document.querySelectorAll('#draw *')).filter(e => e.offsetParent && e.textContent)"
    assert await page.evaluate(f"{small}.every(e => parseFloat(getComputedStyle(e).fontSize) >= 16)")
    targets = "Array.from(document.querySelectorAll('button, summary, input, a'))"
    assert await page.evaluate(f"{targets}.every(e => e.offsetHeight >= 44)")


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="session")
async def test_before_the_draw_the_page_shows_what_is_public_and_waits(phone: Phone) -> None:
    """The commitment alone, then the list; when the seed comes it is worked out without anybody's doing."""
    await phone.page.clock.install()
    await phone.open(record_of("committed"), SECURE)
    assert (await phone.state(), await phone.numbers()) == ("waiting", [])
    assert await phone.page.get_by_test_id("seed").inner_text() == "尚未公布"
    phone.record = record_of("closed")
    await phone.page.clock.run_for(16_000)
    await eventually_async(lambda: _listed(phone), within_seconds=10)
    phone.record = json.loads((VECTORS[0].parent / "weighted.json").read_text())
    await phone.page.clock.run_for(16_000)
    await eventually_async(lambda: _is(phone, "sound"), within_seconds=10)


async def _listed(phone: Phone) -> bool:
    return len(await phone.numbers()) > 0


async def _is(phone: Phone, state: str) -> bool:
    return await phone.state() == state


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="session")
async def test_a_day_without_a_draw_says_so(phone: Phone) -> None:
    """Nothing is made up where nothing was drawn."""
    await phone.open(None, PLAIN)
    assert await phone.page.inner_text(".verdict-title") == "没有抽签记录"
    assert await phone.page.is_hidden(".queue")
