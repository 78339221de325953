"""`yizhan load-year`: a year of the demo county through the public API, with a progress bar.

It may be broken off at any moment and started again: what is done is remembered, and what was under way is
asked for again under the same Idempotency-Key.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.demo_api import Api, ApiRefused, idempotency_key
from yizhan.cli.demo_county import county
from yizhan.cli.demo_network import kit_of
from yizhan.cli.year import Fate, Year, YearPosting
from yizhan.clock import COUNTY_ZONE, Clock, SystemClock
from yizhan.settings import DEMO_PASSWORD, Settings

_REMEMBERED = "year"
#: Written after so many postings; a crash asks for the others again, and makes none of them twice.
_REMEMBERED_AFTER = 50
#: A point from an earlier load is open already.
_STEP_TAKEN = "stations.step_illegal"


def load_year(
    postings: Annotated[int, typer.Option(min=1, max=100_000, help="一年的用工信息条数")] = 3_000,
    seed: Annotated[int, typer.Option(help="同一个数字得到同一年")] = 1,
    callers: Annotated[int, typer.Option(min=1, max=32, help="同时有几个人在登记")] = 6,
) -> None:
    """通过接口载入演示县的一年：7 个驿站、20 个联络点和它们的用工信息、招聘会。中断后再运行会接着载入。"""
    settings = Settings.from_environment()
    data = DataDirectory(Path(settings.data_dir))
    if data.recall("demo") is None:
        typer.secho(f"{data.path} 里没有演示县；这个命令只往演示数据里载入", err=True, fg="red")
        raise typer.Exit(2)
    console = Console()
    load = YearLoad.of(data, f"http://127.0.0.1:{settings.gateway_port}", postings, seed, SystemClock())
    began = time.monotonic()
    try:
        counts = load.run(console, callers)
    except ApiRefused as error:
        typer.secho(f"没有载完，再运行一次会接着载入：{error}", err=True, fg="red")
        raise typer.Exit(1) from error
    told = "，".join(f"{fate} {count}" for fate, count in sorted(counts.items()))
    console.print(f"载入 {sum(counts.values())} 条（{told}），用时 {time.monotonic() - began:.0f} 秒")


@dataclass
class _Memory:
    """done: numbers of postings that are where they were to come; steps: the rest that is done."""

    anchor: str
    steps: set[str] = field(default_factory=set)
    employers: dict[str, str] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


class YearLoad:
    """One load of one year."""

    def __init__(self, data: DataDirectory, gateway_url: str, year: Year, memory: _Memory) -> None:
        self._data = data
        self._gateway_url = gateway_url
        self._year = year
        self._memory = memory

    @classmethod
    def of(cls, data: DataDirectory, gateway_url: str, postings: int, seed: int, clock: Clock) -> YearLoad:
        """The load of this seed that was begun here, or a new one that begins now."""
        kept = (data.recall(_REMEMBERED) or {}).get(str(seed))
        memory = _Memory(clock.now().isoformat())
        if kept is not None:
            memory = _Memory(
                kept["anchor"], set(kept["steps"]), kept["employers"], set(kept["done"]), kept["refused"]
            )
        year = Year(seed, postings, datetime.fromisoformat(memory.anchor))
        return cls(data, gateway_url, year, memory)

    def run(self, console: Console, callers: int) -> Counter[str]:
        """Load what is missing; postings by their fate, and those that were refused. Raises ApiRefused."""
        with self._progress(console) as progress:
            api = self._signed_in()
            steps = [step for step in self._steps(api) if step[0] not in self._memory.steps]
            for name, act in progress.track(steps, description="站点、雇主、招聘会"):
                act()
                self._memory.steps.add(name)
                self._keep()
            api.close()
            missing = [job for job in self._year.jobs() if job.number not in self._memory.done]
            task = progress.add_task("用工信息", total=self._year.postings)
            progress.advance(task, self._year.postings - len(missing))
            self._load_jobs(missing, callers, lambda: progress.advance(task))
        fates = Counter(
            job.fate.value for job in self._year.jobs() if str(job.number) not in self._memory.refused
        )
        return fates + Counter({"refused": len(self._memory.refused)})

    def _load_jobs(self, jobs: list[YearPosting], callers: int, advance: Callable[[], None]) -> None:
        waiting = iter(jobs)
        with ThreadPoolExecutor(callers) as crowd:
            apis = [self._signed_in() for _ in range(callers)]
            try:
                under_way: dict[Future[None], tuple[YearPosting, Api]] = {}
                for api in apis:
                    self._next(crowd, waiting, api, under_way)
                since = 0
                while under_way:
                    ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in ended:
                        job, api = under_way.pop(future)
                        self._end(job, future)
                        advance()
                        since += 1
                        self._next(crowd, waiting, api, under_way)
                    if since >= _REMEMBERED_AFTER:
                        self._keep()
                        since = 0
            finally:
                self._keep()
                for api in apis:
                    api.close()

    def _next(
        self,
        crowd: ThreadPoolExecutor,
        waiting: Iterator[YearPosting],
        api: Api,
        under_way: dict[Future[None], tuple[YearPosting, Api]],
    ) -> None:
        job = next(waiting, None)
        if job is not None:
            under_way[crowd.submit(self._take, api, job)] = (job, api)

    def _end(self, job: YearPosting, future: Future[None]) -> None:
        try:
            future.result()
        except ApiRefused as error:
            # Nobody answers, or nobody may: all others would fare the same. One that is refused by itself, as
            # one whose day has come since the load was begun, is told of in the end.
            if error.status in (0, 401, 403, 429) or error.status >= 500:
                raise
            self._memory.refused[str(job.number)] = error.code
        self._memory.done.add(job.number)

    def _take(self, api: Api, job: YearPosting) -> None:
        """A posting as far as it is to come."""
        key = partial(self._key, "posting", str(job.number))
        body = {**job.body, "employer_id": self._memory.employers[str(job.employer)]}
        path = f"/postings/{api.post('/postings', body, key=key('draft'))['id']}"
        if job.fate is Fate.DRAFT:
            return
        api.post(f"{path}/submit", key=key("submit"))
        if job.fate is Fate.REJECTED:
            api.post(f"{path}/reject", {"reason": "电话打不通"}, key=key("reject"))
            return
        api.post(f"{path}/verify", {"method": job.verification}, key=key("verify"))
        api.post(f"{path}/publish", key=key("publish"))
        if job.taken:
            taken = {"taken": job.taken, "reason": "用工方来电"}
            api.put(f"{path}/taken", taken, key=key("taken"))
        if job.fate is Fate.CLOSED:
            api.post(f"{path}/close", {"reason": "活已干完"}, key=key("close"))
        elif job.fate is Fate.WITHDRAWN:
            api.post(f"{path}/withdraw", {"reason": "用工方取消"}, key=key("withdraw"))

    def _steps(self, api: Api) -> Iterator[tuple[str, Callable[[], None]]]:
        for point in self._year.points():
            yield f"point:{point['code']}", partial(self._add_point, api, point)
        for number, employer in enumerate(self._year.employers()):
            yield f"employer:{number}", partial(self._register, api, number, employer)
        for number, (body, coming) in enumerate(self._year.fairs()):
            yield f"fair:{number}", partial(self._announce, api, number, body, coming)

    def _add_point(self, api: Api, point: dict[str, Any]) -> None:
        code, key = point["code"], partial(self._key, "point", point["code"])
        try:
            api.post("/stations", point, key=key("add"))
        except ApiRefused as error:
            if error.status != 409:
                raise
        today = datetime.fromisoformat(self._memory.anchor).astimezone(COUNTY_ZONE).date()
        api.patch(
            f"/stations/{code}/premises", {"position": self._year.position_of(code)}, key=key("premises")
        )
        api.post(f"/stations/{code}/facilities", kit_of("point", today), key=key("facilities"))
        try:
            api.post(f"/stations/{code}/inspect", {"reason": "现场查看，符合开放条件"}, key=key("inspect"))
            api.post(f"/stations/{code}/open", {"reason": "验收合格"}, key=key("open"))
        except ApiRefused as error:
            if error.code != _STEP_TAKEN:
                raise

    def _register(self, api: Api, number: int, employer: dict[str, Any]) -> None:
        made = api.post("/employers", employer, key=self._key("employer", str(number)))
        self._memory.employers[str(number)] = made["id"]

    def _announce(self, api: Api, number: int, body: dict[str, Any], coming: tuple[int, ...]) -> None:
        key = partial(self._key, "fair", str(number))
        path = f"/fairs/{api.post('/fairs', body, key=key('plan'))['id']}"
        ids = [self._memory.employers[str(one)] for one in coming]
        api.post(f"{path}/employers", {"employer_ids": ids}, key=key("invite"))
        for id in ids:
            api.post(f"{path}/employers/{id}/confirm", {"booth": None}, key=key("confirm", id))
        api.post(f"{path}/announce", key=key("announce"))

    def _key(self, *parts: str) -> str:
        return idempotency_key("year", str(self._year.seed), self._memory.anchor, *parts)

    def _signed_in(self) -> Api:
        api = Api(self._gateway_url)
        api.sign_in(county()["staff"][0]["login"], DEMO_PASSWORD)
        return api

    def _keep(self) -> None:
        memory = self._memory
        others = self._data.recall(_REMEMBERED) or {}
        others[str(self._year.seed)] = {
            "anchor": memory.anchor,
            "steps": sorted(memory.steps),
            "employers": memory.employers,
            "done": sorted(memory.done),
            "refused": memory.refused,
        }
        self._data.remember(_REMEMBERED, others)

    @staticmethod
    def _progress(console: Console) -> Progress:
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
