"""The process table: every process of the system, how it is started, and what it is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yizhan.cli.data_directory import DataDirectory, random_key
from yizhan.cli.ports import PortPlan
from yizhan.cli.servers import Servers
from yizhan.cli.supervisor import Program
from yizhan.encryption import new_field_keys


@dataclass(frozen=True)
class ProcessKind:
    """`arguments`: what follows `yizhan`. `health`: its health port's name in the port plan; None without."""

    name: str
    arguments: tuple[str, ...]
    health: str | None


#: In the order of their start; they are stopped the other way round.
TABLE = (
    ProcessKind("stations", ("service", "stations"), "stations"),
    ProcessKind("jobs", ("service", "jobs"), "jobs"),
    ProcessKind("seekers", ("service", "seekers"), "seekers"),
    ProcessKind("notify", ("service", "notify"), "notify"),
    ProcessKind("courier", ("courier",), "courier"),
    ProcessKind("relay", ("relay",), "relay"),
    ProcessKind("board", ("board",), "board-health"),
    ProcessKind("outlet", ("outlet",), "outlet"),
    ProcessKind("gateway", ("gateway",), None),
)

#: What is made at a copy's first start, unless our own environment brings it.
_SECRETS: dict[str, Callable[[], str]] = {"session_key": random_key, "field_keys": new_field_keys}

#: The demo county's slow trickle of changes; a client of the public API like any other.
TRICKLE = ProcessKind("demo", ("demo", "trickle"), None)


def peers(plan: PortPlan) -> dict[str, str]:
    """Where each process tells of its health, as the gateway is told it."""
    return {kind.name: f"http://127.0.0.1:{plan.of(kind.health)}" for kind in TABLE if kind.health}


def environment(data: DataDirectory, plan: PortPlan, servers: Servers, *, demo: bool) -> dict[str, str]:
    """What every process of one copy is told; database URLs and the like come from our own environment."""
    told = {
        "YIZHAN_BROKER_URL": servers.broker.url,
        "YIZHAN_REDIS_URL": servers.redis.url,
        "YIZHAN_REDIS_PREFIX": servers.redis_prefix,
        "YIZHAN_DATA_DIR": str(data.path),
        "YIZHAN_GATEWAY_PORT": str(plan.gateway),
        "YIZHAN_BOARD_PORT": str(plan.of("board")),
        "YIZHAN_PEERS": ",".join(f"{name}={url}" for name, url in peers(plan).items()),
        "YIZHAN_DEMO": "1" if demo else "0",
        # Nobody in the demo has a phone that exists.
        **({"YIZHAN_SMS_SENDER": "console"} if demo else {}),
    }
    for name, make in _SECRETS.items():
        setting = f"YIZHAN_{name.upper()}"
        if not (os.environ.get(setting) or os.environ.get(f"{setting}_FILE")):
            data.secret(name, make)
            told[f"{setting}_FILE"] = str(data.path / "secrets" / name)
    return told


def program(kind: ProcessKind, plan: PortPlan, told: Mapping[str, str]) -> Program:
    """A line of the table as the supervisor runs it."""
    own = {"YIZHAN_PROCESS_NAME": kind.name, "PYTHONUNBUFFERED": "1"}
    if kind.health is not None:
        own["YIZHAN_HEALTH_PORT"] = str(plan.of(kind.health))
    return Program(kind.name, (sys.executable, "-m", "yizhan", *kind.arguments), {**told, **own})
