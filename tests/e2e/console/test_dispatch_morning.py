"""A whole morning at the dispatch board: thirty workers, twelve jobs, from check-in to paid."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.e2e.console.desk import VIEWPORT, Desk
from tests.e2e.console.today import needs_today
from tests.support.eventually import eventually, eventually_async
from tests.support.network import OPENABLE, opened
from tests.support.system import RunningSystem
from yizhan.contracts.identifiers import new_identifier

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

COUNTY, TOWN, NEXT_TOWN = "522730", "52273081", "52273082"
PAID = {"fen": 20000, "method": "cash"}


def moment(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


@dataclass
class Morning:
    """Two new towns. workers: ids and numbers of the day in their order; jobs: ids of postings by name."""

    system: RunningSystem
    clerk: Clerk
    logins: dict[str, tuple[str, str]] = field(default_factory=dict)
    workers: list[str] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)

    def town(self, code: str, name: str) -> None:
        facts = {"name_plate": f"龙里县{name}零工驿站", "short_name": name, **OPENABLE}
        body = {"code": code, "kind": "town_station", "parent": COUNTY, "facts": facts}
        self.clerk.post("/stations", body)
        opened(self.clerk.client, code)
        login, password = f"clerk-{secrets.token_hex(4)}", f"Qz7-{secrets.token_hex(8)}"
        account = {"login": login, "name": "小王", "role": "station_staff", "password": password}
        self.clerk.post(f"/stations/{code}/staff", account)
        self.logins[code] = (login, password)

    def check_in(self, station: str) -> str:
        """Somebody new who has a number today."""
        birth = f"1980{secrets.randbelow(12) + 1:02d}{secrets.randbelow(28) + 1:02d}"
        body = f"522730{birth}{secrets.randbelow(1000):03d}"
        seeker = self.clerk.post(
            "/seekers",
            {
                "station": station,
                "id_number": body + check_character(body),
                "name": "王小芳",
                "wishes": {"trades": [{"trade": "搬运工"}]},
                "consents": ["id_number"],
            },
        )
        arrived = {"id": new_identifier(datetime.now(UTC)), "channel": "slip", "slip": seeker["slip"]}
        taken = self.clerk.post(f"/stations/{station}/check-ins", arrived)
        self.numbers[seeker["id"]] = taken["number"]
        return str(seeker["id"])

    def publish(self, name: str, headcount: int, **terms: Any) -> None:
        times = {"starts_at": moment(hours=3), "ends_at": moment(hours=7), **terms}
        self.jobs[name] = self.clerk.publish(TOWN, trade=name, headcount=headcount, **times)

    def posting(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (
            self.clerk.client.get(f"/postings/{self.jobs[name]}").raise_for_status().json()
        )
        return found

    def people(self, name: str) -> list[dict[str, Any]]:
        query = {"station": TOWN, "posting_id": self.jobs[name], "limit": "200"}
        found = self.clerk.client.get("/dispatches", params=query).raise_for_status().json()["dispatches"]
        return sorted(found, key=lambda one: one["id"])

    def status_of(self, name: str) -> list[str]:
        return sorted(one["status"] for one in self.people(name))

    def through(self, name: str, *workers: str) -> None:
        """A job from the offer to pay, without the console."""
        body = {"candidates": [[one] for one in workers], "source": "arrival"}
        for offered in self.clerk.post(f"/postings/{self.jobs[name]}/offers", body)["offers"]:
            path = f"/dispatches/{offered['id']}"
            self.clerk.post(f"{path}/accept", {"means": "slip", "ticket": self.numbers[offered["worker_id"]]})
            slip = self.clerk.post(f"{path}/send", {})
            self.clerk.post("/slips/confirm", {"code": slip["arrival_code"]})
            self.clerk.post("/slips/confirm", {"code": slip["pay_code"], **PAID})

    def shown(self, station: str) -> dict[str, int]:
        """Hands missing by job, as a station's screens show it."""
        rows = self.clerk.board(station)["state"]["rows"]
        names = {id: name for name, id in self.jobs.items()}
        return {names[row["id"]]: row["missing"] for row in rows if row["id"] in names}

    def screens_show(self, station: str, name: str, missing: int | None) -> None:
        """Wait until a station's screens say so; None: that they do not show the job."""
        eventually(lambda: self.shown(station).get(name) == missing, within_seconds=15)

    def make_due(self, dispatch: dict[str, Any], **record: str) -> None:
        """Let time pass for one dispatch: its promise lies in the past, and the clock looks at it."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        with sqlite3.connect(self.system.data / "jobs.db", timeout=10) as rows:
            [text] = rows.execute("SELECT record FROM dispatches WHERE id = ?", (dispatch["id"],)).fetchone()
            changed = json.dumps(json.loads(text) | record)
            due = past.strftime("%Y-%m-%d %H:%M:%S.%f")
            rows.execute(
                "UPDATE dispatches SET record = ?, due_at = ? WHERE id = ?", (changed, due, dispatch["id"])
            )


@pytest.fixture(scope="module")
def morning(running_system: RunningSystem) -> Iterator[Morning]:
    """Everybody has checked in, and every job is published."""
    needs_today(minutes=10)
    with running_system.client() as client:
        made = Morning(running_system, Clerk(client))
        made.town(TOWN, "早市镇")
        made.town(NEXT_TOWN, "邻镇")
        eventually(
            lambda: client.get("/dispatches", params={"station": NEXT_TOWN}).is_success, within_seconds=20
        )
        eventually(
            lambda: client.get("/seekers", params={"station": NEXT_TOWN}).is_success, within_seconds=20
        )
        made.workers = [made.check_in(TOWN) for _ in range(27)]
        made.guests = [made.check_in(NEXT_TOWN) for _ in range(3)]
        for number in range(1, 9):
            made.publish(f"普工{number}", 2)
        made.publish("班组活", 3)
        made.publish("欠薪活", 1)
        made.publish("急活", 2, starts_at=moment(minutes=45))
        made.publish("爽约活", 1, starts_at=moment(minutes=-5))

        def everybody_waits() -> bool:
            queues = [
                client.get(f"/stations/{code}/dispatch-queue").json()["workers"] for code in (TOWN, NEXT_TOWN)
            ]
            return [len(queue) for queue in queues] == [27, 3]

        eventually(everybody_waits, within_seconds=30)
        yield made
        for id in made.jobs.values():
            client.post(f"/postings/{id}/withdraw", json={"reason": "试验完毕"})


async def _desk(browser: Browser, morning: Morning, station: str) -> Desk:
    context = await browser.new_context(viewport=VIEWPORT, locale="zh-CN", timezone_id="Asia/Shanghai")
    desk = await Desk.at(morning.system, context)
    login, password = morning.logins[station]
    await desk.open("/dispatch")
    await desk.page.get_by_label("账号").fill(login)
    await desk.page.get_by_label("密码").fill(password)
    await desk.press("Enter")
    await desk.shows_page("派工台")
    return desk


@pytest_asyncio.fixture(loop_scope="session")
async def here(browser: Browser, morning: Morning) -> AsyncIterator[Desk]:
    """The town's clerk at the dispatch board."""
    desk = await _desk(browser, morning, TOWN)
    yield desk
    await desk.context.close()
    assert desk.errors == []


def job(desk: Desk, morning: Morning, name: str) -> Any:
    return desk.page.locator(f'[data-job="{morning.jobs[name]}"]')


def person(desk: Desk, number: str) -> Any:
    return desk.page.locator(".person", has_text=number)


async def scan(desk: Desk, code: str) -> None:
    """As a scanner does: the text, then Enter."""
    await desk.page.locator("[data-scan]").fill(code)
    await desk.press("Enter")


async def code_on_slip(desk: Desk, part: str) -> str:
    text = await desk.page.locator(".paper-part", has_text=part).locator(".paper-code").text_content()
    return str(text).strip()


async def test_a_morning_from_check_in_to_paid(here: Desk, morning: Morning, browser: Browser) -> None:
    """By key and by drag, live; a crew, a no-show, an unpaid job and one that the next town fills."""
    page, workers, numbers = here.page, morning.workers, morning.numbers
    await page.locator(".job").nth(11).wait_for()
    await expect(page.locator(".waiting")).to_have_count(27)
    await expect(page.locator(".live-mark")).to_have_text("实时")
    await here.picture("dispatch-morning")

    # In order, by key: the first two are asked, and each gives his own word.
    await job(here, morning, "普工1").click()
    await here.press("a")
    await expect(page.locator(".person")).to_have_count(2)
    morning.screens_show(TOWN, "普工1", 2)
    first, second = workers[0], workers[1]
    await person(here, numbers[first]).get_by_role("button", name="接活").click()
    await here.press("Enter")
    await expect(person(here, numbers[first]).locator(".status-tag").first).to_have_text("已接活")
    morning.screens_show(TOWN, "普工1", 1)
    await person(here, numbers[second]).get_by_role("button", name="接活").click()
    await page.get_by_label("交出今天的号").check()
    await page.get_by_label("号码").fill(numbers[workers[5]])
    await page.get_by_role("dialog").get_by_role("button", name="接活").click()
    await here.is_told("只有本人才能接活")
    await page.get_by_label("号码").fill(numbers[second])
    await page.get_by_role("dialog").get_by_role("button", name="接活").click()
    morning.screens_show(TOWN, "普工1", None)

    # The slip: arrival and pay by what is printed on it, once.
    await person(here, numbers[first]).get_by_role("button", name="派出并打印").click()
    await page.locator("[data-slip]").wait_for()
    await here.picture("dispatch-slip")
    arrival, pay = await code_on_slip(here, "到岗联"), await code_on_slip(here, "结算联")
    await page.get_by_role("dialog").get_by_role("button", name="关闭").last.click()
    await scan(here, arrival)
    await expect(person(here, numbers[first]).locator(".status-tag").first).to_have_text("已到岗")
    await scan(here, arrival)
    await here.is_told("已经用过了")
    await scan(here, pay)
    await page.get_by_role("dialog").get_by_role("button", name="结钱").click()
    await expect(person(here, numbers[first]).locator(".status-tag").first).to_have_text("已结清")
    await person(here, numbers[first]).get_by_role("button", name="评价").click()
    await here.press("Enter")
    await here.is_told("评价已记下")

    # By drag: one more job, and the list goes on by itself when he does not want it.
    third = page.locator(f'[data-worker="{workers[2]}"]')
    await third.drag_to(job(here, morning, "普工2"))
    await job(here, morning, "普工2").click()
    await person(here, numbers[workers[2]]).get_by_role("button", name="不去").click()
    await expect(page.locator(".person")).to_have_count(0)
    morning.through("普工2", workers[3], workers[4])

    # A crew: chosen by key, asked and bound as one.
    await job(here, morning, "班组活").click()
    for worker in workers[5:8]:
        await page.locator(f'[data-worker="{worker}"]').focus()
        await here.press("Space")
    await here.press("c")
    await expect(page.locator(".person", has_text="班组")).to_have_count(3)
    await page.locator(".person").first.get_by_role("button", name="接活").click()
    await here.picture("dispatch-crew")
    await here.press("Enter")
    await expect(page.locator(".person", has_text="已接活")).to_have_count(3)
    morning.screens_show(TOWN, "班组活", None)

    # A no-show: work has begun, he is not there, the next in order is asked by himself.
    await job(here, morning, "爽约活").click()
    for worker in workers[8:10]:
        await page.locator(f'[data-worker="{worker}"]').click()
    await here.press("o")
    await person(here, numbers[workers[8]]).get_by_role("button", name="接活").click()
    await here.press("Enter")
    await person(here, numbers[workers[8]]).get_by_role("button", name="派出并打印").click()
    await page.get_by_role("dialog").get_by_role("button", name="关闭").last.click()
    morning.screens_show(TOWN, "爽约活", None)
    await person(here, numbers[workers[8]]).get_by_role("button", name="没有来").click()
    await page.get_by_role("button", name="开工半小时没有到，电话不通").click()
    await page.get_by_role("dialog").get_by_role("button", name="没有来").click()
    await expect(person(here, numbers[workers[9]]).locator(".status-tag").first).to_have_text("待答复")
    morning.screens_show(TOWN, "爽约活", 1)
    await person(here, numbers[workers[9]]).get_by_role("button", name="接活").click()
    await here.press("Enter")
    await expect(person(here, numbers[workers[9]]).locator(".status-tag").first).to_have_text("已接活")

    # Unpaid: promised, reminded of, given up; late pay is taken still.
    await _unpaid(here, morning, workers[10])

    # Overflow: the next town's screens ask, and its clerk sends two of his own.
    await _overflow(here, morning, browser)

    # The others, as many as there are; at the end no screen asks for anybody.
    rest = iter(workers[11:])
    for number in range(3, 9):
        morning.through(f"普工{number}", next(rest), next(rest))
    eventually(lambda: morning.shown(TOWN) == {}, within_seconds=20)
    assert morning.shown(NEXT_TOWN) == morning.shown(COUNTY) == {}
    assert [morning.posting(name)["stage"] for name in morning.jobs] == ["filled"] * 12
    assert morning.status_of("普工8") == ["paid", "paid"]
    await expect(page.locator(".page-head")).to_contain_text("还差 0 人")
    await here.picture("dispatch-noon")


async def _unpaid(here: Desk, morning: Morning, worker: str) -> None:
    body = {"candidates": [[worker]], "source": "by_hand"}
    [offered] = morning.clerk.post(f"/postings/{morning.jobs['欠薪活']}/offers", body)["offers"]
    path = f"/dispatches/{offered['id']}"
    morning.clerk.post(f"{path}/accept", {"means": "signature"})
    slip = morning.clerk.post(f"{path}/send", {})
    morning.clerk.post("/slips/confirm", {"code": slip["arrival_code"]})
    worked = morning.clerk.post(f"{path}/finish", {})
    await here.press("g", "j")
    await here.shows_page("结算跟进")
    await here.row("欠薪活").locator('[data-status="worked"]').wait_for()
    morning.make_due(worked, pay_promised_at=moment(minutes=-1))
    await here.row("欠薪活").locator('[data-status="reminded"]').wait_for()
    morning.make_due(worked, reminded_at=moment(days=-2))
    await here.row("欠薪活").locator('[data-status="unpaid"]').wait_for()
    await eventually_async(lambda: _has_status(morning, "unpaid"), within_seconds=10)
    await here.picture("dispatch-unpaid")
    await here.row("欠薪活").get_by_role("button", name="结钱").click()
    await here.page.get_by_role("dialog").get_by_role("button", name="结钱").click()
    await here.page.get_by_role("dialog").wait_for(state="hidden")
    await eventually_async(lambda: _has_status(morning, "paid"), within_seconds=10)
    [late] = morning.people("欠薪活")
    assert late["on_time"] is False
    await here.press("g", "a")
    await here.shows_page("派工台")


async def _has_status(morning: Morning, status: str) -> bool:
    return morning.status_of("欠薪活") == [status]


async def _overflow(here: Desk, morning: Morning, browser: Browser) -> None:
    morning.screens_show(NEXT_TOWN, "急活", 2)
    assert morning.posting("急活")["overflow"] == "neighbours"
    assert "普工3" not in morning.shown(NEXT_TOWN)
    there = await _desk(browser, morning, NEXT_TOWN)
    await job(there, morning, "急活").click()
    await expect(job(there, morning, "急活")).to_contain_text("外站急招")
    await there.press("a")
    await expect(there.page.locator(".person")).to_have_count(2)
    await there.picture("dispatch-next-town")
    for worker in morning.guests[:2]:
        number = morning.numbers[worker]
        await person(there, number).get_by_role("button", name="接活").click()
        await there.press("Enter")
        await expect(person(there, number).locator(".status-tag").first).to_have_text("已接活")
    morning.screens_show(NEXT_TOWN, "急活", None)
    morning.screens_show(TOWN, "急活", None)
    await expect(job(here, morning, "急活")).to_contain_text("已定 2/2")
    await there.context.close()
    assert there.errors == []
