"""`yizhan up`: the whole system on one machine, from nothing to a block of addresses."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from yizhan.cli import demo_county, health, processes
from yizhan.cli.data_directory import DataDirectory, DataDirectoryBusy
from yizhan.cli.migrate import declare_topology, migrate_databases
from yizhan.cli.ports import HIGHEST_BASE, PortPlan, PortTaken
from yizhan.cli.servers import Servers, ServersMissing, find_servers, wait_until_up
from yizhan.cli.supervisor import Supervisor, program_log
from yizhan.logs import set_up_logs
from yizhan.open_files import allow_many_files
from yizhan.settings import Settings

_SERVER_SECONDS = 90.0
_HEALTH_SECONDS = 180.0
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_magenta")
_LABEL_CELLS = 16
_ROLE_NAMES = {"county_admin": "县管理员", "station_staff": "驿站工作人员"}
#: What a process says in passing; it is in its log file, and on the terminal with --verbose.
_IN_PASSING = ("[info", "[debug", "INFO", "DEBUG")


class NotReady(Exception):
    """The system did not come up; the message says what is not well and where to read more."""


def up(
    port: Annotated[
        int,
        typer.Option(
            min=1, max=HIGHEST_BASE, envvar="YIZHAN_GATEWAY_PORT", help="网关端口；其余端口都由它推出"
        ),
    ] = 8600,
    data: Annotated[Path, typer.Option(help="数据目录；两份系统用两个目录")] = Path("data"),
    demo: Annotated[bool, typer.Option(help="载入龙里县演示数据；--no-demo 为空系统")] = True,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="在终端显示每个进程的全部日志")] = False,
) -> None:
    """启动整个系统：找到或启动 RabbitMQ 和 Redis，建库，启动全部进程，载入演示数据。Ctrl-C 停止。"""
    set_up_logs("up", log_level="warning")
    # A broker that is started here has it from this process, and wants three for each of its queues.
    allow_many_files()
    directory = DataDirectory(data)
    plan = PortPlan(port)
    console = Console(highlight=False)
    try:
        with directory.held():
            plan.check_free()
            asyncio.run(_Copy(directory, plan, console, demo=demo, verbose=verbose).run())
    except (DataDirectoryBusy, PortTaken, ServersMissing, NotReady, demo_county.DemoRefused) as error:
        Console(stderr=True, highlight=False).print(Text(str(error), style="red"), soft_wrap=True)
        raise typer.Exit(1) from None


class _Copy:
    """One running copy, from its start to its end."""

    def __init__(
        self, data: DataDirectory, plan: PortPlan, console: Console, *, demo: bool, verbose: bool
    ) -> None:
        self._data = data
        self._plan = plan
        self._console = console
        self._demo = demo
        self._verbose = verbose
        self._quiet: set[str] = set()
        #: While they start, processes say that they cannot reach each other yet; it is in their logs.
        self._starting = True
        self._colours: dict[str, str] = {}
        self._supervisor = Supervisor(
            log_folder=data.folder("logs"),
            hold_folder=data.folder("hold"),
            show=self._show,
            on_change=lambda pids: data.remember("processes", {"supervisor": os.getpid(), **pids}),
        )
        self._servers: Servers | None = None

    async def run(self) -> None:
        """Until Ctrl-C or SIGTERM, which is obeyed during the start as well. Leaves no process."""
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        try:
            if await _unless(ended, self._start()):
                await ended.wait()
            self._console.print("正在停止……")
        finally:
            await self._stop()

    async def _start(self) -> None:
        console = self._console
        with console.status("寻找 RabbitMQ 和 Redis……"):
            servers = self._servers = await asyncio.to_thread(find_servers, self._data, say=console.print)
            self._quiet = {program.name for program in servers.programs}
            for program in servers.programs:
                await self._supervisor.start(program)
            if faults := await asyncio.to_thread(wait_until_up, servers, within_seconds=_SERVER_SECONDS):
                raise NotReady(_not_ready(faults, self._data))
        console.print(f"RabbitMQ：{servers.broker.how}    Redis：{servers.redis.how}")
        told = processes.environment(self._data, self._plan, servers, demo=self._demo)
        self._data.remember("environment", told)
        settings = Settings.from_environment({**os.environ, **told})
        with console.status("建库，声明消息队列……"):
            await asyncio.to_thread(migrate_databases, settings)
            await declare_topology(settings)
        with console.status("启动进程……") as status:
            for kind in processes.TABLE:
                await self._supervisor.start(processes.program(kind, self._plan, told))
            await self._wait_until_well(lambda text: status.update(text))
        if self._demo:
            run = await asyncio.to_thread(
                demo_county.load, settings, self._data, self._gateway_url, self._board_url, console
            )
            self._data.remember("run", run)
            await self._supervisor.start(processes.program(processes.TRICKLE, self._plan, told))
            self._print_block("零工驿站 · 龙里县演示", _demo_block(run, settings))
        else:
            self._data.forget("run")
            self._print_block("零工驿站", _plain_block(self._gateway_url, self._data))
        self._starting = False

    def _print_block(self, title: str, lines: list[tuple[str, str]]) -> None:
        """Without a frame, and never broken: an address has to survive copying on a narrow terminal."""
        self._console.rule(title, align="left", style="green")
        for label, value in [*lines, ("停止", "Ctrl-C")]:
            gap = " " * max(2, _LABEL_CELLS - cell_len(label))
            self._console.print(Text(label, style="bold") + gap + value, soft_wrap=True)
        self._console.rule(style="green")

    async def _wait_until_well(self, report: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _HEALTH_SECONDS
        while True:
            said = await asyncio.to_thread(health.ask, self._gateway_url)
            if said.well:
                return
            if loop.time() > deadline:
                raise NotReady(_not_ready(said.faults, self._data))
            report("等待进程就绪：" + "、".join(said.faults))
            await asyncio.sleep(0.25)

    async def _stop(self) -> None:
        """Our own processes first, so that they can still settle with the servers."""
        own = [kind.name for kind in (*processes.TABLE, processes.TRICKLE)]
        await self._supervisor.stop(own)
        await self._supervisor.stop()
        if self._servers is not None and self._servers.compose is not None:
            await asyncio.to_thread(self._servers.compose.down)
        self._data.forget("processes")

    @property
    def _gateway_url(self) -> str:
        return f"http://127.0.0.1:{self._plan.gateway}"

    @property
    def _board_url(self) -> str:
        return f"ws://127.0.0.1:{self._plan.of('board')}/"

    def _show(self, name: str, line: str) -> None:
        if not self._verbose and (self._starting or name in self._quiet or _said_in_passing(line)):
            return
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        prefix = Text(f"{name:>9} │ ", style=colour)
        self._console.print(prefix + Text.from_ansi(line), soft_wrap=True)


async def _unless(ended: asyncio.Event, work: Awaitable[None]) -> bool:
    """Do the work unless the end comes first; whether it was done. Raises what the work raises."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(ended.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not working.done():
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return False
    working.result()
    return True


def _said_in_passing(line: str) -> bool:
    plain = Text.from_ansi(line).plain
    return any(mark in plain[:60] for mark in _IN_PASSING)


def _not_ready(faults: dict[str, str], data: DataDirectory) -> str:
    """What is not well, with the last words of each process that is to blame."""
    logs = data.path / "logs"
    lines = ["系统没有就绪："]
    for name, fault in sorted(faults.items()):
        lines.append(f"  {name}：{fault}")
        lines += [f"    {line}" for line in _last_lines(program_log(logs, name.lower()))]
    lines.append(f"全部日志在 {logs}；运行 ./run --data {data.path} doctor 查看每一项该怎么办。")
    return "\n".join(lines)


def _last_lines(path: Path, count: int = 8) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def _demo_block(run: dict[str, Any], settings: Settings) -> list[tuple[str, str]]:
    logins = [
        ("登录", f"{login['name']} / {login['password']}（{_ROLE_NAMES[role]}，站点 {login['station']}）")
        for role, login in run["logins"].items()
    ]
    return [
        *_addresses(run["gateway"]),
        ("推送地址", run["board"]),
        *((f"屏幕 {label}", run["screens"][code]) for code, label in demo_county.shown_screens()),
        *logins,
        ("全部屏幕和登录", str(settings.data_dir / "run.json")),
    ]


def _plain_block(gateway_url: str, data: DataDirectory) -> list[tuple[str, str]]:
    return [
        *_addresses(gateway_url),
        ("第一位管理员", f"./run --data {data.path} bootstrap"),
    ]


def _addresses(gateway_url: str) -> list[tuple[str, str]]:
    return [
        ("网关", gateway_url),
        ("工作台", f"{gateway_url}/console"),
        ("接口文档", f"{gateway_url}/api/v1/openapi.json"),
        ("健康检查", f"{gateway_url}/healthz"),
    ]
