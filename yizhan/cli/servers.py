"""Finds RabbitMQ and Redis for one copy of the system, or starts them.

In this order: addresses from the environment, what was found at the last start, servers that listen on the
standard ports, binaries of this machine started privately, docker or podman compose, and as root on Debian
apt-get. Where nothing serves, one sentence says what to do. Tests find their servers here too.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yizhan.cli import private_servers
from yizhan.cli.compose_servers import ComposeServers
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import is_listening
from yizhan.cli.private_servers import PrivateServer, find_binary
from yizhan.cli.probes import address, broker_fault, redis_fault
from yizhan.cli.supervisor import Program

_STANDARD_BROKER = "amqp://guest:guest@127.0.0.1:5672/"
_STANDARD_MANAGEMENT = "http://127.0.0.1:15672"
_STANDARD_REDIS = "redis://127.0.0.1:6379/0"

_REMEMBERED = "servers"


class ServersMissing(Exception):
    """No RabbitMQ or Redis can be had; the message is one sentence with the command that mends it."""


@dataclass(frozen=True)
class Found:
    """One server. `how`: where it came from, for people. `programs`: what has to run for it to answer."""

    url: str
    how: str
    programs: Sequence[Program] = ()


@dataclass(frozen=True)
class Servers:
    """Both servers of one copy. `compose`: what has to be taken down at the end; None when nothing."""

    broker: Found
    redis: Found
    redis_prefix: str
    compose: ComposeServers | None = None

    @property
    def programs(self) -> tuple[Program, ...]:
        """What has to be supervised beside our own processes."""
        return (*self.broker.programs, *self.redis.programs)

    def faults(self) -> dict[str, str]:
        """What does not answer yet, by name; empty when both do."""
        asked = {"RabbitMQ": broker_fault(self.broker.url), "Redis": redis_fault(self.redis.url)}
        return {name: fault for name, fault in asked.items() if fault is not None}


def find_servers(
    data: DataDirectory,
    *,
    environment: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = print,
) -> Servers:
    """Find both servers; private ones are prepared, and the caller runs their programs.

    Raises ServersMissing. `say` is told what takes long.
    """
    broker = _find_broker(data, environment)
    redis = _find_redis(data, environment)
    compose = None
    if (broker is None or redis is None) and (compose := ComposeServers.available(data.folder("compose"))):
        say("用容器启动 RabbitMQ 和 Redis（首次需要下载镜像）……")
        started = compose.up(data.vhost)
        if started is None:
            compose = None
        else:
            broker = broker or Found(started.broker_url, "容器")
            redis = redis or Found(started.redis_url, "容器")
    if (broker is None or redis is None) and _apt_install(broker is None, redis is None, say):
        broker = broker or _find_broker(data, environment)
        redis = redis or _find_redis(data, environment)
    if broker is None or redis is None:
        raise ServersMissing(_missing_sentence(broker is None, redis is None))
    found = Servers(broker, redis, environment.get("YIZHAN_REDIS_PREFIX") or data.redis_prefix, compose)
    _remember(data, found)
    return found


def wait_until_up(servers: Servers, *, within_seconds: float) -> dict[str, str]:
    """Wait for both to answer; returns what still does not when the time is over."""
    deadline = time.monotonic() + within_seconds
    while faults := servers.faults():
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return faults


def _remember(data: DataDirectory, found: Servers) -> None:
    """Only servers that run without us are worth remembering; private ones get new ports each time."""
    lasting = {
        name: server.url
        for name, server in (("broker", found.broker), ("redis", found.redis))
        if not server.programs and found.compose is None
    }
    data.remember(_REMEMBERED, lasting)


# --- RabbitMQ -----------------------------------------------------------------------------------------


def _find_broker(data: DataDirectory, environment: Mapping[str, str]) -> Found | None:
    if given := _given(environment, "YIZHAN_BROKER_URL"):
        if fault := broker_fault(given):
            raise ServersMissing(f"YIZHAN_BROKER_URL 指向的 RabbitMQ（{address(given)}）不可用：{fault}")
        return Found(given, "YIZHAN_BROKER_URL")
    remembered = (data.recall(_REMEMBERED) or {}).get("broker")
    if remembered and broker_fault(remembered) is None:
        return Found(remembered, f"本机 {address(remembered)}")
    if is_listening(5672) and (url := make_vhost(data.vhost)):
        return Found(url, f"本机 {address(url)}")
    private = private_servers.rabbitmq(data.path / "rabbitmq", data.vhost)
    return _as_found(private)


def make_vhost(vhost: str) -> str | None:
    """A vhost on the broker that listens on the standard port; None when we may not make one there."""
    url = f"{_STANDARD_BROKER}{vhost}"
    if broker_fault(url) is None:
        return url
    made = _make_vhost_by_command(vhost) or _make_vhost_by_management(vhost)
    return url if made and broker_fault(url) is None else None


def drop_vhost(vhost: str) -> None:
    """Remove a vhost that `make_vhost` made, with everything in it and the users that were made for it."""
    if not _rabbitmqctl("eval", _DROP_VHOST.replace("VHOST", vhost)):
        _management("DELETE", f"/api/vhosts/{vhost}")


#: In one call, since each takes the better part of a second to start.
_DROP_VHOST = """
    Vhost = <<"VHOST">>, By = <<"yizhan">>,
    Rights = try rabbit_auth_backend_internal:list_vhost_permissions(Vhost) catch throw:_ -> [] end,
    [rabbit_auth_backend_internal:delete_user(User, By)
     || Right <- Rights, (User = proplists:get_value(user, Right)) =/= <<"guest">>],
    rabbit_vhost:delete(Vhost, By).
"""


def _make_vhost_by_command(vhost: str) -> bool:
    return _rabbitmqctl("add_vhost", vhost) and _rabbitmqctl(
        "set_permissions", "-p", vhost, "guest", ".*", ".*", ".*"
    )


def _rabbitmqctl(*arguments: str) -> bool:
    # Another user lacks the node's cookie, and would wait for nothing.
    command = find_binary("rabbitmqctl")
    if command is None or os.geteuid() != 0:
        return False
    try:
        done = subprocess.run(
            [command, "--quiet", *arguments], capture_output=True, timeout=90, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _make_vhost_by_management(vhost: str) -> bool:
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    return _management("PUT", f"/api/vhosts/{vhost}") and _management(
        "PUT", f"/api/permissions/{vhost}/guest", rights
    )


def _management(method: str, path: str, body: Mapping[str, str] | None = None) -> bool:
    request = urllib.request.Request(  # noqa: S310
        _STANDARD_MANAGEMENT + path,
        method=method,
        data=json.dumps(body or {}).encode(),
        headers={
            "content-type": "application/json",
            "authorization": "Basic " + base64.b64encode(b"guest:guest").decode(),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310
            return 200 <= int(answer.status) < 300
    except (OSError, urllib.error.URLError):
        return False


# --- Redis --------------------------------------------------------------------------------------------


def _find_redis(data: DataDirectory, environment: Mapping[str, str]) -> Found | None:
    if given := _given(environment, "YIZHAN_REDIS_URL"):
        if fault := redis_fault(given):
            raise ServersMissing(f"YIZHAN_REDIS_URL 指向的 Redis（{address(given)}）不可用：{fault}")
        return Found(given, "YIZHAN_REDIS_URL")
    if is_listening(6379) and redis_fault(_STANDARD_REDIS) is None:
        return Found(_STANDARD_REDIS, f"本机 {address(_STANDARD_REDIS)}")
    return _as_found(private_servers.redis(data.path / "redis"))


def _given(environment: Mapping[str, str], name: str) -> str | None:
    if path := environment.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return environment.get(name) or None


def _as_found(private: PrivateServer | None) -> Found | None:
    return None if private is None else Found(private.url, f"自带 {address(private.url)}", private.programs)


# --- the last resorts ---------------------------------------------------------------------------------


def _apt_install(broker: bool, redis: bool, say: Callable[[str], None]) -> bool:
    packages = _packages(broker, redis)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"用 apt-get 安装 {' '.join(packages)}……")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    return done.returncode == 0


def _packages(broker: bool, redis: bool) -> list[str]:
    return (["rabbitmq-server"] if broker else []) + (["redis-server"] if redis else [])


def _missing_sentence(broker: bool, redis: bool) -> str:
    names = " 和 ".join((["RabbitMQ"] if broker else []) + (["Redis"] if redis else []))
    packages = " ".join(_packages(broker, redis))
    return (
        f"找不到 {names}：请执行 sudo apt-get install {packages} 后再运行 ./run up，"
        "或用环境变量 YIZHAN_BROKER_URL、YIZHAN_REDIS_URL 指定已有的服务器地址。"
    )
