"""The system on the test stand: every process under the real supervisor, private servers, and a link of its
own between each process and each server."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

from tests.chaos.proxy import Proxy
from tests.support import http
from tests.support.eventually import eventually_async
from yizhan.cli import processes
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.migrate import declare_topology, migrate_databases
from yizhan.cli.ports import free_plan, is_listening
from yizhan.cli.private_servers import PrivateServer, postgresql, rabbitmq, redis
from yizhan.cli.probes import broker_fault, redis_fault
from yizhan.cli.servers import Found, Servers
from yizhan.cli.supervisor import Backoff, Supervisor
from yizhan.settings import DATABASE_OWNERS, Settings

SERVER_SECONDS = 120.0
WELL_SECONDS = 120.0

#: Which servers each process speaks with, each over a link of its own.
LINKS = {
    "stations": ("rabbitmq", "postgresql"),
    "jobs": ("rabbitmq", "postgresql"),
    "seekers": ("rabbitmq", "postgresql"),
    "notify": ("rabbitmq", "postgresql"),
    "courier": ("rabbitmq", "postgresql"),
    "relay": ("rabbitmq", "postgresql"),
    "board": ("rabbitmq", "redis"),
    "outlet": ("rabbitmq", "postgresql"),
    "gateway": ("rabbitmq", "redis"),
}
PROCESSES = tuple(LINKS)
SERVERS = ("rabbitmq", "redis", "postgresql")


class ServersMissing(Exception):
    """RabbitMQ, Redis or PostgreSQL is not installed on this machine."""


class Stand:
    """One system. Start it; break it with the methods below; `close` leaves nothing."""

    def __init__(self, keep_logs: Path | None = None) -> None:
        """keep_logs: where every process's log is copied at the end."""
        self._keep_logs = keep_logs
        # Short, and reachable for the user that PostgreSQL runs as.
        self.folder = Path("/tmp") / f"yizhan-chaos-{secrets.token_hex(4)}"
        self.data = DataDirectory(self.folder / "data")
        self.plan = free_plan()
        self.links: dict[tuple[str, str], Proxy] = {}
        self.urls: dict[str, str] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._servers = Supervisor(
            log_folder=self.folder / "server-logs",
            hold_folder=self.folder / "hold",
            show=lambda _, __: None,
            backoff=Backoff(first_seconds=0.2, limit_seconds=1.0),
        )
        self._system = Supervisor(
            log_folder=self.folder / "logs", hold_folder=self.folder / "hold", show=lambda _, __: None
        )

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.plan.gateway}"

    @property
    def board_port(self) -> int:
        return self.plan.of("board")

    @property
    def settings(self) -> Settings:
        """As a process would have them that speaks with the servers directly."""
        return Settings(
            broker_url=self.urls["rabbitmq"],
            redis_url=self.urls["redis"],
            redis_prefix=self.data.redis_prefix,
            data_dir=self.data.path,
            database_urls={service: self.database_url(service) for service in DATABASE_OWNERS},
        )

    def database_url(self, service: str) -> str:
        """A service's database, reached directly."""
        return _with_path(self.urls["postgresql"], f"yizhan_{service}").replace(
            "postgresql", "postgresql+psycopg", 1
        )

    # --- life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Servers, databases, queues, links, processes; returns when all are well. Raises ServersMissing."""
        self.folder.mkdir(mode=0o755)
        (self.folder / "hold").mkdir()
        self.data.path.mkdir()
        await self._start_servers()
        await asyncio.to_thread(self._make_databases)
        await asyncio.to_thread(migrate_databases, self.settings)
        await declare_topology(self.settings)
        for process, servers in LINKS.items():
            for server in servers:
                link = Proxy(f"{process}-{server}", _port(self.urls[server]))
                await link.start()
                self.links[process, server] = link
        for kind in processes.TABLE:
            await self._system.start(processes.program(kind, self.plan, self._told(kind.name)))
        await self.wait_until_well()

    async def _start_servers(self) -> None:
        made = {
            "rabbitmq": rabbitmq(self.folder / "rabbitmq", self.data.vhost),
            "redis": redis(self.folder / "redis"),
            "postgresql": await asyncio.to_thread(postgresql, self.folder / "postgresql"),
        }
        for name, server in made.items():
            if server is None:
                raise ServersMissing(f"{name} is not installed")
        for name, server in made.items():
            assert isinstance(server, PrivateServer)
            self.urls[name] = server.url
            for program in server.programs:
                await self._servers.start(program)
        await eventually_async(self.servers_answer, within_seconds=SERVER_SECONDS)

    async def servers_answer(self) -> bool:
        """Whether all three do, asked directly."""
        return not await asyncio.to_thread(self._server_faults)

    def _server_faults(self) -> list[str]:
        faults = [broker_fault(self.urls["rabbitmq"]), redis_fault(self.urls["redis"])]
        try:
            psycopg.connect(self.urls["postgresql"], connect_timeout=3).close()
        except psycopg.OperationalError as error:
            faults.append(str(error))
        return [fault for fault in faults if fault]

    def _make_databases(self) -> None:
        with psycopg.connect(self.urls["postgresql"], autocommit=True) as connection:
            for service in DATABASE_OWNERS:
                name = sql.Identifier(f"yizhan_{service}")
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))

    def _told(self, process: str) -> dict[str, str]:
        """The environment of one process: every server behind its own link."""
        broker, cache = (Found(self._through(process, name), "") for name in ("rabbitmq", "redis"))
        told = processes.environment(
            self.data, self.plan, Servers(broker, cache, self.data.redis_prefix), demo=False
        )
        for service in DATABASE_OWNERS:
            url = _with_path(self._through(process, "postgresql"), f"yizhan_{service}")
            told[f"YIZHAN_DATABASE_URL_{service.upper()}"] = url.replace(
                "postgresql", "postgresql+psycopg", 1
            )
        return told

    def _through(self, process: str, server: str) -> str:
        link = self.links.get((process, server))
        url = self.urls[server]
        return url if link is None else _with_port(url, link.port)

    async def close(self) -> None:
        """Stop everything and remove every trace."""
        for name in PROCESSES:
            self.signal(name, signal.SIGCONT)
        for name in SERVERS:
            self.signal(name, signal.SIGCONT)
        await self._system.stop()
        for link in self.links.values():
            await link.close()
        await self._servers.stop()
        if self._keep_logs is not None:
            for name in ("logs", "server-logs"):
                shutil.copytree(self.folder / name, self._keep_logs, dirs_exist_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- health ---------------------------------------------------------------------------------------

    async def is_well(self) -> bool:
        """What the gateway says of all processes."""
        try:
            async with http.async_client(timeout=5.0) as client:
                answer = await client.get(f"{self.gateway_url}/healthz")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    async def wait_until_well(self) -> None:
        await eventually_async(self.is_well, within_seconds=WELL_SECONDS)

    @property
    def starts(self) -> dict[str, int]:
        """How often each process and server has been started."""
        return {**self._servers.starts, **self._system.starts}

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    # --- breaking -------------------------------------------------------------------------------------

    def pid(self, name: str) -> int | None:
        """None while it is being started again."""
        return self._system.pids.get(name) or self._servers.pids.get(name)

    def signal(self, name: str, number: signal.Signals) -> int | None:
        """Send a signal to a process or server; its id, None when it was not running."""
        pid = self.pid(name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid

    async def restart(self, name: str, *, down_seconds: float) -> None:
        """Kill it and keep it down for a while; returns when it is being started again."""
        hold = self.folder / "hold" / name
        hold.touch()
        self.signal(name, signal.SIGKILL)
        await asyncio.sleep(down_seconds)
        hold.unlink(missing_ok=True)

    async def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT to the same process."""
        pid = self.signal(name, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def broker_listens(self) -> bool:
        """Whether the broker's own port is open."""
        return is_listening(_port(self.urls["rabbitmq"]), timeout_seconds=0.2)


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    assert parts.netloc.endswith(f":{parts.port}")
    netloc = parts.netloc.removesuffix(f":{parts.port}") + f":{port}"
    return urlunsplit(parts._replace(netloc=netloc))


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
